"""Tokens: which are refused how, and what an application alone may do."""

from __future__ import annotations

import pytest


def test_without_a_token(api, ids):
    api.token = None
    answer = api.get(f"/customers/{ids.contoso}/users")
    assert answer.refusal == (401, 800001)
    assert answer.headers["WWW-Authenticate"] == f"OAuth realm=urn:cpsvc:cpid:{ids.contoso}"


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ({"expires_in": -5}, (401, 400)),
        ({"claims": {"aud": "https://graph.windows.net"}}, (401, 900420)),
        ({"claims": {"aud": "https://graph.microsoft.com"}}, (401, 400)),
        ({"claims": {"amr": ["pwd"]}}, (401, 900421)),
        ({"claims": {"amr": None}}, (401, 900421)),
        ({"claims": {"tid": "00000000-0000-4000-8000-000000000000"}}, (403, 1002)),
    ],
)
def test_tokens_that_are_refused(api, control, options, refusal):
    api.token = control.token(**options)
    answer = api.get("/customers")
    assert answer.refusal == refusal
    assert ("WWW-Authenticate" in answer.headers) == (refusal[0] == 401)


def test_nonsense_in_the_header(api):
    api.token += "x"
    assert api.get("/customers").refusal == (401, 400)
    api.token = "no-token"
    assert api.get("/customers").refusal == (401, 400)
    assert api.get("/customers", headers={"Authorization": "Basic dTpw"}).refusal == (401, 400)
    assert api.get("/customers", headers={"Authorization": "Bearer "}).refusal == (401, 800001)


def test_a_token_runs_out_by_the_clock(api, control):
    assert api.get("/customers").status == 200
    control.advance(3601)
    assert api.get("/customers").refusal == (401, 400)


def test_mfa_switches(api, control):
    api.token = control.token(claims={"amr": ["pwd"]})
    control.set(mfa_rejection="text")
    answer = api.get("/customers")
    assert (answer.status, answer.raw) == (401, b"Authentication failed. MFA required. (10001)")
    assert answer.headers["Content-Type"].startswith("text/plain")
    control.set(enforce_mfa=False)
    assert api.get("/customers").status == 200
    assert api.get("/customers", headers={"ValidateMfa": "true"}).headers["isMfaCompliant"] == "false"


def test_an_application_alone(api, ids, control):
    api.token = control.token(app_only=True)
    assert api.get("/customers").status == 200
    assert api.get(f"/customers/{ids.contoso}").status == 200
    assert api.call("HEAD", "/domains/contoso.example").status == 200
    for method, path in (
        ("GET", f"/customers/{ids.contoso}/profiles/company"),
        ("GET", api.users()),
        ("GET", api.user(ids.adele)),
        ("POST", api.users()),
        ("PATCH", api.user(ids.adele)),
        ("PATCH", api.user(ids.adele) + "/resetpassword"),
        ("DELETE", api.user(ids.adele)),
        ("GET", api.user(ids.adele) + "/directoryroles"),
        ("GET", api.user(ids.adele) + "/licenses"),
        ("POST", api.user(ids.adele) + "/licenseupdates"),
        ("GET", f"/customers/{ids.contoso}/subscribedskus"),
        ("GET", f"/customers/{ids.contoso}/directoryroles"),
        ("GET", f"/customers/{ids.contoso}/directoryroles/{ids.contoso}/usermembers"),
        ("POST", f"/customers/{ids.contoso}/directoryroles/{ids.contoso}/usermembers"),
        ("DELETE", f"/customers/{ids.contoso}/directoryroles/{ids.contoso}/usermembers/{ids.adele}"),
    ):
        assert api.call(method, path).refusal == (403, 900329)
    control.set(app_only_rejection="credentials")
    assert api.get(api.users()).json["description"] == "This resource can't be accessed by application credentials."
    control.set(app_only_rejection="role_text")
    answer = api.get(api.users())
    assert (answer.status, answer.raw) == (
        403,
        b"The supplied role does not have the rights to perform the requested operation.",
    )


def test_a_token_from_the_sign_in_server_is_taken(api, running):
    info = running.info
    form = {
        "grant_type": "refresh_token",
        "client_id": info["client_id"],
        "client_secret": "emulator-client-secret",
        "refresh_token": "emulator-refresh-token",
        "scope": "https://api.partnercenter.microsoft.com/.default",
    }
    answer = api.session.post(f"{info['authority_host']}/{info['tenant_id']}/oauth2/v2.0/token", data=form, timeout=20)
    assert answer.status_code == 200
    api.token = answer.json()["access_token"]
    assert api.get("/customers").status == 200
