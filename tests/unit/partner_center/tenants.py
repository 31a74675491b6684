"""A customer with seats, licenses and roles, as a model of what the service keeps of them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.tenantops.partner_center.plugins.module_utils._common.identifiers import Guid
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.meaning import refusal
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.protocol import Written
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.licenses import (
    License,
    LicenseChange,
    ServicePlan,
    Sku,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.roles import (
    GLOBAL_ADMINISTRATOR,
    Role,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.users import User

from .worlds import ANSWER, World

SKUS = ("E3", "BI", "MINE")


PLANS = ("plan-a", "plan-b")


ROLES = (
    Role("Company Administrator", GLOBAL_ADMINISTRATOR),
    Role("Helpdesk Administrator", Guid("729827e3-9c14-49f7-bb1b-9608f156bbb8")),
    Role("Reports Reader", Guid("4a5d8f65-41da-4de4-8968-e035b65339cf")),
)

OF_USER = "customers/c/users/u/licenseupdates"
"""A request about what a user has."""


def sku_id(name: str) -> str:
    return f"10000000-0000-4000-8000-00000000000{SKUS.index(name)}"


def plan_id(name: str) -> str:
    return f"20000000-0000-4000-8000-00000000000{PLANS.index(name)}"


@dataclass
class Tenant(World):
    """A customer with seats. ``held``: for each user the SKUs with their excluded plans; users that are deleted keep theirs for a restore."""

    seats: dict[str, int] = field(default_factory=dict)
    held: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)
    roles: dict[str, set[str]] = field(default_factory=dict)
    gives_back: bool = True

    def consumed(self, sku: str) -> int:
        return sum(sku in held for user_id, held in self.held.items() if self.user(user_id))

    def administrators(self) -> set[str]:
        return {
            user_id for user_id, roles in self.roles.items() if GLOBAL_ADMINISTRATOR in roles and self.user(user_id)
        }

    def subscribed_skus(self) -> tuple[Sku, ...]:
        plans = tuple(ServicePlan(plan_id(name), name) for name in PLANS)
        return tuple(
            Sku(
                sku_id(name),
                name,
                f"The {name}",
                "group2" if name == "MINE" else "group1",
                seats,
                self.consumed(name),
                max(0, seats - self.consumed(name)),
                plans=plans,
            )
            for name, seats in self.seats.items()
        )

    def licenses(self, user_id: str) -> tuple[License, ...]:
        assert self.user(user_id), "licences are read of active users only"
        every = frozenset(map(plan_id, PLANS))
        return tuple(
            License(sku_id(name), name, f"The {name}", "group2" if name == "MINE" else "group1", every - off)
            for name, off in self.held.get(user_id, {}).items()
        )

    def update_licenses(self, user_id: str, change: LicenseChange, *, counted: bool = True) -> Written:
        found, held = self.user(user_id), self.held.setdefault(user_id, {})
        assert found and (change.assign or change.remove)
        names = {sku_id(name): name for name in SKUS}
        assert all(
            (names[each] == "MINE") == (change.group == "group2") for each in [*dict(change.assign), *change.remove]
        )
        if change.assign and not found.usage_location:
            raise refusal("no", path=OF_USER, status=400, code="3000", description="invalid usage location")
        for each in change.remove:
            del held[names[each]]
        for each, off in change.assign:
            if names[each] not in held and self.consumed(names[each]) >= self.seats[names[each]]:
                raise refusal("run out of licenses", path=OF_USER, status=400, code="60012")
            held[names[each]] = frozenset(off)
        self.writes += 1
        return Written(ANSWER)

    def directory_roles(self) -> tuple[Role, ...]:
        return ROLES

    def user_roles(self, user_id: str) -> tuple[Role, ...]:
        assert self.user(user_id)
        return tuple(role for role in ROLES if role.id in self.roles.get(user_id, set()))

    def role_members(self, role_id: str) -> frozenset[Guid]:
        return frozenset(
            Guid(user_id) for user_id, roles in self.roles.items() if role_id in roles and self.user(user_id)
        )

    def add_to_role(self, role_id: str, user: User, *, counted: bool = True) -> Written:
        assert role_id not in self.roles.setdefault(str(user.id), set()), "who is a member is not added again"
        self.roles[str(user.id)].add(role_id)
        self.writes += 1
        return Written(ANSWER)

    def remove_from_role(self, role_id: str, user_id: str, *, counted: bool = True) -> Written:
        self.roles[user_id].remove(role_id)
        self.writes += 1
        assert self.administrators() or role_id != GLOBAL_ADMINISTRATOR, "the last Global Administrator"
        return Written(ANSWER)

    def restore_user(self, user_id: str, values: t.Mapping[str, str]) -> Written:
        earlier, self.held[user_id] = self.held.get(user_id, {}), {}
        made = super().restore_user(user_id, values)
        if self.gives_back:
            self.held[user_id] = {name: off for name, off in earlier.items() if self.consumed(name) < self.seats[name]}
        else:
            self.roles[user_id] = set()
        return made
