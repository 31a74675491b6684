# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The report as JSON: for programs, and to be kept. docs/reports.md describes it; an incompatible change raises
SCHEMA_VERSION.

Only ASCII is written, so invisible characters show as their escapes, and any text can be encoded.
"""

from __future__ import annotations

import json
import re
import typing as t
from json.encoder import encode_basestring_ascii

from ...module_utils._common.summary import KINDS, kind_of
from .model import NOT_GIVEN, Customer, Entry, Report, counts, in_order
from .people import as_data
from .text import counts_text

SCHEMA_VERSION = 1

_WORDS = {None: "null", True: "true", False: "false"}
# Inside of a string these pairs could be taken for a template by what handles the text next. Outside of one they do not
# occur.
_TEMPLATE = re.compile(r"\{(?=[{%#])")


def render(report: Report) -> str:
    """Runs, customers and users in the order of the input; keys always the same and in the same order."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "title": report.title,
        "generated": report.generated,
        "predicted": report.predicted,
        "summary": {
            "customers": len(report.customers),
            "users": len(report.entries),
            "purged": sum(entry.purge for entry in report.entries),
            **counts(report.entries),
            "actions": _actions(report.entries),
            "text": counts_text(report.entries),
        },
        "deletions": [_deletion(entry) for entry in in_order(report.entries) if entry.deletes],
        "requests": None if report.requests is None else dict(vars(report.requests)),
        "notes": list(report.notes),
        "ending": [dict(vars(grant)) for grant in report.ending],
        "runs": [dict(vars(run)) for run in report.runs],
        "customers": [_customer(customer) for customer in report.customers],
        "users": [_entry(entry) for entry in report.entries],
    }
    people = as_data(report)
    if people:
        document["people"] = people
    return without_templates(indented(document)) + "\n"


def indented(value: t.Any, newline: str = "\n") -> str:
    """What ``json.dumps`` makes with two spaces for each level, and makes slowly: with them, it does without its part
    in C. Keys are texts. :raises ValueError: for a number that JSON does not have.
    """
    if isinstance(value, str):
        return encode_basestring_ascii(value)
    if isinstance(value, dict) and value:
        inner = f"{newline}  "
        items = [f"{encode_basestring_ascii(name)}: {indented(item, inner)}" for name, item in value.items()]
        return f"{{{inner}{f',{inner}'.join(items)}{newline}}}"
    if isinstance(value, (list, tuple)) and value:
        inner = f"{newline}  "
        return f"[{inner}{f',{inner}'.join([indented(item, inner) for item in value])}{newline}]"
    if value is None or value is True or value is False:
        return _WORDS[value]
    return int.__repr__(value) if isinstance(value, int) else json.dumps(value, allow_nan=False)


def without_templates(text: str) -> str:
    """JSON in which nothing can be taken for a template by what handles the text next."""
    return _TEMPLATE.sub(r"\\u007b", text)


def _customer(customer: Customer) -> dict[str, t.Any]:
    return {
        "customer_id": customer.customer_id,
        "customer_name": customer.name,
        "domain": customer.domain,
        "messages": list(customer.messages),
        "spared": [dict(vars(spared)) for spared in customer.spared],
        "users": len(customer.entries),
        **counts(customer.entries),
        "actions": _actions(customer.entries),
    }


def _actions(entries: t.Sequence[Entry]) -> dict[str, int]:
    """How many users are (or would be) created and so on, each counted once by the weightiest thing; deletions
    first."""
    found = [entry.mark.kind for entry in entries]
    return {kind: found.count(kind) for kind in ("delete", *(kind for kind in KINDS if kind != "delete"))}


def _deletion(entry: Entry) -> dict[str, t.Any]:
    names = ("status", "purge", "customer_id", "display_name", "user_principal_name", "user_id")
    return {name: getattr(entry, name) for name in names}


def _entry(entry: Entry) -> dict[str, t.Any]:
    data = dict(vars(entry))
    changes = data.pop("changes")
    data["changed_by"] = dict(data["changed_by"]) or None
    if entry.person is None:
        del data["person"]
    data["kind"] = kind_of(entry.action)
    data["fields"] = {
        change.name: {
            side: value
            for side, value in (("before", change.before), ("after", change.after))
            if value is not NOT_GIVEN
        }
        for change in changes
    }
    return data
