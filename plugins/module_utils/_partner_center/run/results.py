# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The result of the modules that declare users."""

from __future__ import annotations

import typing as t
from datetime import datetime

from ..._common.change_reference import references_result
from ..._common.context import TaskContext
from ..._common.deletion_limit import Verdict
from ..._common.diffs import user_headers
from ..._common.outcomes import Outcome, Status, counted_by_status
from ..._common.results import answered, attempted, rows_result, warn
from ..._common.summary import action_of
from ..._common.text import shown
from ..model.attributes import ATTRIBUTES
from ..model.facts import Facts
from ..model.roles import Role
from ..model.users import User
from ..plan.after import user_after
from ..plan.operations import COUNTED, COUNTED_AS, Operation, RowPlan, merged_fields
from ..session import Session, requests_result
from .access_options import clock_warning
from .customers import CustomerRun
from .ending import ending, overdue_since
from .permissions import demanded

if t.TYPE_CHECKING:
    from .plan_file import PlannedCustomer


def customers_result(
    module: TaskContext[t.Any],
    session: Session,
    runs: list[CustomerRun],
    verdict: Verdict,
    planned: t.Mapping[str, PlannedCustomer] | None = None,
) -> dict[str, t.Any]:
    """What became of every row, of every customer, and of the whole. :param planned: the plan that was to be held
    to."""
    now = session.now()
    purged = [_row(run, outcome, now) for run in runs for outcome in run.purged]
    everything = [outcome for run in runs for outcome in (*run.outcomes, *run.purged)]
    purges = [(run.declaration.purge, run.snapshot) for run in runs if run.declaration.purge]
    nobody: list[str] = []
    if purges:
        from ..declare.purge import unmatched

        nobody = unmatched((policy, snapshot.matched if snapshot else None) for policy, snapshot in purges)
    warn(module, [*filter(None, [clock_warning(session, [outcome.plan for outcome in everything])])])
    warn(module, [f"The pattern {shown(pattern)} of a purge matches no active user." for pattern in nobody])
    result = rows_result(
        module,
        [_row(run, outcome, now) for run in runs for outcome in run.outcomes],
        everything,
        verdict,
        user_diff,
        (COUNTED, COUNTED_AS),
        predicted=session.read_only,
        purged=purged,
        warnings=[warning for run in runs if run.plan for warning in run.plan.warnings],
        told={run.message for run in runs if run.failed},
        messages=[f"{run.declaration.name}: {run.message}" for run in runs if run.failed and run.message]
        + _not_declared(runs, planned or {}),
        failed=any(run.failed for run in runs),
    )
    references = references_result([*result["rows"], *purged], session.correlation_id)
    requests = requests_result(session)
    if session.read_only:
        requests["writes"] = sum(operation.PRICE for outcome in everything for operation in outcome.done)
    return {
        **result,
        "changed": result["changed"] and module.params["mode"] != "plan",
        "mode": module.params["mode"],
        "purged": purged,
        "ending": [
            entry
            for run in runs
            for entry in ending(_named(run), run.outcomes, now, module.params["ending_within_days"])
        ],
        "customers": [_customer(run, session.facts) for run in runs],
        "requests": requests,
        "correlation_id": session.correlation_id,
        **({"change_references": references} if references else {}),
    }


def _not_declared(runs: list[CustomerRun], planned: t.Mapping[str, PlannedCustomer]) -> list[str]:
    """Customers of a plan that is applied whom no declaration mentions any more; silence would say that the plan was
    carried out."""
    if not all(run.customer_id for run in runs):
        return []  # one of them may be a customer that could not be found
    known = {run.customer_id for run in runs}
    missing = sorted(
        customer
        for customer, part in planned.items()
        if customer not in known and (part.purge or any(part.rows.values()))
    )
    return [f"Customers that are planned, but no longer declared; skipped: {', '.join(missing)}."] if missing else []


def _named(run: CustomerRun) -> dict[str, t.Any]:
    declared = run.declaration
    return {"customer_id": declared.customer_id or run.customer_id, "customer_domain": declared.customer_domain}


