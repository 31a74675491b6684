"""Azure Pack's users, subscriptions, orphans and revoked tokens in the emulator's database."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.kernel.store import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS azure_pack_users (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    name_key TEXT NOT NULL,
    email TEXT NOT NULL,
    state INTEGER NOT NULL,
    created REAL NOT NULL,
    sync_state INTEGER NOT NULL,
    last_error TEXT,
    delete_started REAL,
    delete_shows_at REAL,
    delete_seconds REAL
);
CREATE INDEX IF NOT EXISTS azure_pack_users_by_name ON azure_pack_users (name_key);
CREATE INDEX IF NOT EXISTS azure_pack_users_leaving ON azure_pack_users (delete_started)
    WHERE delete_started IS NOT NULL;
CREATE TABLE IF NOT EXISTS azure_pack_subscriptions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    owner_seq INTEGER NOT NULL,
    name TEXT NOT NULL,
    plan TEXT NOT NULL,
    state INTEGER NOT NULL,
    sync_state INTEGER NOT NULL,
    quota_sync_state INTEGER NOT NULL,
    last_error TEXT,
    co_admins TEXT NOT NULL,
    created REAL NOT NULL,
    provider TEXT NOT NULL,
    delete_started REAL,
    delete_ignores_failures INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS azure_pack_subscriptions_by_owner ON azure_pack_subscriptions (owner_seq);
CREATE INDEX IF NOT EXISTS azure_pack_subscriptions_leaving ON azure_pack_subscriptions (delete_started)
    WHERE delete_started IS NOT NULL;
CREATE TABLE IF NOT EXISTS azure_pack_orphans (seq INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS azure_pack_revocations (name_key TEXT PRIMARY KEY, until REAL NOT NULL);
"""
TABLES = ("azure_pack_users", "azure_pack_subscriptions", "azure_pack_orphans", "azure_pack_revocations")


@dataclass
class WapUser:
    name: str
    email: str
    state: int
    created: float
    sync_state: int = 0
    last_error: str | None = None
    delete_started: float | None = None
    """Since when the deletion runs; None when there is none, or when it failed."""
    delete_shows_at: float | None = None
    delete_seconds: float | None = None
    seq: int | None = None


@dataclass
class Subscription:
    id: str
    owner_seq: int
    owner: str
    name: str
    plan: str
    created: float
    state: int = 1
    sync_state: int = 0
    quota_sync_state: int = 0
    last_error: str | None = None
    co_admins: list[str] = field(default_factory=list)
    provider: dict[str, Any] = field(default_factory=lambda: {"outcome": "ok"})
    """What its resource providers do when they are told to delete: {"outcome": "ok"|"fail"|"hang", "seconds"?,
    "message"?}."""
    delete_started: float | None = None
    delete_ignores_failures: bool = False
    seq: int | None = None


_USER_COLUMNS = (
    "name",
    "email",
    "state",
    "created",
    "sync_state",
    "last_error",
    "delete_started",
    "delete_shows_at",
    "delete_seconds",
)
_SUBSCRIPTION_COLUMNS = (
    "id",
    "owner_seq",
    "name",
    "plan",
    "created",
    "state",
    "sync_state",
    "quota_sync_state",
    "last_error",
    "co_admins",
    "provider",
    "delete_started",
    "delete_ignores_failures",
)
_SUBSCRIPTIONS = (
    "SELECT s.*, u.name AS owner FROM azure_pack_subscriptions s JOIN azure_pack_users u ON u.seq = s.owner_seq"
)


