# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Words and values as a person reads them, before a format escapes them."""

from __future__ import annotations

import json
import re
import typing as t

from ...module_utils._common.outcomes import Status
from ...module_utils._common.text import ids_words, row_words
from ...module_utils._common.visible import visible
from ...module_utils._partner_center.plan.operations import HIDDEN
from .model import MARKS, NOT_GIVEN, Change, Customer, Entry, Report, Requests, Run, marked


def cut(text: str, length: int) -> str:
    """At most this many characters, then how many more there are."""
    return text if len(text) <= length else f"{text[:length]}\u2026 ({len(text) - length:,} more characters)"


def value_text(value: t.Any) -> str | None:
    """One value of a field; None for those that only words describe (see ``value_words``)."""
    if value is None or value is NOT_GIVEN or value == "":
        return None
    return visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True))


def value_words(value: t.Any, name: str) -> str:
    """What stands for a value of this field without a text."""
    if value is NOT_GIVEN:
        return "not stated"
    if value is None:  # whether there was a password cannot be known
        return "not shown" if name in HIDDEN else "not set"
    return "empty"


def number_of(count: int, noun: str) -> str:
    """``1 user``, ``1,200 users``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def counts_text(entries: t.Iterable[Entry]) -> str:
    """``1 to delete, 2 failed, 1 to create``; only what there is."""
    return ", ".join(f"{count:,} {MARKS[key].words}" for key, count in marked(entries).items()) or "no users"


def failed_runs_text(report: Report) -> str:
    """How many runs failed without coming to any user, so that no count of users shows it; empty if none did."""
    failed = sum(run.failed is True and not run.rows and not run.purged for run in report.runs)
    return f"{number_of(failed, 'run')} failed without any user" if failed else ""


def totals_text(report: Report) -> str:
    """How much the report covers."""
    purged = sum(entry.purge for entry in report.entries)
    text = f"{number_of(len(report.entries), 'user')} of {number_of(len(report.customers), 'customer')}"
    if len(report.runs) != 1:
        text += f" in {number_of(len(report.runs), 'run')}"
    return f"{text}; {purged:,} of these users by a purge" if purged else text


def prediction_text(report: Report) -> str | None:
    """What a reader must know before reading: that some or all of it did not happen."""
    if report.predicted is False:
        return None
    if report.predicted:
        return "Prediction: nothing was changed. This shows what would change."
    numbers = [str(run.number) for run in report.runs if run.predicted]
    which = f"Run {numbers[0]} is a prediction" if len(numbers) == 1 else f"Runs {', '.join(numbers)} are predictions"
    return f'{which}: nothing was changed there. Such changes are marked "would be changed".'


def requests_text(requests: Requests) -> str:
    """The sums, in words. Repeats and throttling are another number in every run, so only the JSON has them."""
    parts = [number_of(requests.reads, "read")]
    if requests.writes or not requests.would_write:
        parts.append(number_of(requests.writes, "write"))
    if requests.would_write:
        parts.append(f"{number_of(requests.would_write, 'write')} would be sent")
    return ", ".join(parts)


def run_text(run: Run) -> str:
    """How a run went, without its message."""
    kind = "check mode" if run.check_mode else ""
    words = ", ".join(filter(None, [visible(run.mode) if run.mode else "", kind])) or "mode not stated"
    outcome = ", failed" if run.failed else ", skipped" if run.skipped else ""
    return f"Run {run.number} ({words}{outcome})"


def authority_texts(report: Report) -> list[str]:
    """Under which change it was done, and who approved the plan; rows that have another reference say so
    themselves."""
    references = dict.fromkeys(run.change_reference for run in report.runs if run.change_reference)
    people = dict.fromkeys(name for run in report.runs for name in run.approved_by)
    said = [("Change", references), ("Approved by", people)]
    return [f"{what}: {', '.join(visible(str(name)) for name in names)}" for what, names in said if names]


def about_text(entry: Entry) -> str:
    """What its mark does not say: that a purge is about the user, and what was attempted."""
    attempted = entry.status in (Status.FAILED, Status.UNKNOWN, Status.SKIPPED) and entry.action not in (None, "none")
    return " ".join(filter(None, ["purge" if entry.purge else "", visible(str(entry.action)) if attempted else ""]))


def spared_text(customer: Customer) -> str:
    """How many users the guards of a purge kept."""
    count = len(customer.spared)
    return f"{number_of(count, 'user')} in the scope of the purge {'is' if count == 1 else 'are'} protected"


def changes_text(status: str) -> str:
    """What has to be said before the changes of a user with this status, so that nobody takes them for what is."""
    return {
        Status.FAILED.value: "attempted",
        Status.UNKNOWN.value: "attempted",
        Status.SKIPPED.value: "not attempted",
    }.get(status, "")


def shown_changes(entry: Entry) -> tuple[Change, ...]:
    """The changes of a user but for what its mark says already: that whoever is deleted was active before."""
    return tuple(change for change in entry.changes if not (entry.deletes and change.name == "state"))


def place_text(entry: Entry, report: Report) -> str:
    """Where the user was declared: run (if there are several), file and line or place of the row, and under which
    change, if that is not the one of the run."""
    run = f"run {entry.run}" if len(report.runs) > 1 else ""
    # A purge has none.
    row = (
        visible(entry.source)
        if entry.source
        else row_words(entry.index)
        if entry.index is not None and entry.index >= 0
        else ""
    )
    own = entry.change_reference
    known = own is None or any(each.number == entry.run and each.change_reference == own for each in report.runs)
    return ", ".join(filter(None, [run, row, "" if known else f"change {visible(str(own))}"]))


def details(entry: Entry) -> list[tuple[str, str]]:
    """Ids and numbers that help with this user, with their names; only those that are the same in every run."""
    trouble = entry.status in (Status.FAILED, Status.UNKNOWN)
    found = [
        ("user", entry.user_id if entry.user_principal_name and (trouble or entry.deletes) else None),
        ("HTTP", str(entry.http_status) if trouble and entry.http_status is not None else None),
        ("code", entry.code),
        ("reason", entry.reason if trouble else None),
        *((f"{name} changed by", text) for name, text in entry.changed_by),
    ]
    return [(name, visible(value)) for name, value in found if value]


class Sentences:
    """Messages without the ids of requests, which are others in every run. The JSON has them."""

    def __init__(self, report: Report) -> None:
        self._pairs: dict[str, set[tuple[str, str]]] = {}
        for entry in report.entries:
            if entry.message:
                self._know(entry.request_id or "", entry.correlation_id or "")
        for run in report.runs:
            self._know("", run.correlation_id or "")
        self._made: dict[str, str] = {}

    def _know(self, request_id: str, correlation_id: str) -> None:
        for one in (request_id, correlation_id):
            self._pairs.setdefault(one, set()).add((request_id, correlation_id))

    def of(self, message: str | None) -> str:
        """What is said about a user, a customer or a run; empty if nothing is."""
        if not message:
            return ""
        if message not in self._made:
            found = [one for one in _LIKE_AN_ID.findall(message) if one in self._pairs]
            made = message
            for pair in sorted({pair for one in found for pair in self._pairs[one]}):
                made = made.replace(ids_words(*pair), "")
            for one in found:
                made = made.replace(one, "\u2026")
            self._made[message] = made
        return self._made[message]


_LIKE_AN_ID = re.compile(r"[0-9A-Za-z-]{16,}")
"""Nothing shorter is taken for an id of a request."""
