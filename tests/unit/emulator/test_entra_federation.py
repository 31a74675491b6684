"""Federated assertions: test issuers whose documents and keys are real, the unmodified msal, and each claim bent in turn."""

from __future__ import annotations

import jwt
import msal
import pytest
from emulator.entra import control
from emulator.entra.browser import Browser
from emulator.entra.federation import ISSUERS
from emulator.entra.standalone import StandaloneServer

WEB, NO_CONSENT = "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b01", "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b03"
SCOPE = "https://api.partnercenter.microsoft.com/user_impersonation"
UPN = "svc-automation@northwind-partner.onmicrosoft.com"
AUDIENCE = "api://AzureADTokenExchange"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with StandaloneServer(tmp_path_factory.mktemp("entra")) as running:
        yield running


@pytest.fixture(autouse=True)
def as_seeded(server):
    server.core.reset()


def mint(server, issuer="github", **options):
    return control.mint_assertion(server.core, {"issuer": issuer, **options})["assertion"]


def get(server, url, **headers):
    with server.session() as session:
        return session.get(url, headers=headers)


def sign_in(server, text, client_id=WEB):
    answer = server.token(
        client_id=client_id,
        client_assertion=text,
        client_assertion_type=ASSERTION_TYPE,
        grant_type="client_credentials",
        scope="https://api.partnercenter.microsoft.com/.default",
    )
    return (
        "tokens"
        if answer.status_code == 200
        else (answer.status_code, answer.json()["error"], answer.json()["error_codes"][0])
    )


def client(server, assertion):
    return msal.ConfidentialClientApplication(
        WEB,
        client_credential={"client_assertion": assertion},
        authority=f"{server.url}/{server.core.partner['tenant_id']}",
        instance_discovery=False,
        http_client=server.session(),
    )


def redeem(server, assertion):
    return client(server, assertion).acquire_token_by_refresh_token("emulator-refresh-token", [SCOPE])


@pytest.mark.parametrize("issuer", ISSUERS)
def test_msal_redeems_with_a_token_of_each_issuer(server, issuer):
    claims = jwt.decode(
        redeem(server, lambda: mint(server, issuer))["access_token"], options={"verify_signature": False}
    )
    assert (claims["appid"], claims["appidacr"]) == (WEB, "2")


def test_msal_redeems_a_code_with_an_assertion(server):
    """The first consent without any stored credential of the application; the answer is posted, as msal advises."""
    app = client(server, lambda: mint(server, "gitlab"))
    flow = app.initiate_auth_code_flow([SCOPE], redirect_uri="http://localhost:8400", response_mode="form_post")
    with server.session() as session:
        browser = Browser(session)
        browser.open(flow["auth_uri"])
        browser.press("next", login=UPN, password="emulator-password")
        answer = browser.press("verify", code="246810").hidden
    result = app.acquire_token_by_auth_code_flow(flow, answer)
    assert result["id_token_claims"]["preferred_username"] == UPN
    assert "access_token" in client(server, lambda: mint(server)).acquire_token_by_refresh_token(
        result["refresh_token"], [SCOPE]
    )


@pytest.mark.parametrize("issuer", ISSUERS)
def test_anybody_can_verify_a_token_by_the_documents_of_its_issuer(server, issuer):
    url = control.mint_assertion(server.core, {"issuer": issuer})["issuer"]
    document = get(server, f"{url}/.well-known/openid-configuration").json()
    assert document["issuer"] == url
    key = jwt.PyJWK(get(server, document["jwks_uri"]).json()["keys"][0])
    claims = jwt.decode(mint(server, issuer), key, algorithms=["RS256"], audience=AUDIENCE, issuer=url)
    assert claims["sub"] == ISSUERS[issuer][1] and claims["exp"] - claims["iat"] == ISSUERS[issuer][0]


def test_a_job_of_github_actions_asks_for_its_token_late(server):
    job = control.start_job(server.core, None)

    def assertion():
        url = job["ACTIONS_ID_TOKEN_REQUEST_URL"] + "&audience=api%3A%2F%2FAzureADTokenExchange"
        return get(server, url, Authorization=f"bearer {job['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}").json()["value"]

    assert "access_token" in redeem(server, assertion)
    assert "x5t" in jwt.get_unverified_header(assertion())


@pytest.mark.parametrize("authorization", [None, "bearer wrong", "Basic x", "ended"])
def test_who_is_not_the_job_gets_no_token(server, authorization):
    job = control.start_job(server.core, {})
    if authorization == "ended":
        authorization = f"bearer {job['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"
        server.core.clock.advance(21601)
    assert (
        get(
            server, job["ACTIONS_ID_TOKEN_REQUEST_URL"], **({"Authorization": authorization} if authorization else {})
        ).status_code
        == 401
    )


