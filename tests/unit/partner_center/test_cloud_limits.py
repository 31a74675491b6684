"""What a national cloud cannot do: said from the declaration alone where that is enough, otherwise as soon as the plan shows it."""

from __future__ import annotations

import typing as t

from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.facts import facts_of
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.purge import PurgePolicy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.user import (
    UserDeclaration,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.cloud_limits import (
    declared_problems,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.policy import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.snapshot import (
    Snapshot,
    Unread,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.users import plan, plan_user
from hypothesis import given
from hypothesis import strategies as st
from support.refused import about

from .factories import CUSTOMER, IDS, UPN, declared, gone, snapshot, user
from .known_roles import READER, ROLES, known

CHINA, GOVERNMENT, GLOBAL = map(facts_of, ("AzureChinaCloud", "AzureUSGovernment", "AzureCloud"))
PASSWORD = "Correct-Horse-7"


def policy(cloud: t.Any) -> Policy:
    return Policy(cloud)


def test_what_the_declaration_alone_shows() -> None:
    always = {"password": PASSWORD, "update_password": "always"}
    for cloud, options, refused in (
        (GLOBAL, {**always, "licenses": ["EMS"]}, False),
        (GOVERNMENT, always, True),
        (GOVERNMENT, {**always, "display_name": "Ada"}, True),  # neither created nor reset
        (GOVERNMENT, {"password": PASSWORD}, False),
        (GOVERNMENT, {**always, "state": "absent"}, False),
        (GOVERNMENT, {"roles": ["Reports Reader"], "licenses": ["EMS"]}, False),
        (CHINA, {**always, "display_name": "Ada"}, False),  # may be a creation
        (CHINA, always, True),  # without a display name nobody is created
        (CHINA, {**always, "display_name": "Ada", "state": "restored"}, True),
        (CHINA, {**always, "display_name": "Ada", "user_id": IDS[0]}, True),
        (CHINA, {**always, "display_name": "Ada", "user_id": IDS[0], "on_deleted": "create"}, False),
        (CHINA, {"licenses": ["EMS"]}, True),
        (CHINA, {"licenses": []}, False),
        (CHINA, {"licenses": [], "purge_licenses": True}, True),
        (CHINA, {"licenses": ["EMS"], "state": "absent"}, False),
    ):
        assert bool(declared_problems(cloud, [declared(**options)])) == refused, (cloud.cloud, options)
    rows = [declared(user_principal_name=f"u{number}@contoso.example", **always) for number in range(7)]
    (problem,) = declared_problems(GOVERNMENT, rows)
    assert about([problem]) == [("update_password", "not_offered")]
    assert "u4@" in problem and "u5@" not in problem and " 2 more" in problem and "reset_password" in problem


OPTIONS = st.fixed_dictionaries(
    {
        "state": st.sampled_from(["present", "restored", "absent"]),
        "on_deleted": st.sampled_from(["fail", "restore", "create"]),
    },
    optional={
        "display_name": st.just("New"),
        "password": st.just(PASSWORD),
        "user_id": st.sampled_from(IDS[:3]),
        "first_name": st.just("A"),
        "roles": st.sampled_from([[], ["Reports Reader"]]),
        "purge_roles": st.booleans(),
    },
)
PEOPLE = st.sampled_from(
    [
        [],
        [user()],
        [user(1)],
        [gone(1)],
        [gone(0)],
        [user(), gone(1)],
        [gone(1), gone(2)],
        [user(), user(1, "eve@contoso.example")],
    ]
)


@given(OPTIONS, PEOPLE, st.sampled_from([CHINA, GOVERNMENT]), st.booleans())
def test_no_plan_holds_what_the_cloud_cannot_and_a_problem_is_one_in_every_state(
    options: t.Any, people: t.Any, cloud: t.Any, always: bool
) -> None:
    if always and "password" in options:
        options = {**options, "update_password": "always"}
    row = declared(**options)
    made = plan_user(row, known(*people), policy(cloud))
    assert not {operation.action for operation in made.operations} & cloud.unsupported
    if declared_problems(cloud, [row]):
        assert made.refusal, "the declaration alone was enough to say so"
    elsewhere = plan_user(row, known(*people))
    if not elsewhere.refusal and not {operation.action for operation in elsewhere.operations} & cloud.unsupported:
        assert made == elsewhere, "nothing else is refused"


def asked(row: UserDeclaration, state: Snapshot) -> set[str]:
    try:
        made = plan_user(row, state, policy(GOVERNMENT))
    except Unread as unread:
        return {need.kind for need in unread.needs}
    assert made.details["reason"] == "not_offered"
    assert "AzureUSGovernment" in str(made.refusal) and f"(customer {CUSTOMER})" in str(made.refusal)
    return set()


def test_nothing_is_read_once_it_is_known_that_it_cannot_be_done() -> None:
    entitled = {"display_name": "New", "password": PASSWORD, "roles": ["Reports Reader"], "licenses": ["EMS"]}
    bare = {"skus": None, "catalogue": None, "deleted": None, "domains_read": False}
    for row, people, found in (
        (declared(**entitled), [], "create"),
        (declared(**entitled, on_deleted="restore"), [], "create or restore"),
        (declared(state="restored", roles=["Reports Reader"]), [], "restore"),
        (declared(user_id=IDS[1], on_deleted="restore"), [], "create or restore"),
        (declared(**entitled), [user()], "update"),
        (declared(previous_user_principal_name="eve@contoso.example", roles=["x"]), [], "create"),
    ):
        assert asked(row, snapshot(*people, **bare)) == set(), found
    assert asked(declared(roles=["Reports Reader"]), snapshot(user(), **bare)) == {"catalogue"}, (
        "who has the role needs no write"
    )
    holder = known(user(), roles={IDS[0]: (READER,)})
    assert (
        plan_user(declared(roles=["Reports Reader"]), holder, policy(GOVERNMENT)).operations == () and READER in ROLES
    )


def test_a_purge_that_would_delete_is_refused_before_anything_is_sent() -> None:
    state = snapshot(user(), user(1, "eve@contoso.example"), all_active=(user(), user(1, "eve@contoso.example")))
    purge = PurgePolicy(domains=("contoso.example",), max_delete_percentage=100)
    made = plan((declared(),), state, policy(GOVERNMENT), purge)
    assert made.operations == () and made.purge
    said = "No user was purged: 1 user would be deleted, and AzureUSGovernment does not offer the operation delete through the Partner Center API."
    assert made.purge.refusal == said
    both = (declared(), declared(user_principal_name="eve@contoso.example"))
    assert plan(both, state, policy(GOVERNMENT), purge).purge.refusal is None, f"{UPN} and eve are declared"
