"""Random tasks that delete: above the limit nobody goes without the digest of exactly those users.

The tasks are those of the unit test, only many more.
"""

from __future__ import annotations

import pytest
from unit.partner_center.deletion_tasks import random_tasks

from trials.setting import Report


def trial(tasks: int = 10_000, seed: int = 1, name: str = "deletions") -> Report:
    """So many tasks, each free, in check mode, as a run, as a plan and as a plan that is applied."""
    report = Report(name)
    with pytest.MonkeyPatch.context() as patch:
        try:
            allowed, refused, reviewed = random_tasks(tasks, seed, patch.setattr)
        except AssertionError as exc:
            report.target(False, f"a task did what it must not: {exc}")
            return report
    report.say(
        f"{tasks} tasks; deletions allowed in {allowed}, refused in {refused}, above the limit by a reviewed plan in {reviewed}"
    )
    report.target(min(allowed, refused) * 10 > tasks and reviewed * 100 > tasks, "the sample shows all of it")
    return report
