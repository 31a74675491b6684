# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""A plan as a file that people review, and the promise that what is applied is exactly that.

The file holds no secret and no time of its own: the same state gives the same bytes. Only users that change or are
refused are in it.
"""

from __future__ import annotations

import json
import os
import typing as t
from dataclasses import dataclass, field, replace

from ..._common import paths
from ..._common.deletion_limit import Deletion, digest_of
from ..._common.errors import OptionError
from ..._common.identifiers import Guid, Upn, guid_key, upn_key
from ..._common.problem import Problem
from ..._common.summary import counted_operations
from ..model.users import User
from ..plan.operations import COUNTED, COUNTED_AS, Operation, Plan, RowPlan
from .record_kinds import PLAN

VERSION = 1
CHANGED = "changed_since_plan"
"""The reason of a row that is not what a reviewed plan says."""


@dataclass(frozen=True)
class PlannedCustomer:
    """One customer of a plan file: its operations by user, and those of the purge, each in the form of
    :func:`_entry`."""

    rows: t.Mapping[Upn, list[dict[str, t.Any]]] = field(default_factory=dict)
    purge: tuple[dict[str, t.Any], ...] = ()


def plan_text(plans: t.Sequence[Plan], reads: int) -> str:
    """The content of a plan file.

    :param plans: sorted by customer.
    :param reads: requests that were needed to make the plan, and will be needed again to check it.
    """
    customers = []
    for plan in plans:
        users = []
        for row in plan.rows:
            if not row.operations and not row.refusal and not row.skipped:
                continue
            entry: dict[str, t.Any] = {
                "user_principal_name": row.row.name,
                "user_id": row.before.id if row.before else None,
                "source": row.row.source,
            }
            if row.refusal:
                # An answer that is quoted has ids of its own, and the same state has to give the same bytes.
                entry["refused"] = (
                    f"{row.row.name} could not be read." if row.details.keys() - {"reason"} else row.refusal
                )
                if row.operations:  # what has ended is taken away all the same
                    entry["operations"] = [_entry(operation) for operation in row.operations]
            elif row.skipped:
                entry["skipped"] = row.skipped
            else:
                entry["operations"] = [_entry(operation) for operation in row.operations]
            users.append(entry)
        customers.append(
            {
                "customer_id": plan.customer_id,
                "unchanged": sum(not row.operations and not row.refusal for row in plan.rows),
                "users": users,
                "purge": [_entry(operation) for operation in (plan.purge.operations if plan.purge else ())],
                "purge_refused": plan.purge.refusal if plan.purge else None,
            }
        )
    to_delete = [
        Deletion(plan.customer_id, str(operation.user_id), operation.user_principal_name)
        for plan in plans
        for operation in plan.operations
        if operation.action == "delete"
    ]
    deletions = {
        "count": len(to_delete),
        "digest": digest_of(to_delete) if to_delete else None,
        "users": [person for plan in plans for person in _deleted(plan)],
    }
    price = {"reads": reads, "writes": sum(plan.writes for plan in plans)}
    return (
        json.dumps(
            {
                "format": PLAN,
                "version": VERSION,
                "price": price,
                "actions": _actions(plans),
                "deletions": deletions,
                "customers": customers,
            },
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
    )


def _actions(plans: t.Sequence[Plan]) -> dict[str, int]:
    """How many operations there are of each action."""
    return counted_operations(
        (operation.result() for plan in plans for operation in plan.operations), COUNTED, COUNTED_AS
    )


def _deleted(plan: Plan) -> t.Iterator[dict[str, t.Any]]:
    """Who is deleted, for those who review a plan; what is carried out is what the operations say."""
    found = [(row.before, operation) for row in plan.rows for operation in row.operations]
    found += list(zip(plan.purge.users, plan.purge.operations)) if plan.purge else []
    for user, operation in found:
        if operation.action == "delete":
            yield {
                "customer_id": plan.customer_id,
                "display_name": user.display_name if user else None,
                "user_principal_name": operation.user_principal_name,
                "user_id": operation.user_id,
            }


def write_plan(path: str, text: str) -> bool:
    """Write the file atomically, if its content is another. :returns: whether it was written. :raises OptionError:"""
    problem = plan_problem(path)
    if problem:
        raise OptionError([problem])
    try:
        try:
            if paths.read(path)[0] == text.encode("utf-8"):
                return False
        except FileNotFoundError:
            pass
        paths.replace(path, text, 0o644)
    except OSError as exc:
        raise OptionError([_unwritable(path, exc)]) from None
    return True


def read_plan(path: str) -> dict[Guid, PlannedCustomer]:
    """A plan file by lower-case customer id. :raises OptionError: it is not one, or of another version."""
    try:
        content, status = paths.read(path)
        why = paths.distrust(status)
        if why:
            raise OptionError([f"plan_file {path!r} {why}."], reason="untrusted_file")
        data = json.loads(content)
        if data["format"] != PLAN or data["version"] != VERSION:
            raise OptionError(
                [
                    Problem(
                        f"plan_file {path!r} is of another version; make the plan again.",
                        "wrong_file_kind",
                        option="plan_file",
                    )
                ]
            )
        planned = {}
        for customer in data["customers"]:
            rows = {
                upn_key(str(user["user_principal_name"])): list(user.get("operations", []))
                for user in customer["users"]
            }
            part = planned[guid_key(customer["customer_id"])] = PlannedCustomer(rows, tuple(customer["purge"]))
            for entry in (*part.purge, *(entry for entries in rows.values() for entry in entries)):
                _check_entry(entry)
    except OSError as exc:
        raise OptionError(
            [
                Problem(
                    f"plan_file {path!r} cannot be read ({exc.strerror or type(exc).__name__}).",
                    "file_unreadable",
                    option="plan_file",
                )
            ]
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise OptionError(
            [Problem(f"plan_file {path!r} is not a plan of this collection.", "wrong_file_kind", option="plan_file")]
        ) from None
    return planned


def planned_deletions(planned: t.Mapping[str, PlannedCustomer]) -> list[Deletion]:
    """Everybody whom a plan file deletes, of all its customers: the set that was reviewed."""
    return [
        Deletion(customer, str(entry["user_id"]), str(entry["user_principal_name"]))
        for customer, part in planned.items()
        for entry in (*part.purge, *(entry for entries in part.rows.values() for entry in entries))
        if entry["action"] == "delete"
    ]


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


def restrict_to_plan(planned: PlannedCustomer | None, fresh: Plan) -> RestrictedPlan:
    """Compare a fresh plan with the file; everything that is not literally in both is refused."""
    if planned is None:
        planned = PlannedCustomer()
    rows = tuple(_held(row, planned.rows.get(upn_key(row.row.name), [])) for row in fresh.rows)
    strangers = sorted(set(planned.rows) - {upn_key(row.row.name) for row in fresh.rows})
    message = (
        f"The plan has users that are not declared any more, and nothing is done for them: {', '.join(strangers)}."
        if strangers
        else ""
    )
    purge = fresh.purge
    if purge is None:
        if planned.purge:
            message = (
                f"{message} The plan deletes {len(planned.purge)} users, but no purge is declared any more. No user "
                "was purged."
            ).strip()
        return RestrictedPlan(replace(fresh, rows=rows), message)
    waiting = {guid_key(entry["user_id"]): entry for entry in planned.purge}
    kept, changed = [], []
    for user, operation in zip(purge.users, purge.operations):
        entry = waiting.pop(user.id, None)
        if entry == _entry(operation):
            kept.append((user, operation))
        elif entry:  # who is not in the plan at all is somebody for the next one
            changed.append((user, _changed(user.user_principal_name, [entry], [_entry(operation)])))
    held = replace(
        purge, users=tuple(user for user, _operation in kept), operations=tuple(operation for _user, operation in kept)
    )
    missing = () if purge.refusal else tuple(waiting.values())
    return RestrictedPlan(replace(fresh, rows=rows, purge=held), message, tuple(changed), missing)


def _held(row: RowPlan, planned: list[dict[str, t.Any]]) -> RowPlan:
    now = [_entry(operation) for operation in row.operations]
    if now == planned or not now:
        return row
    if row.refusal:
        return replace(row, operations=())
    name = row.before.user_principal_name if row.before else row.row.name
    if not planned:
        return replace(
            row,
            operations=(),
            refusal=f"{name} has changed since the plan was made, which had nothing to do for it; now it would be: "
            f"{_listed(now)}. Nothing was done.",
            details={"reason": CHANGED},
        )
    return replace(row, operations=(), refusal=_changed(name, planned, now), details={"reason": CHANGED})


def _changed(name: str, planned: list[dict[str, t.Any]], now: list[dict[str, t.Any]]) -> str:
    return (
        f"{name} has changed since the plan was made. Planned: {_listed(planned)}. Now it would be: {_listed(now)}. "
        "Nothing was done."
    )


def _entry(operation: Operation) -> dict[str, t.Any]:
    result = operation.result()
    return {
        "action": result["action"],
        "user_principal_name": result["user_principal_name"],
        "user_id": result["user_id"],
        "fields": result["fields"],
        "precondition": operation.precondition,
        "reason": result["reason"],
        "price": operation.PRICE,
        **(
            {"target": operation.target.result(), "conditional": operation.conditional}
            if operation.target is not None
            else {}
        ),
    }


def _check_entry(entry: t.Any) -> None:
    """Somebody may have edited the file. :raises KeyError, TypeError, AttributeError: it is not what :func:`_entry`
    makes."""
    for name in ("action", "user_principal_name", "user_id", "precondition", "reason", "price"):
        entry[name]
    for change in entry["fields"].values():
        change["before"], change["after"]


def _unwritable(path: str, exc: OSError) -> Problem:
    sentence = f"plan_file {path!r} cannot be written ({exc.strerror or type(exc).__name__})."
    return Problem(sentence, "file_unwritable", option="plan_file")


def plan_problem(path: str) -> str | None:
    """Why a plan cannot be written there, or None; asked before anything is read."""
    parent = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(parent) or not os.access(parent, os.W_OK | os.X_OK):
        sentence = f"plan_file {path!r}: its folder does not exist or cannot be written."
        return Problem(sentence, "file_unwritable", option="plan_file")
    try:
        content = paths.read(path)[0].strip()
        if not content or json.loads(content)["format"] == PLAN:
            return None
    except FileNotFoundError:
        return None
    except OSError as exc:
        return _unwritable(path, exc)
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        pass
    return Problem(
        f"plan_file {path!r} exists and holds something else than a plan; it is not overwritten. Name another file.",
        "wrong_file_kind",
        option="plan_file",
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
