"""Partner Center's tables, and what reads and writes them."""

from __future__ import annotations

from emulator.kernel.service import Tables
from emulator.partner_center import audit_store, license_store, role_store
from emulator.partner_center.audit_store import AuditStore
from emulator.partner_center.customer_store import CustomerStore
from emulator.partner_center.license_store import LicenseStore
from emulator.partner_center.role_store import RoleStore
from emulator.partner_center.user_store import UserStore

_SCHEMA = """
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

TABLES = Tables(
    schema=_SCHEMA + license_store.SCHEMA + role_store.SCHEMA + audit_store.SCHEMA,
    names=("audit", "role_members", "licenses", "skus", "users", "domains", "customers"),
    stores={
        "customers": CustomerStore,
        "users": UserStore,
        "licenses": LicenseStore,
        "roles": RoleStore,
        "audit": AuditStore,
    },
)
