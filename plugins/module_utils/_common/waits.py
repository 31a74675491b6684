# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""How long a run may wait in all, and how long to wait before a request is repeated."""

from __future__ import annotations

import threading
import time
import typing as t

from .interruption import UNINTERRUPTED, Stopper

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0


class WaitBudget:
    """The seconds that a run may spend waiting (option ``max_wait``), shared by everything that waits.

    Waits that overlap in time are charged once: the budget is about the clock on the wall, not about the number of
    threads.

    :param interruption: ends every wait, and allows no further one.
    """

    def __init__(
        self,
        seconds: float,
        sleep: t.Callable[[float], t.Any] | None = None,
        clock: t.Callable[[], float] = time.monotonic,
        interruption: Stopper = UNINTERRUPTED,
    ) -> None:
        self.total = float(seconds)
        self.waited = 0.0
        self.interruption = interruption
        self._sleep = sleep or interruption.wait
        self._clock = clock
        self._charged_until = 0.0
        self._lock = threading.Lock()

    @property
    def left(self) -> float:
        """Seconds that may still be waited."""
        return max(0.0, self.total - self.waited)

    def wait(self, seconds: float, begun: t.Callable[[float], None] | None = None) -> bool:
        """Sleep, if the budget allows all of it; False without sleeping otherwise, and False after an interruption.

        :param begun: is told the seconds when the sleep begins.
        """
        if self.interruption.reached():
            return False
        with self._lock:
            now = self._clock()
            charge = max(0.0, now + seconds - max(now, self._charged_until))
            if charge > self.left:
                return False
            self.waited += charge
            self._charged_until = max(self._charged_until, now + seconds)
        if begun:
            begun(seconds)
        self._sleep(seconds)
        return not self.interruption.reached()


def pause(attempt: int) -> float:
    """Seconds before repeat number ``attempt`` (1, 2, ...): 0.5, 1.5, 3.5, ... up to half a minute, as Microsoft's SDK
    waits."""
    return min(LONGEST_PAUSE, (2.0 ** min(attempt, 10) - 1) * FIRST_PAUSE)


def attempts(budget: WaitBudget, most: int) -> t.Iterator[int]:
    """1, 2, ... with growing pauses between them; ends after ``most``, when the budget allows no further pause, and
    after an interruption.

    There is no pause after the last one. Whoever leaves the loop on success has waited only for what was needed; what
    the last attempt brought is what counts after it.
    """
    for number in range(1, most + 1):
        yield number
        if number == most or not budget.wait(pause(number)):
            return


def retry_after(headers: t.Mapping[str, str]) -> float | None:
    """The ``Retry-After`` header in seconds (Partner Center writes whole seconds); None when absent or unreadable."""
    try:
        value = float(headers.get("Retry-After", ""))
    except ValueError:
        return None
    return value if 0 <= value < float("inf") else None
