# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Results of tasks with one user and with many rows, the same for every system."""

from __future__ import annotations

import typing as t

from .context import TaskContext
from .deletion_limit import REASON, Verdict
from .diffs import task_diff
from .failure import beside, failure
from .outcomes import GENERAL_REASONS, Outcome, Status, counted_by_status
from .problem import Problem
from .progress import progress_problems
from .summary import action_of, counted_operations, summary_text
from .text import counted, first_few, row_words

WARNINGS = 20
"""Warnings of rows that are shown one by one."""

ROWS_FAILED = "rows_failed"
"""The key ``failure.reason`` of a task whose rows and customers have their own reasons."""

Diff = t.Callable[[t.Any], dict[str, t.Any]]
"""Makes Ansible's diff of one user from its outcome."""

Counted = tuple[t.Sequence[str], t.Mapping[str, str]]
"""The words under which a system's operations are counted, and the words for those that count under another one."""


def outcome_result(module: TaskContext[t.Any], outcome: Outcome, diff: Diff, counted: Counted) -> dict[str, t.Any]:
    """What the result of a task for one user says in every system; shows its warnings."""
    warn(module, outcome.warnings)
    operations = [operation.result() for operation in outcome.done]
    row = {
        "status": outcome.status,
        "action": action_of(outcome.done),
        "deletion": {"status": getattr(outcome, "deletion", None)},
    }
    result = {
        **beside(outcome.details),
        "changed": outcome.changed,
        "outcome": Status(outcome.status).value,
        "msg": summary_text([row], predicted=module.check_mode),
        "summary": {**counts([row]), **counted_operations(operations, *counted)},
        "operations": operations,
    }
    if module.diff_mode:
        result["diff"] = diff(outcome)
    if not Status(outcome.status).good:
        operation = outcome.failed.result() if outcome.failed else None
        result.update(
            failed=True, msg=outcome_message(outcome), failure=failure(outcome.details, str(outcome.reason), operation)
        )
    return result


def outcome_message(outcome: Outcome) -> str:
    """What a task says about its user. What was done before a failure is in the outcome's own message."""
    if outcome.failed is None:
        return outcome.message
    failed = outcome.failed.result()
    verb = "The outcome is unknown" if outcome.status == Status.UNKNOWN else "Failed"
    return f"{verb}: {failed['action']} {failed.get('user_principal_name') or failed.get('name')}. {outcome.message}"


def rows_result(
    module: TaskContext[t.Any],
    rows: list[dict[str, t.Any]],
    outcomes: t.Sequence[Outcome],
    verdict: Verdict,
    diff: Diff,
    counted: Counted,
    *,
    predicted: bool,
    purged: list[dict[str, t.Any]] | None = None,
    warnings: t.Sequence[str] = (),
    messages: t.Sequence[str] = (),
    told: t.Collection[str] = (),
    failed: bool = False,
) -> dict[str, t.Any]:
    """What the result of a task with many rows says in every system; shows the warnings of the rows.

    :param outcomes: of the rows, and of those who are purged.
    :param predicted: whether nothing was to be written.
    :param purged: users whom nobody declared, in the form of rows; None where there is no purge.
    :param warnings: those that are not about one row.
    :param messages: what went wrong and concerns more than a row.
    :param told: messages of rows that ``messages`` say already.
    :param failed: whether something failed that is neither a row nor a message.
    """
    warn(module, [*warnings, *(warning for outcome in outcomes for warning in outcome.warnings)])
    operations = [operation.result() for outcome in outcomes for operation in outcome.done]
    summary = counts(rows)
    if purged is not None:
        summary["purged"] = sum(row["status"] == Status.CHANGED for row in purged)
    summary.update(counted_operations(operations, *counted))
    result: dict[str, t.Any] = {
        "changed": any(outcome.changed for outcome in outcomes),
        "msg": summary_text([*rows, *(purged or [])], predicted=predicted),
        "check_mode": module.check_mode,
        "rows": rows,
        "summary": summary,
        "deletions": verdict.result(module.params["max_delete_total"]),
        "operations": operations,
    }
    if module.diff_mode:
        result["diff"] = task_diff(outcomes, diff)
    bad = [row for row in [*rows, *(purged or [])] if not Status(row["status"]).good]
    said = [verdict.refusal, *messages] if verdict.refusal else list(messages)
    told = {*told, *said}
    if bad or said or failed:
        deletions = sum(row["status"] != Status.CHANGED for row in purged or [])
        result.update(
            failed=True,
            msg=failure_message(summary, bad, said, deletions, told),
            failure=failure({}, REASON if verdict.refusal else ROWS_FAILED),
        )
    return result


def counts(rows: list[dict[str, t.Any]]) -> dict[str, int]:
    """The key ``summary``: how many rows there are, and how many of each status."""
    return {"rows": len(rows), **counted_by_status(row["status"] for row in rows)}


