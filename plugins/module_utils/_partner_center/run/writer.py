# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Carries out the operations of one user in order, and confirms each by its answer."""

from __future__ import annotations

import typing as t
from functools import partial

from ..._common.errors import CollectionError, Defect, Kind, ServiceError, SignInError
from ..._common.identifiers import Guid
from ..._common.interruption import REASON, Interrupted, Stopper
from ..._common.outcomes import AboutAnother, Outcome, Status, Unclear, may_be_done
from ..._common.secrets import Secrets
from ..._common.waits import attempts
from ..client.protocol import CustomerClient
from ..declare.user import UserDeclaration
from ..model.users import User
from ..plan.after import user_after
from ..plan.operations import Operation, RowPlan, brief_words
from .assignments import NOT_CONFIRMED, AssignmentWriter, read_back_words, undone
from .auditing import around
from .confirming import Confirming, NotAccepted, mismatches
from .gone import prove_gone
from .permissions import Permissions
from .unwritten import unwritten

if t.TYPE_CHECKING:
    from .password_writer import PasswordWriter
    from .passwords import CredentialsFile

LOOKS = 3
"""How often a user is looked at after a lost answer, with growing pauses, because what is read may lag behind."""


class Writer:
    """Writes one customer's users. :param after_restore: plans the licenses and roles of a user who is active again."""

    def __init__(
        self,
        client: CustomerClient,
        secrets: Secrets,
        credentials: CredentialsFile | None,
        permissions: Permissions,
        after_restore: t.Callable[[RowPlan, User], RowPlan] | None,
        interruption: Stopper,
    ) -> None:
        self.client = client
        self.permissions = permissions
        self.after_restore = after_restore
        self.interruption = interruption
        self.assignments = AssignmentWriter(client)
        self.confirm = Confirming(client)
        self._secrets, self._credentials = secrets, credentials

    def _passwords(self) -> PasswordWriter:
        from .password_writer import PasswordWriter  # many runs write none

        return PasswordWriter(self.client, self._secrets, self._credentials, self.confirm)

    def carry_out(self, row: RowPlan) -> Outcome:
        """All operations of one user; the first that fails ends it."""
        outcome = unwritten(row)
        if row.refusal or row.skipped:
            return outcome
        user_id = row.before.id if row.before else None
        pending = list(row.operations)
        while pending:
            operation = pending.pop(0)
            try:
                why = self.interruption.reached()
                if why:
                    raise Interrupted(why)
                if operation.conditional:
                    pending = [
                        *self._planned_after_restore(row, outcome),
                        *(later for later in pending if not later.conditional),
                    ]
                    continue
                written = around(
                    self.client,
                    row.row,
                    operation,
                    user_id,
                    outcome,
                    partial(self._written, row.row, operation, user_id, outcome),
                )
                outcome.user = _with_entitlements(written, operation, outcome)
                user_id = outcome.user.id if outcome.user else user_id
                outcome.done.append(operation)
                self.permissions.granted(operation.action)
            except NotAccepted as exc:
                # It was written, only not as asked: the truth is both changed and failed.
                outcome.user = exc.user
                stopped = _stopped(outcome, operation, Status.FAILED, exc)
                outcome.done.append(operation)
                return stopped
            except CollectionError as exc:
                if isinstance(exc, Interrupted) and not exc.ambiguous:
                    return _not_begun(outcome, exc)
                if isinstance(exc, ServiceError) and exc.kind is Kind.LACKS_ROLE and not operation.conditional:
                    exc = self.permissions.refused(operation, exc)
                return _stopped(outcome, operation, Status.UNKNOWN if may_be_done(exc) else Status.FAILED, exc)
            except Exception as exc:  # whatever it is, the others have their own outcomes
                return _stopped(outcome, operation, Status.UNKNOWN, Defect(exc))
        outcome.status = Status.CHANGED if outcome.done else Status.OK
        outcome.message = " ".join(filter(None, (outcome.message, outcome.unnoted)))
        return outcome

    def _planned_after_restore(self, row: RowPlan, outcome: Outcome) -> list[Operation]:
        """The licences and roles of a user who is active again by now, planned on what came back."""
        if self.after_restore is None or outcome.user is None:
            raise AssertionError("conditional operations without a way to plan them again")
        made = self.after_restore(row, outcome.user)
        if made.before:
            outcome.user = outcome.user.with_values({"licenses": made.before.licenses, "roles": made.before.roles})
        return list(made.operations)

    def _written(
        self, row: UserDeclaration, operation: Operation, user_id: Guid | None, outcome: Outcome
    ) -> User | None:
        """The same as :meth:`_one`; of what has ended, once it is known to be gone."""
        made = self._one(row, operation, user_id, outcome)
        if operation.ended:
            prove_gone(self.assignments, operation, (made.id if made else None) or user_id or Guid(""))
        return made

    def _one(self, row: UserDeclaration, operation: Operation, user_id: Guid | None, outcome: Outcome) -> User | None:
        """Carry out one operation; returns the user as it is afterwards."""
        if operation.action == "create":
            return self._passwords().create(row, operation, outcome)
        target = user_id or Guid("")
        if operation.entitles and outcome.user:
            return self.assignments.carry_out(operation, outcome.user, outcome)
        try:
            if operation.action == "delete":
                return self._delete(operation, target, outcome)
            if operation.action == "restore":
                written = self.client.restore_user(target, operation.after("user_principal_name"))
            elif operation.action in ("rename", "update"):
                written = self.client.update_user(target, operation.after())
            elif operation.action == "reset_password":
                written = self._passwords().reset(row, operation, target, outcome)
            else:
                raise AssertionError(f"no way to carry out {operation.action}")
        except CollectionError as exc:
            if operation.action == "reset_password" or not may_be_done(exc) or isinstance(exc, AboutAnother):
                raise
            return self._read_back(operation, target, exc, outcome)
        outcome.answers.append(written.answer)
        return self.confirm(operation, target, written, outcome.warnings)

    def _delete(self, operation: Operation, user_id: Guid, outcome: Outcome) -> User | None:
        try:
            written = self.client.delete_user(user_id)
            outcome.answers.append(written.answer)
            if not written.settled:
                raise undone(operation, written.answer)
        except ServiceError as exc:
            # Gone is what was wanted, whether our own lost request did it or somebody else just now. But the codes for
            # "no such user" are catch-alls that refusals use as well, so the user is looked for before the deletion is
            # believed.
            if exc.kind is not Kind.ABSENT or self._still_there(user_id, exc):
                raise
        return t.cast("User | None", outcome.plan.after)

    def _still_there(self, user_id: Guid, error: ServiceError) -> bool:
        try:
            return self.client.user(user_id) is not None
        except CollectionError as exc:
            raise Unclear(
                f"{error.message} Whether the user is still there could not be read: {exc.message}",
                **{"reason": NOT_CONFIRMED, **error.details, **exc.details},
            ) from None

    def _read_back(self, operation: Operation, user_id: Guid, error: CollectionError, outcome: Outcome) -> User | None:
        """An answer was lost and the repeat brought none or a refusal: look whether the write was carried out.

        If it was not, the outcome stays unknown: a replica can lag behind, and the next run finds out.
        """
        for _attempt in attempts(self.client.session.budget, LOOKS):
            try:
                found = self.client.user(user_id)
            except CollectionError:
                raise error from None
            if operation.action == "delete":
                done = found is None
            else:
                done = found is not None and not mismatches(operation, found)
            if done:
                outcome.warnings.append(read_back_words(operation, error))
                return found if operation.action != "delete" else outcome.plan.after
        raise error


