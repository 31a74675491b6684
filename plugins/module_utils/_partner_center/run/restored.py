# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What a restore leaves to do: licences and roles can be read only once the user is active again.

Partner Center gives a restored user the earlier licences back, as far as there are free seats; about roles it says
nothing. So both are read after the restore, and only the difference to the declaration is written.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..._common.errors import CollectionError, ServiceError
from ..._common.waits import attempts
from ..client.meaning import reading, too_early
from ..client.protocol import CustomerClient
from ..model.roles import Role, administrator_roles
from ..model.users import User
from ..plan.entitlements import entitle
from ..plan.guards import LAST, NOT_UNDERSTOOD, leaving, not_understood
from ..plan.operations import Plan, Refused, RowPlan
from ..plan.policy import Policy
from ..plan.snapshot import Snapshot

PATIENCE = 6
"""How often a read is repeated that does not find a user who has just been restored."""


class RestoredPlanner:
    """Plans the licences and roles of restored users once they can be read.

    :param snapshot: what the plan was made from.
    """

    def __init__(self, client: CustomerClient, plan: Plan, snapshot: Snapshot, policy: Policy) -> None:
        self.client = client
        self.snapshot = snapshot
        self.policy = policy
        self._administrators = administrator_roles(snapshot.catalogue or ())
        self._leaving = leaving(plan.rows, self._administrators)

    def __call__(self, planned: RowPlan, user: User) -> RowPlan:
        """The row with only the operations that are needed now. :raises CollectionError:"""
        user_id = user.id
        snapshot = self.snapshot
        if planned.row.manages_licenses:
            held = self._patiently("licenses", lambda: self.client.licenses(user_id))
            snapshot = replace(snapshot, licenses={**snapshot.licenses, user_id: held})
        if planned.row.manages_roles:
            roles = self._patiently("user_roles", lambda: self.client.user_roles(user_id))
            snapshot = replace(snapshot, user_roles={**snapshot.user_roles, user_id: roles})
        bare = replace(planned, before=user, after=user, operations=())
        try:
            made = entitle(bare, snapshot, self.policy)
        except Refused as refused:
            raise CollectionError(str(refused), **refused.details) from None
        lost = [operation.target for operation in made.operations if operation.action == "remove_role"]
        if lost and not self._administrators:
            raise CollectionError(not_understood(self.client.facts, self.client.customer_id), reason=NOT_UNDERSTOOD)
        if any(isinstance(role, Role) and role.id in self._administrators for role in lost):
            with reading("members", self.client):
                members = (self.client.role_members(role) for role in sorted(self._administrators))
                others = frozenset().union(*members) - {user_id} - self._leaving
            if not others:
                raise CollectionError(
                    f"{planned.row.name} is the customer's last Global Administrator and keeps the role. Licenses and "
                    "roles were not changed.",
                    reason=LAST,
                )
        return made

    def _patiently(self, kind: str, read: t.Callable[[], t.Any]) -> t.Any:
        error: ServiceError | None = None
        for _attempt in attempts(self.client.session.budget, PATIENCE + 1):
            try:
                with reading(kind, self.client):
                    return read()
            except ServiceError as exc:
                if not too_early(exc):
                    raise
                error = exc
        raise t.cast(ServiceError, error)
