# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What ends soon, what has been taken away, and what should have been: the key ``ending`` of a result. Pure."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta

from ..._common.outcomes import Outcome
from ..declare.ends import End
from ..model.users import iso

SOON, TAKEN, OVERDUE = "ends_soon", "taken_away", "overdue"


def ending(
    customer: t.Mapping[str, t.Any], outcomes: t.Iterable[Outcome], now: datetime, days: int
) -> list[dict[str, t.Any]]:
    """One entry for each user, role or license of a customer that ends within some days or has ended, and was not gone
    already.

    :param customer: ``customer_id`` and ``customer_domain``.
    :param now: the service's time.
    """
    return [
        {
            **customer,
            "user_principal_name": row.user_principal_name or (before.user_principal_name if before else None),
            "user_id": before.id or None if before else row.user_id,
            "what": end.what,
            "name": end.name or None,
            "ends_at": iso(_ends_at(end)),
            "granted_at": iso(end.granted_at),
            "granted_for": end.granted_for or None,
            "status": status,
            "overdue": status == OVERDUE,
        }
        for outcome in outcomes
        for row, before in [(outcome.plan.row, outcome.plan.before)]
        for end, status in _judged(outcome, now, days)
    ]


def overdue_since(outcome: Outcome, now: datetime) -> str | None:
    """Since when something of the row should be gone that is not known to be; None if nothing."""
    moments = (_ends_at(end) for end, status in _judged(outcome, now, 0) if status == OVERDUE)
    return iso(min(filter(None, moments), default=None))


def _ends_at(end: End) -> datetime | None:
    # Of a row that could not be planned, only what the declaration says.
    return end.ends_at or end.expires_at


def _judged(outcome: Outcome, now: datetime, days: int) -> t.Iterator[tuple[End, str]]:
    done = {mark for operation in outcome.done for mark in operation.ended}
    ends = [(end, _ends_at(end)) for end in outcome.plan.row.ends]
    over = any(end.what == "user" and at is not None and (end.ended or at <= now) for end, at in ends)
    for end, ends_at in ends:
        if ends_at is None or (over and end.what != "user"):
            continue  # what the user had goes with the user
        if end.mark in done:
            yield end, TAKEN
        elif end.ended or ends_at <= now:
            if not outcome.status.good:
                yield end, OVERDUE
        elif ends_at - now <= timedelta(days=days):
            yield end, SOON
