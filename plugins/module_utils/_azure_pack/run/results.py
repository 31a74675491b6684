# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Results and diffs, from the same plans and outcomes for one user and for many."""

from __future__ import annotations

import typing as t

from ..._common.diffs import user_headers
from ..._common.results import answered, attempted
from ..._common.summary import action_of
from ..client.client import Api
from ..declare.expected import seen
from .apply import UserOutcome


def user_diff(outcome: UserOutcome) -> dict[str, t.Any]:
    """Ansible's diff of one user: what was, and what is once the operations are done, with the subscriptions that
    go."""
    before = outcome.plan.before
    old: dict[str, t.Any] = {"state": "none"}
    if before:
        old = {"name": before.name, "email": before.email, "state": before.state}
    new = dict(old)
    for operation in outcome.done:
        if operation.action == "delete" and outcome.deletion not in (None, "finished"):
            new["state"] = "delete_pending"
        elif operation.action == "delete":
            new = {"state": "none"}
            if outcome.plan.subscriptions:
                old["subscriptions"] = [subscription.label for subscription in outcome.plan.subscriptions]
                new["subscriptions"] = "their resources stay behind" if operation.force else []
        else:
            new = {**({} if operation.action == "create" else new), **operation.after()}
    gone = new == {"state": "none"} and "subscriptions" not in old and before is not None
    return user_headers(outcome, {"before": old, "after": "" if gone else new}, None, outcome.plan.row.name)


def deletion_result(outcome: UserOutcome) -> dict[str, t.Any] | None:
    """How far a deletion is; None where there is none."""
    return None if outcome.deletion is None else {"status": outcome.deletion, "seconds": outcome.seconds}


def seen_result(outcome: UserOutcome) -> dict[str, t.Any] | None:
    """What was found before anything was written, in the form of the option ``expected``; None if nobody looked, or the
    look failed."""
    planned = outcome.plan
    if not planned.looked:
        return None
    return seen(planned.before, planned.subscriptions if planned.row.state == "absent" else None)


def row_result(outcome: UserOutcome) -> dict[str, t.Any]:
    """One entry of ``rows``."""
    row = outcome.plan.row
    operations = attempted(outcome)
    fields: dict[str, t.Any] = {}
    for operation in operations:
        fields.update(operation.result()["fields"])
    return {
        "index": row.index,
        "source": row.source,
        "change_reference": row.change_reference,
        "name": row.name,
        "action": action_of(operations),
        "fields": fields,
        "subscriptions": [subscription.result() for subscription in outcome.plan.subscriptions],
        "seen": seen_result(outcome),
        "deletion": deletion_result(outcome),
        **answered(outcome),
    }


def ids_result(api: Api) -> dict[str, str]:
    """The ids under which the requests of a task are in the service's logs."""
    return {"client_request_id": api.transport.request_id, "client_session_id": api.transport.session_id}
