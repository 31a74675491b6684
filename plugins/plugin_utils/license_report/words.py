# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The words of the report about licenses, the same in every format."""

from __future__ import annotations

import typing as t

from ...module_utils._common.text import agreeing, counted
from ...module_utils._partner_center.plan.license_findings import WORDS

Result = t.Mapping[str, t.Any]
LABELS = {
    "more_used_than_bought": "more used than bought",
    "running_out": "running out",
    "seats_expiring": "about to expire",
    "unused_seats": "unused seats",
    "seats_without_user": "seats without a user",
    "soft_deleted": "soft-deleted",
    "synced_away": "synced away",
    "no_usage_location": "no usage location",
    "not_subscribed": "not subscribed",
}
"""What a finding is called."""
_SEATS = ("more_used_than_bought", "seats_expiring", "unused_seats", "seats_without_user")
"""Findings that are added up in seats; of the others each is counted once."""
THERE = ("read", "reused")
"""Statuses of customers that are in the report."""


def verdict(result: Result) -> str:
    """How many findings there are, and how much is missing, as one sentence."""
    summary = result["summary"]
    number = sum(summary["findings"].values())
    missing = summary["failed"] + summary["skipped"]
    said = counted(number, "finding") if number else "No findings"
    if missing:
        said += f"; {counted(missing, 'customer')} {agreeing(missing, 'is', 'are')} not in this report"
    return said + "."


def totals(result: Result) -> str:
    """What the report is about."""
    summary = result["summary"]
    said = [counted(summary["customers"], "customer"), counted(summary["users"], "active user")]
    return ", ".join([*said, f"{summary['deleted_users']} soft-deleted", counted(summary["licenses"], "license")])


def about(finding: Result) -> str:
    """A finding in a few words, without its customer."""
    label = LABELS[str(finding["finding"])]
    if finding["user_principal_name"]:
        return f"{finding['user_principal_name']}: {label}"
    noun = "user" if finding["finding"] == "not_subscribed" else "seat"
    return f"{finding['sku']}: {label}, {counted(finding['seats'], noun)}"


def name_of(customer: Result) -> str:
    """How to call a customer."""
    return str(customer["customer_name"] or customer["domain"] or customer["customer_id"] or "?")


def findings_of(result: Result) -> dict[t.Any, list[Result]]:
    """The findings by the id of their customer."""
    found: dict[t.Any, list[Result]] = {}
    for each in result["findings"]:
        found.setdefault(each["customer_id"], []).append(each)
    return found


def counts(findings: t.Iterable[Result]) -> list[tuple[str, int]]:
    """How many seats, products or users each word is about, in the order in which they are told."""
    found: dict[str, int] = {}
    for each in findings:
        word = str(each["finding"])
        found[word] = found.get(word, 0) + (each["seats"] if word in _SEATS else 1)
    return [(word, found[word]) for word in WORDS if word in found]


def products(result: Result) -> list[dict[str, t.Any]]:
    """The products of all customers together: seats, and how many customers have them; those for whole tenants left
    out."""
    found: dict[str, dict[str, t.Any]] = {}
    for customer in result["customers"]:
        for sku in customer["skus"]:
            if sku["tenant_wide"]:
                continue
            known = found.setdefault(
                sku["sku_id"],
                {"sku": sku["sku"], "name": sku["name"], "customers": 0, "bought": 0, "used": 0, "free": 0},
            )
            known["customers"] += 1
            for name in ("bought", "used", "free"):
                known[name] += sku[name]
    return sorted(found.values(), key=lambda each: (str(each["sku"]).casefold(), str(each["name"])))
