# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What one customer has bought and who holds it, as it was read at one moment: small enough for thousands of users, and
kept as JSON."""

from __future__ import annotations

import typing as t
from dataclasses import asdict, dataclass

from ..._common.identifiers import guid_key, is_guid
from .licenses import License, Sku
from .users import User, iso, parse_time

ACTIVE, DELETED = "active", "deleted"


@dataclass(frozen=True)
class Seats:
    """The seats of one subscribed SKU. ``used`` can be more than ``bought``; ``free`` is never below zero."""

    sku_id: str
    sku: str
    name: str | None
    license_group: str
    status: str | None
    bought: int
    used: int
    free: int
    suspended: int
    warning: int
    tenant_wide: bool
    usable: bool


@dataclass(frozen=True)
class Holder:
    """A user. ``licenses`` are ids of SKUs, and None for a deleted user, whose licenses nobody can read."""

    id: str
    user_principal_name: str
    display_name: str | None
    usage_location: str | None
    state: str
    directory_synced: bool
    licenses: tuple[str, ...] | None


@dataclass(frozen=True)
class LicenseReading:
    """All that was read of one customer. ``names`` are the part numbers of SKUs by id, also of those that users hold
    and the customer has not subscribed to any more."""

    customer_id: str
    read_at: str
    seats: tuple[Seats, ...]
    holders: tuple[Holder, ...]
    names: t.Mapping[str, str]

    def held(self) -> dict[str, int]:
        """How many active users hold a license, by SKU."""
        found: dict[str, int] = {}
        for holder in self.holders:
            for sku_id in holder.licenses or ():
                found[sku_id] = found.get(sku_id, 0) + 1
        return found

    def as_json(self) -> dict[str, t.Any]:
        """As a file keeps it; :func:`reading_from_json` is the way back."""
        return {
            "customer_id": self.customer_id,
            "read_at": self.read_at,
            "seats": [asdict(seats) for seats in self.seats],
            "holders": [
                [
                    each.id,
                    each.user_principal_name,
                    each.display_name,
                    each.usage_location,
                    each.state,
                    each.directory_synced,
                    each.licenses,
                ]
                for each in self.holders
            ],
            "names": dict(self.names),
        }


def seats_of(sku: Sku) -> Seats:
    """The seats of a SKU as it was read."""
    return Seats(
        sku.id,
        sku.part_number,
        sku.name,
        sku.group,
        sku.status,
        sku.total,
        sku.consumed,
        sku.free,
        sku.suspended,
        sku.warning,
        sku.tenant_wide,
        sku.usable,
    )


def holder_of(user: User, licenses: t.Iterable[License] | None) -> Holder:
    """A user with the licenses that were read; None for one whose licenses cannot be."""
    held = None if licenses is None else tuple(dict.fromkeys(license.sku_id for license in licenses))
    return Holder(
        user.id,
        user.user_principal_name,
        user.display_name,
        user.usage_location,
        DELETED if held is None else ACTIVE,
        user.directory_synced,
        held,
    )


_SEATS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("sku_id", "sku", "license_group"), (str,)),
    **dict.fromkeys(("name", "status"), (str, type(None))),
    **dict.fromkeys(("bought", "used", "free", "suspended", "warning"), (int,)),
    **dict.fromkeys(("tenant_wide", "usable"), (bool,)),
}


def reading_from_json(data: t.Any) -> LicenseReading:
    """What :meth:`LicenseReading.as_json` wrote. :raises ValueError: anything else."""
    if not isinstance(data, dict) or set(data) != {"customer_id", "read_at", "seats", "holders", "names"}:
        raise ValueError("no reading")
    if not is_guid(data["customer_id"]) or iso(parse_time(data["read_at"])) != data["read_at"]:
        raise ValueError("no customer, or no time")
    names = data["names"]
    if not isinstance(names, dict) or not all(isinstance(each, str) for each in names.values()):
        raise ValueError("no names")
    if not isinstance(data["seats"], list) or not isinstance(data["holders"], list):
        raise ValueError("no lists")
    seats = tuple(_seats(each) for each in data["seats"])
    holders = tuple(_holder(each, names) for each in data["holders"])
    if len({each.id for each in holders}) != len(holders):
        raise ValueError("a user twice")
    return LicenseReading(guid_key(data["customer_id"]), data["read_at"], seats, holders, names)


def _seats(data: t.Any) -> Seats:
    if not isinstance(data, dict) or set(data) != set(_SEATS):
        raise ValueError("no seats")
    if not all(type(data[name]) in kinds for name, kinds in _SEATS.items()):
        raise ValueError("seats of another kind")
    return Seats(**data)


def _holder(data: t.Any, names: t.Mapping[str, str]) -> Holder:
    if not isinstance(data, list) or len(data) != 7:
        raise ValueError("no user")
    user_id, name, display, location, state, synced, licenses = data
    right = (
        is_guid(user_id)
        and isinstance(name, str)
        and all(isinstance(each, (str, type(None))) for each in (display, location))
        and isinstance(synced, bool)
        and (state == DELETED and licenses is None or state == ACTIVE and isinstance(licenses, list))
        and all(isinstance(each, str) and each in names for each in licenses or ())
    )
    if not right:
        raise ValueError("a user of another kind")
    return Holder(user_id, name, display, location, state, synced, None if licenses is None else tuple(licenses))
