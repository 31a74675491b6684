"""Licenses and roles that a customer has."""

from __future__ import annotations

import typing as t

from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.licenses import (
    ServicePlan,
    Sku,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.roles import (
    GLOBAL_ADMINISTRATOR,
    Role,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.snapshot import Snapshot

from .factories import IDS, SOMEBODY_ELSE, snapshot

EMS = "efccb6f7-5641-4e0e-bd10-b4976e1bf68e"


INTUNE, MFA = (
    ServicePlan("c1ec4a95-1f05-45b3-a911-aa3fa01094f5", "INTUNE_A", "Microsoft Intune"),
    ServicePlan("8a256a2b-b617-496d-b51b-e76466e88db0", "MFA"),
)


EXCHANGE = ServicePlan("113feb6c-3fe4-4440-bddc-54d774bf0318", "EXCHANGE_S_FOUNDATION", tenant_wide=True)


MINE = "984df360-9a74-4647-8cf8-696749f6247a"


ADMINISTRATOR, HELPDESK = (
    Role("Company Administrator", GLOBAL_ADMINISTRATOR),
    Role("Helpdesk Administrator", "729827e3-9c14-49f7-bb1b-9608f156bbb8"),
)


READER = Role("Reports Reader", "4a5d8f65-41da-4de4-8968-e035b65339cf")


ROLES = (ADMINISTRATOR, HELPDESK, READER)


def sku(free: int = 5, **values: t.Any) -> Sku:
    return Sku(
        **{
            "id": EMS,
            "part_number": "EMS",
            "name": "Mobility",
            "group": "group1",
            "total": 10,
            "consumed": 10 - free,
            "free": free,
            "plans": (INTUNE, MFA, EXCHANGE),
            **values,
        }
    )


def minecraft(free: int = 5) -> Sku:
    return sku(free, id=MINE, part_number="MINE", name="Minecraft", group="group2", plans=())


def known(
    *users: t.Any, licenses: t.Any = None, roles: t.Any = None, free: int = 5, members: t.Any = None, **values: t.Any
) -> Snapshot:
    """A customer with two products and three roles; everybody has nothing unless said otherwise."""
    return snapshot(
        *users,
        skus=(sku(free), minecraft(free)),
        licenses=dict.fromkeys(IDS, ()) | (licenses or {}),
        catalogue=ROLES,
        user_roles=dict.fromkeys(IDS, ()) | (roles or {}),
        members={GLOBAL_ADMINISTRATOR: frozenset({SOMEBODY_ELSE})} if members is None else members,
        **values,
    )
