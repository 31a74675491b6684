"""Customers and their domains in the database."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.kernel.store import Store


@dataclass
class Customer:
    id: str
    company_name: str
    domain: str
    relationship: str = "reseller"
    """`relationshipToPartner`; "none" is a customer of somebody else: it exists and every call is refused."""
    delegated_rights: bool = True
    details: dict[str, Any] = field(default_factory=dict)
    """custom_domains: list, federated_domains: list, country, email, address: dict, commerce_id, gdap_roles: list."""

    @property
    def gdap_roles(self) -> list[str] | None:
        """Ids of the roles that the partner has in this tenant; None is all."""
        return self.details.get("gdap_roles")

    @property
    def shows_details(self) -> bool:
        """Without delegated rights, or with a relationship that grants nothing, address, e-mail and domains are
        hidden."""
        return self.delegated_rights and self.gdap_roles != []

    @property
    def custom_domains(self) -> list[str]:
        return list(self.details.get("custom_domains") or [])

    @property
    def federated_domains(self) -> list[str]:
        return list(self.details.get("federated_domains") or [])


class CustomerStore:
    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, customer: Customer) -> None:
        """Adds the customer, or replaces it. Its users are not touched."""
        with self._store.transaction():
            self._store.execute("DELETE FROM domains WHERE customer_id = ?", (customer.id,))
            self._store.execute(
                "INSERT INTO customers (id, company_name, name_key, domain, domain_key, relationship, "
                "delegated_rights, details) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                "company_name = excluded.company_name, name_key = excluded.name_key, domain = excluded.domain, "
                "domain_key = excluded.domain_key, relationship = excluded.relationship, delegated_rights = "
                "excluded.delegated_rights, details = excluded.details",
                (
                    customer.id,
                    customer.company_name,
                    customer.company_name.lower(),
                    customer.domain,
                    customer.domain.lower(),
                    customer.relationship,
                    int(customer.delegated_rights),
                    json.dumps(customer.details, ensure_ascii=False, default=str),
                ),
            )
            federated = {each.lower() for each in customer.federated_domains}
            for name in {
                each.lower() for each in (customer.domain, *customer.custom_domains, *customer.federated_domains)
            }:
                self.put_domain(name, customer.id, name in federated)

    def put_domain(self, name: str, owner_id: str, federated: bool = False) -> None:
        self._store.execute(
            "INSERT INTO domains VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET customer_id = excluded.customer_id,"
            " federated = excluded.federated",
            (name.lower(), owner_id, int(federated)),
        )

    def get(self, customer_id: str) -> Customer | None:
        row = self._store.execute("SELECT * FROM customers WHERE id = ?", (customer_id,)).fetchone()
        return None if row is None else _from_row(row)

    def page(
        self, where: str, parameters: tuple[Any, ...], position: int | None, backwards: bool, limit: int
    ) -> list[tuple[int, Customer]]:
        """(position, customer) in the order of the listing. Customers without a relationship are not listed.

        where: SQL over name_key and domain_key (made by filters.py), "" for none.
        """
        conditions, values = ["relationship <> 'none'"], list(parameters)
        if where:
            conditions.append(where)
        if position is not None:
            conditions.append("seq < ?" if backwards else "seq > ?")
            values.append(position)
        order = "DESC" if backwards else "ASC"
        rows = self._store.execute(
            f"SELECT * FROM customers WHERE {' AND '.join(conditions)} ORDER BY seq {order} LIMIT ?", (*values, limit)
        ).fetchall()
        found = [(row["seq"], _from_row(row)) for row in rows]
        return found[::-1] if backwards else found

    def domain_of(self, name: str) -> tuple[str, bool] | None:
        """(owner's id, federated) of a domain in use, without case."""
        row = self._store.execute(
            "SELECT customer_id, federated FROM domains WHERE name = ?", (name.lower(),)
        ).fetchone()
        return None if row is None else (row["customer_id"], bool(row["federated"]))


def _from_row(row: sqlite3.Row) -> Customer:
    return Customer(
        id=row["id"],
        company_name=row["company_name"],
        domain=row["domain"],
        relationship=row["relationship"],
        delegated_rights=bool(row["delegated_rights"]),
        details=json.loads(row["details"]),
    )
