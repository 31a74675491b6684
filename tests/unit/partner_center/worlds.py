"""A customer with many users, as a model of what the service keeps of them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from ansible_collections.tenantops.partner_center.plugins.module_utils._common.answers import Answer, Counters
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import ServiceError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.identifiers import Guid
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.waits import WaitBudget
from ansible_collections.tenantops.partner_center.plugins.module_utils._entra.claims import acting_identity
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.facts import facts_of
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.meaning import refusal
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.protocol import (
    CustomerClient,
    Written,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.purge import PurgePolicy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.facts import Facts
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.licenses import (
    License,
    LicenseChange,
    Sku,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.roles import Role
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.users import User

from .factories import ADMINISTRATOR, CUSTOMER, NOW, SOMEBODY_ELSE

PASSWORD = "Correct-Horse-7"


NAMES = [f"{local}@contoso.example" for local in ("ada", "bob", "eve", "zoë", "max")]


EVERYBODY = PurgePolicy(domains=("contoso.example",), protected=("max@*",), max_delete=100, max_delete_percentage=100)


TOKEN = "e30.eyJvaWQiOiJlMmYxIn0."
"""A token that says whose it is: {"oid": "e2f1"}."""
ANSWER = Answer(200, None, "request", "correlation")


class Quiet:
    """A session in which nothing ever has to wait, of somebody whose token says who it is."""

    def __init__(self) -> None:
        self.budget = WaitBudget(0)
        self.counters = Counters()
        self.correlation_id = "correlation"
        self.audit = None

    def __deepcopy__(self, _memo: t.Any) -> Quiet:
        return self

    def now(self) -> datetime:
        return NOW

    def knows_time(self) -> bool:
        return True


@dataclass
class World:
    """One customer, as a :class:`CustomerClient`; ``writes`` counts what was written."""

    users_by_id: dict[str, User]
    writes: int = 0
    session: Quiet = field(default_factory=Quiet)
    customer_id: Guid = CUSTOMER
    facts: Facts = field(default=facts_of("AzureCloud"), repr=False)

    def directory_roles(self) -> tuple[Role, ...]:
        return (ADMINISTRATOR,)

    def role_members(self, role_id: str) -> frozenset[Guid]:
        return frozenset({SOMEBODY_ELSE})

    def user_roles(self, user_id: str) -> tuple[Role, ...]:
        return ()

    def subscribed_skus(self) -> tuple[Sku, ...]:
        return ()

    def licenses(self, user_id: str) -> tuple[License, ...]:
        return ()

    def _named(self, key: str) -> User | None:
        return next((item for item in self.users_by_id.values() if item.state == "active" and item.key == key), None)

    def _put(self, item: User) -> Written:
        other = self._named(item.key)
        if item.state == "active" and other and other.id != item.id:
            raise ServiceError(f"{item.user_principal_name} is taken by {other.id}", status=400, code="3000")
        self.writes += 1
        self.users_by_id[str(item.id)] = item
        return Written(ANSWER, item if self.facts.answers_with_user else None)

    def users(self, unidentified: list[str] | None = None) -> t.Iterator[list[User]]:
        found = [item for item in self.users_by_id.values() if item.state == "active"]
        return iter([found[start : start + 2] for start in range(0, max(1, len(found)), 2)])

    def deleted_users(self, unidentified: list[str] | None = None) -> t.Iterator[list[User]]:
        return iter([[item for item in self.users_by_id.values() if item.state == "deleted"]])

    def domains(self) -> tuple[str, ...] | None:
        return ("contoso.example", "contoso.onmicrosoft.com")

    def creators(self, user_id: str, first: date, last: date) -> t.Iterator[set[str]]:
        return iter(())

    def audit_records(self, first: date, last: date) -> t.Iterator[list[t.Any]]:
        return iter(())

    def user(self, user_id: str) -> User | None:
        found = self.users_by_id.get(user_id)
        return found if found and found.state == "active" else None

    def create_user(
        self, values: t.Mapping[str, str], password: Secret, force_change: bool | None, request_id: str | None
    ) -> Written:
        assert (request_id is not None) == self.facts.idempotent_create
        attributes: dict[str, t.Any] = dict(values)
        made = User(Guid(f"00000000-0000-4000-a000-{len(self.users_by_id):012d}"), **attributes)
        return replace(self._put(made), user=made)

    def update_user(self, user_id: str, values: t.Mapping[str, str]) -> Written:
        found = self.user(user_id)
        if not found:
            raise refusal("gone", path="customers/c/users/u", status=404, code="60002")
        return self._put(found.with_values(values))

    def restore_user(self, user_id: str, values: t.Mapping[str, str]) -> Written:
        return self._put(
            self.users_by_id[user_id].with_values({**values, "state": "active", "soft_deletion_time": None})
        )

    def reset_password(self, user_id: str, password: Secret, force_change: bool | None) -> Written:
        return self._put(self.users_by_id[user_id])

    def update_licenses(self, user_id: str, change: LicenseChange, *, counted: bool = True) -> Written:
        raise AssertionError("nobody has licenses here")

    def add_to_role(self, role_id: str, user: User, *, counted: bool = True) -> Written:
        raise AssertionError("nobody has roles here")

    def remove_from_role(self, role_id: str, user_id: str, *, counted: bool = True) -> Written:
        raise AssertionError("nobody has roles here")

    def delete_user(self, user_id: str) -> Written:
        return self._put(self.users_by_id[user_id].with_values({"state": "deleted", "soft_deletion_time": NOW}))


class Partner:
    """A session with these customers, of somebody whose token says who it is."""

    def __init__(self, customers: t.Mapping[str, CustomerClient] | CustomerClient) -> None:
        self.customers_by_id = customers
        self.facts = facts_of("AzureCloud")

    def paced(self, _gate: t.Any, _budget: WaitBudget) -> Partner:
        return self

    def acting_identity(self) -> frozenset[str]:
        return acting_identity(TOKEN)

    def customer(self, customer_id: str) -> CustomerClient:
        known = self.customers_by_id
        return known[customer_id] if isinstance(known, t.Mapping) else known
