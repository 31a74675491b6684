# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What a plan consists of. Pure data: no I/O, no clock, no secrets."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..declare.user import UserDeclaration
from ..model.users import Subscription, User

ACTIONS = ("create", "update", "delete")
"""The words of ``operations[].action``."""


@dataclass(frozen=True)
class Operation:
    """One write: exactly one request.

    :param fields: managed field: (before, after). The after values are what is sent.
    :param delete_subscriptions: sent with a deletion: the subscriptions and everything in them go too.
    :param force: sent with a deletion: the records go, the resources stay behind. Never together with
        ``delete_subscriptions``.
    """

    action: str
    name: str
    fields: t.Mapping[str, tuple[t.Any, t.Any]] = field(default_factory=dict)
    reason: str = ""
    delete_subscriptions: bool = False
    force: bool = False

    def after(self) -> dict[str, t.Any]:
        """The values to send."""
        return {name: new for name, (old, new) in self.fields.items()}

    def result(self) -> dict[str, t.Any]:
        """As a module returns it."""
        made: dict[str, t.Any] = {
            "action": self.action,
            "name": self.name,
            "fields": {name: {"before": old, "after": new} for name, (old, new) in self.fields.items()},
            "reason": self.reason,
        }
        if self.action == "delete":
            made.update(delete_subscriptions=self.delete_subscriptions, force=self.force)
        return made


@dataclass(frozen=True)
class RowPlan:
    """What is to be done for one declared user.

    :param before: the user as found, None if there is none.
    :param after: the user as it will be, None if there will be none.
    :param refusal: why nothing may be done; then there are no operations.
    :param details: further keys of a result that a refusal has, such as ``reason``.
    :param looked: whether the user has been looked for; ``before`` says nothing where it has not.
    :param running: a deletion that somebody has begun is under way, and has only to be waited for.
    :param subscriptions: what the user owns, if it is about to go or stands in the way.
    """

    row: UserDeclaration
    before: User | None = None
    after: User | None = None
    operations: tuple[Operation, ...] = ()
    refusal: str | None = None
    details: t.Mapping[str, t.Any] = field(default_factory=dict)
    running: bool = False
    subscriptions: tuple[Subscription, ...] = ()
    warnings: tuple[str, ...] = ()
    looked: bool = False
