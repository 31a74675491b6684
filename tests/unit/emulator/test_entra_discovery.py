"""Discovery documents, by GUID and by domain, and what msal makes of them."""

from __future__ import annotations

import jwt
import msal
import pytest
from emulator.entra.standalone import StandaloneServer

WEB_APP = "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b01"
SCOPE = "https://api.partnercenter.microsoft.com/user_impersonation"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with StandaloneServer(tmp_path_factory.mktemp("entra")) as running:
        yield running


@pytest.mark.parametrize("spelling", ["tenant_id", "domain"])
@pytest.mark.parametrize("path", ["v2.0/.well-known/openid-configuration", ".well-known/openid-configuration"])
def test_addresses_carry_the_tenant_id(server, spelling, path):
    document = server.session().get(f"{server.url}/{server.core.partner[spelling].upper()}/{path}").json()
    base = f"{server.url}/{server.core.partner['tenant_id']}"
    assert document["issuer"] == f"{base}/v2.0"
    assert document["token_endpoint"] == f"{base}/oauth2/v2.0/token"
    assert document["authorization_endpoint"] == f"{base}/oauth2/v2.0/authorize"
    assert document["device_authorization_endpoint"] == f"{base}/oauth2/v2.0/devicecode"
    assert document["jwks_uri"] == f"{base}/discovery/v2.0/keys"


@pytest.mark.parametrize(
    ("tenant", "code"),
    [("11111111-2222-3333-4444-555555555555", 90002), ("nowhere.example", 90002), ("nowhere", 900023)],
)
def test_an_unknown_tenant(server, tenant, code):
    answer = server.session().get(f"{server.url}/{tenant}/v2.0/.well-known/openid-configuration")
    assert (answer.status_code, answer.json()["error"], answer.json()["error_codes"]) == (400, "invalid_tenant", [code])
    with pytest.raises(ValueError, match="Unable to get authority configuration"):
        application(server, authority=f"{server.url}/{tenant}", instance_discovery=False)


def application(server, **options):
    return msal.ConfidentialClientApplication(
        WEB_APP, client_credential="emulator-client-secret", http_client=server.session(), **options
    )


@pytest.mark.parametrize("by", ["domain", "oidc authority", "oidc authority v2", "instance discovery"])
def test_msal_signs_in_however_it_finds_the_endpoints(server, by):
    tenant_url = f"{server.url}/{server.core.partner['tenant_id']}"
    options = {
        "domain": {"authority": f"{server.url}/{server.core.partner['domain']}", "instance_discovery": False},
        "oidc authority": {"oidc_authority": tenant_url},
        "oidc authority v2": {"oidc_authority": f"{tenant_url}/v2.0"},
        "instance discovery": {
            "authority": tenant_url,
            "instance_discovery": f"{server.url}/common/discovery/instance",
        },
    }[by]
    result = application(server, **options).acquire_token_by_refresh_token("emulator-refresh-token", [SCOPE])
    assert "access_token" in result


def test_instance_discovery_without_a_tenant(server):
    answer = server.session().get(f"{server.url}/common/discovery/instance")
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [50049])


def test_published_keys_verify_the_tokens(server):
    result = application(server, authority=f"{server.url}/{server.core.partner['tenant_id']}", instance_discovery=False)
    token = result.acquire_token_for_client(["https://api.partnercenter.microsoft.com/.default"])["access_token"]
    keys = server.session().get(f"{server.url}/{server.core.partner['tenant_id']}/discovery/v2.0/keys").json()["keys"]
    key = {each["kid"]: each for each in keys}[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(
        token, jwt.PyJWK(key, "RS256").key, algorithms=["RS256"], audience="https://api.partnercenter.microsoft.com"
    )


def test_paths_are_taken_literally(server):
    tenant_id = server.core.partner["tenant_id"]
    for path in (
        f"/{tenant_id}//v2.0/.well-known/openid-configuration",
        f"/{tenant_id}/v2.0/v2.0/.well-known/openid-configuration",
    ):
        assert server.session().get(server.url + path).status_code == 404
