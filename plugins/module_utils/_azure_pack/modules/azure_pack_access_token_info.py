# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""From the options of ``azure_pack_access_token_info`` to a token: a user name and a password go to the tenant
authentication site or to AD FS.

Source: Windows Azure Pack documentation, "Authenticating Windows Azure Pack management portals and Service Management
API", and the token issuer of Microsoft's sample client.
"""

from __future__ import annotations

import os
import typing as t
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timezone
from urllib.parse import urlsplit

from ..._common import http
from ..._common.definition import Definition
from ..._common.errors import OptionError, SignInError, TransportError
from ..._common.interruption import UNINTERRUPTED, Stopper
from ..._common.module import option_problems
from ..._common.options import Sources
from ..._common.problem import Problem
from ..._common.recordings import observer_of
from ..._common.secrets import Secret, Secrets
from ..._common.token_claims import read_claims, second
from ..._common.waits import WaitBudget, pause
from ..module import AzurePackModule, AzurePackTask
from ..sign_in.issued import refuse_other_token
from ..sign_in.settings import (
    ARGUMENT_SPEC,
    ENVIRONMENT,
    OWN,
    PORTS,
    REALMS,
    api_of,
    connection,
    correlation,
    name_in,
    server_url,
)
from ..sign_in.token_checks import refuse_out_of_time
from ..sign_in.ws_trust import CONTENT_TYPE, Fault, NoToken, encoded_in, read_answer, request_text, writable

if t.TYPE_CHECKING:
    from ..._common.traffic.dialect import Dialect
    from ..._common.traffic.recording import Recording

ISSUERS = {
    "membership": (30071, "/wstrust/issue/usernamemixed"),
    "adfs": (443, "/adfs/services/trust/13/usernamemixed"),
}
"""Default port and path of the services that give out tokens for a user name and a password."""
REPEATS = 4

SIGN_IN_SPEC: dict[str, dict[str, t.Any]] = {
    "issuer": {"type": "str", "choices": list(ISSUERS), "default": "membership"},
    "issuer_url": {"type": "str"},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "realm": {"type": "str"},
}
_ENVIRONMENT = {**ENVIRONMENT, **{name: (OWN + name.upper(),) for name in SIGN_IN_SPEC}}
_FAULTS = {
    "FailedAuthentication": (
        "bad_credentials",
        "The user name or the password is wrong, or the account is locked. It is not tried again.",
    ),
    "InvalidSecurityToken": (
        "bad_credentials",
        "The user name or the password is wrong, or the account is locked. It is not tried again.",
    ),
    "InvalidSecurity": (
        "bad_request_security",
        "The user name or the password may be wrong, or the clock of this machine is more than five minutes off.",
    ),
    "MessageExpired": ("bad_request_security", "The clock of this machine is more than five minutes off."),
    "InvalidScope": (
        "unknown_realm",
        "The issuer does not know the realm. Check realm, and at AD FS that there is a relying party trust with this "
        "identifier.",
    ),
    "RequestFailed": ("refused", "Check realm, and whether the user may have a token for it."),
}
"""Codes of WS-Trust 1.3 and WS-Security 1.0, with the class and what to do."""


@dataclass(frozen=True)
class SignIn:
    """What to send where; valid as a whole when it exists."""

    url: str
    realm: str
    username: str
    password: Secret
    verify: bool | str
    timeout: int
    max_wait: int
    headers: t.Mapping[str, str]
    issuer: str = "membership"
    recording: Recording | None = field(default=None, compare=False, repr=False)

    @property
    def named(self) -> str | None:
        """Whom the token has to name: the tenant authentication site knows users by the name that its tokens have, AD
        FS may know them by another one."""
        return self.username if self.issuer == "membership" else None


def sign_in(module: AzurePackTask) -> dict[str, t.Any]:
    """The result of ``azure_pack_access_token_info``. :raises CollectionError:"""
    problems: list[str] = [*module.text_problems()]
    given = option_problems(lambda: resolve(module.params, module.explicit()), problems)
    if problems or given is None:
        raise OptionError(problems)
    token, realm = (
        (given.reveal(), None)
        if isinstance(given, Secret)
        else (fetch(given, module.secrets, module.interruption), given.realm)
    )
    claims = read_claims(token)
    expires = claims.get("exp")
    refuse_out_of_time(claims)
    module.reveal("access_token", token)
    audience = claims.get("aud")
    return {
        "access_token": token,
        "expires_on": second(expires),
        "realm": realm or (audience if isinstance(audience, str) else None),
        "principal": name_in(claims),
    }


def resolve(
    params: t.Mapping[str, t.Any], explicit: t.Collection[str], environ: t.Mapping[str, str] | None = None
) -> SignIn | Secret:
    """What to send where, or the token that is there already. :raises OptionError: with every problem found."""
    sources = Sources(params, explicit, os.environ if environ is None else environ, _ENVIRONMENT)
    problems: list[str] = [*sources.text_problems({**ARGUMENT_SPEC, **SIGN_IN_SPEC}, {})]
    ready = sources.rank("access_token")
    if ready < 2 and ready <= min(sources.rank("username"), sources.rank("password")):
        if problems:
            raise OptionError(problems)
        return Secret(str(sources.get("access_token")).strip())
    issuer = str(sources.get("issuer"))
    if issuer not in ISSUERS:
        problems.append(
            Problem(
                f"issuer ({sources.where('issuer')}) is not one of {', '.join(ISSUERS)}.",
                "not_a_choice",
                option="issuer",
            )
        )
        issuer = "membership"
    api = api_of(sources, problems)
    username, password = str(sources.get("username") or "").strip(), str(sources.get("password") or "")
    for name, value in (("username", username), ("password", password)):
        if not value.strip():
            problems.append(
                Problem(f"{name} is missing (option or {OWN}{name.upper()}).", "option_missing", option=name)
            )
        elif not writable(value):
            problems.append(Problem(f"{name} holds control characters, which cannot be sent.", "control_characters"))
    realm = str(sources.get("realm") or "").strip() or REALMS["tenant" if issuer == "membership" else api]
    if not writable(realm):
        problems.append(Problem("realm holds control characters.", "control_characters", option="realm"))
    made = SignIn(
        url=_issuer_url(sources, issuer, api, problems),
        realm=realm,
        issuer=issuer,
        username=username,
        password=Secret(password),
        headers={
            "x-ms-client-request-id": correlation(sources, "client_request_id", problems),
            "x-ms-client-session-id": correlation(sources, "client_session_id", problems),
        },
        **connection(sources, problems),
    )
    if problems:
        raise OptionError(problems)
    return made


def _issuer_url(sources: Sources, issuer: str, api: str, problems: list[str]) -> str:
    port, path = ISSUERS[issuer]
    if issuer == "membership" and sources.rank("issuer_url") == 2 and sources.rank("endpoint") < 2:
        # In an express installation everything is on one machine.
        host = (
            urlsplit(
                server_url(sources, "endpoint", PORTS[api], problems, "Specify the address of Windows Azure Pack")
            ).hostname
            or ""
        )
        return f"https://{f'[{host}]' if ':' in host else host}:{port}{path}"
    return server_url(sources, "issuer_url", port, problems, "Specify the token issuer", path)


def token_issuer_dialect() -> type[Dialect]:
    """How a recording shows what is exchanged with a token issuer."""
    from ..sign_in.traffic import TokenIssuerTraffic

    return TokenIssuerTraffic


def fetch(wanted: SignIn, secrets: Secrets, interruption: Stopper = UNINTERRUPTED) -> str:
    """Ask for a token. :raises SignInError, TransportError:

    A request is repeated only when nobody can have read it: a wrong password that is sent again and again locks the
    account.
    """
    seen = observer_of(wanted.recording, token_issuer_dialect, secrets=secrets)
    session = http.sign_in_session(wanted.verify, wanted.timeout, seen=seen)
    budget = WaitBudget(wanted.max_wait, interruption=interruption)
    attempt = 0
    while True:
        attempt += 1
        message_id = str(uuid.uuid4())
        text = request_text(
            to=wanted.url,
            realm=wanted.realm,
            username=wanted.username,
            password=wanted.password.reveal(),
            message_id=message_id,
            now=datetime.now(timezone.utc),
        )
        try:
            response = session.request(
                "POST", wanted.url, data=text.encode("utf-8"), headers={"Content-Type": CONTENT_TYPE, **wanted.headers}
            )
        except (http.requests.exceptions.RequestException, OSError) as exc:
            error = http.explain(exc, wanted.url, wanted.verify)
            again = not error.ambiguous and error.details.get("error_class") == "unreachable"
            if again and attempt <= REPEATS and budget.wait(pause(attempt)):
                continue
            raise TransportError(
                f"The sign-in at {wanted.url} got no response: {error.message}", **error.details
            ) from None
        if _nobody_there(response) and attempt <= REPEATS and budget.wait(pause(attempt)):
            continue
        token = _token(response, wanted, secrets)
        refuse_other_token(response.content, token, message_id=message_id, realm=wanted.realm, username=wanted.named)
        return token


def _nobody_there(response: t.Any) -> bool:
    """Whether a proxy or IIS says that there is no service behind it. After a 502 or 504 the service may have read the
    request all the same."""
    if response.status_code != 503:
        return False
    try:
        read_answer(response.content)
    except NoToken:
        return True
    return False


def _token(response: t.Any, wanted: SignIn, secrets: Secrets) -> str:
    status = response.status_code
    if 300 <= status < 400:
        raise TransportError(
            f"{wanted.url} returned a redirect ({status}). It was not followed, because it would receive the "
            "password. Check issuer_url.",
            error_class="redirect",
            http_status=status,
        )
    try:
        found = read_answer(response.content)
    except NoToken as exc:
        raise TransportError(
            f"{wanted.url} returned HTTP {status}, but not as a token service does: {exc}. "
            + ("A proxy may have no service behind it; or c" if status in (502, 503, 504) else "C")
            + "heck issuer and issuer_url.",
            error_class="not_a_token_service",
            http_status=status,
        ) from None
    if isinstance(found, Fault):
        kind, hint = _FAULTS.get(found.code, ("refused", "Check user name, password and realm."))
        said = f": {secrets.scrub(found.reason)[:500]}" if found.reason else "."
        raise SignInError(
            f"{wanted.url} did not issue a token for {wanted.realm} ({found.code or 'no code'}){said} {hint}",
            error_class=kind,
            http_status=status,
            code=found.code or None,
        )
    secrets.add(found)
    secrets.add(encoded_in(found))
    if status != 200:
        raise TransportError(
            f"{wanted.url} returned a token with HTTP {status}, a status that does not go with a token. Check issuer "
            "and issuer_url.",
            error_class="not_a_token_service",
            http_status=status,
        )
    return found


DEFINITION = Definition(AzurePackModule, SIGN_IN_SPEC, sign_in)
