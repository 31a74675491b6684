"""Random dictionaries of licenses and roles against random customers, carried out for real: what users have afterwards,
and that the two forms are one."""

from __future__ import annotations

import copy
import typing as t
from dataclasses import replace

from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.user import (
    UserDeclaration,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import Plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.policy import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.converge import read_and_plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.reader import CustomerReader
from hypothesis import event, given, settings
from hypothesis import strategies as st

from .factories import declared, gone
from .tenant_runs import run, tenants
from .tenants import PLANS, ROLES, SKUS, Tenant, plan_id
from .worlds import NAMES

ROLE_NAMES = {
    "Company Administrator": ROLES[0].id,
    "global administrator": ROLES[0].id,
    "Helpdesk Administrator": ROLES[1].id,
    str(ROLES[2].id): ROLES[2].id,
    "Reports Reader": ROLES[2].id,
}
SKU_NAMES = {name: name for name in SKUS} | {f"the {name.lower()}": name for name in SKUS}
GOOD = ("ok", "changed")


@st.composite
def entries(draw: t.Any, names: t.Mapping[str, str]) -> list[str]:
    """Names, each meaning another thing."""
    chosen = draw(st.lists(st.sampled_from(sorted(names)), max_size=3, unique_by=lambda name: names[name]))
    return t.cast("list[str]", chosen)


@st.composite
def licenses(draw: t.Any) -> list[t.Any]:
    plans = st.none() | st.lists(st.sampled_from(PLANS), unique=True)
    return [
        name if (off := draw(plans)) is None else {"sku": name, "excluded_plans": off}
        for name in draw(entries(SKU_NAMES))
    ]


def name_of(entry: t.Any) -> str:
    return str(entry["sku"] if isinstance(entry, dict) else entry)


@st.composite
def dictionaries(draw: t.Any, names: t.Mapping[str, str], given: t.Any) -> dict[str, list[t.Any]]:
    """Valid ones: what is added is not taken away."""
    if draw(st.booleans()):
        return {"set": draw(given)}
    made = {"add": draw(given), "remove": draw(entries(names))}
    added = {names[name_of(entry)] for entry in made["add"]}
    made["remove"] = [name for name in made["remove"] if names[name] not in added]
    return {name: value for name, value in made.items() if value or draw(st.booleans())} or {"add": []}


OF_LICENSES = dictionaries(SKU_NAMES, licenses())
OF_ROLES = dictionaries(ROLE_NAMES, entries(ROLE_NAMES))


def expected(before: t.Collection[str], value: t.Mapping[str, t.Any] | None, names: t.Mapping[str, str]) -> set[str]:
    """What a user is to have."""
    if value is None:
        return set(before)
    add, remove = ({names[name_of(entry)] for entry in value.get(key, ())} for key in ("add", "remove"))
    if "set" in value:
        return {names[name_of(entry)] for entry in value["set"]}
    return (set(before) | add) - remove


def planned_again(tenant: Tenant, declaration: tuple[UserDeclaration, ...], policy: Policy) -> Plan:
    return read_and_plan(CustomerReader(tenant, declaration, None), declaration, policy)[0]


@settings(max_examples=150, deadline=None)
@given(
    tenants(),
    st.none() | OF_LICENSES,
    st.none() | OF_ROLES,
    st.sampled_from(["fail", "create_unlicensed"]),
    st.randoms(use_true_random=False),
)
def test_afterwards_there_is_what_was_there_and_added_without_what_was_removed(
    tenant: Tenant, of_licenses: t.Any, of_roles: t.Any, on_no_seats: str, dice: t.Any
) -> None:
    options = {name: value for name, value in (("licenses", of_licenses), ("roles", of_roles)) if value is not None}
    declaration = tuple(declared(user_principal_name=name, index=at, **options) for at, name in enumerate(NAMES[:3]))
    before = copy.deepcopy((tenant.held, tenant.roles))
    ids = {item.user_principal_name: user_id for user_id, item in tenant.users_by_id.items()}
    administrators = tenant.administrators()
    policy = Policy(on_no_seats=on_no_seats)
    made, outcomes = run(tenant, declaration, policy, None, dice)
    for outcome in outcomes:
        user_id = ids[outcome.plan.row.name]
        held, roles = tenant.held.get(user_id, {}), tenant.roles.get(user_id, set())
        had, had_roles = before[0].get(user_id, {}), before[1].get(user_id, set())
        event(f"{outcome.status} {outcome.plan.details.get('reason')}")
        assert outcome.done == list(outcome.plan.operations), "what check mode shows is what is done"
        if outcome.status not in GOOD:
            assert outcome.plan.refusal and (held, roles) == (had, had_roles), "all or nothing"
            continue
        assert roles == expected(had_roles, of_roles, ROLE_NAMES)
        if outcome.plan.unseated:
            assert set(had) <= set(held) <= expected(had, {"add": [*held]}, {name: name for name in SKUS})
            assert set(held) - set(had) <= expected((), {**(of_licenses or {}), "remove": []}, SKU_NAMES)
            continue
        assert set(held) == expected(had, of_licenses, SKU_NAMES)
        for entry in [*(of_licenses or {}).get("add", ()), *(of_licenses or {}).get("set", ())]:
            name = SKU_NAMES[name_of(entry)]
            plans = entry["excluded_plans"] if isinstance(entry, dict) else None
            off = had.get(name, frozenset()) if plans is None else frozenset(map(plan_id, plans))
            assert held[name] == off, "service plans as in a list"
    for other in tenant.users_by_id.keys() - {ids[row.name] for row in declaration}:
        assert tenant.held.get(other) == before[0].get(other) and tenant.roles.get(other) == before[1].get(other)
    assert tenant.administrators() or not administrators
    if all(outcome.status in GOOD and not outcome.plan.unseated for outcome in outcomes):
        writes = tenant.writes
        again, later = run(tenant, declaration, policy, None, dice)
        assert again.operations == () and tenant.writes == writes and {each.status for each in later} == {"ok"}
    assert made.operations == tuple(operation for outcome in outcomes for operation in outcome.plan.operations)


@settings(max_examples=60, deadline=None)
@given(tenants(), licenses(), entries(ROLE_NAMES), st.booleans(), st.sampled_from(["present", "restored", "absent"]))
def test_the_two_forms_are_one(
    tenant: Tenant, of_licenses: list[t.Any], of_roles: list[str], exact: bool, state: str
) -> None:
    word = "set" if exact else "add"
    common = {"state": state, "on_deleted": "restore"} if state != "absent" else {"state": state}
    of_list = tuple(
        declared(
            user_principal_name=name,
            index=at,
            licenses=of_licenses,
            roles=of_roles,
            purge_licenses=exact,
            purge_roles=exact,
            **common,
        )
        for at, name in enumerate(NAMES)
    )
    of_dict = tuple(
        declared(user_principal_name=name, index=at, licenses={word: of_licenses}, roles={word: of_roles}, **common)
        for at, name in enumerate(NAMES)
    )
    assert of_list == of_dict
    policy = Policy(on_no_seats="create_unlicensed", acting={"somebody else"})
    assert planned_again(tenant, of_list, policy) == planned_again(tenant, of_dict, policy)


@settings(max_examples=60, deadline=None)
@given(tenants(), st.lists(st.tuples(OF_LICENSES, OF_ROLES), min_size=1, max_size=4))
def test_who_does_this_loses_no_role(tenant: Tenant, wanted: list[tuple[t.Any, t.Any]]) -> None:
    me = next(iter(tenant.users_by_id.values()))
    for of_licenses, of_roles in wanted:
        declaration = (declared(user_principal_name=me.user_principal_name, licenses=of_licenses, roles=of_roles),)
        for acting in ({str(me.id)}, {me.key}):
            made = planned_again(tenant, declaration, Policy(acting=acting, on_no_seats="create_unlicensed"))
            assert not any(operation.action == "remove_role" for operation in made.operations)


@settings(max_examples=80, deadline=None)
@given(tenants(), OF_LICENSES, OF_ROLES, st.randoms(use_true_random=False))
def test_after_a_restore_only_what_is_named_goes(
    tenant: Tenant, of_licenses: t.Any, of_roles: t.Any, dice: t.Any
) -> None:
    back = gone(7, 3, "back@contoso.example", usage_location="US")
    tenant.users_by_id[str(back.id)] = back
    tenant.held[str(back.id)] = {"E3": frozenset(), "BI": frozenset()}
    tenant.roles[str(back.id)] = {ROLES[1].id, ROLES[2].id}
    tenant.seats = {name: seats + 2 for name, seats in tenant.seats.items()}
    row = declared(user_id=back.id, user_principal_name=None, state="restored", licenses=of_licenses, roles=of_roles)
    declaration = (replace(row, index=0),)
    _made, (outcome,) = run(tenant, declaration, Policy(), None, dice)
    assert outcome.status in GOOD, outcome.message
    came_back = ({"E3", "BI"}, {ROLES[1].id, ROLES[2].id}) if tenant.gives_back else (set(), set())
    assert set(tenant.held[str(back.id)]) == expected(came_back[0], of_licenses, SKU_NAMES)
    assert tenant.roles[str(back.id)] == expected(came_back[1], of_roles, ROLE_NAMES)
    assert planned_again(tenant, declaration, Policy()).operations == ()
