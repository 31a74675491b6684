# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The report about licenses as one HTML page in the style of the other reports: it loads nothing, sends nothing, and
says everything without its script."""

from __future__ import annotations

import pathlib
import typing as t

from ..report.appearance import Appearance
from ..report.html import page
from .words import LABELS, THERE, Result, about, counts, findings_of, name_of, products, totals, verdict

_HERE = pathlib.Path(__file__).parent
STANDARD = "standard_license_report.html.j2"
"""The name by which a template of a user extends the one of the collection."""
LICENSE_REPORT_VALUES = 1
"""Raised when a value of templates changes its meaning or goes away."""
_KINDS = {
    "more_used_than_bought": "failed",
    "running_out": "failed",
    "seats_expiring": "rename",
    "unused_seats": "update",
    "seats_without_user": "unknown",
    "soft_deleted": "delete",
    "synced_away": "delete",
    "no_usage_location": "rename",
    "not_subscribed": "failed",
}
"""The color of a finding, by the name that the style sheet has for it."""
FINE, BARE = "licensed", "without_license"
_USERS = {
    "synced_away": "synced away",
    "soft_deleted": "soft-deleted",
    "no_usage_location": "no usage location",
    FINE: "with licenses",
    BARE: "without a license",
}
"""What a user is, worst first; each user has one of these."""
_OF_USERS = {**_KINDS, FINE: "create", BARE: "ok"}


def standard() -> str:
    """The template of the collection."""
    return (_HERE / "page.html.j2").read_text(encoding="utf-8")


def render(result: Result, title: str, look: Appearance = Appearance()) -> str:
    """The page. :raises TemplateProblem: for a template of a user that cannot be read or carried out."""
    found = findings_of(result)
    customers = [
        _customer(number, customer, found.get(customer["customer_id"], ()))
        for number, customer in enumerate(result["customers"])
    ]
    marks = [user["mark"] for customer in customers for user in customer["users"]]
    values = {
        "report_values": LICENSE_REPORT_VALUES,
        "title": title,
        "logo": look.logo,
        "accent": look.accent,
        "verdict": verdict(result),
        "totals": totals(result),
        "summary": result["summary"],
        "findings": [_chip(word, number) for word, number in counts(result["findings"])],
        "products": products(result),
        "customers": customers,
        "marks": [
            {"key": key, "kind": _OF_USERS[key], "words": words, "count": marks.count(key)}
            for key, words in _USERS.items()
            if key in marks
        ],
    }
    return page(STANDARD, standard(), look, values, (_HERE / "page.css").read_text(encoding="utf-8"))


def _chip(word: str, number: t.Any) -> dict[str, t.Any]:
    return {"kind": _KINDS[word], "words": LABELS[word], "number": number}


def _customer(number: int, customer: Result, found: t.Sequence[Result]) -> dict[str, t.Any]:
    of_skus: dict[str, list[dict[str, t.Any]]] = {}
    of_users: dict[str, str] = {}
    for each in found:
        if each["user_id"]:
            of_users.setdefault(each["user_id"], each["finding"])
        else:
            of_skus.setdefault(each["sku_id"], []).append(
                _chip(each["finding"], "" if each["finding"] == "running_out" else each["seats"])
            )
    known = {sku["sku_id"] for sku in customer["skus"]}
    seats = [sku for sku in customer["skus"] if not sku["tenant_wide"]]
    return {
        "number": number,
        "label": name_of(customer),
        "id": customer["customer_id"],
        "domain": customer["domain"],
        "read_at": customer["read_at"],
        "message": customer["message"] if customer["status"] not in THERE else "",
        "chips": [_chip(word, count) for word, count in counts(found)],
        **{name: sum(sku[name] for sku in seats) for name in ("bought", "used", "free")},
        "skus": [{**sku, "chips": of_skus.get(sku["sku_id"], [])} for sku in customer["skus"]],
        "strange": [about(each) for each in found if not each["user_id"] and each["sku_id"] not in known],
        "users": [_user(user, of_users.get(user["id"])) for user in customer["users"]],
    }


def _user(user: Result, finding: str | None) -> dict[str, t.Any]:
    mark = finding or (FINE if user["licenses"] else BARE)
    if finding is None and user["licenses"] is None:
        mark = "soft_deleted"
    return {
        "mark": mark,
        "kind": _OF_USERS[mark],
        "words": _USERS[mark],
        "display_name": user["display_name"],
        "name": user["user_principal_name"],
        "licenses": user["licenses"],
        "place": user["usage_location"],
    }
