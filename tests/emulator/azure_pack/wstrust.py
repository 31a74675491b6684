"""The issuers of Azure Pack's tokens on the sign-in port: the tenant authentication site, AD FS, and the door that
needs Windows.

`/wstrust/issue/usernamemixed` knows the accounts of the membership database and issues for the tenant realm only.
`/adfs/services/trust/13/usernamemixed` knows the accounts of the directory and issues for both realms.
`/wstrust/issue/windowstransport` asks for Windows authentication, which the emulator does not have.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from emulator.azure_pack import played, soap
from emulator.azure_pack.tokens import ADMIN_REALM, TENANT_REALM
from emulator.azure_pack.wire import media_type
from emulator.kernel.clock import format_time

if TYPE_CHECKING:
    from emulator.kernel.core import Core

#: path -> (site, realms that it issues for).
_ISSUERS = {
    "/wstrust/issue/usernamemixed": ("tenant", (TENANT_REALM,)),
    "/adfs/services/trust/13/usernamemixed": ("adfs", (ADMIN_REALM, TENANT_REALM)),
}
_WINDOWS = ("/wstrust/issue/windowstransport", "/adfs/services/trust/13/windowstransport")
#: What clocks may differ by: the default of WCF.
SKEW = timedelta(minutes=5)


def with_token_issuers(core: Core, sign_in_app: Any) -> Any:
    """The application of the sign-in port: the issuers' paths here, all others there."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        path = scope["path"].rstrip("/").lower()
        if core.recorded is not None and core.recorded.has(played.ISSUER):
            if path in (*_ISSUERS, *_WINDOWS):
                await played.issue(core, scope, send)
                return
        if path in _ISSUERS:
            await _issue(core, path, scope, send)
        elif path in _WINDOWS:
            await _send(send, 401, "", [(b"WWW-Authenticate", b"Negotiate"), (b"WWW-Authenticate", b"NTLM")])
        else:
            await sign_in_app(scope, receive, send)

    return app


async def _issue(core: Core, path: str, scope: dict[str, Any], send: Any) -> None:
    if scope["method"] != "POST":
        await _send(send, 405, "", [(b"Allow", b"POST")])
        return
    headers = dict(scope["headers"])
    if media_type(headers.get(b"content-type", b"").decode("latin-1")) != "application/soap+xml":
        await _send(send, 415, "", [])
        return
    try:
        answer, status = _answer(core, path, scope["emulator.body"]), 200
    except soap.Malformed:
        await _send(send, 400, "", [])
        return
    except soap.Fault as refusal:
        answer, status = soap.fault(refusal), 500
    await _send(send, status, answer, [(b"Content-Type", soap.CONTENT_TYPE.encode())])


def _answer(core: Core, path: str, body: bytes) -> str:
    request = soap.read(body)
    _check_addressing(request, path)
    _check_security(core, request)
    site, realms = _ISSUERS[path]
    account = core.azure_pack.sign_in(site, request.username or "", request.password or "")
    if account is None:
        # One answer for an unknown name, a wrong password and a disabled account.
        raise soap.Fault(soap.TRUST, "FailedAuthentication", soap.FAILED, request.message_id)
    for value, expected in (
        (request.request_type, soap.ISSUE),
        (request.key_type, soap.BEARER),
        (request.token_type, soap.JWT_TYPE),
    ):
        if value != expected:
            raise soap.Fault(
                soap.TRUST, "InvalidRequest", "MSIS3127: The specified request failed.", request.message_id
            )
    if request.applies_to not in realms:
        raise soap.Fault(
            soap.TRUST, "InvalidScope", "ID3082: The request scope is not valid or is unsupported.", request.message_id
        )
    lifetime = core.switches.azure_pack_token_lifetime
    if core.switches.azure_pack_issued_for is not None:
        request = replace(request, applies_to=core.switches.azure_pack_issued_for)
    token = core.azure_pack.tokens.issue(request.applies_to or "", account.principal, lifetime)
    now = core.clock.timestamp()
    return soap.issued(request, token, format_time(now) or "", format_time(now + lifetime) or "")


def _check_addressing(request: soap.TokenRequest, path: str) -> None:
    if request.action != soap.ISSUE_ACTION:
        reason = f"The message with Action '{request.action or ''}' cannot be processed at the receiver."
        raise soap.Fault(soap.ADDRESSING, "ActionNotSupported", reason, request.message_id)
    # The host may be any that leads here.
    if unquote(urlsplit(request.to or "").path).rstrip("/").lower() != path:
        reason = (
            f"The message with To '{request.to or ''}' cannot be processed at the receiver, due to an AddressFilter "
            "mismatch."
        )
        raise soap.Fault(soap.ADDRESSING, "DestinationUnreachable", reason, request.message_id)


def _check_security(core: Core, request: soap.TokenRequest) -> None:
    """The header must name somebody, with a password in the clear, and not be from another time."""
    required = core.switches.azure_pack_wstrust_timestamp == "required"
    now = datetime.fromtimestamp(_clock(core), tz=timezone.utc)
    early = request.created is not None and request.created > now + SKEW
    late = request.expires is not None and request.expires < now - SKEW
    if not request.has_security or not request.username or (required and not request.has_timestamp) or early or late:
        raise soap.Fault(soap.SECURITY, "InvalidSecurity", soap.UNVERIFIED, request.message_id)
    if request.password is None or request.password_type not in (None, soap.PASSWORD_TEXT):
        raise soap.Fault(
            soap.SECURITY, "UnsupportedSecurityToken", "An unsupported token was provided.", request.message_id
        )


def _clock(core: Core) -> float:
    """The same choice as for client assertions: a client knows nothing of a clock that was moved."""
    return core.clock.timestamp() if core.switches.assertion_clock == "emulator" else time.time()


async def _send(send: Any, status: int, text: str, headers: list[tuple[bytes, bytes]]) -> None:
    content = text.encode("utf-8")
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [*headers, (b"Content-Length", str(len(content)).encode())],
        }
    )
    await send({"type": "http.response.body", "body": content})
