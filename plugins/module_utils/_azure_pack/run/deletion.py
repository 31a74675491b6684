# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Waiting for deletions: 202 means that one was ordered, only 404 means that the user is gone.

All users of a run are waited for together, so that a slow deletion holds up nobody. Source: Windows Azure Pack REST
reference, "Delete a User"; the comments of the data contracts ("being deleted or partially deleted").
"""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass

from ..._common.errors import CollectionError, Defect, Kind, ServiceError, SignInError
from ..._common.interruption import REASON, UNINTERRUPTED, Stopper
from ..._common.outcomes import Status
from ..._common.text import counted
from ..._common.threads import Pool
from ..client.client import Api
from ..declare.user import Waiting
from ..model.accounts import is_another, moment
from ..model.users import User
from .apply import UserOutcome

FIRST_PAUSE = 0.5
"""Seconds before the second look; the pauses double from there to ``wait_interval``, because a user without
subscriptions is gone at once."""


@dataclass
class _Watch:
    """One user that is waited for. ``failed_since`` is when it was first seen as failed, without having been seen
    otherwise since; ``going`` is whether it has been seen on its way out, ``counted`` whether more was seen to go than
    was listed."""

    outcome: UserOutcome
    next_look: float
    pause: float = FIRST_PAUSE
    last: User | None = None
    error: CollectionError | None = None
    failed_since: float | None = None
    going: bool = False
    counted: bool = False
    over: bool = False

    @property
    def name(self) -> str:
        """The user."""
        return t.cast(str, self.outcome.plan.before.name)

    def is_new(self, found: User) -> bool:
        """Whether somebody else has the name by now: by the date of creation, and where that does not tell, because
        nobody comes back from a deletion."""
        before: User = self.outcome.plan.before
        another = is_another(before.created, found.created)
        if another is None:
            return (self.going or before.state == "delete_pending") and found.state != "delete_pending"
        return another


def wait_for_deletions(
    outcomes: t.Sequence[UserOutcome],
    api: Api,
    waiting: Waiting,
    *,
    max_parallel: int = 1,
    ended: t.Callable[[UserOutcome], t.Any] = lambda outcome: None,
    clock: t.Callable[[], float] = time.monotonic,
    sleep: t.Callable[[float], t.Any] | None = None,
    interruption: Stopper = UNINTERRUPTED,
) -> None:
    """See every deletion to its end, or to ``wait_timeout``; what was seen goes into the outcomes.

    :param interruption: ends the watching; what was ordered goes on without it.
    :param ended: is told each outcome as soon as nothing more will be seen of it.
    """
    watches = [_Watch(outcome, clock()) for outcome in outcomes if outcome.deletion in ("accepted", "running")]
    if not waiting.wait:
        for watch in watches:
            _not_waited_for(watch, api, clock)
            ended(watch.outcome)
        return
    with Pool(min(max_parallel, len(watches))) as pool:
        while watches:
            first = min(watch.next_look for watch in watches)
            if first > clock():
                (sleep or interruption.wait)(first - clock())
            why = interruption.reached()
            if why:
                for watch in watches:
                    _fail(
                        watch,
                        f"The deletion of {watch.name} {_was(watch.outcome)}, and the task stopped waiting. {why} It "
                        "continues in the background.",
                        clock,
                    )
                    watch.outcome.details = {"reason": REASON}
                    ended(watch.outcome)
                return
            due = [watch for watch in watches if watch.next_look <= clock()]
            list(pool.map(lambda watch: _look(watch, api, waiting, clock), due))
            for watch in due:
                if watch.over:
                    ended(watch.outcome)
            watches = [watch for watch in watches if not watch.over]


def _look(watch: _Watch, api: Api, waiting: Waiting, clock: t.Callable[[], float]) -> None:
    outcome = watch.outcome
    try:
        watch.last, watch.error = api.user_twice(watch.name), None
    except CollectionError as exc:
        watch.error = exc
        if isinstance(exc, SignInError) or (isinstance(exc, ServiceError) and exc.kind is Kind.LACKS_ROLE):
            _fail(
                watch,
                f"The deletion of {watch.name} {_was(outcome)}, but its progress can no longer be read: {exc.message} "
                "Run again with a new token.",
                clock,
            )
            outcome.details = dict(exc.details)
            return
    except Exception as exc:  # whatever it is, the deletion has been ordered, and the others have their own outcomes
        watch.error = Defect(exc)
    now = clock()
    elapsed = now - outcome.begun
    if watch.error is None:
        if watch.last is None:
            outcome.user, outcome.deletion, outcome.seconds, watch.over = None, "finished", round(elapsed, 1), True
            return
        outcome.user = watch.last
        if watch.is_new(watch.last):
            _made_anew(watch, watch.last, clock)
            return
        watch.going = watch.going or watch.last.state == "delete_pending"
        _count(watch, watch.last)
        if not watch.last.deletion_failed:
            watch.failed_since = None
        elif watch.failed_since is None:
            watch.failed_since = now
        elif now - watch.failed_since >= waiting.interval:
            outcome.deletion, outcome.details = "failed", {"reason": "deletion_failed"}
            _fail(
                watch,
                f"The deletion of {watch.name} failed after {_seconds(elapsed)}: {watch.last.reason}. The user still "
                "exists and can only be deleted. Fix the cause and run again, or set subscriptions: orphan to drop "
                "the records and leave the resources behind.",
                clock,
            )
            watch.outcome.details = {"reason": "deletion_failed"}
            return
    if elapsed >= waiting.timeout:
        _timed_out(watch, waiting, clock)
        return
    # A failure is believed when it is still there one whole interval later: right after a repeated order the old one
    # may still be shown.
    pause = waiting.interval if watch.failed_since is not None else min(watch.pause, waiting.interval)
    watch.pause *= 2
    watch.next_look = min(now + pause, outcome.begun + waiting.timeout)


def _count(watch: _Watch, found: User) -> None:
    """Say it if more goes than was listed: between the list and the order is a moment in which nothing can be bound to
    it."""
    listed, owns = len(watch.outcome.plan.subscriptions), found.subscription_count or 0
    if not watch.counted and watch.outcome.done and found.state == "delete_pending" and owns > listed:
        watch.counted = True
        watch.outcome.warnings.append(
            f"{found.name} owns {owns} subscriptions during the deletion, and {listed} were listed before. The new "
            "ones are deleted too."
        )


def _timed_out(watch: _Watch, waiting: Waiting, clock: t.Callable[[], float]) -> None:
    seen = ""
    if watch.last:
        count = watch.last.subscription_count
        seen = f" The user is {watch.last.state}, {watch.last.sync_state}" + (
            "" if count is None else f", with {count} subscriptions"
        )
        seen += f"; the last error is: {watch.last.reason}." if watch.last.last_error else "."
    if watch.error:
        seen += f" The last read failed: {watch.error.message}"
    watch.outcome.details = dict(watch.error.details) if watch.error else {"reason": "deletion_not_finished"}
    before: User = watch.outcome.plan.before
    if watch.going or before.state == "delete_pending":
        advice = "It continues in the background. To keep waiting, run again" + (
            f", with expected: {{created: '{before.created}'}}, so that a new user of the same name is not deleted. "
            if moment(before.created)
            else "; first check whether a new user of the same name exists, which would be deleted. "
        )
        advice += "To clear a stuck deletion, set subscriptions: orphan."
    else:
        advice = "There is no sign that it started. Check the user first: another run requests the deletion again."
    _fail(
        watch,
        f"The deletion of {watch.name} {_was(watch.outcome)} and is not finished after {waiting.timeout:g} seconds "
        f"(wait_timeout).{seen} {advice}",
        clock,
    )
    watch.outcome.details.setdefault("reason", "deletion_not_finished")


def _made_anew(watch: _Watch, found: User, clock: t.Callable[[], float]) -> None:
    """The deletion has ended, and the declaration does not hold: somebody else has the name, about whom nobody has
    decided."""
    watch.outcome.deletion = "finished"
    watch.outcome.details = {"reason": "made_anew"}
    _fail(
        watch,
        f"{watch.name} was deleted, and a new user of the same name was created meanwhile (created "
        f"{found.created or 'at an unknown time'}, {found.state}); it was not touched. Some portals create a user at "
        "the next login, so remove the login first. Another run would delete the new user: change the declaration "
        "unless you want that.",
        clock,
    )


def _not_waited_for(watch: _Watch, api: Api, clock: t.Callable[[], float]) -> None:
    """One look after an order, so that the result has the user as it is now: whoever owned nothing may be gone
    already."""
    outcome = watch.outcome
    if outcome.deletion == "accepted":
        try:
            outcome.user = api.user_twice(watch.name)
        except Exception:
            outcome.user = None  # not known, whatever went wrong; the order was accepted all the same
        else:
            if outcome.user is not None and watch.is_new(outcome.user):
                _made_anew(watch, outcome.user, clock)
                return
            if outcome.user is None:
                outcome.deletion, outcome.seconds = "finished", round(clock() - outcome.begun, 1)
                return
    outcome.message = (
        f"The deletion of {watch.name} {_was(outcome)} and is not finished; wait: false does not wait for it."
    )


def _fail(watch: _Watch, message: str, clock: t.Callable[[], float]) -> None:
    watch.outcome.status, watch.outcome.message, watch.over = Status.FAILED, message, True
    watch.outcome.seconds = round(clock() - watch.outcome.begun, 1)


def _was(outcome: UserOutcome) -> str:
    return "was accepted" if outcome.done else "was started before this task"


def _seconds(elapsed: float) -> str:
    return counted(round(elapsed), "second")
