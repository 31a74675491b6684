"""The unmodified msal signs in over TLS: credential kinds, rotation, scopes, and what tokens say."""

from __future__ import annotations

import base64
import json
import time

import jwt
import msal
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import load_pem_x509_certificate
from emulator.entra.standalone import StandaloneServer

WEB_APP = "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b01"
PUBLIC_APP = "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b02"
API = "https://api.partnercenter.microsoft.com"
SCOPE = f"{API}/user_impersonation"
UPN = "svc-automation@northwind-partner.onmicrosoft.com"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with StandaloneServer(tmp_path_factory.mktemp("entra")) as running:
        yield running


@pytest.fixture(autouse=True)
def as_seeded(server):
    server.core.reset()


def client(server, credential, tenant=None):
    authority = f"{server.url}/{tenant or server.core.partner['tenant_id']}"
    options = {"authority": authority, "instance_discovery": False, "http_client": server.session()}
    if credential is None:
        return msal.PublicClientApplication(PUBLIC_APP, **options)
    return msal.ConfidentialClientApplication(WEB_APP, client_credential=credential, **options)


def redeem(server, credential="emulator-client-secret", token="emulator-refresh-token", scope=SCOPE, tenant=None):
    return client(server, credential, tenant).acquire_token_by_refresh_token(token, [scope])


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def pem(server):
    return (server.state_dir / "client.pem").read_text()


def credential_of_kind(server, kind):
    sha1 = load_pem_x509_certificate(pem(server).encode()).fingerprint(hashes.SHA1()).hex()
    return {
        "secret": "emulator-client-secret",
        "pfx": {"private_key_pfx_path": str(server.state_dir / "client.pfx"), "passphrase": "emulator-pfx-password"},
        "pfx with chain": {
            "private_key_pfx_path": str(server.state_dir / "client.pfx"),
            "passphrase": "emulator-pfx-password",
            "public_certificate": True,
        },
        "pem": {"private_key": pem(server), "public_certificate": pem(server)},
        "thumbprint": {"private_key": pem(server), "thumbprint": sha1},
        "thumbprint with certificate": {
            "private_key": pem(server),
            "thumbprint": sha1,
            "public_certificate": pem(server),
        },
    }[kind]


@pytest.mark.parametrize(
    ("kind", "appidacr"),
    [
        ("secret", "1"),
        ("pfx", "2"),
        ("pfx with chain", "2"),
        ("pem", "2"),
        ("thumbprint", "2"),
        ("thumbprint with certificate", "2"),
    ],
)
def test_each_kind_of_credential_redeems_the_refresh_token(server, kind, appidacr):
    result = redeem(server, credential_of_kind(server, kind))
    claims = claims_of(result["access_token"])
    assert (claims["appid"], claims["appidacr"], claims["upn"]) == (WEB_APP, appidacr, UPN)
    assert server.core.tokens.verify(result["access_token"]).kind == "user"


def test_a_public_client_redeems_its_own_token(server):
    claims = claims_of(redeem(server, None, "emulator-refresh-token-public")["access_token"])
    assert (claims["appid"], claims["appidacr"]) == (PUBLIC_APP, "0")


def test_http_basic_is_a_client_secret_too(server):
    value = base64.b64encode(f"{WEB_APP}:emulator-client-secret".encode()).decode()
    answer = server.token(
        headers={"Authorization": f"Basic {value}"}, grant_type="refresh_token", refresh_token="emulator-refresh-token"
    )
    assert answer.status_code == 200
    assert claims_of(answer.json()["access_token"])["appidacr"] == "1"


def test_claims_of_a_user_token(server):
    before = int(time.time())
    result = redeem(server)
    claims = claims_of(result["access_token"])
    tenant_id = server.core.partner["tenant_id"]
    assert set(claims) == {
        *("aud", "iss", "iat", "nbf", "exp", "acr", "amr", "appid", "appidacr"),
        *("idtyp", "oid", "scp", "sub", "tid", "unique_name", "upn", "uti", "ver"),
    }
    assert claims["aud"] == API
    assert claims["iss"] == f"https://sts.windows.net/{tenant_id}/"
    assert claims["amr"] == ["pwd", "mfa"]
    assert (claims["idtyp"], claims["scp"], claims["ver"]) == ("user", "user_impersonation", "1.0")
    assert claims["oid"] == "9e0d1c2b-3a49-4857-8675-94a3b2c1d0e1"
    assert claims["sub"] != claims["oid"]
    assert claims["exp"] - claims["iat"] == result["expires_in"]
    assert before <= claims["nbf"] <= time.time()


def test_the_client_learns_the_account_and_finds_the_token_in_its_cache(server):
    app = client(server, "emulator-client-secret")
    result = app.acquire_token_by_refresh_token("emulator-refresh-token", [SCOPE])
    assert [account["username"] for account in app.get_accounts()] == [UPN]
    info = json.loads(base64.urlsafe_b64decode(result["client_info"] + "=="))
    assert info == {"uid": "9e0d1c2b-3a49-4857-8675-94a3b2c1d0e1", "utid": server.core.partner["tenant_id"]}
    again = app.acquire_token_silent([SCOPE], app.get_accounts()[0])
    assert (again["token_source"], again["access_token"]) == ("cache", result["access_token"])
    assert result["id_token_claims"]["aud"] == WEB_APP
    assert result["id_token_claims"]["iss"] == f"{server.url}/{server.core.partner['tenant_id']}/v2.0"


@pytest.mark.parametrize("scope", [SCOPE, f"{API}/.default"])
def test_a_requested_scope_comes_back_so_that_the_cache_finds_it(server, scope):
    app = client(server, "emulator-client-secret")
    result = app.acquire_token_by_refresh_token("emulator-refresh-token", [scope])
    assert {scope, SCOPE} <= set(result["scope"].split())
    assert app.acquire_token_silent([scope], app.get_accounts()[0])["token_source"] == "cache"
    assert claims_of(result["access_token"])["scp"] == "user_impersonation"


