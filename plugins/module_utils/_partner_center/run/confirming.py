# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Whether a service that has said yes has taken what was sent, and kept it.

There are fields that a service takes and drops ("The API does not return the immutable identifier and does not
support setting it", 2018), and an answer can repeat what was sent without a trace of it staying. Such a field would be
changed in every run for ever, so it is looked for after the write.
"""

from __future__ import annotations

import typing as t

from ..._common.answers import Answer
from ..._common.errors import CollectionError
from ..._common.identifiers import Guid
from ..._common.outcomes import Unclear
from ..._common.waits import attempts
from ..client.protocol import CustomerClient, Written
from ..model.attributes import same_value
from ..model.users import User
from ..plan.operations import Operation
from .assignments import NOT_CONFIRMED

NOT_KEPT = "not_kept"
"""The reason of a field that was confirmed by the answer and is not there afterwards."""
LOOKS = 4
"""How often it is looked for, with growing pauses, because what is read may lag behind what was written."""
_CHANGES = ("update", "rename")
"""What is looked at although the answer has confirmed it. A create is not: what it drops, the next run changes."""


class NotAccepted(CollectionError):
    """The service accepted a write and did not do all of it. :param user: the user as it is now."""

    REASON = "not_accepted"

    def __init__(self, message: str, user: User, **details: t.Any) -> None:
        super().__init__(message, **details)
        self.user = user


class Confirming:
    """Confirms the writes of one customer's users. Remembers fields that were dropped: one user's wait for them is
    enough."""

    def __init__(self, client: CustomerClient) -> None:
        self.client = client
        self._dropped: set[str] = set()

    def __call__(self, operation: Operation, user_id: Guid, written: Written, warnings: list[str]) -> User:
        """The user after a write, if it is as it was sent. :raises NotAccepted: it is not; Unclear: that cannot be
        told."""
        user, answer = written.user, written.answer
        if user is None or not self.client.facts.answers_with_user:
            return self._unanswered(operation, user_id, answer)
        wrong = mismatches(operation, user)
        silent = [name for name in wrong if getattr(user, name) is None]
        if len(silent) < len(wrong):
            raise _not_accepted(operation, user, [name for name in wrong if name not in silent], answer)
        if not silent and operation.action not in _CHANGES:
            return user
        found, patient = self._look(operation, user_id, silent, answer)
        missing = [] if found is None else _missing(operation, found, silent)
        if found is None or not missing:
            return found if silent and found else user
        if silent:
            raise _not_accepted(operation, found, missing, answer)
        if not patient and not self._dropped.issuperset(missing):
            warnings.append(
                f"{operation.user_principal_name}: the response to {operation.action} confirms {', '.join(missing)}, "
                "but a read right after it does not show it, and max_wait is used up. If the next run changes it "
                "again, the service does not keep it: remove it from the declaration."
            )
            return user
        self._dropped.update(missing)
        raise _not_accepted(operation, found, missing, answer, NOT_KEPT)

    def _unanswered(self, operation: Operation, user_id: Guid, answer: Answer) -> User:
        """The user where answers do not hold it: everything that was sent has to be read."""
        found, _patient = self._look(operation, user_id, list(operation.after()), answer)
        if found is None:
            raise AssertionError("a lookup with an unexpected result")
        missing = mismatches(operation, found)
        if missing:
            raise _not_accepted(operation, found, missing, answer)
        return found

    def _look(self, operation: Operation, user_id: Guid, silent: list[str], answer: Answer) -> tuple[User | None, bool]:
        """The user as it is read, and whether it was looked at as often as it may be worth; None where the answer has
        to do. :raises Unclear: the answer does not say it all, and reading does not work."""
        found: User | None = None
        number = 0  # of the last look
        for number in attempts(self.client.session.budget, LOOKS):  # noqa: B007
            try:
                found = self.client.user(user_id)
            except CollectionError as exc:
                if not silent:
                    return None, False
                raise Unclear(
                    f"{operation.user_principal_name}: the response to {operation.action} does not show whether "
                    f"everything was accepted, and reading it failed: {exc.message}",
                    **{"reason": NOT_CONFIRMED, **exc.details},
                ) from None
            missing = [] if found is None else _missing(operation, found, silent)
            if found is not None and self._dropped.issuperset(missing):
                break
        if found is None and silent:
            raise Unclear(
                f"{operation.user_principal_name} no longer exists after {operation.action}.",
                reason="gone_meanwhile",
                http_status=answer.status,
            )
        return found, number == LOOKS


def _missing(operation: Operation, found: User, silent: list[str]) -> list[str]:
    """What a read does not show of what the answer was silent about, or of all that it has confirmed."""
    return [name for name in mismatches(operation, found) if not silent or name in silent]


def _not_accepted(
    operation: Operation, user: User, names: list[str], answer: Answer, reason: str = "not_accepted"
) -> NotAccepted:
    wrong = ", ".join(f"{name} (asked for {operation.fields[name][1]!r}, is {getattr(user, name)!r})" for name in names)
    what = (
        f"the response to {operation.action} confirms {wrong}, but the service does not keep it"
        if reason == NOT_KEPT
        else f"the service did not accept {wrong}, although {operation.action} returned HTTP {answer.status}"
    )
    return NotAccepted(
        f"{operation.user_principal_name}: {what}. If the next run reports this again, remove {', '.join(names)} from "
        "the declaration.",
        user,
        reason=reason,
        http_status=answer.status,
        request_id=answer.request_id,
        correlation_id=answer.correlation_id,
    )


def mismatches(operation: Operation, user: User) -> list[str]:
    """The fields in which a user is not what an operation makes of it; what cannot be read is not among them."""
    return [
        name
        for name, value in operation.after().items()
        if name != "force_change_password" and not same_value(name, getattr(user, name), value)
    ]
