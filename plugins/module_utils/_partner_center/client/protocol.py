# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What a service has to be able to do so that its customers' users can be declared.

The plan never sees it. The run reads and writes through it alone, so another service that serves the same users takes
the place of Partner Center with a class that fits this one.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from datetime import date, datetime

from ..._common.answers import Answer, Counters
from ..._common.identifiers import Guid
from ..._common.secrets import Secret
from ..._common.waits import WaitBudget
from ..model.facts import Facts
from ..model.licenses import License, LicenseChange, Sku
from ..model.roles import Role
from ..model.users import User

if t.TYPE_CHECKING:
    from ..._common.audit_log.run_log import RunLog
    from ..model.audit_records import AuditRecord


class Conditions(t.Protocol):
    """What a run owns and all its requests share: ``session.Session``."""

    @property
    def budget(self) -> WaitBudget:
        """How long may still be waited for this customer."""

    @property
    def counters(self) -> Counters:
        """What the run has cost so far."""

    @property
    def correlation_id(self) -> str:
        """Under which the service keeps what this run does."""

    @property
    def audit(self) -> RunLog | None:
        """Where each write is written down before it is sent; None where nobody asked for that."""

    def now(self) -> datetime:
        """The service's time."""

    def knows_time(self) -> bool:
        """Whether that is what the service has said, and not this machine's time."""


@dataclass(frozen=True)
class Written:
    """A write that was accepted.

    :param user: the user as the service answered it; None where answers do not hold it.
    :param settled: whether the answer says that it was done; where it does not, it has to be looked for.
    :param missing: ids of SKUs that were to be assigned and, as the answer says, were not.
    :param warnings: what the service has to say about it.
    """

    answer: Answer
    user: User | None = None
    settled: bool = True
    missing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class CustomerClient(t.Protocol):
    """One customer's users, licenses and roles.

    Reads raise :class:`ServiceError` with a ``kind``, or :class:`TransportError`. Writes are one logical request each;
    what may have been carried out although it failed is a :class:`TransportError` with ``ambiguous``, or repeated.
    ``counted`` is False for a repeat of a write that was counted already.
    """

    @property
    def customer_id(self) -> Guid:
        """Whose users these are."""

    @property
    def facts(self) -> Facts:
        """What is special about the service."""

    @property
    def session(self) -> Conditions:
        """What the run owns."""

    def users(self, unidentified: list[str] | None = None) -> t.Iterator[list[User]]:
        """Pages of active users. :param unidentified: takes a few words about each that cannot be identified."""

    def deleted_users(self, unidentified: list[str] | None = None) -> t.Iterator[list[User]]:
        """Pages of users who can be restored."""

    def user(self, user_id: Guid) -> User | None:
        """One active user; None if there is none."""

    def domains(self) -> tuple[str, ...] | None:
        """The customer's domains; None if the service keeps them to itself."""

    def subscribed_skus(self) -> tuple[Sku, ...]:
        """What the customer has bought."""

    def licenses(self, user_id: Guid) -> tuple[License, ...]:
        """The licenses of an active user."""

    def directory_roles(self) -> tuple[Role, ...]:
        """The roles that the customer can give."""

    def user_roles(self, user_id: Guid) -> tuple[Role, ...]:
        """The roles of an active user."""

    def role_members(self, role_id: Guid) -> frozenset[Guid]:
        """Ids of the active users who hold a role."""

    def creators(self, user_id: Guid, first: date, last: date) -> t.Iterator[set[str]]:
        """Page by page of what the service has written down on some days: the correlation ids, in lower case, under
        which it says that a user was created."""

    def audit_records(self, first: date, last: date) -> t.Iterator[list[AuditRecord]]:
        """Page by page of what the service has written down about this customer on some days."""

    def create_user(
        self, values: t.Mapping[str, str], password: Secret, force_change: bool | None, request_id: str | None
    ) -> Written:
        """Create a user. The answer says at least the id. :param request_id: None where ``facts`` say that a create is
        not idempotent."""

    def update_user(self, user_id: Guid, values: t.Mapping[str, str]) -> Written:
        """Change these attributes."""

    def restore_user(self, user_id: Guid, values: t.Mapping[str, str]) -> Written:
        """Restore a deleted user, under another name if ``values`` has one."""

    def reset_password(self, user_id: Guid, password: Secret, force_change: bool | None) -> Written:
        """Set a password."""

    def delete_user(self, user_id: Guid) -> Written:
        """Delete a user, who can be restored."""

    def update_licenses(self, user_id: Guid, change: LicenseChange, *, counted: bool = True) -> Written:
        """Assign and remove licenses."""

    def add_to_role(self, role_id: Guid, user: User, *, counted: bool = True) -> Written:
        """Give a role."""

    def remove_from_role(self, role_id: Guid, user_id: Guid, *, counted: bool = True) -> Written:
        """Take a role away."""
