# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""How much of what a task with many rows knows comes back to the play, which keeps and prints all of it."""

from __future__ import annotations

import typing as t

from .outcomes import Status

RETURN_ROWS = ("all", "changed", "problems", "none")
"""The choices of the option ``return_rows``."""

Row = t.Mapping[str, t.Any]


def returned(result: dict[str, t.Any], which: str) -> dict[str, t.Any]:
    """The result with as many rows as were asked for; counts, messages and the failure are always those of all rows.

    :param which: one of :data:`RETURN_ROWS`.
    """
    if which == "all" or "rows" not in result:
        return result
    cut = {**result}
    for name in ("rows", "purged"):
        if isinstance(result.get(name), list):
            cut[name] = [row for row in result[name] if _wanted(row, which)]
    if isinstance(result.get("operations"), list):
        known = {str(row.get(key)).lower() for row in _listed(cut) for key in _KEYS if row.get(key)}
        cut["operations"] = [
            operation
            for operation in result["operations"]
            if any(str(operation.get(key)).lower() in known for key in _KEYS if operation.get(key))
        ]
    if which != "changed" and isinstance(result.get("customers"), list):
        cut["customers"] = [customer for customer in result["customers"] if which == "problems" and _bad(customer)]
    return cut


CUT = ("rows", "purged", "operations", "customers")
"""The keys of a result that :func:`returned` leaves away in part."""
_GOOD = tuple(status.value for status in Status if status.good)
_KEYS = ("user_id", "user_principal_name", "name")
"""What rows and operations have in common about their user, in either system."""


def _listed(result: t.Mapping[str, t.Any]) -> list[Row]:
    return [*result["rows"], *(result.get("purged") or [])]


def _wanted(row: Row, which: str) -> bool:
    if which == "changed":
        return str(row["status"]) != Status.OK.value
    return which == "problems" and str(row["status"]) not in _GOOD


def _bad(customer: Row) -> bool:
    """Whether a customer has something to tell besides that it went well."""
    return bool(customer.get("message")) or any(customer.get(status.value) for status in Status if not status.good)
