"""The request log: what it says, and that no secret is in it, nor in what the process prints or stores."""

from __future__ import annotations

import json
import sqlite3

import pytest
from emulator import launch
from emulator.kernel.control_client import ControlError
from emulator.kernel.log import RequestLog, mask, mask_query
from hypothesis import given, settings
from hypothesis import strategies as st

CANARY = "Canary-Pass-0815"


def test_entry(api, ids, control):
    path = api.user(ids.adele) + "?a=1"
    api.patch(
        path,
        {"displayName": "Ädele", "passwordProfile": None},
        headers={"MS-RequestId": "r-1", "MS-CorrelationId": "c-1"},
    )
    (entry,) = control.log()
    assert entry.pop("duration_ms") > 0
    assert entry.pop("time").endswith("Z")
    assert entry.pop("seq") >= 1
    assert entry == {
        "server": "api",
        "method": "PATCH",
        "path": f"/v1/customers/{ids.contoso}/users/{ids.adele}",
        "query": "a=1",
        "status": 200,
        "request_id": "r-1",
        "correlation_id": "c-1",
        "customer_id": ids.contoso,
        "user_id": ids.adele,
        "body": {"displayName": "Ädele", "passwordProfile": None},
        "replayed": False,
        "fault": None,
    }


def test_since_and_clear(api, control):
    for dummy in range(3):
        api.get("/customers")
    seqs = [entry["seq"] for entry in control.log()]
    assert seqs == [seqs[0], seqs[0] + 1, seqs[0] + 2]
    assert [entry["seq"] for entry in control.log(since=seqs[1])] == [seqs[2]]
    control.clear_log()
    assert control.log() == []
    api.get("/customers")
    assert [entry["seq"] for entry in control.log(since=seqs[2])] == [seqs[2] + 1]


def test_the_log_keeps_the_newest():
    log = RequestLog(limit=2)
    for number in range(5):
        log.append({"n": number})
    assert [entry["n"] for entry in log.since()] == [3, 4]
    assert [entry["n"] for entry in log.since(4)] == [4]


secret_names = st.sampled_from(
    ["password", "Password", "PASSWORD", "refresh_token", "ClientSecret", "client-assertion", "access_token", "Code"]
)
names = st.text(min_size=1, max_size=5)
documents = st.recursive(
    st.none() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(names, inner, max_size=3)
        | st.dictionaries(secret_names, st.just(CANARY) | st.just([CANARY]), max_size=2)
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(documents)
def test_masking_at_any_depth_and_casing(document):
    assert CANARY not in json.dumps(mask(document))


def test_masking_keeps_the_rest():
    sent = {"DisplayName": "A", "passwordProfile": {"Password": CANARY, "forceChangePassword": True}, "password": None}
    assert mask(sent) == {
        "DisplayName": "A",
        "passwordProfile": {"Password": "***", "forceChangePassword": True},
        "password": None,
    }
    assert mask({"PasswordProfile": CANARY}) == {"PasswordProfile": "***"}
    assert mask_query(f"x=1&Access_Token={CANARY}") == "x=1&Access_Token=%2A%2A%2A"
    assert mask_query("filter=%7B+%7D&x") == "filter=%7B+%7D&x"


@pytest.fixture(scope="module")
def after_secrets(tmp_path_factory, connect):
    """Everything an emulator wrote while it was told secrets in every way."""
    directory = tmp_path_factory.mktemp("canary")
    database = directory / "state.sqlite"
    with launch.start(directory, database=database) as emulator:
        api = connect(emulator)
        users = "/customers/1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01/users"
        created = api.post(
            users,
            {"userPrincipalName": "c@contoso.example", "displayName": "C", "PasswordProfile": {"PASSWORD": CANARY}},
        )
        assert created.json["passwordProfile"]["password"] == CANARY
        user = f"{users}/{created.json['id']}"
        assert api.patch(user + "/resetpassword", {"passwordProfile": {"password": CANARY + "2"}}).status == 200
        assert api.post(users, {"passwordProfile": {"password": CANARY}, "displayName": 5}).status == 400
        assert api.post(users, raw=b'{"password": "' + CANARY.encode() + b'", broken').status == 400
        assert api.post(users, {"passwordProfile": CANARY}).status == 400
        assert api.get(f"/customers?access_token={CANARY}").status == 200
        emulator.control.fault("drop_after", {"method": "POST"})
        with pytest.raises(OSError):
            api.post(
                users,
                {"userPrincipalName": "d@contoso.example", "displayName": "D", "passwordProfile": {"password": CANARY}},
            )
        form = {
            "grant_type": "refresh_token",
            "refresh_token": CANARY,
            "client_secret": CANARY,
            "client_assertion": CANARY,
            "code": CANARY,
            "client_id": "x",
        }
        token_url = f"{emulator.info['authority_host']}/{emulator.info['tenant_id']}/oauth2/v2.0/token"
        assert api.session.post(token_url, data=form, timeout=20).status_code >= 400
        emulator.control.fault("status", status=500, body={"x": 1})
        api.post(users, {"passwordProfile": {"password": CANARY}})
        log = emulator.control.log()
        users_shown = emulator.control.users("1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01")
        token = api.token
    return directory, log, users_shown, token


def test_no_secret_in_the_log(after_secrets):
    _directory, log, users_shown, token = after_secrets
    assert len(log) == 9
    text = json.dumps([log, users_shown])
    assert CANARY not in text
    assert token not in text and "Bearer" not in text
    masked = [entry for entry in log if "***" in json.dumps(entry["body"])]
    assert len(masked) == 7, "bodies are masked, not left out"


def test_no_secret_in_output_and_files(after_secrets):
    directory, _log, _users, _token = after_secrets
    files = [path for path in directory.rglob("*") if path.is_file()]
    assert {"emulator.log", "state.sqlite", "ca.pem"} <= {path.name for path in files}
    for path in files:
        assert CANARY.encode() not in path.read_bytes(), path.name
    with sqlite3.connect(directory / "state.sqlite") as database:
        hashes = database.execute("SELECT password_hash FROM users WHERE upn = 'c@contoso.example'").fetchall()
    assert len(hashes) == 1 and "$" in hashes[0][0]


def test_the_log_of_one_server_has_no_other_requests(api, control):
    api.get("/customers")
    api.session.get(f"{api.running.info['authority_host']}/common/discovery/instance", timeout=20)
    api.session.get(f"{api.running.info['azure_pack_admin_url']}/users", timeout=20)

    def servers(query):
        return [entry["server"] for entry in control.call("GET", f"/log?{query}")["entries"]]

    assert servers("") == ["api", "login", "azure_pack_admin"]
    assert servers("server=api") == ["api"] and servers("since=0&server=azure_pack_admin") == ["azure_pack_admin"]
    assert servers("server=api&server=login") == ["api", "login"] and servers("server=azure_pack_tenant") == []
    last = control.log()[-1]["seq"]
    assert servers(f"server=api&since={last}") == []
    assert [entry["server"] for entry in control.log(server="login")] == ["login"]
    assert [entry["server"] for entry in control.azure_pack.log()] == ["azure_pack_admin"]


def test_the_log_of_a_server_that_is_not_there_is_a_mistake(control):
    with pytest.raises(ControlError, match="400.*azure_pack_admin"):
        control.log(server="azure_pack")


def test_a_request_from_before_the_log_was_cleared_is_not_in_it() -> None:
    log = RequestLog()
    era = log.era
    log.append({"server": "api"}, era)
    log.clear()
    log.append({"server": "api"}, era)
    assert log.since() == []
    log.append({"server": "api"}, log.era)
    assert len(log.since()) == 1
