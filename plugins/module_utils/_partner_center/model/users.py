# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Customers and users as this collection sees them, and how they are read from the wire.

Source: Partner Center developer documentation, "User resources" and "Customer resources". Answers are camelCase; a
property that is absent means the same as null.
"""

from __future__ import annotations

import math
import typing as t
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import cached_property

from ..._common.errors import TransportError
from ..._common.foreign import clean_text
from ..._common.identifiers import Guid, Upn, deleted_upn_key, guid_key, is_guid, upn_key
from ..._common.text import first_few, shown
from .attributes import ATTRIBUTES, WIRE_NAMES

RESTORABLE = timedelta(days=30)
"""How long a deleted user can be restored (Partner Center developer documentation, "Delete a user account")."""

_NAME = "user_principal_name"


@dataclass(frozen=True)
class User:
    """One customer user. ``state`` is ``active`` or ``deleted`` (the wire's ``inactive``); ``directory_synced`` says
    that Active Directory is its source. ``licenses`` (in the form of :func:`licenses.brief`) and ``roles``
    (names) are None where they were not read. ``id`` is in normal form, and empty for a user who is only planned.
    """

    id: Guid
    user_principal_name: str
    display_name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    usage_location: str | None = None
    immutable_id: str | None = None
    phone_number: str | None = None
    state: str = "active"
    soft_deletion_time: datetime | None = None
    directory_synced: bool = False
    user_domain_type: str | None = None
    licenses: tuple[t.Any, ...] | None = None
    roles: tuple[str, ...] | None = None

    @cached_property
    def key(self) -> Upn:
        """Normal form of the name, for a deleted user without the id that the directory may put in front."""
        if self.state == "deleted" and self.id:
            return deleted_upn_key(self.user_principal_name, self.id)
        return upn_key(self.user_principal_name)

    def days_left(self, now: datetime) -> int | None:
        """Days (begun ones count) in which a deleted user can still be restored; None for an active one."""
        if self.state != "deleted":
            return None
        if self.soft_deletion_time is None:
            return None
        try:
            left = self.soft_deletion_time + RESTORABLE - now
        except OverflowError:
            return None
        return min(RESTORABLE.days, max(0, math.ceil(left / timedelta(days=1))))

    def with_values(self, values: t.Mapping[str, t.Any]) -> User:
        """A copy with some attributes replaced."""
        return replace(self, **values)

    def result(self, now: datetime) -> dict[str, t.Any]:
        """The user as a module returns it; never a password."""
        return {
            "id": self.id or None,
            **{name: getattr(self, name) for name in ATTRIBUTES},
            "state": self.state,
            "soft_deletion_time": iso(self.soft_deletion_time),
            "days_left_to_restore": self.days_left(now),
            "directory_synced": self.directory_synced,
            "user_domain_type": self.user_domain_type,
            **({} if self.licenses is None else {"licenses": list(self.licenses)}),
            **({} if self.roles is None else {"roles": list(self.roles)}),
        }


@dataclass(frozen=True)
class Customer:
    """A customer of the partner. ``domains`` is None when the service did not say which ones there are."""

    id: Guid
    name: str | None
    domain: str | None
    relationship: str | None
    domains: tuple[str, ...] | None = None

    def result(self) -> dict[str, t.Any]:
        """The customer as a module returns it."""
        return {
            "id": self.id,
            "name": self.name,
            "domain": self.domain,
            "relationship": self.relationship,
            "domains": None if self.domains is None else list(self.domains),
        }


class UnidentifiedUser(TransportError):
    """A user in an answer that cannot be told from others, because its id or its name is missing."""


def user_from_wire(data: t.Any) -> User:
    """Read a CustomerUser.

    :raises UnidentifiedUser: when it has no usable id or name, because nothing safe can be decided from it.
    """
    if (
        not isinstance(data, dict)
        or not is_guid(data.get("id"))
        or not isinstance(data.get("userPrincipalName"), str)
        or not data["userPrincipalName"].strip()
    ):
        raise UnidentifiedUser("Partner Center returned a user without a valid id or name. The response was not used.")
    attributes: dict[str, t.Any] = {name: _text(data.get(wire)) for name, wire in WIRE_NAMES.items() if name != _NAME}
    return User(
        id=guid_key(data["id"]),
        **attributes,
        user_principal_name=_text(data[WIRE_NAMES[_NAME]]) or "",
        # The state can come as a number, the enumeration's index, and then 1 is inactive.
        state="deleted" if str(data.get("state", "active")).lower() in ("inactive", "1") else "active",
        soft_deletion_time=parse_time(data.get("softDeletionTime")),
        # Whatever form the time has: a protection must not depend on being able to read it.
        directory_synced=bool(data.get("lastDirectorySyncTime")),
        user_domain_type=_text(data.get("userDomainType")),
    )


def users_from_wire(items: t.Iterable[t.Any], unidentified: list[str] | None = None) -> list[User]:
    """Read the users of a page.

    :param unidentified: takes a few words about each user that has no usable id or name; the others are not lost
        because of it. None: such a user is an error.
    :raises UnidentifiedUser:
    """
    users = []
    for item in items:
        try:
            users.append(user_from_wire(item))
        except UnidentifiedUser:
            if unidentified is None:
                raise
            unidentified.append(_described(item))
    return users


def unidentified_users(customer_id: str, unidentified: t.Sequence[str]) -> str:
    """A warning about users that cannot be identified: one of them may be somebody who was looked for."""
    some = first_few(unidentified, 3)
    return (
        f"The listing of customer {customer_id} has users without a valid id or name: {some}. They were ignored; a "
        "user reported as not found may be one of them."
    )


def _described(item: t.Any) -> str:
    """What can be said about a user that cannot be identified."""
    known = item if isinstance(item, dict) else {}
    if is_guid(known.get("id")):
        return f"the one with the id {known['id']}"
    name = _text(known.get("userPrincipalName")) or _text(known.get("displayName"))
    return f"the one named {shown(name)}" if name else "one without id and name"


def customer_from_wire(data: t.Any) -> Customer:
    """Read a Customer, in the short form of lists or the full form.

    The domains are known only when ``customDomains`` is there: without delegated rights the service leaves it out.

    :raises TransportError: when it has no usable id.
    """
    if not isinstance(data, dict) or not is_guid(data.get("id")):
        raise TransportError("Partner Center returned a customer without a valid id.")
    profile = data.get("companyProfile")
    profile = profile if isinstance(profile, dict) else {}
    domain = _text(profile.get("domain"))
    custom = data.get("customDomains")
    domains = None
    if isinstance(custom, list):
        domains = tuple(dict.fromkeys(str(name).lower() for name in ([domain] if domain else []) + custom if name))
    return Customer(
        id=guid_key(data["id"]),
        name=_text(profile.get("companyName")),
        domain=domain,
        relationship=_text(data.get("relationshipToPartner")),
        domains=domains,
    )


def parse_time(text: t.Any) -> datetime | None:
    """An ISO 8601 time in UTC, with any number of fractional digits (the service writes up to seven); None if there is
    none."""
    if not isinstance(text, str) or not text:
        return None
    try:
        value = datetime.fromisoformat(text)
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)
    except (ValueError, OverflowError):
        return None


def iso(value: datetime | None) -> str | None:
    """A time as the service writes it, in whole seconds."""
    return None if value is None else value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(value: t.Any) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    return clean_text(value)
