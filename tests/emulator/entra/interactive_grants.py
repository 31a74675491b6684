"""The grants that end a person's sign-in: the authorization code and the device code.

Rules: "OAuth 2.0 authorization code flow", section on redeeming a code; "OAuth 2.0 device authorization grant flow";
RFC 7636, section 4.6.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

from emulator.entra import errors, grants, scopes
from emulator.entra.client_auth import PUBLIC
from emulator.entra.grants import Granted, GrantRequest
from emulator.entra.pending import AuthorizationCode, AuthorizeRequest, DeviceCode
from emulator.entra.records import User
from emulator.entra.switches import switch

DEVICE_CODE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def authorization_code(request: GrantRequest) -> Granted:
    """Redeems a code once, by the client, with the redirect URI and the verifier of the authorize request."""
    value = grants.required(request.form, "code")
    redirect_uri = grants.required(request.form, "redirect_uri")
    pending, client = request.state.pending, request.client
    code = pending.codes.get(value)
    if code is None:
        raise errors.SignInError(errors.CODE_USED if value in pending.used_codes else errors.CODE_UNKNOWN)
    if code.request.application.client_id != client.application.client_id:
        raise errors.SignInError(errors.TOKEN_OF_OTHER_CLIENT)
    _check_redirect_type(request, code.request)
    if pending.now() >= code.issued_at + int(switch(request.core, "authorization_code_lifetime")):
        raise errors.SignInError(errors.GRANT_EXPIRED, issued=grants.text_of(code.issued_at))
    if redirect_uri != code.request.redirect_uri:
        raise errors.SignInError(
            errors.CODE_REDIRECT_URI, redirect_uri=redirect_uri, expected=code.request.redirect_uri
        )
    _check_verifier(code.request, request.form.get("code_verifier"))
    user = _user_as_of_now(request, code.user)
    assert code.request.target is not None
    grants.check_policies(request, user, code.mfa, code.request.target.resource.uri)
    target = _target(request, code)
    del pending.codes[value]
    pending.used_codes.add(value)
    token = _refresh_token(
        request,
        target,
        user,
        code.mfa,
        code.signed_in_at,
        code.request.redirect_type == "public",
        code.request.redirect_type,
    )
    return Granted(target, user, code.mfa, token, code.request.nonce)


def device_code(request: GrantRequest) -> Granted:
    """One poll of a device. The scope is that of the first request; the fields `device_code` and `code` mean the
    same."""
    value = request.form.get("device_code") or grants.required(request.form, "code")
    pending, client = request.state.pending, request.client
    device = pending.devices.get(value)
    if device is None or device.application.client_id != client.application.client_id:
        raise errors.SignInError(errors.DEVICE_UNKNOWN)
    if device.status == "declined":
        raise errors.SignInError(errors.DEVICE_DECLINED)
    if pending.now() >= device.expires_at:
        raise errors.SignInError(errors.DEVICE_EXPIRED)
    _check_interval(request, device)
    if device.status == "pending" or device.user is None:
        raise errors.SignInError(errors.DEVICE_PENDING)
    user = _user_as_of_now(request, device.user)
    grants.check_policies(request, user, device.mfa, device.target.resource.uri)
    del pending.devices[value]
    public = client.auth == PUBLIC or (
        client.application.public_flows and switch(request.core, "device_code_with_secret") == "public"
    )
    token = _refresh_token(request, device.target, user, device.mfa, device.signed_in_at, public)
    return Granted(device.target, user, device.mfa, token)


#: grant_type -> function.
GRANTS = {
    "refresh_token": grants.refresh_token,
    "client_credentials": grants.client_credentials,
    "authorization_code": authorization_code,
    DEVICE_CODE_GRANT: device_code,
}


def _check_redirect_type(request: GrantRequest, wanted: AuthorizeRequest) -> None:
    """The platform of the redirect URI decides what kind of client redeems the code."""
    if wanted.redirect_type == "spa":
        if not request.origin:
            raise errors.SignInError(errors.CODE_OF_SPA)
    else:
        grants.check_kind(request.client, wanted.redirect_type == "public")


def _check_verifier(wanted: AuthorizeRequest, verifier: str | None) -> None:
    """A verifier without a challenge is as wrong as a challenge without a verifier."""
    if wanted.challenge is None and verifier is None:
        return
    sent = verifier or ""
    if wanted.challenge_method == "S256":
        sent = base64.urlsafe_b64encode(hashlib.sha256(sent.encode()).digest()).rstrip(b"=").decode()
    if not verifier or not hmac.compare_digest(sent.encode(), (wanted.challenge or "").encode()):
        raise errors.SignInError(errors.CODE_VERIFIER)


def _check_interval(request: GrantRequest, device: DeviceCode) -> None:
    """Clients wait by the machine's clock, so the movable one is not asked."""
    now, before = time.monotonic(), device.polled_at
    device.polled_at = now
    if (
        before is not None
        and switch(request.core, "device_code_enforce_interval")
        and now - before < int(switch(request.core, "device_code_interval"))
    ):
        raise errors.SignInError(errors.DEVICE_SLOW_DOWN)


def _user_as_of_now(request: GrantRequest, user: User) -> User:
    current = request.state.user(user.upn)
    grants.check_user(current)
    return current


def _target(request: GrantRequest, code: AuthorizationCode) -> scopes.Target:
    """The client may repeat the scope or leave it out; then the one of the authorize request counts."""
    if request.v1 or request.form.get("scope"):
        return grants.user_target(request)
    assert code.request.target is not None
    return code.request.target


def _refresh_token(
    request: GrantRequest,
    target: scopes.Target,
    user: User,
    mfa: bool,
    signed_in_at: float,
    public: bool,
    redirect_type: str = "web",
) -> str | None:
    if not target.offline_access:
        return None
    token = request.state.issue(
        client_ids=[request.client.application.client_id],
        user=user.upn,
        mfa=mfa,
        signed_in_at=signed_in_at,
        redirect_type="spa" if redirect_type == "spa" else "web",
        public=None if redirect_type == "spa" else public,
    )
    return token.value
