"""Each kind of fault, as the client sees it and as the log tells it."""

from __future__ import annotations

import json
import time

import pytest
import requests
from emulator.kernel.control_client import ControlError

BODY = {"userPrincipalName": "fault@contoso.example", "displayName": "F"}


def log_of(control):
    return [(entry["status"], entry["fault"]) for entry in control.log()]


def test_status_answers_without_doing_anything(api, ids, control):
    control.fault("status", {"method": "POST"}, status=503, times=2)
    assert [api.post(api.users(), BODY).status for dummy in range(3)] == [503, 503, 200]
    assert log_of(control) == [(503, "status"), (503, "status"), (200, None)]
    assert control.faults()[0]["fired"] == 2


def test_status_with_body_and_headers(api, control):
    control.fault("status", status=400, body={"code": "2055", "description": "x"}, headers={"X-Note": "n"})
    answer = api.get("/customers", headers={"MS-RequestId": "r-1"})
    assert (answer.refusal, answer.headers["X-Note"], answer.headers["MS-RequestId"]) == ((400, "2055"), "n", "r-1")
    control.fault("status", status=500, body="broken")
    assert api.get("/customers").raw == b"broken"
    control.fault("status", status=429)
    assert api.get("/customers").headers["Retry-After"] == "1"


def test_throttle(api, control):
    control.fault("throttle", retry_after=57)
    answer = api.get("/customers")
    assert answer.json == {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 57 seconds."}
    assert answer.headers["Retry-After"] == "57"


def test_latency_composes(api, control):
    control.add_faults(
        [{"do": {"kind": "latency", "seconds": 0.15}, "times": None}, {"do": {"kind": "status", "status": 500}}]
    )
    started = time.perf_counter()
    assert api.get("/customers").status == 500
    assert time.perf_counter() - started >= 0.15
    assert api.get("/customers").status == 200
    assert [entry["duration_ms"] > 140 for entry in control.log()] == [True, True]
    assert log_of(control) == [(500, "status"), (200, "latency")]


@pytest.mark.parametrize(("kind", "created"), [("drop_before", False), ("drop_after", True)])
def test_dropped_connections(api, ids, control, running, kind, created):
    control.fault(kind, {"method": "POST"})
    with pytest.raises(requests.ConnectionError):
        api.post(api.users(), BODY)
    assert (api.get(api.user("fault@contoso.example")).status == 200) is created
    assert control.log()[0]["status"] is None
    assert "Traceback" not in running.output_path.read_text()


def test_html_text_redirect_and_unauthorized(api, control):
    control.add_faults([{"do": {"kind": "html"}}, {"do": {"kind": "text", "status": 403, "text": "Not you."}}])
    page, text = api.get("/customers"), api.get("/customers")
    assert page.status == 502 and page.headers["Content-Type"] == "text/html" and b"<html>" in page.raw
    assert (text.status, text.raw) == (403, b"Not you.")
    control.add_faults(
        [{"do": {"kind": "redirect", "location": "https://elsewhere.example/"}}, {"do": {"kind": "unauthorized"}}]
    )
    moved, expired = api.get("/customers"), api.get("/customers")
    assert (moved.status, moved.headers["Location"]) == (307, "https://elsewhere.example/")
    assert expired.refusal == (401, 400) and expired.headers["WWW-Authenticate"].startswith("OAuth realm=")


def test_truncated_json(api, ids, control):
    whole = api.get(api.user(ids.adele)).raw
    control.fault("truncated_json")
    half = api.get(api.user(ids.adele))
    assert half.status == 200
    assert half.raw == whole[: len(whole) // 2]
    assert int(half.headers["Content-Length"]) == len(half.raw)
    with pytest.raises(json.JSONDecodeError):
        assert half.json


def test_broken_page_spares_the_first(api, ids, control):
    control.fault("broken_page", times=None)
    first = api.get(api.users(ids.fabrikam))
    assert first.status == 200
    following = first.json["links"]["next"]
    assert api.get(
        following["uri"], headers={following["headers"][0]["key"]: following["headers"][0]["value"]}
    ).refusal == (404, 1000)
    assert control.faults()[0]["fired"] == 1


def test_matching_and_counting(api, ids, control):
    control.add_faults(
        [
            {
                "match": {"path": "/users/[^/]+$", "customer_id": ids.contoso.upper(), "method": "get"},
                "do": {"kind": "status", "status": 500},
                "after": 1,
            },
            {"match": {"server": "login"}, "do": {"kind": "status", "status": 418}, "times": None},
        ]
    )
    assert api.get(api.users()).status == 200
    assert api.get(api.user("pilot@wingtip.example", ids.wingtip)).status == 200
    assert [api.get(api.user(ids.adele)).status for dummy in range(3)] == [200, 500, 200]


def test_probability_is_repeatable(api, control):
    def statuses():
        control.clear_faults()
        control.fault("status", status=500, times=None, probability=0.5, seed=11)
        return [api.get("/customers").status for dummy in range(20)]

    first = statuses()
    assert statuses() == first
    assert set(first) == {200, 500}


def test_the_login_server_has_faults_too(api, running, control):
    url = f"{running.info['authority_host']}/{running.info['tenant_id']}/v2.0/.well-known/openid-configuration"
    control.add_faults(
        [{"match": {"server": "login"}, "do": {"kind": kind}} for kind in ("drop_before", "throttle", "truncated_json")]
    )
    with pytest.raises(requests.ConnectionError):
        api.session.get(url, timeout=10)
    throttled = api.session.get(url, timeout=10)
    assert (throttled.status_code, throttled.headers["Retry-After"]) == (429, "1")
    with pytest.raises(ValueError):
        api.session.get(url, timeout=10).json()
    assert api.session.get(url, timeout=10).json()["token_endpoint"].startswith(running.info["authority_host"])
    assert [entry["server"] for entry in control.log()] == ["login"] * 4
    assert api.get("/customers").status == 200


@pytest.mark.parametrize(
    "rule",
    [
        {"do": {"kind": "explode"}},
        {"match": {"colour": "red"}, "do": {"kind": "html"}},
        {"match": {"path": "("}, "do": {"kind": "html"}},
        {"do": {"kind": "html"}, "time": 2},
        {"do": {"kind": "status"}},
        {"do": {"kind": "status", "status": "503"}},
        {"do": {"kind": "latency", "seconds": -1}},
        {"do": {"kind": "text", "text": "x", "headers": ["a"]}},
        {"match": {}},
        "html",
    ],
)
def test_rules_that_are_not_understood(control, rule):
    with pytest.raises(ControlError, match="400"):
        control.add_faults(rule)
    assert control.faults() == []
