# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""A connection whose writes go into an audit log, in the lines that all systems share."""

from __future__ import annotations

import typing as t
import uuid
from datetime import datetime, timezone

from ..._common.audit_log.chained_file import ChainedFile
from ..._common.audit_log.run_log import Run, RunLog
from ..._common.context import TaskContext
from ..._common.outcomes import Outcome
from ..._common.token_claims import read_claims
from ..client.client import Api
from ..plan.operations import Operation, RowPlan
from ..sign_in.settings import Settings, name_in

Made = t.TypeVar("Made")


def audited(api: Api, module: TaskContext[t.Any], file: ChainedFile | None, change_reference: str | None) -> Api:
    """The connection with the log of its run, where there is one. Nothing is written yet.

    :param change_reference: that of the task, in its normal form.
    """
    if file is None:
        return api
    run = Run(
        api.transport.session_id,
        lambda: _actor(api.transport.settings),
        # The service tells no time that could be trusted: a proxy may answer in its place.
        lambda: (datetime.now(timezone.utc), False),
        # The id of a session may be given, and be that of many runs.
        {"run": str(uuid.uuid4())},
    )
    api.audit = RunLog(file, run, module.secrets, module.interruption, change_reference)
    return api


def around(api: Api, planned: RowPlan, operation: Operation, outcome: Outcome, act: t.Callable[[], Made]) -> Made:
    """Make a write, with a line in the audit log before and after it, where there is one.

    :raises CollectionError: what the write raises; or the line before it could not be written, and it was not made.
    """
    audit = api.audit
    if audit is None:
        return act()
    return t.cast(
        "Made",
        audit.around(
            operation,
            _about(api, operation.name),
            outcome,
            act,
            planned.row.change_reference,
            before=_deletion(planned, operation),
            # An order that was accepted is not carried out yet.
            after=lambda: {"deletion": getattr(outcome, "deletion", None)} if operation.action == "delete" else {},
        ),
    )


def deletion_ended(api: Api, outcome: t.Any) -> None:
    """Write down how a deletion ended that this run has ordered, or that it is not watched any more."""
    ordered = next((operation for operation in outcome.done if operation.action == "delete"), None)
    if api.audit is None or ordered is None:
        return
    api.audit.follow(
        "deletion_ended",
        ordered,
        {
            **_about(api, ordered.name),
            "deletion": outcome.deletion,
            "seconds": outcome.seconds,
            "reason": outcome.details.get("reason"),
        },
        outcome,
        outcome.plan.row.change_reference,
    )


def _about(api: Api, name: str) -> dict[str, t.Any]:
    return {"endpoint": api.transport.url, "name": name}


def _deletion(planned: RowPlan, operation: Operation) -> dict[str, t.Any]:
    """What goes with a user."""
    if operation.action != "delete":
        return {}
    return {
        "delete_subscriptions": operation.delete_subscriptions,
        "force": operation.force,
        "subscriptions": [subscription.result() for subscription in planned.subscriptions],
    }


def _actor(settings: Settings) -> dict[str, str | None]:
    """Who is signed in, as far as the token tells, and for whom."""
    return {
        "user_principal_name": name_in(read_claims(settings.access_token.reveal())),
        "principal_id": settings.principal_id,
    }
