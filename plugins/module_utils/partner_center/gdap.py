# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Which role each request needs in the customer's tenant (GDAP: granular delegated admin privileges), and what a refusal for want of one means.

The API does not tell which roles a relationship grants. So a missing one shows with the first request that is refused, and then no further
write that needs it is begun for that customer.

Sources: Partner Center documentation, "Impact of GDAP on the APIs for delegated access"; the prerequisites on the operations' pages.
"""

from __future__ import annotations

import threading
import typing as t
from contextlib import contextmanager

from ..common.errors import ServiceError
from .hints import hint_for
from .operations import ACTIONS, Operation

_USERS = ("User Administrator", "Directory Writers")
_LICENSES = ("License Administrator", "User Administrator", "Directory Writers")
_ROLES = ("Privileged Role Administrator",)
WRITES: dict[str, tuple[str, ...]] = {
    "create": _USERS,
    "restore": _USERS,
    "rename": _USERS,
    "update": _USERS,
    "reset_password": ("User Administrator", "Privileged Authentication Administrator"),
    "assign_licenses": _LICENSES,
    "remove_licenses": _LICENSES,
    "add_role": _ROLES,
    "remove_role": _ROLES,
    "delete": ("User Administrator",),
}
"""An action: the roles of which one is enough."""

_READ_USERS = ("Directory Readers", "Global Reader", "User Administrator")
READS: dict[str, tuple[str, ...]] = {
    "user": _READ_USERS,
    "active": _READ_USERS,
    "everybody": _READ_USERS,
    "deleted": _READ_USERS,
    "skus": ("Directory Readers", "Global Reader", "User Administrator", "License Administrator"),
    "licenses": ("Directory Readers", "License Administrator", "User Administrator", "Directory Writers"),
    "catalogue": ("Directory Readers",),
    "members": ("Directory Readers", "Global Reader", "Directory Writers", "Privileged Role Administrator"),
    "user_roles": ("Directory Readers", "Global Reader", "User Administrator", "Directory Writers", "Privileged Role Administrator"),
}
"""A kind of :class:`snapshot.Need`: the roles of which one is enough to read it."""

_WORDS = {
    "user": "reading a user",
    "active": "listing users",
    "everybody": "listing users",
    "deleted": "listing deleted users",
    "skus": "reading subscribed SKUs",
    "licenses": "reading the licences of a user",
    "catalogue": "reading the directory roles",
    "members": "reading the members of a directory role",
    "user_roles": "reading the directory roles of a user",
}
_ABOUT_ADMINISTRATORS = frozenset({"update", "rename", "restore", "reset_password", "delete"})
"""Actions that may be refused because the user is an administrator, although the role for other users is there."""


_CODES = ("900308", "900150")
"""Codes of a refusal for want of a role: the one of today, and the older one."""


def lacks_role(error: ServiceError) -> bool:
    """Whether an answer means that the relationship does not grant what the request needs."""
    # Old answers for other reasons are plain text without a code; those say so in words that have a hint of their own.
    if error.status != 403 or error.code is not None:
        return error.status == 403 and error.code in _CODES
    return hint_for(403, None, error.description or "") == hint_for(403, "900308", "")


def explained(error: ServiceError, what: str, roles: t.Sequence[str], customer_id: str, more: str = "") -> ServiceError:
    """The same error, with the roles of which one is needed in place of a general advice."""
    said = error.message
    for code in _CODES:
        said = said.removesuffix(" " + hint_for(403, code, ""))
    return ServiceError(
        f"{said} At customer {customer_id}, {what} needs {_one_of(roles)}, and the partner's GDAP relationship (or the security group of the service "
        f"account) grants none of them.{more} Add the role to the relationship and the group, then run again.",
        status=error.status,
        code=error.code,
        description=error.description,
        repeated=error.repeated,
        needed_roles=list(roles),
        **{key: value for key, value in error.details.items() if key not in ("http_status", "code", "description")},
    )


@contextmanager
def reading(kind: str, customer_id: str) -> t.Iterator[None]:
    """Names the roles of which one is needed when a read is refused for want of one."""
    try:
        yield
    except ServiceError as exc:
        if not lacks_role(exc):
            raise
        raise explained(exc, _WORDS[kind], READS[kind], customer_id) from None


def _one_of(roles: t.Sequence[str]) -> str:
    return f"the directory role {roles[0]}" if len(roles) == 1 else f"one of the directory roles {', '.join(roles)}"


class Permissions:
    """What the run has learned about the partner's roles at one customer. May be used from several threads."""

    def __init__(self, customer_id: str) -> None:
        self.customer_id = customer_id
        self._granted: set[tuple[str, ...]] = set()
        self._refused: dict[tuple[str, ...], int] = {}
        self._lock = threading.Lock()

    def granted(self, action: str) -> None:
        """A write was carried out."""
        with self._lock:
            self._granted.add(WRITES[action])

    def refused(self, operation: Operation, error: ServiceError) -> ServiceError:
        """A write was refused for want of a role; returns the error that says so."""
        roles = WRITES[operation.action]
        doubtful = operation.action in _ABOUT_ADMINISTRATORS
        with self._lock:
            # One user may be an administrator, whom a stronger role is needed for; two in a row are a sign.
            self._refused[roles] = self._refused.get(roles, 0) + (1 if doubtful else 2)
        more = " It may also be that the user holds an administrative role; then a stronger role is needed." if doubtful else ""
        return explained(error, operation.action, roles, self.customer_id, more)

    def missing(self, operations: t.Iterable[Operation]) -> str:
        """Why a row cannot be carried out, as far as is known by now; empty if nothing is known against it."""
        operation = self._hopeless(operations)
        if operation is None:
            return ""
        return (
            f"Not attempted: {operation.action} needs {_one_of(WRITES[operation.action])} at customer {self.customer_id}, and another user's request was "
            "refused for want of it. Nothing was begun for this user, so that nothing is left half done."
        )

    def missing_roles(self, operations: t.Iterable[Operation]) -> tuple[str, ...]:
        """The roles of which :meth:`missing` says that one is needed; none if nothing is known against the row."""
        operation = self._hopeless(operations)
        return WRITES[operation.action] if operation else ()

    def _hopeless(self, operations: t.Iterable[Operation]) -> Operation | None:
        with self._lock:
            return next((each for each in operations if self._refused.get(WRITES[each.action], 0) >= 2 and WRITES[each.action] not in self._granted), None)


def kinds(operations: t.Iterable[Operation]) -> frozenset[tuple[str, ...]]:
    """The different sets of roles that some operations need."""
    return frozenset(WRITES[operation.action] for operation in operations)


def demanded(operations: t.Iterable[Operation]) -> list[dict[str, t.Any]]:
    """What a plan needs, as keys of a result: its actions by the roles of which one is needed, in the order in which actions are carried out."""
    actions = {operation.action for operation in operations}
    needed: dict[tuple[str, ...], list[str]] = {}
    for action in ACTIONS:
        if action in actions:
            needed.setdefault(WRITES[action], []).append(action)
    return [{"actions": names, "one_of": list(roles)} for roles, names in needed.items()]
