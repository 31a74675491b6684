"""`POST /{tenant}/oauth2/v2.0/token` and its v1 sibling: from the request to the JSON with tokens."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from emulator.entra import client_auth, errors, grants, interactive_grants, tenants
from emulator.entra.http_request import correlation_id, read_form
from emulator.entra.records import User
from emulator.entra.state import SignInState
from emulator.entra.switches import switch
from emulator.entra.tokens import pairwise_subject


async def token(core: Any, state: SignInState, request: Request, v1: bool) -> Response:
    """Order of checks: tenant, parameters, client, grant."""
    form = await read_form(request)
    tenant_id = tenants.resolve(core, request.path_params["tenant"])
    grant_type = form.get("grant_type")
    if not grant_type:
        raise errors.SignInError(errors.PARAMETER_MISSING, name="grant_type")
    grant = interactive_grants.GRANTS.get(grant_type)
    if grant is None:
        raise errors.SignInError(errors.GRANT_UNSUPPORTED, grant_type=grant_type)
    state.refusals.check("token", {"tenant": tenant_id, **form}, grant_type)
    audiences = [tenants.token_endpoint(core, tenant_id, v1), tenants.issuer(core, tenant_id)]
    client = client_auth.authenticate(core, state, form, request.headers.get("authorization"), tenant_id, audiences)
    granted = grant(grants.GrantRequest(core, state, client, form, tenant_id, v1, request.headers.get("origin")))
    body = _v1_body(core, client, granted) if v1 else _v2_body(core, client, granted, form)
    for name in switch(core, "token_response_without"):
        body.pop(name, None)
    if switch(core, "token_response_empty"):
        body = {}
    return JSONResponse(body, headers=errors.answer_headers(correlation_id(request)))


def _v2_body(core: Any, client: client_auth.Client, granted: grants.Granted, form: dict[str, str]) -> dict[str, Any]:
    """`{token_type, scope, expires_in, ext_expires_in, access_token, refresh_token?, id_token?, client_info?}`.

    Numbers are integers. An application's own token comes without scope, refresh token, id token and client info.
    """
    lifetime = _lifetime(core)
    body: dict[str, Any] = {"token_type": "Bearer"}
    if granted.user is not None:
        body["scope"] = granted.target.answer_scope
    body.update(
        expires_in=lifetime, ext_expires_in=lifetime, access_token=_access_token(core, client, granted, lifetime)
    )
    if granted.user is None:
        return body
    if granted.refresh_token:
        body["refresh_token"] = granted.refresh_token
    if granted.target.openid and granted.user is not None:
        body["id_token"] = _id_token(core, client, granted, granted.user)
    if form.get("client_info") == "1":
        info = {"uid": granted.user.object_id, "utid": core.tokens.tenant_id}
        body["client_info"] = base64.urlsafe_b64encode(json.dumps(info).encode()).rstrip(b"=").decode()
    return body


def _v1_body(core: Any, client: client_auth.Client, granted: grants.Granted) -> dict[str, Any]:
    """The older shape, whose numbers are strings: expires_in, ext_expires_in, expires_on, not_before; and resource."""
    lifetime = _lifetime(core)
    now = int(core.tokens.now())
    body: dict[str, Any] = {"token_type": "Bearer"}
    if granted.user is not None:
        body["scope"] = " ".join(granted.target.permissions)
    body.update(
        expires_in=str(lifetime),
        ext_expires_in=str(lifetime),
        expires_on=str(now + lifetime),
        not_before=str(now),
        resource=granted.target.resource.uri,
        access_token=_access_token(core, client, granted, lifetime),
    )
    if granted.user is not None:
        if granted.refresh_token:
            body["refresh_token"] = granted.refresh_token
        body["id_token"] = _id_token(core, client, granted, granted.user)
    return body


def _lifetime(core: Any) -> int:
    """Seconds: random between 60 and 90 minutes ("Configurable token lifetimes") unless the switch says otherwise."""
    value = switch(core, "access_token_lifetime")
    return random.randint(3600, 5400) if value is None else int(value)


def _access_token(core: Any, client: client_auth.Client, granted: grants.Granted, lifetime: int) -> str:
    common = {
        "client_id": client.application.client_id,
        "client_auth": client.auth,
        "lifetime": lifetime,
        "audience": granted.target.resource.uri,
        "nbf_delay": int(switch(core, "access_token_nbf_delay")),
        "v2_format": switch(core, "access_token_v2_format"),
        "opaque": switch(core, "access_token_opaque"),
    }
    if granted.user is None:
        return core.tokens.issue_app(**common)
    return core.tokens.issue_user(
        object_id=granted.user.object_id,
        upn=granted.user.upn,
        mfa=granted.mfa,
        scope=" ".join(granted.target.permissions),
        with_amr=not switch(core, "access_token_without_amr"),
        **common,
    )


def _id_token(core: Any, client: client_auth.Client, granted: grants.Granted, user: User) -> str:
    """Claims: "ID token claims reference"."""
    now = int(core.tokens.now())
    client_id = client.application.client_id
    claims = {
        "aud": client_id,
        "iss": tenants.issuer(core, core.tokens.tenant_id),
        "iat": now,
        "nbf": now,
        "exp": now + 3900,
        "name": user.name,
        "oid": user.object_id,
        "preferred_username": user.upn,
        "sub": pairwise_subject(user.object_id, client_id),
        "tid": core.tokens.tenant_id,
        "ver": "2.0",
    }
    if granted.nonce is not None:
        claims["nonce"] = granted.nonce
    return core.tokens.sign(claims)