def attempted(outcome: Outcome) -> list[t.Any]:
    """The operations of a row that were begun: those that were carried out, and the one that was not."""
    return outcome.done + ([outcome.failed] if outcome.failed and outcome.failed not in outcome.done else [])


def answered(outcome: Outcome) -> dict[str, t.Any]:
    """What became of a row, and what it says about its requests: the last one, or the one that failed."""
    last = outcome.answers[-1] if outcome.answers else None
    return {
        "status": Status(outcome.status).value,
        "attempts": sum(answer.attempts for answer in outcome.answers),
        "http_status": outcome.details.get("http_status", last.status if last else None),
        "code": outcome.details.get("code"),
        "request_id": outcome.details.get("request_id", last.request_id if last else None),
        "correlation_id": outcome.details.get("correlation_id", last.correlation_id if last else None),
        "reason": outcome.reason,
        "message": outcome.message,
    }


def failure_message(
    summary: dict[str, int],
    bad: list[dict[str, t.Any]],
    messages: list[str],
    deletions: int = 0,
    told: t.Collection[str] = (),
) -> str:
    """What a task says in which not every row is as declared: the counts, and the first few reasons.

    :param bad: the rows that are not.
    :param messages: what concerns more than a row.
    :param told: messages of rows that are said by those already.
    :param deletions: how many deletions of a purge were not made.
    """
    head = (
        f"{summary['failed']} of {counted(summary['rows'], 'row')} failed, {summary['unknown']} unknown, "
        f"{summary['skipped']} skipped"
    )
    # What a purge did not do is no row of anybody.
    head += (
        f"; {deletions} deletions of the purge were not made. All results are in rows and purged."
        if deletions
        else ". All results are in rows."
    )
    # Why rows were not attempted comes before the failures that led to it: it is the shorter story.
    bad = sorted(bad, key=lambda row: row["status"] != Status.SKIPPED)
    who: dict[str, list[dict[str, t.Any]]] = {}
    for row in bad:
        if row["message"] and row["message"] not in told:
            who.setdefault(_kind(row), []).append(row)
    said = list(dict.fromkeys([*messages, *map(_told, who.values())]))
    more = f" ... and {len(said) - GROUPS} more." if len(said) > GROUPS else ""
    return " ".join([head, *said[:GROUPS]]) + more


GROUPS = 5
"""Kinds of failures that a message tells."""
NAMED = 10
"""Rows of one kind that are named in it."""
_TELL_NOTHING = frozenset(GENERAL_REASONS.values())
"""Reasons that stand for whatever has no word of its own."""


def _kind(row: t.Mapping[str, t.Any]) -> str:
    """Rows of one kind are told together: those with the same reason, or with the same words."""
    reason = row.get("reason")
    alike = reason and reason not in _TELL_NOTHING and row["status"] != Status.SKIPPED
    return f"{row['status']} {reason}" if alike else str(row["message"])


def _told(rows: list[dict[str, t.Any]]) -> str:
    """Why rows failed, with the users and where they are declared; a refusal of the plan has the name already."""
    text = str(rows[0]["message"])
    if all(row["status"] == Status.SKIPPED for row in rows):
        return text
    told = len(rows) == 1 and _name(rows[0]) in text
    names = [" ".join(filter(None, [row.get("source"), None if told else _name(row)])) for row in rows]
    who = first_few(names, NAMED)
    if len({row["message"] for row in rows}) > 1:
        who = f"{len(rows)} rows with the reason {rows[0]['reason']}: {who}. The first one"
    return f"{who}: {text}" if who else text


def _name(row: dict[str, t.Any]) -> str:
    """How a row's user is called: by its name in either system, else by its id."""
    return str(row.get("user_principal_name") or row.get("name") or row.get("user_id") or row_words(row["index"]))


def warn(module: TaskContext[t.Any], warnings: list[str]) -> None:
    """Show the warnings of the rows, not without end."""
    for warning in warnings[:WARNINGS]:
        module.warn(warning)
    if len(warnings) > WARNINGS:
        module.warn(f"{len(warnings) - WARNINGS} more warnings of this kind.")


def parallel_problems(params: t.Mapping[str, t.Any], given: t.Mapping[str, t.Any]) -> list[str]:
    """What is wrong with ``max_parallel``, ``max_fail_percentage`` and ``progress_file``.

    :param given: the options as they were written: a limit that a template left empty would be no limit.
    """
    problems = progress_problems(params["progress_file"])
    if given.get("max_fail_percentage", "") is None:
        problems.append(
            Problem(
                "max_fail_percentage is null; omit it if it is not needed (in a template: default(omit)).",
                "null",
                option="max_fail_percentage",
            )
        )
    if not 1 <= params["max_parallel"] <= 64:
        problems.append(Problem("max_parallel must be from 1 to 64.", "out_of_range", option="max_parallel"))
    limit = params["max_fail_percentage"]
    if limit is not None and not 0 <= limit <= 100:
        problems.append(
            Problem("max_fail_percentage must be from 0 to 100.", "out_of_range", option="max_fail_percentage")
        )
    return problems
