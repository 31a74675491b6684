# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Carries out single operations on licences and roles, and finds out whether they were done when the answer does not
say."""

from __future__ import annotations

import typing as t

from ..._common.answers import Answer
from ..._common.errors import CollectionError, Kind, ServiceError, TransportError
from ..._common.identifiers import Guid
from ..._common.waits import attempts
from ..client.meaning import may_be_so, too_early
from ..client.protocol import CustomerClient, Written
from ..model.licenses import License, LicenseChange
from ..model.roles import Role
from ..model.users import User
from ..plan.operations import Operation, RowPlan

PATIENCE = 6
"""How often a write is repeated that is refused because the directory does not know yet what was just written."""
LOOKS = 4
"""How often licenses and roles are looked at after a lost answer."""

NOT_CONFIRMED = "not_confirmed"
"""The reason of what was accepted, and is not seen to be done."""


class Record(t.Protocol):
    """What becomes of the row that an operation belongs to."""

    plan: RowPlan
    done: list[Operation]
    answers: list[Answer]
    warnings: list[str]


class AssignmentWriter:
    """Writes licences and roles of one customer's users."""

    def __init__(self, client: CustomerClient) -> None:
        self.client = client

    def carry_out(self, operation: Operation, user: User, record: Record) -> User:
        """Do it and make sure that it is done. :raises CollectionError:"""
        try:
            written = self._patiently(operation, user, record)
        except CollectionError as exc:
            if not _worth_a_look(exc):
                raise
            self._read_back(operation, user, exc, record)
            return user
        record.answers.append(written.answer)
        record.warnings += [
            f"{operation.user_principal_name}: the service warns about its licenses: {warning}"
            for warning in written.warnings
        ]
        doubt = _doubt(operation, written)
        if doubt is not None:
            self._read_back(operation, user, doubt, record)
        return user

    def _patiently(self, operation: Operation, user: User, record: Record) -> Written:
        """Right after a user was made, the parts of the service that know licences and roles may not have heard of it;
        nor of a seat that was just given up."""
        fresh = any(done.action in ("create", "restore") or "usage_location" in done.fields for done in record.done)
        # "Invalid usage location" has been said of users whose location had been right for long; it passes.
        located = bool(user.usage_location)
        error: ServiceError | None = None
        for attempt in attempts(self.client.session.budget, PATIENCE + 1):
            if attempt > 1:
                self.client.session.counters.add(retries=1)
            try:
                return self._send(operation, user, counted=attempt == 1)
            except ServiceError as exc:
                late = (
                    (fresh and too_early(exc))
                    or (located and exc.kind is Kind.NO_LOCATION)
                    or (bool(record.plan.waits_for) and exc.kind is Kind.NO_SEATS)
                )
                if not late:
                    raise
                error = exc
        raise t.cast(ServiceError, error)

    def _send(self, operation: Operation, user: User, counted: bool) -> Written:
        target, user_id = operation.target, user.id
        if isinstance(target, LicenseChange):
            return self.client.update_licenses(user_id, target, counted=counted)
        if isinstance(target, Role) and operation.action == "add_role":
            return self.client.add_to_role(target.id, user, counted=counted)
        if isinstance(target, Role):
            return self.client.remove_from_role(target.id, user_id, counted=counted)
        raise AssertionError(f"no way to carry out {operation.action}")

    def _read_back(self, operation: Operation, user: User, error: CollectionError, record: Record) -> None:
        """Look whether it is as wanted, whoever did it: "already a member" and "not a member" are fine then. :raises
        CollectionError: it is not."""
        lost = isinstance(error, TransportError) or (isinstance(error, ServiceError) and error.repeated)
        # Only what may have been carried out can still show up.
        for _attempt in attempts(self.client.session.budget, LOOKS if lost else 1):
            try:
                done = self.is_done(operation, user.id)
            except CollectionError:
                raise error from None
            if done:
                if lost:
                    record.warnings.append(read_back_words(operation, error))
                return
        raise error

    def is_done(self, operation: Operation, user_id: Guid) -> bool:
        """Whether reading shows it. :raises CollectionError: it cannot be read."""
        target = operation.target
        if isinstance(target, Role):
            held = any(role.id == target.id for role in self.client.user_roles(user_id))
            return held == (operation.action == "add_role")
        if not isinstance(target, LicenseChange):
            return False
        licenses = {license.sku_id: license for license in self.client.licenses(user_id)}
        if any(sku_id in licenses for sku_id in target.remove):
            return False
        return all(
            sku_id in licenses and (not plans or _are_off(plans, licenses[sku_id])) for sku_id, plans in target.assign
        )


def _are_off(plans: t.Collection[str], license: License) -> bool:
    return license.plans_known and not (license.enabled or frozenset()) & set(plans)


def _worth_a_look(exc: CollectionError) -> bool:
    """Whether it may be as wanted although the service did not say so: a lost answer, or a refusal of what is so
    already."""
    if isinstance(exc, TransportError):
        return exc.ambiguous
    return isinstance(exc, ServiceError) and (exc.repeated or may_be_so(exc))


def _doubt(operation: Operation, written: Written) -> CollectionError | None:
    """What is wrong unless reading shows otherwise; None when the answer says that it is done."""
    answer = written.answer
    if not written.settled:
        return undone(operation, answer)
    if not written.missing:
        return None
    return CollectionError(
        f"{operation.user_principal_name}: the service did not accept the licenses of {', '.join(written.missing)}, "
        f"although it returned HTTP {answer.status}.",
        reason="not_accepted",
        http_status=answer.status,
        request_id=answer.request_id,
        correlation_id=answer.correlation_id,
    )


def undone(operation: Operation, answer: Answer) -> TransportError:
    """The error for a good answer that does not say that the write was carried out, unless reading shows that it
    was."""
    return TransportError(
        f"{operation.action} {operation.user_principal_name} was accepted with HTTP {answer.status}, but a read does "
        "not confirm it.",
        ambiguous=True,
        reason=NOT_CONFIRMED,
        http_status=answer.status,
        request_id=answer.request_id,
        correlation_id=answer.correlation_id,
    )


def read_back_words(operation: Operation, error: CollectionError) -> str:
    """A warning: what was done shows only in what is there."""
    what = "did not confirm it" if error.details.get("reason") == NOT_CONFIRMED else "was lost"
    return f"The response to {operation.action} {operation.user_principal_name} {what}. A read confirmed it."
