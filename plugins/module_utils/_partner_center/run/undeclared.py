# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Rows for those whom nobody declares: whom a purge deletes, and whom a reviewed plan would have deleted."""

from __future__ import annotations

from ..._common.outcomes import Outcome
from ..declare.user import UserDeclaration
from ..model.users import User
from ..plan.after import user_after
from ..plan.operations import Plan, RowPlan
from .held_to_plan import CHANGED, RestrictedPlan
from .unwritten import predicted


def purge_rows(plan: Plan | None, change_reference: str | None) -> list[RowPlan]:
    """The purge in the form of rows that nobody declared. :param change_reference: that of the task."""
    if not plan or not plan.purge:
        return []
    rows = []
    for user, operation in zip(plan.purge.users, plan.purge.operations):
        after, row = user_after(user, operation), _undeclared(user, change_reference)
        rows.append(RowPlan(row, before=user, after=after, operations=(operation,)))
    return rows


def refused_deletion(user: User, reason: str, change_reference: str | None) -> Outcome:
    """What becomes of a planned deletion of somebody who has changed since."""
    row = _undeclared(user, change_reference)
    return predicted(RowPlan(row, before=user, after=user, refusal=reason, details={"reason": CHANGED}))


def _undeclared(user: User, change_reference: str | None) -> UserDeclaration:
    """The place of such rows is -1 in the results."""
    name = user.user_principal_name
    return UserDeclaration(
        "absent", user_id=user.id, user_principal_name=name, index=-1, change_reference=change_reference
    )
