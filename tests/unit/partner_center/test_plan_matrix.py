"""The table of docs/states.md against the pure plan."""

from __future__ import annotations

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.users import plan_user
from support.state_matrix import SITUATIONS, Case, cases

from .factories import UPN, declared, gone, snapshot, user

USERS = {
    "active": [user(0)],
    "one deleted": [gone(1)],
    "several deleted": [gone(1), gone(2, days=9)],
    "active and deleted": [user(0), gone(1)],
    "none": [],
    "purged": [],
}


def test_the_table_is_complete() -> None:
    rows = cases()
    assert len(rows) == 54
    assert {(row.state, row.situation, row.on_deleted) for row in rows} == {
        (state, situation, policy)
        for state in ("present", "absent", "restored")
        for situation in SITUATIONS
        for policy in ("fail", "restore", "create")
    }


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_plan(case: Case) -> None:
    row = declared(state=case.state, on_deleted=case.on_deleted, display_name="Ada", password="Correct-Horse-7")
    made = plan_user(row, snapshot(*USERS[case.situation]))
    result = "fails" if made.refusal else "changed" if made.operations else "unchanged"
    assert (result, [operation.action for operation in made.operations]) == (
        case.result,
        [case.operation] if case.operation else [],
    ), made


def test_the_refusal_says_who_when_how_long_and_what_to_add() -> None:
    made = plan_user(declared(display_name="Ada", password="Correct-Horse-7"), snapshot(gone(1, days=3)))
    text = str(made.refusal)
    for part in (
        UPN,
        str(gone(1).id),
        "2026-11-19T12:00:00Z",
        "27 days left",
        "on_deleted: restore",
        "on_deleted: create",
    ):
        assert part in text
