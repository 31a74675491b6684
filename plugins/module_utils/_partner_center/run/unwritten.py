# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What becomes of rows for which nothing is written, and how the others begin."""

from __future__ import annotations

from ..._common.outcomes import Outcome, Status
from ..plan.operations import RowPlan


def unwritten(planned: RowPlan) -> Outcome:
    """What becomes of a row as long as nothing is written for it."""
    outcome = Outcome(planned, user=planned.before, warnings=list(planned.warnings), message=planned.note)
    if planned.refusal or planned.skipped:
        outcome.details = dict(planned.details)
        outcome.status, outcome.message = (
            (Status.FAILED, planned.refusal) if planned.refusal else (Status.SKIPPED, planned.skipped)
        )
    return outcome


def predicted(planned: RowPlan) -> Outcome:
    """What a plan promises for a row, in the form of an outcome."""
    outcome = unwritten(planned)
    outcome.done = list(planned.operations)
    if not (planned.refusal or planned.skipped):
        outcome.user = planned.after
        outcome.status = Status.CHANGED if planned.operations else Status.OK
        if any(operation.conditional for operation in planned.operations):
            from ..plan.after_restore import removed_by, sentence  # few rows restore anybody

            said = sentence(removed_by(planned, planned.operations))
            outcome.message = " ".join(filter(None, (outcome.message, said)))
    return outcome
