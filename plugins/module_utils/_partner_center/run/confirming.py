# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Whether an answer shows what was sent."""

from __future__ import annotations

import typing as t

from ..._common.answers import Answer
from ..._common.errors import CollectionError
from ..._common.identifiers import Guid
from ..._common.outcomes import Unclear
from ..client.protocol import CustomerClient, Written
from ..model.attributes import same_value
from ..model.users import User
from ..plan.operations import Operation
from .assignments import NOT_CONFIRMED


class NotAccepted(CollectionError):
    """The service accepted a write and did not do all of it. :param user: the user as it is now."""

    REASON = "not_accepted"

    def __init__(self, message: str, user: User, **details: t.Any) -> None:
        super().__init__(message, **details)
        self.user = user


def confirmed(client: CustomerClient, operation: Operation, user_id: Guid, written: Written) -> User:
    """The user after a write, if it is as it was sent; what the answer does not say is read. :raises NotAccepted:"""
    user, answer = written.user, written.answer
    if user is None or not client.facts.answers_with_user or _leaves_open(operation, user):
        try:
            found = client.user(user_id)
        except CollectionError as exc:
            raise Unclear(
                f"{operation.user_principal_name}: the answer to {operation.action} does not say whether everything "
                f"was taken, and reading it back failed: {exc.message}",
                **{"reason": NOT_CONFIRMED, **exc.details},
            ) from None
        if found is None:
            raise Unclear(
                f"{operation.user_principal_name} is not there any more after {operation.action}.",
                reason="gone_meanwhile",
                http_status=answer.status,
            )
        user = found
    _confirm(operation, user, answer)
    return user


def _leaves_open(operation: Operation, user: User) -> bool:
    return any(getattr(user, name) is None for name in mismatches(operation, user))


def _confirm(operation: Operation, user: User, answer: Answer) -> None:
    """Compare the answer with what was sent. :raises NotAccepted:"""
    wrong = [
        f"{name} (asked for {operation.fields[name][1]!r}, is {getattr(user, name)!r})"
        for name in mismatches(operation, user)
    ]
    if wrong:
        raise NotAccepted(
            f"{operation.user_principal_name}: the service did not accept {', '.join(wrong)}, although it answered "
            f"{operation.action} with HTTP {answer.status}.",
            user,
            reason="not_accepted",
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
