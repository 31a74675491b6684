# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""A plan that is being carried out: its rows side by side or one after another, all at once or in two parts."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from datetime import datetime, timedelta

from ..._common.interruption import REASON as INTERRUPTED
from ..._common.outcomes import Outcome, Status
from ..._common.threads import Pool
from ..plan.ended_parts import beside
from ..plan.operations import Operation, Plan, RowPlan, brief_words
from .permissions import Permissions
from .row_order import awaited, scout, withheld

LISTED = timedelta(days=1)
"""By then at the latest a listing shows who was deleted."""
READ = timedelta(minutes=5)
"""By then at the latest a read shows what was granted."""


class Stop(t.Protocol):
    """Tells whether the run goes on, and learns how each row ended."""

    def reached(self) -> str:
        """Why no further row may be begun; empty while the run goes on."""

    def hindered(self) -> str:
        """Why not even what has ended may be taken away."""

    def details(self) -> dict[str, t.Any]:
        """The stable word for that, as keys of an outcome."""

    def note(self, outcome: Outcome) -> None:
        """A row has ended."""


class Application:
    """The rows of one plan on their way.

    :param carry_out: does all operations of one row; errors are in its outcome, not raised.
    :param max_parallel: users that are worked on side by side.
    :param stop: asked before each row that would write.
    """

    def __init__(
        self,
        plan: Plan,
        carry_out: t.Callable[[RowPlan], Outcome],
        permissions: Permissions,
        *,
        max_parallel: int = 1,
        stop: Stop | None = None,
    ) -> None:
        self.plan = plan
        self._carry_out = carry_out
        self._permissions = permissions
        self._parallel = max_parallel
        self._stop = stop
        self._done: dict[int, Outcome] = {}
        self._urgent = False
        """Whether what has ended is being taken away: rows that have failed are no reason to put that off."""
        self._first: dict[int, Outcome] = {}
        """Of rows that have more to do: what became of the part that takes away what has ended."""
        self._places = {
            row.before.id: position for position, row in enumerate(plan.rows) if row.before and row.operations
        }

    def deletions(self) -> list[int]:
        """Positions of the rows that delete their user, and of those that wait for a seat which such a row gives up."""
        held = {position for position, row in enumerate(self.plan.rows) if _deletes(row)}
        size = -1
        while held and size != len(held):
            size = len(held)
            held |= {
                position
                for position, row in enumerate(self.plan.rows)
                if any(self._places.get(giver) in held for giver in awaited(row))
            }
        return sorted(held)

    def take_away(self, users: bool) -> None:
        """Only what has ended. :param users: whether users who have ended may be deleted."""
        due = [
            position
            for position, row in enumerate(self.plan.rows)
            if position not in self._done and any(operation.ended for operation in _now(row))
        ]
        if not users:
            due = [position for position in due if not _deletes(self.plan.rows[position])]
        alone = [position for position in due if _is_one(self.plan.rows[position])]
        parts = [position for position in due if position not in alone]
        self._urgent = True
        try:
            self.run(alone)
            with Pool(self._parallel if len(parts) > 1 else 1) as pool:
                self._first.update(zip(parts, pool.map(self._each_ended, (self.plan.rows[place] for place in parts))))
        finally:
            self._urgent = False

    def _each_ended(self, row: RowPlan) -> Outcome:
        """Take away one after another. One that cannot be taken away holds up no other."""
        made: Outcome | None = None
        staying: list[Operation] = []
        for operation in _now(row):
            before = made.user if made and made.user else row.before
            part = RowPlan(row.row, before=before, after=row.after, operations=(beside(operation, staying),))
            outcome = self._attempt(replace(part, warnings=() if made else row.warnings))
            made = outcome if made is None else _both(made, outcome)
            if outcome.status == Status.FAILED:
                staying.append(operation)
            if outcome.nobody_can or outcome.details.get("reason") == INTERRUPTED:
                break
        return t.cast(Outcome, made)

    def unproven(self, position: int, now: datetime) -> frozenset[str]:
        """What of a row has ended and is not known to be gone. :param now: the service's time."""
        row = self.plan.rows[position]
        outcome = self._done.get(position) or self._first.get(position)
        ended = {end.mark for end in row.row.ends if end.ended}
        undone = row.refusal or row.skipped
        if row.before is None and (undone or row.operations):
            return frozenset(ended)  # perhaps somebody new comes in the place of the one who had it
        if row.before is None:
            # Who was deleted just now may not be listed yet.
            return frozenset(end.mark for end in row.row.ends if end.ended and (end.ends_at or now) > now - LISTED)
        if row.before.state != "active" and not row.operations:
            # Whoever restores the user may bring it back.
            return frozenset(ended - {"user:"})
        planned = {mark for operation in row.operations for mark in operation.ended}
        waits = any(operation.conditional for operation in row.operations)  # what comes back is seen only then
        if waits:
            return frozenset(ended)
        done = {mark for operation in (outcome.done if outcome else ()) for mark in operation.ended}
        whole = undone or "user:" in planned  # what the user has goes only with the user
        fresh = {end.mark for end in row.row.ends if end.ended and end.granted_at and end.granted_at > now - READ}
        return frozenset(((ended if whole else planned) | fresh) - done)

    def fail(self, positions: t.Iterable[int], why: str, details: t.Mapping[str, t.Any]) -> None:
        """Do nothing more for these rows."""
        for position in positions:
            if position not in self._done:
                row = self.plan.rows[position]
                outcome = Outcome(row, Status.FAILED, user=row.before, message=why, details=dict(details))
                self._done[position] = self._noted(self._joined(position, outcome))

    def run(self, positions: t.Iterable[int] | None = None) -> None:
        """Carry out these rows (default: all that are left), those first for whose seats others wait."""
        rest = [
            position
            for position in (range(len(self.plan.rows)) if positions is None else positions)
            if position not in self._done
        ]
        rows = self.plan.rows
        alone = self._parallel == 1 or sum(bool(rows[position].operations) for position in rest) <= 1
        first = None if alone or self._done else scout([rows[position] for position in rest], self._permissions)
        if first is not None:
            self._done[rest[first]] = self._one(rest[first])
            rest.pop(first)
        with Pool(1 if alone else self._parallel) as pool:
            while rest:
                # Who gets somebody else's seat comes after that one.
                ahead = set(rest)
                now = [
                    position
                    for position in rest
                    if not any(self._places.get(giver) in ahead for giver in awaited(rows[position]))
                ] or rest
                self._done.update(zip(now, map(self._one, now) if alone else pool.map(self._one, now)))
                rest = [position for position in rest if position not in self._done]

    def refuse(self, why: str, details: t.Mapping[str, t.Any]) -> None:
        """Delete nobody of those who are left, and let nobody have the seats that they would give up."""
        for position in self.deletions():
            row = self.plan.rows[position]
            if position in self._done or not _deletes(row):
                continue
            refused = Outcome(row, Status.SKIPPED, user=row.before, message=why, details=dict(details))
            self._done[position] = self._noted(refused)
        self.run()

    def finish(self) -> list[Outcome]:
        """Carry out all that are left. :returns: one outcome per row, in the order of the plan; errors are in them."""
        self.run()
        return self.outcomes()

    def outcomes(self) -> list[Outcome]:
        """One per row, in the order of the plan, once all are done."""
        return [self._done[position] for position in range(len(self.plan.rows))]

    def _one(self, position: int) -> Outcome:
        row, first = self.plan.rows[position], self._first.get(position)
        if first is None:
            return self._noted(self._attempt(row))
        if not first.status.good:
            first.plan = row
            return self._noted(first)
        rest = tuple(operation for operation in row.operations if operation not in _now(row))
        left = replace(row, before=first.user or row.before, operations=rest)
        return self._noted(self._joined(position, self._attempt(left)))

    def _joined(self, position: int, outcome: Outcome) -> Outcome:
        """The outcome of a row with what was taken away of it before."""
        first, outcome.plan = self._first.get(position), self.plan.rows[position]
        if first is None:
            return outcome
        outcome.done = [*first.done, *outcome.done]
        outcome.answers = [*first.answers, *outcome.answers]
        outcome.warnings = list(dict.fromkeys([*first.warnings, *outcome.warnings]))
        if outcome.status == Status.OK and outcome.done:
            outcome.status = Status.CHANGED
        if first.done and not outcome.status.good:
            taken = "; ".join(map(brief_words, first.done))
            outcome.message = f"{outcome.message} Removed all the same, because it had ended: {taken}.".strip()
        return outcome

    def _noted(self, outcome: Outcome) -> Outcome:
        if self._stop:
            self._stop.note(outcome)
        return outcome

    def _attempt(self, row: RowPlan) -> Outcome:
        stop = self._stop
        ask = stop and row.operations and (stop.hindered if self._urgent else stop.reached)
        why = ask() if ask else ""
        details: dict[str, t.Any] = stop.details() if stop and why else {}
        if not why:
            why = self._permissions.missing(row.operations)
            needed = list(self._permissions.missing_roles(row.operations))
            details = {"reason": "missing_role", "needed_roles": needed} if why else {}
        why = why or withheld(row, {giver: self._done.get(self._places.get(giver, -1)) for giver in row.waits_for})
        return (
            Outcome(row, Status.SKIPPED, user=row.before, message=why, details=details) if why else self._carry_out(row)
        )


