"""What a task with many rows says when some failed: who, from where, and why."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.results import counts, failure_message

WORDS = "PATCH /v1/customers/x/users/y returned HTTP 400 (code 3000): Invalid value for displayName."


def row(index: int, status: str = "failed", message: str = WORDS, **values: t.Any) -> dict[str, t.Any]:
    return {
        "index": index,
        "status": status,
        "message": message,
        "source": None,
        "user_principal_name": f"u{index}@contoso.example",
        "user_id": None,
        **values,
    }


def said(*rows: dict[str, t.Any], messages: t.Sequence[str] = (), told: t.Collection[str] = ()) -> str:
    return failure_message(counts(list(rows)), list(rows), list(messages), told=told)


@pytest.mark.parametrize("status", ["failed", "unknown"])
@pytest.mark.parametrize("key", ["user_principal_name", "name"])
def test_the_user_and_the_place_are_named(status: str, key: str) -> None:
    one = {**row(0, status, source="hr.yml:3"), "user_principal_name": None, key: "adele@contoso.example"}
    assert f"hr.yml:3 adele@contoso.example: {WORDS}" in said(one)


def test_who_has_no_name_is_named_by_id_or_number() -> None:
    assert "8d2a: " in said(row(0, user_principal_name=None, user_id="8d2a")) and "row 8: " in said(
        row(7, user_principal_name=None)
    )


def test_a_message_with_the_name_gets_only_the_place() -> None:
    text = said(row(0, message="u0@contoso.example does not exist.", source="users.csv:17"))
    assert "users.csv:17: u0@contoso.example does not exist." in text and text.count("u0@") == 1


def test_one_reason_for_many_is_told_once() -> None:
    text = said(*(row(index) for index in range(13)))
    assert text.count(WORDS) == 1 and "u9@contoso.example and 3 more: " in text and "u10@" not in text


def test_rows_with_one_reason_are_told_together_in_whatever_words() -> None:
    rows = [
        row(index, message=f"u{index}@contoso.example has no usage location.", reason="no_usage_location")
        for index in range(300)
    ]
    text = said(*rows, row(300, message="Another one.", reason="no_seats"))
    assert "300 rows with the reason no_usage_location: u0@contoso.example, u1@" in text
    assert "u9@contoso.example and 290 more. The first one: u0@contoso.example has no usage location." in text
    assert text.count("has no usage location") == 1 and "u300@contoso.example: Another one." in text


def test_a_reason_that_stands_for_anything_does_not_hide_what_was_said() -> None:
    text = said(row(0, message="One.", reason="refused"), row(1, message="Two.", reason="refused"))
    assert "u0@contoso.example: One." in text and "u1@contoso.example: Two." in text


def test_rows_that_were_not_attempted_and_customers_are_told_as_before() -> None:
    text = said(
        row(0, "skipped", "The limit is reached."),
        row(1, "failed", "No customer has the domain x."),
        messages=["x: No customer has the domain x."],
        told={"No customer has the domain x."},
    )
    assert (
        text.count("No customer has") == 1
        and " The limit is reached." in text
        and "u0@" not in text
        and "u1@" not in text
    )