def test_an_application_signs_in_for_itself(server):
    app = client(server, credential_of_kind(server, "pfx"))
    result = app.acquire_token_for_client([f"{API}/.default"])
    claims = claims_of(result["access_token"])
    assert not {"scp", "amr", "upn", "unique_name"} & set(claims)
    assert claims["idtyp"] == "app" and claims["oid"] == claims["sub"]
    assert not {"refresh_token", "id_token", "client_info", "scope"} & set(result)
    identity = server.core.tokens.verify(result["access_token"])
    assert (identity.kind, identity.mfa, identity.upn) == ("app", None, None)


def test_rotation_answers_a_new_token_and_leaves_the_old_one_valid(server):
    first = redeem(server)["refresh_token"]
    assert first != "emulator-refresh-token"
    second = redeem(server, token=first)["refresh_token"]
    assert second not in (first, "emulator-refresh-token")
    assert "access_token" in redeem(server, token="emulator-refresh-token")
    assert "access_token" in redeem(server, token=first)


def test_without_rotation_no_refresh_token_comes_back(server):
    server.core.switches["rotate_refresh_tokens"] = False
    result = redeem(server)
    assert "access_token" in result and "refresh_token" not in result


def test_revocation_on_use_is_a_switch(server):
    server.core.switches["revoke_refresh_token_on_use"] = True
    successor = redeem(server)["refresh_token"]
    assert redeem(server)["error_codes"] == [50173]
    assert "access_token" in redeem(server, token=successor)


def test_without_offline_access_no_refresh_token_comes_back(server):
    answer = server.token(
        client_id=WEB_APP,
        client_secret="emulator-client-secret",
        grant_type="refresh_token",
        refresh_token="emulator-refresh-token",
        scope=SCOPE,
    )
    assert set(answer.json()) == {"token_type", "scope", "expires_in", "ext_expires_in", "access_token"}


def test_a_sign_in_without_mfa_gives_a_token_that_says_so(server):
    result = redeem(server, token="emulator-refresh-token-no-mfa")
    assert claims_of(result["access_token"])["amr"] == ["pwd"]
    assert server.core.tokens.verify(result["access_token"]).mfa is False
    successor = redeem(server, token=result["refresh_token"])
    assert claims_of(successor["access_token"])["amr"] == ["pwd"]


@pytest.mark.parametrize(
    ("switch", "amr", "mfa"),
    [("access_token_without_amr", None, None), ("access_token_v2_format", None, None), ("other", ["pwd", "mfa"], True)],
)
def test_tokens_without_amr_leave_mfa_unknown(server, switch, amr, mfa):
    server.core.switches[switch] = True
    token = redeem(server)["access_token"]
    assert claims_of(token).get("amr") == amr
    identity = server.core.tokens.verify(token)
    assert (identity.mfa, identity.kind, identity.upn, identity.client_id) == (mfa, "user", UPN, WEB_APP)


def test_an_opaque_token_hides_its_claims_from_the_client_only(server):
    server.core.switches["access_token_opaque"] = True
    token = redeem(server)["access_token"]
    with pytest.raises(jwt.PyJWTError):
        claims_of(token)
    assert server.core.tokens.verify(token).upn == UPN


def test_lifetimes_are_random_unless_set(server):
    lifetimes = {redeem(server)["expires_in"] for _attempt in range(6)}
    assert len(lifetimes) > 1 and all(3600 <= each <= 5400 for each in lifetimes)
    server.core.switches["access_token_lifetime"] = 60
    result = redeem(server)
    claims = claims_of(result["access_token"])
    assert result["expires_in"] == 60 == claims["exp"] - claims["iat"]


def test_members_of_the_answer_can_be_left_out(server):
    server.core.switches["token_response_without"] = ["refresh_token", "scope"]
    result = redeem(server)
    assert "access_token" in result and not {"refresh_token", "scope"} & set(result)
    server.core.switches["token_response_empty"] = True
    assert redeem(server) == {}


def test_the_v1_endpoint_answers_with_a_resource_and_numbers_as_text(server):
    answer = server.token(
        v1=True,
        client_id=WEB_APP,
        client_secret="emulator-client-secret",
        grant_type="refresh_token",
        refresh_token="emulator-refresh-token",
        resource=API,
        scope="openid",
    ).json()
    assert (answer["scope"], answer["resource"]) == ("user_impersonation", API)
    assert 3600 <= int(answer["expires_in"]) <= 5400 and isinstance(answer["expires_in"], str)
    assert int(answer["expires_on"]) - int(answer["not_before"]) == int(answer["expires_in"])
    # Refresh tokens are not bound to a version of the endpoint.
    assert "access_token" in redeem(server, token=answer["refresh_token"])
    app_only = server.token(
        v1=True,
        client_id=WEB_APP,
        client_secret="emulator-client-secret",
        grant_type="client_credentials",
        resource="https://graph.windows.net",
    ).json()
    assert not {"scope", "id_token", "refresh_token"} & set(app_only)
    assert claims_of(app_only["access_token"])["aud"] == "https://graph.windows.net"


def test_tokens_are_not_to_be_stored_and_the_correlation_comes_back(server):
    correlation = "7a3c1f7e-5e0f-4c38-9d67-0a7f3fd2b8a1"
    answer = server.token(
        headers={"client-request-id": correlation},
        client_id=WEB_APP,
        client_secret="emulator-client-secret",
        grant_type="client_credentials",
        scope=f"{API}/.default",
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["client-request-id"] == correlation
