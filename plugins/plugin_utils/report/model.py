# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What a report consists of, whatever its format. Pure data: text is still as it came, nothing is escaped."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from functools import lru_cache

from ...module_utils._common.outcomes import Status
from ...module_utils._common.summary import kind_of, kind_words
from .ending import EndingGrant

STATUSES = {
    Status.FAILED.value: "failed",
    Status.UNKNOWN.value: "unknown",
    Status.CHANGED.value: "changed",
    "would_change": "would be changed",
    Status.SKIPPED.value: "skipped",
    Status.OK.value: "ok",
}
"""Status of an entry: its words. In the order in which a person wants to read them. ``would_change`` is a change that
was only predicted."""


@dataclass(frozen=True)
class Mark:
    """How a person is shown what becomes of a user: a word, a sign and (by ``kind``) a colour of its own.

    :param key: the kind, with ``to_`` before it if it was only predicted.
    """

    key: str
    kind: str
    sign: str
    words: str
    meaning: str


def _marks() -> t.Iterator[Mark]:
    signs = {"delete": "\u2212", "create": "+", "restore": "\u21ba", "rename": "\u2192", "update": "~"}
    deletion = [
        Mark("to_delete", "delete", signs["delete"], "to delete", "predicted, not written"),
        Mark("delete", "delete", signs["delete"], "deleted", "written and confirmed"),
    ]
    yield from deletion
    yield Mark("failed", "failed", "\u2715", "failed", "not as declared")
    yield Mark("unknown", "unknown", "?", "unknown", "outcome unknown")
    for kind in ("create", "restore", "rename", "update"):
        yield Mark(f"to_{kind}", kind, signs[kind], kind_words(kind, True), "predicted, not written")
        yield Mark(kind, kind, signs[kind], kind_words(kind, False), "written and confirmed")
    yield Mark("skipped", "skipped", "\u00b7", "not attempted", "left as it was")
    yield Mark("ok", "ok", "=", "unchanged", "no change needed")


MARKS = {mark.key: mark for mark in _marks()}
"""In the order in which a person wants to read them: who is deleted comes first."""

_PLACE = {key: place for place, key in enumerate(MARKS)}

NOT_GIVEN: t.Any = object()
"""In the place of a value about which the result says nothing. (None is a value: there is none.)"""


@dataclass(frozen=True)
class Change:
    """One field. ``before`` and ``after`` are of any JSON type, or NOT_GIVEN."""

    name: str
    before: t.Any = NOT_GIVEN
    after: t.Any = NOT_GIVEN


@dataclass(frozen=True)
class Entry:
    """One user in one run.

    :param run: number of the run, from 1.
    :param purge: whether a purge is about this user; otherwise the user was declared.
    :param status: a key of STATUSES.
    """

    run: int
    purge: bool
    status: str
    index: int | None = None
    source: str | None = None
    customer_id: str | None = None
    user_principal_name: str | None = None
    display_name: str | None = None
    user_id: str | None = None
    action: str | None = None
    changes: tuple[Change, ...] = ()
    attempts: int | None = None
    http_status: int | None = None
    code: str | None = None
    request_id: str | None = None
    correlation_id: str | None = None
    message: str | None = None
    reason: str | None = None
    changed_by: tuple[tuple[str, str], ...] = ()
    """Who made it so, by what differs, where that was asked."""
    change_reference: str | None = None
    person: str | None = None
    """Of a declaration of people: which of them."""

    @property
    def mark(self) -> Mark:
        """How it is shown."""
        return _mark(self.status, self.action)

    @property
    def deletes(self) -> bool:
        """Whether it is about a deletion, whatever became of it."""
        return self.status != Status.OK and kind_of(self.action) == "delete"

    @property
    def name(self) -> str:
        """The user principal name, or whatever else the user can be told by."""
        return self.user_principal_name or self.user_id or "name not known"


@lru_cache(maxsize=1024)
def _mark(status: str, action: str | None) -> Mark:
    """These are few, and it is asked for each user several times."""
    if status not in (Status.CHANGED, "would_change"):
        return MARKS[status]
    kind = kind_of(action) or "update"
    return MARKS[kind if status == Status.CHANGED else f"to_{kind}"]


@dataclass(frozen=True)
class Spared:
    """A user whom a purge would have deleted but for a guard."""

    user_principal_name: str | None
    user_id: str | None
    reason: str | None


@dataclass(frozen=True)
class Customer:
    """One customer with everything that all runs say about it. Without an id: one about which that was not said."""

    customer_id: str | None
    name: str | None
    domain: str | None
    messages: tuple[str, ...]
    spared: tuple[Spared, ...]
    entries: tuple[Entry, ...]

    @property
    def label(self) -> str:
        """What a person calls it."""
        return self.name or self.domain or self.customer_id or "Unknown customer"

    @property
    def severity(self) -> int:
        """Place of what comes first of it. A customer of which only a message is known stands with the unknown ones."""
        worst = min((_PLACE[entry.mark.key] for entry in self.entries), default=len(MARKS))
        return min(worst, _PLACE["unknown"]) if self.messages and not self.entries else worst


@dataclass(frozen=True)
class Run:
    """One result of the module.

    :param predicted: whether it was check mode or a plan, so that nothing was written.
    :param failed: None when the result does not say.
    """

    number: int
    mode: str | None
    check_mode: bool | None
    predicted: bool
    changed: bool | None
    failed: bool | None
    skipped: bool
    message: str | None
    correlation_id: str | None
    rows: int
    purged: int
    change_reference: str | None = None
    approved_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Requests:
    """Sums over the runs. ``would_write`` is what the runs that only predicted would have written."""

    reads: int = 0
    writes: int = 0
    would_write: int = 0
    retries: int = 0
    throttled: int = 0


@dataclass(frozen=True)
class Report:
    """All of it. ``requests`` is None when no run says anything about them; ``notes`` are sentences about the input
    itself."""

    title: str
    generated: str | None
    runs: tuple[Run, ...]
    customers: tuple[Customer, ...]
    entries: tuple[Entry, ...]
    requests: Requests | None
    notes: tuple[str, ...] = field(default=())
    ending: tuple[EndingGrant, ...] = ()

    @property
    def predicted(self) -> bool | None:
        """Whether all of it is a prediction; None when some runs wrote and others did not."""
        kinds = {run.predicted for run in self.runs if not run.skipped}
        return None if len(kinds) > 1 else kinds == {True}

    def worst_first(self) -> list[Customer]:
        """The customers in the order in which a person wants to read them; the same input gives the same order."""
        return sorted(
            self.customers,
            key=lambda customer: (customer.severity, customer.label.casefold(), customer.customer_id or ""),
        )


def counts(entries: t.Iterable[Entry]) -> dict[str, int]:
    """Number of entries of each status, all statuses in their order."""
    found = dict.fromkeys(STATUSES, 0)
    for entry in entries:
        found[entry.status] += 1
    return found


def marked(entries: t.Iterable[Entry]) -> dict[str, int]:
    """Number of entries of each mark, only of those that there are, in their order."""
    found: dict[str, int] = {}
    for entry in entries:
        found[entry.mark.key] = found.get(entry.mark.key, 0) + 1
    return {key: found[key] for key in MARKS if key in found}


def in_order(entries: t.Iterable[Entry]) -> list[Entry]:
    """By mark, deletions first; within one mark failed deletions first, then as they came."""
    return sorted(entries, key=lambda entry: (_PLACE[entry.mark.key], not entry.deletes))
