"""The device code grant: the unmodified msal, the page for the code, each answer to a poll, and which client may redeem what."""

from __future__ import annotations

import jwt
import msal
import pytest
from emulator.entra.browser import Browser
from emulator.entra.standalone import StandaloneServer

WEB, PUBLIC, NO_CONSENT, BOTH, _ADMIN_ONLY = (f"0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b0{number}" for number in range(1, 6))
SCOPE = "https://api.partnercenter.microsoft.com/user_impersonation"
UPN = "svc-automation@northwind-partner.onmicrosoft.com"
GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with StandaloneServer(tmp_path_factory.mktemp("entra")) as running:
        yield running


@pytest.fixture(autouse=True)
def as_seeded(server):
    server.core.reset()


@pytest.fixture
def browser(server):
    with server.session() as session:
        yield Browser(session)


def client(server, client_id=PUBLIC, secret=None):
    options = {
        "authority": f"{server.url}/{server.core.partner['tenant_id']}",
        "instance_discovery": False,
        "http_client": server.session(),
    }
    if secret is None:
        return msal.PublicClientApplication(client_id, **options)
    return msal.ConfidentialClientApplication(client_id, client_credential=secret, **options)


def begin(server, **changes):
    form = {"client_id": PUBLIC, "scope": f"{SCOPE} offline_access openid", **changes}
    url = f"{server.url}/{server.core.partner['tenant_id']}/oauth2/v2.0/devicecode"
    with server.session() as session:
        return session.post(url, data={name: value for name, value in form.items() if value is not None})


def poll(server, device_code, client_id=PUBLIC, **more):
    return server.token(client_id=client_id, grant_type=GRANT, device_code=device_code, **more)


def outcome(answer):
    body = answer.json()
    return (body["error"], body["error_codes"][0]) if answer.status_code != 200 else "tokens"


def approve(server, browser, user_code):
    browser.open(f"{server.url}/device")
    browser.press("next", user_code=user_code)
    browser.press("next", login=UPN, password="emulator-password")
    return browser.press("verify", code="246810")


def test_msal_waits_and_gets_tokens(server, browser):
    app = client(server)
    flow = app.initiate_device_flow([SCOPE])
    assert (
        (flow["expires_in"], flow["interval"]) == (900, 5)
        and flow["user_code"] in flow["message"]
        and flow["verification_uri"] in flow["message"]
    )
    assert app.acquire_token_by_device_flow(flow, exit_condition=lambda _flow: True)["error"] == "authorization_pending"
    assert "message" in approve(server, browser, flow["user_code"].lower()[:4] + "-" + flow["user_code"][4:]).texts
    result = app.acquire_token_by_device_flow(flow)
    claims = jwt.decode(result["access_token"], options={"verify_signature": False})
    assert (claims["upn"], claims["amr"], claims["appidacr"]) == (UPN, ["pwd", "mfa"], "0")
    assert "access_token" in client(server).acquire_token_by_refresh_token(result["refresh_token"], [SCOPE])
    assert outcome(poll(server, flow["device_code"])) == ("bad_verification_code", 70018)


def test_the_answers_to_a_poll(server, browser):
    device = begin(server).json()
    assert outcome(poll(server, device["device_code"])) == ("authorization_pending", 70016)
    assert outcome(poll(server, "nonsense")) == ("bad_verification_code", 70018)
    assert outcome(server.token(client_id=BOTH, grant_type=GRANT, code=device["device_code"])) == (
        "bad_verification_code",
        70018,
    )
    browser.open(f"{server.url}/device")
    browser.press("next", user_code=device["user_code"])
    assert "message" in browser.press("cancel").texts
    assert outcome(poll(server, device["device_code"])) == ("authorization_declined", 70017)
    device = begin(server).json()
    server.core.clock.advance(901)
    assert outcome(poll(server, device["device_code"])) == ("expired_token", 70020)


def test_polls_that_come_too_soon(server):
    server.core.switches["device_code_enforce_interval"] = True
    device = begin(server).json()
    assert [outcome(poll(server, device["device_code"]))[0] for _poll in range(2)] == [
        "authorization_pending",
        "slow_down",
    ]
    server.core.switches["device_code_interval"] = 0
    assert outcome(poll(server, device["device_code"]))[0] == "authorization_pending"


@pytest.mark.parametrize("user_code", ["", "WRONG", "expired", "used"])
def test_codes_that_the_page_does_not_take(server, browser, user_code):
    device = begin(server).json()
    if user_code == "used":
        approve(server, browser, device["user_code"])
    if user_code == "expired":
        server.core.clock.advance(901)
    browser.open(f"{server.url}/device")
    typed = device["user_code"] if user_code in ("used", "expired") else user_code
    assert browser.press("next", user_code=typed).error


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": None}, ("invalid_request", 900144)),
        ({"client_id": "11111111-2222-3333-4444-555555555555"}, ("unauthorized_client", 700016)),
        ({"scope": None}, ("invalid_request", 900144)),
        ({"scope": "https://nowhere.example/.default"}, ("invalid_resource", 500011)),
    ],
)
def test_requests_for_a_code_that_are_refused(server, changes, error):
    assert outcome(begin(server, **changes)) == error


def test_a_confidential_application_cannot_poll_without_its_credential(server):
    """The trap: the code is given, and the refusal comes at the first poll."""
    flow = client(server, WEB).initiate_device_flow([SCOPE])
    assert "user_code" in flow
    flow["expires_at"] = 0
    assert client(server, WEB).acquire_token_by_device_flow(flow)["error_codes"] == [7000218]


def test_a_public_application_cannot_poll_with_a_credential(server):
    assert outcome(poll(server, begin(server).json()["device_code"], client_secret="emulator-client-secret")) == (
        "invalid_client",
        700025,
    )


@pytest.mark.parametrize(
    ("client_id", "polls_with_secret", "switch", "kind"),
    [
        (BOTH, False, "public", "public"),
        (BOTH, True, "public", "public"),
        (BOTH, True, "confidential", "confidential"),
        (WEB, True, "public", "confidential"),
        (PUBLIC, False, "public", "public"),
    ],
)
def test_the_refresh_token_of_a_device_code_is_of_one_kind(server, browser, client_id, polls_with_secret, switch, kind):
    server.core.switches["device_code_with_secret"] = switch
    secret = {"client_secret": "emulator-client-secret"}
    device = begin(server, client_id=client_id).json()
    approve(server, browser, device["user_code"])
    token = poll(server, device["device_code"], client_id, **(secret if polls_with_secret else {})).json()[
        "refresh_token"
    ]
    form = {"client_id": client_id, "grant_type": "refresh_token", "refresh_token": token, "scope": SCOPE}
    expected = ("tokens", ("invalid_client", 700025)) if kind == "public" else (("invalid_client", 7000218), "tokens")
    assert (outcome(server.token(**form)), outcome(server.token(**form, **secret))) == expected


def test_consent_is_asked_on_the_way(server, browser):
    device = begin(server, client_id=NO_CONSENT).json()
    approve(server, browser, device["user_code"])
    secret = {"client_secret": "emulator-client-secret"}
    assert outcome(poll(server, device["device_code"], NO_CONSENT, **secret))[0] == "authorization_pending"
    assert "message" in browser.press("accept").texts
    assert outcome(poll(server, device["device_code"], NO_CONSENT, **secret)) == "tokens"


def test_a_session_does_not_approve_a_device(server, browser):
    approve(server, browser, begin(server).json()["user_code"])
    browser.open(f"{server.url}/device")
    assert "password" in browser.press("next", user_code=begin(server).json()["user_code"]).fields
