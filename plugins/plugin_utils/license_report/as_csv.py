# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The report about licenses as tables for a spreadsheet: UTF-8 with a byte order mark, because Excel takes anything
else for its own code page, and with no cell that it would run as a formula."""

from __future__ import annotations

import csv
import io
import typing as t

from ..portal_csv.problem import guard
from ..portal_csv.result import one_line
from .words import THERE, Result, findings_of

_CUSTOMER = ("Customer", "Customer id", "Domain")
SKUS = (
    *_CUSTOMER,
    *("SKU", "Product", "SKU id", "Status", "Bought", "Used", "Free", "Held by active users", "Expiring", "Suspended"),
    *("Findings", "Read at"),
)
USERS = (
    *_CUSTOMER,
    *(
        "User principal name",
        "Display name",
        "User id",
        "State",
        "Usage location",
        "Synchronized",
        "License",
        "Findings",
    ),
)
FINDINGS = (*_CUSTOMER, "Finding", "SKU", "SKU id", "Seats", "User principal name", "User id")


def skus(result: Result) -> str:
    """A line for each customer and product; a customer that is not in the report has one that says so."""
    return _text(SKUS, _skus(result))


def _skus(result: Result) -> t.Iterator[list[t.Any]]:
    found = findings_of(result)
    for customer in result["customers"]:
        if customer["status"] not in THERE:
            yield [*_customer(customer), "", "", "", customer["status"], *[""] * 6, customer["reason"], ""]
        words = _words(found.get(customer["customer_id"], ()), "sku_id")
        for sku in customer["skus"]:
            yield [
                *_customer(customer),
                *(sku[name] for name in ("sku", "name", "sku_id", "status", "bought", "used", "free", "held")),
                *(sku[name] for name in ("warning", "suspended")),
                words.get(sku["sku_id"], ""),
                customer["read_at"],
            ]


def users(result: Result) -> str:
    """A line for each user and license, and one for a user without any."""
    return _text(USERS, _users(result))


def _users(result: Result) -> t.Iterator[list[t.Any]]:
    found = findings_of(result)
    for customer in result["customers"]:
        if customer["status"] not in THERE:
            yield [*_customer(customer), "", "", "", customer["status"], "", "", "", customer["reason"]]
        words = _words(found.get(customer["customer_id"], ()), "user_id")
        for user in customer["users"]:
            names = ("user_principal_name", "display_name", "id", "state", "usage_location")
            about = [user[name] for name in names]
            for license in user["licenses"] or [""]:
                synced = "yes" if user["directory_synced"] else "no"
                yield [*_customer(customer), *about, synced, license, words.get(user["id"], "")]


def findings(result: Result) -> str:
    """A line for each finding."""
    names = ("finding", "sku", "sku_id", "seats", "user_principal_name", "user_id")
    domains = {customer["customer_id"]: customer["domain"] for customer in result["customers"]}
    found = [
        [each["customer_name"], each["customer_id"], domains.get(each["customer_id"]), *(each[name] for name in names)]
        for each in result["findings"]
    ]
    # Without these a customer that could not be read would look like one without findings.
    missing = [
        [*_customer(customer), f"{customer['status']}: {customer['reason']}", *[""] * 5]
        for customer in result["customers"]
        if customer["status"] not in THERE
    ]
    return _text(FINDINGS, [*missing, *found])


def _customer(customer: Result) -> list[t.Any]:
    return [customer["customer_name"], customer["customer_id"], customer["domain"]]


def _words(found: t.Iterable[Result], key: str) -> dict[t.Any, str]:
    """The findings about each product or user, in one cell."""
    words: dict[t.Any, list[str]] = {}
    for each in found:
        words.setdefault(each[key], []).append(str(each["finding"]))
    return {name: "; ".join(several) for name, several in words.items() if name is not None}


def _text(columns: t.Sequence[str], rows: t.Iterable[t.Sequence[t.Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(
        [
            cell if isinstance(cell, int) and not isinstance(cell, bool) else guard(one_line(_shown(cell)))
            for cell in row
        ]
        for row in rows
    )
    return "\ufeff" + text.getvalue()


def _shown(cell: t.Any) -> str:
    return "" if cell is None else str(cell)
