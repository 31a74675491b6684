"""Every single byte of an approved plan, and of an approval, is changed: none of these plans is approved.

The changes are those of the unit test, at all positions and not at some.
"""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from unit.partner_center.approval_desk import Desk, every_change

from trials.setting import Report


def trial(seed: int = 1, every: int = 1, name: str = "approvals") -> Report:
    """:param every: so many positions lie between two that are changed."""
    report = Report(name)
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        desk.sign("ann", "ben")
        size = sum(path.stat().st_size for path in (desk.plan, desk.plan.with_name("plan.json.ben.sig")))
        found = every_change(desk, lambda content: range(0, len(content), every), random.Random(seed))
    # A byte that was replaced by itself is no change; every other one was refused, or the line above has failed.
    report.say(f"{found} single bytes of {size} changed, each refused")
    report.target(found * every >= size * 0.9, "nearly every position was changed")
    return report
