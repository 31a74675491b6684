# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The report as a comment of a merge request, within the length that such a comment may have.

The text is chosen piece by piece, worst first, and choosing stops at the first piece that does not fit: so a success is
never shown in the place of a failure. What is left out is counted.
"""

from __future__ import annotations

import typing as t
import unicodedata
from functools import partial

from .markdown_text import code, html_code, title
from .model import STATUSES, Change, Customer, Entry, Report, Run, counts, worst_entries_first
from .text import (
    action_text,
    changes_text,
    counts_text,
    cut,
    details,
    failed_runs_text,
    number_of,
    place_text,
    prediction_text,
    requests_text,
    run_text,
    spared_text,
    totals_text,
    value_text,
    value_words,
)

SHORTEST = 5000
"""Below this not even the summary is sure to fit."""

_WORDS = {**STATUSES, "failed": "\u274c **failed**", "unknown": "\u2753 **unknown**"}
_HEAD = "| Status | User | Action | Before \u2192 after | Message |\n| --- | --- | --- | --- | --- |\n"
_END = "\n</details>\n\n"
_FEW = 20
"""So many failed users are shown at once; if there are more, their customers are folded in as the others are."""
_FIELDS = 20
"""So many changes of one user."""
_RESERVE = 1000
"""For the sentences that say what is left out."""


class TooShort(ValueError):
    """The limit leaves no room for a report."""


def render(report: Report, limit: int) -> str:
    """At most ``limit`` characters.

    :raises TooShort: when that is less than SHORTEST.
    """
    if limit < SHORTEST:
        raise TooShort(f"limit must be at least {SHORTEST}, not {limit}")
    return _Comment(report, limit).text()


class _Comment:
    """:ivar _left: characters that may still be used."""

    def __init__(self, report: Report, limit: int) -> None:
        self._report = report
        self._limit = limit
        self._total = counts(report.entries)
        self._customers = report.worst_first()
        self._open = " open" if 0 < self._total["failed"] + self._total["unknown"] <= _FEW else ""
        self._left = limit - _RESERVE - len(self._summary()) - len(self._table_head())
        self._bad = [run for run in report.runs if run.failed]
        self._good = [
            run for run in report.runs if not run.failed and (run.message or run.correlation_id or run.skipped)
        ]
        self._remarkable = len(self._bad) + len(report.notes) + len(self._good)
        self._remarks: list[str] = []
        self._lines: dict[int, str] = {}
        self._rows: dict[int, list[tuple[Entry, str]]] = {}
        self._choose()

    def text(self) -> str:
        """All that was chosen, in the order of reading."""
        parts = [self._summary(), self._left_out(), "".join(self._remarks) + "\n" if self._remarks else ""]
        if self._lines:
            parts += [self._table_head(), *self._lines.values(), "\n"]
        parts += [self._block(place, customer) for place, customer in enumerate(self._customers) if place in self._rows]
        return "".join(parts).rstrip("\n") + "\n"

    # Choosing

    def _choose(self) -> None:
        for keep, piece in self._pieces():
            cost = len(piece)
            if cost > self._left:
                return
            self._left -= cost
            keep()

    def _pieces(self) -> t.Iterator[tuple[t.Callable[[], t.Any], str]]:
        """What to do if a piece is taken, and a text as long as what it adds."""
        yield from (self._remark(_run(run)) for run in self._bad)
        waiting = [worst_entries_first(customer.entries)[::-1] for customer in self._customers]
        for severity in range(len(STATUSES) + 1):
            for place, customer in enumerate(self._customers):
                if customer.severity == severity:
                    line = self._customer_line(customer)
                    yield partial(self._lines.update, {place: line}), line
            for place, customer in enumerate(self._customers):
                while waiting[place] and waiting[place][-1].status == list(STATUSES)[severity]:
                    entry = waiting[place].pop()
                    row = self._entry_row(entry)
                    first = (
                        ""
                        if place in self._rows
                        else self._block_head(customer) + _HEAD + self._rest(customer.entries) + _END
                    )
                    yield (partial(self._keep, place, entry, row), first + row)
        yield from (self._remark(f"* {note}\n") for note in self._report.notes)
        yield from (self._remark(_run(run)) for run in self._good)

    def _keep(self, place: int, entry: Entry, row: str) -> None:
        self._rows.setdefault(place, []).append((entry, row))

    def _remark(self, line: str) -> tuple[t.Callable[[], t.Any], str]:
        return (lambda: self._remarks.append(line)), line

    # Parts

    def _summary(self) -> str:
        report = self._report
        verdict = ", ".join(filter(None, [failed_runs_text(report), counts_text(report.entries)]))
        lines = [f"## {title(report.title)}", f"**{verdict}** ({totals_text(report)})"]
        prediction = prediction_text(report)
        lines += [f"> {cut(prediction, 500)}"] if prediction else []
        lines += [f"Requests: {requests_text(report.requests)}"] if report.requests else []
        lines += [f"Generated: {code(report.generated, 100)}"] if report.generated else []
        return "\n\n".join(lines) + "\n\n"

    def _left_out(self) -> str:
        shown = {id(entry) for rows in self._rows.values() for entry, row in rows}
        users = [entry for entry in self._report.entries if id(entry) not in shown]
        customers, remarks = len(self._customers) - len(self._lines), self._remarkable - len(self._remarks)
        parts = [f"{number_of(len(users), 'user')} ({counts_text(users)})"] if users else []
        parts += [f"{number_of(customers, 'customer')} in the table"] if customers else []
        parts += [number_of(remarks, "remark") + " about runs"] if remarks else []
        return f"**Not shown, to stay within {self._limit:,} characters:** {'; '.join(parts)}.\n\n" if parts else ""

    def _columns(self) -> list[str]:
        return [status for status, count in self._total.items() if count]

    def _table_head(self) -> str:
        words = ["Customer", *(STATUSES[status] for status in self._columns()), "Message"]
        return f"| {' | '.join(words)} |\n|{' --- |' * len(words)}\n"

    def _customer_line(self, customer: Customer) -> str:
        count = counts(customer.entries)
        cells = [
            code(customer.label),
            *(f"{count[status]:,}" for status in self._columns()),
            "<br>".join(code(text) for text in customer.messages[:3]),
        ]
        return f"| {' | '.join(cells)} |\n"

    def _block(self, place: int, customer: Customer) -> str:
        chosen = self._rows[place]
        shown = {id(entry) for entry, row in chosen}
        rest = [entry for entry in customer.entries if id(entry) not in shown]
        return (
            self._block_head(customer)
            + _HEAD
            + "".join(row for entry, row in chosen)
            + (self._rest(rest) if rest else "")
            + _END
        )

    def _block_head(self, customer: Customer) -> str:
        opened = self._open if customer.severity < 2 else ""
        ids = [
            f"{name} {code(value)}"
            for name, value in (("customer id", customer.customer_id), ("domain", customer.domain))
            if value
        ]
        ids += [spared_text(customer)] if customer.spared else []
        line = ", ".join(ids) + "\n\n" if ids else ""
        return (
            f"<details{opened}><summary>{html_code(customer.label)}: "
            f"{counts_text(customer.entries)}</summary>\n\n{line}"
        )

    def _rest(self, entries: t.Sequence[Entry]) -> str:
        return f"\nNot shown of this customer: {counts_text(entries)}.\n"

    def _entry_row(self, entry: Entry) -> str:
        name = code(entry.user_principal_name or entry.user_id or "name not known")
        place, action = place_text(entry, self._report), action_text(entry)
        ids = ", ".join(f"{word} {code(value)}" for word, value in details(entry, self._report.runs[entry.run - 1]))
        lead = [f"{changes_text(entry.status)}:"] if entry.changes and changes_text(entry.status) else []
        more = [f"and {number_of(len(entry.changes) - _FIELDS, 'more field')}"] if len(entry.changes) > _FIELDS else []
        cells = [
            _WORDS[entry.status],
            f"{name}<br>{code(place)}" if place else name,
            code(action) if action else "",
            "<br>".join(lead + [_change(change) for change in entry.changes[:_FIELDS]] + more),
            "<br>".join(filter(None, [code(entry.message) if entry.message else "", ids])),
        ]
        return f"| {' | '.join(cells)} |\n"


def _run(run: Run) -> str:
    said = f": {code(run.message)}" if run.message else ""
    return (
        "* "
        f"{code(run_text(run))}{said}{f' (correlation id {code(run.correlation_id)})' if run.correlation_id else ''}\n"
    )


def _change(change: Change) -> str:
    # Between two texts from right to left the arrow would be read from right to left as well.
    turned = any(
        unicodedata.bidirectional(char) in ("R", "AL")
        for value in (change.before, change.after)
        for char in value_text(value) or ""
    )
    arrow = " &lrm;\u2192&lrm; " if turned else " \u2192 "
    return f"{code(change.name)}: {_value(change.before, change.name)}{arrow}{_value(change.after, change.name)}"


def _value(value: t.Any, name: str) -> str:
    text = value_text(value)
    return value_words(value, name) if text is None else code(text)