def _row(run: CustomerRun, outcome: Outcome, now: datetime) -> dict[str, t.Any]:
    row = outcome.plan.row
    operations = attempted(outcome)
    before = outcome.plan.before
    return {
        "index": row.index,
        "source": row.source,
        "change_reference": row.change_reference,
        **_named(run),
        "user_principal_name": row.user_principal_name or (before.user_principal_name if before else None),
        "display_name": _display_name(outcome),
        "user_id": outcome.user.id or None if outcome.user else (before.id if before else row.user_id),
        "action": action_of(operations),
        "fields": merged_fields(operations),
        **after_restore_result(outcome),
        "needed_roles": list(outcome.details.get("needed_roles", ())),
        **({"person": row.ownership.person} if row.ownership else {}),
        **answered(outcome),
        "overdue_since": overdue_since(outcome, now),
        **({} if outcome.changed_by is None else {"changed_by": outcome.changed_by}),
    }


def after_restore_result(outcome: Outcome) -> dict[str, t.Any]:
    """What a prediction says about what is taken away after a restore; nothing otherwise."""
    return _after_restore(outcome.plan, outcome.done)


def _after_restore(row: RowPlan, done: t.Sequence[Operation]) -> dict[str, t.Any]:
    if not any(operation.conditional for operation in done):
        return {}
    from ..plan.after_restore import removed_by  # few rows restore anybody

    removed = removed_by(row, done)
    return {"after_restore": removed} if removed else {}


def _display_name(outcome: Outcome) -> str | None:
    """By which name people know the user: the one that it has now, else the declared one."""
    plan = outcome.plan
    for user in (outcome.user, plan.after, plan.before):
        if user and user.display_name:
            return str(user.display_name)
    declared: str | None = plan.row.attributes.get("display_name")
    return declared


def _customer(run: CustomerRun, facts: Facts) -> dict[str, t.Any]:
    named = run.declaration
    return {
        "customer_id": named.customer_id or run.customer_id,
        "customer_name": run.customer_name,
        "domain": named.customer_domain,
        "rows": len(named.rows),
        **counted_by_status(outcome.status for outcome in run.outcomes),
        "purged": sum(outcome.status == Status.CHANGED for outcome in run.purged),
        "spared": [
            {"user_principal_name": user.user_principal_name, "user_id": user.id, "reason": reason}
            for user, reason in _spared(run)
        ],
        "delegated_roles": demanded(run.plan.operations, facts) if run.plan else [],
        "message": run.message,
        "reason": (run.plan.purge.reason if run.plan and run.plan.purge else "") or None,
    }


def _spared(run: CustomerRun) -> t.Iterable[t.Any]:
    return run.plan.purge.spared if run.plan and run.plan.purge else ()


_NEW_PASSWORD = "(a new one is set, not shown)"
_SHOWN = (*ATTRIBUTES, "state", "licenses", "roles")


def user_diff(outcome: Outcome) -> dict[str, t.Any]:
    """Ansible's diff of one user: what was, and what is once what was carried out is done. Passwords only as an
    event."""
    row, operations = outcome.plan, outcome.done
    name = row.before.user_principal_name if row.before else row.row.name
    return user_headers(outcome, _before_and_after(row, operations), _display_name(outcome), name)


def _before_and_after(row: RowPlan, done: t.Sequence[Operation]) -> dict[str, t.Any]:
    before = after = row.before
    for operation in done:
        if isinstance(operation.target, Role) and "roles" in operation.fields and after and after.roles is None:
            # Not all roles of the user are known: they are shown among those that were asked for.
            held = operation.fields["roles"][0]
            after = after.with_values({"roles": tuple(held or ())})
            before = before.with_values({"roles": tuple(held)}) if before and held is not None else before
        after = user_after(after, operation)
    if any(operation.action == "delete" for operation in done):
        return {"before": _view(before), "after": ""}
    more = _after_restore(row, done)
    if any("password" in operation.fields for operation in done):
        more["password"] = _NEW_PASSWORD
    return {"before": _view(before), "after": _view(after) | more}


def user_result(user: User | None, now: datetime) -> dict[str, t.Any] | None:
    """The user as returned, or None when there is none."""
    return user.result(now) if user else None


def _view(user: User | None) -> dict[str, t.Any]:
    if user is None:
        return {"state": "none"}
    shown = {name: getattr(user, name) for name in _SHOWN if getattr(user, name) is not None}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in shown.items()}
