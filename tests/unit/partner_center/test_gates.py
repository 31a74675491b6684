"""The last gates: check mode sends only GET, no URL from anything but GUIDs, and what the transport does with bad answers."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common import http
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.answers import read_error
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import (
    CheckModeViolation,
    OptionError,
    TransportError,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret, Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.waits import (
    WaitBudget,
    pause,
    retry_after,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.client import (
    PartnerCenterCustomer,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.facts import facts_of
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.paging import next_page
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.session import Session
from support.refused import refused

CUSTOMER = "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01"
USER = "8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e01"


class NoTokens:
    def get(self) -> str:
        raise AssertionError("a request was about to be sent")

    def renew(self, rejected: str) -> str | None:
        raise AssertionError


def api(read_only: bool, customer_id: t.Any = CUSTOMER) -> PartnerCenterCustomer:
    facts, budget = facts_of("AzureCloud"), WaitBudget(0)
    return Session.open("https://api.example", NoTokens(), facts, budget, read_only=read_only).customer(customer_id)


WRITES: dict[str, t.Callable[[PartnerCenterCustomer], t.Any]] = {
    "create": lambda client: client.create_user({}, Secret("x"), None, "id"),
    "update": lambda client: client.update_user(USER, {}),
    "restore": lambda client: client.restore_user(USER, {}),
    "reset": lambda client: client.reset_password(USER, Secret("x"), None),
    "delete": lambda client: client.delete_user(USER),
}


@pytest.mark.parametrize("name", WRITES)
def test_check_mode_stops_every_write_at_the_transport(name: str) -> None:
    with pytest.raises(CheckModeViolation):
        WRITES[name](api(read_only=True))


@pytest.mark.parametrize("value", ["", " ", None, CUSTOMER + "/", CUSTOMER + "%20", "..", "users", CUSTOMER[:-1], 7])
def test_no_url_without_a_guid(value: t.Any) -> None:
    client, nowhere = api(read_only=False), api(read_only=False, customer_id=value)
    calls: list[t.Callable[[], t.Any]] = [
        nowhere.details,
        lambda: list(nowhere.users()),
        lambda: list(nowhere.deleted_users()),
        lambda: client.user(value),
        lambda: nowhere.user(USER),
        lambda: client.delete_user(value),
        lambda: nowhere.delete_user(USER),
        lambda: client.update_user(value, {}),
        lambda: client.restore_user(value, {}),
        lambda: client.reset_password(value, Secret("x"), None),
        lambda: nowhere.create_user({}, Secret("x"), None, "id"),
    ]
    for call in calls:
        with refused(OptionError, reason="not_a_guid"):
            call()


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/customers",
        "/customers/other",
        "//evil.example/v1/customers/x",
        f"/customers/{CUSTOMER}/users/../../x",
        "",
    ],
)
def test_the_next_page_cannot_lead_elsewhere(uri: str) -> None:
    path = f"customers/{CUSTOMER}/users"
    with pytest.raises(TransportError):
        next_page({"uri": uri, "headers": []}, path)


def test_the_next_page_in_all_its_forms() -> None:
    path = f"customers/{CUSTOMER}/users"
    headers = [{"key": "MS-ContinuationToken", "value": "AQAAAA=="}, {"key": "Host", "value": "evil"}]
    link = {"uri": f"/V1/{path}?size=25&seekOperation=Next", "headers": headers}
    assert next_page(link, path) == ([("size", "25"), ("seekOperation", "Next")], {"MS-ContinuationToken": "AQAAAA=="})
    # An absolute address is reduced to its path and query: the host is never the service's to choose.
    assert next_page({**link, "uri": f"https://evil.example/v1/{path}?x=1&x=2"}, path)[0] == [("x", "1"), ("x", "2")]


class Answer:
    def __init__(self, status: int, content: bytes, content_type: str = "application/json") -> None:
        self.status_code, self.content, self.headers, self.reason = (
            status,
            content,
            {"Content-Type": content_type},
            "Reason",
        )


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b'\xef\xbb\xbf{"code":60012,"description":"We&#39;re sorry"}', "60012", "We're sorry"),
        (b'{"Code":"3000","Description":"x"}', "3000", "x"),
        (b'{"statusCode":429,"message":"Rate limit is exceeded."}', None, "Rate limit is exceeded."),
        (b"plain\n text", None, "plain text"),
        (b"", None, "Reason"),
        (
            b"<html><b>secret</b></html>",
            None,
            "the response is an HTML page instead of JSON; a proxy is probably in between",
        ),
        (b"\xff\xfe", None, "\ufffd\ufffd"),
        (b"[]", None, "Reason"),
    ],
)
def test_errors_in_every_shape(content: bytes, code: str | None, words: str) -> None:
    assert read_error(Answer(400, content)) == (code, words)


class TestBudget:
    def test_one_at_a_time(self) -> None:
        slept: list[float] = []
        clock = [0.0]

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            clock[0] += seconds

        budget = WaitBudget(10, sleep, lambda: clock[0])
        assert budget.wait(6) and not budget.wait(6) and budget.wait(4) and not budget.wait(0.1)
        assert slept == [6, 4] and budget.left == 0

    def test_waits_side_by_side_are_charged_once(self) -> None:
        budget = WaitBudget(10, lambda seconds: None, lambda: 0.0)
        assert all(budget.wait(8) for _number in range(5)) and budget.left == 2

    def test_pauses_grow_and_stop_growing(self) -> None:
        assert [pause(number) for number in (1, 2, 3)] == [0.5, 1.5, 3.5] and pause(50) == 30.0

    @pytest.mark.parametrize(
        ("value", "seconds"), [("57", 57.0), ("0", 0.0), ("-1", None), ("soon", None), ("inf", None), ("nan", None)]
    )
    def test_retry_after(self, value: str, seconds: float | None) -> None:
        assert retry_after({"Retry-After": value}) == seconds
        assert retry_after({}) is None


def test_secrets_are_masked_longest_first() -> None:
    told: list[str] = []
    secrets = Secrets(told.append)
    for value in ("abcd", "abcdefgh", "", None, "abc"):
        secrets.add(value)
    assert secrets.scrub("x abcdefgh abcd abc") == "x ******** ******** abc" and told == ["abcd", "abcdefgh"]
    assert "hidden" not in f"{Secret('hidden')} {Secret('hidden')!r}"


def test_secrets_are_found_in_the_forms_of_an_answer() -> None:
    secrets = Secrets()
    secrets.add("a'b&c<\"d  ü")
    for form in (
        "a'b&c<\\\"d  \\u00fc",
        "a'b&c<\\\"d  ü",
        "a&#x27;b&amp;c&lt;&quot;d  ü",
        "a'b&amp;c&lt;\"d  ü",
        "a'b&c<\"d ü",
    ):
        assert secrets.scrub(f"x {form} y") == "x ******** y", form


def test_a_session_keeps_no_habits() -> None:
    made = http.session(True, 5)
    request = made.prepare_request(
        http.requests.Request("GET", "https://localhost/", headers={"Authorization": "Bearer x"})
    )
    assert request.headers["Authorization"] == "Bearer x"
