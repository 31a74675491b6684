# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What ends, in a report: what is overdue first, then what was taken away, then what ends soon."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

_WORDS = {"overdue": "overdue since", "taken_away": "removed, ended at", "ends_soon": "ends at"}
NAMES = ("customer_id", "customer_domain", "user_principal_name", "user_id", "what", "name", "ends_at", "granted_at")


@dataclass(frozen=True)
class EndingGrant:
    """A user, role or license that ends. :param predicted: it was not written that it was taken away."""

    status: str
    predicted: bool
    granted_for: str | None = None
    customer_id: str | None = None
    customer_domain: str | None = None
    user_principal_name: str | None = None
    user_id: str | None = None
    what: str | None = None
    name: str | None = None
    ends_at: str | None = None
    granted_at: str | None = None

    @property
    def text(self) -> str:
        """One sentence."""
        who = self.user_principal_name or self.user_id or "A user"
        where = self.customer_domain or self.customer_id
        thing = f"{self.what} {self.name}" if self.name else "the user"
        words = _WORDS[self.status]
        if self.status == "taken_away" and self.predicted:
            words = "to be removed, ended at"
        reason = f" ({self.granted_for})" if self.granted_for else ""
        return f"{who}{f' of {where}' if where else ''}: {thing}{reason} {words} {self.ends_at or 'an unknown time'}."


def ending_grants(
    items: t.Iterable[t.Mapping[str, t.Any]], predicted: bool, text: t.Callable[[t.Any], str | None]
) -> list[EndingGrant]:
    """Those of one result; what is none of them is left out. :param text: reads a value as a text."""
    return [
        EndingGrant(
            str(item["status"]), predicted, text(item.get("granted_for")), *(text(item.get(name)) for name in NAMES)
        )
        for item in items
        if item.get("status") in _WORDS
    ]


def worst_first(grants: t.Iterable[EndingGrant]) -> tuple[EndingGrant, ...]:
    """Overdue ones first, and within each kind by time."""
    order = list(_WORDS)
    return tuple(sorted(grants, key=lambda grant: (order.index(grant.status), grant.ends_at or "", grant.text)))
