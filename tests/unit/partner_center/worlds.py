"""A customer with many users, as a model of what the service keeps of them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ansible_collections.tenantops.partner_center.plugins.module_utils._common.answers import Answer
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import ServiceError
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.client.meaning import refusal
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.declare.purge import PurgePolicy
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.licenses import (
    License,
    Sku,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.roles import Role
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.model.users import Customer, User

from .factories import ADMINISTRATOR, NOW, SOMEBODY_ELSE

PASSWORD = "Correct-Horse-7"


NAMES = [f"{local}@contoso.example" for local in ("ada", "bob", "eve", "zoë", "max")]


EVERYBODY = PurgePolicy(domains=("contoso.example",), protected=("max@*",), max_delete=100, max_delete_percentage=100)


TOKEN = "e30.eyJvaWQiOiJlMmYxIn0."
"""A token that says whose it is: {"oid": "e2f1"}."""
ANSWER = Answer(200, None, "request", "correlation")


class Quiet:
    """A connection on which nothing ever has to wait."""

    budget = None

    def now(self) -> t.Any:
        return NOW


@dataclass
class World:
    """One customer, in the form of the API client; ``writes`` counts what was written."""

    users_by_id: dict[str, User]
    writes: int = 0
    transport: t.Any = field(default_factory=Quiet)

    def directory_roles(self, _customer: str) -> tuple[Role, ...]:
        return (ADMINISTRATOR,)

    def role_members(self, _customer: str, role_id: str) -> frozenset[str]:
        return frozenset({SOMEBODY_ELSE})

    def user_roles(self, _customer: str, user_id: str) -> tuple[Role, ...]:
        return ()

    def subscribed_skus(self, _customer: str) -> tuple[Sku, ...]:
        return ()

    def licenses(self, _customer: str, user_id: str) -> tuple[License, ...]:
        return ()

    def _named(self, key: str) -> User | None:
        return next((item for item in self.users_by_id.values() if item.state == "active" and item.key == key), None)

    def _put(self, item: User) -> tuple[User, Answer]:
        other = self._named(item.key)
        if item.state == "active" and other and other.id != item.id:
            raise ServiceError(f"{item.user_principal_name} is taken by {other.id}", status=400, code="3000")
        self.writes += 1
        self.users_by_id[str(item.id)] = item
        return item, ANSWER

    def users(self, _customer: str, _odd: list[str] | None = None) -> t.Iterator[list[User]]:
        found = [item for item in self.users_by_id.values() if item.state == "active"]
        return iter([found[start : start + 2] for start in range(0, max(1, len(found)), 2)])

    def deleted_users(self, _customer: str, _odd: list[str] | None = None) -> t.Iterator[list[User]]:
        return iter([[item for item in self.users_by_id.values() if item.state == "deleted"]])

    def customer(self, customer: str) -> Customer:
        return Customer(
            customer, "Contoso", "contoso.onmicrosoft.com", "reseller", ("contoso.example", "contoso.onmicrosoft.com")
        )

    def domains(self, customer: str) -> tuple[str, ...] | None:
        return self.customer(customer).domains

    def user(self, _customer: str, user_id: str) -> User | None:
        found = self.users_by_id.get(user_id)
        return found if found and found.state == "active" else None

    def create_user(
        self, _customer: str, values: dict[str, str], _password: str, _force: bool | None, _request: str
    ) -> tuple[User, Answer]:
        return self._put(User(f"00000000-0000-4000-a000-{len(self.users_by_id):012d}", **values))

    def update_user(self, _customer: str, user_id: str, values: dict[str, str]) -> tuple[User, Answer]:
        found = self.user("", user_id)
        if not found:
            raise refusal("gone", path="customers/c/users/u", status=404, code="60002")
        return self._put(found.with_values(values))

    def restore_user(self, _customer: str, user_id: str, values: dict[str, str]) -> tuple[User, Answer]:
        return self._put(
            self.users_by_id[user_id].with_values({**values, "state": "active", "soft_deletion_time": None})
        )

    def reset_password(self, _customer: str, user_id: str, _password: str, _force: bool | None) -> tuple[User, Answer]:
        return self._put(self.users_by_id[user_id])

    def delete_user(self, _customer: str, user_id: str) -> Answer:
        return self._put(self.users_by_id[user_id].with_values({"state": "deleted", "soft_deletion_time": NOW}))[1]
