"""No news of a user is no good news, whatever became of the task."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.outcomes import of_rows, of_users
from hypothesis import given
from hypothesis import strategies as st

A, B, C = (f"00000000-0000-4000-8000-00000000000{number}" for number in "abc")
STATUSES = ["ok", "changed", "failed", "skipped", "unknown", None, "", "OK", 1]


def row(user_id: t.Any, status: t.Any = "changed", **more: t.Any) -> dict[str, t.Any]:
    return {"user_id": user_id, "status": status, **more}


@pytest.mark.parametrize(
    "result",
    [
        {"failed": True, "msg": "The module died."},
        {"failed": True},
        {"rows": []},
        {"rows": None},
        {},
        None,
        "text",
        [],
        {"skipped": True},
        {"unreachable": True, "msg": "no"},
        {"rows": [row(C), row(None), row("x")]},
        {"rows": ["changed", None]},
        {"failed": True, "msg": "timeout", "rows": [row(C)]},
    ],
)
def test_a_step_that_says_nothing_about_a_user_is_not_done(result: t.Any) -> None:
    found = of_users(result, [A, B])
    assert found["done"] == [] and found["problem"] and {item["user_id"] for item in found["wrong"]} >= {A, B}
    assert found["untouched"] == [], "nobody can tell"


def test_fewer_rows_than_users() -> None:
    found = of_users({"rows": [row(A), row(B, "failed", message="No.")], "operations": []}, [A, B, C])
    assert found["done"] == [A] and found["untouched"] == [B] and {item["user_id"] for item in found["wrong"]} == {B, C}
    assert {item.get("reason") for item in found["wrong"]} == {None, "no_news"}


def test_two_rows_of_one_user_or_a_row_of_another_one() -> None:
    assert of_users({"rows": [row(A), row(A)]}, [A])["done"] == []
    assert of_users({"rows": [row(A), row(A, "failed")]}, [A])["done"] == []
    found = of_users({"rows": [row(A.upper(), "ok"), row(B)]}, [A])
    assert found["done"] == [A] and found["problem"] and found["wrong"][0]["status"] == "unknown"


def test_nobody_to_ask_about_and_everybody_done() -> None:
    assert of_users({"skipped": True, "changed": False}, []) == {
        "done": [],
        "wrong": [],
        "untouched": [],
        "problem": "",
    }
    assert of_users({"rows": [row(A), row(B, "ok")], "operations": []}, [B, A]) == {
        "done": [B, A],
        "wrong": [],
        "untouched": [],
        "problem": "",
    }
    assert of_users({"rows": [row(A)], "failed": True, "msg": "And then?"}, [A])["problem"] == "And then?"


def test_untouched_is_only_whom_no_operation_was_sent_for() -> None:
    rows = [row(A, "failed"), row(B, "unknown"), row(C, "skipped")]
    assert of_users({"rows": rows, "operations": []}, [A, B, C])["untouched"] == [A, C]
    assert of_users({"rows": rows, "operations": [{"user_id": A}]}, [A, B, C])["untouched"] == [C]
    assert of_users({"rows": rows}, [A, B, C])["untouched"] == []


@given(
    st.lists(st.tuples(st.sampled_from([A, B, C, None]), st.sampled_from(STATUSES)), max_size=6),
    st.booleans(),
    st.sampled_from([[], [A], [A, B], [A, B, C]]),
)
def test_a_user_is_done_by_exactly_one_row_that_says_so(
    rows: list[tuple[t.Any, t.Any]], failed: bool, ids: list[str]
) -> None:
    result = {
        "rows": [row(*item) for item in rows],
        "operations": [],
        **({"failed": True, "msg": "No."} if failed else {}),
    }
    found = of_users(result, ids)
    assert found["done"] == [
        one for one in ids if [status for user, status in rows if user == one] in (["ok"], ["changed"])
    ]
    assert {str(item["user_id"]) for item in found["wrong"]} >= set(ids) - set(found["done"])
    assert bool(found["problem"]) is (bool(found["wrong"]) or failed)


SUMMARY = {"rows": 3, "ok": 1, "changed": 2, "failed": 0, "skipped": 0, "unknown": 0, "purged": 0}


@pytest.mark.parametrize(
    ("result", "rows", "good"),
    [
        ({"summary": SUMMARY}, 3, True),
        ({"summary": SUMMARY}, None, True),
        ({"summary": SUMMARY, "skipped": False}, 3, True),
        ({"summary": SUMMARY}, 4, False),
        ({"summary": SUMMARY, "msg": "No."}, 3, False),
        ({"summary": SUMMARY, "failed": True}, 3, False),
        *(({"summary": {**SUMMARY, name: 1}}, 3, False) for name in ("failed", "skipped", "unknown")),
        *(
            ({"summary": {key: value for key, value in SUMMARY.items() if key != name}}, 3, False)
            for name in ("rows", "changed", "failed", "unknown")
        ),
        ({"summary": None}, None, False),
        ({"skipped": True}, None, False),
        ({}, None, False),
        (None, 0, False),
        ("", 0, False),
    ],
)
def test_a_result_that_is_not_whole(result: t.Any, rows: int | None, good: bool) -> None:
    found = of_rows(result, rows)
    assert (found["problem"] == "") is good and (found["reasons"] == "") is good


def test_reasons_are_grouped_and_bounded() -> None:
    bad = [
        row(str(number), "failed", user_principal_name=f"u{number}@x.example", message="No.") for number in range(40)
    ]
    found = of_rows({"summary": {**SUMMARY, "failed": 40}, "msg": "40 failed.", "rows": bad})
    assert (
        found["problem"] == "40 failed." and found["reasons"].count("@x.example") == 5 and "35 more" in found["reasons"]
    )
    many = [row(str(number), "failed", message=f"Reason {number}.") for number in range(40)]
    assert "30 more reasons" in of_users({"rows": many}, [str(number) for number in range(40)])["problem"]


@pytest.mark.parametrize(
    "broken", [{"failure": {"reason": "rows_failed"}}, {"exception": "Traceback"}, {"failed": True}]
)
def test_a_message_is_a_problem_only_where_something_failed(broken: dict[str, t.Any]) -> None:
    """A success has a message, too; and ``failed_when: false`` takes away the key ``failed``."""
    good = {
        "rows": [row(A)],
        "operations": [],
        "msg": "1 created",
        "summary": {"rows": 1, "ok": 0, "changed": 1, "failed": 0, "unknown": 0, "skipped": 0},
    }
    assert of_users(good, [A])["problem"] == of_rows(good)["problem"] == ""
    bad = {**good, **broken}
    assert of_users(bad, [A])["problem"] == of_rows(bad)["problem"] == "1 created"


def test_what_something_else_ended_is_a_problem() -> None:
    """A time limit, for example: there is a message, and none of the keys that a result of the module has."""
    result = {"msg": "Timed out.", "failed": False, "failed_when_result": False}
    assert of_users(result, [A])["problem"] and of_rows(result)["problem"] == "Timed out."
