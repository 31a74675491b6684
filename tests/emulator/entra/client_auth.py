"""Who is the client: the first thing that the token endpoint finds out after the tenant.

Order: the application exists (700016), then its credential (7000215, 7000222, 700027, 700023, 700024), with the two
mismatches of client type, 700025 and 7000218, on the way.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from emulator.entra import assertions, errors
from emulator.entra.records import Application
from emulator.entra.state import SignInState

PUBLIC, SECRET, CERTIFICATE = "0", "1", "2"


@dataclass(frozen=True)
class Client:
    """An authenticated client. `auth` is the value of the claim `appidacr`: "0" public, "1" secret, "2" certificate."""

    application: Application
    auth: str


def authenticate(
    core: Any, state: SignInState, form: dict[str, str], authorization: str | None, tenant: str, audiences: list[str]
) -> Client:
    """The client of a request. `audiences` are the texts that an assertion may be addressed to."""
    basic_id, basic_secret = _basic(authorization)
    assertion = form.get("client_assertion")
    secret = form.get("client_secret") or basic_secret
    client_id = form.get("client_id") or basic_id
    if not client_id and assertion:
        client_id = str(assertions.read(assertion)[1].get("sub") or "")
    if not client_id:
        raise errors.SignInError(errors.PARAMETER_MISSING, name="client_id")
    application = state.application(client_id)
    if application is None:
        raise errors.SignInError(errors.CLIENT_UNKNOWN, client_id=client_id, tenant=tenant)
    if application.disabled:
        raise errors.SignInError(errors.CLIENT_DISABLED, client_id=client_id)
    if application.public:
        if assertion or secret:
            raise errors.SignInError(errors.CLIENT_PUBLIC)
        return Client(application, PUBLIC)
    if assertion:
        if form.get("client_assertion_type") != assertions.ASSERTION_TYPE:
            raise errors.SignInError(errors.ASSERTION_TYPE_UNKNOWN)
        assertions.verify(core, application, assertion, audiences)
        return Client(application, CERTIFICATE)
    if secret:
        _check_secret(core, application, secret)
        return Client(application, SECRET)
    if application.public_flows:
        return Client(application, PUBLIC)
    raise errors.SignInError(errors.CREDENTIAL_MISSING)


def _check_secret(core: Any, application: Application, secret: str) -> None:
    known = [item for item in application.secrets if hmac.compare_digest(item.value.encode(), secret.encode())]
    if not known:
        raise errors.SignInError(errors.SECRET_INVALID, client_id=application.client_id)
    if all(item.expires is not None and item.expires <= core.clock.now() for item in known):
        raise errors.SignInError(errors.SECRET_EXPIRED, client_id=application.client_id)


def _basic(authorization: str | None) -> tuple[str | None, str | None]:
    """Id and secret of an HTTP Basic header, each form-encoded first (RFC 6749, section 2.3.1)."""
    kind, _space, value = (authorization or "").partition(" ")
    if kind.lower() != "basic":
        return None, None
    try:
        client_id, _colon, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None, None
    return unquote_plus(client_id) or None, unquote_plus(secret) or None
