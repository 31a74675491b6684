"""Subscribed SKUs of customers, and who holds which licence.

A seat is taken by each licence of an active user. A deleted user's licences stay in the database without taking one, so
that a restore can give them back.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.kernel.store import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS skus (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    part_number TEXT NOT NULL,
    name TEXT NOT NULL,
    license_group TEXT NOT NULL,
    target_type TEXT NOT NULL,
    plans TEXT NOT NULL,
    active_units INTEGER NOT NULL,
    warning_units INTEGER NOT NULL,
    suspended_units INTEGER NOT NULL,
    other_units INTEGER NOT NULL,
    capability_status TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS skus_by_id ON skus (customer_id, id);
CREATE TABLE IF NOT EXISTS licenses (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    sku_id TEXT NOT NULL,
    excluded TEXT NOT NULL,
    held INTEGER NOT NULL,
    visible_at REAL NOT NULL,
    FOREIGN KEY (customer_id, user_id) REFERENCES users (customer_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX IF NOT EXISTS licenses_of_user ON licenses (customer_id, user_id, sku_id);
CREATE INDEX IF NOT EXISTS seats ON licenses (customer_id, sku_id) WHERE held;
"""


@dataclass
class Sku:
    customer_id: str
    id: str
    part_number: str
    name: str
    group: str = "group1"
    target_type: str = "User"
    plans: list[dict[str, str]] = field(default_factory=list)
    """[{"service_name", "id", "display_name", "target_type"}]."""
    active_units: int = 0
    warning_units: int = 0
    suspended_units: int = 0
    other_units: int = 0
    """Seats of users that the emulator does not know."""
    capability_status: str = "Enabled"
    held_units: int = 0
    """Seats of active users; computed when it is read."""

    @property
    def total_units(self) -> int:
        """totalUnits = activeUnits + warningUnits (Partner Center developer docs: license-resources)."""
        return self.active_units + self.warning_units

    @property
    def consumed_units(self) -> int:
        return self.other_units + self.held_units

    @property
    def available_units(self) -> int:
        """totalUnits - consumedUnits; below zero when units were taken away from under their users."""
        return self.total_units - self.consumed_units


@dataclass
class License:
    sku: Sku
    excluded: list[str]
    """Ids of service plans that are switched off."""


class LicenseStore:
    def __init__(self, store: Store) -> None:
        self._store = store

    # Subscribed SKUs

    def put_sku(self, sku: Sku) -> None:
        """Adds the SKU, or replaces it; licences that users hold stay."""
        self._store.execute(
            "INSERT INTO skus (customer_id, id, part_number, name, license_group, target_type, plans, active_units, "
            "warning_units, suspended_units, other_units, capability_status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
            "?) ON CONFLICT (customer_id, id) DO UPDATE SET part_number = excluded.part_number, name = excluded.name, "
            "license_group = excluded.license_group, target_type = excluded.target_type, plans = excluded.plans, "
            "active_units = excluded.active_units, warning_units = excluded.warning_units, suspended_units = "
            "excluded.suspended_units, other_units = excluded.other_units, capability_status = "
            "excluded.capability_status",
            (
                sku.customer_id,
                sku.id,
                sku.part_number,
                sku.name,
                sku.group,
                sku.target_type,
                json.dumps(sku.plans, ensure_ascii=False),
                sku.active_units,
                sku.warning_units,
                sku.suspended_units,
                sku.other_units,
                sku.capability_status,
            ),
        )

    def remove_skus(self, customer_id: str) -> None:
        self._store.execute("DELETE FROM skus WHERE customer_id = ?", (customer_id,))

    def skus(self, customer_id: str) -> list[Sku]:
        """In the order in which they were added, with the seats that are taken."""
        rows = self._store.execute(
            "SELECT *, (SELECT count(*) FROM licenses WHERE licenses.customer_id = skus.customer_id AND sku_id = "
            "skus.id AND held) AS held_units FROM skus WHERE customer_id = ? ORDER BY seq",
            (customer_id,),
        )
        return [_sku(row) for row in rows]

    # Licences of users

    def of_user(self, customer_id: str, user_id: str, now: float | None = None) -> list[License]:
        """Also those that a deleted user had. now: without what readers do not see yet."""
        rows = self._store.execute(
            "SELECT skus.*, 0 AS held_units, excluded FROM licenses JOIN skus ON skus.customer_id = "
            "licenses.customer_id AND skus.id = sku_id WHERE licenses.customer_id = ? AND user_id = ? AND visible_at "
            "<= ? ORDER BY skus.seq",
            (customer_id, user_id, float("inf") if now is None else now),
        )
        return [License(_sku(row), json.loads(row["excluded"])) for row in rows]

    def of_customer(self, customer_id: str) -> dict[str, list[License]]:
        """User id -> licences, for the control port."""
        rows = self._store.execute(
            "SELECT skus.*, 0 AS held_units, excluded, user_id FROM licenses"
            " JOIN skus ON skus.customer_id = licenses.customer_id AND skus.id = sku_id WHERE licenses.customer_id = ? "
            "ORDER BY skus.seq",
            (customer_id,),
        )
        found: dict[str, list[License]] = {}
        for row in rows:
            found.setdefault(row["user_id"], []).append(License(_sku(row), json.loads(row["excluded"])))
        return found

    def assign(
        self,
        customer_id: str,
        user_id: str,
        sku_id: str,
        excluded: list[str],
        *,
        held: bool = True,
        visible_at: float = 0.0,
    ) -> None:
        """Adds the licence, or replaces the excluded plans of one that is there."""
        self._store.execute(
            "INSERT INTO licenses (customer_id, user_id, sku_id, excluded, held, visible_at) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (customer_id, user_id, sku_id) DO UPDATE SET excluded = excluded.excluded",
            (customer_id, user_id, sku_id, json.dumps(excluded), int(held), visible_at),
        )

    def unassign(self, customer_id: str, user_id: str, sku_id: str | None = None) -> None:
        """Takes one licence away, or all."""
        sql, values = "DELETE FROM licenses WHERE customer_id = ? AND user_id = ?", (customer_id, user_id)
        self._store.execute(*((sql, values) if sku_id is None else (sql + " AND sku_id = ?", (*values, sku_id))))

    def release(self, customer_id: str, user_id: str) -> None:
        """The user was deleted: the seats are free for others."""
        self._store.execute(
            "UPDATE licenses SET held = 0 WHERE customer_id = ? AND user_id = ?", (customer_id, user_id)
        )

    def reclaim(self, customer_id: str, user_id: str) -> None:
        """The user was restored: each licence comes back if a seat is free, and is lost otherwise."""
        available = {sku.id: sku.available_units for sku in self.skus(customer_id)}
        for license in self.of_user(customer_id, user_id):
            if available[license.sku.id] > 0:
                self._store.execute(
                    "UPDATE licenses SET held = 1 WHERE customer_id = ? AND user_id = ? AND sku_id = ?",
                    (customer_id, user_id, license.sku.id),
                )
            else:
                self.unassign(customer_id, user_id, license.sku.id)


def _sku(row: sqlite3.Row) -> Sku:
    plans: Any = json.loads(row["plans"])
    return Sku(
        customer_id=row["customer_id"],
        id=row["id"],
        part_number=row["part_number"],
        name=row["name"],
        group=row["license_group"],
        target_type=row["target_type"],
        plans=plans,
        active_units=row["active_units"],
        warning_units=row["warning_units"],
        suspended_units=row["suspended_units"],
        other_units=row["other_units"],
        capability_status=row["capability_status"],
        held_units=row["held_units"],
    )
