"""The documents that a client reads before it signs in: OpenID Connect discovery, keys, instance discovery.

Members: "OpenID Connect on the Microsoft identity platform", section on the configuration document.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from emulator.entra import errors, tenants
from emulator.entra.http_request import correlation_id


def openid_configuration(core: Any, request: Request) -> Response:
    """Addresses always carry the tenant's GUID, even when the tenant was asked for by domain."""
    tenant_id = tenants.resolve(core, request.path_params["tenant"], discovery=True)
    core.sign_in_state.refusals.check("discovery", {"tenant": request.path_params["tenant"]})
    base = f"{tenants.base(core)}/{tenant_id}"
    return JSONResponse(
        {
            "token_endpoint": tenants.token_endpoint(core, tenant_id),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": tenants.issuer(core, tenant_id),
            "request_uri_parameter_supported": False,
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "http_logout_supported": True,
            "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
            "claims_supported": [
                "sub",
                "iss",
                "aud",
                "exp",
                "iat",
                "nonce",
                "preferred_username",
                "name",
                "tid",
                "ver",
                "oid",
            ],
            "tenant_region_scope": "EU",
            "cloud_instance_name": urlsplit(base).netloc,
        },
        headers={"client-request-id": correlation_id(request)},
    )


def keys(core: Any, request: Request) -> Response:
    tenants.resolve(core, request.path_params["tenant"], discovery=True)
    return JSONResponse(core.tokens.jwks())


def instance(core: Any, request: Request) -> Response:
    """Instance discovery, asked by clients that check an unknown authority first.

    The client's `authorization_endpoint` names the tenant in its path; its port is missing, so only the path counts.
    """
    tenant = urlsplit(request.query_params.get("authorization_endpoint", "")).path.strip("/").split("/")[0]
    if not tenant:
        raise errors.SignInError(errors.INSTANCE_UNKNOWN)
    host = urlsplit(tenants.base(core)).netloc
    return JSONResponse(
        {
            "tenant_discovery_endpoint": f"{tenants.base(core)}/{tenant}/v2.0/.well-known/openid-configuration",
            "api-version": request.query_params.get("api-version", "1.0"),
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }
    )
