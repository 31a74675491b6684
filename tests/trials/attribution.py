"""Who made users differ from their declarations: random worlds, and what the audit records tell of them."""

from __future__ import annotations

import time

from support.attribution_worlds import judged

from trials.setting import Report

SHARE = 0.95
"""Of what the records can tell."""


def trial(worlds: int = 1000, first: int = 0) -> Report:
    """:param first: the seed of the first world."""
    report = Report("attribution")
    started = time.monotonic()
    found = judged(range(first, first + worlds))
    report.say(
        f"{worlds} worlds (seeds from {first}), {found.differences} differences: of {found.arrived} the record arrives, of {found.tellable} it "
        f"tells who made it so, {time.monotonic() - started:.1f} s"
    )
    share = found.found / found.tellable if found.tellable else 0.0
    report.target(
        share >= SHARE, f"{found.found} of {found.tellable} are attributed ({share:.1%}, at least {SHARE:.0%})"
    )
    report.target(
        not found.wrong,
        f"{len(found.wrong)} are attributed wrongly (0){': ' if found.wrong else ''}{'; '.join(found.wrong[:3])}",
    )
    report.figures.update(
        differences=found.differences, tellable=found.tellable, found=found.found, wrong=len(found.wrong)
    )
    return report
