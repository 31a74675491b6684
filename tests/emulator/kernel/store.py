"""SQLite: one connection, used from the loop's thread only, so that a handler's reads and writes are never
interleaved."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from emulator.azure_pack.store import AzurePackStore
from emulator.partner_center import audit_store, license_store, role_store
from emulator.partner_center.audit_store import AuditStore
from emulator.partner_center.customer_store import CustomerStore
from emulator.partner_center.license_store import LicenseStore
from emulator.partner_center.role_store import RoleStore
from emulator.partner_center.user_store import UserStore

SCHEMA_VERSION = 2
# Version 2 has more tables and changed none: a file of version 1 becomes one of version 2 when they are there.
_READABLE_VERSIONS = (1, 2)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS customers (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    company_name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    domain TEXT NOT NULL,
    domain_key TEXT NOT NULL,
    relationship TEXT NOT NULL,
    delegated_rights INTEGER NOT NULL,
    details TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS customers_by_name ON customers (name_key);
CREATE TABLE IF NOT EXISTS domains (
    name TEXT PRIMARY KEY,
    customer_id TEXT NOT NULL,
    federated INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS domains_by_customer ON domains (customer_id);
CREATE TABLE IF NOT EXISTS users (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    customer_id TEXT NOT NULL,
    id TEXT NOT NULL,
    upn TEXT NOT NULL,
    upn_key TEXT NOT NULL,
    display_name TEXT NOT NULL,
    display_key TEXT NOT NULL,
    first_name TEXT,
    last_name TEXT,
    usage_location TEXT,
    immutable_id TEXT,
    phone_number TEXT,
    password_hash TEXT,
    force_change INTEGER NOT NULL,
    last_sync REAL,
    created REAL NOT NULL,
    visible_at REAL NOT NULL,
    hidden_reads INTEGER NOT NULL,
    deleted_at REAL
);
CREATE UNIQUE INDEX IF NOT EXISTS users_by_id ON users (customer_id, id);
CREATE UNIQUE INDEX IF NOT EXISTS active_by_upn ON users (customer_id, upn_key) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS active_in_order ON users (customer_id, seq) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS active_by_name ON users (customer_id, display_key, seq) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS deleted_in_order ON users (customer_id, seq) WHERE deleted_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS deleted_by_time ON users (deleted_at) WHERE deleted_at IS NOT NULL;
"""


class Store:
    """`path` is a file or ":memory:". Dates are stored as seconds since 1970."""

    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.row_factory = sqlite3.Row
        if path != ":memory:":
            self.connection.execute("PRAGMA journal_mode=WAL")
            # The emulator may lose the last writes when the machine stops, not when the process does.
            self.connection.execute("PRAGMA synchronous=NORMAL")
        # Off by default in SQLite: licences and memberships go with their user.
        self.connection.execute("PRAGMA foreign_keys=ON")
        self.connection.executescript(_SCHEMA + license_store.SCHEMA + role_store.SCHEMA + audit_store.SCHEMA)
        self._depth = 0
        self.customers = CustomerStore(self)
        self.users = UserStore(self)
        self.licenses = LicenseStore(self)
        self.roles = RoleStore(self)
        self.audit = AuditStore(self)
        self.azure_pack = AzurePackStore(self)
        if self.get_meta("schema_version", SCHEMA_VERSION) not in _READABLE_VERSIONS:
            raise RuntimeError(f"{path} was written by another version of the emulator; take a new file")
        self.set_meta("schema_version", SCHEMA_VERSION)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. Nested use joins the outer transaction."""
        if self._depth:
            yield
            return
        self.connection.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        else:
            self.connection.execute("COMMIT")
        finally:
            self._depth = 0

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        return self.connection.execute(sql, parameters)

    def get_meta(self, name: str, default: Any = None) -> Any:
        row = self.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return default if row is None else json.loads(row["value"])

    def set_meta(self, name: str, value: Any) -> None:
        """Small JSON values that must survive a restart (the clock's offset, the partner, keys)."""
        text = json.dumps(value, ensure_ascii=False, default=str)
        self.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, text)
        )

    def clear(self) -> None:
        with self.transaction():
            for table in ("audit", "role_members", "licenses", "skus", "users", "domains", "customers", "meta"):
                self.execute(f"DELETE FROM {table}")
            self.azure_pack.clear()
            self.set_meta("schema_version", SCHEMA_VERSION)
        self.users.forget_purge_time()

    def close(self) -> None:
        self.connection.close()
