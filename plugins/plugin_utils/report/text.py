# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Words and values as a person reads them, before a format escapes them.

What a reader cannot see could make a report say something else than it holds: characters that turn the direction of the
text around, that have no width, or that look like a space. They are replaced by their code point.
"""

from __future__ import annotations

import json
import re
import typing as t

from ...module_utils._common.outcomes import Status
from ...module_utils._partner_center.plan.operations import HIDDEN
from .model import NOT_GIVEN, STATUSES, Customer, Entry, Report, Requests, Run, counts

_JOINER = re.compile("(?<=[^\x00-\x7f])[\u200c\u200d](?=[^\x00-\x7f])")
# Letters and marks by their category, but without ink.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")
_LINE_BREAK = re.compile("\r\n|[\r\n]")


def visible(text: str) -> str:
    """The text in one line, with every invisible character as ``[U+202E]`` and every line break as the symbol for one.

    Joiners inside of emoji and of scripts that need them stay. Whatever is returned can be encoded.
    """
    if text.isprintable() and not _BLANK.search(text):
        return text
    kept = {match.start() for match in _JOINER.finditer(text)}
    marked = "".join(
        char
        if char in "\r\n" or place in kept or (char.isprintable() and not _BLANK.match(char))
        else f"[U+{ord(char):04X}]"
        for place, char in enumerate(text)
    )
    return _LINE_BREAK.sub("\u23ce", marked)


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
    """``2 failed, 1 changed``; only what there is."""
    return (
        ", ".join(f"{count:,} {STATUSES[status]}" for status, count in counts(entries).items() if count) or "no users"
    )


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
        return "This is a prediction: nothing was changed. It shows what would be changed."
    numbers = [str(run.number) for run in report.runs if run.predicted]
    which = f"Run {numbers[0]} is a prediction" if len(numbers) == 1 else f"Runs {', '.join(numbers)} are predictions"
    return f'{which}: nothing was changed there. Such changes are marked "would be changed".'


def requests_text(requests: Requests) -> str:
    """The sums, in words."""
    parts = [number_of(requests.reads, "read")]
    if requests.writes or not requests.would_write:
        parts.append(number_of(requests.writes, "write"))
    if requests.would_write:
        parts.append(f"{number_of(requests.would_write, 'write')} would be sent")
    retries = f"{requests.retries:,} {'retry' if requests.retries == 1 else 'retries'}"
    return ", ".join([*parts, retries, f"{requests.throttled:,} throttled"])


def run_text(run: Run) -> str:
    """How a run went, without its message."""
    kind = "check mode" if run.check_mode else ""
    words = ", ".join(filter(None, [visible(run.mode) if run.mode else "", kind])) or "mode not stated"
    outcome = ", failed" if run.failed else ", skipped" if run.skipped else ""
    return f"Run {run.number} ({words}{outcome})"


def action_text(entry: Entry) -> str | None:
    """What was done or would be done; None for nothing. A purge is said to be one."""
    action = None if entry.action in (None, "none") else visible(entry.action)
    return f"purge: {action or 'none'}" if entry.purge else action


def spared_text(customer: Customer) -> str:
    """How many users the guards of a purge kept."""
    count = len(customer.spared)
    return f"{number_of(count, 'user')} in the scope of the purge {'is' if count == 1 else 'are'} spared"


def changes_text(status: str) -> str:
    """What has to be said before the changes of a user with this status, so that nobody takes them for what is."""
    return {
        "failed": "attempted",
        "unknown": "attempted",
        "would_change": "would be changed",
        "skipped": "not attempted",
    }.get(status, "")


def place_text(entry: Entry, report: Report) -> str:
    """Where the user was declared: run (if there are several), file and line or number of the row."""
    run = f"run {entry.run}" if len(report.runs) > 1 else ""
    # Rows are numbered from 0, as in the messages of the module; a purge has none.
    row = (
        visible(entry.source)
        if entry.source
        else f"row {entry.index}"
        if entry.index is not None and entry.index >= 0
        else ""
    )
    return ", ".join(filter(None, [run, row]))


def details(entry: Entry, run: Run) -> list[tuple[str, str]]:
    """Numbers and ids with their names. The correlation id only if it is not that of the whole run, the status of HTTP
    only in trouble."""
    trouble = entry.status in (Status.FAILED, Status.UNKNOWN)
    found = [
        ("user", entry.user_id if entry.user_principal_name else None),
        ("attempts", str(entry.attempts) if entry.attempts and entry.attempts > 1 else None),
        ("HTTP", str(entry.http_status) if trouble and entry.http_status is not None else None),
        ("code", entry.code),
        ("request", entry.request_id),
        ("correlation", None if entry.correlation_id == run.correlation_id else entry.correlation_id),
    ]
    return [(name, visible(value)) for name, value in found if value]
