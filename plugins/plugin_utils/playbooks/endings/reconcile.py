# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""How ``reconcile`` goes on and ends."""

from __future__ import annotations

from ....module_utils._common import text
from ..outcomes import left_alone, of_rows
from .ending import INTERRUPTED, NO_RESULT, Ending, Run, counted, reason_of


def may_apply(run: Run) -> bool:
    """Whether the second step follows the first one."""
    if not run.given.get("apply"):
        return False
    if "reviewed_plan" in run.given:
        return True
    planned = run.step("planned")
    counts = counted(planned, ["purged"])
    # In check mode there is no file with a plan. Half a plan is none, and whoever interrupts the one step does not want
    # the next one.
    return not run.check_mode and counts["changed"] + counts["purged"] > 0 and reason_of(planned) != INTERRUPTED


def may_change(run: Run) -> bool:
    """Whether the run would change something in the place of this preview."""
    counts = counted(run.step("planned"), ["purged"])
    return run.check_mode and bool(run.given.get("apply")) and counts["changed"] + counts["purged"] > 0


def end(run: Run) -> Ending:
    """The end of a run."""
    applied = run.step("applied")
    last = applied or run.step("planned")
    counts = counted({} if run.broken else last, ["purged"])
    problem = run.broken or (of_rows(last)["problem"] if last else NO_RESULT)
    differs = counts["changed"] + counts["purged"] > 0
    wrote = bool(applied) and not run.check_mode
    every = text.counted(counts["rows"], "row")
    shown = of_rows(last)["text"]
    if problem:
        status, message = "failed", problem
    elif not differs:
        status, message = "no_drift", f"{every} {text.agreeing(counts['rows'], 'is', 'are')} as declared."
    elif wrote:
        status, message = "applied", shown
    else:
        status, message = "drift", shown
    facts = {"customers": 0 if run.broken else len(last.get("customers") or ()), **counts}
    facts.update({} if run.broken else left_alone([last]))
    lines = {"status": status, **facts}
    return Ending(
        status,
        message,
        status == "failed" or (status == "drift" and bool(run.given.get("fail_on_drift"))),
        facts,
        {"reconcile.env": "".join(f"RECONCILE_{name.upper()}={value}\n" for name, value in lines.items())},
        # Only those who look want to see everybody, and there may be thousands.
        of_rows(last)["people"] if run.check_mode or run.diff_mode else (),
    )
