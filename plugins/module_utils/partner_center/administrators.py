# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The last Global Administrator of a customer keeps the role."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .operations import Operation, RowPlan
from .roles import GLOBAL_ADMINISTRATOR, Role
from .snapshot import Snapshot


def keep_an_administrator(rows: list[RowPlan], snapshot: Snapshot) -> list[RowPlan]:
    """Refuse the rows that together would leave nobody who has been Global Administrator before.

    Somebody who is about to become one is not counted: that can fail, and the others happen beside it.

    :raises Unread: when the members of the role are not known and a row takes the role away.
    """
    losing = [row for row in rows if any(_takes_the_role(operation) for operation in row.operations)]
    if not losing and GLOBAL_ADMINISTRATOR not in snapshot.members:
        return rows
    if snapshot.role_members(GLOBAL_ADMINISTRATOR) - leaving(rows):
        return rows
    return [_refused(row, snapshot) for row in rows]


def leaving(rows: t.Iterable[RowPlan]) -> frozenset[str]:
    """Lower-case ids of users who lose the role or are deleted."""
    return frozenset(
        str(operation.user_id).lower() for row in rows for operation in row.operations if operation.action == "delete" or _takes_the_role(operation)
    )


def _takes_the_role(operation: Operation) -> bool:
    return operation.action == "remove_role" and isinstance(operation.target, Role) and operation.target.id == GLOBAL_ADMINISTRATOR


def _refused(row: RowPlan, snapshot: Snapshot) -> RowPlan:
    about = [operation for operation in row.operations if operation.action == "delete" or _takes_the_role(operation)]
    if not any(str(operation.user_id).lower() in snapshot.role_members(GLOBAL_ADMINISTRATOR) for operation in about):
        return row
    name = row.before.user_principal_name if row.before else row.row.name
    return replace(
        row,
        after=row.before,
        operations=(),
        refusal=f"{name} is among the last Global Administrators of the customer, and this declaration would leave none. Make somebody else Global "
        "Administrator in a run before. Nothing was changed.",
    )
