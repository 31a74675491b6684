# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""A customer that could not be found may be one that was, under another name.

The same customer once by a domain and once by id is two declarations about the same users. When the look-up of the
domain fails, that cannot be seen any more, and a purge of the one would delete the users of the other. So nobody is
deleted at a customer that may be one that was not found.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..._common.identifiers import domain_key
from .operations import PurgePlan, RowPlan
from .snapshot import Snapshot

UNRESOLVED = "customer_unresolved"


def keep_while_unresolved(rows: list[RowPlan], snapshot: Snapshot, unresolved: t.Sequence[str]) -> list[RowPlan]:
    """Refuse the rows that delete somebody at a customer that may be one of the unresolved.

    :param unresolved: domains of the customers of the task that could not be found.
    :raises Unread: when the customer's domains decide and are not known.
    """
    if not any(_deletes(row) for row in rows):
        return rows
    other = _possibly_this_one(snapshot, unresolved)
    if not other:
        return rows
    why, details = _refusal(other, snapshot), {"reason": UNRESOLVED}
    return [
        (
            replace(row, after=row.before, operations=(), refusal=f"{row.row.name}: {why}", details=details)
            if _deletes(row)
            else row
        )
        for row in rows
    ]


def purge_unless_unresolved(purge: PurgePlan, snapshot: Snapshot, unresolved: t.Sequence[str]) -> PurgePlan:
    """The purge, or its refusal at a customer that may be one of the unresolved. :raises Unread:"""
    other = _possibly_this_one(snapshot, unresolved) if purge.operations else ""
    if not other:
        return purge
    return PurgePlan(refusal=f"No user was purged. {_refusal(other, snapshot)}", spared=purge.spared, reason=UNRESOLVED)


def _deletes(row: RowPlan) -> bool:
    return any(operation.action == "delete" for operation in row.operations)


def _possibly_this_one(snapshot: Snapshot, unresolved: t.Sequence[str]) -> str:
    """The unresolved customer that this one may be; empty if it is none of them."""
    if not unresolved:
        return ""
    domains = snapshot.customer_domains()
    if domains is None:
        return unresolved[0]
    own = {*map(domain_key, domains), str(snapshot.customer_id)}
    return next((name for name in unresolved if domain_key(name) in own), "")


def _refusal(other: str, snapshot: Snapshot) -> str:
    return (
        f"The customer {other} of this task was not found and may be this one ({snapshot.customer_id}). No user was "
        "deleted here. Correct that customer, or leave it out."
    )
