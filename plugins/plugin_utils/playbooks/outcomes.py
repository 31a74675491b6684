# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What a step of a playbook has said about the users that it was for. No news is no good news."""

from __future__ import annotations

import typing as t

from ...module_utils._common.identifiers import guid_key
from ...module_utils._common.outcomes import Status
from ...module_utils._common.summary import summary_text
from ...module_utils._common.text import agreeing, counted
from .people import affected, predicted

GOOD = tuple(status.value for status in Status if status.good)
_SHOWN_REASONS = 10
_SHOWN_NAMES = 5

Row = t.Mapping[str, t.Any]


def of_users(result: t.Any, user_ids: t.Sequence[str]) -> dict[str, t.Any]:
    """Who is done, by the result of ``customer_users`` for rows with these ids.

    A user is done by exactly one row that says so. A row that is missing, twice or about somebody else is a reason not
    to go on.

    :param result: what was registered; whatever became of it when the task died.
    :return: ``done``: ids; ``wrong``: a row for everybody else, as the module gave it or made here; ``untouched``: ids
        for whom certainly nothing was sent;
        ``problem``: sentences, empty if and only if everybody is done.
    """
    rows = _rows(result)
    wanted = {guid_key(user_id): str(user_id) for user_id in user_ids}
    by_user: dict[str, list[Row]] = {key: [] for key in wanted}
    foreign: list[Row] = []
    for row in rows:
        by_user.get(guid_key(row.get("user_id")), foreign).append(row)
    touched = _touched(result)
    said = _message(result)
    done, wrong, untouched = [], [], []
    for key, user_id in wanted.items():
        found = by_user[key]
        if len(found) == 1 and found[0].get("status") in GOOD:
            done.append(user_id)
            continue
        if found:
            wrong += [
                dict(row, message=str(row.get("message") or "")) for row in found if row.get("status") not in GOOD
            ] or [_made(user_id, "The previous step returned this user more than once; skipped.")]
        else:
            wrong.append(
                _made(
                    user_id,
                    f"The result for this user is missing. {said}".strip()
                    if rows
                    else said or "The task returned no result.",
                )
            )
        if (
            len(found) == 1
            and found[0].get("status") in (Status.FAILED, Status.SKIPPED)
            and touched is not None
            and key not in touched
        ):
            untouched.append(user_id)
    # Whoever they are about, that was not asked for.
    wrong += [
        dict(row, status=Status.UNKNOWN.value, message="The task returned a user that was not requested.")
        for row in foreign
    ]
    problem = _problem(wrong) or (said if said else "")
    return {"done": done, "wrong": wrong, "untouched": untouched, "problem": problem}


def of_rows(result: t.Any, rows: int | None = None) -> dict[str, t.Any]:
    """Whether a result of ``customer_users`` is whole and good.

    :param rows: how many rows there must be, if that is known.
    :return: ``problem``: what the task said when it failed, or why its result is none to go on with, empty if and only
        if there is nothing; ``reasons``: the same
        by what the rows say, which is better if there are few; ``counts``: the numbers of the summary; ``text``: what
        is (or would be) done, in one sentence; ``people``: to whom, a line for each of them.
    """
    summary = result.get("summary") if isinstance(result, t.Mapping) else None
    counts = (
        {str(name): value for name, value in summary.items() if isinstance(value, int)}
        if isinstance(summary, t.Mapping)
        else {}
    )
    problem = _message(result) or _incomplete(counts, rows)
    wrong = [row for row in _rows(result) if row.get("status") not in GOOD]
    return {
        "problem": problem,
        "reasons": (_problem(wrong) or problem) if problem else "",
        "counts": counts,
        "text": "" if problem else _said(result),
        "people": affected(result),
    }


