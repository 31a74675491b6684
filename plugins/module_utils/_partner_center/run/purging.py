# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The purge of one customer, as the last thing that is done for it."""

from __future__ import annotations

import typing as t

from ..._common.deletion_limit import Verdict
from ..._common.errors import CollectionError
from ..._common.outcomes import Outcome, Status
from ..._common.run_limit import PurgeLimit, RunLimit
from ..client.protocol import CustomerClient
from ..plan.operations import Plan, RowPlan
from .apply import begin
from .undeclared import purge_rows
from .undo import with_entitlements
from .unwritten import predicted

if t.TYPE_CHECKING:
    from .customers import CustomerRun, Work


def purge(
    run: CustomerRun, client: CustomerClient, work: Work, parallel: int, run_limit: RunLimit, verdict: Verdict
) -> None:
    """Last of all, and only when every declared row is as declared: delete whom nobody declared."""
    rows = purge_rows(run.plan, work.change_reference)
    if not rows:
        return
    if verdict.refusal:
        run.purged = [
            Outcome(row, Status.SKIPPED, user=row.before, message=verdict.refusal, details=verdict.details())
            for row in rows
        ]
        return
    why = run_limit.reached()
    if not run_limit.interrupted and any(outcome.status not in (Status.OK, Status.CHANGED) for outcome in run.outcomes):
        why = "No user was purged, because declared rows failed."
    if why:
        run.message, run.failed = why, True
        run.purged = [_skipped(row, why, run_limit) for row in rows]
        return
    if not work.writes:
        run.purged = [predicted(row) for row in rows]
        return
    if work.undo is None:
        raise CollectionError("No user was purged: undo_file is not set.", reason="undo_file_missing")
    customer_id = str(run.customer_id)
    users = [user for user in (row.before for row in rows) if user]
    try:
        references = dict.fromkeys((user.id for user in users), work.change_reference)
        work.undo.add(customer_id, with_entitlements(client, users, parallel), references)
    except CollectionError as exc:
        run.purged = [
            Outcome(row, Status.SKIPPED, user=row.before, message=exc.message, details=dict(exc.details))
            for row in rows
        ]
        raise
    run.purged = begin(
        Plan(client.customer_id, tuple(rows)),
        client,
        secrets=work.secrets,
        max_parallel=parallel,
        stop=PurgeLimit(run_limit),
        interruption=work.interruption,
    ).finish()


def _skipped(row: RowPlan, why: str, run_limit: RunLimit) -> Outcome:
    return Outcome(row, Status.SKIPPED, user=row.before, message=why, details=run_limit.details())
