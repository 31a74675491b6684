# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What a plan consists of. Pure data: no I/O, no clock, no secrets."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..._common.identifiers import Guid
from ..._common.secrets import MASK
from ..declare.user import UserDeclaration
from ..model.licenses import LicenseChange
from ..model.roles import Role
from ..model.users import User

ACTIONS = (
    "create",
    "restore",
    "rename",
    "update",
    "reset_password",
    "assign_licenses",
    "remove_licenses",
    "add_role",
    "remove_role",
    "delete",
)
"""The words of ``operations[].action``, in the order in which the operations of one user are carried out."""

COUNTED = ("create", "restore", "update", "rename", "reset_password", "license", "role", "delete")
"""The words under which operations are counted in ``summary``."""

COUNTED_AS = {"assign_licenses": "license", "remove_licenses": "license", "add_role": "role", "remove_role": "role"}
"""Actions that are counted under another word."""

HIDDEN = frozenset({"password"})
"""Fields whose values never leave: shown masked on both sides."""


@dataclass(frozen=True)
class Operation:
    """One write: exactly one logical request.

    :param fields: managed field: (before, after). The after values are what is sent; a password is only announced here
        (True).
    :param reason: why, in a few words.
    :param target: what exactly is sent, where the names in ``fields`` do not say: the SKUs of one licence group, or one
        role.
    :param ended: what of the declaration has ended (:attr:`End.mark`), and is taken away for that; done before all
        other writes, and looked at afterwards.
    :param conditional: depends on what a restore in the same row brings back by itself, which can be read only then;
        less may be needed.
    """

    action: str
    user_principal_name: str
    user_id: Guid | None
    fields: t.Mapping[str, tuple[t.Any, t.Any]] = field(default_factory=dict)
    reason: str = ""
    target: LicenseChange | Role | None = None
    conditional: bool = False
    ended: tuple[str, ...] = ()

    PRICE: t.ClassVar[int] = 1

    @property
    def precondition(self) -> dict[str, t.Any]:
        """What the plan was based on: the state in which the user was found, and the values that are about to
        change."""
        state = {"create": "none", "restore": "deleted"}.get(self.action, "active")
        before = {
            name: old
            for name, (old, new) in self.fields.items()
            if name not in HIDDEN and name != "force_change_password" and name != "state"
        }
        return {"state": state, **({} if self.action == "create" else before)}

    @property
    def entitles(self) -> bool:
        """Whether it is about licences or roles and not about the user."""
        return self.target is not None

    @property
    def gives_up_seats(self) -> bool:
        """Whether others may have this user's licences after it. Whether there is one to give up after a restore is
        not known."""
        if self.conditional:
            return False
        return self.action == "delete" or (isinstance(self.target, LicenseChange) and bool(self.target.remove))

    def after(self, *names: str) -> dict[str, t.Any]:
        """The values to send, only of these fields if any are named; never the announcement of a password."""
        return {
            name: new for name, (old, new) in self.fields.items() if name not in HIDDEN and (not names or name in names)
        }

    def result(self) -> dict[str, t.Any]:
        """As a module returns it: ``{action, user_principal_name, user_id, fields, reason}``."""
        return {
            "action": self.action,
            "user_principal_name": self.user_principal_name,
            "user_id": self.user_id,
            "fields": {name: shown_field(name, old, new) for name, (old, new) in self.fields.items()},
            "reason": self.reason,
        }


class Refused(Exception):
    """A row must not be carried out; the text says why. ``candidates`` are the users that this is about, ``reason`` is
    a stable word."""

    def __init__(self, message: str, candidates: t.Iterable[User] = (), *, reason: str) -> None:
        super().__init__(message)
        self.candidates = tuple(candidates)
        self.details = {"reason": reason}


def shown_field(name: str, old: t.Any, new: t.Any) -> dict[str, t.Any]:
    """Before and after of one field; a secret is masked, and only says whether there is one."""
    if name in HIDDEN:
        return {"before": MASK if old else None, "after": MASK if new else None}
    return {"before": old, "after": new}


def merged_fields(operations: t.Iterable[Operation]) -> dict[str, dict[str, t.Any]]:
    """All fields that some operations of one user change, from the first value to the last."""
    merged: dict[str, dict[str, t.Any]] = {}
    for operation in operations:
        for name, change in operation.result()["fields"].items():
            merged[name] = {"before": merged[name]["before"], "after": change["after"]} if name in merged else change
    return merged


def brief_words(operation: Operation) -> str:
    """An operation in a message: its name, and for licences and roles what it makes of them."""
    shown = [
        f"{name} from {'what came back' if change['before'] is None else change['before']} to {change['after']}"
        for name, change in operation.result()["fields"].items()
        if operation.entitles
    ]
    return f"{operation.action} ({', '.join(shown)})" if shown else operation.action


@dataclass(frozen=True)
class RowPlan:
    """What is to be done for one declared user.

    :param before: the user as found, None if there is none.
    :param after: the user as it will be, None if there will be none (nothing declared absent is invented).
    :param refusal: why nothing may be done for this row; then there are no operations but those that take away what
        has ended.
    :param candidates: the users that a refusal is about.
    :param skipped: why nothing is done although there would be something to do and nothing is wrong with the row
        itself.
    :param unseated: ids of SKUs that are declared and left out, because the customer has no seat for them.
    :param note: what a person has to know about the row although it is as planned.
    :param details: what is known of an answer that the refusal is about, as keys of a result.
    :param waits_for: ids of users whose rows come first, because they give up the seats that this one gets.
    """

    row: UserDeclaration
    before: User | None = None
    after: User | None = None
    operations: tuple[Operation, ...] = ()
    refusal: str | None = None
    candidates: tuple[User, ...] = ()
    warnings: tuple[str, ...] = ()
    skipped: str = ""
    unseated: frozenset[str] = frozenset()
    note: str = ""
    details: t.Mapping[str, t.Any] = field(default_factory=dict)
    waits_for: frozenset[Guid] = frozenset()


@dataclass(frozen=True)
class PurgePlan:
    """Whom to delete, or why nobody is, in words and as the stable word ``reason``. ``spared`` are users in scope that
    a guard kept, with the reason."""

    operations: tuple[Operation, ...] = ()
    users: tuple[User, ...] = ()
    refusal: str | None = None
    spared: tuple[tuple[User, str], ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Plan:
    """The rows of one customer's declaration, in its order. ``warnings`` are about the customer and not about one
    row."""

    customer_id: Guid
    rows: tuple[RowPlan, ...]
    purge: PurgePlan | None = None
    warnings: tuple[str, ...] = ()

    @property
    def operations(self) -> tuple[Operation, ...]:
        """All writes, in the order of the rows; deletions of a purge come last."""
        purged = self.purge.operations if self.purge else ()
        return tuple(operation for row in self.rows for operation in row.operations) + purged

    @property
    def writes(self) -> int:
        """The price in logical writes."""
        return sum(operation.PRICE for operation in self.operations)
