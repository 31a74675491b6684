# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Carries out the operations of one user in order, and confirms each by its answer."""

from __future__ import annotations

import typing as t
import uuid

from ..._common.answers import Answer
from ..._common.errors import CollectionError, CredentialsFileError, Defect, ServiceError, SignInError
from ..._common.identifiers import upn_key
from ..._common.interruption import REASON, Interrupted, Stopper
from ..._common.outcomes import AboutAnother, Outcome, Status, Unclear, may_be_done
from ..._common.secrets import Secret, Secrets
from ..._common.text import nfc
from ..._common.waits import pause
from ..client.client import Api, is_absent
from ..client.meaning import lacks_role
from ..declare.user import UserDeclaration
from ..model.roles import Role
from ..model.users import User
from ..plan.entitlements import roles_after
from ..plan.operations import HIDDEN, Operation, RowPlan, brief_words
from .assignments import AssignmentWriter, read_back_words, undone
from .claiming import SOMEBODY_ELSE, UNCLEAR, WORDS, whose
from .passwords import CredentialsFile, generate
from .permissions import Permissions
from .reader import read_again


class _NotAccepted(CollectionError):
    """The service accepted a write and did not do all of it. :param user: the user as it is now."""

    REASON = "not_accepted"

    def __init__(self, message: str, user: User, **details: t.Any) -> None:
        super().__init__(message, **details)
        self.user = user


