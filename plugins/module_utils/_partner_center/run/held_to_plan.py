# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What of a plan may be carried out: what is literally in a plan file that people have reviewed, and in a plan that was
made now."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, replace

from ..._common.identifiers import guid_key, upn_key
from ..._common.problem import Problem
from ..._common.text import counted
from ..model.users import User
from ..plan.after_restore import removed_after_restore
from ..plan.operations import Plan, RowPlan
from .plan_file import PlanFile, PlannedCustomer, ends_of, entry_of

CHANGED = "changed_since_plan"
"""The reason of a row that is not what a reviewed plan says."""
ANOTHER_REFERENCE = "another_change_reference"
"""The reason of what is to be done under another reference than was reviewed."""


@dataclass(frozen=True)
class RestrictedPlan:
    """What of a fresh plan is literally in the file, and so may be carried out.

    :param message: what is wrong with the customer as a whole (empty if nothing).
    :param changed: users whose planned deletion is not what a purge would do now, each with the reason.
    :param missing: planned deletions of users that a purge is not about any more: they are gone by now, or they have
        changed.
    """

    plan: Plan
    message: str = ""
    changed: tuple[tuple[User, str], ...] = ()
    missing: tuple[dict[str, t.Any], ...] = ()


def reference_problem(planned: PlanFile, change_reference: str | None) -> Problem | None:
    """Why a plan cannot be carried out under the reference of the task, which a purge has, too; None if it can."""
    if planned.change_reference == change_reference:
        return None
    said = (
        f"plan_file {planned.path!r} was made with the change_reference {planned.change_reference!r}, and the task has"
    )
    text = f"{said} {change_reference!r}. Use the reviewed one, or make the plan again."
    return Problem(text, ANOTHER_REFERENCE, option="change_reference")


def restrict_to_plan(planned: PlannedCustomer | None, fresh: Plan, *, only_ends: bool = False) -> RestrictedPlan:
    """Compare a fresh plan with the file; everything that is not literally in both is refused.

    :param only_ends: whether the fresh plan does nothing but take away what has ended, and so has no purge.
    """
    if planned is None:
        planned = PlannedCustomer()
    rows = tuple(_held(row, planned) for row in fresh.rows)
    strangers = sorted(set(planned.rows) - {upn_key(row.row.name) for row in fresh.rows})
    message = f"Planned, but no longer declared; skipped: {', '.join(strangers)}." if strangers else ""
    purge = fresh.purge
    if purge is None:
        if planned.purge:
            why = "this run only removes what has ended" if only_ends else "the declaration no longer has a purge"
            users = counted(len(planned.purge), "user")
            message = f"{message} The plan deletes {users}, but {why}. No user was purged.".strip()
        return RestrictedPlan(replace(fresh, rows=rows), message)
    waiting = {guid_key(entry["user_id"]): entry for entry in planned.purge}
    kept, changed = [], []
    for user, operation in zip(purge.users, purge.operations):
        entry = waiting.pop(user.id, None)
        if entry == entry_of(operation) and not _called_otherwise(user, planned):
            kept.append((user, operation))
        elif entry == entry_of(operation):
            changed.append((user, _other_name(user, planned)))
        elif entry:  # who is not in the plan at all is somebody for the next one
            changed.append((user, _changed(user.user_principal_name, [entry], [entry_of(operation)])))
    held = replace(
        purge, users=tuple(user for user, _operation in kept), operations=tuple(operation for _user, operation in kept)
    )
    missing = () if purge.refusal else tuple(waiting.values())
    return RestrictedPlan(replace(fresh, rows=rows, purge=held), message, tuple(changed), missing)


def _held(row: RowPlan, part: PlannedCustomer) -> RowPlan:
    key = upn_key(row.row.name)
    now, planned = [entry_of(operation) for operation in row.operations], part.rows.get(key, [])
    if not now:
        return row
    name = row.before.user_principal_name if row.before else row.row.name
    if now == planned and row.before and _deletes(row) and _called_otherwise(row.before, part):
        return replace(row, operations=(), refusal=_other_name(row.before, part), details={"reason": CHANGED})
    if now == planned:
        back = part.comes_back.get(key, {})
        if back != removed_after_restore(row):
            said = (
                f"what is removed after the restore has changed since the plan was made. Planned: {json.dumps(back)}."
            )
            refusal = f"{name}: {said} Now it would be: {json.dumps(removed_after_restore(row))}. Nothing was done."
            return replace(row, operations=(), refusal=refusal, details={"reason": CHANGED})
        reviewed, reference = part.references.get(key), row.row.change_reference
        if reviewed == reference and (row.refusal or part.ends.get(key, []) == ends_of(row)):
            return row
        if reviewed == reference:
            refusal = _ends_changed(name, part.ends.get(key, []), ends_of(row))
            return replace(row, operations=(), refusal=refusal, details={"reason": CHANGED})
        said = f"{name}: the plan was made with the change_reference {reviewed!r}, and now it is {reference!r}. Nothing"
        refusal = f"{said} was done. Make the plan again, or use the reviewed one."
        return replace(row, operations=(), refusal=refusal, details={"reason": ANOTHER_REFERENCE})
    if row.refusal:
        return replace(row, operations=())
    if not planned:
        return replace(
            row,
            operations=(),
            refusal=f"{name} changed after the plan was made, which has nothing for it. Now it would be: "
            f"{_listed(now)}. Nothing was done.",
            details={"reason": CHANGED},
        )
    return replace(row, operations=(), refusal=_changed(name, planned, now), details={"reason": CHANGED})


def _changed(name: str, planned: list[dict[str, t.Any]], now: list[dict[str, t.Any]]) -> str:
    return (
        f"{name} changed after the plan was made. Planned: {_listed(planned)}. Now it would be: {_listed(now)}. "
        "Nothing was done."
    )


def _deletes(row: RowPlan) -> bool:
    return any(operation.action == "delete" for operation in row.operations)


def _called_otherwise(user: User, part: PlannedCustomer) -> bool:
    """Whether the plan lists somebody who is deleted under another display name: people may have looked at no more."""
    return user.id in part.called and part.called[user.id] != user.display_name


def _other_name(user: User, part: PlannedCustomer) -> str:
    name = user.user_principal_name
    said = f"{name}: the plan lists this user as {part.called[user.id]!r}, and the display name is"
    return f"{said} {user.display_name!r}. The user was not deleted. Make the plan again."


def _ends_changed(name: str, planned: t.Any, now: list[dict[str, t.Any]]) -> str:
    was, becomes = (json.dumps(ends, ensure_ascii=False) for ends in (planned, now))
    return (
        f"{name}: when it ends has changed since the plan was made. Planned: {was}. Now it would be: {becomes}. "
        "Nothing was done. Make the plan again."
    )


def _listed(entries: list[dict[str, t.Any]]) -> str:
    parts = []
    for entry in entries:
        named = f" {entry['user_principal_name']}" if entry["action"] == "delete" else ""
        fields = ", ".join(
            f"{name} from {change['before']!r} to {change['after']!r}" for name, change in entry["fields"].items()
        )
        parts.append(f"{entry['action']}{named} ({fields})")
    return "; ".join(parts) or "nothing"
