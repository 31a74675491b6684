# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Seats, counted for all rows of a customer before anything is written.

Seats that are free now go first. If they are not enough, those count that other rows of the same plan give up: by a
deletion, or by purge_licenses. Who gets such a seat is written after the one who gives it up. A restored user may take
seats back that nobody declared; that is not known before, and a purge comes last and gives nothing to anybody.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from ..._common.identifiers import Guid
from ..._common.row_options import label
from ..._common.text import counted, first_few
from ..model.licenses import LicenseChange, Sku
from .entitlements import entitle
from .operations import RowPlan
from .policy import Policy
from .snapshot import Snapshot, Unread

NAMED = 20
"""Rows that a message names one by one."""


def fit_seats(rows: list[RowPlan], snapshot: Snapshot, policy: Policy) -> list[RowPlan]:
    """Refuse, or leave out, what there is no seat for.

    ``fail``: the rows that do not fit are refused, and nothing is done for any other row. ``create_unlicensed``: the
    rows that do not fit lose that licence and keep everything else. Seats go to the rows in the order of the
    declaration.

    :raises Unread: when seats are short and it is not known which licences the users have who are going to be deleted.
    """
    demand: dict[str, list[int]] = {}
    for position, row in enumerate(rows):
        for operation in row.operations:
            if isinstance(operation.target, LicenseChange):
                for sku_id in operation.target.new:
                    demand.setdefault(sku_id, []).append(position)
    skus = {sku.id: sku for sku in snapshot.skus or ()}
    demand = {sku_id: positions for sku_id, positions in sorted(demand.items()) if len(positions) > skus[sku_id].free}
    if not demand:
        return rows
    seating = _seated(demand, skus, _given_up(rows, demand, snapshot))
    if not seating.lost:
        return _in_order(rows, seating)
    if policy.on_no_seats == "create_unlicensed":
        short = {sku_id: _needed(skus[sku_id], len(demand[sku_id]), seating) for sku_id in demand}
        rows = [
            _unlicensed(row, seating.lost.get(position, frozenset()), skus, short, snapshot, policy)
            for position, row in enumerate(rows)
        ]
        return _in_order(rows, seating)
    words = " ".join(
        _too_few_seats(skus[sku_id], len(demand[sku_id]), left, seating)
        for sku_id, left in _left(rows, seating).items()
    )
    message = (
        f"{words} Nothing was written for this customer. Buy seats, free some, or set on_no_seats: create_unlicensed."
    )
    return [_stopped(row, message, position in seating.lost) for position, row in enumerate(rows)]


@dataclass
class _Seating:
    """Who gets a seat.

    :param lost: by the position of a row the SKUs that there is no seat for.
    :param waits: by the position of a row the positions of those that give up a seat for it.
    :param given_up: how many seats of a SKU the plan itself makes free.
    """

    lost: dict[int, frozenset[str]] = field(default_factory=dict)
    waits: dict[int, set[int]] = field(default_factory=dict)
    given_up: dict[str, int] = field(default_factory=dict)


def _given_up(rows: list[RowPlan], demand: t.Mapping[str, t.Any], snapshot: Snapshot) -> dict[str, list[int]]:
    """The rows that make seats free, by SKU. :raises Unread:"""
    found: dict[str, list[int]] = {sku_id: [] for sku_id in demand}
    unread: list[Unread] = []
    for position, row in enumerate(rows):
        given: set[str] = set()
        for operation in row.operations:
            if operation.action == "delete":
                try:
                    given |= {license.sku_id for license in snapshot.licenses_of(operation.user_id or Guid(""))}
                except Unread as exc:
                    unread.append(exc)
            elif isinstance(operation.target, LicenseChange):
                given |= set(operation.target.remove)
        for sku_id in given & found.keys():
            found[sku_id].append(position)
    if unread:
        raise Unread(need for exc in unread for need in exc.needs)
    return found


def _seated(
    demand: t.Mapping[str, list[int]], skus: t.Mapping[str, Sku], givers: t.Mapping[str, list[int]]
) -> _Seating:
    """Seats go round in the order of the rows, the free ones first.

    A row that gets no seat gives none up, and neither do rows that would have to wait for each other.
    """
    barred: set[int] = set()
    while True:
        made = _Seating()
        for sku_id, positions in demand.items():
            giving = [giver for giver in givers[sku_id] if giver not in barred]
            made.given_up[sku_id] = len(giving)
            free = skus[sku_id].free
            for place, position in enumerate(positions):
                if place >= free + len(giving):
                    made.lost[position] = made.lost.get(position, frozenset()) | {sku_id}
                elif place >= free:
                    made.waits.setdefault(position, set()).add(giving[place - free])
        useless = (_waiting_for_each_other(made.waits) | made.lost.keys()) & {
            giver for giving in givers.values() for giver in giving
        } - barred
        if not useless:
            return made
        barred |= useless


def _waiting_for_each_other(waits: t.Mapping[int, set[int]]) -> set[int]:
    """Rows that could never begin."""
    open_rows = {position: set(before) for position, before in waits.items()}
    while True:
        ready = [position for position, before in open_rows.items() if not before & open_rows.keys()]
        if not ready:
            return set(open_rows)
        for position in ready:
            del open_rows[position]


def _in_order(rows: list[RowPlan], seating: _Seating) -> list[RowPlan]:
    """The rows, with the users whom some have to wait for."""
    made = list(rows)
    for position, before in seating.waits.items():
        givers = (rows[giver].before for giver in before)
        made[position] = replace(made[position], waits_for=frozenset(giver.id for giver in givers if giver))
    return made


def _left(rows: list[RowPlan], seating: _Seating) -> dict[str, list[RowPlan]]:
    """The rows without a seat, by SKU."""
    left: dict[str, list[RowPlan]] = {}
    for position in sorted(seating.lost):
        for sku_id in seating.lost[position]:
            left.setdefault(sku_id, []).append(rows[position])
    return dict(sorted(left.items()))


def _needed(sku: Sku, needed: int, seating: _Seating) -> str:
    given = seating.given_up[sku.id]
    suspended = "" if sku.usable else f"; the product is {sku.status}"
    given_up = f", {given} given up by this plan" if given else ""
    return f"{counted(needed, 'seat')} needed, {sku.free} free{given_up}{suspended}"


def _too_few_seats(sku: Sku, needed: int, left: list[RowPlan], seating: _Seating) -> str:
    named = first_few([label(row.row) for row in left], NAMED)
    return f"{sku.label}: {len(left)} short ({_needed(sku, needed, seating)}). No seat for {named}."


def _stopped(row: RowPlan, message: str, refused: bool) -> RowPlan:
    if row.refusal or not row.operations:
        return row
    stopped = replace(row, after=row.before, operations=())
    if not refused:
        return replace(stopped, skipped=message)
    return replace(stopped, refusal=message, details={"reason": "no_seats"})


def _unlicensed(
    row: RowPlan,
    lost: frozenset[str],
    skus: t.Mapping[str, Sku],
    short: t.Mapping[str, str],
    snapshot: Snapshot,
    policy: Policy,
) -> RowPlan:
    if not lost:
        return row
    names = ", ".join(f"{skus[sku_id].label} ({short[sku_id]})" for sku_id in sorted(lost))
    name = row.after.user_principal_name if row.after else row.row.name
    note = f"{name} is left without {names}, because there is no free seat."
    if row.row.purge_licenses:
        note += " Nothing is taken away from this user by purge_licenses until there is a seat."
    return replace(entitle(replace(row, unseated=lost), snapshot, policy), warnings=(*row.warnings, note), note=note)
