# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Reads an audit log over one or several files, and says where it is not what was written.

What a chain cannot show is that its end is missing: a log that is cut off behind a line is a good log up to there. For
that somebody else has to know a later line, the anchor. Pure: takes bytes.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .chain import CONTINUED, GENESIS, STARTED, TORN, Entry, read_line

CHANGED = "audit_line_changed"
"""The bytes of a line are not those that were written."""
MISSING = "audit_line_missing"
"""The number of a line is too high."""
REORDERED = "audit_line_reordered"
"""The number of a line is not higher than that of the one before it."""
BROKEN = "audit_chain_broken"
"""The number fits, and the line before is another one than the line was written after."""
RESTARTED = "audit_log_restarted"
"""A log begins anew where another one has been before."""
BEGINNING = "audit_beginning_missing"
"""The first file continues another one, which was not given."""
TORN_END = "audit_end_torn"
"""The last line has no end: a crash, which the next run closes, or a log that was cut off."""
ANCHOR = "audit_anchor_missing"
"""The line that has to be there is not, or another one has its number: lines at the end are missing."""
EMPTY = "audit_log_empty"


_SHOWN = ("time", "correlation_id", "action", "customer_id", "user_principal_name", "name", "user_id")


@dataclass(frozen=True)
class Anchor:
    """A line that somebody else knows. ``seq`` is None if only its hash is known."""

    hash: str
    seq: int | None = None


@dataclass
class Findings:
    """What was found. ``reason`` is None if everything is as it was written; else the first bad line is said."""

    lines: int = 0
    first: Entry | None = None
    last: Entry | None = None
    reason: str | None = None
    file: str | None = None
    line: int | None = None
    seq: int | None = None
    detail: str = ""
    torn: list[dict[str, t.Any]] = field(default_factory=list)
    """Half lines of crashes that were closed."""
    runs: int = 0
    writes: int = 0
    unsettled: dict[tuple[t.Any, t.Any], dict[str, t.Any]] = field(default_factory=dict)
    """Writes that were announced and of which no line says what became of them, by run and number."""


def verify(
    files: t.Iterable[tuple[str, bytes]], anchors: t.Sequence[Anchor] = (), *, continued: bool = False
) -> Findings:
    """Look at every line.

    :param files: names and contents, the oldest first.
    :param anchors: lines that have to be there.
    :param continued: whether the files before the first one are known to be elsewhere.
    """
    found = Findings()
    wanted = dict.fromkeys(anchors, False)
    for name, content in files:
        rows = content.split(b"\n")
        rest = rows.pop()
        for number, row in enumerate(rows, start=1):
            entry = read_line(row)
            reason, detail = _wrong(entry, found.last, number == 1, continued)
            if reason or entry is None:
                found.reason, found.detail = reason, detail
                found.file, found.line, found.seq = name, number, entry.seq if entry else None
                return found
            _count(found, entry, name, number)
            for anchor in wanted:
                wanted[anchor] |= entry.hash == anchor.hash and anchor.seq in (None, entry.seq)
        if rest:
            found.reason, found.file, found.line = TORN_END, name, len(rows) + 1
            found.detail = f"{len(rest)} bytes without the end of a line"
            return found
    if not found.lines:
        found.reason, found.detail = EMPTY, "there is no line"
    for anchor, there in wanted.items():
        if not there and not found.reason:
            found.reason, found.seq = ANCHOR, anchor.seq
            last = found.last.seq if found.last else 0
            found.detail = f"no line has the hash {anchor.hash}; the last line has the number {last}"
    return found


def _wrong(entry: Entry | None, last: Entry | None, first_of_file: bool, continued: bool) -> tuple[str | None, str]:
    if entry is None:
        return CHANGED, "it was changed"
    if last is None:
        if entry.seq == 1 and entry.previous == GENESIS and entry.kind in (STARTED, TORN):
            return None, ""
        if entry.kind == CONTINUED or (continued and entry.kind == TORN):
            return (None, "") if continued else (BEGINNING, f"it continues {_named(entry)}, which was not given")
        return MISSING, f"the first line has the number {entry.seq}"
    if entry.previous == last.hash and entry.seq == last.seq + 1:
        return None, ""
    if entry.kind == STARTED:
        return RESTARTED, f"a new log starts after line {last.seq}"
    if entry.seq > last.seq + 1:
        return MISSING, f"number {entry.seq} follows number {last.seq}"
    if entry.seq <= last.seq:
        return REORDERED, f"number {entry.seq} follows number {last.seq}"
    return BROKEN, "it does not continue the line before it" + (
        f" (it continues {_named(entry)})" if first_of_file and entry.kind == CONTINUED else ""
    )


def _named(entry: Entry) -> str:
    return str(entry.values.get("previous_file") or "a file that was moved away")


def _count(found: Findings, entry: Entry, name: str, number: int) -> None:
    found.lines += 1
    found.first = found.first or entry
    found.last = entry
    values = entry.values
    if entry.torn:
        found.torn.append({"file": name, "line": number, "seq": entry.seq, "bytes": entry.torn})
    found.runs += entry.kind == "run_started"
    write = (values.get("run") or values.get("correlation_id"), values.get("write"))
    if entry.kind == "write_intended":
        found.writes += 1
        found.unsettled[write] = {
            "file": name,
            "line": number,
            "seq": entry.seq,
            **{key: values.get(key) for key in _SHOWN},
        }
    elif entry.kind == "write_settled":
        found.unsettled.pop(write, None)
