# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Seats, counted for all rows of a customer before anything is written.

Only seats that are free now are counted. One that a removal or a deletion in the same plan will free is not: users are worked on side by side,
so that nobody can say that it is free in time. A restored user may take seats back that nobody declared; that is not known before.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..common.rows import label
from .entitlements import entitle
from .licenses import LicenseChange, Sku
from .operations import RowPlan
from .snapshot import Snapshot

NAMED = 20
"""Rows that a message names one by one."""


def fit_seats(rows: list[RowPlan], snapshot: Snapshot, on_no_seats: str, acting: t.Collection[str] = ()) -> list[RowPlan]:
    """Refuse, or leave out, what there is no seat for.

    ``fail``: the rows that do not fit are refused, and nothing is done for any other row. ``create_unlicensed``: the rows that do not fit lose
    that licence and keep everything else. Seats go to the rows in the order of the declaration.
    """
    demand: dict[str, list[int]] = {}
    for position, row in enumerate(rows):
        for operation in row.operations:
            if isinstance(operation.target, LicenseChange):
                for sku_id in operation.target.new:
                    demand.setdefault(sku_id, []).append(position)
    skus = {sku.id: sku for sku in snapshot.skus or ()}
    short = {sku_id: positions[skus[sku_id].free :] for sku_id, positions in sorted(demand.items()) if len(positions) > skus[sku_id].free}
    if not short:
        return rows
    if on_no_seats == "create_unlicensed":
        return [_unlicensed(row, position, short, skus, demand, snapshot, acting) for position, row in enumerate(rows)]
    words = " ".join(_words(skus[sku_id], len(demand[sku_id]), [rows[position] for position in left]) for sku_id, left in short.items())
    message = f"{words} Nothing was written for this customer. Buy seats, free some, or set on_no_seats: create_unlicensed."
    refused = {position for left in short.values() for position in left}
    return [_stopped(row, message, position in refused) for position, row in enumerate(rows)]


def _words(sku: Sku, needed: int, left: list[RowPlan]) -> str:
    named = ", ".join(label(row.row) for row in left[:NAMED])
    more = f" and {len(left) - NAMED} more" if len(left) > NAMED else ""
    return f"{sku.label}: {len(left)} short ({needed} seat{'' if needed == 1 else 's'} needed, {sku.free} free). No seat for {named}{more}."


def _stopped(row: RowPlan, message: str, refused: bool) -> RowPlan:
    if row.refusal or not row.operations:
        return row
    return replace(row, after=row.before, operations=(), **({"refusal": message} if refused else {"skipped": message}))


def _unlicensed(
    row: RowPlan,
    position: int,
    short: t.Mapping[str, list[int]],
    skus: t.Mapping[str, Sku],
    demand: t.Mapping[str, list[int]],
    snapshot: Snapshot,
    acting: t.Collection[str],
) -> RowPlan:
    lost = frozenset(sku_id for sku_id, left in short.items() if position in left)
    if not lost:
        return row
    names = ", ".join(f"{skus[sku_id].label} ({len(demand[sku_id])} seats needed, {skus[sku_id].free} free)" for sku_id in sorted(lost))
    name = row.after.user_principal_name if row.after else row.row.name
    note = f"{name} is left without {names}, because there is no free seat."
    if row.row.purge_licenses:
        note += " Nothing is taken away from this user by purge_licenses until there is a seat."
    return replace(entitle(replace(row, unseated=lost), snapshot, acting), warnings=(*row.warnings, note), note=note)