def _with_entitlements(user: User | None, operation: Operation, outcome: Outcome) -> User | None:
    """A user as the service answered it, with the licences and roles that are known; an answer about a user does not
    hold them."""
    if user is None or operation.action == "delete":
        return user
    if operation.action == "create":
        row = outcome.plan.row
        return user.with_values(
            {"licenses": () if row.manages_licenses else None, "roles": () if row.manages_roles else None}
        )
    known = user_after(outcome.user, operation)
    return user.with_values({"licenses": known.licenses, "roles": known.roles}) if known else user


def _stopped(outcome: Outcome, operation: Operation, status: Status, exc: CollectionError) -> Outcome:
    outcome.message = " ".join(filter(None, (exc.message + _completed(outcome, "failure"), outcome.unnoted)))
    outcome.status, outcome.failed, outcome.details = status, operation, exc.details
    outcome.nobody_can = isinstance(exc, SignInError)
    return outcome


def _not_begun(outcome: Outcome, exc: Interrupted) -> Outcome:
    """The run is to end: what this row still needs is left to the next run."""
    outcome.status = Status.FAILED if outcome.done else Status.SKIPPED
    outcome.message = exc.message + _completed(outcome, "interruption")
    outcome.details = {**exc.details, "reason": REASON}
    return outcome


def _completed(outcome: Outcome, end: str) -> str:
    """The fields of the row say what was attempted; half of that may be true, and only these words tell which.

    :param end: what came in between.
    """
    return f" Completed before the {end}: {'; '.join(map(brief_words, outcome.done))}." if outcome.done else ""