def of_tasks(results: t.Sequence[t.Any]) -> dict[str, t.Any]:
    """Several tasks as one.

    :return: ``counts``, ``text`` and ``people`` as of one task, over all of them.
    """
    found = [of_rows(result) for result in results]
    names = dict.fromkeys(name for one in found for name in one["counts"])
    rows = [row for result in results for row in (*_rows(result), *_rows(result, "purged"))]
    readable = [row for row in rows if row.get("status") in tuple(Status)]
    return {
        "counts": {name: sum(one["counts"].get(name, 0) for one in found) for name in names},
        "text": summary_text(readable, predicted=any(predicted(result) for result in results)),
        "people": [line for one in found for line in one["people"]],
    }


def left_alone(results: t.Sequence[t.Any]) -> dict[str, int]:
    """How many users of a record a declaration of people leaves alone; empty where no people are declared."""
    about = [result["people"] for result in results if isinstance(result, t.Mapping) and result.get("people")]
    return {"left_alone": sum(len(each.get("left_alone") or ()) for each in about)} if about else {}


def _incomplete(counts: t.Mapping[str, int], rows: int | None) -> str:
    if not {"rows", "changed", "failed", "unknown", "skipped"} <= set(counts):
        return "The task returned no result."
    if counts["failed"] or counts["unknown"] or counts["skipped"]:
        return (
            f"{counted(counts['failed'], 'row')} failed, of {counts['unknown']} the outcome is unknown, "
            f"{counts['skipped']} {agreeing(counts['skipped'], 'was', 'were')} not attempted."
        )
    if rows is not None and counts["rows"] != rows:
        return (
            f"The task returned {counted(counts['rows'], 'row')}, and {rows} {agreeing(rows, 'was', 'were')} requested."
        )
    return ""


def _said(result: t.Any) -> str:
    return str(result.get("msg") or "") if isinstance(result, t.Mapping) else ""


def _rows(result: t.Any, key: str = "rows") -> list[Row]:
    rows = result.get(key) if isinstance(result, t.Mapping) else None
    return [row for row in rows if isinstance(row, t.Mapping)] if isinstance(rows, (list, tuple)) else []


def _message(result: t.Any) -> str:
    """What a task said that failed or did not run; empty for one that did what it was for.

    ``failed_when: false`` takes away the key ``failed``. A task of this collection that failed has the key ``failure``;
    one that something else ended (a time limit, a defect) has none of the keys that a result of this collection has.
    """
    if not isinstance(result, t.Mapping) or result.get("skipped"):
        return "" if isinstance(result, t.Mapping) else "The task returned no result."
    broken = any(result.get(key) for key in ("failed", "unreachable", "failure", "exception"))
    if broken or (result.get("msg") and "operations" not in result):
        return str(result.get("msg") or "The task failed.")
    return ""


def _touched(result: t.Any) -> set[str] | None:
    """Ids in the operations; None when the result does not list them."""
    operations = result.get("operations") if isinstance(result, t.Mapping) else None
    if not isinstance(operations, (list, tuple)):
        return None
    return {guid_key(item.get("user_id")) for item in operations if isinstance(item, t.Mapping)}


def _made(user_id: str, message: str) -> dict[str, t.Any]:
    return {"user_id": user_id, "status": Status.UNKNOWN.value, "reason": "no_news", "message": message}


def _problem(wrong: t.Sequence[Row]) -> str:
    """Sentences about the users, those with one reason together."""
    names: dict[str, list[str]] = {}
    for row in wrong:
        names.setdefault(str(row.get("message") or ""), []).append(
            str(row.get("user_principal_name") or row.get("user_id") or "A user")
        )
    parts = []
    for reason, who in sorted(names.items())[:_SHOWN_REASONS]:
        few = ", ".join(who[:_SHOWN_NAMES]) + (
            f" and {len(who) - _SHOWN_NAMES} more" if len(who) > _SHOWN_NAMES else ""
        )
        parts.append(reason if who[0] in reason else f"{few}: {reason}")
    if len(names) > _SHOWN_REASONS:
        parts.append(f"And {len(names) - _SHOWN_REASONS} more reasons.")
    return " ".join(parts)
