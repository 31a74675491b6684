# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What a customer's part of a run writes into the record of access, and what becomes of rows if it cannot."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from datetime import datetime

from ..._common.errors import CollectionError
from ..._common.identifiers import Guid
from ..._common.outcomes import Outcome
from ..plan.operations import Plan
from .application import Application

if t.TYPE_CHECKING:
    from .access_file import AccessFile


def write_down(access: AccessFile, plan: Plan, application: Application, now: datetime, *, grants: bool) -> None:
    """What begins now is on the disk before it is granted. If it cannot be, nobody gets it; what has ended has gone
    before this, and everything else goes on. :param now: the service's time at the plan."""
    try:
        rows = [(row, application.unproven(place, now)) for place, row in enumerate(plan.rows)]
        access.add(plan.customer_id, rows, grants=grants)
    except CollectionError as exc:
        counted = [any(end.lasts is not None and not end.ended for end in row.row.ends) for row in plan.rows]
        application.fail((place for place, begins in enumerate(counted) if begins), exc.message, exc.details)


def write_ids(access: AccessFile, customer_id: Guid, outcomes: t.Iterable[Outcome]) -> None:
    """Whom this run has created or restored has an id only now; by a name alone somebody else may be meant later.

    Nothing is closed here: what came back with a restore may not have been removed, and the next run sees it.
    """
    made = [
        outcome
        for outcome in outcomes
        if outcome.user
        and outcome.plan.row.ends
        and any(operation.action in ("create", "restore") for operation in outcome.done)
    ]
    try:
        rows = [
            (replace(each.plan, before=each.user), frozenset(end.mark for end in each.plan.row.ends)) for each in made
        ]
        access.add(customer_id, rows)
    except CollectionError as exc:
        for each in made:
            each.message = f"{each.message} {exc.message}".strip()
            each.warnings.append(exc.message)
