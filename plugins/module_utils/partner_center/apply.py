# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Carries out a plan: which users are worked on, in which order, and when no further one is begun."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

from ..common.outcomes import Outcome
from ..common.secrets import Secrets
from .api import Api
from .gdap import Permissions, kinds
from .model import User
from .operations import Plan, RowPlan
from .passwords import CredentialsFile
from .writer import Writer


class Stop(t.Protocol):
    """Tells whether the run goes on, and learns how each row ended."""

    def reached(self) -> str:
        """Why no further row may be begun; empty while the run goes on."""

    def note(self, outcome: Outcome) -> None:
        """A row has ended."""


def apply(
    plan: Plan,
    api: Api,
    *,
    secrets: Secrets,
    credentials: CredentialsFile | None = None,
    max_parallel: int = 1,
    stop: Stop | None = None,
    aftermath: t.Callable[[RowPlan, User], RowPlan] | None = None,
) -> list[Outcome]:
    """Carry out the rows of a plan.

    :param credentials: where generated passwords go; needed by rows that generate one.
    :param max_parallel: users that are worked on side by side.
    :param stop: asked before each row that would write.
    :param aftermath: plans the licences and roles of a user who has just been restored; needed by rows with conditional operations.
    :returns: one outcome per row, in the order of the plan; errors are in them, not raised.
    """
    permissions = Permissions(plan.customer_id)
    writer = Writer(plan.customer_id, api, secrets, credentials, permissions, aftermath)

    done: dict[int, Outcome] = {}
    places = {str(row.before.id).lower(): position for position, row in enumerate(plan.rows) if row.before and row.operations}

    def one(position: int) -> Outcome:
        row = plan.rows[position]
        why = stop.reached() if stop and row.operations else ""
        details: dict[str, t.Any] = {}
        if not why:
            why = permissions.missing(row.operations)
            details = {"needed_roles": list(permissions.missing_roles(row.operations))} if why else {}
        why = why or _withheld(row, {giver: done.get(places.get(giver, -1)) for giver in row.waits_for})
        outcome = Outcome(row, "skipped", user=row.before, message=why, details=details) if why else writer.carry_out(row)
        if stop:
            stop.note(outcome)
        return outcome

    alone = max_parallel == 1 or sum(bool(row.operations) for row in plan.rows) <= 1
    scout = None if alone else _scout(plan.rows)
    if scout is not None:
        done[scout] = one(scout)
    rest = [position for position in range(len(plan.rows)) if position not in done]
    with ThreadPoolExecutor(max_workers=1 if alone else max_parallel) as pool:
        while rest:
            # Who gets somebody else's seat comes after that one.
            ahead = set(rest)
            now = [position for position in rest if not any(places.get(giver) in ahead for giver in _awaited(plan.rows[position]))] or rest
            done.update(zip(now, map(one, now) if alone else pool.map(one, now)))
            rest = [position for position in rest if position not in done]
    return [done[position] for position in range(len(plan.rows))]


def _awaited(row: RowPlan) -> frozenset[str]:
    return row.waits_for if row.operations else frozenset()


def _withheld(row: RowPlan, givers: t.Mapping[str, Outcome | None]) -> str:
    """Why a row cannot get the seats that were planned for it; empty if they have been given up."""
    if not row.operations:
        return ""
    for giver, outcome in sorted(givers.items()):
        # All of them, because one may be of another licence.
        if outcome is None or any(operation.gives_up_seats and operation not in outcome.done for operation in outcome.plan.operations):
            name = outcome.plan.row.name if outcome else giver
            return (
                f"Not attempted: the seat that {name} was to give up is not free. Nothing was begun for this user, so that nothing is left half done; "
                "run again when that is put right."
            )
    return ""


def _scout(rows: t.Sequence[RowPlan]) -> int | None:
    """The row that goes first and alone where users, licences and roles are written, which need different roles at the customer.

    It is the one that needs most of them: should one be missing, a single user is left half done, and not as many as are worked on at once.
    """
    if not any(operation.entitles for row in rows for operation in row.operations):
        return None
    first = [position for position, row in enumerate(rows) if not _awaited(row)]
    return max(first, key=lambda position: (len(kinds(rows[position].operations)), -position), default=None)


def predicted(planned: RowPlan) -> Outcome:
    """What a plan promises for a row, in the form of an outcome."""
    outcome = Outcome(planned, user=planned.after, done=list(planned.operations), warnings=list(planned.warnings))
    outcome.status = "changed" if planned.operations else "ok"
    outcome.message = planned.note
    if planned.refusal or planned.skipped:
        outcome.user, outcome.details = planned.before, dict(planned.details)
        outcome.status, outcome.message = ("failed", planned.refusal) if planned.refusal else ("skipped", planned.skipped)
    return outcome
