"""The seed's section `azure_pack`, and the same documents from the control port. Strict: a misspelt key is an error."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from emulator.azure_pack.contracts import SubscriptionState, SyncState, UserState, rounded
from emulator.azure_pack.state import SITES, Account
from emulator.azure_pack.store import AzurePackStore, Subscription, WapUser
from emulator.kernel import passwords
from emulator.kernel.clock import days_before, format_time
from emulator.kernel.identifiers import guid_or_none

if TYPE_CHECKING:
    from emulator.kernel.core import Core

OUTCOMES = ("ok", "fail", "hang")
_SECTION_KEYS = frozenset(("administrators", "plans", "accounts", "users", "generate"))
_USER_KEYS = frozenset(
    ("name", "email", "state", "sync_state", "last_error", "created_days_ago", "deleting_for", "subscriptions")
)
_SUBSCRIPTION_KEYS = frozenset(
    (
        "id",
        "owner",
        "name",
        "plan",
        "state",
        "sync_state",
        "quota_sync_state",
        "last_error",
        "co_admins",
        "created_days_ago",
        "provider",
    )
)
_ACCOUNT_KEYS = frozenset(("username", "site", "password", "principal", "aliases", "enabled"))
_PROVIDER_KEYS = frozenset(("outcome", "seconds", "message"))

_USER_STATES = {
    "pending_validation": UserState.PendingValidation,
    "active": UserState.Active,
    "suspended": UserState.Suspended,
}
_USER_STATES["delete_pending"] = UserState.DeletePending
_SUBSCRIPTION_STATES = {
    "active": SubscriptionState.Active,
    "suspended": SubscriptionState.Suspended,
    "delete_pending": SubscriptionState.DeletePending,
}
_SYNC_STATES = {"in_sync": SyncState.InSync, "syncing": SyncState.Syncing, "out_of_sync": SyncState.OutOfSync}


class SeedError(ValueError):
    """The document does not describe what it should; the message says where."""


def load(core: Core, section: Any) -> None:
    """Everything as in the section; what was there is forgotten."""
    section = _mapping(section or {}, _SECTION_KEYS, "azure_pack")
    now = core.clock.now()
    with core.store.transaction():
        core.store.azure_pack.clear()
        core.azure_pack.take(
            [str(each) for each in section.get("administrators") or []],
            [str(each) for each in section.get("plans") or []],
            [read_account(each) for each in section.get("accounts") or []],
        )
        load_users(core.store.azure_pack, section.get("users") or [], now)
        wanted = _mapping(section.get("generate") or {}, frozenset(("count", "domain")), "generate")
        load_users(
            core.store.azure_pack, generated(int(wanted.get("count", 0)), wanted.get("domain", "example.com")), now
        )


def generated(count: int, domain: str) -> list[dict[str, Any]]:
    return [
        {"name": f"tenant{number:04d}@{domain}", "created_days_ago": 30 + number / 100}
        for number in range(1, count + 1)
    ]


def load_users(store: AzurePackStore, documents: Any, now: datetime) -> list[str]:
    """Adds users with their subscriptions, or replaces those of the same name; answers the names."""
    names = []
    for document in documents if isinstance(documents, list) else [documents]:
        entry = _mapping(document, _USER_KEYS, "user")
        if not isinstance(entry.get("name"), str) or not entry["name"].strip():
            raise SeedError("a user needs a name")
        known = store.user(entry["name"])
        if known is not None:
            store.remove_user(known)
        user = _user(entry, now)
        store.save_user(user)
        for each in entry.get("subscriptions") or []:
            store.save_subscription(_subscription(each, user, now))
        if entry.get("deleting_for") is not None:
            _begin_deletion(store, user, float(entry["deleting_for"]), now.timestamp())
        names.append(user.name)
    return names


def load_subscriptions(store: AzurePackStore, documents: Any, now: datetime) -> list[str]:
    """Adds subscriptions to known users, or replaces those with the same id; answers the ids."""
    ids = []
    for document in documents if isinstance(documents, list) else [documents]:
        entry = _mapping(document, _SUBSCRIPTION_KEYS, "subscription")
        owner = store.user(str(entry.get("owner")))
        if owner is None:
            raise SeedError(f"a subscription needs an owner who is a user, not {entry.get('owner')!r}")
        subscription = _subscription(entry, owner, now)
        known = store.subscription(subscription.id)
        if known is not None:
            store.remove_subscription(known)
        ids.append(store.save_subscription(subscription).id)
    return ids


def read_account(document: Any) -> Account:
    entry = _mapping(document, _ACCOUNT_KEYS, "account")
    if not entry.get("username") or not entry.get("password") or entry.get("site") not in SITES:
        raise SeedError(f"an account needs username, password and a site ({', '.join(SITES)})")
    return Account(
        username=entry["username"],
        site=entry["site"],
        password_hash=passwords.hash_password(str(entry["password"])),
        principal=entry.get("principal") or entry["username"],
        aliases=tuple(entry.get("aliases") or ()),
        enabled=bool(entry.get("enabled", True)),
    )


def read_provider(document: Any) -> dict[str, Any]:
    provider = _mapping(document, _PROVIDER_KEYS, "provider")
    seconds = provider.get("seconds", 0)
    if (
        provider.get("outcome") not in OUTCOMES
        or isinstance(seconds, bool)
        or not isinstance(seconds, (int, float))
        or seconds < 0
    ):
        raise SeedError(f"a provider has an outcome ({', '.join(OUTCOMES)}), and may have seconds and a message")
    return dict(provider)


def user_to_document(user: WapUser, subscriptions: list[Subscription]) -> dict[str, Any]:
    """What the control port shows: the names of the seed, and whether a deletion is under way."""
    return {
        "name": user.name,
        "email": user.email,
        "state": _name_of(_USER_STATES, user.state),
        "sync_state": _name_of(_SYNC_STATES, user.sync_state),
        "last_error": user.last_error,
        "created": format_time(user.created),
        "deleting": user.delete_started is not None,
        "subscriptions": [subscription_to_document(each) for each in subscriptions],
    }


def subscription_to_document(subscription: Subscription) -> dict[str, Any]:
    return {
        "id": subscription.id,
        "owner": subscription.owner,
        "name": subscription.name,
        "plan": subscription.plan,
        "state": _name_of(_SUBSCRIPTION_STATES, subscription.state),
        "sync_state": _name_of(_SYNC_STATES, subscription.sync_state),
        "last_error": subscription.last_error,
        "co_admins": subscription.co_admins,
        "created": format_time(subscription.created),
        "deleting": subscription.delete_started is not None,
        "provider": subscription.provider,
    }


def _user(entry: dict[str, Any], now: datetime) -> WapUser:
    return WapUser(
        name=entry["name"],
        email=entry.get("email") or entry["name"],
        state=_value(_USER_STATES, entry.get("state", "active"), "state"),
        sync_state=_value(_SYNC_STATES, entry.get("sync_state", "in_sync"), "sync_state"),
        last_error=entry.get("last_error"),
        created=rounded(days_before(now, float(entry.get("created_days_ago", 100))).timestamp()),
    )


def _subscription(document: Any, owner: WapUser, now: datetime) -> Subscription:
    entry = _mapping(document, _SUBSCRIPTION_KEYS, "subscription")
    subscription_id = guid_or_none(entry.get("id") or str(uuid.uuid4()))
    if not subscription_id or not entry.get("name"):
        raise SeedError("a subscription needs a name, and a GUID as id if it has one")
    return Subscription(
        id=subscription_id,
        owner_seq=owner.seq or 0,
        owner=owner.name,
        name=entry["name"],
        plan=entry.get("plan") or "plan",
        state=_value(_SUBSCRIPTION_STATES, entry.get("state", "active"), "state"),
        sync_state=_value(_SYNC_STATES, entry.get("sync_state", "in_sync"), "sync_state"),
        quota_sync_state=_value(_SYNC_STATES, entry.get("quota_sync_state", "in_sync"), "quota_sync_state"),
        last_error=entry.get("last_error"),
        co_admins=[str(each) for each in entry.get("co_admins") or []],
        created=rounded(days_before(now, float(entry.get("created_days_ago", 90))).timestamp()),
        provider=read_provider(entry.get("provider") or {"outcome": "ok"}),
    )


def _begin_deletion(store: AzurePackStore, user: WapUser, seconds: float, now: float) -> None:
    """As if somebody's DELETE with deleteSubscriptions had just been accepted."""
    for each in store.subscriptions(user):
        each.state, each.sync_state, each.delete_started = (
            int(SubscriptionState.DeletePending),
            int(SyncState.Syncing),
            now,
        )
        store.save_subscription(each)
    user.state, user.sync_state = int(UserState.DeletePending), int(SyncState.Syncing)
    user.delete_started = user.delete_shows_at = now
    user.delete_seconds = seconds
    store.save_user(user)


def _mapping(value: Any, keys: frozenset[str], what: str) -> dict[str, Any]:
    if not isinstance(value, dict) or set(value) - keys:
        unknown = sorted(set(value) - keys) if isinstance(value, dict) else value
        raise SeedError(f"{what} is a mapping with the keys {', '.join(sorted(keys))}; unknown: {unknown}")
    return value


def _value(known: dict[str, Any], name: Any, what: str) -> int:
    if name not in known:
        raise SeedError(f"{what} is one of {', '.join(known)}, not {name!r}")
    return int(known[name])


def _name_of(known: dict[str, Any], value: int) -> str:
    return next(name for name, each in known.items() if each == value)
