"""A recording that is replayed answers the same requests, and only those; a profile sets switches."""

from __future__ import annotations

import json

import pytest
from emulator import launch
from emulator.kernel.control_client import ControlError

HEAD = {"format": "tenantops.partner_center.traffic", "version": 1}
CUSTOMER = "customers/7b26b357-9ca3-48b8-a58e-4febe2662a5d"
FILTER = '{"Field": "UserState", "Value": "Inactive", "Operator": "equals"}'


def exchange(method="GET", path=CUSTOMER, query=(), body=None, status=200, answer=None, **more):
    return {
        "service": "partner_center",
        "method": method,
        "path": path,
        "query": list(query),
        "body": body,
        "status": status,
        "answer": answer,
    } | more


@pytest.fixture
def replay(control, tmp_path):
    def start(*exchanges):
        path = tmp_path / "traffic.jsonl"
        path.write_text("\n".join(map(json.dumps, (HEAD, *exchanges))) + "\n")
        control.replay(path)

    return start


def test_equal_requests_in_their_order(api, replay, control):
    created = {"userPrincipalName": "u1@d.example", "passwordProfile": {"password": "***"}}
    replay(
        exchange(answer={"id": "1"}, mark=True),
        exchange("POST", f"{CUSTOMER}/users", body=created, status=409, answer={"code": 1}),
        exchange("POST", f"{CUSTOMER}/users", body=created, status=201, answer={"code": 2}),
        exchange(answer={"id": "2"}),
        exchange(path=f"{CUSTOMER}/users", query=[["size", "500"], ["filter", FILTER]], answer={"items": []}),
        exchange("PATCH", CUSTOMER, status=429, answer={"statusCode": 429}, answer_headers={"Retry-After": "7"}),
    )
    assert [api.get(f"/{CUSTOMER.upper()}").json["id"] for _each in range(3)] == ["1", "2", "2"], (
        "a read can come again"
    )
    sent = {"passwordProfile": {"password": "Real-One-7"}, "UserPrincipalName": "u1@d.example"}
    assert [api.post(f"/{CUSTOMER}/users", sent).status for _each in range(3)] == [409, 201, 501], "a write cannot"
    assert api.post(f"/{CUSTOMER}/users", {**sent, "firstName": "x"}).status == 501
    listing = api.filtered(f"/{CUSTOMER}/users", json.dumps(json.loads(FILTER), separators=(",", ":")), 500)
    assert api.get(listing).json == {"items": []}
    assert api.patch(f"/{CUSTOMER}").headers["Retry-After"] == "7"
    control.reset()
    assert api.get("/nowhere").status == 404


def test_what_came_in_place_of_an_answer(api, replay):
    replay(
        exchange(unreadable_bytes=12, status=502), {**exchange(path="customers"), "error": "ReadTimeout", "status": 0}
    )
    assert (api.get(f"/{CUSTOMER}").status, len(api.get(f"/{CUSTOMER}").raw)) == (502, 12)
    assert api.get("/customers").status == 503


def test_a_file_of_another_kind(control, tmp_path):
    path = tmp_path / "x.jsonl"
    for text in ("", "x", "{}\n", '{"format": "other"}\n'):
        path.write_text(text)
        with pytest.raises(ControlError):
            control.replay(path)


def test_both_at_the_start(connect, tmp_path):
    traffic, profile = tmp_path / "t.jsonl", tmp_path / "report.json"
    traffic.write_text("\n".join(map(json.dumps, (HEAD, exchange(answer={"id": "1"})))))
    profile.write_text(json.dumps({"switches": {"create_status": 201}}))
    options = ("--replay", str(traffic), "--profile", str(profile))
    with launch.start(tmp_path / "e", arguments=options) as running:
        assert running.control.switches()["create_status"] == 201
        assert connect(running).get(f"/{CUSTOMER}").json == {"id": "1"}


@pytest.mark.parametrize("text", ["{}", '{"switches": {"no_such_switch": 1}}', '{"switches": {"create_status": 7}}'])
def test_a_profile_that_is_none(tmp_path, text):
    profile = tmp_path / "report.json"
    profile.write_text(text)
    with pytest.raises(launch.StartError):
        launch.start(tmp_path / "e", arguments=("--profile", str(profile)))
