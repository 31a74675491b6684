"""Random declarations of licences and roles against random customers, carried out in any order, with real reading, planning and writing.

The customer is a model in memory that refuses what the service refuses: a licence without a seat or a usage location, two licence groups in one
request, a member who is one already.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.outcomes import Outcome
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.meaning import refusal
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.customers import (
    cross_row_problems,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.purge import PurgePolicy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.user import (
    UserDeclaration,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.licenses import (
    LicenseChange,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.roles import (
    GLOBAL_ADMINISTRATOR,
    find_role,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.users import User
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.after_restore import (
    removed_after_restore,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import (
    Operation,
    RowPlan,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.policy import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.apply import begin
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.converge import read_and_plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.reader import CustomerReader
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.restored import (
    RestoredPlanner,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.row_order import withheld
from hypothesis import event, given, settings
from hypothesis import strategies as st

from .factories import NOW, declared, gone, user
from .tenant_runs import run, tenants
from .tenants import OF_USER, PLANS, ROLES, SKUS, Tenant
from .worlds import EVERYBODY, NAMES, PASSWORD

DECLARED_ROLES = ("Global Administrator", "helpdesk administrator", ROLES[2].id)


@st.composite
def forms(draw: t.Any, option: str, given: list[t.Any], names: t.Sequence[str]) -> dict[str, t.Any]:
    """The option as a list, which may be all that there may be, or as a dictionary."""
    form = draw(st.sampled_from(["append", "purge", "set", "remove"]))
    if form in ("append", "purge"):
        return {option: given, f"purge_{option}": form == "purge"}
    if form == "set":
        return {option: {"set": given}}
    there = {each["sku"] if isinstance(each, dict) else each for each in given}
    away = [name for name in draw(st.lists(st.sampled_from(names), unique=True)) if name not in there]
    return {option: {"add": given, "remove": away}}


@st.composite
def licensed_rows(draw: t.Any) -> UserDeclaration:
    options: dict[str, t.Any] = {
        "state": draw(st.sampled_from(["present", "present", "present", "absent", "restored"])),
        "on_deleted": "restore",
    }
    options["user_principal_name"] = draw(st.sampled_from([*NAMES, "new1@contoso.example", "new2@contoso.example"]))
    options |= {"display_name": "Ada", "password": PASSWORD}
    if draw(st.booleans()):
        options["usage_location"] = "US"
    if draw(st.booleans()):
        plans = st.none() | st.lists(st.sampled_from(PLANS), unique=True)
        options["licenses"] = [
            name if (off := draw(plans)) is None else {"sku": name, "excluded_plans": off}
            for name in draw(st.lists(st.sampled_from(SKUS), unique=True))
        ]
        options |= draw(forms("licenses", options["licenses"], SKUS))
    if draw(st.booleans()):
        options["roles"] = draw(st.lists(st.sampled_from(DECLARED_ROLES), unique=True))
        options |= draw(forms("roles", options["roles"], DECLARED_ROLES))
    return declared(**options)


@st.composite
def declarations(draw: t.Any) -> tuple[UserDeclaration, ...]:
    chosen: list[UserDeclaration] = []
    for row in draw(st.lists(licensed_rows(), min_size=1, max_size=5)):
        row = replace(row, index=len(chosen))
        if not cross_row_problems([*chosen, row]):
            chosen.append(row)
    return tuple(chosen)


@settings(max_examples=250, deadline=None)
@given(
    tenants(),
    declarations(),
    st.sampled_from(["fail", "create_unlicensed"]),
    st.sampled_from([None, EVERYBODY]),
    st.randoms(use_true_random=False),
)
def test_carried_out_and_planned_again(
    tenant: Tenant, declaration: tuple[UserDeclaration, ...], on_no_seats: str, purge: PurgePolicy | None, dice: t.Any
) -> None:
    administrators = tenant.administrators()
    held = {user_id: dict(licenses) for user_id, licenses in tenant.held.items()}
    roles = {user_id: set(each) for user_id, each in tenant.roles.items()}
    policy = Policy(on_no_seats=on_no_seats)
    made, outcomes = run(tenant, declaration, policy, purge, dice)
    event("somebody gets the seat of somebody else" if any(row.waits_for for row in made.rows) else "nobody waits")
    for outcome in outcomes:
        if outcome.plan.details.get("reason") == "no_seats":
            assert not outcome.done and on_no_seats == "fail"
    for outcome in outcomes:
        restores = any(operation.action == "restore" for operation in outcome.plan.operations)
        assert (
            outcome.status in ("ok", "changed")
            or outcome.plan.refusal
            or outcome.plan.skipped
            or restores
            or "run out" in outcome.message
        ), outcome.message
        if not restores and outcome.status == "changed":
            assert outcome.done == list(outcome.plan.operations), "what was predicted is what was done"
        if restores and outcome.status == "changed":
            said = removed_after_restore(outcome.plan)
            actions = {operation.action for operation in outcome.plan.operations}
            assert {operation.action for operation in outcome.done} <= actions, "nothing is done that was not predicted"
            exact = any(goes["all_others"] for goes in said.values())
            assert exact or len(outcome.done) <= len(outcome.plan.operations)
            lost = roles.get(str(outcome.user.id), set()) - tenant.roles.get(str(outcome.user.id), set())
            named = {find_role(name, ROLES).id for name in said.get("roles", {}).get("remove", ())}
            assert not tenant.gives_back or said.get("roles", {}).get("all_others") or lost <= named
    restoring = any(operation.action == "restore" for row in made.rows for operation in row.operations)
    if not restoring:
        assert all("run out" not in outcome.message for outcome in outcomes), "seats are counted before"
    assert all(tenant.consumed(name) <= seats for name, seats in tenant.seats.items())
    deleted = {
        str(outcome.plan.before.id)
        for outcome in outcomes
        if outcome.plan.row.state == "absent" and outcome.plan.before
    }
    assert not administrators or tenant.administrators() or administrators <= deleted, (
        "somebody is Global Administrator"
    )
    for outcome in outcomes:
        user_id = str(outcome.user.id) if outcome.user else ""
        if not user_id or outcome.plan.row.state == "absent":
            continue
        if not outcome.plan.row.manages_licenses and not (
            outcome.plan.before and outcome.plan.before.state == "deleted"
        ):
            assert tenant.held.get(user_id, {}) == held.get(user_id, {}), "left out, and [] alone, are left alone"
        if not outcome.plan.row.manages_roles and not (outcome.plan.before and outcome.plan.before.state == "deleted"):
            assert tenant.roles.get(user_id, set()) == roles.get(user_id, set())
        if outcome.status in ("ok", "changed") and outcome.plan.row.purge_licenses and outcome.plan.row.licenses == ():
            assert not tenant.held.get(user_id), "[] with purge takes all away"
        if outcome.status in ("ok", "changed") and outcome.plan.row.purge_roles and outcome.plan.row.roles == ():
            assert not tenant.roles.get(user_id)
    if made.purge:
        for to_delete in made.purge.users:
            assert not tenant.roles.get(str(to_delete.id), set()) & {role.id for role in ROLES[:2]}, (
                "holders of privileged roles are never purged"
            )

    again, _snapshot = read_and_plan(CustomerReader(tenant, declaration, None), declaration, policy)
    if all(outcome.status in ("ok", "changed") for outcome in outcomes):
        for row in again.rows:
            # A licence that was left out is wanted again when a seat has come free; a user restored in between may have taken the seats.
            if row.refusal is None and not any(outcome.plan.unseated for outcome in outcomes) and not restoring:
                assert row.operations == (), row


def test_who_comes_back_as_the_only_administrator_keeps_the_role() -> None:
    back = gone(5, 3, NAMES[0], usage_location="US")
    tenant = Tenant(
        {str(back.id): back}, seats=dict.fromkeys(SKUS, 1), roles={str(back.id): {GLOBAL_ADMINISTRATOR, ROLES[2].id}}
    )
    row = declared(user_principal_name=NAMES[0], state="restored", roles=[], purge_roles=True)
    declaration = (row,)
    made, snapshot = read_and_plan(CustomerReader(tenant, declaration, None), declaration, Policy())
    (outcome,) = begin(
        made, tenant, secrets=Secrets(), after_restore=RestoredPlanner(tenant, made, snapshot, Policy())
    ).finish()
    assert (outcome.status, outcome.details["reason"]) == ("failed", "last_administrator")
    assert [operation.action for operation in outcome.done] == ["restore"] and tenant.administrators() == {str(back.id)}


class Waiting:
    """A connection on which waits take no time. :param late: status and code of refusals of a licence that are only late news."""

    def __init__(self, *late: tuple[int, str]) -> None:
        self.late, self.waits = list(late), 0
        self.budget = self.counters = self
        self.audit = None

    def now(self) -> t.Any:
        return NOW

    def knows_time(self) -> bool:
        return True

    def wait(self, _seconds: float) -> bool:
        self.waits += 1
        return True

    def add(self, **_counts: int) -> None:
        """Counters of a session."""


class Successor(Tenant):
    """A customer whose one seat Ada has, and whose news is late or whose deletion is refused."""

    refuses = False

    def delete_user(self, user_id: str) -> t.Any:
        if self.refuses:
            raise refusal("DELETE was refused.", path="customers/c/users/u", status=409, code="1")
        return super().delete_user(user_id)

    def update_licenses(self, user_id: str, change: LicenseChange, *, counted: bool = True) -> t.Any:
        if self.session.late:
            status, code = self.session.late.pop(0)
            raise refusal("not yet", path=OF_USER, status=status, code=code)
        return super().update_licenses(user_id, change, counted=counted)


@pytest.mark.parametrize("parallel", [1, 4])
@pytest.mark.parametrize(
    "late, refuses", [([], False), ([(400, "60012")] * 3, False), ([(404, "60002"), (400, "60012")], False), ([], True)]
)
def test_who_comes_gets_the_seat_of_who_leaves_when_it_is_free(
    parallel: int, late: list[tuple[int, str]], refuses: bool
) -> None:
    """Neither the seat nor the newcomer may be known at once."""
    ada, bob = user(0, NAMES[0], usage_location="US"), user(1, NAMES[1], usage_location="US")
    tenant = Successor(
        {str(item.id): item for item in (ada, bob)},
        session=Waiting(*late),
        seats={**dict.fromkeys(SKUS, 0), "E3": 1},
        held={str(ada.id): {"E3": frozenset()}},
    )
    tenant.refuses = refuses
    comes = [
        declared(
            user_principal_name="new1@contoso.example",
            display_name="N",
            password=PASSWORD,
            usage_location="US",
            licenses=["E3"],
        )
    ]
    others = (
        declared(user_principal_name=NAMES[1], first_name="B"),
        declared(user_principal_name=NAMES[0], state="absent"),
    )
    declaration = (*comes, *others)
    made, snapshot = read_and_plan(CustomerReader(tenant, declaration, None, parallel), declaration, Policy())
    outcomes = begin(
        made,
        tenant,
        secrets=Secrets(),
        max_parallel=parallel,
        after_restore=RestoredPlanner(tenant, made, snapshot, Policy()),
    ).finish()
    if refuses:
        assert [outcome.status for outcome in outcomes] == ["skipped", "changed", "failed"] and tenant.writes == 1
        assert NAMES[0] in outcomes[0].message and outcomes[0].done == []
    else:
        assert [outcome.status for outcome in outcomes] == ["changed"] * 3 and tenant.session.waits == len(late)


def test_a_seat_is_free_when_all_is_given_up_that_was_to_be() -> None:
    """The licences of a group are one request, and that of the other group may fail."""
    ada, bob = user(0, NAMES[0]), user(1, NAMES[1])
    first, second = (
        Operation("remove_licenses", NAMES[0], str(ada.id), {}, "", target=LicenseChange(sku, remove=(sku,)))
        for sku in ("e3", "ems")
    )
    giver = RowPlan(declared(user_principal_name=NAMES[0]), before=ada, operations=(first, second))
    taker = RowPlan(
        declared(user_principal_name=NAMES[1]), before=bob, operations=(first,), waits_for=frozenset({str(ada.id)})
    )
    assert not withheld(taker, {str(ada.id): Outcome(giver, done=[first, second])})
    assert withheld(taker, {str(ada.id): Outcome(giver, "failed", done=[first])})


class Meddled(Tenant):
    """A customer where somebody else has just done, or undone, what is about to be written; the service then refuses in one of several ways."""

    answer: tuple[int, str] = (400, "3000")
    done = True

    def add_to_role(self, role_id: str, user: User, *, counted: bool = True) -> t.Any:
        if self.done:
            self.roles[user.id].add(role_id)
        words = "One or more added object references already exist"
        raise refusal(words, path=OF_USER, status=self.answer[0], code=self.answer[1], description=words)

    def remove_from_role(self, role_id: str, user_id: str, *, counted: bool = True) -> t.Any:
        if self.done:
            self.roles[user_id].remove(role_id)
        raise refusal("Not found", path=OF_USER, status=self.answer[0], code=self.answer[1])


@pytest.mark.parametrize("answer", [(400, "3000"), (404, "1000"), (404, "60002"), (409, "3000")])
@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("has, wants", [(set(), [ROLES[2].id]), ({ROLES[2].id}, [])])
def test_already_a_member_and_not_a_member_are_what_was_wanted(
    answer: tuple[int, str], done: bool, has: set[str], wants: list[str]
) -> None:
    ada = user(0, NAMES[0])
    tenant = Meddled({str(ada.id): ada}, session=Waiting(), seats=dict.fromkeys(SKUS, 0), roles={str(ada.id): set(has)})
    tenant.answer, tenant.done = answer, done
    declaration = (declared(user_principal_name=NAMES[0], roles=wants, purge_roles=True),)
    made, _snapshot = read_and_plan(CustomerReader(tenant, declaration, None), declaration, Policy())
    (outcome,) = begin(made, tenant, secrets=Secrets()).finish()
    assert outcome.status == ("changed" if done else "failed") and tenant.roles[str(ada.id)] == (
        set(wants) if done else has
    )
