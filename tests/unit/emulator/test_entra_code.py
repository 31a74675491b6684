"""The authorize endpoint, its pages and the code grant: the unmodified msal, and a browser that fills forms in."""

from __future__ import annotations

import json
from urllib.parse import urlencode, urlsplit

import jwt
import msal
import pytest
from emulator.entra import authorize, errors
from emulator.entra.browser import Browser
from emulator.entra.records import Application, RedirectUri
from emulator.entra.standalone import StandaloneServer
from hypothesis import given, settings
from hypothesis import strategies as st

WEB, PUBLIC, NO_CONSENT, BOTH, ADMIN_ONLY = (f"0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b0{number}" for number in range(1, 6))
SCOPE = "https://api.partnercenter.microsoft.com/user_impersonation"
DOMAIN = "northwind-partner.onmicrosoft.com"
UPN, ADMIN, NO_MFA, RETIRED = (
    f"svc-automation@{DOMAIN}",
    f"admin@{DOMAIN}",
    f"svc-no-mfa@{DOMAIN}",
    f"svc-retired@{DOMAIN}",
)
REDIRECT = "http://localhost:8400"
CODES = {UPN: "246810", ADMIN: "135791"}


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


def client(server, client_id=WEB, secret="emulator-client-secret"):
    options = {
        "authority": f"{server.url}/{server.core.partner['tenant_id']}",
        "instance_discovery": False,
        "http_client": server.session(),
    }
    if secret is None:
        return msal.PublicClientApplication(client_id, **options)
    return msal.ConfidentialClientApplication(client_id, client_credential=secret, **options)


def begin(server, app, **options):
    return app.initiate_auth_code_flow([SCOPE], redirect_uri=REDIRECT, **options)


def sign_in(browser, url, login=UPN, password="emulator-password", code=None):
    page = browser.open(url)
    page = browser.press("next", login=login, password=password)
    return browser.press("verify", code=code or CODES[login]) if "code" in page.fields else page


def signed_in(server, browser, client_id=WEB, secret="emulator-client-secret", **options):
    """(application, flow, page) after the pages."""
    app = client(server, client_id, secret)
    flow = begin(server, app, **options)
    return app, flow, sign_in(browser, flow["auth_uri"])


def url_of(server, path="oauth2/v2.0/authorize", **changes):
    parameters = {
        "client_id": WEB,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "scope": f"{SCOPE} offline_access openid",
        "state": "s&1",
        **changes,
    }
    return f"{server.url}/{server.core.partner['tenant_id']}/{path}?{urlencode({name: value for name, value in parameters.items() if value is not None})}"


def redeem(server, page, **changes):
    form = {
        "client_id": WEB,
        "client_secret": "emulator-client-secret",
        "grant_type": "authorization_code",
        "code": page.answer["code"],
        "redirect_uri": REDIRECT,
        **changes,
    }
    return server.token(**{name: value for name, value in form.items() if value is not None})


def codes_of(answer):
    return answer.json()["error"], answer.json()["error_codes"][0]


@pytest.mark.parametrize(
    ("client_id", "secret", "appidacr"),
    [(WEB, "emulator-client-secret", "1"), (PUBLIC, None, "0"), (BOTH, "emulator-client-secret", "1")],
)
def test_msal_redeems_the_code_and_then_the_refresh_token(server, browser, client_id, secret, appidacr):
    app, flow, page = signed_in(server, browser, client_id, secret)
    assert page.left.startswith(REDIRECT + "/?")
    result = app.acquire_token_by_auth_code_flow(flow, page.answer)
    claims = jwt.decode(result["access_token"], options={"verify_signature": False})
    assert (claims["upn"], claims["amr"], claims["appid"], claims["appidacr"]) == (
        UPN,
        ["pwd", "mfa"],
        client_id,
        appidacr,
    )
    again = client(server, client_id, secret).acquire_token_by_refresh_token(result["refresh_token"], [SCOPE])
    assert server.core.tokens.verify(again["access_token"]).mfa is True


def test_msal_refuses_a_foreign_state(server, browser):
    app, flow, page = signed_in(server, browser)
    with pytest.raises(ValueError):
        app.acquire_token_by_auth_code_flow(flow, page.answer | {"state": "other"})