class AzurePackStore:
    def __init__(self, store: Store) -> None:
        self._store = store

    # --- users

    def user(self, name: str, *, case_sensitive: bool = False) -> WapUser | None:
        """By its spelling, else by the first that differs by case only."""
        row = self._store.execute("SELECT * FROM azure_pack_users WHERE name = ?", (name,)).fetchone()
        if row is None and not case_sensitive:
            row = self._store.execute(
                "SELECT * FROM azure_pack_users WHERE name_key = ? ORDER BY seq LIMIT 1", (name.lower(),)
            ).fetchone()
        return None if row is None else _user(row)

    def users(self) -> list[WapUser]:
        return [_user(row) for row in self._store.execute("SELECT * FROM azure_pack_users ORDER BY seq")]

    def users_leaving(self) -> list[WapUser]:
        return [
            _user(row)
            for row in self._store.execute(
                "SELECT * FROM azure_pack_users WHERE delete_started IS NOT NULL ORDER BY seq"
            )
        ]

    def email_owner(self, email: str) -> str | None:
        row = self._store.execute(
            "SELECT name FROM azure_pack_users WHERE lower(email) = lower(?) LIMIT 1", (email,)
        ).fetchone()
        return None if row is None else row["name"]

    def save_user(self, user: WapUser) -> WapUser:
        values = [getattr(user, name) for name in _USER_COLUMNS]
        columns = [*_USER_COLUMNS, "name_key"]
        values.append(user.name.lower())
        user.seq = self._save("azure_pack_users", columns, values, user.seq)
        return user

    def remove_user(self, user: WapUser) -> None:
        """The user with its subscriptions; nothing is recorded."""
        self._store.execute("DELETE FROM azure_pack_subscriptions WHERE owner_seq = ?", (user.seq,))
        self._store.execute("DELETE FROM azure_pack_users WHERE seq = ?", (user.seq,))

    def count_subscriptions(self, user: WapUser) -> int:
        return self._store.execute(
            "SELECT count(*) FROM azure_pack_subscriptions WHERE owner_seq = ?", (user.seq,)
        ).fetchone()[0]

    def subscription_counts(self) -> dict[int, int]:
        """Of all users who have any, by the number of their row."""
        rows = self._store.execute("SELECT owner_seq, count(*) FROM azure_pack_subscriptions GROUP BY owner_seq")
        return {row[0]: row[1] for row in rows}

    # --- subscriptions

    def subscription(self, subscription_id: str) -> Subscription | None:
        row = self._store.execute(f"{_SUBSCRIPTIONS} WHERE s.id = ?", (subscription_id.lower(),)).fetchone()
        return None if row is None else _subscription(row)

    def subscriptions(self, owner: WapUser | None = None) -> list[Subscription]:
        if owner is None:
            return [_subscription(row) for row in self._store.execute(f"{_SUBSCRIPTIONS} ORDER BY s.seq")]
        return [
            _subscription(row)
            for row in self._store.execute(f"{_SUBSCRIPTIONS} WHERE s.owner_seq = ? ORDER BY s.seq", (owner.seq,))
        ]

    def subscriptions_leaving(self) -> list[Subscription]:
        return [
            _subscription(row)
            for row in self._store.execute(f"{_SUBSCRIPTIONS} WHERE s.delete_started IS NOT NULL ORDER BY s.seq")
        ]

    def save_subscription(self, subscription: Subscription) -> Subscription:
        values = []
        for name in _SUBSCRIPTION_COLUMNS:
            value = getattr(subscription, name)
            values.append(json.dumps(value, ensure_ascii=False) if name in ("co_admins", "provider") else value)
        subscription.seq = self._save("azure_pack_subscriptions", _SUBSCRIPTION_COLUMNS, values, subscription.seq)
        return subscription

    def remove_subscription(self, subscription: Subscription) -> None:
        self._store.execute("DELETE FROM azure_pack_subscriptions WHERE seq = ?", (subscription.seq,))

    def co_administered_by(self, name: str) -> list[Subscription]:
        return [each for each in self.subscriptions() if name.lower() in (admin.lower() for admin in each.co_admins)]

    # --- what is left behind, what is withdrawn

    def add_orphan(self, document: dict[str, Any]) -> None:
        self._store.execute(
            "INSERT INTO azure_pack_orphans (document) VALUES (?)", (json.dumps(document, ensure_ascii=False),)
        )

    def orphans(self) -> list[dict[str, Any]]:
        return [
            json.loads(row["document"])
            for row in self._store.execute("SELECT document FROM azure_pack_orphans ORDER BY seq")
        ]

    def forget_orphans(self) -> None:
        self._store.execute("DELETE FROM azure_pack_orphans")

    def revoke_tokens(self, name: str, until: float) -> None:
        self._store.execute(
            "INSERT INTO azure_pack_revocations VALUES (?, ?) ON CONFLICT (name_key) DO UPDATE SET until = max(until, "
            "excluded.until)",
            (name.lower(), until),
        )

    def revoked_until(self, name: str) -> float | None:
        row = self._store.execute(
            "SELECT until FROM azure_pack_revocations WHERE name_key = ?", (name.lower(),)
        ).fetchone()
        return None if row is None else row["until"]

    def clear(self) -> None:
        for table in TABLES:
            self._store.execute(f"DELETE FROM {table}")

    def _save(self, table: str, columns: Any, values: list[Any], seq: int | None) -> int:
        if seq is None:
            marks = ", ".join("?" for dummy in columns)
            return (
                self._store.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", values).lastrowid
                or 0
            )
        pairs = ", ".join(f"{name} = ?" for name in columns)
        self._store.execute(f"UPDATE {table} SET {pairs} WHERE seq = ?", (*values, seq))
        return seq


def _user(row: sqlite3.Row) -> WapUser:
    return WapUser(seq=row["seq"], **{name: row[name] for name in _USER_COLUMNS})


def _subscription(row: sqlite3.Row) -> Subscription:
    values = {name: row[name] for name in _SUBSCRIPTION_COLUMNS}
    values["co_admins"], values["provider"] = json.loads(row["co_admins"]), json.loads(row["provider"])
    values["delete_ignores_failures"] = bool(values["delete_ignores_failures"])
    return Subscription(seq=row["seq"], owner=row["owner"], **values)
