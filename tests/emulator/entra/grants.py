"""The grants: what a client hands in for tokens. Each function takes a `GrantRequest` and returns `Granted` or raises.

Those that come from a person's sign-in are in `interactive_grants`, with the table of all.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from emulator.entra import errors, scopes
from emulator.entra.client_auth import PUBLIC, Client
from emulator.entra.http_request import wants_second_factor
from emulator.entra.records import RefreshToken, User
from emulator.entra.state import TOKEN_PREFIX, SignInState
from emulator.entra.switches import switch

SPA_LIFETIME = 86400


@dataclass(frozen=True)
class GrantRequest:
    """A token request after the client is authenticated. `v1` tells which endpoint it came to."""

    core: Any
    state: SignInState
    client: Client
    form: dict[str, str]
    tenant: str
    v1: bool
    #: The `Origin` header, which browsers send with cross-origin requests.
    origin: str | None = None


@dataclass(frozen=True)
class Granted:
    """What was granted. `user` is None where the application acts for itself. `nonce` goes into the id token."""

    target: scopes.Target
    user: User | None = None
    mfa: bool = False
    refresh_token: str | None = None
    nonce: str | None = None


def refresh_token(request: GrantRequest) -> Granted:
    """Redeems a refresh token: "OAuth 2.0 authorization code flow", section on refreshing the access token.

    The order of refusals: the token, its user, multifactor authentication and consent, other policies, the scope.
    """
    value = required(request.form, "refresh_token")
    state, client = request.state, request.client
    token = state.refresh_token(value)
    if token is None:
        raise errors.SignInError(errors.TOKEN_UNKNOWN if value.startswith(TOKEN_PREFIX) else errors.TOKEN_MALFORMED)
    if client.application.client_id.lower() not in [client_id.lower() for client_id in token.client_ids]:
        raise errors.SignInError(errors.TOKEN_OF_OTHER_CLIENT)
    if token.public is not None:
        check_kind(client, token.public)
    _check_age(request.core, token)
    user = state.user(token.user)
    wanted = request.form.get("resource" if request.v1 else "scope", "")
    check_user(user)
    _check_block(client, token, wanted)
    check_policies(request, user, token.mfa, wanted)
    if state.is_loop(client.application.client_id, value, wanted):
        raise errors.SignInError(errors.REQUEST_LOOP)
    target = user_target(request)
    successor = None
    if target.offline_access and switch(request.core, "rotate_refresh_tokens"):
        successor = state.rotate(token).value
    if switch(request.core, "revoke_refresh_token_on_use"):
        state.revoke(token)
    return Granted(target, user, token.mfa, successor)


def client_credentials(request: GrantRequest) -> Granted:
    """A token for the application itself: "OAuth 2.0 client credentials flow". The scope is always `/.default`."""
    if request.client.auth == PUBLIC:
        raise errors.SignInError(errors.CREDENTIAL_MISSING)
    if request.v1:
        return Granted(scopes.from_resource(required(request.form, "resource"), request.tenant))
    scope = required(request.form, "scope")
    if not scope.endswith("/.default") or len(scope.split()) > 1:
        raise errors.SignInError(errors.SCOPE_NOT_DEFAULT, scope=scope)
    return Granted(scopes.from_scope(scope, request.tenant))


def user_target(request: GrantRequest) -> scopes.Target:
    """What a user's token is for; without a word of the client, what the sign-in was for."""
    if request.v1:
        return scopes.from_resource(request.form.get("resource") or scopes.PARTNER_CENTER.uri, request.tenant)
    scope = request.form.get("scope") or f"{scopes.PARTNER_CENTER.uri}/.default offline_access openid profile"
    return scopes.from_scope(scope, request.tenant)


def _check_age(core: Any, token: RefreshToken) -> None:
    now = core.clock.now().timestamp()
    issued, lifetime = text_of(token.issued_at), int(switch(core, "refresh_token_lifetime"))
    if token.revoked:
        raise errors.SignInError(errors.TOKEN_REVOKED, issued=issued)
    if token.redirect_type == "spa" and now >= token.signed_in_at + SPA_LIFETIME:
        raise errors.SignInError(errors.TOKEN_OF_SPA, issued=text_of(token.signed_in_at))
    if now >= token.issued_at + lifetime:
        raise errors.SignInError(errors.TOKEN_EXPIRED, issued=issued, days=lifetime // 86400)
    for maximum in (token.sign_in_frequency, switch(core, "sign_in_frequency")):
        if maximum is not None and now >= token.signed_in_at + maximum:
            raise errors.SignInError(
                errors.TOKEN_TOO_OLD_FOR_POLICY, issued=text_of(token.signed_in_at), maximum=maximum
            )


def check_kind(client: Client, public: bool) -> None:
    """What a public client was given is redeemed without a credential, what a confidential one was given with one."""
    if public and client.auth != PUBLIC:
        raise errors.SignInError(errors.CLIENT_PUBLIC)
    if not public and client.auth == PUBLIC:
        raise errors.SignInError(errors.CREDENTIAL_MISSING)


def check_user(user: User) -> None:
    if user.deleted:
        raise errors.SignInError(errors.ACCOUNT_UNKNOWN)
    if not user.enabled:
        raise errors.SignInError(errors.ACCOUNT_DISABLED)


def check_policies(request: GrantRequest, user: User, mfa: bool, resource: str) -> None:
    """Second factor, consent and Conditional Access, as of now."""
    application = request.client.application
    if not mfa and (wants_second_factor(request.form) or switch(request.core, "mfa_on_redemption")):
        raise errors.SignInError(errors.MFA_REQUIRED, resource=resource)
    if not request.state.has_consent(application, user):
        raise errors.SignInError(errors.CONSENT_MISSING, client_id=application.client_id, name=application.name)
    number = switch(request.core, "conditional_access")
    if number is not None:
        raise errors.SignInError(errors.CONDITIONAL_ACCESS_KINDS[number])


def _check_block(client: Client, token: RefreshToken, resource: str) -> None:
    """What the seed says of a token."""
    application = client.application
    if token.blocked_by == "mfa":
        raise errors.SignInError(errors.MFA_REQUIRED, resource=resource)
    if token.blocked_by == "consent":
        raise errors.SignInError(errors.CONSENT_MISSING, client_id=application.client_id, name=application.name)
    if token.blocked_by == "conditional_access":
        raise errors.SignInError(errors.CONDITIONAL_ACCESS)


def required(form: dict[str, str], name: str) -> str:
    value = form.get(name)
    if not value:
        raise errors.SignInError(errors.PARAMETER_MISSING, name=name)
    return value


def text_of(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).isoformat().replace("+00:00", "Z")
