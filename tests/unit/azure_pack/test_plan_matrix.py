"""The table of docs/azure-pack-states.md against the pure plan."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.declare.user import UserDeclaration
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.model.users import (
    User,
    subscription_from_wire,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.plan.operations import RowPlan
from ansible_collections.tenantops.partner_center.plugins.module_utils._azure_pack.plan.users import (
    needs_subscriptions,
    plan_user,
)
from support.azure_pack_matrix import POLICIES, SITUATIONS, STATES, Case, cases

from .service import NAME, subscriptions, user

FOUND = {
    "none": None,
    "pending": {"state": "pending_validation"},
    "active": {"state": "active"},
    "suspended": {"state": "suspended"},
    "deleting": {"state": "delete_pending", "sync": "syncing"},
    "deletion failed": {"state": "delete_pending", "sync": "out_of_sync", "error": "The provider is down."},
    "out of sync": {"state": "active", "sync": "out_of_sync", "error": "The provider is down."},
}


def found(situation: str, owns: int) -> User | None:
    options = FOUND[situation]
    return None if options is None else user(owns=owns, **options)


def planned(state: str, situation: str, policy: str, owns: int = 1) -> RowPlan:
    row, before = UserDeclaration(state, NAME, subscriptions=policy), found(situation, owns)
    listed = [subscription_from_wire(item) for item in subscriptions(owns)] if needs_subscriptions(row, before) else []
    return plan_user(row, before, listed)


def result_of(made: RowPlan) -> str:
    return "fails" if made.refusal else "changed" if made.operations else "unchanged"


def test_the_table_is_complete() -> None:
    rows = cases()
    assert [(row.state, row.situation, row.policy) for row in rows] == list(
        itertools.product(STATES, SITUATIONS, POLICIES)
    )


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_plan(case: Case) -> None:
    made = planned(case.state, case.situation, case.policy)
    assert (result_of(made), [operation.action for operation in made.operations]) == (
        case.result,
        [case.operation] if case.operation else [],
    ), made
    flags = [
        (operation.delete_subscriptions, operation.force)
        for operation in made.operations
        if operation.action == "delete"
    ]
    assert flags == ([case.flags] if case.flags else [])
    # What the remarks promise.
    assert made.running is (case.remark.startswith("waits until") and "; " in case.remark)
    assert bool(made.warnings) is case.remark.startswith("with a warning")
    said = str(made.refusal) + " ".join(made.warnings)
    assert ("The provider is down." in said and ".." not in said) is ("last error" in case.remark)
    assert ("Plan 0 (id-0)" in said) is ("subscriptions" in case.remark or "stay behind" in case.remark)
    assert bool(made.subscriptions) is (case.state == "absent" and case.situation != "none")


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("situation", [name for name in SITUATIONS if name != "none"])
def test_whoever_owns_nothing_is_deleted(situation: str, policy: str) -> None:
    made = planned("absent", situation, policy, owns=0)
    if situation == "deleting" and policy != "orphan":
        assert made.running and not made.operations
        return
    (operation,) = made.operations
    begun = situation.startswith("delet")
    assert (operation.delete_subscriptions, operation.force) == (
        begun and policy == "delete",
        begun and policy == "orphan",
    )
    assert not made.refusal and not made.warnings
