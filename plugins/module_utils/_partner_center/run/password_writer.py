# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Carries out what sets a password: creating a user and resetting one. The password is noted in the credentials file
before it is sent, and its fate after."""

from __future__ import annotations

import typing as t
import uuid
from functools import partial

from ..._common.errors import CollectionError, CredentialsFileError
from ..._common.identifiers import Guid
from ..._common.outcomes import AboutAnother, Outcome, Unclear, may_be_done
from ..._common.secrets import Secret, Secrets
from ..._common.waits import attempts
from ..client.protocol import CustomerClient, Written
from ..declare.user import UserDeclaration
from ..model.users import User
from ..plan.operations import Operation
from .assignments import NOT_CONFIRMED
from .auditing import around
from .claiming import SOMEBODY_ELSE, UNCLEAR, WORDS, whose
from .confirming import Confirming, NotAccepted, mismatches
from .passwords import CredentialsFile, generate
from .reader import read_again

LOOKS = 5
"""How often a user who may have been created is looked for, with growing pauses; a listing lags behind longer than a
user does."""


class PasswordWriter:
    """Writes the passwords of one customer's users.

    :param credentials: where generated passwords go; needed by rows that generate one.
    :param confirm: looks whether a create was carried out as it was sent.
    """

    def __init__(
        self, client: CustomerClient, secrets: Secrets, credentials: CredentialsFile | None, confirm: Confirming
    ) -> None:
        self.client = client
        self.confirm = confirm
        self.secrets = secrets
        self.credentials = credentials

    def create(self, row: UserDeclaration, operation: Operation, outcome: Outcome) -> User:
        """Create the user; of a lost answer it is found out whether the user is there and ours. :raises
        CollectionError:"""
        values = operation.after()
        force = values.pop("force_change_password", None)
        password = self._password_for(row)
        request_id = str(uuid.uuid4()) if self.client.facts.idempotent_create else None
        note = self._journal(row, operation, password, request_id)
        note("pending", None)
        try:
            written = self.client.create_user(values, password, force, request_id)
        except AboutAnother:
            self._settle(note, "reset_needed", None, row, outcome)
            raise
        except CollectionError as exc:
            if may_be_done(exc):
                return self._claim(row, operation, password, force, exc, note, outcome)
            self._settle(note, "rejected", None, row, outcome)
            raise
        outcome.answers.append(written.answer)
        user_id = written.user.id if written.user else None
        self._settle(note, "delivered", user_id, row, outcome)
        return self.confirm(operation, user_id or Guid(""), written, outcome.warnings)

    @staticmethod
    def _settle(
        note: t.Callable[[str, str | None], None],
        status: str,
        user_id: str | None,
        row: UserDeclaration,
        outcome: Outcome,
    ) -> None:
        """Note the fate of a password after the fact; what became of the request stays as it is when the file cannot
        take the note."""
        try:
            note(status, user_id)
        except CredentialsFileError as exc:
            outcome.unnoted = (
                f"{row.name}: the password is in the credentials file, but its last line could not be brought from "
                f"pending to {status}: {exc.message}"
            )
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

        Of one that is, the password is set once more, because only that makes sure that the one that is handed over
        works. Nobody else's is touched, nor one of whom it cannot be told.
        """
        found = self._look_for(row)
        if found is None:
            # Also when the repeat was refused: a listing can lag behind, and "already exists" may be the echo of our
            # own success.
            self._settle(note, "reset_needed", None, row, outcome)
            raise Unclear(
                f"{row.name}: {error.message} Whether the user was created is unknown. Run again: if the user exists, "
                "it is not changed and may need a new password (update_password: always).",
                **{"reason": NOT_CONFIRMED, **error.details},
            )
        wrong = mismatches(operation, found)
        ground, against = whose(self.client, found, operation.after(), wrong)
        if ground == SOMEBODY_ELSE:
            self._settle(note, "rejected", None, row, outcome)
            raise CollectionError(
                f"{row.name} was created meanwhile by someone else (id {found.id}), according to the audit records of "
                "Partner Center. It was not changed. Run again to apply the declaration.",
                **{**error.details, "reason": ground},
            )
        if ground == UNCLEAR:
            self._settle(note, "reset_needed", None, row, outcome)
            raise Unclear(
                f"{row.name} was created meanwhile (id {found.id}), and its creator is unknown: {against}. Its "
                "password was not set. Find out who created it; if it was this run, run again with update_password: "
                "always.",
                **{**error.details, "reason": ground},
            )
        try:
            # The one write that nobody has planned, and the one that a wrong claim would aim at somebody else.
            once_more = Operation(
                "reset_password", found.user_principal_name, found.id, {"password": (None, True)}, ground
            )
            act = partial(self.client.reset_password, found.id, password, force)
            around(self.client, row, once_more, found.id, outcome, act)
        except CollectionError as exc:
            self._settle(note, "reset_needed", found.id, row, outcome)
            raise Unclear(
                f"{row.name} was created (id {found.id}), but its password could not be confirmed: {exc.message} Run "
                "again with update_password: always.",
                **{"reason": NOT_CONFIRMED, **exc.details},
            ) from None
        self._settle(note, "delivered", found.id, row, outcome)
        outcome.details["reason"] = outcome.claimed = ground
        outcome.warnings.append(
            f"The response to the creation of {row.name} was lost. A read confirmed that the user exists. This run "
            f"counts as its creator, because {WORDS[ground]}."
        )
        if wrong:
            raise NotAccepted(f"{row.name}: the service did not accept {', '.join(wrong)}.", found, reason=ground)
        return found

    def _look_for(self, row: UserDeclaration) -> User | None:
        """Read back the user that may have been created, with growing pauses, because a listing can lag behind."""
        for _attempt in attempts(self.client.session.budget, LOOKS):
            try:
                found = read_again(self.client, row)
            except CollectionError:
                return None
            if found:
                return found
        return None

    def reset(self, row: UserDeclaration, operation: Operation, user_id: Guid, outcome: Outcome) -> Written:
        """Set a password, and note what became of it. :raises CollectionError:"""
        password = self._password_for(row)
        note = self._journal(row, operation, password, None)
        note("pending", user_id)
        try:
            written = self.client.reset_password(user_id, password, row.force_change_password)
        except CollectionError as exc:
            self._settle(note, "reset_needed" if may_be_done(exc) else "rejected", user_id, row, outcome)
            raise
        self._settle(note, "delivered", written.user.id if written.user else user_id, row, outcome)
        return written

    def _password_for(self, row: UserDeclaration) -> Secret:
        password = row.password or generate(row.user_principal_name, *row.attributes.values())
        self.secrets.add(password, tell=False)
        return password

    def _journal(
        self, row: UserDeclaration, operation: Operation, password: Secret, request_id: str | None
    ) -> t.Callable[[str, str | None], None]:
        """A function that notes the fate of a generated password; one that does nothing for a password that the caller
        knows."""
        if row.password is not None:
            return lambda status, user_id: None
        if self.credentials is None:
            raise CredentialsFileError(
                f"{row.name}: there is no credentials_file for the generated password. Nothing was sent."
            )
        credentials, protected = self.credentials, self.credentials.protected(password)
        return lambda status, user_id: credentials.append(
            status,
            customer_id=self.client.customer_id,
            user_principal_name=operation.user_principal_name,
            user_id=user_id,
            request_id=request_id,
            protected=protected,
        )
