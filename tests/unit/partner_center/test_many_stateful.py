"""Random declarations of several rows against random customers: carry the plan out in any order, plan again, and nothing is left to do.

The customer is a model in memory that refuses what a directory refuses (a name that is taken). Reading, planning, applying and purging are the real ones.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.tenantops.partner_center.plugins.module_utils._common.identifiers import upn_key
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.outcomes import Outcome
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.facts import facts_of
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.customers import (
    cross_row_problems,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.purge import PurgePolicy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.user import (
    UserDeclaration,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.users import User
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import (
    Plan,
    RowPlan,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.policy import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.apply import begin
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.converge import read_and_plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.reader import CustomerReader
from hypothesis import given, settings
from hypothesis import strategies as st

from .factories import CUSTOMER, IDS, declared, gone, user
from .worlds import EVERYBODY, NAMES, PASSWORD, World


@st.composite
def worlds(draw: t.Any) -> World:
    found = [
        user(
            number, name, display_name=draw(st.sampled_from(["A", "B"])), directory_synced=draw(st.integers(0, 5)) == 0
        )
        for number, name in enumerate(draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4)))
    ]
    found += [
        gone(number + 5, draw(st.integers(0, 29)), draw(st.sampled_from(NAMES)))
        for number in range(draw(st.integers(0, 3)))
    ]
    facts = replace(
        facts_of("AzureCloud"), idempotent_create=draw(st.booleans()), answers_with_user=draw(st.booleans())
    )
    return World({str(item.id): item for item in found}, facts=facts)


@st.composite
def rows(draw: t.Any) -> UserDeclaration:
    options: dict[str, t.Any] = {
        "state": draw(st.sampled_from(["present", "present", "absent", "restored"])),
        "on_deleted": draw(st.sampled_from(["fail", "restore", "create"])),
    }
    kind = draw(st.sampled_from(["name", "name", "id", "id and name", "previous"]))
    options["user_principal_name"] = name = draw(st.sampled_from(NAMES)) if kind != "id" else None
    if kind.startswith("id"):
        options["user_id"] = draw(st.sampled_from(IDS[:8]))
    if kind == "previous" and options["state"] != "absent":
        options["previous_user_principal_name"] = draw(st.sampled_from([other for other in NAMES if other != name]))
    if draw(st.booleans()):
        options["display_name"] = draw(st.sampled_from(["A", "B"]))
    if draw(st.booleans()):
        options["password"] = PASSWORD
        options["update_password"] = draw(st.sampled_from(["on_create", "on_create", "always"]))
    return declared(**options, allow_synced=draw(st.booleans()))


@st.composite
def declarations(draw: t.Any) -> tuple[UserDeclaration, ...]:
    """Several rows that the validation lets through together."""
    chosen: list[UserDeclaration] = []
    for row in draw(st.lists(rows(), min_size=1, max_size=5)):
        row = replace(row, index=len(chosen))
        if not cross_row_problems([*chosen, row]):
            chosen.append(row)
    return tuple(chosen)


def planned(world: World, declaration: tuple[UserDeclaration, ...], purge: PurgePolicy | None) -> Plan:
    return read_and_plan(CustomerReader(world, declaration, purge), declaration, Policy(world.facts))[0]


def carried_out(world: World, made: Plan, order: t.Sequence[int]) -> list[Outcome]:
    """The outcomes in the order of the rows, although the rows were done in another one."""
    outcomes = begin(
        Plan(CUSTOMER, tuple(made.rows[position] for position in order)), world, secrets=Secrets()
    ).finish()
    return [outcome for _position, outcome in sorted(zip(order, outcomes), key=lambda item: item[0])]


def drift(row: RowPlan) -> list[str]:
    """What a plan wants that is not a password, which is never drift."""
    return [operation.action for operation in row.operations if operation.action != "reset_password"]


@settings(max_examples=500, deadline=None)
@given(worlds(), declarations(), st.sampled_from([None, EVERYBODY]), st.randoms(use_true_random=False))
def test_apply_then_plan_again(
    world: World, declaration: tuple[UserDeclaration, ...], purge: PurgePolicy | None, dice: t.Any
) -> None:
    before = dict(world.users_by_id)
    made = planned(world, declaration, purge)
    assert repr(made) == repr(planned(world, declaration, purge)), "the same state gives the same plan"
    assert world.writes == 0, "planning only reads"
    order = list(range(len(made.rows)))
    dice.shuffle(order)
    outcomes = carried_out(world, made, order)
    for outcome in outcomes:
        assert outcome.status in ("ok", "changed") or outcome.plan.refusal, (
            f"what was planned in a quiet world is carried out: {outcome.message}"
        )
        assert bool(outcome.plan.operations) == (outcome.status == "changed")
    assert world.writes == Plan(CUSTOMER, made.rows).writes, "exactly the price of the plan"
    fine = all(outcome.status in ("ok", "changed") for outcome in outcomes)
    if purge and made.purge and fine:
        absent, to_delete = declared(state="absent"), zip(made.purge.users, made.purge.operations)
        purging = tuple(
            RowPlan(absent, before=item, after=item, operations=(operation,)) for item, operation in to_delete
        )
        begin(Plan(CUSTOMER, purging), world, secrets=Secrets()).finish()
    kept = {
        str(outcome.user.id)
        for outcome in outcomes
        if outcome.user and outcome.plan.row.state != "absent" and not outcome.plan.refusal
    }
    assert all(world.users_by_id[user_id].state == "active" for user_id in kept), (
        "a declared user is never purged or deleted by another row"
    )
    touched = {str(outcome.user.id) for outcome in outcomes if outcome.user} | {
        str(item.id) for item in (made.purge.users if made.purge else ())
    }
    assert all(world.users_by_id[user_id] == item for user_id, item in before.items() if user_id not in touched), (
        "nobody else is touched"
    )

    again = planned(world, declaration, purge)
    for outcome, second in zip(outcomes, again.rows):
        if outcome.status in ("ok", "changed"):
            # A row that was refused at first may be possible by now, and then contradict one that was fine: that is said, and nothing is done.
            assert second.refusal is None or not fine, f"{outcome.plan.row} was fine, and then: {second.refusal}"
            assert drift(second) == []
    if purge and fine:
        assert again.purge and not again.purge.operations, "a purge leaves nothing to purge"
        for item in world.users_by_id.values():
            if item.state == "active":
                assert (
                    item.directory_synced
                    or item.key.startswith("max@")
                    or str(item.id) in kept
                    or _mentioned(item, again)
                )


def _mentioned(item: User, made: Plan) -> bool:
    """Whether a row speaks of this user."""
    for row in made.rows:
        users = [each for each in (row.before, row.after, *row.candidates) if each]
        names = {upn_key(name) for name in (row.row.user_principal_name, row.row.previous_user_principal_name) if name}
        if item.key in names | {each.key for each in users} or str(item.id) in {str(each.id) for each in users} | {
            row.row.user_id
        }:
            return True
    return False
