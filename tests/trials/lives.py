"""Lives of a partner: whole tasks with people, ends, plans and an audit log, in random order, among faults and changes.

The lives are those of the unit test, only many more and longer.
"""

from __future__ import annotations

import os
from unittest import mock

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from unit.partner_center.lives import Life

from trials.setting import Report


def trial(lives: int = 2_000, steps: int = 20, name: str = "lives") -> Report:
    """So many lives of so many steps each. The first one in which something is wrong is said, as short as it gets."""
    report = Report(name)
    limits = settings(
        max_examples=lives,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        phases=(Phase.generate, Phase.shrink),
    )
    # The disk is not what is tried here.
    with mock.patch.object(os, "fsync", lambda _descriptor: None):
        try:
            run_state_machine_as_test(Life, settings=limits)
        except AssertionError as exc:
            report.target(False, f"a life went wrong: {exc}")
            return report
    report.say(f"{lives} lives of up to {steps} steps")
    return report
