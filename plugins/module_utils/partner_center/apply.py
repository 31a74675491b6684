# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Carries out a plan: which users are worked on, in which order, and when no further one is begun."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

from ..common.interruption import UNINTERRUPTED, Stopper
from ..common.outcomes import Outcome
from ..common.secrets import Secrets
from .api import Api
from .gdap import Permissions
from .model import User
from .operations import Plan, RowPlan
from .passwords import CredentialsFile
from .row_order import awaited, scout, withheld
from .writer import Writer


class Stop(t.Protocol):
    """Tells whether the run goes on, and learns how each row ended."""

    def reached(self) -> str:
        """Why no further row may be begun; empty while the run goes on."""

    def details(self) -> dict[str, t.Any]:
        """The stable word for that, as keys of an outcome."""

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
    interruption: Stopper = UNINTERRUPTED,
) -> list[Outcome]:
    """Carry out the rows of a plan.

    :param credentials: where generated passwords go; needed by rows that generate one.
    :param max_parallel: users that are worked on side by side.
    :param stop: asked before each row that would write.
    :param aftermath: plans the licences and roles of a user who has just been restored; needed by rows with conditional operations.
    :param interruption: asked before each operation; only what is under way is finished.
    :returns: one outcome per row, in the order of the plan; errors are in them, not raised.
    """
    permissions = Permissions(plan.customer_id)
    writer = Writer(plan.customer_id, api, secrets, credentials, permissions, aftermath, interruption)

    done: dict[int, Outcome] = {}
    places = {str(row.before.id).lower(): position for position, row in enumerate(plan.rows) if row.before and row.operations}

    def one(position: int) -> Outcome:
        row = plan.rows[position]
        why = stop.reached() if stop and row.operations else ""
        details: dict[str, t.Any] = stop.details() if stop and why else {}
        if not why:
            why = permissions.missing(row.operations)
            details = {"needed_roles": list(permissions.missing_roles(row.operations))} if why else {}
        why = why or withheld(row, {giver: done.get(places.get(giver, -1)) for giver in row.waits_for})
        outcome = Outcome(row, "skipped", user=row.before, message=why, details=details) if why else writer.carry_out(row)
        if stop:
            stop.note(outcome)
        return outcome

    alone = max_parallel == 1 or sum(bool(row.operations) for row in plan.rows) <= 1
    first = None if alone else scout(plan.rows)
    if first is not None:
        done[first] = one(first)
    rest = [position for position in range(len(plan.rows)) if position not in done]
    with ThreadPoolExecutor(max_workers=1 if alone else max_parallel) as pool:
        while rest:
            # Who gets somebody else's seat comes after that one.
            ahead = set(rest)
            now = [position for position in rest if not any(places.get(giver) in ahead for giver in awaited(plan.rows[position]))] or rest
            done.update(zip(now, map(one, now) if alone else pool.map(one, now)))
            rest = [position for position in rest if position not in done]
    return [done[position] for position in range(len(plan.rows))]


def predicted(planned: RowPlan) -> Outcome:
    """What a plan promises for a row, in the form of an outcome."""
    outcome = Outcome(planned, user=planned.after, done=list(planned.operations), warnings=list(planned.warnings))
    outcome.status = "changed" if planned.operations else "ok"
    outcome.message = planned.note
    if planned.refusal or planned.skipped:
        outcome.user, outcome.details = planned.before, dict(planned.details)
        outcome.status, outcome.message = ("failed", planned.refusal) if planned.refusal else ("skipped", planned.skipped)
    return outcome