def test_a_page_of_two_steps_works_as_well(server, browser):
    browser.open(url_of(server, login_hint=UPN))
    assert browser.page.hidden["login"] == UPN
    page = browser.press("next")
    assert "password" in page.fields and page.hidden["login"] == UPN and not page.error
    assert "code" in browser.press("next", password="emulator-password").fields


def test_what_comes_from_outside_is_escaped_and_nothing_is_loaded(server, browser):
    hostile = "\"><script>alert('1')</script>"
    page = browser.open(url_of(server, login_hint=hostile))
    page_after = browser.press("next", login=hostile, password="x")
    wrong = browser.open(url_of(server, client_id=hostile))
    device = browser.open(f"{server.url}/device")
    for each in (page, page_after, wrong, browser.press("next", user_code=hostile), device):
        assert "<script" not in each.html and "src=" not in each.html and "href=" not in each.html
        assert (
            each.headers["Content-Security-Policy"].startswith("default-src 'none'")
            and each.headers["Cache-Control"] == "no-store"
        )


@pytest.mark.parametrize(
    ("login", "password", "error"),
    [
        (UPN, "wrong", "AADSTS50126"),
        ("nobody@" + DOMAIN, "emulator-password", "AADSTS50034"),
        (RETIRED, "emulator-password", "AADSTS50057"),
        (NO_MFA, "emulator-password", "AADSTS50079"),
    ],
)
def test_sign_ins_that_the_page_refuses(server, browser, login, password, error):
    page = sign_in(browser, url_of(server), login, password)
    assert page.error.startswith(error) and "password" in page.fields and page.left is None


def test_a_wrong_second_factor_can_be_repeated(server, browser):
    assert sign_in(browser, url_of(server), code="000000").error.startswith("AADSTS500121")
    assert "code" in browser.press("verify", code="246 810").answer


def test_wrong_passwords_lock_the_account_for_a_minute(server, browser):
    server.core.switches["lockout_threshold"] = 2
    sign_in(browser, url_of(server), password="wrong")
    browser.press("next", password="wrong")
    assert browser.press("next", password="emulator-password").error.startswith("AADSTS50053")
    server.core.clock.advance(61)
    assert "code" in browser.press("next", password="emulator-password").fields


@pytest.mark.parametrize(
    ("switch", "amr_values", "mfa"),
    [
        ("always", None, True),
        ("requested", None, False),
        ("requested", "mfa", True),
        ("requested", "ngcmfa", True),
        ("never", "mfa", False),
    ],
)
def test_when_the_second_factor_is_asked_for(server, browser, switch, amr_values, mfa):
    server.core.switches["sign_in_mfa"] = switch
    page = sign_in(browser, url_of(server, amr_values=amr_values))
    token = redeem(server, page).json()["access_token"]
    assert server.core.tokens.verify(token).mfa is mfa


def test_cancel_tells_the_application(server, browser):
    browser.open(url_of(server))
    page = browser.press("cancel")
    assert (page.answer["error"], page.answer["error_subcode"], page.answer["state"]) == (
        "access_denied",
        "cancel",
        "s&1",
    )
    assert page.answer["error_description"].startswith("AADSTS65004: ")


def test_consent_of_a_user_is_asked_once(server, browser):
    page = sign_in(browser, url_of(server, client_id=NO_CONSENT))
    assert SCOPE in page.html and "for-all" not in page.fields
    assert "code" in browser.press("accept").answer
    browser.open(url_of(server, client_id=NO_CONSENT))
    assert "code" in browser.page.answer  # signed in and consented
    assert "accept" in browser.open(url_of(server, client_id=NO_CONSENT, prompt="consent")).buttons
    assert browser.press("cancel").answer["error"] == "access_denied"


def test_consent_of_one_user_is_not_that_of_another(server, browser):
    sign_in(browser, url_of(server, client_id=NO_CONSENT))
    browser.press("accept")
    assert "accept" in sign_in(browser, url_of(server, client_id=NO_CONSENT, prompt="login"), ADMIN).buttons
    browser.press("accept", for_all="1")
    server.core.sign_in_state.pending.sessions.clear()
    server.core.sign_in_state._consents.clear()
    assert "code" in sign_in(browser, url_of(server, client_id=NO_CONSENT)).answer


