# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Results and diffs, from the same plan and outcomes for every kind of output."""

from __future__ import annotations

import typing as t
from datetime import datetime

from ..common.outcomes import Outcome
from .entitlements import roles_after
from .model import User
from .operations import Operation, RowPlan
from .roles import Role

_SHOWN = ("user_principal_name", "display_name", "first_name", "last_name", "usage_location", "immutable_id", "phone_number", "state", "licenses", "roles")


def user_diff(row: RowPlan, operations: t.Sequence[Operation]) -> dict[str, t.Any]:
    """Ansible's diff of one user: what was, and what is once these operations are done. Passwords only as an event."""
    before, after = _view(row.before), _view(row.before)
    if not row.operations:
        return {"before": before, "after": before}
    for operation in operations:
        if operation.action == "create":
            before, after = {"state": "none"}, {"state": "active"}
        after.update({name: value for name, value in operation.after().items() if name in _SHOWN and name != "roles"})
        if isinstance(operation.target, Role):
            _show_role(before, after, operation)
        if "password" in operation.fields:
            after["password"] = "(a new one is set, not shown)"
        if operation.action == "restore":
            after["state"] = "active"
    return {"before": before, "after": after}


def _show_role(before: dict[str, t.Any], after: dict[str, t.Any], operation: Operation) -> None:
    """A role in a diff: among all roles of the user where they are known, else among those that were asked for."""
    old, new = operation.fields["roles"]
    if "roles" in after:
        after["roles"] = list(roles_after(tuple(after["roles"]), [operation]) or ())
        return
    if old is not None and before.get("state") != "none":
        before["roles"] = list(old)
    after["roles"] = list(new)


def outcome_message(outcome: Outcome) -> str:
    """What a task that fails says about its user."""
    if outcome.failed is None:
        return outcome.message
    done = ", ".join(operation.action for operation in outcome.done)
    already = f" Done before that: {done}." if done and outcome.failed not in outcome.done else ""
    verb = "The outcome is unknown" if outcome.status == "unknown" else "Failed"
    return f"{verb}: {outcome.failed.action} {outcome.failed.user_principal_name}. {outcome.message}{already}"


def user_result(user: User | None, now: datetime) -> dict[str, t.Any] | None:
    """The user as returned, or None when there is none."""
    return user.result(now) if user else None


def _view(user: User | None) -> dict[str, t.Any]:
    if user is None:
        return {"state": "none"}
    shown = {name: getattr(user, name) for name in _SHOWN if getattr(user, name) is not None}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in shown.items()}
