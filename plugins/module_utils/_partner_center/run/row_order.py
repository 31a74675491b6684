# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Which rows of a plan come before others when they are carried out side by side. Pure."""

from __future__ import annotations

import typing as t

from ..._common.identifiers import Guid
from ..._common.outcomes import Outcome
from ..plan.operations import RowPlan
from .permissions import Permissions


def awaited(row: RowPlan) -> frozenset[Guid]:
    """Ids of users whose rows come first."""
    return row.waits_for if row.operations else frozenset()


def withheld(row: RowPlan, givers: t.Mapping[Guid, Outcome | None]) -> str:
    """Why a row cannot get the seats that were planned for it; empty if they have been given up."""
    if not row.operations:
        return ""
    for giver, outcome in sorted(givers.items()):
        # All of them, because one may be of another licence.
        if outcome is None or any(
            operation.gives_up_seats and operation not in outcome.done for operation in outcome.plan.operations
        ):
            name = outcome.plan.row.name if outcome else giver
            return (
                f"The seat that {name} should release is not free, so nothing was started for this user. Fix that, "
                "then run again."
            )
    return ""


def scout(rows: t.Sequence[RowPlan], permissions: Permissions) -> int | None:
    """The row that goes first and alone where users, licences and roles are written, which need different roles at the
    customer.

    It is the one that needs most of them: should one be missing, a single user is left half done, and not as many as
    are worked on at once.
    """
    if not any(operation.entitles for row in rows for operation in row.operations):
        return None
    first = [position for position, row in enumerate(rows) if not awaited(row)]
    return max(first, key=lambda position: (len(permissions.kinds(rows[position].operations)), -position), default=None)
