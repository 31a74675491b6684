# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What is worth to know about the licenses of a customer: words, with the SKU or the user that they are about. Pure.

What the service does not tell is not guessed. Nobody can read the licenses of a deleted user; all that shows is that
more seats are used than active users hold. Licenses that come through a group are not shown for a user either, and may
be the other reason for such seats.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..model.license_readings import ACTIVE, Holder, LicenseReading, Seats

UNUSED_SEATS = "unused_seats"
RUNNING_OUT = "running_out"
MORE_USED_THAN_BOUGHT = "more_used_than_bought"
SEATS_EXPIRING = "seats_expiring"
SEATS_WITHOUT_USER = "seats_without_user"
SOFT_DELETED = "soft_deleted"
SYNCED_AWAY = "synced_away"
NO_USAGE_LOCATION = "no_usage_location"
NOT_SUBSCRIBED = "not_subscribed"
WORDS = (
    MORE_USED_THAN_BOUGHT,
    RUNNING_OUT,
    SEATS_EXPIRING,
    UNUSED_SEATS,
    SEATS_WITHOUT_USER,
    SOFT_DELETED,
    SYNCED_AWAY,
    NO_USAGE_LOCATION,
    NOT_SUBSCRIBED,
)
"""All words, in the order in which they are told."""


@dataclass(frozen=True)
class Limits:
    """From when on seats are worth a word.

    :param low_seats: a SKU that is used and has at most so many free seats is about to run out.
    :param unused_seats: a SKU with at least so many free seats has some that nobody uses.
    """

    low_seats: int = 2
    unused_seats: int = 1


@dataclass(frozen=True)
class Finding:
    """A word, and what it is about: a SKU with a number of seats, or a user."""

    finding: str
    seats: int | None = None
    sku_id: str | None = None
    sku: str | None = None
    user: Holder | None = None

    def result(self) -> dict[str, t.Any]:
        """As a module returns it."""
        return {
            "finding": self.finding,
            "sku": self.sku,
            "sku_id": self.sku_id,
            "seats": self.seats,
            "user_principal_name": self.user.user_principal_name if self.user else None,
            "user_id": self.user.id if self.user else None,
        }


def findings(reading: LicenseReading, limits: Limits) -> list[Finding]:
    """All findings about one customer, in the order of :data:`WORDS`, SKUs and users in the order in which they were
    read."""
    held = reading.held()
    found = [each for seats in reading.seats for each in _of_seats(seats, held.get(seats.sku_id, 0), limits)]
    known = {seats.sku_id for seats in reading.seats}
    found += [
        Finding(NOT_SUBSCRIBED, count, sku_id, reading.names[sku_id])
        for sku_id, count in held.items()
        if sku_id not in known
    ]
    # A deleted user can be the one who holds a seat only where there is one that no active user explains.
    unexplained = any(each.finding == SEATS_WITHOUT_USER for each in found)
    for holder in reading.holders:
        if holder.state == ACTIVE:
            if not holder.usage_location:
                found.append(Finding(NO_USAGE_LOCATION, user=holder))
        elif unexplained:
            found.append(Finding(SYNCED_AWAY if holder.directory_synced else SOFT_DELETED, user=holder))
    return sorted(found, key=lambda each: WORDS.index(each.finding))


def _of_seats(seats: Seats, held: int, limits: Limits) -> t.Iterator[Finding]:
    if seats.tenant_wide:
        return  # nobody is assigned to it
    about = (seats.sku_id, seats.sku)
    if seats.used > seats.bought:
        yield Finding(MORE_USED_THAN_BOUGHT, seats.used - seats.bought, *about)
    if seats.usable and seats.used and seats.free <= limits.low_seats:
        yield Finding(RUNNING_OUT, seats.free, *about)
    if seats.warning > 0:
        yield Finding(SEATS_EXPIRING, seats.warning, *about)
    if seats.free >= max(1, limits.unused_seats):
        yield Finding(UNUSED_SEATS, seats.free, *about)
    if seats.used > held:
        yield Finding(SEATS_WITHOUT_USER, seats.used - held, *about)
