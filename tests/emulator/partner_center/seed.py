"""Seeds: the YAML (or JSON) documents that say what the emulator knows at the start. Strict: a misspelt key is an
error."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from emulator.kernel import passwords
from emulator.kernel.clock import days_before, format_time, parse_time
from emulator.kernel.identifiers import guid_or_none
from emulator.kernel.seed import SeedError
from emulator.kernel.store import Store
from emulator.partner_center import assignment_seed
from emulator.partner_center.customer_store import Customer
from emulator.partner_center.seed_generator import generate_users
from emulator.partner_center.user_store import User

# Kept as they are in the customer's details.
_PASSED_THROUGH = ("country", "email", "address", "commerce_id", "culture", "language")
_CUSTOMER_KEYS = frozenset(
    (
        "id",
        "company_name",
        "domain",
        "custom_domains",
        "federated_domains",
        "delegated_rights",
        "relationship",
        "users",
        "generate",
    )
    + ("skus", "gdap_roles")
    + _PASSED_THROUGH
)
_USER_KEYS = frozenset(
    (
        "id",
        "user_principal_name",
        "display_name",
        "first_name",
        "last_name",
        "usage_location",
        "immutable_id",
        "phone_number",
        "password",
        "force_change",
        "synced",
        "deleted",
        "deleted_days_ago",
        "created_days_ago",
        "licenses",
        "roles",
    )
)


@lru_cache(maxsize=8)
def _generate(customer_id: str, domain: str, wanted: str) -> tuple[dict[str, Any], ...]:
    return tuple(generate_users(customer_id, domain, json.loads(wanted)))


def load_customers(store: Store, documents: Any, now: datetime) -> list[str]:
    """Adds or replaces customers with all their users; answers their ids."""
    entries = documents if isinstance(documents, list) else [documents]
    with store.transaction():
        return [_load_customer(store, entry, now) for entry in entries]


def _load_customer(store: Store, entry: Any, now: datetime) -> str:
    if not isinstance(entry, dict):
        raise SeedError("a customer is a mapping")
    unknown = set(entry) - _CUSTOMER_KEYS
    customer_id = guid_or_none(entry.get("id") or str(uuid.uuid4()))
    if unknown or not customer_id or not entry.get("company_name") or not entry.get("domain"):
        raise SeedError(
            f"customer {entry.get('company_name')!r} needs company_name, domain and a GUID as id; unknown keys: "
            f"{sorted(unknown)}"
        )
    details = {name: entry[name] for name in _PASSED_THROUGH if name in entry}
    details["custom_domains"] = list(entry.get("custom_domains") or [entry["domain"]])
    details["federated_domains"] = list(entry.get("federated_domains") or [])
    if entry.get("gdap_roles") is not None:
        details["gdap_roles"] = assignment_seed.read_roles(
            entry["gdap_roles"], f"customer {entry['company_name']}: gdap_roles"
        )
    store.customers.put(
        Customer(
            id=customer_id,
            company_name=entry["company_name"],
            domain=entry["domain"],
            relationship=entry.get("relationship", "reseller"),
            delegated_rights=bool(entry.get("delegated_rights", True)),
            details=details,
        )
    )
    store.users.remove(customer_id)
    store.licenses.remove_skus(customer_id)
    assignment_seed.put_skus(store, customer_id, entry.get("skus") or [])
    documents = list(entry.get("users") or [])
    if entry.get("generate"):
        documents.extend(_generate(customer_id, entry["domain"], json.dumps(entry["generate"])))
    users = [user_from_seed(customer_id, each, now) for each in documents]
    store.users.insert_many(users)
    assignment_seed.give(store, customer_id, zip(users, documents, strict=True))
    return customer_id


def load_users(store: Store, customer_id: str, documents: Any, now: datetime) -> list[str]:
    """Adds users, or replaces those with the same id, or with the same UPN if both are active. Answers the ids, in
    order."""
    entries = documents if isinstance(documents, list) else [documents]
    ids = []
    with store.transaction():
        for entry in entries:
            user = user_from_seed(customer_id, entry, now)
            namesake = None if user.is_deleted else store.users.active_by_upn(customer_id, user.upn)
            if namesake is not None:
                if not entry.get("id"):
                    user.id = namesake.id
                store.users.remove(customer_id, namesake.id)
            store.users.remove(customer_id, user.id)
            store.users.insert_many([user])
            assignment_seed.give(store, customer_id, [(user, entry)])
            ids.append(user.id)
    return ids


def user_from_seed(customer_id: str, entry: Any, now: datetime) -> User:
    if not isinstance(entry, dict) or not entry.get("user_principal_name"):
        raise SeedError(f"a user of {customer_id} has no user_principal_name")
    upn = entry["user_principal_name"]
    unknown = set(entry) - _USER_KEYS
    user_id = guid_or_none(entry.get("id") or str(uuid.uuid4()))
    if unknown or not user_id:
        raise SeedError(f"user {upn}: id must be a GUID; unknown keys: {sorted(unknown)}")
    created = days_before(now, float(entry.get("created_days_ago", 100)))
    deleted: datetime | None = None
    if entry.get("deleted"):
        deleted = parse_time(entry["deleted"])
    elif entry.get("deleted_days_ago") is not None:
        deleted = days_before(now, float(entry["deleted_days_ago"]))
    password = entry.get("password")
    return User(
        customer_id=customer_id,
        id=user_id,
        upn=upn,
        display_name=entry.get("display_name") or upn.partition("@")[0],
        first_name=entry.get("first_name"),
        last_name=entry.get("last_name"),
        usage_location=entry.get("usage_location"),
        immutable_id=entry.get("immutable_id"),
        phone_number=entry.get("phone_number"),
        password_hash=passwords.hash_password(password) if password else None,
        force_change=bool(entry.get("force_change", False)),
        last_sync=(now - timedelta(minutes=25)).replace(microsecond=0).timestamp() if entry.get("synced") else None,
        created=created.timestamp(),
        visible_at=0.0,
        deleted_at=float(int(deleted.timestamp())) if deleted else None,
    )


def customer_users(store: Store, customer_id: str) -> list[dict[str, Any]]:
    """What the control port shows of a customer's users."""
    licenses, roles = store.licenses.of_customer(customer_id), store.roles.of_customer(customer_id)
    documents = []
    for user in store.users.all(customer_id):
        held = [assignment_seed.license_to_document(each) for each in licenses.get(user.id, ())]
        documents.append(
            user_to_document(user) | {"licenses": held, "roles": assignment_seed.role_names(roles.get(user.id, []))}
        )
    return documents


def user_to_document(user: User) -> dict[str, Any]:
    """What the control port shows of a user alone: the seed's names, plus state; never a password or its hash."""
    return {
        "id": user.id,
        "user_principal_name": user.upn,
        "display_name": user.display_name,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "usage_location": user.usage_location,
        "immutable_id": user.immutable_id,
        "phone_number": user.phone_number,
        "synced": user.is_synced,
        "state": "inactive" if user.is_deleted else "active",
        "deleted": format_time(user.deleted_at),
        "created": format_time(user.created),
        "has_password": user.password_hash is not None,
        "force_change": user.force_change,
    }
