# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What ``license_info`` returns."""

from __future__ import annotations

import typing as t

from ..._common.failure import beside
from ..._common.text import agreeing, counted, first_few
from ..model.license_readings import ACTIVE, Holder, LicenseReading, Seats
from ..plan.license_findings import WORDS, Limits, findings
from .license_reader import FAILED, SKIPPED, STATUSES, CustomerLicenses

CUSTOMERS_FAILED = "customers_failed"
"""The key ``failure.reason`` of a task some of whose customers could not be read; these have their own reasons."""
_OF_FAILURE = ("http_status", "code", "request_id", "correlation_id", "needed_roles")


def licenses_result(runs: t.Sequence[CustomerLicenses], limits: Limits) -> dict[str, t.Any]:
    """Customers, findings and counts. It has failed if a customer is missing in it."""
    customers: list[dict[str, t.Any]] = []
    found: list[dict[str, t.Any]] = []
    for run in runs:
        held = run.reading.held() if run.reading else {}
        customers.append(_customer(run, held))
        if run.reading:
            found += [
                {"customer_id": run.customer.id, "customer_name": run.customer.name, **each.result()}
                for each in findings(run.reading, limits)
            ]
    summary = _summary(runs, customers, found)
    result: dict[str, t.Any] = {"customers": customers, "findings": found, "summary": summary, "msg": _message(summary)}
    missing = [run for run in runs if run.status in (FAILED, SKIPPED)]
    if missing:
        names = [run.customer.name or run.customer.domain or run.customer.id for run in missing]
        first = next((run for run in missing if run.status == FAILED), missing[0])
        verb = agreeing(len(missing), "is", "are")
        said = (
            f"{counted(len(missing), 'customer')} {verb} not in the report: {first_few(names, 5)}. "
            f"{first.customer.name or first.customer.domain or first.customer.id}: {first.message} {result['msg']}"
        )
        result = {**result, "failed": True, "msg": said, "failure": {"reason": CUSTOMERS_FAILED}}
    return result


def _customer(run: CustomerLicenses, held: t.Mapping[str, int]) -> dict[str, t.Any]:
    reading = run.reading
    return {
        "customer_id": run.customer.id or None,
        "customer_name": run.customer.name,
        "domain": run.customer.domain,
        "status": run.status,
        "reason": run.details.get("reason"),
        "message": run.message,
        **{name: run.details[name] for name in _OF_FAILURE if name in run.details},
        **{name: value for name, value in beside(run.details).items() if name not in ("problems",)},
        "read_at": reading.read_at if reading else None,
        "skus": [_seats(each, held.get(each.sku_id, 0)) for each in reading.seats] if reading else [],
        "users": [_user(each, reading) for each in reading.holders] if reading else [],
    }


def _seats(seats: Seats, held: int) -> dict[str, t.Any]:
    return {
        "sku": seats.sku,
        "sku_id": seats.sku_id,
        "name": seats.name,
        "license_group": seats.license_group,
        "status": seats.status,
        "bought": seats.bought,
        "used": seats.used,
        "free": seats.free,
        "held": held,
        "suspended": seats.suspended,
        "warning": seats.warning,
        "tenant_wide": seats.tenant_wide,
    }


def _user(holder: Holder, reading: LicenseReading) -> dict[str, t.Any]:
    licenses = holder.licenses
    return {
        "id": holder.id,
        "user_principal_name": holder.user_principal_name,
        "display_name": holder.display_name,
        "usage_location": holder.usage_location,
        "state": holder.state,
        "directory_synced": holder.directory_synced,
        "licenses": None if licenses is None else sorted(reading.names[sku_id] for sku_id in licenses),
    }


def _summary(
    runs: t.Sequence[CustomerLicenses], customers: t.Sequence[dict[str, t.Any]], found: t.Sequence[dict[str, t.Any]]
) -> dict[str, t.Any]:
    statuses = [run.status for run in runs]
    users = [user for customer in customers for user in customer["users"]]
    # What the whole tenant has is not a number of seats.
    skus = [sku for customer in customers for sku in customer["skus"] if not sku["tenant_wide"]]
    words = [each["finding"] for each in found]
    return {
        "customers": len(runs),
        **{status: statuses.count(status) for status in STATUSES},
        "users": sum(user["state"] == ACTIVE for user in users),
        "deleted_users": sum(user["state"] != ACTIVE for user in users),
        "licenses": sum(len(user["licenses"] or ()) for user in users),
        **{name: sum(sku[name] for sku in skus) for name in ("bought", "used", "free")},
        "findings": {word: words.count(word) for word in WORDS},
    }


def _message(summary: t.Mapping[str, t.Any]) -> str:
    number = sum(summary["findings"].values())
    there = summary["read"] + summary["reused"]
    return (
        f"{counted(there, 'customer')}, {counted(summary['users'], 'user')}: {counted(summary['bought'], 'seat')} "
        f"bought, {summary['used']} used, {summary['free']} free; {counted(number, 'finding')}."
    )
