"""Each refusal of the token endpoint: code, error, suberror and status, as msal hands them on."""

from __future__ import annotations

import re

import msal
import pytest
from emulator.entra.standalone import StandaloneServer

WEB_APP = "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b01"
PUBLIC_APP = "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b02"
APP_WITHOUT_CONSENT = "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b03"
API = "https://api.partnercenter.microsoft.com"
SCOPE = f"{API}/user_impersonation"
DAY = 86400
GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with StandaloneServer(tmp_path_factory.mktemp("entra")) as running:
        yield running


@pytest.fixture(autouse=True)
def as_seeded(server):
    server.core.reset()


def redeem(server, token="emulator-refresh-token", client_id=WEB_APP, secret="emulator-client-secret", scope=SCOPE):
    """With a new msal object each time: an object repeats a refusal from memory for a minute."""
    app = msal.ConfidentialClientApplication(
        client_id,
        client_credential=secret,
        authority=f"{server.url}/{server.core.partner['tenant_id']}",
        instance_discovery=False,
        http_client=server.session(),
    )
    return app.acquire_token_by_refresh_token(token, [scope])


def post(server, **changes):
    form = {
        "client_id": WEB_APP,
        "client_secret": "emulator-client-secret",
        "grant_type": "refresh_token",
        "refresh_token": "emulator-refresh-token",
        "scope": f"{SCOPE} offline_access openid profile",
        **changes,
    }
    return server.token(**{name: value for name, value in form.items() if value is not None})


REFRESH_TOKENS = [
    ("expired", 700082, "token_expired"),
    ("revoked", 50173, "bad_token"),
    ("mfa-required", 50076, "basic_action"),
    ("no-consent", 65001, "consent_required"),
    ("sign-in-frequency", 70043, "token_expired"),
    ("spa", 700084, "token_expired"),
    ("conditional-access", 53003, "message_only"),
    ("account-disabled", 50057, None),
    ("other-client", 700007, None),
    ("public", 700007, None),
]


@pytest.mark.parametrize(("name", "code", "suberror"), REFRESH_TOKENS)
def test_refresh_tokens_that_are_refused(server, name, code, suberror):
    result = redeem(server, f"emulator-refresh-token-{name}")
    assert (result["error"], result["error_codes"], result.get("suberror")) == ("invalid_grant", [code], suberror)
    assert result["error_description"].startswith(f"AADSTS{code}: ")
    assert post(server, refresh_token=f"emulator-refresh-token-{name}").status_code == 400


@pytest.mark.parametrize(
    ("changes", "status", "error", "code"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_secret": "emulator-client-secret-expired"}, 401, "invalid_client", 7000222),
        ({"client_secret": None}, 401, "invalid_client", 7000218),
        ({"client_id": PUBLIC_APP}, 401, "invalid_client", 700025),
        ({"client_id": "11111111-2222-3333-4444-555555555555"}, 400, "unauthorized_client", 700016),
        ({"client_id": None}, 400, "invalid_request", 900144),
        ({"grant_type": None}, 400, "invalid_request", 900144),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}, 400, "invalid_request", 900144),
        ({"refresh_token": None}, 400, "invalid_request", 900144),
        ({"refresh_token": "nonsense"}, 400, "invalid_grant", 9002313),
        ({"refresh_token": "1.AXoA-forgotten"}, 400, "invalid_grant", 70000),
        ({"scope": "user_impersonation"}, 400, "invalid_scope", 70011),
        ({"scope": f"{API}/user.write"}, 400, "invalid_scope", 70011),
        ({"scope": f"{SCOPE} {API}/.default"}, 400, "invalid_scope", 70011),
        ({"scope": f"{API}/.default https://graph.microsoft.com/.default"}, 400, "invalid_scope", 70011),
        ({"scope": f"{SCOPE} https://graph.microsoft.com/User.Read"}, 400, "invalid_scope", 70011),
        ({"scope": "https://localhost:1/user_impersonation"}, 400, "invalid_resource", 500011),
        ({"grant_type": "client_credentials"}, 400, "invalid_scope", 1002012),
        ({"grant_type": "client_credentials", "scope": SCOPE}, 400, "invalid_scope", 1002012),
        (
            {"grant_type": "client_credentials", "client_id": PUBLIC_APP, "client_secret": None},
            401,
            "invalid_client",
            7000218,
        ),
        ({"client_assertion": "x.y", "client_assertion_type": "other"}, 400, "invalid_request", 90023),
    ],
)
def test_requests_that_are_refused(server, changes, status, error, code):
    answer = post(server, **changes)
    body = answer.json()
    assert (answer.status_code, body["error"], body["error_codes"]) == (status, error, [code])
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_members_of_a_refusal(server):
    correlation = "7a3c1f7e-5e0f-4c38-9d67-0a7f3fd2b8a1"
    body = server.token(
        headers={"client-request-id": correlation}, client_id=WEB_APP, grant_type="refresh_token"
    ).json()
    assert set(body) == {
        "error",
        "error_description",
        "error_codes",
        "timestamp",
        "trace_id",
        "correlation_id",
        "error_uri",
    }
    assert body["correlation_id"] == correlation
    assert body["error_uri"] == "https://login.microsoftonline.com/error?code=7000218"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", body["timestamp"])
    assert re.fullmatch(
        rf"AADSTS7000218: .+ Trace ID: {GUID} Correlation ID: {correlation} Timestamp: {body['timestamp']}",
        body["error_description"],
    )


