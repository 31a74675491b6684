# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Seats, counted for all rows of a customer before anything is written.

Seats that are free now go first. If they are not enough, those count that other rows of the same plan give up: by a
deletion, or by a license that is taken away. Who gets such a seat is written after the one who gives it up. A restored
user may take seats back that nobody declared; that is not known before, and a purge comes last and gives nothing to
anybody.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from ..._common.identifiers import Guid
from ..._common.row_options import label
from ..._common.text import counted, first_few
from ..model.licenses import LicenseChange, Sku
from .after import after_all
from .ended_parts import kept_ended
from .entitlements import entitle
from .operations import RowPlan
from .policy import Policy
from .snapshot import Snapshot, Unread

NAMED = 20
"""Rows that a message names one by one."""


def fit_seats(rows: list[RowPlan], snapshot: Snapshot, policy: Policy) -> list[RowPlan]:
    """Refuse, or leave out, what there is no seat for.

    ``fail``: of a SKU that is short every row is refused that newly needs it, because nobody is chosen by chance; all
    other rows go on. ``create_unlicensed``: the rows that do not fit lose that licence and keep everything else; seats
    go to the rows in the order of the declaration.

    :raises Unread: when seats are short and it is not known which licences the users have who are going to be deleted.
    """
    skus = {sku.id: sku for sku in snapshot.skus or ()}
    demand = _short(_demanded(rows), skus)
    if not demand:
        return rows
    if policy.on_no_seats == "fail":
        return _without_the_short(rows, skus, snapshot)
    seating = _seated(demand, skus, _given_up(rows, demand, snapshot))
    if seating.lost:
        short = {sku_id: _needed(skus[sku_id], len(demand[sku_id]), seating) for sku_id in demand}
        rows = [
            _unlicensed(row, seating.lost.get(position, frozenset()), skus, short, snapshot, policy)
            for position, row in enumerate(rows)
        ]
    return _in_order(rows, seating)


def _demanded(rows: t.Sequence[RowPlan], without: t.Container[int] = ()) -> dict[str, list[int]]:
    """The positions of the rows that newly need a SKU, by SKU."""
    demand: dict[str, list[int]] = {}
    for position, row in enumerate(rows):
        if position in without:
            continue
        for operation in row.operations:
            if isinstance(operation.target, LicenseChange):
                for sku_id in operation.target.new:
                    demand.setdefault(sku_id, []).append(position)
    return demand


def _short(demand: t.Mapping[str, list[int]], skus: t.Mapping[str, Sku]) -> dict[str, list[int]]:
    """Those SKUs that more rows need than there are free seats."""
    return {sku_id: positions for sku_id, positions in sorted(demand.items()) if len(positions) > skus[sku_id].free}


def _without_the_short(rows: list[RowPlan], skus: t.Mapping[str, Sku], snapshot: Snapshot) -> list[RowPlan]:
    """The rows, those refused that newly need a SKU of which there are too few seats.

    Who is refused gives up no seat either, which may make others short in turn.
    """
    why: dict[int, list[str]] = {}
    while True:
        demand = _short(_demanded(rows, without=why), skus)
        if not demand:
            break
        givers = _given_up(rows, demand, snapshot, without=why)
        seating = _seated(demand, skus, givers)
        if not seating.lost:
            break
        # A SKU that has enough seats by itself may lack those of a row that is refused for another one: that shows in
        # the next round.
        lacking = {sku_id for sku_id in demand if len(demand[sku_id]) > skus[sku_id].free + len(givers[sku_id])}
        lacking = lacking or {sku_id for lost in seating.lost.values() for sku_id in lost}
        for sku_id in sorted(lacking):
            left = [rows[position] for position in demand[sku_id]]
            words = _too_few_seats(skus[sku_id], len(left), left, seating)
            for position in demand[sku_id]:
                why.setdefault(position, []).append(words)
    refused = [_refused(row, " ".join(why[position])) if position in why else row for position, row in enumerate(rows)]
    return _in_order(refused, seating) if demand else refused


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


def _given_up(
    rows: list[RowPlan], demand: t.Mapping[str, t.Any], snapshot: Snapshot, without: t.Container[int] = ()
) -> dict[str, list[int]]:
    """The rows that make seats free, by SKU. :raises Unread:"""
    found: dict[str, list[int]] = {sku_id: [] for sku_id in demand}
    unread: list[Unread] = []
    for position, row in enumerate(rows):
        given: set[str] = set()
        if position in without:
            continue
        for operation in row.operations:
            if operation.action == "delete":
                try:
                    given |= {license.sku_id for license in snapshot.licenses_of(operation.user_id or Guid(""))}
                except Unread as exc:
                    unread.append(exc)
            elif isinstance(operation.target, LicenseChange) and operation.gives_up_seats:
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


def _needed(sku: Sku, needed: int, seating: _Seating) -> str:
    given = seating.given_up[sku.id]
    suspended = "" if sku.usable else f"; the product is {sku.status}"
    given_up = f", {given} given up by this plan" if given else ""
    return f"{counted(needed, 'seat')} needed, {sku.free} free{given_up}{suspended}"


def _too_few_seats(sku: Sku, needed: int, left: list[RowPlan], seating: _Seating) -> str:
    short = needed - sku.free - seating.given_up[sku.id]
    named = first_few([label(row.row) for row in left], NAMED)
    # Rows that would have to wait for each other are not short of seats by number.
    few = f"{short} short" if short > 0 else "none in time"
    return f"{sku.label}: {few} ({_needed(sku, needed, seating)}). Newly needed by {named}."


def _refused(row: RowPlan, why: str) -> RowPlan:
    message = f"{why} These users get nothing new. Buy or free seats, or set on_no_seats: create_unlicensed."
    kept = kept_ended(row.operations, lambda _operation: False)
    after = row.before and after_all(row.before, kept)
    return replace(row, after=after, operations=kept, refusal=message, details={"reason": "no_seats"})


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
    note = f"{name} did not get {names}: no free seat."
    by = "purge_licenses" if row.row.purge_licenses else "remove" if row.row.removed_licenses else ""
    if by:
        note += f" {by} is on hold for this user until a seat is free."
    return replace(entitle(replace(row, unseated=lost), snapshot, policy), warnings=(*row.warnings, note), note=note)