def test_users_may_not_consent_where_an_administrator_has_to(server, browser):
    page = sign_in(browser, url_of(server, client_id=ADMIN_ONLY))
    assert page.error.startswith("AADSTS90094") and "accept" not in page.buttons
    page.buttons["accept"] = {"action": "accept"}  # as a form that somebody made
    assert browser.press("accept").error.startswith("AADSTS90094")
    assert browser.press("cancel").answer["error"] == "access_denied"
    page = sign_in(
        browser,
        url_of(server, "v2.0/adminconsent", client_id=ADMIN_ONLY, response_type=None, scope=None, prompt=None),
        ADMIN,
    )
    assert browser.press("accept").answer == {
        "admin_consent": "True",
        "tenant": server.core.partner["tenant_id"],
        "scope": "https://api.partnercenter.microsoft.com/.default",
        "state": "s&1",
    }
    server.core.sign_in_state.pending.sessions.clear()
    assert "code" in sign_in(browser, url_of(server, client_id=ADMIN_ONLY)).answer


def test_only_administrators_consent_for_everybody(server, browser):
    assert sign_in(browser, url_of(server, "v2.0/adminconsent", client_id=NO_CONSENT)).error.startswith("AADSTS90093")


def test_prompt_none_never_shows_a_page(server, browser):
    def silent(**changes):
        return browser.open(url_of(server, prompt="none", **changes)).answer

    assert silent()["error"] == "login_required"
    server.core.switches["sign_in_mfa"] = "never"
    sign_in(browser, url_of(server))
    assert "code" in silent()
    assert silent(client_id=NO_CONSENT)["error"] == "consent_required"
    server.core.switches["sign_in_mfa"] = "always"
    assert silent()["error"] == "interaction_required"
    server.core.switches.update(sign_in_mfa="never", conditional_access=53003)
    assert silent()["error_description"].startswith("AADSTS53003")


@pytest.mark.parametrize(
    ("changes", "asks"),
    [({}, False), ({"prompt": "login"}, True), ({"prompt": "select_account"}, True), ({"login_hint": ADMIN}, True)],
)
def test_a_session_saves_the_password_unless_the_request_says_otherwise(server, browser, changes, asks):
    sign_in(browser, url_of(server))
    assert ("password" in browser.open(url_of(server, **changes)).fields) is asks


def test_a_session_that_is_older_than_a_policy_allows_is_asked_again(server, browser):
    sign_in(browser, url_of(server))
    server.core.switches["sign_in_frequency"] = 3600
    server.core.clock.advance(3599)
    assert "code" in browser.open(url_of(server)).answer
    server.core.clock.advance(1)
    assert "password" in browser.open(url_of(server)).fields
    assert browser.open(url_of(server, prompt="none")).answer["error"] == "login_required"


def test_the_scope_is_looked_at_last(server, browser):
    page = sign_in(browser, url_of(server))
    server.core.switches["conditional_access"] = 53003
    assert codes_of(redeem(server, page, scope="nonsense")) == ("invalid_grant", 53003)
    server.core.switches["conditional_access"] = None
    assert codes_of(redeem(server, page, scope="nonsense")) == ("invalid_scope", 70011)


