# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""How ``onboard_tenant`` goes on and ends."""

from __future__ import annotations

import typing as t

from ...portal_csv.journal import JournalError
from ...report.appearance import AppearanceProblem
from ...task_files.declared import Unreadable
from ...task_files.handover import handover
from ...task_files.written import ENDINGS, look_of, rendered
from ..outcomes import of_rows
from .ending import NO_RESULT, Ending, Result, Run, counted


def may_apply(run: Run) -> bool:
    """Whether the second step follows: all or nobody, because half of a team is harder to mend than none of it."""
    planned = run.step("planned")
    return not run.check_mode and bool(planned) and not of_rows(planned)["problem"] and counted(planned)["changed"] > 0


def may_name(run: Run) -> bool:
    """Whether the name of the customer is not known yet."""
    (customer,) = run.step("planned").get("customers") or [{}]
    return bool(customer.get("customer_id")) and not (customer.get("customer_name") or customer.get("domain"))


def end(run: Run) -> Ending:
    """The end of a run."""
    planned, applied = run.step("planned"), run.step("applied")
    last = applied or planned
    rows = counted(planned)["rows"] if applied else None
    problem = run.broken or (of_rows(last, rows)["problem"] if last else NO_RESULT)
    wrote, counts = bool(applied), counted(last)
    done = _done(applied, run) if applied and run.broken else ""
    if run.broken and wrote:
        problem = f"{done}{', but' if 'Passwords' in done else ' But'} afterwards a task failed: {problem}"
    name = _name(run)
    files: dict[str, str] = {}
    try:
        files.update(_reports(run, last, name, bool(problem)) if "rows" in last and not run.check_mode else {})
    except AppearanceProblem as exc:  # what was done stays done
        problem = " ".join(filter(None, [problem, _done(applied, run) if wrote and not problem else "", f"{exc}."]))
    if not problem and not run.check_mode and "handover" in run.given:
        files_or_problem = _handover(run, last, wrote)
        if isinstance(files_or_problem, str):
            done = _done(applied, run)
            tail = f"afterwards a task failed: {files_or_problem}"
            problem = f"{done}{', but' if 'Passwords' in done else ' But'} {tail}" if wrote else files_or_problem
        else:
            files.update(files_or_problem)
    if problem:
        status = "failed" if wrote else "refused"
        message = problem if wrote else f"Nothing was written. {problem}"
    elif not counts["changed"]:
        who = "the user is" if counts["rows"] == 1 else f"all {counts['rows']} users are"
        status, message = "unchanged", f"{name}: {who} as declared."
    elif wrote:
        status, message = "onboarded", f"{name}: {_done(applied, run)}"
    else:
        status, message = "ready", f"{name}: {_share(counts)} would be created or changed."
    return Ending(status, message, status in ("failed", "refused"), counts, files)


def _share(counts: t.Mapping[str, int]) -> str:
    return f"{counts['changed']} of {counts['rows']} user{'' if counts['rows'] == 1 else 's'}"


def _done(applied: Result, run: Run) -> str:
    counts = counted(applied)
    made = any(operation.get("action") == "create" for operation in applied.get("operations") or ())
    where = f" Passwords: {run.given['credentials_file']}" if made else ""
    return f"{_share(counts)}{' was' if counts['changed'] == 1 else ' were'} created or changed.{where}"


def _name(run: Run) -> str:
    """What a person calls the customer."""
    for customer in run.step("customer").get("customers") or ():
        return str(customer.get("name") or customer.get("id"))
    for customer in run.step("planned").get("customers") or ():
        return str(customer.get("customer_name") or customer.get("domain") or customer.get("customer_id"))
    return ""


def _reports(run: Run, last: Result, name: str, failed: bool) -> dict[str, str]:
    result = {**last, "failed": failed}
    texts = rendered(ENDINGS, [result], f"Users of {name}", look_of(run.given))
    return {f"report{ending}": text for ending, text in texts.items()}


def _handover(run: Run, last: Result, wrote: bool) -> dict[str, str] | str:
    """The file that is handed over, by its path; or why there is none."""
    path = str(run.given["handover"])
    if not wrote and run.exists(path):
        return {}
    try:
        return {path: handover(last["rows"], run.declared(), str(run.given["credentials_file"]))}
    except (JournalError, Unreadable, ValueError, KeyError) as exc:
        return f"{path} cannot be made: {exc}"
