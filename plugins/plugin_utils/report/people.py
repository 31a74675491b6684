# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What a report says about the same people in many customers: by person, and by person and customer. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass

from ...module_utils._common.summary import kind_of
from ...module_utils._common.text import agreeing, counted, first_few
from .model import Customer, Entry, Report, counts, in_order


@dataclass(frozen=True)
class Person:
    """One person with everything that all runs say about it."""

    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Line:
    """One customer of the matrix: for each person what matters most there, None where the person is not declared."""

    customer: Customer
    cells: tuple[Entry | None, ...]


def people_of(report: Report) -> list[Person]:
    """The people of a report, in the order of the declaration; nobody if none are declared."""
    found: dict[str, list[Entry]] = {}
    for entry in report.entries:
        if entry.person:
            found.setdefault(entry.person, []).append(entry)
    return [Person(name, tuple(entries)) for name, entries in found.items()]


def matrix(report: Report, people: t.Sequence[Person], customers: t.Sequence[Customer]) -> list[Line]:
    """Customers by people. :param customers: in the order in which they are shown."""
    lines = []
    for customer in customers:
        here: dict[str, list[Entry]] = {}
        for entry in customer.entries:
            if entry.person:
                here.setdefault(entry.person, []).append(entry)
        if here:
            cells = tuple(in_order(here[each.name])[0] if each.name in here else None for each in people)
            lines.append(Line(customer, cells))
    return lines


def as_data(report: Report) -> list[dict[str, t.Any]]:
    """The same for programs."""
    return [
        {
            "person": person.name,
            "users": len(person.entries),
            **counts(person.entries),
            "customers": [_cell(entry) for entry in person.entries],
        }
        for person in people_of(report)
    ]


def _cell(entry: Entry) -> dict[str, t.Any]:
    names = ("customer_id", "user_principal_name", "user_id", "status", "action", "reason", "message")
    return {**{name: getattr(entry, name) for name in names}, "kind": kind_of(entry.action)}


def left_alone(about: t.Mapping[str, t.Any], text: t.Callable[[t.Any], str | None], shown: int = 10) -> list[str]:
    """A sentence about the users of the record whom the declaration leaves alone; none if there are none.

    :param about: the key ``people`` of a result.
    :param text: makes a text of whatever a result holds.
    """
    users = about.get("left_alone")
    users = [user for user in users if isinstance(user, Mapping)] if isinstance(users, (list, tuple)) else []
    if not users:
        return []
    names = [f"{text(user.get('user_principal_name'))} ({text(user.get('reason'))})" for user in users]
    said = f"{counted(len(users), 'user')} of its record {agreeing(len(users), 'was', 'were')} not changed"
    return [f"{text(about.get('name')) or 'A declaration of people'}: {said}: {first_few(names, shown)}."]
