# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Users and subscriptions of Windows Azure Pack, and how they are read from the wire.

Source: Windows Azure Pack REST reference, "User (Common object)", "AdminSubscription", and the data contracts of
Microsoft's sample client. Members are PascalCase, enumerations are numbers (a name is understood too), and members that
are not known here are kept for the next PUT.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from ..._common.errors import TransportError
from ..._common.identifiers import guid_key
from ..identifiers import name_key

STATES = ("pending_validation", "active", "suspended", "delete_pending")
"""``UserState`` 0 to 3."""
SYNC_STATES = ("in_sync", "syncing", "out_of_sync")
"""``ActivationSyncState`` 0 to 2."""
SUBSCRIPTION_STATES = ("none", "active", "suspended", "delete_pending")
"""``SubscriptionState`` 0 to 3."""
_OTHER_WORDS = {
    "synchronized": "insync",
    "synchronizing": "syncing",
    "synching": "syncing",
    "notsynchronized": "outofsync",
}


@dataclass(frozen=True)
class User:
    """One user. ``wire`` is the object as the service sent it, which is what a PUT has to send back.

    ``subscription_count`` is None if the service does not say a number: that is not the same as owning nothing.
    """

    name: str
    email: str | None = None
    state: str = "active"
    sync_state: str = "in_sync"
    created: str | None = None
    subscription_count: int | None = 0
    last_error: str | None = None
    wire: t.Mapping[str, t.Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def key(self) -> str:
        """Normal form of the name."""
        return name_key(self.name)

    @property
    def deletion_failed(self) -> bool:
        """Whether a deletion was begun and has failed."""
        return self.state == "delete_pending" and self.sync_state == "out_of_sync"

    @property
    def reason(self) -> str:
        """The last error, without a full stop, for a sentence."""
        return (self.last_error or "the service gives no reason").rstrip(". ")

    def with_values(self, values: t.Mapping[str, t.Any]) -> User:
        """A copy with ``email`` or ``state`` replaced."""
        return replace(self, **values)

    def body(self, values: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        """The whole object for a PUT: as it was read, with these values in it. A member that is left out would be
        reset."""
        spelled = {member.lower(): member for member in self.wire}
        return {
            **self.wire,
            **{spelled.get(member.lower(), member): value for member, value in wire_values(values).items()},
        }

    def result(self) -> dict[str, t.Any]:
        """The user as a module returns it."""
        return {
            "name": self.name,
            "email": self.email,
            "state": self.state,
            "sync_state": self.sync_state,
            "created": self.created,
            "subscription_count": self.subscription_count,
            "last_error": self.last_error,
        }


@dataclass(frozen=True)
class Subscription:
    """One subscription that a user owns."""

    id: str
    name: str | None = None
    plan_id: str | None = None
    state: str = "active"
    sync_state: str = "in_sync"
    last_error: str | None = None
    owner: str | None = None
    co_admins: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Normal form of the id."""
        return guid_key(self.id)

    @property
    def label(self) -> str:
        """How to call it in a message."""
        return f"{self.name or '(no name)'} ({self.id})"

    def result(self) -> dict[str, t.Any]:
        """The subscription as a module returns it."""
        return {
            "id": self.id,
            "name": self.name,
            "plan_id": self.plan_id,
            "state": self.state,
            "sync_state": self.sync_state,
            "last_error": self.last_error,
        }


def wire_values(values: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Managed values under their names and in their types on the wire."""
    made: dict[str, t.Any] = {}
    for name, value in values.items():
        if name == "state":
            made["State"] = STATES.index(value)
        else:
            made[{"name": "Name", "email": "Email"}[name]] = value
    return made


def named_in(body: t.Any) -> str | None:
    """The name of the user that an answer is about, if it names one at all."""
    name = _members(body).get("name")
    return name if isinstance(name, str) and name.strip() else None


def user_from_wire(body: t.Any) -> User:
    """A user from an answer. :raises TransportError: it is not a user."""
    members = _members(body)
    name = members.get("name")
    if not isinstance(name, str) or not name.strip():
        raise TransportError("Windows Azure Pack returned something that is not a user.", error_class="bad_json")
    count = members.get("subscriptioncount")
    counted = isinstance(count, int) and not isinstance(count, bool) and count >= 0
    return User(
        name=name,
        email=_text(members.get("email")),
        state=_word(members.get("state", 0), STATES),
        sync_state=_word(members.get("activationsyncstate", 0), SYNC_STATES),
        created=_text(members.get("createdtime")),
        subscription_count=count if counted else None,
        last_error=_text(members.get("lasterrormessage")),
        wire=dict(body),
    )


def subscription_from_wire(body: t.Any) -> Subscription:
    """A subscription from an answer. :raises TransportError: it is not a subscription."""
    members = _members(body)
    identifier = members.get("subscriptionid")
    if not isinstance(identifier, str) or not identifier:
        raise TransportError(
            "Windows Azure Pack returned something that is not a subscription.", error_class="bad_json"
        )
    return Subscription(
        id=identifier,
        name=_text(members.get("subscriptionname")),
        owner=_text(members.get("accountadminliveemailid")),
        co_admins=_texts(members.get("coadminnames")),
        plan_id=_text(members.get("planid")),
        state=_word(members.get("state", 0), SUBSCRIPTION_STATES),
        sync_state=_word(members.get("activationsyncstate", 0), SYNC_STATES),
        last_error=_text(members.get("lasterrormessage")),
    )


def _members(body: t.Any) -> dict[str, t.Any]:
    return {str(member).lower(): value for member, value in body.items()} if isinstance(body, dict) else {}


def _texts(value: t.Any) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _text(value: t.Any) -> str | None:
    return None if value is None or value == "" else str(value)


def _word(value: t.Any, words: t.Sequence[str]) -> str:
    """The word of an enumeration's number or name; what is not known stays visible and is equal to no known word."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(words):
        return words[value]
    text = str(value).lower()
    plain = {word.replace("_", ""): word for word in words}
    return plain.get(_OTHER_WORDS.get(text, text), f"unknown ({value})")