class Writer:
    def __init__(
        self,
        customer_id: str,
        api: Api,
        secrets: Secrets,
        credentials: CredentialsFile | None,
        permissions: Permissions,
        after_restore: t.Callable[[RowPlan, User], RowPlan] | None,
        interruption: Stopper,
    ) -> None:
        self.customer_id = customer_id
        self.api = api
        self.secrets = secrets
        self.credentials = credentials
        self.permissions = permissions
        self.aftermath = after_restore
        self.interruption = interruption
        self.assignments = AssignmentWriter(customer_id, api)

    def carry_out(self, row: RowPlan) -> Outcome:
        """All operations of one user; the first that fails ends it."""
        outcome = Outcome(row, user=row.before, warnings=list(row.warnings), message=row.note)
        if row.refusal or row.skipped:
            outcome.status, outcome.message = (
                (Status.FAILED, row.refusal) if row.refusal else (Status.SKIPPED, row.skipped)
            )
            outcome.details = dict(row.details)
            return outcome
        user_id = row.before.id if row.before else None
        pending = list(row.operations)
        while pending:
            operation = pending.pop(0)
            try:
                why = self.interruption.reached()
                if why:
                    raise Interrupted(f"Not attempted. {why}")
                if operation.conditional:
                    pending = [*self._now(row, outcome), *(later for later in pending if not later.conditional)]
                    continue
                outcome.user = _with_entitlements(self._one(row.row, operation, user_id, outcome), operation, outcome)
                user_id = outcome.user.id if outcome.user else user_id
                outcome.done.append(operation)
                self.permissions.granted(operation.action)
            except _NotAccepted as exc:
                # It was written, only not as asked: the truth is both changed and failed.
                outcome.user = exc.user
                stopped = _stopped(outcome, operation, Status.FAILED, exc)
                outcome.done.append(operation)
                return stopped
            except CollectionError as exc:
                if isinstance(exc, Interrupted) and not exc.ambiguous:
                    return _not_begun(outcome, exc)
                if isinstance(exc, ServiceError) and lacks_role(exc) and not operation.conditional:
                    exc = self.permissions.refused(operation, exc)
                return _stopped(outcome, operation, Status.UNKNOWN if may_be_done(exc) else Status.FAILED, exc)
            except Exception as exc:  # whatever it is, the others have their own outcomes
                return _stopped(outcome, operation, Status.UNKNOWN, Defect(exc))
        outcome.status = Status.CHANGED if outcome.done else Status.OK
        outcome.message = " ".join(filter(None, (outcome.message, outcome.unnoted)))
        return outcome

    def _now(self, row: RowPlan, outcome: Outcome) -> list[Operation]:
        """The licences and roles of a user who is active again by now, planned on what came back."""
        if self.aftermath is None or outcome.user is None:
            raise AssertionError("conditional operations without a way to plan them again")
        made = self.aftermath(row, outcome.user)
        if made.before:
            outcome.user = outcome.user.with_values({"licenses": made.before.licenses, "roles": made.before.roles})
        return list(made.operations)

    def _one(self, row: UserDeclaration, operation: Operation, user_id: str | None, outcome: Outcome) -> User | None:
        """Carry out one operation; returns the user as it is afterwards."""
        if operation.action == "create":
            return self._create(row, operation, outcome)
        target = str(user_id)
        if operation.entitles and outcome.user:
            return self.assignments.carry_out(operation, outcome.user, outcome)
        try:
            if operation.action == "delete":
                return self._delete(operation, target, outcome)
            if operation.action == "restore":
                user, answer = self.api.restore_user(self.customer_id, target, operation.after("user_principal_name"))
            elif operation.action in ("rename", "update"):
                user, answer = self.api.update_user(self.customer_id, target, operation.after())
            elif operation.action == "reset_password":
                user, answer = self._reset(row, operation, target, outcome)
            else:
                raise AssertionError(f"no way to carry out {operation.action}")
        except CollectionError as exc:
            if operation.action == "reset_password" or not may_be_done(exc) or isinstance(exc, AboutAnother):
                raise
            return self._read_back(operation, target, exc, outcome)
        outcome.answers.append(answer)
        return self._confirmed(operation, user, answer)

    def _confirmed(self, operation: Operation, user: User, answer: Answer) -> User:
        """The user of a good answer, if it is as it was sent; what the answer does not say is read. :raises _NotAccepted:"""
        if any(getattr(user, name) is None for name in _mismatches(operation, user)):
            try:
                found = self.api.user(self.customer_id, str(user.id))
            except CollectionError as exc:
                raise Unclear(
                    f"{operation.user_principal_name}: the answer to {operation.action} does not say whether everything was taken, and reading it back "
                    f"failed: {exc.message}",
                    **exc.details,
                ) from None
            if found is None:
                raise Unclear(
                    f"{operation.user_principal_name} is not there any more after {operation.action}.",
                    http_status=answer.status,
                )
            user = found
        _confirm(operation, user, answer)
        return user

    def _delete(self, operation: Operation, user_id: str, outcome: Outcome) -> User | None:
        try:
            answer = self.api.delete_user(self.customer_id, user_id)
            outcome.answers.append(answer)
            if answer.status != 204:
                raise undone(operation, answer)
        except ServiceError as exc:
            # Gone is what was wanted, whether our own lost request did it or somebody else just now. But the codes for "no such user" are
            # catch-alls that refusals use as well, so the user is looked for before the deletion is believed.
            if not is_absent(exc) or self._still_there(user_id, exc):
                raise
        return outcome.plan.after

    def _still_there(self, user_id: str, error: ServiceError) -> bool:
        try:
            return self.api.user(self.customer_id, user_id) is not None
        except CollectionError as exc:
            raise Unclear(
                f"{error.message} Whether the user is still there could not be read: {exc.message}",
                **{**error.details, **exc.details},
            ) from None

    def _read_back(self, operation: Operation, user_id: str, error: CollectionError, outcome: Outcome) -> User | None:
        """An answer was lost and the repeat brought none or a refusal: look whether the write was carried out.

        If it was not, the outcome stays unknown: a replica can lag behind, and the next run finds out.
        """
        attempt, found, done = 0, None, False
        while not done:
            attempt += 1
            try:
                found = self.api.user(self.customer_id, user_id)
            except CollectionError:
                raise error from None
            done = (
                found is None
                if operation.action == "delete"
                else found is not None and not _mismatches(operation, found)
            )
            if not done and (attempt > 2 or not self.api.transport.budget.wait(pause(attempt))):
                raise error
        outcome.warnings.append(read_back_words(operation, error))
        return found if operation.action != "delete" else outcome.plan.after

    # Passwords

    def _create(self, row: UserDeclaration, operation: Operation, outcome: Outcome) -> User:
        values = operation.after()
        force = values.pop("force_change_password", None)
        password = self._password_for(row)
        request_id = str(uuid.uuid4())
        note = self._journal(row, operation, password, request_id)
        note("pending", None)
        try:
            user, answer = self.api.create_user(self.customer_id, values, password, force, request_id)
        except AboutAnother:
            self._settle(note, "reset_needed", None, row, outcome)
            raise
        except CollectionError as exc:
            if may_be_done(exc):
                return self._claim(row, operation, password, force, exc, note, outcome)
            self._settle(note, "rejected", None, row, outcome)
            raise
        outcome.answers.append(answer)
        self._settle(note, "delivered", user.id, row, outcome)
        return self._confirmed(operation, user, answer)

    @staticmethod
    def _settle(
        note: t.Callable[[str, str | None], None],
        status: str,
        user_id: str | None,
        row: UserDeclaration,
        outcome: Outcome,
    ) -> None:
        """Note the fate of a password after the fact; what became of the request stays as it is when the file cannot take the note."""
        try:
            note(status, user_id)
        except CredentialsFileError as exc:
            outcome.unnoted = f"{row.name}: the password is in the credentials file, but its last line could not be brought from pending to {status}: {exc.message}"
            outcome.warnings.append(outcome.unnoted)

    def _claim(
        self,
        row: UserDeclaration,
        operation: Operation,
        password: Secret,
        force: bool | None,
        error: CollectionError,
        note: t.Callable[[str, str | None], None],
        outcome: Outcome,
    ) -> User:
        """The create was sent and its answer lost: look whether the user is there now, and whether it is ours.

        Of one that is, the password is set once more, because only that makes sure that the one that is handed over works. Nobody else's is
        touched, nor one of whom it cannot be told.
        """
        found = self._look_for(row)
        if found is None:
            # Also when the repeat was refused: a listing can lag behind, and "already exists" may be the echo of our own success.
            self._settle(note, "reset_needed", None, row, outcome)
            raise Unclear(
                f"{row.name}: {error.message} It is not known whether the user was created. Run again: a user who exists then is left as it is, and "
                f"may need a password "
                "reset (update_password: always).",
                **error.details,
            )
        wrong = _mismatches(operation, found)
        ground, against = whose(self.api, self.customer_id, found, operation.after(), wrong)
        if ground == SOMEBODY_ELSE:
            self._settle(note, "rejected", None, row, outcome)
            raise CollectionError(
                f"{row.name} exists by now (id {found.id}), and the audit records of Partner Center say that somebody else has created it; it is not "
                "touched. Run again to bring it to the declaration.",
                **{**error.details, "reason": ground},
            )
        if ground == UNCLEAR:
            self._settle(note, "reset_needed", None, row, outcome)
            raise Unclear(
                f"{row.name} exists by now (id {found.id}), and it is not known who has created it: {against}. Its password was not set. Find out "
                "who did; if it was this run, run again with update_password: always.",
                **{**error.details, "reason": ground},
            )
        try:
            self.api.reset_password(self.customer_id, str(found.id), password, force)
        except CollectionError as exc:
            self._settle(note, "reset_needed", found.id, row, outcome)
            raise Unclear(
                f"{row.name} was created (id {found.id}), but it could not be made sure that its password works: {exc.message} Run again with "
                f"update_password: always.",
                **exc.details,
            ) from None
        self._settle(note, "delivered", found.id, row, outcome)
        outcome.details["reason"] = ground
        outcome.warnings.append(
            f"The answer to the creation of {row.name} was lost. That it exists was confirmed by reading it back, and it is taken "
            f"for ours because {WORDS[ground]}."
        )
        if wrong:
            raise _NotAccepted(f"{row.name}: the service did not accept {', '.join(wrong)}.", found, reason=ground)
        return found

    def _look_for(self, row: UserDeclaration) -> User | None:
        """Read back the user that may have been created, with growing pauses, because a listing can lag behind."""
        attempt = 0
        while True:
            attempt += 1
            try:
                found = read_again(self.api, self.customer_id, row)
            except CollectionError:
                return None
            if found or attempt > 4 or not self.api.transport.budget.wait(pause(attempt)):
                return found

    def _reset(self, row: UserDeclaration, operation: Operation, user_id: str, outcome: Outcome) -> tuple[User, Answer]:
        password = self._password_for(row)
        note = self._journal(row, operation, password, None)
        note("pending", user_id)
        try:
            user, answer = self.api.reset_password(self.customer_id, user_id, password, row.force_change_password)
        except CollectionError as exc:
            self._settle(note, "reset_needed" if may_be_done(exc) else "rejected", user_id, row, outcome)
            raise
        self._settle(note, "delivered", user.id, row, outcome)
        return user, answer

    def _password_for(self, row: UserDeclaration) -> Secret:
        if row.password is not None:
            return row.password
        password = generate(row.user_principal_name, *row.attributes.values())
        self.secrets.add(password, tell=False)
        return password

    def _journal(
        self, row: UserDeclaration, operation: Operation, password: Secret, request_id: str | None
    ) -> t.Callable[[str, str | None], None]:
        """A function that notes the fate of a generated password; one that does nothing for a password that the caller knows."""
        if row.password is not None:
            return lambda status, user_id: None
        if self.credentials is None:
            raise CredentialsFileError(
                f"{row.name}: there is no credentials_file for the generated password. Nothing was sent."
            )
        credentials, protected = self.credentials, self.credentials.protected(password)
        return lambda status, user_id: credentials.append(
            status,
            customer_id=self.customer_id,
            user_principal_name=operation.user_principal_name,
            user_id=user_id,
            request_id=request_id,
            protected=protected,
        )


