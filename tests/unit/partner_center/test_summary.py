"""The sentence about a task counts every user once, and the numbers every operation."""

from __future__ import annotations

import re
import typing as t

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.summary import (
    KINDS,
    counted_operations,
    kind_of,
    summary_text,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import (
    ACTIONS,
    COUNTED,
    COUNTED_AS,
)
from hypothesis import given
from hypothesis import strategies as st

STATUSES = ("ok", "changed", "failed", "skipped", "unknown")
actions = st.lists(st.sampled_from(ACTIONS), max_size=4, unique=True).map(lambda words: "+".join(words) or "none")
rows = st.lists(st.fixed_dictionaries({"status": st.sampled_from(STATUSES), "action": actions}), max_size=30)


def changed(*words: str) -> list[dict[str, t.Any]]:
    return [{"status": "changed", "action": word} for word in words]


def test_the_form() -> None:
    some = [
        *changed("delete", "create+assign_licenses", "create", "update"),
        *[{"status": "ok", "action": "none"}] * 496,
    ]
    assert summary_text(some, predicted=True) == "2 to create, 1 to update, 1 to delete, 496 unchanged"
    assert summary_text(some, predicted=False) == "2 created, 1 updated, 1 deleted, 496 unchanged"
    assert summary_text([], predicted=False) == "0 unchanged"


@given(rows=rows, predicted=st.booleans())
def test_every_user_is_counted_once(rows: list[dict[str, t.Any]], predicted: bool) -> None:
    assert sum(map(int, re.findall(r"\d+", summary_text(rows, predicted=predicted)))) == len(rows)


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("rename+update", "rename"),
        ("restore+update+assign_licenses", "restore"),
        ("create+add_role", "create"),
        ("reset_password", "update"),
        ("remove_licenses+delete", "delete"),
        ("none", None),
        (None, None),
    ],
)
def test_the_weightiest_action_is_the_kind(action: str | None, kind: str | None) -> None:
    assert kind_of(action) == kind


def test_what_failed_is_not_said_to_be_done() -> None:
    some = [{"status": status, "action": "delete"} for status in ("failed", "unknown", "skipped")]
    assert summary_text(some, predicted=False) == "1 failed, 1 with an unknown outcome, 1 not attempted"


@pytest.mark.parametrize("status", ["accepted", "running"])
def test_a_deletion_that_was_only_ordered_is_none(status: str) -> None:
    row = {"status": "changed", "action": "delete", "deletion": {"status": status}}
    assert summary_text([row], predicted=False) == "1 with a deletion under way"
    assert summary_text([{**row, "status": "ok", "action": "none"}], predicted=False) == "1 with a deletion under way"
    assert summary_text([row], predicted=True) == "1 to delete"
    assert summary_text([{**row, "deletion": {"status": "finished"}}], predicted=False) == "1 deleted"


@given(st.lists(st.sampled_from(ACTIONS), max_size=30))
def test_every_operation_is_counted_once(words: list[str]) -> None:
    counted = counted_operations([{"action": word} for word in words], COUNTED, COUNTED_AS)
    assert list(counted) == list(COUNTED) and sum(counted.values()) == len(words)
    assert counted["license"] == words.count("assign_licenses") + words.count("remove_licenses")
    assert counted["delete"] == words.count("delete")


def test_every_action_has_a_kind() -> None:
    assert {kind_of(action) for action in ACTIONS} == set(KINDS)
