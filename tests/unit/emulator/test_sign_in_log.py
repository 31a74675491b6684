"""The whole emulator: interactive sign-in through the control port's client, and what the request log keeps of it."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
import requests
from emulator.entra.browser import Browser
from emulator.kernel.control_client import ControlError

WEB, PUBLIC = "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b01", "0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b02"
SCOPE = "https://api.partnercenter.microsoft.com/user_impersonation offline_access"
UPN = "svc-automation@northwind-partner.onmicrosoft.com"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Caller:
    def __init__(self, running):
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = running.info["ca_path"]
        self.browser = Browser(self.session)
        self.host = running.info["authority_host"]
        self.base = f"{self.host}/{running.info['tenant_id']}"

    def post(self, path, **form):
        return self.session.post(f"{self.base}/oauth2/v2.0/{path}", data=form).json()

    def authorize(self, **changes):
        parameters = {
            "client_id": WEB,
            "response_type": "code",
            "redirect_uri": "http://localhost:8400",
            "scope": SCOPE,
            "state": "s",
            **changes,
        }
        return self.browser.open(f"{self.base}/oauth2/v2.0/authorize?{urlencode(parameters)}")

    def sign_in(self):
        self.browser.press("next", login=UPN, password="emulator-password")
        return self.browser.press("verify", code="246810")

    def redeem(self, token, **more):
        form = {
            "client_id": WEB,
            "client_secret": "emulator-client-secret",
            "grant_type": "refresh_token",
            "refresh_token": token,
            "scope": SCOPE,
            **more,
        }
        return self.post("token", **form)


@pytest.fixture
def caller(control, running):
    # `control` puts the emulator back to its seed first.
    each = Caller(running)
    yield each
    each.session.close()


def test_no_secret_of_an_interactive_sign_in_is_in_the_log(caller, control):
    flow = caller.authorize(
        code_challenge="E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", code_challenge_method="S256"
    ).hidden["flow_token"]
    code = caller.sign_in().answer["code"]
    assertion = control.assertion("github")
    redeemed = caller.post(
        "token",
        grant_type="authorization_code",
        client_id=WEB,
        client_assertion=assertion,
        client_assertion_type=ASSERTION_TYPE,
        code=code,
        redirect_uri="http://localhost:8400",
        code_verifier=VERIFIER,
    )
    device = caller.post("devicecode", client_id=PUBLIC, scope=SCOPE)
    caller.browser.open(f"{caller.host}/device")
    caller.browser.press("next", user_code=device["user_code"])
    caller.sign_in()
    from_device = caller.post(
        "token",
        grant_type=DEVICE_GRANT,
        client_id=PUBLIC,
        device_code=device["device_code"],
        code=device["device_code"],
    )
    job = control.job()
    url, bearer = job["ACTIONS_ID_TOKEN_REQUEST_URL"], job["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
    value = caller.session.get(url + "&audience=x", headers={"Authorization": f"bearer {bearer}"}).json()["value"]
    secrets = [
        flow,
        code,
        assertion,
        VERIFIER,
        device["device_code"],
        device["user_code"],
        bearer,
        value,
        "emulator-password",
        "246810",
    ]
    secrets += [answer[name] for answer in (redeemed, from_device) for name in ("access_token", "refresh_token")]
    entries = control.log(server="login")
    text = json.dumps(entries)
    assert all(secrets) and not [secret for secret in secrets if secret in text]
    assert [(entry["method"], entry["path"].rsplit("/", 1)[-1], entry["status"]) for entry in entries] == [
        ("GET", "authorize", 200),
        ("POST", "login", 200),
        ("POST", "login", 302),
        ("POST", "token", 200),
        ("POST", "devicecode", 200),
        ("GET", "device", 200),
        ("POST", "device", 200),
        ("POST", "login", 200),
        ("POST", "login", 200),
        ("POST", "token", 200),
        ("GET", "token", 200),
    ]
    assert entries[1]["body"]["login"] == UPN and entries[1]["body"]["password"] == "***"


def test_a_form_that_posts_itself_may_run_its_own_script_only(caller):
    caller.authorize(response_mode="form_post")
    page = caller.sign_in()
    policy = page.headers["Content-Security-Policy"]
    nonce = policy.split("script-src 'nonce-")[1].split("'")[0]
    assert page.html.count("<script") == page.html.count(f'<script nonce="{nonce}">') == 1
    assert page.hidden["code"] and "unsafe-inline'; script" in policy


def test_the_calls_of_the_control_client(caller, control):
    control.refuse(50076, grant_type="refresh_token")
    assert caller.redeem("emulator-refresh-token")["error_codes"] == [50076]
    assert [rule["fired"] for rule in control.refusals()] == [1]
    control.refuse(53003, times=None)
    control.clear_refusals()
    token = caller.redeem("emulator-refresh-token")["refresh_token"]
    control.revoke_token(token)
    assert caller.redeem(token)["error_codes"] == [50173]
    control.change_sign_in_user(UPN, enabled=False)
    assert caller.redeem("emulator-refresh-token")["error_codes"] == [50057]
    assert [user["enabled"] for user in control.sign_in_users() if user["upn"] == UPN] == [False]
    control.change_sign_in_user(UPN, enabled=True)
    control.consent(WEB, given=False)
    assert caller.redeem("emulator-refresh-token")["error_codes"] == [65001]
    control.consent(WEB, UPN)
    assert control.revoke(UPN) > 0
    assert caller.redeem("emulator-refresh-token")["error_codes"] == [50173]
    control.change_application(WEB, disabled=True)
    assert caller.redeem("emulator-refresh-token")["error_codes"] == [7000112]
    with open(control.assertion_file(), encoding="utf-8") as file:
        assert file.read().count(".") == 2
    for call in (lambda: control.refuse(1), lambda: control.revoke(UPN, "weather"), lambda: control.assertion("azure")):
        with pytest.raises(ControlError, match="400"):
            call()
    control.reset()
    assert "access_token" in caller.redeem("emulator-refresh-token")


def test_faults_act_on_the_pages_too(caller, control):
    control.fault("status", {"server": "login", "path": "authorize"}, status=503)
    assert caller.authorize().status == 503
    assert "password" in caller.authorize().fields
