# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one loop that repeats: how often, with which pauses, and what ends it."""

from __future__ import annotations

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.waits import WaitBudget, attempts, pause


def budget(seconds: float, pauses: list[float]) -> WaitBudget:
    """A budget whose clock stands still, so that each pause is charged in full."""
    moments = [0.0]

    def sleep(duration: float) -> None:
        pauses.append(duration)
        moments[0] += duration

    return WaitBudget(seconds, sleep=sleep, clock=lambda: moments[0])


@pytest.mark.parametrize("most", [1, 2, 5])
def test_there_is_a_pause_between_attempts_and_none_after_the_last(most: int) -> None:
    pauses: list[float] = []
    assert list(attempts(budget(1000, pauses), most)) == list(range(1, most + 1))
    assert pauses == [pause(number) for number in range(1, most)]


@pytest.mark.parametrize(("seconds", "numbers"), [(0, 1), (0.4, 1), (0.5, 2), (1.9, 2), (2.0, 3)])
def test_the_budget_ends_it(seconds: float, numbers: int) -> None:
    assert len(list(attempts(budget(seconds, []), 9))) == numbers


def test_success_waits_for_nothing() -> None:
    pauses: list[float] = []
    for _attempt in attempts(budget(1000, pauses), 9):
        break
    assert pauses == []


def test_an_interruption_ends_it() -> None:
    class Stop:
        stopped = False

        def reached(self) -> str:
            return "stopped" if self.stopped else ""

        def wait(self, seconds: float) -> None:
            self.stopped = True

    assert list(attempts(WaitBudget(1000, interruption=Stop()), 9)) == [1]  # type: ignore[arg-type]