def test_a_job_without_the_audience_gets_one_that_is_refused(server):
    job = control.start_job(server.core, {})
    answer = get(
        server, job["ACTIONS_ID_TOKEN_REQUEST_URL"], Authorization=f"Bearer {job['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"
    ).json()
    assert sign_in(server, answer["value"]) == (401, "invalid_client", 700212)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"claims": {"iss": "https://token.actions.githubusercontent.com"}}, 700211),
        ({"subject": "repo:northwind-partner/users:pull_request"}, 700213),
        ({"subject": "REPO:northwind-partner/users:ref:refs/heads/main"}, 700213),
        ({"subject": ISSUERS["gitlab"][1]}, 700213),
        ({"audience": "https://github.com/northwind-partner"}, 700212),
        ({"audience": [AUDIENCE.lower()]}, 700212),
        ({"expires_in": -301}, 700024),
        ({"claims": {"nbf": 4_000_000_000}}, 700024),
        ({"claims": {"exp": None}}, 50027),
        ({"claims": {"exp": float("nan")}}, 50027),
        ({"claims": {"exp": "nan"}}, 50027),
        ({"claims": {"exp": float("inf")}}, 50027),
        ({"claims": {"exp": 1e300, "nbf": 4_000_000_000}}, 50027),
        ({"claims": {"exp": -1e300}}, 50027),
        ({"signed_by": "stranger"}, 50013),
        # The plainest reason first: who the issuer is, whether it is true, whether it is still good, what it is for, whom it is about.
        ({"signed_by": "stranger", "expires_in": -301, "audience": "other", "subject": "other"}, 50013),
        ({"expires_in": -301, "audience": "other", "subject": "other"}, 700024),
        ({"audience": "other", "subject": "other"}, 700212),
    ],
)
def test_assertions_that_are_refused(server, options, code):
    assert sign_in(server, mint(server, **options))[-1] == code


@pytest.mark.parametrize("header", [{"kid": "\u00fc"}, {"kid": ""}, {"kid": "other", "x5t": "other"}])
def test_a_key_that_the_issuer_has_not(server, header):
    claims = jwt.decode(mint(server), options={"verify_signature": False})
    assert (
        sign_in(server, jwt.encode(claims, server.core.sign_in_state.issuers.key, algorithm="RS256", headers=header))[
            -1
        ]
        == 50013
    )


def test_a_public_key_is_no_shared_secret(server):
    """The signature of HS256 with the published key, and none at all: neither proves anything."""
    claims, kid = (
        jwt.decode(mint(server), options={"verify_signature": False}),
        jwt.get_unverified_header(mint(server))["kid"],
    )
    published = get(server, server.core.sign_in_state.issuers.url("github") + "/.well-known/jwks").json()["keys"][0][
        "n"
    ]
    assert sign_in(server, jwt.encode(claims, published, algorithm="HS256", headers={"kid": kid}))[-1] == 50013
    assert sign_in(server, jwt.encode(claims, None, algorithm="none", headers={"kid": kid}))[-1] == 50013


def test_audiences_can_be_a_list(server):
    assert sign_in(server, mint(server, audience=["other", AUDIENCE])) == "tokens"


def test_five_minutes_of_clock_difference_are_forgiven(server):
    assert sign_in(server, mint(server, expires_in=-250)) == "tokens"


@pytest.mark.parametrize("header", [{"kid": "unknown"}, {}, {"kid": "", "alg": "none"}])
def test_a_key_that_nobody_published(server, header):
    claims = jwt.decode(mint(server), options={"verify_signature": False})
    text = jwt.encode(
        claims,
        None if header.get("alg") else "a-shared-secret-of-thirty-two-bytes",
        algorithm=header.get("alg", "HS256"),
        headers=header,
    )
    assert sign_in(server, text)[-1] == 50013


def test_a_published_key_is_not_a_shared_secret(server):
    claims, kid = (
        jwt.decode(mint(server), options={"verify_signature": False}),
        jwt.get_unverified_header(mint(server))["kid"],
    )
    assert sign_in(server, jwt.encode(claims, "x" * 32, algorithm="HS256", headers={"kid": kid}))[-1] == 50013


def test_an_application_without_federated_credentials(server):
    assert sign_in(server, mint(server), NO_CONSENT) == (401, "invalid_client", 70025)
    control.change_application(
        server.core,
        {"client_id": NO_CONSENT, "federated_credentials": [{"issuer": "github", "subject": ISSUERS["github"][1]}]},
    )
    assert sign_in(server, mint(server), NO_CONSENT) == "tokens"


def test_a_pod_finds_a_file_that_is_replaced(server):
    first, second = (
        control.mint_assertion(server.core, {"issuer": "kubernetes", "file": True})["file"] for _time in range(2)
    )
    assert first == second
    with open(second, encoding="utf-8") as file:
        assert sign_in(server, file.read()) == "tokens"


def test_moving_the_clock(server):
    text = mint(server)
    server.core.clock.advance(86400)
    assert sign_in(server, text) == "tokens"
    server.core.switches["assertion_clock"] = "emulator"
    assert sign_in(server, text)[-1] == 700024
    assert sign_in(server, mint(server)) == "tokens"


@pytest.mark.parametrize(
    "body", [{"issuer": "azure"}, {"issuer": "github", "signed_by": "me"}, {"issuer": "github", "subjekt": "x"}, {}]
)
def test_control_calls_that_are_wrong(server, body):
    with pytest.raises((ValueError, TypeError, KeyError)):
        control.mint_assertion(server.core, body)
