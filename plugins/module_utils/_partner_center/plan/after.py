# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What a user is once an operation is carried out: the one answer for the plan, the run and the diff."""

from __future__ import annotations

import typing as t

from ..._common.identifiers import Guid, without_prefix
from ..model.attributes import ATTRIBUTES
from ..model.roles import Role
from ..model.users import User
from .operations import Operation


@t.overload
def user_after(user: User, operation: Operation) -> User:
    """A user stays one."""


@t.overload
def user_after(user: User | None, operation: Operation) -> User | None:
    """One who is created was not there before."""


def user_after(user: User | None, operation: Operation) -> User | None:
    """The user after an operation. Licenses and roles that are not known stay so.

    :param user: the user before it; None for one that is created.
    """
    values = {name: new for name, new in operation.after().items() if name in ATTRIBUTES}
    if operation.action == "create":
        return User(id=Guid(""), **values)
    if user is None:
        return None
    if operation.action == "delete":
        return user.with_values({"state": "deleted"})
    if operation.action == "restore":
        # The directory takes its prefix off the name again when it restores.
        name = without_prefix(user.user_principal_name, user.id)
        values = {"user_principal_name": name, "state": "active", "soft_deletion_time": None, **values}
    if "licenses" in operation.fields:
        values["licenses"] = tuple(operation.fields["licenses"][1])
    if isinstance(operation.target, Role):
        values["roles"] = _roles_after(user.roles, operation.action, operation.target)
    return user.with_values(values)


def after_all(user: User, operations: t.Iterable[Operation]) -> User:
    """The user after some operations, one after the other."""
    for operation in operations:
        user = user_after(user, operation)
    return user


def _roles_after(current: tuple[str, ...] | None, action: str, role: Role) -> tuple[str, ...] | None:
    if current is None or not role.name:
        return current
    names = {*current, role.name} if action == "add_role" else {*current} - {role.name}
    return tuple(sorted(names))