def _with_entitlements(user: User | None, operation: Operation, outcome: Outcome) -> User | None:
    """A user as the service answered it, with the licences and roles that are known; an answer about a user does not hold them."""
    if user is None or operation.action == "delete":
        return user
    known = outcome.user
    licenses, roles = (known.licenses, known.roles) if known else (None, None)
    if operation.action == "create":
        row = outcome.plan.row
        licenses, roles = () if row.manages_licenses else None, () if row.manages_roles else None
    if "licenses" in operation.fields:
        licenses = tuple(operation.fields["licenses"][1])
    if isinstance(operation.target, Role) and roles is not None:
        roles = roles_after(roles, [operation])
    return user.with_values({"licenses": licenses, "roles": roles})


def _stopped(outcome: Outcome, operation: Operation, status: Status, exc: CollectionError) -> Outcome:
    # The fields of the row say what was attempted; half of that may be true, and only these words tell which.
    done = f" Done before that: {'; '.join(map(brief_words, outcome.done))}." if outcome.done else ""
    outcome.message = " ".join(filter(None, (exc.message + done, outcome.unnoted)))
    outcome.status, outcome.failed, outcome.details = status, operation, exc.details
    outcome.nobody_can = isinstance(exc, SignInError)
    return outcome


def _not_begun(outcome: Outcome, exc: Interrupted) -> Outcome:
    """The run is to end: what this row still needs is left to the next run."""
    done = f" Done before that: {'; '.join(map(brief_words, outcome.done))}." if outcome.done else ""
    outcome.status, outcome.message = Status.FAILED if outcome.done else Status.SKIPPED, exc.message + done
    outcome.details = {**exc.details, "reason": REASON}
    return outcome


def _confirm(operation: Operation, user: User, answer: Answer) -> None:
    """Compare the answer with what was sent. :raises _NotAccepted:"""
    wrong = [
        f"{name} (asked for {operation.fields[name][1]!r}, is {getattr(user, name)!r})"
        for name in _mismatches(operation, user)
    ]
    if wrong:
        raise _NotAccepted(
            f"{operation.user_principal_name}: the service did not accept {', '.join(wrong)}, although it answered {operation.action} with HTTP "
            f"{answer.status}.",
            user,
            http_status=answer.status,
            request_id=answer.request_id,
            correlation_id=answer.correlation_id,
        )


def _mismatches(operation: Operation, user: User) -> list[str]:
    """The fields in which a user is not what an operation makes of it; what cannot be read is not among them."""
    return [
        name
        for name, value in operation.after().items()
        if name != "force_change_password" and not _accepted(name, user, value)
    ]


def _accepted(name: str, user: User, value: t.Any) -> bool:
    found = getattr(user, name)
    if name == "user_principal_name":
        return upn_key(found) == upn_key(value)
    if name == "usage_location":
        return str(found or "").upper() == value
    if name in HIDDEN:
        return True
    return nfc(str(found or "")) == nfc(str(value))
