# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The steps that every module shares: connect, read and plan each user, write, wait for deletions."""

from __future__ import annotations

import typing as t
from concurrent.futures import ThreadPoolExecutor

from ..common.brake import Brake
from ..common.errors import CollectionError, Defect, ServiceError
from ..common.secrets import Secrets
from .api import Api
from .apply import UserOutcome, carry_out, predicted
from .declaration import UserDeclaration, Waiting
from .deletion import wait_for_deletions
from .operations import RowPlan
from .options import Settings
from .plan import needs_subscriptions, plan_user
from .token_checks import refuse_unusable
from .transport import Transport


def connect(settings: Settings, secrets: Secrets, *, read_only: bool, connections: int = 10) -> Api:
    """A client. :raises SignInError: the token has expired, or is for something else."""
    refuse_unusable(settings)
    return Api(Transport(settings, secrets, read_only=read_only, connections=connections))


def read_and_plan(api: Api, row: UserDeclaration) -> RowPlan:
    """What has to be done for one user, after reading it and, before it goes, what it owns."""
    user = api.user(row.name)
    subscriptions = api.subscriptions(user.name, user.email) if user is not None and needs_subscriptions(row, user) else []
    return plan_user(row, user, subscriptions, acting=api.acting)


def converge(api: Api, rows: t.Sequence[UserDeclaration], waiting: Waiting, *, check_mode: bool, brake: Brake, max_parallel: int = 1) -> list[UserOutcome]:
    """Read, plan, write and wait. One outcome per row, in their order; what goes wrong with a user is in it."""

    def one(row: UserDeclaration) -> UserOutcome:
        why = brake.reached()
        if why:
            return UserOutcome(RowPlan(row), "skipped", message=why)
        try:
            planned = read_and_plan(api, row)
        except CollectionError as exc:
            refused = isinstance(exc, ServiceError) and exc.status == 401
            outcome = UserOutcome(RowPlan(row), "failed", message=exc.message, details=dict(exc.details), nobody_can=refused)
        except Exception as exc:  # whatever it is, the others have their own outcomes
            outcome = UserOutcome(RowPlan(row), "failed", message=Defect(exc).message)
        else:
            brake.announce([planned])
            # A refusal of others may have come while this one was read.
            why = brake.reached() if planned.operations else ""
            if why:
                outcome = UserOutcome(planned, "skipped", user=planned.before, message=why)
            else:
                outcome = predicted(planned) if check_mode else carry_out(planned, api)
        if check_mode or outcome.deletion not in ("accepted", "running"):
            brake.note(outcome)
        return outcome

    if max_parallel == 1 or len(rows) <= 1:
        outcomes = [one(row) for row in rows]
    else:
        with ThreadPoolExecutor(max_workers=min(max_parallel, len(rows))) as pool:
            outcomes = list(pool.map(one, rows))
    if not check_mode:
        pending = [outcome for outcome in outcomes if outcome.deletion in ("accepted", "running")]
        wait_for_deletions(pending, api, waiting, max_parallel=max_parallel, ended=brake.note)
    return outcomes


def requests_result(api: Api, outcomes: t.Sequence[UserOutcome] = (), *, check_mode: bool = False) -> dict[str, int]:
    """What the run cost, or in check mode what it would cost: the reads that were done and the writes that are planned."""
    numbers = api.transport.counters.result()
    if check_mode:
        numbers["writes"] = sum(len(outcome.done) for outcome in outcomes)
    return numbers
