# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Stops a run of many rows when it makes no sense to begin further ones."""

from __future__ import annotations

import threading
import typing as t

from .interruption import REASON, UNINTERRUPTED, Stopper
from .outcomes import Outcome, Status

NOBODY = "Sign-in is not possible: "


class RunLimit:
    """Stops a run: when it is interrupted, when too many rows have failed, or when nobody can sign in any more. Counts
    for the progress, too."""

    def __init__(
        self,
        rows: int,
        max_fail_percentage: float | None,
        watch: t.Callable[[int, int, int], None] | None = None,
        interruption: Stopper = UNINTERRUPTED,
    ) -> None:
        self.rows = rows
        self.done = self.failed = 0
        self._limit = max_fail_percentage
        self._why = ""
        self._too_many = ""
        self._watch = watch
        self._interruption = interruption
        self._lock = threading.Lock()

    def reached(self) -> str:
        """Why no further row may be begun; empty while the run goes on."""
        return self.hindered() or self._too_many

    def hindered(self) -> str:
        """Why not even that may be done which failed rows are no reason to put off: taking away what has ended."""
        return self._interruption.reached() or self._why

    @property
    def interrupted(self) -> bool:
        """Whether it was stopped from outside."""
        return bool(self._interruption.reached())

    def details(self) -> dict[str, t.Any]:
        """The stable word for what was not begun, as keys of its outcome."""
        return {"reason": REASON} if self.interrupted else {}

    def stop(self, why: str) -> None:
        """Begin no further row."""
        with self._lock:
            self._why = self._why or why

    def announce(self, rows: t.Iterable[t.Any]) -> None:
        """Rows that a plan refuses have failed before the first write: so a limit stops a run and its prediction at the
        same point."""
        self._count(0, sum(row.refusal is not None for row in rows))

    def note(self, outcome: Outcome) -> None:
        """A row has ended."""
        if outcome.nobody_can:
            self.stop(NOBODY + outcome.message)
        self._count(1, outcome.status in (Status.FAILED, Status.UNKNOWN) and outcome.plan.refusal is None)

    def _count(self, done: int, failed: int) -> None:
        with self._lock:
            self.done += done
            self.failed += failed
            if self._limit is not None and self.rows and 100 * self.failed / self.rows > self._limit:
                self._too_many = (
                    self._too_many
                    or f"{self.failed} of {self.rows} rows have failed, which is more than "
                    f"max_fail_percentage ({self._limit:g} %)."
                )
        if self._watch:
            self._watch(self.done, self.rows, self.failed)


class PurgeLimit:
    """The same run_limit for users whom nobody declared: they are no rows, so that they are not counted."""

    def __init__(self, run_limit: RunLimit) -> None:
        self._brake = run_limit

    def reached(self) -> str:
        """See :meth:`RunLimit.reached`."""
        return self._brake.reached()

    def hindered(self) -> str:
        """See :meth:`RunLimit.hindered`."""
        return self._brake.hindered()

    def details(self) -> dict[str, t.Any]:
        """See :meth:`RunLimit.details`."""
        return self._brake.details()

    def note(self, outcome: Outcome) -> None:
        """A deletion has ended."""
        if outcome.nobody_can:
            self._brake.stop(NOBODY + outcome.message)
