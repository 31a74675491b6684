"""Random customers with seats, licenses and roles, and runs against them in any order."""

from __future__ import annotations

import typing as t

from ansible_collections.tenantops.partner_center.plugins.module_utils._common.outcomes import Outcome
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.purge import PurgePolicy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.user import (
    UserDeclaration,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.operations import Plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.policy import Policy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.apply import begin
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.converge import read_and_plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.reader import CustomerReader
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.restored import (
    RestoredPlanner,
)
from hypothesis import strategies as st

from .factories import CUSTOMER, gone, user
from .tenants import PLANS, ROLES, SKUS, Tenant, plan_id
from .worlds import NAMES


@st.composite
def tenants(draw: t.Any) -> Tenant:
    users = [
        user(number, name, usage_location=draw(st.sampled_from([None, "US", "US"])))
        for number, name in enumerate(NAMES[:4])
    ]
    users += [gone(number + 5, 3, NAMES[4], usage_location="US") for number in range(draw(st.integers(0, 1)))]
    off = st.frozensets(st.sampled_from([plan_id(name) for name in PLANS]), max_size=1)
    held = {
        str(item.id): draw(st.dictionaries(st.sampled_from(SKUS), off, max_size=2)) if item.usage_location else {}
        for item in users
    }
    roles = {str(item.id): draw(st.sets(st.sampled_from([role.id for role in ROLES]), max_size=2)) for item in users}
    tenant = Tenant({str(item.id): item for item in users}, held=held, roles=roles, gives_back=draw(st.booleans()))
    tenant.seats = {name: tenant.consumed(name) + draw(st.integers(0, 3)) for name in SKUS}
    return tenant


def run(
    tenant: Tenant, declaration: tuple[UserDeclaration, ...], policy: Policy, purge: PurgePolicy | None, dice: t.Any
) -> tuple[Plan, list[Outcome]]:
    """Plan, and carry out in a random order."""
    made, snapshot = read_and_plan(CustomerReader(tenant, declaration, purge), declaration, policy)
    order = list(range(len(made.rows)))
    dice.shuffle(order)
    shuffled = Plan(CUSTOMER, tuple(made.rows[position] for position in order))
    outcomes = begin(
        shuffled, tenant, secrets=Secrets(), after_restore=RestoredPlanner(tenant, made, snapshot, Policy())
    ).finish()
    return made, [outcome for _position, outcome in sorted(zip(order, outcomes), key=lambda item: item[0])]