def _now(row: RowPlan) -> tuple[Operation, ...]:
    """What of a row takes away what has ended, and need not wait for a restore."""
    return tuple(operation for operation in row.operations if operation.ended and not operation.conditional)


def _deletes(row: RowPlan) -> bool:
    return any(operation.action == "delete" for operation in row.operations)


def _is_one(row: RowPlan) -> bool:
    """Whether all that there is to do is to take away one thing."""
    return not row.refusal and len(row.operations) == 1 and _now(row) == row.operations


def _both(one: Outcome, other: Outcome) -> Outcome:
    """Two parts of a row as one: as bad as the worse of them."""
    bad = [outcome for outcome in (one, other) if not outcome.status.good]
    made = next((outcome for outcome in bad if outcome.status == Status.UNKNOWN), bad[0] if bad else other)
    return replace(
        made,
        status=made.status if bad else Status.CHANGED if one.done or other.done else Status.OK,
        user=other.user or one.user,
        done=[*one.done, *other.done],
        answers=[*one.answers, *other.answers],
        warnings=list(dict.fromkeys([*one.warnings, *other.warnings])),
        message=" ".join(dict.fromkeys(filter(None, (one.message, other.message)))),
        unnoted=" ".join(filter(None, (one.unnoted, other.unnoted))),
        nobody_can=one.nobody_can or other.nobody_can,
    )
