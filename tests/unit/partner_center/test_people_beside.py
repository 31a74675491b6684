"""People beside customers that are declared one by one: each customer is planned once, with the rows of both, and a purge keeps its hands off everybody of
whom the record speaks."""

from __future__ import annotations

import typing as t
from dataclasses import replace

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.customers import (
    CustomerDeclaration,
    declare_customers,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.purge import PurgePolicy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan import people as planning
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.made_accounts import (
    ADOPTED,
    EVENTS,
    MADE,
    MAKING,
    NOT_MADE,
    Accounts,
    Event,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import RowPlan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.people_beside import beside
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.policy import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.purge import ended_all
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.converge import read_and_plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.reader import CustomerReader
from hypothesis import given
from hypothesis import strategies as st

from .factories import user
from .technicians import CUSTOMERS, IDS, LOCALS, RUN, declared
from .worlds import World

PURGE = PurgePolicy(domains=("c0.onmicrosoft.com",), max_delete=100, max_delete_percentage=100)


def event(kind: str, number: int, person: str, name: str | None = None) -> Event:
    user_id = None if kind in (MAKING, NOT_MADE) else user(number).id
    return Event(kind, "2026-01-01T00:00:00Z", person, IDS[0], user_id, name or f"{person}@c0.onmicrosoft.com", RUN)


names = st.sampled_from([f"{local}@c0.onmicrosoft.com" for local in (*LOCALS, "max")])
events = st.builds(
    event, st.sampled_from(EVENTS), st.integers(1, 5), st.sampled_from((*LOCALS, "max")), st.one_of(st.none(), names)
)


class Audited(World):
    """A customer with these users."""

    def __init__(self, users: t.Iterable[t.Any]) -> None:
        super().__init__({str(each.id): each for each in users}, customer_id=IDS[0])

    def domains(self) -> tuple[str, ...] | None:
        return ("c0.onmicrosoft.com",)

    def creators(self, user_id: str, first: t.Any, last: t.Any) -> t.Iterator[set[str]]:
        return iter([])


def customer(number: int = 0, by: str = "id", names: t.Sequence[str] = ("boss",), purge: bool = False) -> t.Any:
    """One customer with rows of its own."""
    named = {"customer_id": IDS[number]} if by == "id" else {"customer_domain": f"C{number}.onmicrosoft.com"}
    rows = [
        {
            "user_principal_name": f"{name}@c{number}.onmicrosoft.com",
            "display_name": "Own",
            "password": "Correct-Horse-7",
        }
        for name in names
    ]
    (made,) = declare_customers({"customers": [{**named, "users": rows}]}, {}).customers
    return replace(made, purge=PURGE if purge else None)


def joined(own: list[CustomerDeclaration], accounts: Accounts | None = None, **changes: t.Any) -> list[planning.Block]:
    people = declared(**changes)
    accounts = accounts or Accounts()
    targets = planning.select(people, CUSTOMERS)
    first = sum(len(each.rows) for each in own)
    return beside(planning.rows_of(people, targets, accounts, first), own, accounts)


@pytest.mark.parametrize("by", ["id", "domain"])
def test_a_customer_of_both_is_planned_once(by: str) -> None:
    blocks = joined([customer(1, by)])
    assert [block.declaration.customer_id for block in blocks] == [IDS[1], IDS[0], IDS[2], IDS[3]]
    names = [row.user_principal_name for row in blocks[0].declaration.rows]
    assert names == [f"{local}@c1.onmicrosoft.com" for local in ("boss", *LOCALS)]
    assert [row.ownership is None for row in blocks[0].declaration.rows] == [True, False, False, False]
    indices = [row.index for block in blocks for row in block.declaration.rows]
    assert sorted(indices) == list(range(13))


def test_a_customer_that_no_person_is_declared_for_stays_as_it_is() -> None:
    alone = customer(2, "domain")
    blocks = joined([alone], customers={"ids": [IDS[0]]})
    assert [block.declaration for block in blocks][0] is alone and len(blocks) == 2


def test_what_is_wrong_with_people_somewhere_does_not_stop_the_rest_and_nobody_is_purged() -> None:
    changes = {"defaults": {"user_principal_name": "{local}@{customer.domain}"}}
    (block, *others) = joined([customer(0, purge=True)], customers={"ids": [IDS[0]]}, **changes)
    assert not others and block.error is None
    assert [row.name for row in block.declaration.rows] == ["boss@c0.onmicrosoft.com"]
    rows, purge = block.declaration.rows, block.declaration.purge
    world = t.cast(t.Any, Audited([user(7, "nobody@c0.onmicrosoft.com")]))
    plan, snapshot = read_and_plan(CustomerReader(world, rows, purge), rows, Policy(acting=("me",)))
    assert plan.purge and (plan.purge.operations, plan.purge.reason) == ((), "rows_refused") and plan.purge.refusal
    assert snapshot.all_active is None, "nobody was looked for"
    assert block.aside and block.aside.error.details["reason"] == "customer_domain_unknown"
    assert len(block.aside.rows) == len(LOCALS)


def test_the_same_user_in_both_is_written_by_neither() -> None:
    (block,) = joined([customer(0, names=["ADA", "boss"])], customers={"ids": [IDS[0]]})
    rows = block.declaration.rows
    plan, _snapshot = read_and_plan(CustomerReader(t.cast(t.Any, Audited([])), rows), rows, Policy(acting=("me",)))
    refused = {each.row.name.lower(): each.details.get("reason") for each in plan.rows if each.refusal}
    assert refused == {"ada@c0.onmicrosoft.com": "rows_collide"}
    assert len(plan.rows) == 5


@given(
    history=st.lists(events, max_size=8),
    extra=st.sets(st.integers(1, 5), min_size=1),
    locals_=st.lists(st.sampled_from(LOCALS), min_size=1, unique=True),
    left_out=st.booleans(),
)
def test_a_purge_deletes_nobody_of_whom_the_record_speaks(
    history: list[t.Any], extra: set[int], locals_: list[str], left_out: bool
) -> None:
    """Whoever the declaration has made, adopted or may have made is its affair, also where it leaves them alone."""
    accounts = Accounts(history)
    people = {"people": [{"local": local, "display_name": "X"} for local in locals_]}
    if left_out:
        people["except"] = [{"customer": IDS[0], "leave_out": True}]
    (block,) = joined([customer(0, purge=True)], accounts, customers={"ids": [IDS[0]]}, **people)
    there = [user(number, f"u{number}@c0.onmicrosoft.com") for number in sorted(extra)]
    there += [user(7, "ada@c0.onmicrosoft.com"), user(8, "boss@c0.onmicrosoft.com")]
    rows, purge = block.declaration.rows, block.declaration.purge
    world = Audited(there)
    plan, _snapshot = read_and_plan(CustomerReader(t.cast(t.Any, world), rows, purge), rows, Policy(acting=("me",)))
    known = {each.user_id for each in accounts.all() if not each.removed}
    perhaps = {each.user_principal_name for each in accounts.unsettled()}
    if block.aside:
        assert plan.purge and not plan.purge.operations
        return
    assert plan.purge
    for operation in plan.purge.operations:
        assert operation.user_id not in known and operation.user_principal_name not in perhaps
    spared = {each.id: why for each, why in plan.purge.spared}
    if left_out:
        assert {each.id for each in there if each.id in known} <= set(spared)


def test_whom_nobody_knows_is_purged_all_the_same() -> None:
    accounts = Accounts(
        [event(MADE, 1, "max"), event(ADOPTED, 2, "max"), event(MAKING, 3, "max", "u3@c0.onmicrosoft.com")]
    )
    (block,) = joined([customer(0, purge=True)], accounts, customers={"ids": [IDS[0]]})
    there = [user(number, f"u{number}@c0.onmicrosoft.com") for number in (2, 3, 4)] + [
        user(8, "boss@c0.onmicrosoft.com")
    ]

    rows = tuple(row for row in block.declaration.rows if row.ownership is None)
    purge = block.declaration.purge
    plan, _snapshot = read_and_plan(
        CustomerReader(t.cast(t.Any, Audited(there)), rows, purge), rows, Policy(acting=("me",))
    )
    assert plan.purge and [each.user_principal_name for each in plan.purge.operations] == ["u4@c0.onmicrosoft.com"]


@pytest.mark.parametrize("ended", [True, False])
def test_people_do_not_stand_for_the_users_of_a_customer(ended: bool) -> None:
    """Where the last declared user has ended, a purge would delete all others, whoever is declared beside them."""
    (block,) = joined([customer(0, purge=True)], customers={"ids": [IDS[0]]})
    own, *people = (RowPlan(row) for row in block.declaration.rows)
    state = "absent" if ended else "present"
    rows = [replace(own, row=replace(own.row, state=state, ended=ended)), *people]
    refused = ended_all(rows)
    assert (refused.reason if refused else None) == ("purge_of_everybody" if ended else None)
