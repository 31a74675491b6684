# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Which users a declaration of people has made, as the events of its record tell. Pure.

``making`` is written before a create is sent, ``made`` when the service has answered it, ``not_made`` when it was
surely not carried out. So a user that was made is never lost: after a crash the ``making`` is left, with the
correlation id under which the audit records of the service can tell whose it is.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from ..._common.identifiers import Guid, Upn, guid_key, is_guid, upn_key

MAKING, MADE, NOT_MADE, ADOPTED, REMOVED = EVENTS = ("making", "made", "not_made", "adopted", "removed")


@dataclass(frozen=True)
class Event:
    """One line of a record. ``user_id`` is None in ``making`` and ``not_made``."""

    event: str
    time: str
    person: str
    customer_id: Guid
    user_id: Guid | None
    user_principal_name: str
    correlation_id: str

    def line(self) -> dict[str, t.Any]:
        """As it is written."""
        return dict(vars(self))


def event_of(line: t.Any) -> Event | None:
    """A line of a record; None if it is none."""
    if not isinstance(line, dict) or set(line) != set(Event.__dataclass_fields__):
        return None
    texts = [value for name, value in line.items() if name != "user_id"]
    if line["event"] not in EVENTS or not all(isinstance(value, str) and value for value in texts):
        return None
    needed = line["event"] in (MADE, ADOPTED, REMOVED)
    if not is_guid(line["customer_id"]) or (not is_guid(line["user_id"]) if needed else line["user_id"] is not None):
        return None
    found = Event(**line)
    return replace(
        found,
        customer_id=guid_key(found.customer_id),
        user_id=guid_key(found.user_id) if found.user_id else None,
        correlation_id=guid_key(found.correlation_id),
    )


@dataclass(frozen=True)
class Account:
    """One user of a declaration. ``adopted``: it was there before. ``removed``: it was deleted, or another one has its
    name by now."""

    person: str
    customer_id: Guid
    user_id: Guid
    user_principal_name: str
    adopted: bool = False
    removed: bool = False

    @property
    def key(self) -> Upn:
        """The normal form of its name."""
        return upn_key(self.user_principal_name)


class Accounts:
    """What the events come to, in their order."""

    def __init__(self, events: t.Iterable[Event] = ()) -> None:
        self._accounts: dict[tuple[str, str], Account] = {}
        self._begun: dict[tuple[str, str], dict[str, Event]] = {}
        for event in events:
            self.add(event)

    def add(self, event: Event) -> None:
        """Take one more."""
        begun = self._begun.setdefault((event.customer_id, event.person), {})
        if event.event == MAKING:
            begun[event.correlation_id] = event
        elif event.event == NOT_MADE:
            begun.pop(event.correlation_id, None)
        if event.user_id is None:
            return
        key = (event.customer_id, event.user_id)
        known = self._accounts.pop(key, None)
        if event.event == REMOVED:
            if known:
                self._accounts[key] = replace(known, removed=True)
            return
        # What was made here stays made here, whatever is said of it later.
        adopted = event.event == ADOPTED and not (known and not known.adopted)
        account = Account(event.person, event.customer_id, event.user_id, event.user_principal_name, adopted)
        for other, older in self._accounts.items():
            if older.customer_id == account.customer_id and older.key == account.key:
                self._accounts[other] = replace(older, removed=True)
        for correlation, earlier in list(begun.items()):
            if upn_key(earlier.user_principal_name) == account.key:
                del begun[correlation]
        self._accounts[key] = account

    def all(self) -> list[Account]:
        """Everybody, those who were noted last at the end."""
        return list(self._accounts.values())

    def of(self, person: str, customer_id: str) -> list[Account]:
        """Those of one person at one customer, the last one first."""
        found = [each for each in self._accounts.values() if (each.person, each.customer_id) == (person, customer_id)]
        return found[::-1]

    def with_id(self, customer_id: str, user_id: str) -> Account | None:
        """One of them."""
        return self._accounts.get((customer_id, user_id))

    def unsettled(self) -> list[Event]:
        """Every create of which the end is not known."""
        return [event for begun in self._begun.values() for event in begun.values()]

    def begun(self, person: str, customer_id: str) -> dict[str, str]:
        """Creates of which the end is not known: correlation id and day."""
        found = self._begun.get((customer_id, person), {})
        return {correlation: event.time[:10] for correlation, event in found.items()}
