"""What happens to accounts, consents and refresh tokens after the sign-in, and refusals on request: each number of the error table."""

from __future__ import annotations

import msal
import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.refusals import CAUSES
from emulator.entra import app as sign_in_app
from emulator.entra import control
from emulator.entra.browser import Browser
from emulator.entra.refusals import CATALOGUE
from emulator.entra.standalone import StandaloneServer
from emulator.entra.state import REVOCATIONS, SignInState

WEB, PUBLIC, NO_CONSENT = (f"0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b0{number}" for number in range(1, 4))
SECRET = "emulator-client-secret"
API = "https://api.partnercenter.microsoft.com"
SCOPE = f"{API}/user_impersonation"
UPN = "svc-automation@northwind-partner.onmicrosoft.com"
CONFIDENTIAL_TOKEN, PUBLIC_TOKEN = "emulator-refresh-token", "emulator-refresh-token-public"

# The numbers of "Errors: what to tell the user", in the order of the table, with the error and the suberror that each is told by.
TABLE = [
    *(("invalid_client", None, code) for code in (700025, 7000218, 7000215, 7000222, 700027, 700030, 50012)),
    *(("invalid_client", None, code) for code in (70021, 700211, 700212, 700213, 700024, 50013)),
    *(("unauthorized_client", None, code) for code in (700016, 7000112, 70001)),
    *(("invalid_request", None, code) for code in (90002, 900023, 90038, 900382, 900432)),
    ("invalid_resource", None, 500011),
    ("invalid_client", None, 650052),
    *(("invalid_grant", "consent_required", code) for code in (65001, 90094, 650057)),
    *(("invalid_grant", "token_expired", code) for code in (700082, 70008, 70043, 700084, 50089)),
    *(("invalid_grant", "message_only", code) for code in (53003, 53000, 53001, 53002, 530032, 530035, 50097, 50131)),
    *(("invalid_grant", "basic_action", code) for code in (50076, 50079, 50074, 50072, 50078, 50158)),
    *(("invalid_grant", None, code) for code in (50057, 50053, 50034)),
    *(("invalid_grant", "user_password_expired", code) for code in (50055, 50144)),
    *(("invalid_grant", "bad_token", code) for code in (50173, 70000, 50132, 50133)),
    ("invalid_grant", None, 50196),
    ("invalid_scope", None, 70011),
    ("invalid_request", None, 900144),
    ("invalid_grant", None, 9002313),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with StandaloneServer(tmp_path_factory.mktemp("entra")) as running:
        yield running


@pytest.fixture(autouse=True)
def as_seeded(server):
    server.core.reset()


def redeem(server, token=CONFIDENTIAL_TOKEN, client_id=None):
    client_id = client_id or (PUBLIC if token == PUBLIC_TOKEN else WEB)
    secret = {} if client_id == PUBLIC else {"client_secret": SECRET}
    return server.token(
        grant_type="refresh_token", refresh_token=token, client_id=client_id, scope=f"{SCOPE} offline_access", **secret
    )


def code_of(answer):
    return answer.json()["error_codes"][0] if answer.status_code != 200 else None


def change(server, **changes):
    control.change_user(server.core, {"upn": UPN, **changes})


@pytest.mark.parametrize(("error", "suberror", "code"), TABLE, ids=str)
def test_each_row_of_the_table_on_request(server, error, suberror, code):
    control.refuse(server.core, {"aadsts": code})
    answer = redeem(server)
    body = answer.json()
    assert (body["error"], body.get("suberror"), body["error_codes"]) == (error, suberror, [code])
    assert answer.status_code == (401 if error == "invalid_client" and code != 650052 else 400)
    assert body["error_description"].startswith(f"AADSTS{code}: ") and "{" not in body["error_description"]
    assert redeem(server).status_code == 200


def test_the_catalogue_has_one_kind_for_each_number():
    assert {code for _error, _suberror, code in TABLE} <= set(CATALOGUE)
    assert len(CATALOGUE) > 80 and all(code == kind.code for code, kind in CATALOGUE.items())


def test_every_number_that_the_collection_knows_can_be_produced():
    assert {code for cause in CAUSES for code in cause.codes} <= set(CATALOGUE)


@pytest.mark.parametrize("code", [90033, 50033])
def test_transient_refusals_are_503(server, code):
    control.refuse(server.core, {"aadsts": code})
    answer = redeem(server)
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")
    app = msal.ConfidentialClientApplication(
        WEB,
        client_credential=SECRET,
        authority=f"{server.url}/{server.core.partner['tenant_id']}",
        instance_discovery=False,
        http_client=server.session(),
    )
    control.refuse(server.core, {"aadsts": code})
    with pytest.raises(msal.exceptions.MsalServiceError):
        app.acquire_token_by_refresh_token(CONFIDENTIAL_TOKEN, [SCOPE])


def test_refusals_act_where_and_as_often_as_they_say(server):
    control.refuse(server.core, [{"aadsts": 50076, "grant_type": "client_credentials"}, {"aadsts": 53003, "times": 2}])
    assert [code_of(redeem(server)) for _time in range(3)] == [53003, 53003, None]
    rules = control.read_refusals(server.core, None)["rules"]
    assert [(rule["aadsts"], rule["times"], rule["fired"]) for rule in rules] == [(50076, 1, 0), (53003, 2, 2)]
    control.clear_refusals(server.core, None)
    control.refuse(
        server.core,
        {"aadsts": 424242, "error": "odd_error", "suberror": "odd", "status": 418, "text": "{strange} text"},
    )
    answer = redeem(server)
    assert (answer.status_code, answer.json()["error"], answer.json()["suberror"]) == (418, "odd_error", "odd")
    assert answer.json()["error_description"].startswith("AADSTS424242: {strange} text ")


def test_discovery_and_the_device_code_endpoint_refuse_on_request(server):
    control.refuse(
        server.core,
        [
            {"aadsts": 90002, "endpoint": "discovery", "error": "invalid_tenant"},
            {"aadsts": 53003, "endpoint": "devicecode"},
        ],
    )
    base = f"{server.url}/{server.core.partner['tenant_id']}"
    with server.session() as session:
        answer = session.get(f"{base}/v2.0/.well-known/openid-configuration")
        assert (answer.status_code, answer.json()["error"], answer.json()["error_codes"]) == (
            400,
            "invalid_tenant",
            [90002],
        )
        answer = session.post(f"{base}/oauth2/v2.0/devicecode", data={"client_id": PUBLIC, "scope": SCOPE})
        assert answer.json()["error_codes"] == [53003]


@pytest.mark.parametrize(
    "body",
    [
        {"aadsts": "50076"},
        {"aadsts": 424242},
        {"aadsts": 50076, "times": 0},
        {"aadsts": 50076, "endpoint": "device"},
        {"aadsts": 50076, "tims": 1},
        "50076",
        [{"aadsts": 50076}, {"aadsts": 1}],
    ],
)
def test_refusals_that_cannot_be_understood_change_nothing(server, body):
    with pytest.raises(ValueError):
        control.refuse(server.core, body)
    assert control.read_refusals(server.core, None) == {"rules": []}


# "Refresh tokens in the Microsoft identity platform", the table of what revokes: event -> (confidential, public)
REVOKED = {
    "password_expired": (False, False),
    "password_changed": (False, True),
    "self_service_reset": (False, True),
    "admin_reset_azure_portal": (False, True),
    "admin_reset_entra_admin_center": (True, True),
    "sessions_revoked": (True, True),
}


@pytest.mark.parametrize("event", REVOKED)
def test_what_ends_refresh_tokens(server, event):
    successors = {token: redeem(server, token).json()["refresh_token"] for token in (CONFIDENTIAL_TOKEN, PUBLIC_TOKEN)}
    assert (control.revoke(server.core, {"upn": UPN, "event": event})["revoked"] > 0) is REVOKED[event][1]
    assert set(REVOKED) == set(REVOCATIONS)
    for token, ended in zip(successors, REVOKED[event]):
        client_id = PUBLIC if token == PUBLIC_TOKEN else WEB
        for each in (token, successors[token]):
            assert code_of(redeem(server, each, client_id)) == (50173 if ended else None)


def test_one_token_can_be_revoked(server):
    successor = redeem(server).json()["refresh_token"]
    control.revoke(server.core, {"refresh_token": CONFIDENTIAL_TOKEN})
    assert (code_of(redeem(server)), code_of(redeem(server, successor))) == (50173, None)


@pytest.mark.parametrize(
    ("changes", "redemption", "page"),
    [
        ({"enabled": False}, 50057, "AADSTS50057"),
        ({"deleted": True}, 50034, "AADSTS50034"),
        ({"locked": True}, None, "AADSTS50053"),
        ({"password_expired": True}, None, "AADSTS50055"),
        ({"password": "another-password"}, None, "AADSTS50126"),
        ({"password": None}, None, "AADSTS50126"),
        ({"mfa_code": None}, None, "AADSTS50079"),
    ],
)
def test_accounts(server, changes, redemption, page):
    change(server, **changes)
    assert code_of(redeem(server)) == redemption
    with server.session() as session:
        browser = Browser(session)
        query = f"client_id={WEB}&response_type=code&scope={SCOPE}&redirect_uri=http://localhost"
        browser.open(f"{server.url}/{server.core.partner['tenant_id']}/oauth2/v2.0/authorize?{query}")
        assert browser.press("next", login=UPN.upper(), password="emulator-password").error.startswith(page)


def test_policies_of_the_tenant(server):
    fresh = redeem(server).json()["refresh_token"]
    server.core.switches["conditional_access"] = 530032
    assert code_of(redeem(server)) == 530032
    server.core.switches.update(conditional_access=None, mfa_on_redemption=True)
    assert code_of(redeem(server)) is None
    assert code_of(redeem(server, "emulator-refresh-token-no-mfa")) == 50076
    server.core.switches["sign_in_frequency"] = 3600
    server.core.clock.advance(3599)
    successor = redeem(server, fresh).json()["refresh_token"]
    server.core.clock.advance(2)
    # Rotation is no sign-in.
    assert (code_of(redeem(server, fresh)), code_of(redeem(server, successor))) == (70043, 70043)


def test_consent_is_taken_back(server):
    control.consent(server.core, {"client_id": WEB, "given": False})
    assert code_of(redeem(server)) == 65001
    control.consent(server.core, {"client_id": WEB, "upn": UPN})
    assert code_of(redeem(server)) is None
    control.consent(server.core, {"client_id": WEB, "upn": UPN, "given": False})
    assert code_of(redeem(server)) == 65001
    control.consent(server.core, {"client_id": WEB})
    assert code_of(redeem(server)) is None


def test_applications_change(server):
    control.change_application(
        server.core,
        {"client_id": WEB, "secrets": [{"value": "new"}, {"value": SECRET, "expires": "2020-01-01T00:00:00Z"}]},
    )
    assert code_of(redeem(server)) == 7000222
    control.change_application(server.core, {"client_id": WEB, "disabled": True})
    assert code_of(redeem(server)) == 7000112


@pytest.mark.parametrize(
    ("call", "body"),
    [
        (control.change_user, {"upn": "nobody", "enabled": False}),
        (control.change_user, {"upn": UPN}),
        (control.change_user, {"upn": UPN, "object_id": "other"}),
        (control.change_user, {"upn": UPN, "enabled": "no"}),
        (control.change_user, {"upn": UPN, "name": None}),
        (control.revoke, {"upn": UPN, "event": "weather"}),
        (control.revoke, {"refresh_token": "nobody's"}),
        (control.consent, {"client_id": "nobody"}),
        (control.consent, {"client_id": WEB, "given": "no"}),
        (control.change_application, {"client_id": WEB}),
        (control.change_application, {"client_id": WEB, "public": True}),
        (control.change_application, {"client_id": WEB, "disabled": 1}),
        (control.change_application, {"client_id": "nobody", "disabled": True}),
    ],
)
def test_control_calls_that_are_wrong(server, call, body):
    before = control.read_users(server.core, None)
    with pytest.raises(ValueError):
        call(server.core, body)
    assert control.read_users(server.core, None) == before
    assert redeem(server).status_code == 200


def test_users_are_shown_without_their_secrets(server):
    (user,) = [user for user in control.read_users(server.core, None)["users"] if user["upn"] == UPN]
    assert user["has_password"] and user["has_mfa"] and not {"password", "mfa_code"} & set(user)


def test_a_restart_remembers_all_of_it(server):
    change(server, locked=True)
    control.consent(server.core, {"client_id": NO_CONSENT, "upn": UPN})
    control.change_application(server.core, {"client_id": PUBLIC, "disabled": True})
    control.revoke(server.core, {"upn": UPN, "event": "sessions_revoked"})
    state = SignInState.restored(server.core)
    assert (
        state.user(UPN).locked
        and state.application(PUBLIC).disabled
        and state.refresh_token(CONFIDENTIAL_TOKEN).revoked
    )
    assert state.has_consent(state.application(NO_CONSENT), state.user(UPN))
    sign_in_app.reset(server.core)
    state = SignInState.restored(server.core)
    assert not state.user(UPN).locked and not state.has_consent(state.application(NO_CONSENT), state.user(UPN))
