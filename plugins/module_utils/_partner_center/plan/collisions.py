# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Rows of one customer that turn out to be about the same user or the same name, and everybody whom rows speak of.
Pure."""

from __future__ import annotations

import typing as t

from ..._common.identifiers import Guid, Upn, upn_key
from ..._common.row_options import label
from .operations import RowPlan


def without_collisions(rows: list[RowPlan]) -> list[RowPlan]:
    """Refuse rows that turn out to be about the same user, or to end at the same name.

    That only shows when the users are known: one row may name its user by id and the other by name.
    """
    claims: dict[str, list[int]] = {}
    for position, row in enumerate(rows):
        if row.refusal:
            continue
        inert = row.row.state == "absent" and not row.operations
        ids = {row.row.user_id} | ({row.before.id} if row.before and not inert else set())
        for user_id in sorted(filter(None, ids)):
            if position not in claims.setdefault(f"the same user {user_id}", []):
                claims[f"the same user {user_id}"].append(position)
        # Where a row ends: at a name that is taken, or, declared absent, at a name that is free.
        key = row.row.key if row.row.state == "absent" else row.after.key if row.after else None
        if key:
            claims.setdefault(f"the same name {key}", []).append(position)
        # On the way there: a restored user has the old name for a moment, and a previous name must not come to life
        # again.
        passed = {
            upn_key(operation.user_principal_name) for operation in row.operations if operation.action == "restore"
        } | {row.row.previous_key}
        if row.row.state != "absent":
            passed.add(key)
        for name in sorted(filter(None, passed)):
            claims.setdefault(f"the name {name}", []).append(position)
    for what, positions in claims.items():
        if len(positions) < 2 or all(
            rows[position].row.state == "absent" and not rows[position].operations for position in positions
        ):
            continue
        names = " and ".join(label(rows[position].row) for position in positions)
        for position in positions:
            if rows[position].refusal:  # the first reason found is the plainest
                continue
            before = rows[position].before
            rows[position] = RowPlan(
                rows[position].row,
                before=before,
                after=before,
                refusal=f"{names} refer to {what}; all of them were skipped.",
                details={"reason": "rows_collide"},
            )
    return rows


def mentioned(rows: t.Iterable[RowPlan]) -> set[Guid | Upn]:
    """Ids and names that a declaration speaks of in any way: none of them is ever purged."""
    mentioned: set[Guid | Upn] = set()
    for row in rows:
        users = [user for user in (row.before, row.after, *row.candidates) if user]
        # The name of a deleted user may be somebody else's by now.
        mentioned |= {user.id for user in users if user.id} | {user.key for user in users if user.state == "active"}
        mentioned |= {key for key in (row.row.key, row.row.previous_key, row.row.user_id) if key}
    return mentioned