def test_msal_sees_its_own_correlation(server):
    assert re.fullmatch(GUID, redeem(server, secret="wrong")["correlation_id"])


def test_the_client_is_checked_before_the_grant(server):
    assert redeem(server, "emulator-refresh-token-expired", secret="wrong")["error_codes"] == [7000215]
    assert redeem(server, "emulator-refresh-token-expired", scope="https://nowhere.example/.default")[
        "error_codes"
    ] == [700082]


def test_an_application_without_consent(server):
    assert redeem(server, "emulator-refresh-token-no-consent", client_id=APP_WITHOUT_CONSENT)["error_codes"] == [65001]


def test_a_public_client_cannot_redeem_the_token_of_a_confidential_one(server):
    app = msal.PublicClientApplication(
        PUBLIC_APP,
        authority=f"{server.url}/{server.core.partner['tenant_id']}",
        instance_discovery=False,
        http_client=server.session(),
    )
    assert app.acquire_token_by_refresh_token("emulator-refresh-token", [SCOPE])["error_codes"] == [700007]


def test_the_v1_endpoint_asks_for_interaction(server):
    form = {"v1": True, "client_id": WEB_APP, "client_secret": "emulator-client-secret", "grant_type": "refresh_token"}
    body = server.token(refresh_token="emulator-refresh-token-mfa-required", resource=API, **form).json()
    assert (body["error"], body["suberror"], body["error_codes"]) == ("interaction_required", "basic_action", [50076])
    body = server.token(refresh_token="emulator-refresh-token", resource="https://nowhere.example", **form).json()
    assert (body["error"], body["error_codes"]) == ("invalid_resource", [500011])


def test_ninety_days_after_its_own_issue_a_token_expires(server):
    server.core.clock.advance(90 * DAY - 60)
    successor = redeem(server)["refresh_token"]
    server.core.clock.advance(120)
    assert redeem(server)["error_codes"] == [700082]
    assert "access_token" in redeem(server, successor)


def test_rotation_does_not_renew_the_sign_in_of_a_single_page_app(server):
    server.core.clock.advance(-1.5 * DAY)  # twelve hours after the sign-in
    successor = redeem(server, "emulator-refresh-token-spa")["refresh_token"]
    server.core.clock.advance(0.6 * DAY)
    assert redeem(server, successor)["error_codes"] == [700084]


def test_a_secret_expires_by_the_clock(server):
    assert redeem(server, secret="emulator-client-secret-expired")["error_codes"] == [7000222]
    server.core.clock.advance(-10 * 365 * DAY)
    assert "access_token" in redeem(server, secret="emulator-client-secret-expired")


def test_identical_requests_are_a_loop_when_the_switch_says_so(server):
    server.core.switches["token_request_loop_limit"] = 2
    results = [redeem(server) for _attempt in range(3)]
    assert ["access_token" in result for result in results] == [True, True, False]
    assert results[2]["error_codes"] == [50196]
    assert "access_token" in redeem(server, results[0]["refresh_token"])
    server.core.clock.advance(301)
    assert "access_token" in redeem(server)


@pytest.mark.parametrize(
    ("tenant", "code"),
    [("11111111-2222-3333-4444-555555555555", 90002), ("nowhere.example", 90002), ("nowhere", 900023)],
)
def test_a_tenant_that_does_not_exist(server, tenant, code):
    answer = server.token(tenant=tenant, client_id=WEB_APP, client_secret="wrong", grant_type="refresh_token")
    assert (answer.status_code, answer.json()["error"], answer.json()["error_codes"]) == (
        400,
        "invalid_request",
        [code],
    )
