# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""A plan as a file that people review. What is applied is exactly that (``held_to_plan``).

The file holds no secret and no time of its own: the same state gives the same bytes. (Where people approve plans, it
says when it was made and by whom; that stays for as long as it says the same.) Only users that change or are refused
are in it.
"""

from __future__ import annotations

import json
import os
import typing as t
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from ..._common import paths
from ..._common.deletion_limit import Deletion, digest_of
from ..._common.errors import OptionError
from ..._common.identifiers import Upn, guid_key, upn_key
from ..._common.problem import Problem
from ..._common.summary import counted_operations
from ..plan.after_restore import removed_after_restore
from ..plan.operations import ACTIONS, COUNTED, COUNTED_AS, Operation, Plan, RowPlan
from .record_kinds import PLAN

VERSION = 1
_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class PlannedCustomer:
    """One customer of a plan file: its operations by user, and those of the purge, each in the form of
    :func:`entry_of`."""

    rows: t.Mapping[Upn, list[dict[str, t.Any]]] = field(default_factory=dict)
    purge: tuple[dict[str, t.Any], ...] = ()
    references: t.Mapping[Upn, t.Any] = field(default_factory=dict)
    """The change reference of each user that has one."""
    ends: t.Mapping[Upn, t.Any] = field(default_factory=dict)
    """What of each user ends when, as it was declared (:func:`ends_of`)."""
    comes_back: t.Mapping[Upn, t.Any] = field(default_factory=dict)
    """What of each restored user is taken away, as it was declared (:func:`after_restore.removed_after_restore`)."""
    called: t.Mapping[str, t.Any] = field(default_factory=dict)
    """The display names under which the head of the plan lists those who are deleted, by id."""


@dataclass(frozen=True)
class Made:
    """When a plan was made, by the service's clock, and by whom, as far as that was said. ``approvals``: how many were
    demanded where it was made; 0 for none."""

    at: datetime
    by: str | None = None
    approvals: int = 0

    def result(self) -> dict[str, t.Any]:
        """How the file says it."""
        demanded = {"approvals": self.approvals} if self.approvals else {}
        return {"at": self.at.astimezone(timezone.utc).strftime(_TIME), "by": self.by, **demanded}


@dataclass(frozen=True)
class PlanFile:
    """A plan file, read once. :ivar content: its bytes. :ivar change_reference: that of the task, also for a purge."""

    path: str
    content: bytes
    customers: t.Mapping[str, PlannedCustomer]
    made_at: datetime | None = None
    made_by: str | None = None
    change_reference: str | None = None
    approvals: int = 0
    """How many approvals were demanded where it was made. It can demand more than a task does, and never less."""


def plan_text(
    plans: t.Sequence[Plan], reads: int, made: Made | None = None, change_reference: str | None = None
) -> str:
    """The content of a plan file.

    :param plans: sorted by customer.
    :param reads: requests that were needed to make the plan, and will be needed again to check it.
    :param made: where the file has to say when it was made.
    :param change_reference: that of the task.
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
                **_reference(row.row.change_reference),
                **({"ends": ends_of(row)} if row.row.ends else {}),
                **({"after_restore": back} if (back := removed_after_restore(row)) else {}),
            }
            if row.refusal:
                # An answer that is quoted has ids of its own, and the same state has to give the same bytes.
                entry["refused"] = (
                    f"{row.row.name} could not be read." if row.details.keys() - {"reason"} else row.refusal
                )
                if row.operations:  # what has ended is taken away all the same
                    entry["operations"] = [entry_of(operation) for operation in row.operations]
            elif row.skipped:
                entry["skipped"] = row.skipped
            else:
                entry["operations"] = [entry_of(operation) for operation in row.operations]
            users.append(entry)
        customers.append(
            {
                "customer_id": plan.customer_id,
                "unchanged": sum(not row.operations and not row.refusal for row in plan.rows),
                "users": users,
                "purge": [entry_of(operation) for operation in (plan.purge.operations if plan.purge else ())],
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
    return plan_as_text(
        {
            "format": PLAN,
            "version": VERSION,
            **({"made": made.result()} if made else {}),
            **_reference(change_reference),
            "price": price,
            "actions": _actions(operation.result() for plan in plans for operation in plan.operations),
            "deletions": deletions,
            "customers": customers,
        }
    )


def plan_as_text(data: t.Mapping[str, t.Any]) -> str:
    """How a plan is written."""
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def text_to_keep(path: str, text: t.Callable[[Made], str], made: Made, max_age: timedelta | None) -> str:
    """The content of a plan file with a time in it. What is there stays as long as it says the same and is not too
    old, so that approvals of it hold.

    :param text: makes the content from when the plan was made.
    """
    try:
        earlier = read_plan(path)
    except OptionError:
        return text(made)
    if earlier.made_at and earlier.made_at <= made.at and (not max_age or made.at - earlier.made_at <= max_age):
        kept = text(replace(made, at=earlier.made_at))
        if kept.encode("utf-8") == earlier.content:
            return kept
    return text(made)


def _reference(reference: str | None) -> dict[str, str]:
    return {"change_reference": reference} if reference else {}


def _actions(operations: t.Iterable[t.Mapping[str, t.Any]]) -> dict[str, int]:
    """How many operations there are of each action."""
    return counted_operations(operations, COUNTED, COUNTED_AS)


def states_its_operations(data: t.Mapping[str, t.Any], plan: PlanFile) -> bool:
    """Whether the head of a plan says of its operations what they are, for those who read no further: how many of
    which kind, what they cost, and who is deleted. Under which display name, the fresh plan tells (``held_to_plan``).
    """
    head, deletions = data.get("deletions"), planned_deletions(plan.customers)
    entries = [entry for part in plan.customers.values() for entry in _entries(part)]
    price = data.get("price")
    if not isinstance(head, dict) or data.get("actions") != _actions(entries):
        return False
    if not isinstance(price, dict) or price.get("writes") != sum(entry["price"] for entry in entries):
        return False
    users = head.get("users")
    named = [
        tuple(user.get(name) for name in ("customer_id", "user_id", "user_principal_name"))
        for user in (users if isinstance(users, list) else ())
        if isinstance(user, dict)
    ]
    meant = [(each.customer_id, each.user_id, each.name) for each in deletions]
    return (
        head.get("digest") == (digest_of(deletions) if deletions else None)
        and head.get("count") == len(deletions)
        and sorted(map(str, named)) == sorted(map(str, meant))
    )


def _entries(part: PlannedCustomer) -> t.Iterator[dict[str, t.Any]]:
    yield from part.purge
    for entries in part.rows.values():
        yield from entries


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


def read_plan(path: str) -> PlanFile:
    """A plan file; its customers are by lower-case id. :raises OptionError: it is not one, or of another version."""
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
        planned: dict[str, PlannedCustomer] = {}
        for customer in data["customers"]:
            # A person and a user of the customer may have one name; then at least one of the rows is refused.
            named = [(upn_key(str(user["user_principal_name"])), user) for user in customer["users"]]
            written = [name for name, user in named if user.get("operations")]
            if len(set(written)) != len(written) or guid_key(customer["customer_id"]) in planned:
                raise ValueError  # people would have looked at what is passed over here
            users = dict(sorted(named, key=lambda each: bool(each[1].get("operations"))))  # what is written counts
            rows = {name: list(user.get("operations", [])) for name, user in users.items()}
            references = {name: user["change_reference"] for name, user in users.items() if "change_reference" in user}
            ends = {name: user["ends"] for name, user in users.items() if "ends" in user}
            back = {name: user["after_restore"] for name, user in users.items() if "after_restore" in user}
            called = _called(data, customer["customer_id"])
            part = PlannedCustomer(rows, tuple(customer["purge"]), references, ends, back, called)
            planned[guid_key(customer["customer_id"])] = part
            for entry in _entries(part):
                _check_entry(entry)
        made = data.get("made") or {}
        at = datetime.strptime(made["at"], _TIME).replace(tzinfo=timezone.utc) if made else None
        by = made["by"] if made else None
        approvals = made.get("approvals", 0)
        if not isinstance(by, (str, type(None))) or not isinstance(approvals, int) or isinstance(approvals, bool):
            raise TypeError
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
    return PlanFile(path, content, planned, at, by, data.get("change_reference"), approvals)


def _called(data: t.Mapping[str, t.Any], customer_id: str) -> dict[str, t.Any]:
    head = data.get("deletions")
    users = head.get("users") if isinstance(head, dict) else None
    return {
        guid_key(str(user.get("user_id"))): user.get("display_name")
        for user in (users if isinstance(users, list) else ())
        if isinstance(user, dict) and guid_key(str(user.get("customer_id"))) == guid_key(customer_id)
    }


def planned_deletions(planned: t.Mapping[str, PlannedCustomer]) -> list[Deletion]:
    """Everybody whom a plan file deletes, of all its customers: the set that was reviewed."""
    return [
        Deletion(customer, str(entry["user_id"]), str(entry["user_principal_name"]))
        for customer, part in planned.items()
        for entry in _entries(part)
        if entry["action"] == "delete"
    ]


def entry_of(operation: Operation) -> dict[str, t.Any]:
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


def ends_of(row: RowPlan) -> list[dict[str, t.Any]]:
    """What of a row ends when. An operation does not say it, and who approves a grant for two hours has not approved it
    for ever."""
    return [end.declared() for end in row.row.ends]


def _check_entry(entry: t.Any) -> None:
    """Somebody may have edited the file. :raises KeyError, TypeError, AttributeError: it is not what :func:`entry_of`
    makes."""
    for name in ("action", "user_principal_name", "user_id", "precondition", "reason", "price"):
        entry[name]
    if entry["action"] not in ACTIONS:
        raise KeyError
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
        f"plan_file {path!r} exists and holds something other than a plan; not overwritten. Use another file.",
        "wrong_file_kind",
        option="plan_file",
    )
