# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Which role each request needs in the customer's tenant (GDAP: granular delegated admin privileges), and what a
refusal for want of one means.

The API does not tell which roles a relationship grants. So a missing one shows with the first request that is refused,
and then no further write that needs it is begun for that customer.

Sources: Partner Center documentation, "Impact of GDAP on the APIs for delegated access"; the prerequisites on the
operations' pages.
"""

from __future__ import annotations

import threading
import typing as t

from ..._common.errors import ServiceError
from ..client.meaning import ABOUT_ADMINISTRATORS, explained, one_of
from ..model.facts import Facts, Roles
from ..plan.operations import ACTIONS, Operation


class Permissions:
    """What the run has learned about the partner's roles at one customer. May be used from several threads."""

    def __init__(self, customer_id: str, facts: Facts) -> None:
        self.customer_id = customer_id
        self.facts = facts
        self._granted: set[tuple[str, ...]] = set()
        self._refused: dict[tuple[str, ...], int] = {}
        self._lock = threading.Lock()

    def granted(self, action: str) -> None:
        """A write was carried out."""
        with self._lock:
            self._granted.add(self.facts.writes[action])

    def refused(self, operation: Operation, error: ServiceError) -> ServiceError:
        """A write was refused for want of a role; returns the error that says so."""
        roles = self.facts.writes[operation.action]
        doubtful = operation.action in ABOUT_ADMINISTRATORS
        with self._lock:
            # One user may be an administrator, whom a stronger role is needed for; two in a row are a sign.
            self._refused[roles] = self._refused.get(roles, 0) + (1 if doubtful else 2)
        more = " Or the user is an administrator, which needs a higher-privileged role." if doubtful else ""
        if operation.action == "delete":
            # Microsoft's documentation of workloads that GDAP supports.
            more += " Only a Global Administrator can delete a Global Administrator."
        return explained(error, operation.action, roles, self.customer_id, more)

    def missing(self, operations: t.Iterable[Operation]) -> str:
        """Why a row cannot be carried out, as far as is known by now; empty if nothing is known against it."""
        operation = self._hopeless(operations)
        if operation is None:
            return ""
        return (
            f"The operation {operation.action} needs {one_of(self.facts.writes[operation.action])} at customer "
            f"{self.customer_id}, and another user's request failed without it. Nothing was started for this user."
        )

    def missing_roles(self, operations: t.Iterable[Operation]) -> tuple[str, ...]:
        """The roles of which :meth:`missing` says that one is needed; none if nothing is known against the row."""
        operation = self._hopeless(operations)
        return self.facts.writes[operation.action] if operation else ()

    def kinds(self, operations: t.Iterable[Operation]) -> frozenset[Roles]:
        """The different sets of roles that some operations need."""
        return frozenset(self.facts.writes[operation.action] for operation in operations)

    def _hopeless(self, operations: t.Iterable[Operation]) -> Operation | None:
        with self._lock:
            return next(
                (
                    each
                    for each in operations
                    if self._refused.get(self.facts.writes[each.action], 0) >= 2
                    and self.facts.writes[each.action] not in self._granted
                ),
                None,
            )


def demanded(operations: t.Iterable[Operation], facts: Facts) -> list[dict[str, t.Any]]:
    """What a plan needs, as keys of a result: its actions by the roles of which one is needed, in the order in which
    actions are carried out."""
    actions = {operation.action for operation in operations}
    needed: dict[tuple[str, ...], list[str]] = {}
    for action in ACTIONS:
        if action in actions:
            needed.setdefault(facts.writes[action], []).append(action)
    return [{"actions": names, "one_of": list(roles)} for roles, names in needed.items()]
