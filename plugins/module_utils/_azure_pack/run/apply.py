# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The only place that writes: carries out the plan of one user, and finds out what became of a write whose answer was
lost."""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass

from ..._common.errors import CollectionError, Defect, Kind, ServiceError, TransportError
from ..._common.interruption import REASON, Interrupted
from ..._common.outcomes import Outcome, Status, Unclear, may_be_done
from ..._common.text import nfc, same_text
from ..._common.waits import attempts
from ..client.client import Api
from ..client.meaning import may_be_absent
from ..model.accounts import is_another
from ..model.users import User
from ..plan.operations import Operation, RowPlan
from ..plan.users import plan_user
from .auditing import around

LOOKS = 4
"""How often a user is looked at after a lost answer, with growing pauses, because what is read may lag behind."""


@dataclass
class UserOutcome(Outcome):
    """What became of one declared user, with the deletion that it may be about.

    ``deletion`` is ``accepted`` (ordered, not finished), ``running`` (ordered by somebody before, not finished),
    ``finished``, ``failed``, or None. ``begun`` is the moment of a monotonic clock from which ``seconds`` are counted.
    """

    deletion: str | None = None
    begun: float = 0.0
    seconds: float | None = None


class _NotAccepted(CollectionError):
    """The service accepted a write and did not do all of it. :param user: the user as it is now."""

    REASON = "not_accepted"

    def __init__(self, message: str, user: User, **details: t.Any) -> None:
        super().__init__(message, **details)
        self.user = user


def predicted(planned: RowPlan) -> UserOutcome:
    """What a plan promises, in the form of an outcome."""
    outcome = UserOutcome(planned, user=planned.after, done=list(planned.operations), warnings=list(planned.warnings))
    outcome.status = Status.CHANGED if planned.operations else Status.OK
    if planned.running:
        outcome.user, outcome.deletion = planned.before, "running"
    if planned.refusal:
        outcome.user, outcome.status, outcome.message = planned.before, Status.FAILED, planned.refusal
        outcome.details = dict(planned.details)
    return outcome


def carry_out(planned: RowPlan, api: Api, clock: t.Callable[[], float] = time.monotonic) -> UserOutcome:
    """Write what is planned for one user; errors are in the outcome, not raised. A deletion is only ordered here."""
    outcome = UserOutcome(planned, user=planned.before, warnings=list(planned.warnings))
    if planned.refusal:
        outcome.status, outcome.message, outcome.details = Status.FAILED, planned.refusal, dict(planned.details)
    if planned.running:
        outcome.deletion, outcome.begun = "running", clock()
    for operation in planned.operations:
        try:
            _one(planned, operation, api, outcome, clock)
        except _NotAccepted as exc:
            # It was written, only not as asked: the truth is both changed and failed.
            outcome.user = exc.user
            outcome.done.append(operation)
            _stop(outcome, operation, Status.FAILED, exc)
        except Interrupted as exc:
            # What was sent and lost is looked at before, and ends as unclear; so nothing of this operation was done.
            outcome.status, outcome.message = Status.FAILED if outcome.done else Status.SKIPPED, exc.message
            outcome.details = {**exc.details, "reason": REASON}
        except CollectionError as exc:
            _stop(outcome, operation, Status.UNKNOWN if may_be_done(exc) else Status.FAILED, exc)
        except Exception as exc:  # whatever it is, the others have their own outcomes
            _stop(outcome, operation, Status.UNKNOWN, Defect(exc))
    if outcome.status == Status.OK and outcome.done:
        outcome.status = Status.CHANGED
    return outcome


def _one(planned: RowPlan, operation: Operation, api: Api, outcome: UserOutcome, clock: t.Callable[[], float]) -> None:
    if operation.action == "create":
        try:
            around(api, planned, operation, outcome, lambda: _create(operation, api, outcome))
        except ServiceError as exc:
            if exc.kind is not Kind.EXISTS:
                raise
            _exists_already(planned, api, outcome, exc)
    elif operation.action == "update":
        _logged_update(planned, operation, api, outcome)
    else:
        around(api, planned, operation, outcome, lambda: _delete(planned, operation, api, outcome, clock))


def _create(operation: Operation, api: Api, outcome: UserOutcome) -> None:
    try:
        user, answer = api.create_user(operation.after())
    except TransportError as exc:
        if not exc.ambiguous:
            raise
        found = _look(api, operation.name, exc, lambda user: user is not None)
        if found is None:
            raise _unclear(operation, exc) from None
        wrong = _mismatches(operation, found)
        if wrong and not _only_case(wrong, operation, found):
            raise CollectionError(
                f"{exc.message} {operation.name} was created meanwhile and differs from the declaration "
                f"({', '.join(wrong)}). Another run or person may have created it. Run again to converge.",
                **{**exc.details, "reason": "created_by_somebody_else"},
            ) from None
        _confirmed_by_reading(operation, found, outcome)
        return
    outcome.answers.append(answer)
    _confirm(operation, user, answer.status, outcome, api)


def _exists_already(planned: RowPlan, api: Api, outcome: UserOutcome, error: ServiceError) -> None:
    """Somebody was faster, or the user cannot be read under this name: then it would never be found, and every run
    would try to create it."""
    found = api.user(planned.row.name)
    if found is None:
        raise CollectionError(
            f"{error.message} So {planned.row.name} exists, but a read does not find it: the path filter of IIS may "
            "change or reject the name. Nothing was changed.",
            **{**error.details, "reason": "exists_unreadable"},
        )
    outcome.warnings.append(f"{planned.row.name} was created outside this run meanwhile.")
    outcome.user = found
    again = plan_user(planned.row, found, acting=api.acting)
    if again.refusal:
        raise CollectionError(f"{error.message} {again.refusal}", **{**error.details, **again.details})
    for operation in again.operations:
        _logged_update(again, operation, api, outcome)


def _logged_update(planned: RowPlan, operation: Operation, api: Api, outcome: UserOutcome) -> None:
    around(api, planned, operation, outcome, lambda: _update(planned, operation, api, outcome))


def _update(planned: RowPlan, operation: Operation, api: Api, outcome: UserOutcome) -> None:
    before = t.cast(User, planned.before)
    try:
        user, answer = api.update_user(before, operation.after())
    except TransportError as exc:
        if not exc.ambiguous:
            raise
        found = _look(api, before.name, exc, lambda user: user is not None and not _mismatches(operation, user))
        if found is None or _mismatches(operation, found):
            raise _unclear(operation, exc) from None
        _confirmed_by_reading(operation, found, outcome)
        return
    outcome.answers.append(answer)
    _confirm(operation, user, answer.status, outcome, api)


def _delete(
    planned: RowPlan, operation: Operation, api: Api, outcome: UserOutcome, clock: t.Callable[[], float]
) -> None:
    before = t.cast(User, planned.before)
    outcome.begun = clock()
    try:
        outcome.answers.append(
            api.delete_user(before.name, delete_subscriptions=operation.delete_subscriptions, force=operation.force)
        )
    except ServiceError as exc:
        # Gone is what was wanted; but it is looked for, from two sides, before that is believed.
        if exc.kind is not Kind.ABSENT and not may_be_absent(exc):
            raise
        if _after_all(api, before.name, exc) is not None:
            raise
        outcome.warnings.append(f"{before.name} was deleted outside this run meanwhile.")
        outcome.user, outcome.deletion, outcome.seconds = None, "finished", 0.0
    except TransportError as exc:
        if not exc.ambiguous:
            raise
        found = _look(api, before.name, exc, lambda user: user is None or _begun(before, user))
        if found is not None and not _begun(before, found):
            raise _unclear(operation, exc) from None
        outcome.warnings.append(
            f"The response to the deletion of {before.name} was lost. A read confirmed that the deletion was started."
        )
    outcome.done.append(operation)
    if outcome.deletion is None:
        outcome.deletion = "accepted"


def _after_all(api: Api, name: str, error: ServiceError) -> User | None:
    """The user after a deletion was answered with "no such user". :raises Unclear: it cannot be seen whether it is
    there."""
    try:
        return api.user_twice(name)
    except CollectionError as exc:
        details = {**error.details, **{key: value for key, value in exc.details.items() if key == "reason"}}
        raise Unclear(f"{error.message} Whether {name} exists could not be read: {exc.message}", **details) from None


def _begun(before: User, now: User) -> bool:
    """Whether a user shows that a deletion has begun which had not before; one that has failed before looks the same
    until it moves.

    Another account of the same name shows it, too: the one before is gone.
    """
    if is_another(before.created, now.created):
        return True
    return now.state == "delete_pending" and (
        before.state != "delete_pending" or (before.deletion_failed and not now.deletion_failed)
    )


def _look(api: Api, name: str, error: TransportError, done: t.Callable[[User | None], bool]) -> User | None:
    """The user after an answer was lost, looked at until the write shows. :raises Unclear: it cannot be read."""
    found = None
    for _attempt in attempts(api.transport.budget, LOOKS):
        try:
            found = api.user(name)
        except CollectionError as exc:
            raise Unclear(
                f"{error.message} Reading it failed too: {exc.message} Run again to converge.",
                **{"reason": "not_confirmed", **error.details},
            ) from None
        if done(found):
            break
    return found


def _unclear(operation: Operation, error: TransportError) -> Unclear:
    return Unclear(
        f"{error.message} Reading {operation.name} does not confirm it; it may still be in progress. Run again to "
        "converge.",
        **{"reason": "not_confirmed", **error.details},
    )


def _confirmed_by_reading(operation: Operation, found: User, outcome: UserOutcome) -> None:
    outcome.user = found
    outcome.done.append(operation)
    outcome.warnings.append(f"The response to {operation.action} {operation.name} was lost. A read confirmed it.")


def _confirm(operation: Operation, user: User, status: int, outcome: UserOutcome, api: Api) -> None:
    """Compare the answer with what was sent. :raises _NotAccepted, Unclear:"""
    wrong = _mismatches(operation, user)
    if wrong and not _only_case(wrong, operation, user):
        # An answer may lack a member, or be older than the write: what is stored counts.
        user = _stored(operation, status, api)
        wrong = _mismatches(operation, user)
    if _only_case(wrong, operation, user):
        # The next run would send it again, and so would every run after it.
        outcome.warnings.append(
            f"The service stored the email of {user.name} as {user.email}. Declare it like that, or every run changes "
            "it again."
        )
        wrong = []
    if wrong:
        said = ", ".join(
            f"{name} (asked for {operation.fields[name][1]!r}, is {getattr(user, name)!r})" for name in wrong
        )
        raise _NotAccepted(
            f"{operation.name}: the service did not accept {said}, although {operation.action} returned HTTP "
            f"{status}. Run again to converge.",
            user,
            reason="not_accepted",
            http_status=status,
        )
    outcome.user = user
    outcome.done.append(operation)


def _stored(operation: Operation, status: int, api: Api) -> User:
    """The user after a write whose answer does not show what was sent. :raises Unclear: it cannot be read."""
    why = "there is no such user."
    try:
        found = api.user(operation.name)
    except CollectionError as exc:
        found, why = None, exc.message
    if found is None:
        raise Unclear(
            f"{operation.action} {operation.name} returned HTTP {status}, and the response does not show what was "
            f"sent. Reading it failed: {why} Run again to converge.",
            http_status=status,
        )
    return found


def _mismatches(operation: Operation, user: User) -> list[str]:
    """The fields in which a user is not what an operation makes of it; the spelling of the name is the service's."""
    return [
        name
        for name, value in operation.after().items()
        if name != "name" and not same_text(getattr(user, name), value)
    ]


def _only_case(wrong: list[str], operation: Operation, user: User) -> bool:
    """Whether the only difference is the case of the email: a service may store it in lower case."""
    return wrong == ["email"] and same_text(user.email, operation.after()["email"], _without_case)


def _without_case(text: str) -> str:
    return nfc(text).lower()


def _stop(outcome: UserOutcome, operation: Operation, status: Status, exc: CollectionError) -> None:
    outcome.status, outcome.failed, outcome.message, outcome.details = status, operation, exc.message, dict(exc.details)