class TestChallenges:
    """What an answer says with its member `claims`, and what comes of passing that on."""

    def test_a_policy_that_a_person_can_meet_says_what_is_to_be_passed_on(self, server):
        for code, challenged in (
            (50076, True),
            (50079, True),
            (53003, True),
            (53000, True),
            (65001, False),
            (50173, False),
            (7000215, False),
        ):
            server.core.sign_in_state.refusals.add({"aadsts": code})
            answer = client(server).acquire_token_by_refresh_token("emulator-refresh-token", [SCOPE])
            assert answer["error_codes"] == [code] and ("claims" in answer) is challenged
            assert not challenged or "capolids" in json.loads(answer["claims"])["access_token"]

    def test_passed_on_it_makes_the_page_ask_for_the_second_factor(self, server, browser):
        server.core.switches["sign_in_mfa"] = "requested"
        assert "code" in sign_in(browser, url_of(server)).answer
        challenge = errors.CHALLENGE
        assert "code" in browser.open(url_of(server, claims=challenge)).fields, "the session has no second factor"
        assert "code" in browser.press("verify", code=CODES[UPN]).answer

    def test_a_token_without_a_second_factor_does_not_meet_it(self, server):
        form = {
            "grant_type": "refresh_token",
            "client_id": WEB,
            "client_secret": "emulator-client-secret",
            "scope": SCOPE,
            "claims": errors.CHALLENGE,
        }
        assert codes_of(server.token(refresh_token="emulator-refresh-token-no-mfa", **form)) == ("invalid_grant", 50076)
        assert server.token(refresh_token="emulator-refresh-token", **form).status_code == 200

    @pytest.mark.parametrize("claims", ["{", "[]", "1", '{"access_token": 1}', "null"])
    def test_claims_that_are_none(self, server, browser, claims):
        assert browser.open(url_of(server, claims=claims)).answer["error_description"].startswith("AADSTS9000410: ")

    def test_a_parameter_that_is_there_twice(self, server, browser):
        page = browser.open(url_of(server) + "&prompt=none&prompt=login")
        assert page.status == 400 and page.error.startswith("AADSTS9000411")
        with server.session() as session:
            url = f"{server.url}/{server.core.partner['tenant_id']}/oauth2/v2.0/token"
            answer = session.post(url, data=[("grant_type", "refresh_token"), ("scope", SCOPE), ("scope", SCOPE)])
        assert codes_of(answer) == ("invalid_request", 9000411)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": None}, "AADSTS900144"),
        ({"client_id": "11111111-2222-3333-4444-555555555555"}, "AADSTS700016"),
        ({"redirect_uri": None}, "AADSTS900144"),
        ({"redirect_uri": "https://evil.example/"}, "AADSTS50011"),
        ({"redirect_uri": "http://localhost.evil.example"}, "AADSTS50011"),
        ({"redirect_uri": "https://localhost:8400"}, "AADSTS50011"),
    ],
)
def test_mistakes_that_no_application_is_told(server, browser, changes, error):
    page = browser.open(url_of(server, **changes))
    assert page.status == 400 and page.left is None and page.error.startswith(error)


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"response_type": None}, "invalid_request", 900144),
        ({"response_type": "token"}, "unsupported_response_type", 700054),
        ({"scope": None}, "invalid_request", 900144),
        ({"scope": "user_impersonation"}, "invalid_scope", 70011),
        ({"scope": "https://nowhere.example/.default"}, "invalid_resource", 500011),
        ({"prompt": "admin"}, "invalid_request", 90023),
        ({"response_mode": "web_message"}, "invalid_request", 90023),
        ({"code_challenge": "short"}, "invalid_request", 50147),
        ({"code_challenge": "a" * 43, "code_challenge_method": "S512"}, "invalid_request", 90023),
        ({"redirect_uri": "http://localhost:1/spa"}, "invalid_request", 9002325),
    ],
)
def test_mistakes_that_the_application_is_told(server, browser, changes, error, code):
    answer = browser.open(url_of(server, **changes)).answer
    assert (answer["error"], answer["state"]) == (error, "s&1")
    assert answer["error_description"].startswith(f"AADSTS{code}: ")


@pytest.mark.parametrize(
    ("registered", "uri", "fits"),
    [
        ("http://localhost", "http://localhost:8400", True),
        ("http://localhost", "http://LOCALHOST:8400/", True),
        ("http://localhost/back", "http://localhost:1/back", True),
        ("http://localhost/back", "http://localhost:1/Back", False),
        ("http://localhost", "http://localhost:1/back", False),
        ("http://localhost", "http://127.0.0.1:1", False),
        ("http://127.0.0.1", "http://127.0.0.1:1", True),
        ("http://localhost", "http://user@localhost:1", False),
        ("http://localhost", "http://localhost:1/#part", False),
        ("http://localhost", "http://localhost:x", False),
        ("https://app.example/back", "https://app.example/back", True),
        ("https://app.example/back", "https://app.example:444/back", False),
        ("https://app.example/back", "https://app.example/back?x=1", False),
    ],
)
def test_redirect_uris_that_fit(registered, uri, fits):
    application = Application("id", "name", redirect_uris=(RedirectUri(registered, "web"),))
    assert (authorize.find_redirect(application, uri) is not None) is fits


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(), st.from_regex(r"(?i)https?://[a-z0-9.@:\\\[\]/?#%-]{0,30}", fullmatch=True)))
def test_no_other_host_ever_fits(uri):
    application = Application(
        "id",
        "name",
        redirect_uris=(RedirectUri("http://localhost", "web"), RedirectUri("https://app.example/back", "web")),
    )
    if authorize.find_redirect(application, uri) is not None:
        assert urlsplit(uri).hostname in ("localhost", "app.example") and "@" not in uri


