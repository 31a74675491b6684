# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What the template of the page gets: plain texts, numbers, lists and dictionaries. docs/reports.md lists them for
those who write a template of their own; a key that goes away or changes its meaning raises REPORT_VALUES.

Nothing here is escaped; the template does that.
"""

from __future__ import annotations

import typing as t

from ...module_utils._common.visible import visible
from .appearance import Appearance
from .model import MARKS, Change, Customer, Entry, Report, in_order, marked
from .people import matrix, people_of
from .text import (
    Sentences,
    about_text,
    authority_texts,
    changes_text,
    counts_text,
    details,
    failed_runs_text,
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

REPORT_VALUES = 1

Values = dict[str, t.Any]


def of(report: Report, appearance: Appearance) -> Values:
    """Everything that a template can show."""
    said = Sentences(report)
    customers = report.worst_first()
    ending = [visible(grant.text) for grant in report.ending]
    remarks = [*ending, *report.notes, *(_run(report, number, said) for number in range(len(report.runs)))]
    if report.requests:
        remarks.insert(0, f"Requests: {requests_text(report.requests)}.")
    remarks[:0] = [f"{text}." for text in authority_texts(report)]
    return {
        "report_values": REPORT_VALUES,
        "title": report.title,
        "generated": report.generated or "",
        "prediction": prediction_text(report) or "",
        "logo": appearance.logo,
        "accent": appearance.accent,
        "verdict": counts_text(report.entries),
        "failed_runs": failed_runs_text(report),
        "totals": totals_text(report),
        "remarks": remarks,
        "marks": _counted(report.entries),
        "customers": [_customer(number, customer, report, said) for number, customer in enumerate(customers, start=1)],
        **_people(report, customers),
    }


def _people(report: Report, customers: t.Sequence[Customer]) -> Values:
    """By person, and by person and customer; empty if no people are declared."""
    people = people_of(report)
    numbers = {id(customer): number for number, customer in enumerate(customers, start=1)}
    return {
        "people": [{"name": person.name, "marks": _counted(person.entries)} for person in people],
        "matrix": [
            {
                "number": numbers[id(line.customer)],
                "label": line.customer.label,
                "cells": [{} if entry is None else _mark(entry.mark.key) for entry in line.cells],
            }
            for line in matrix(report, people, customers)
        ],
    }


def _run(report: Report, number: int, said: Sentences) -> str:
    run = report.runs[number]
    # What a single run says that ended well stands above it.
    message = said.of(run.message) if run.failed or len(report.runs) > 1 else ""
    return run_text(run) + (f": {message}" if message else "")


def _counted(entries: t.Sequence[Entry]) -> list[Values]:
    return [_mark(key) | {"count": count, "number": f"{count:,}"} for key, count in marked(entries).items()]


def _mark(key: str) -> Values:
    mark = MARKS[key]
    return {"key": mark.key, "kind": mark.kind, "sign": mark.sign, "words": mark.words, "meaning": mark.meaning}


def _customer(number: int, customer: Customer, report: Report, said: Sentences) -> Values:
    ids = [("id", customer.customer_id), ("domain", customer.domain)]
    return {
        "number": number,
        "label": customer.label,
        "ids": [{"name": name, "value": value} for name, value in ids if value and value != customer.label],
        "messages": [said.of(message) for message in customer.messages],
        "spared": spared_text(customer) if customer.spared else "",
        "spared_users": [
            {"name": user.user_principal_name or user.user_id or "name not known", "reason": user.reason or "no reason"}
            for user in customer.spared
        ],
        "users": len(customer.entries),
        "verdict": counts_text(customer.entries),
        "marks": _counted(customer.entries),
        "groups": _groups(customer, report, said),
    }


def _groups(customer: Customer, report: Report, said: Sentences) -> list[Values]:
    """The users by what becomes of them and by what is said about them, so that one sentence stands there once."""
    known = {said.of(message) for message in customer.messages}
    groups: dict[tuple[str, bool, str], list[Entry]] = {}
    for entry in in_order(customer.entries):
        groups.setdefault((entry.mark.key, entry.deletes, said.of(entry.message)), []).append(entry)
    return [
        {
            **_mark(key),
            "count": len(entries),
            "message": "" if message in known else message,
            "users": [_user(entry, report) for entry in entries],
        }
        for (key, _deletes, message), entries in groups.items()
    ]


def _user(entry: Entry, report: Report) -> Values:
    named = entry.display_name if entry.display_name != entry.name else None
    return {
        "display_name": named or "",
        "name": entry.name,
        "about": about_text(entry),
        "place": place_text(entry, report),
        "lead": changes_text(entry.status) if shown_changes(entry) else "",
        "changes": [_change(change) for change in shown_changes(entry)],
        "details": [{"name": name, "value": value} for name, value in details(entry)],
    }


def _change(change: Change) -> Values:
    return {
        "name": change.name,
        **{
            side: {"text": value_text(value), "words": value_words(value, change.name)}
            for side, value in (("before", change.before), ("after", change.after))
        },
    }
