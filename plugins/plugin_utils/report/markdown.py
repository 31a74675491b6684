# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The report as a comment of a merge request, within the length that such a comment may have.

The text is chosen piece by piece, failures and deletions first, and choosing stops at the first piece that does not
fit: so a success is never shown in the place of a failure. What is left out is counted. What was chosen is shown with
the deletions first.
"""

from __future__ import annotations

import typing as t
import unicodedata
from functools import partial

from .markdown_people import people_tables
from .markdown_text import code, html_code, title
from .model import MARKS, Change, Customer, Entry, Report, Run, in_order, marked
from .text import (
    Sentences,
    about_text,
    authority_texts,
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
    shown_changes,
    spared_text,
    totals_text,
    value_text,
    value_words,
)

SHORTEST = 5000
"""Below this not even the summary is sure to fit."""

_LOUD = {"failed": "\u274c", "unknown": "\u2753", "delete": "\U0001f5d1\ufe0f"}
_QUIET = {"create": "\u2795", "restore": "\u267b\ufe0f", "rename": "\u27a1\ufe0f", "update": "\u270f\ufe0f"}
"""Signs that have a colour of their own in a comment."""
_HEAD = "| What | User | Before \u2192 after | Message |\n| --- | --- | --- | --- |\n"
_SAME = "as above"
_CHOSEN = ("failed", "unknown", "to_delete", "delete")
"""Marks that are chosen before the others."""
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
        self._said = Sentences(report)
        self._total = marked(report.entries)
        self._customers = report.worst_first()
        self._open = " open" if 0 < sum(self._total.get(key, 0) for key in _CHOSEN) <= _FEW else ""
        self._left = limit - _RESERVE - len(self._summary()) - len(self._table_head())
        self._people, self._short = people_tables(report, self._customers, self._left // 3)
        self._left -= len(self._people)
        self._bad = [run for run in report.runs if run.failed]
        self._good = [
            run for run in report.runs if not run.failed and (run.skipped or (run.message and len(report.runs) > 1))
        ]
        self._remarkable = len(self._bad) + len(report.notes) + len(self._good) + len(report.ending)
        self._remarks: list[str] = []
        self._lines: dict[int, str] = {}
        self._rows: dict[int, list[Entry]] = {}
        self._choose()

    def text(self) -> str:
        """All that was chosen, in the order of reading."""
        parts = [self._summary(), self._left_out(), "".join(self._remarks) + "\n" if self._remarks else ""]
        if self._lines:
            parts += [self._table_head(), *(self._lines[place] for place in sorted(self._lines)), "\n"]
        parts.append(self._people)
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
        """What to do if a piece is taken, and a text at least as long as what it adds."""
        yield from (self._remark(self._run(run)) for run in self._bad)
        late = [grant for grant in self._report.ending if grant.status == "overdue"]
        yield from (self._remark(f"* {code(grant.text, 500)}\n") for grant in late)
        waiting = [in_order(customer.entries) for customer in self._customers]
        worst = []
        for customer in self._customers:
            marks = marked(customer.entries)
            worst.append(next((mark for mark in (*_CHOSEN, *MARKS) if mark in marks), ""))
        for key in (*_CHOSEN, *(key for key in MARKS if key not in _CHOSEN), ""):
            for place, customer in enumerate(self._customers):
                if worst[place] == key or (not customer.entries and key == "unknown" and customer.messages):
                    if place not in self._lines:
                        line = self._customer_line(customer)
                        yield partial(self._lines.update, {place: line}), line
            for place, customer in enumerate(self._customers):
                heard: set[tuple[bool, str]] = set()
                for entry in waiting[place]:
                    if entry.mark.key == key:
                        message = self._message(entry, customer)
                        again = (entry.deletes, message) in heard
                        heard.add((entry.deletes, message))
                        row = self._entry_row(entry, _again(message) if again else message)
                        head = (
                            ""
                            if place in self._rows
                            else self._block_head(customer) + _HEAD + self._rest(customer.entries) + _END
                        )
                        yield partial(self._keep, place, entry), head + row
        rest = [grant for grant in self._report.ending if grant.status != "overdue"]
        yield from (self._remark(f"* {code(grant.text, 500)}\n") for grant in rest)
        yield from (self._remark(f"* {note}\n") for note in self._report.notes)
        yield from (self._remark(self._run(run)) for run in self._good)

    def _keep(self, place: int, entry: Entry) -> None:
        self._rows.setdefault(place, []).append(entry)

    def _remark(self, line: str) -> tuple[t.Callable[[], t.Any], str]:
        return (lambda: self._remarks.append(line)), line

    # Parts

    def _summary(self) -> str:
        report = self._report
        verdict = ", ".join(filter(None, [failed_runs_text(report), counts_text(report.entries)]))
        lines = [f"## {title(report.title)}", f"**{verdict}** ({totals_text(report)})"]
        prediction = prediction_text(report)
        lines += [f"> {cut(prediction, 500)}"] if prediction else []
        lines += [code(text, 500) for text in authority_texts(report)]
        lines += [f"Requests: {requests_text(report.requests)}"] if report.requests else []
        lines += [f"Generated: {code(report.generated, 100)}"] if report.generated else []
        return "\n\n".join(lines) + "\n\n"

    def _left_out(self) -> str:
        shown = {id(entry) for entries in self._rows.values() for entry in entries}
        users = [entry for entry in self._report.entries if id(entry) not in shown]
        customers, remarks = len(self._customers) - len(self._lines), self._remarkable - len(self._remarks)
        parts = [f"{number_of(len(users), 'user')} ({counts_text(users)})"] if users else []
        parts += [f"{number_of(customers, 'customer')} in the table"] if customers else []
        parts += [number_of(remarks, "remark") + " about runs"] if remarks else []
        parts += ["the table by person and by customer"] if self._short else []
        return f"**Not shown, to stay within {self._limit:,} characters:** {'; '.join(parts)}.\n\n" if parts else ""

    def _table_head(self) -> str:
        words = ["Customer", *(MARKS[key].words for key in self._total), "Message"]
        return f"| {' | '.join(words)} |\n|{' --- |' * len(words)}\n"

    def _customer_line(self, customer: Customer) -> str:
        count = marked(customer.entries)
        cells = [
            code(customer.label),
            *(f"{count.get(key, 0):,}" for key in self._total),
            "<br>".join(code(self._said.of(text)) for text in customer.messages[:3]),
        ]
        return f"| {' | '.join(cells)} |\n"

    def _block(self, place: int, customer: Customer) -> str:
        chosen = self._rows[place]
        shown = {id(entry) for entry in chosen}
        rest = [entry for entry in customer.entries if id(entry) not in shown]
        groups: dict[tuple[str, bool, str], list[Entry]] = {}
        for entry in in_order(chosen):
            key = (entry.mark.key, entry.deletes, self._message(entry, customer))
            groups.setdefault(key, []).append(entry)
        rows = [
            self._entry_row(entry, _again(message) if number else message)
            for (_mark, _deletes, message), entries in groups.items()
            for number, entry in enumerate(entries)
        ]
        return self._block_head(customer) + _HEAD + "".join(rows) + (self._rest(rest) if rest else "") + _END

    def _message(self, entry: Entry, customer: Customer) -> str:
        """What is said about a user, as a cell has it; what is said about the whole customer is in its own line."""
        message = self._said.of(entry.message)
        return code(message) if message and message not in map(self._said.of, customer.messages[:3]) else ""

    def _block_head(self, customer: Customer) -> str:
        opened = self._open if any(key in _CHOSEN for key in marked(customer.entries)) else ""
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

    def _run(self, run: Run) -> str:
        message = self._said.of(run.message)
        return f"* {code(run_text(run))}{f': {code(message)}' if message else ''}\n"

    def _entry_row(self, entry: Entry, message: str) -> str:
        named = entry.display_name if entry.display_name != entry.name else None
        who = [code(text) for text in (named, entry.name, place_text(entry, self._report)) if text]
        about = about_text(entry)
        ids = ", ".join(f"{word} {code(value)}" for word, value in details(entry))
        changes = shown_changes(entry)
        lead = [f"{changes_text(entry.status)}:"] if changes and changes_text(entry.status) else []
        more = [f"and {number_of(len(changes) - _FIELDS, 'more field')}"] if len(changes) > _FIELDS else []
        cells = [
            _mark(entry) + (f"<br>{code(about)}" if about else ""),
            "<br>".join(who),
            "<br>".join(lead + [_change(change) for change in changes[:_FIELDS]] + more),
            "<br>".join(filter(None, [message, ids])),
        ]
        return f"| {' | '.join(cells)} |\n"


def _again(message: str) -> str:
    """A message that the row above has as well."""
    return _SAME if len(message) > len(_SAME) else message


def _mark(entry: Entry) -> str:
    kind, words = entry.mark.kind, entry.mark.words
    if kind in _LOUD:
        return f"{_LOUD[kind]} **{words}**"
    return f"{_QUIET[kind]} {words}" if kind in _QUIET else words


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