def test_the_answer_can_be_posted_or_be_a_fragment(server, browser):
    page = sign_in(browser, url_of(server, response_mode="form_post"))
    assert page.action == REDIRECT + "/" and page.hidden["state"] == "s&1"
    assert server.core.sign_in_state.pending.codes[page.hidden["code"]].user.upn == UPN
    assert "#code=" in browser.open(url_of(server, response_mode="fragment")).left


CHALLENGE = {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256"}
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # the example of RFC 7636, appendix B


@pytest.mark.parametrize(
    ("asked", "sent", "error", "code"),
    [
        ({}, {"code": "1.A-nobody"}, "invalid_grant", 70000),
        ({}, {"code": None}, "invalid_request", 900144),
        ({}, {"redirect_uri": None}, "invalid_request", 900144),
        ({}, {"redirect_uri": "http://localhost:8401"}, "invalid_client", 500112),
        ({}, {"client_id": NO_CONSENT}, "invalid_grant", 700007),
        ({}, {"client_secret": None}, "invalid_client", 7000218),
        ({}, {"code_verifier": VERIFIER}, "invalid_grant", 501481),
        (CHALLENGE, {}, "invalid_grant", 501481),
        (CHALLENGE, {"code_verifier": VERIFIER + "x"}, "invalid_grant", 501481),
        ({"client_id": BOTH}, {"client_id": BOTH, "client_secret": None}, "invalid_client", 7000218),
        (
            {"client_id": BOTH, "redirect_uri": "http://localhost/native"},
            {"client_id": BOTH, "redirect_uri": "http://localhost/native"},
            "invalid_client",
            700025,
        ),
        (
            CHALLENGE | {"redirect_uri": "http://localhost/spa"},
            {"redirect_uri": "http://localhost/spa", "code_verifier": VERIFIER},
            "invalid_request",
            9002327,
        ),
    ],
)
def test_codes_that_are_refused(server, browser, asked, sent, error, code):
    assert codes_of(redeem(server, sign_in(browser, url_of(server, **asked)), **sent)) == (error, code)


def test_the_right_verifier(server, browser):
    page = sign_in(browser, url_of(server, **CHALLENGE))
    answer = redeem(server, page, code_verifier=VERIFIER)
    assert answer.status_code == 200 and "refresh_token" in answer.json()
    assert codes_of(redeem(server, page, code_verifier=VERIFIER)) == ("invalid_grant", 54005)


def test_a_code_lives_ten_minutes(server, browser):
    page = sign_in(browser, url_of(server))
    server.core.clock.advance(601)
    assert codes_of(redeem(server, page)) == ("invalid_grant", 70008)


def test_a_form_of_yesterday(server, browser):
    browser.open(url_of(server))
    server.core.clock.advance(3601)
    page = browser.press("next", login=UPN, password="emulator-password")
    assert page.status == 400 and page.error.startswith("AADSTS90014")


def test_without_offline_access_no_refresh_token(server, browser):
    assert "refresh_token" not in redeem(server, sign_in(browser, url_of(server, scope=SCOPE))).json()


def test_a_single_page_app_gets_a_token_for_a_day(server, browser):
    uri = "http://localhost/spa"
    page = sign_in(browser, url_of(server, redirect_uri=uri, **CHALLENGE))
    form = {
        "redirect_uri": uri,
        "code_verifier": VERIFIER,
        "code": page.answer["code"],
        "grant_type": "authorization_code",
        "client_id": WEB,
    }
    token = server.token(headers={"Origin": "http://localhost"}, client_secret="emulator-client-secret", **form).json()[
        "refresh_token"
    ]
    server.core.clock.advance(86401)
    assert client(server).acquire_token_by_refresh_token(token, [SCOPE])["error_codes"] == [700084]


def test_refusals_on_request_reach_the_application(server, browser):
    server.core.sign_in_state.refusals.add({"aadsts": 65001, "endpoint": "authorize"})
    assert browser.open(url_of(server)).answer["error"] == "consent_required"
    assert browser.open(url_of(server)).left is None
