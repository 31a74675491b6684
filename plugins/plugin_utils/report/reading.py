# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Reads results of customer_users, however complete they are, into one report.

Nothing is invented: what a result does not say stays None, counts are those of the users that are really there, and a
contradiction becomes a note.
"""

from __future__ import annotations

import json
import math
import typing as t
from collections.abc import Mapping

from ...module_utils._common.identifiers import guid_key
from ...module_utils._common.outcomes import Status
from ...module_utils._common.secrets import MASK
from ...module_utils._partner_center.plan.operations import HIDDEN
from .ending import EndingGrant, ending_grants, worst_first
from .model import NOT_GIVEN, Change, Customer, Entry, Report, Requests, Run, Spared
from .people import left_alone
from .text import number_of

_REPORTED = tuple(status.value for status in Status)


class NotAResult(ValueError):
    """The input is of another kind; the message says what was expected."""


def read(results: t.Any, title: str, generated: str | None) -> Report:
    """One report of one result, of a list of them, or of what ``register`` made of a loop.

    :raises NotAResult: when there is something else in it than mappings.
    """
    notes: list[str] = []
    ending: list[EndingGrant] = []
    runs: list[Run] = []
    entries: list[Entry] = []
    customers = _Customers()
    found = _results(results)
    for number, result in enumerate(found, start=1):
        predicted = result.get("check_mode") is True or result.get("mode") == "plan"
        rows = [_entry(row, number, False, predicted) for row in _list(result.get("rows"))]
        purged = [_entry(row, number, True, predicted) for row in _list(result.get("purged"))]
        runs.append(_run(result, number, predicted, len(rows), len(purged)))
        customers.describe(_list(result.get("customers")))
        for entry, row in zip(rows + purged, [*_list(result.get("rows")), *_list(result.get("purged"))]):
            customers.add(entry, _text(_mapping(row).get("customer_domain")), _list(result.get("customers")))
        entries += rows + purged
        ending += ending_grants(map(_mapping, _list(result.get("ending"))), predicted, _text)
        notes += left_alone(_mapping(result.get("people")), _text)
        said = _number(_mapping(result.get("summary")).get("rows"))
        if said is not None and said != len(rows):
            notes.append(f"Run {number} should have {number_of(said, 'row')}, but {len(rows):,} were included.")
        if not rows and not purged and not result.get("skipped"):
            notes.append(f"Run {number} reports no users.")
    requests = _requests(found, runs)
    ends = worst_first(ending)
    return Report(title, generated, tuple(runs), customers.all(), tuple(entries), requests, tuple(notes), ends)


def _results(results: t.Any) -> list[Mapping[str, t.Any]]:
    if isinstance(results, Mapping):
        inner = results.get("results")
        return _results(inner) if isinstance(inner, (list, tuple)) and "rows" not in results else [results]
    if isinstance(results, (str, bytes, int, float)) or results is None:
        raise NotAResult(f"expected a result of customer_users, or a list of them, but got {type(results).__name__}")
    found: list[Mapping[str, t.Any]] = []
    for result in results:  # an undefined variable raises its own error here
        if not isinstance(result, Mapping):
            raise NotAResult(f"expected results of customer_users, but the list holds {type(result).__name__}")
        found += _results(result)
    return found


def _run(result: Mapping[str, t.Any], number: int, predicted: bool, rows: int, purged: int) -> Run:
    return Run(
        number=number,
        mode=_text(result.get("mode")),
        check_mode=_flag(result.get("check_mode")),
        predicted=predicted,
        changed=_flag(result.get("changed")),
        failed=True if result.get("failure") else _flag(result.get("failed")),
        skipped=result.get("skipped") is True,
        message=_text(result.get("msg")),
        correlation_id=_text(result.get("correlation_id")),
        rows=rows,
        purged=purged,
        change_reference=_text(result.get("change_reference")),
        approved_by=tuple(filter(None, map(_text, _list(_mapping(result.get("approval")).get("approved_by"))))),
    )


def _entry(row: t.Any, run: int, purge: bool, predicted: bool) -> Entry:
    if not isinstance(row, Mapping):
        return Entry(run, purge, Status.UNKNOWN.value, message=f"This row cannot be read: {_text(row)}")
    status, message = row.get("status"), _text(row.get("message"))
    if status not in _REPORTED:
        said = "The result has no status." if status is None else f"The result has the status {_text(status)}."
        status, message = Status.UNKNOWN.value, f"{said} {message}" if message else said
    return Entry(
        run=run,
        purge=purge,
        status="would_change" if predicted and status == Status.CHANGED else str(status),
        index=_number(row.get("index")),
        source=_text(row.get("source")),
        customer_id=_text(row.get("customer_id")),
        user_principal_name=_text(row.get("user_principal_name")),
        display_name=_text(row.get("display_name")),
        user_id=_text(row.get("user_id")),
        action=_text(row.get("action")),
        changes=tuple(_change(str(name), value) for name, value in _mapping(row.get("fields")).items()),
        attempts=_number(row.get("attempts")),
        http_status=_number(row.get("http_status")),
        code=_text(row.get("code")),
        request_id=_text(row.get("request_id")),
        correlation_id=_text(row.get("correlation_id")),
        message=message,
        reason=_text(row.get("reason")),
        changed_by=tuple(
            (str(name), _text(_mapping(value).get("text")) or "unknown")
            for name, value in _mapping(row.get("changed_by")).items()
        ),
        change_reference=_text(row.get("change_reference")),
        person=_text(row.get("person")),
    )


def _change(name: str, value: t.Any) -> Change:
    if not isinstance(value, Mapping):
        value = {"after": value}
    before, after = (_plain(value[side]) if side in value else NOT_GIVEN for side in ("before", "after"))
    if name in HIDDEN:  # the module masks already; a report is passed around, so it does not rely on that
        before, after = (side if side is NOT_GIVEN or side is None else MASK for side in (before, after))
    return Change(name, before, after)


class _Customers:
    """Customers by id, in the order in which they appear."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], dict[str, t.Any]] = {}

    def describe(self, customers: t.Iterable[t.Any]) -> None:
        """Take name, domain, message and spared users from what a run says about its customers."""
        for customer in customers:
            customer = _mapping(customer)
            customer_id, name, domain = (_text(customer.get(key)) for key in ("customer_id", "customer_name", "domain"))
            if customer_id or name or domain:
                known = self._one(customer_id, name, domain)
                message = _text(customer.get("message"))
                if message and message not in known["messages"]:
                    known["messages"].append(message)
                for user in map(_mapping, _list(customer.get("spared"))):
                    spared = Spared(*(_text(user.get(key)) for key in ("user_principal_name", "user_id", "reason")))
                    if spared not in known["spared"]:
                        known["spared"][spared] = None

    def add(self, entry: Entry, domain: str | None, customers: t.Sequence[t.Any]) -> None:
        """Put a user to its customer.

        :param domain: the domain under which the customer is declared.
        :param customers: what the run says about all of its customers. A customer that could not be found has no id,
            and neither have its users.
        """
        if not entry.customer_id and not domain:
            strangers = [customer for customer in map(_mapping, customers) if not customer.get("customer_id")]
            if len(strangers) == 1:
                domain = _text(strangers[0].get("domain"))
        self._one(entry.customer_id, None, domain)["entries"].append(entry)

    def all(self) -> tuple[Customer, ...]:
        return tuple(
            Customer(
                known["id"],
                known["name"],
                known["domain"],
                tuple(known["messages"]),
                tuple(known["spared"]),
                tuple(known["entries"]),
            )
            for known in self._known.values()
        )

    def _one(self, customer_id: str | None, name: str | None = None, domain: str | None = None) -> dict[str, t.Any]:
        """By its id; one without an id by its domain, else by its name."""
        key = ("id", guid_key(customer_id)) if customer_id else ("other", (domain or name or "").lower())
        known = self._known.setdefault(
            key, {"id": customer_id, "name": None, "domain": None, "messages": [], "spared": {}, "entries": []}
        )
        known["name"], known["domain"] = known["name"] or name, known["domain"] or domain
        return known


def _requests(results: list[Mapping[str, t.Any]], runs: list[Run]) -> Requests | None:
    sums = dict.fromkeys(("reads", "writes", "would_write", "retries", "throttled"), 0)
    said = False
    for result, run in zip(results, runs):
        for name, value in _mapping(result.get("requests")).items():
            count = _number(value)
            if name in ("reads", "writes", "retries", "throttled") and count is not None:
                sums["would_write" if name == "writes" and run.predicted else name] += count
                said = True
    return Requests(**sums) if said else None


def _mapping(value: t.Any) -> Mapping[str, t.Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: t.Any) -> list[t.Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _flag(value: t.Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: t.Any) -> int | None:
    """A whole number, also when a template made a text of it."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        return int(value)
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: t.Any) -> str | None:
    """A text, None for none. Copied, because Ansible's own kinds of text carry more than characters."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return str.__str__(value)
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True)


def _plain(value: t.Any) -> t.Any:
    """The value with JSON's types only."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value)
