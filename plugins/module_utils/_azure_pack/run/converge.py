# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The steps that every module shares: connect, read and plan each user, write, wait for deletions."""

from __future__ import annotations

import time
import typing as t
from dataclasses import replace

from ..._common.deletion_limit import Deletion, Verdict
from ..._common.errors import CollectionError, Defect, ServiceError
from ..._common.interruption import Interrupted
from ..._common.outcomes import Status
from ..._common.run_limit import RunLimit
from ..._common.secrets import Secrets
from ..._common.threads import Pool
from ..client.client import Api
from ..client.meaning import token_refused
from ..client.transport import Transport
from ..declare.user import UserDeclaration, Waiting
from ..model.accounts import moment
from ..model.users import User
from ..plan.operations import RowPlan
from ..plan.users import needs_subscriptions, plan_user
from ..sign_in.settings import Settings
from ..sign_in.token_checks import refuse_unusable
from .apply import UserOutcome, carry_out, predicted
from .auditing import deletion_ended
from .deletion import wait_for_deletions

CURRENT = 30.0
"""Seconds for which a reading is good enough to delete somebody on its ground."""
CHANGED = "changed_meanwhile"


def connect(settings: Settings, secrets: Secrets, *, read_only: bool, connections: int = 10) -> Api:
    """A client. :raises SignInError: the token has expired, or is for something else."""
    refuse_unusable(settings)
    return Api(Transport(settings, secrets, read_only=read_only, connections=connections))


def read_and_plan(api: Api, row: UserDeclaration) -> RowPlan:
    """What has to be done for one user, after reading it and, before it goes, what it owns."""
    user = api.user(row.name)
    subscriptions = (
        api.subscriptions(user.name, user.email) if user is not None and needs_subscriptions(row, user) else []
    )
    return plan_user(row, user, subscriptions, acting=api.acting)


def converge(
    api: Api,
    rows: t.Sequence[UserDeclaration],
    waiting: Waiting,
    *,
    check_mode: bool,
    run_limit: RunLimit,
    max_parallel: int = 1,
    allow: t.Callable[[t.Iterable[Deletion]], Verdict] = lambda deletions: Verdict(tuple(deletions), ""),
    clock: t.Callable[[], float] = time.monotonic,
) -> list[UserOutcome]:
    """Read, plan, write and wait. One outcome per row, in their order; what goes wrong with a user is in it.

    :param allow: whether these users may be deleted; asked once, when all rows are planned and everything else is
        written.
    """
    outcomes: dict[int, UserOutcome] = {}
    held: dict[int, RowPlan] = {}
    read_at: dict[int, float] = {}

    def note(position: int, outcome: UserOutcome) -> None:
        outcomes[position] = outcome
        if check_mode or outcome.deletion not in ("accepted", "running"):
            run_limit.note(outcome)

    def plan(position: int) -> None:
        row = rows[position]
        why = run_limit.reached()
        if why:
            outcomes[position] = UserOutcome(RowPlan(row), Status.SKIPPED, message=why, details=run_limit.details())
            return
        planned = read(position, row)
        if planned is None:
            return
        run_limit.announce([planned])
        if any(operation.action == "delete" for operation in planned.operations):
            held[position] = planned
        else:
            write(position, planned)

    def read(position: int, row: UserDeclaration) -> RowPlan | None:
        """The plan of a row; None if what became of it is noted already."""
        read_at[position] = clock()
        try:
            return read_and_plan(api, row)
        except Interrupted as exc:
            note(position, UserOutcome(RowPlan(row), Status.SKIPPED, message=exc.message, details=dict(exc.details)))
        except CollectionError as exc:
            refused = isinstance(exc, ServiceError) and token_refused(exc)
            note(
                position,
                UserOutcome(
                    RowPlan(row), Status.FAILED, message=exc.message, details=dict(exc.details), nobody_can=refused
                ),
            )
        except Exception as exc:  # whatever it is, the others have their own outcomes
            defect = Defect(exc)
            note(
                position, UserOutcome(RowPlan(row), Status.FAILED, message=defect.message, details=dict(defect.details))
            )
        return None

    def write(position: int, planned: RowPlan, why: str = "", details: t.Mapping[str, t.Any] | None = None) -> None:
        if not why and planned.operations:
            # A refusal of others may have come while this one was read.
            why, details = run_limit.reached(), run_limit.details()
        if why:
            note(
                position,
                UserOutcome(planned, Status.SKIPPED, user=planned.before, message=why, details=dict(details or {})),
            )
        else:
            note(position, predicted(planned) if check_mode else carry_out(planned, api))

    _side_by_side(plan, range(len(rows)), max_parallel)
    verdict = allow(_deletion(planned) for planned in held.values())

    def delete(position: int) -> None:
        planned: RowPlan | None = held[position]
        if not (check_mode or verdict.refusal or run_limit.reached()) and clock() - read_at[position] > CURRENT:
            # Others were read and written in the meantime: look once more at whoever goes for good.
            again = read(position, rows[position])
            planned = again and _bound(again, held[position])
        if planned is not None:
            write(position, planned, verdict.refusal, verdict.details())

    _side_by_side(delete, sorted(held), max_parallel)
    if not check_mode:
        pending = [
            outcomes[position]
            for position in sorted(outcomes)
            if outcomes[position].deletion in ("accepted", "running")
        ]

        def ended(outcome: UserOutcome) -> None:
            deletion_ended(api, outcome)
            run_limit.note(outcome)

        wait_for_deletions(
            pending,
            api,
            waiting,
            max_parallel=max_parallel,
            ended=ended,
            interruption=api.transport.budget.interruption,
        )
    for outcome in outcomes.values():
        # Only now: the wait for a deletion has its own words, and its own line in the log.
        outcome.message = " ".join(filter(None, (outcome.message, outcome.unnoted)))
    return [outcomes[position] for position in range(len(rows))]


def _side_by_side(work: t.Callable[[int], None], positions: t.Sequence[int], max_parallel: int) -> None:
    if max_parallel == 1 or len(positions) <= 1:
        for position in positions:
            work(position)
        return
    with Pool(min(max_parallel, len(positions))) as pool:
        list(pool.map(work, positions))


def _bound(again: RowPlan, planned: RowPlan) -> RowPlan:
    """The newer plan of a deletion, which has to be the one that was allowed."""
    more = {each.key for each in again.subscriptions} - {each.key for each in planned.subscriptions}
    if not again.operations or (not more and _deletion(again) == _deletion(planned)):
        return again
    return replace(
        again,
        operations=(),
        refusal=f"{planned.row.name} changed since the run read it. Nothing was sent. Run again.",
        details={"reason": CHANGED},
    )


def _deletion(planned: RowPlan) -> Deletion:
    """There are no customers and no ids here: a user is its name, and when it was created. Another account may have
    the name by the time at which a deletion is approved."""
    before = t.cast(User, planned.before)
    created = moment(before.created)
    return Deletion("", before.key + (f"/{created.isoformat(' ', 'seconds')}" if created else ""), before.name)


def requests_result(api: Api, outcomes: t.Sequence[UserOutcome] = (), *, check_mode: bool = False) -> dict[str, int]:
    """What the run cost, or in check mode what it would cost: the reads that were done and the writes that are
    planned."""
    numbers = api.transport.counters.result()
    if check_mode:
        numbers["writes"] = sum(len(outcome.done) for outcome in outcomes)
    return numbers
