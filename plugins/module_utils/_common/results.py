# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Results of tasks with many rows, the same for every system."""

from __future__ import annotations

import typing as t

from .module import CollectionModule
from .outcomes import STATUSES, Outcome
from .progress import progress_problems
from .text import first_few

WARNINGS = 20
"""Warnings of rows that are shown one by one."""


def counts(rows: list[dict[str, t.Any]]) -> dict[str, int]:
    """The key ``summary``: how many rows there are, and how many of each status."""
    return {"rows": len(rows), **{name: sum(row["status"] == name for row in rows) for name in STATUSES}}


def attempted(outcome: Outcome) -> list[t.Any]:
    """The operations of a row that were begun: those that were carried out, and the one that was not."""
    return outcome.done + ([outcome.failed] if outcome.failed and outcome.failed not in outcome.done else [])


def answered(outcome: Outcome) -> dict[str, t.Any]:
    """What a row says about its requests: the last one, or the one that failed."""
    last = outcome.answers[-1] if outcome.answers else None
    return {
        "attempts": sum(answer.attempts for answer in outcome.answers),
        "http_status": outcome.details.get("http_status", last.status if last else None),
        "code": outcome.details.get("code"),
        "request_id": outcome.details.get("request_id", last.request_id if last else None),
        "correlation_id": outcome.details.get("correlation_id", last.correlation_id if last else None),
        "reason": outcome.details.get("reason"),
        "message": outcome.message,
    }


def failure_message(
    summary: dict[str, int], bad: list[dict[str, t.Any]], messages: list[str], deletions: int = 0
) -> str:
    """What a task says in which not every row is as declared: the counts, and the first few reasons.

    :param bad: the rows that are not.
    :param messages: what concerns more than a row.
    :param deletions: how many deletions of a purge were not made.
    """
    head = (
        f"{summary['failed']} of {summary['rows']} rows failed, {summary['unknown']} unknown, {summary['skipped']} "
        "skipped"
    )
    # What a purge did not do is no row of anybody.
    head += (
        f"; {deletions} deletions of the purge were not made. All results are in rows and purged."
        if deletions
        else ". All results are in rows."
    )
    # Why rows were not attempted comes before the failures that led to it: it is the shorter story.
    bad = sorted(bad, key=lambda row: row["status"] != "skipped")
    who: dict[str, list[dict[str, t.Any]]] = {}
    for row in bad:
        if row["message"] and not any(message.endswith(row["message"]) for message in messages):
            who.setdefault(row["message"], []).append(row)
    said = list(dict.fromkeys([*messages, *(_named(text, rows) for text, rows in who.items())]))
    more = f" ... and {len(said) - 5} more." if len(said) > 5 else ""
    return " ".join([head, *said[:5]]) + more


NAMED = 3
"""Rows of one message that are named in it."""


def _named(text: str, rows: list[dict[str, t.Any]]) -> str:
    """A message with the users that it is about and where they are declared; a refusal of the plan has the name
    already."""
    if all(row["status"] == "skipped" for row in rows):
        return text
    told = len(rows) == 1 and _name(rows[0]) in text
    names = [" ".join(filter(None, [row.get("source"), None if told else _name(row)])) for row in rows]
    who = first_few(names, NAMED)
    return f"{who}: {text}" if who else text


def _name(row: dict[str, t.Any]) -> str:
    """How a row's user is called: by its name in either system, else by its id."""
    return str(row.get("user_principal_name") or row.get("name") or row.get("user_id") or f"row {row['index']}")


def warn(module: CollectionModule, warnings: list[str]) -> None:
    """Show the warnings of the rows, not without end."""
    for warning in warnings[:WARNINGS]:
        module.warn(warning)
    if len(warnings) > WARNINGS:
        module.warn(f"{len(warnings) - WARNINGS} more warnings of this kind are not shown.")


def parallel_problems(params: t.Mapping[str, t.Any], given: t.Mapping[str, t.Any]) -> list[str]:
    """What is wrong with ``max_parallel``, ``max_fail_percentage`` and ``progress_file``.

    :param given: the options as they were written: a limit that a template left empty would be no limit.
    """
    problems = progress_problems(params["progress_file"])
    if given.get("max_fail_percentage", "") is None:
        problems.append("max_fail_percentage is null; leave it out if it is not meant (in a template: default(omit)).")
    if not 1 <= params["max_parallel"] <= 64:
        problems.append("max_parallel must be from 1 to 64.")
    limit = params["max_fail_percentage"]
    if limit is not None and not 0 <= limit <= 100:
        problems.append("max_fail_percentage must be from 0 to 100.")
    return problems
