# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Plan and read in turns until the plan of a customer is complete."""

from __future__ import annotations

import typing as t

from ..._entra.settings import Settings
from ..client.facts import facts_of
from ..declare.user import UserDeclaration
from ..plan.acting import ANYBODY
from ..plan.cloud_limits import declared_problems
from ..plan.operations import Plan
from ..plan.policy import Policy
from ..plan.snapshot import Snapshot, Unread
from ..plan.users import plan
from ..session import Session
from .reader import CustomerReader

ROUNDS = 16
"""Plan and read alternate; a plan asks in at most a handful of steps, more would be a defect."""


def read_and_plan(
    reader: CustomerReader, declared: t.Sequence[UserDeclaration], policy: Policy
) -> tuple[Plan, Snapshot]:
    """Alternate planning and reading until the plan is complete; returns it with the snapshot that it was made from."""
    reader.keep(policy.ends.holders(reader.client.customer_id))
    for _round in range(ROUNDS):
        snapshot = reader.snapshot()
        try:
            return plan(declared, snapshot, policy, reader.purge), snapshot
        except Unread as unread:
            reader.read(unread.needs)
    raise AssertionError("the plan keeps asking for what it was given")


def cloud_problems(settings: Settings | None, rows: t.Sequence[UserDeclaration]) -> list[str]:
    """What the service cannot do in this cloud and the declaration alone shows, so that not even a read is sent."""
    return declared_problems(facts_of(settings.cloud.name), rows) if settings else []


def acting_for(session: Session, rows: t.Iterable[UserDeclaration], purge: bool = False) -> t.Collection[str]:
    """Ids and names of the identity that is doing this, where the plan has to spare it; everybody's, if the token does
    not say whose it is.

    :raises SignInError, TransportError:
    """
    guarded = purge or any(row.may_lose_access for row in rows)
    return session.acting_identity() or ANYBODY if guarded else ()
