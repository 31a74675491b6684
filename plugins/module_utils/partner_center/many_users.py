# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""From the options of ``customer_users`` to its result."""

from __future__ import annotations

import os
import typing as t

from ..common.brake import Brake
from ..common.deletion_limit import LIMIT_SPEC, REASON, Verdict, limit_problems
from ..common.errors import CredentialsFileError, OptionError
from ..common.module import option_problems
from ..common.outcomes import Outcome
from ..common.plausible import Problem
from ..common.progress import Progress
from ..common.row_results import answered, attempted, counts, failure_message, parallel_problems, warn
from ..common.text import shown
from .declaration import CUSTOMER_SPEC, ON_NO_SEATS
from .fleet import CustomerRun, Work, fleet_plan, run_fleet, verdict_on
from .gdap import demanded
from .module import PartnerCenterModule
from .operations import merged_fields
from .options import Settings
from .passwords import CredentialsFile
from .pipeline import cloud_problems, connect, policy_for, requests_result
from .plan_file import PlannedCustomer, plan_problem, plan_text, read_plan, write_plan
from .purge import unmatched
from .report import user_diff
from .rows import ROW_SPEC, Fleet, declare_fleet
from .sealing import Seal
from .undo import UndoFile
from .unsettled import tell_unsettled

MODES = ("converge", "plan", "apply")

_PURGE_SPEC: dict[str, dict[str, t.Any]] = {
    "purge": {"type": "bool", "default": False},
    "purge_scope": {
        "type": "dict",
        "options": {"domains": {"type": "list", "elements": "str"}, "user_principal_names": {"type": "list", "elements": "str"}},
    },
    "purge_protected": {"type": "list", "elements": "str"},
}
_USERS_SPEC: dict[str, dict[str, t.Any]] = {
    "users": {"type": "list", "elements": "dict", "options": ROW_SPEC},
    "defaults": {"type": "dict"},
}
MANY_SPEC: dict[str, dict[str, t.Any]] = {
    **CUSTOMER_SPEC,
    **_USERS_SPEC,
    **_PURGE_SPEC,
    "customers": {
        "type": "list",
        "elements": "dict",
        "options": {
            **CUSTOMER_SPEC,
            **_USERS_SPEC,
            **{name: {key: value for key, value in option.items() if key != "default"} for name, option in _PURGE_SPEC.items()},
        },
    },
    "max_delete": {"type": "int", "default": 5},
    "max_delete_percentage": {"type": "float", "default": 10.0},
    **LIMIT_SPEC,
    "undo_file": {"type": "path"},
    "credentials_file": {"type": "path", "no_log": False},
    "credentials_certificate": {"type": "path", "no_log": False},
    "max_parallel": {"type": "int", "default": 8},
    "max_fail_percentage": {"type": "float"},
    "on_no_seats": {"type": "str", "choices": list(ON_NO_SEATS), "default": ON_NO_SEATS[0]},
    "mode": {"type": "str", "choices": list(MODES), "default": "converge"},
    "plan_file": {"type": "path"},
    "progress_file": {"type": "path"},
}


class ManyUsersModule(PartnerCenterModule):
    """Hands the rows past the argument spec, which would stop at the first problem without naming its row."""

    judged_by_rows = ("users", "customers", "defaults")

    def __init__(self) -> None:
        super().__init__(MANY_SPEC)
        for value in _passwords(self.given):
            self.secrets.add(value, tell=False)

    def before_validation(self) -> None:
        if self.params.get("customers") is not None:
            blocks = self.params["customers"] if isinstance(self.params["customers"], list) else []
            self.params["customers"] = [block if isinstance(block, dict) else {} for block in blocks]
        for block in [self.params, *(self.params.get("customers") or [])]:
            if block.get("users") is not None:
                # Rows are validated from what was written; here they would only be validated once more, slowly and without their numbers.
                block["users"] = []
            if block.get("defaults") is not None:
                defaults = block["defaults"] if isinstance(block["defaults"], dict) else {}
                block["defaults"] = {name: value for name, value in defaults.items() if name in ROW_SPEC and name != "password"}


def _passwords(value: t.Any) -> t.Iterator[str]:
    """Every password in the options as they were written, also where none belongs: what is refused must not be shown either."""
    if isinstance(value, list):
        for item in value:
            yield from _passwords(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name == "password" and item is not None:
                yield str(item)
            else:
                yield from _passwords(item)


def converge_many(module: PartnerCenterModule) -> dict[str, t.Any]:
    """Validate everything, sign in, then work on all customers; returns the module's result. :raises CollectionError:"""
    params = module.params
    problems: list[str] = []
    settings = option_problems(module.settings, problems)
    fleet = declare_fleet(module.given, params)
    problems += fleet.problems + cloud_problems(settings, fleet.rows)
    problems += parallel_problems(params, module.given) + limit_problems(params)
    credentials = _credentials(params, fleet, problems)
    undo = UndoFile(params["undo_file"]) if params["undo_file"] else None
    if undo and any(customer.purge for customer in fleet.customers):
        problems += filter(None, [undo.check(writes=not module.check_mode)])
    if params["mode"] != "converge" and not params["plan_file"]:
        problems.append(f"mode {params['mode']} needs plan_file.")
    if params["mode"] == "converge" and params["plan_file"]:
        problems.append("plan_file is for mode plan and mode apply.")
    if params["mode"] == "plan" and params["plan_file"] and not module.check_mode:
        problems += filter(None, [plan_problem(params["plan_file"])])
    planned = option_problems(lambda: read_plan(params["plan_file"]), problems) if params["mode"] == "apply" and params["plan_file"] else None
    if problems or settings is None:
        raise OptionError(problems)
    return _run(module, settings, fleet, credentials, undo, planned)


def _run(
    module: PartnerCenterModule, settings: Settings, fleet: Fleet, credentials: CredentialsFile | None, undo: UndoFile | None, planned: t.Any
) -> dict[str, t.Any]:
    params = module.params
    writes = not module.check_mode and params["mode"] != "plan"
    api = connect(settings, module.secrets, operation="Declaring users", read_only=not writes, connections=params["max_parallel"])
    work = Work(
        api=api,
        policy=policy_for(settings, params["on_no_seats"]),
        secrets=module.secrets,
        max_wait=settings.max_wait,
        max_parallel=params["max_parallel"],
        check_mode=module.check_mode,
        writes=writes,
        credentials=credentials,
        undo=undo,
        planned=planned,
        interruption=settings.interruption,
        max_delete_total=params["max_delete_total"],
        approved_deletions=params["approve_deletions"],
    )
    before = credentials.attempts() if credentials else None
    with Progress(params["progress_file"], api.transport.counters) as progress:
        progress.rows(0, len(fleet.rows), 0)
        brake = Brake(len(fleet.rows), params["max_fail_percentage"], progress.rows, settings.interruption)
        runs = run_fleet(fleet, work, brake)
    if before is not None:
        tell_unsettled(module, before, [(run.customer_id, outcome) for run in runs for outcome in run.outcomes])
    result = fleet_result(module, api, runs, verdict_on(runs, work), planned)
    if params["mode"] == "plan":
        text = plan_text(fleet_plan(runs), result["requests"]["reads"])
        # A plan that is only looked at in check mode leaves no file, and an interrupted one does not take the place of a whole one.
        result["plan_changed"] = False if module.check_mode or settings.interruption.reached() else write_plan(params["plan_file"], text)
    return result


def fleet_result(
    module: PartnerCenterModule, api: t.Any, runs: list[CustomerRun], verdict: Verdict, planned: t.Mapping[str, PlannedCustomer] | None = None
) -> dict[str, t.Any]:
    """What became of every row, of every customer, and of the whole. :param planned: the plan that was to be held to."""
    rows = [_row(run, outcome) for run in runs for outcome in run.outcomes]
    purged = [_row(run, outcome) for run in runs for outcome in run.purged]
    everything = [outcome for run in runs for outcome in (*run.outcomes, *run.purged)]
    requests = requests_result(api)
    if api.transport.read_only:
        requests["writes"] = sum(operation.PRICE for outcome in everything for operation in outcome.done)
    result: dict[str, t.Any] = {
        "changed": any(outcome.changed for outcome in everything) and module.params["mode"] != "plan",
        "mode": module.params["mode"],
        "check_mode": module.check_mode,
        "rows": rows,
        "purged": purged,
        "customers": [_customer(run) for run in runs],
        "deletions": verdict.result(module.params["max_delete_total"]),
        "summary": {**counts(rows), "purged": sum(row["status"] == "changed" for row in purged)},
        "operations": [operation.result() for outcome in everything for operation in outcome.done],
        "requests": requests,
        "correlation_id": api.transport.correlation_id,
    }
    warn(module, [warning for run in runs if run.plan for warning in run.plan.warnings] + [warning for outcome in everything for warning in outcome.warnings])
    purges = [(run.declaration.purge, run.snapshot) for run in runs if run.declaration.purge]
    nobody = unmatched((policy, snapshot.matched if snapshot else None) for policy, snapshot in purges)
    warn(module, [f"The pattern {shown(pattern)} of a purge matches no active user." for pattern in nobody])
    if module._diff:
        result["diff"] = [
            {"before_header": outcome.plan.row.name, "after_header": outcome.plan.row.name, **user_diff(outcome.plan, outcome.done)}
            for outcome in everything
            if outcome.done
        ]
    bad = [row for row in rows + purged if row["status"] in ("failed", "unknown", "skipped")]
    messages = [verdict.refusal] if verdict.refusal else []
    messages += [f"{run.declaration.name}: {run.message}" for run in runs if run.failed and run.message]
    messages += _not_declared(runs, planned or {})
    if bad or messages or any(run.failed for run in runs):
        deletions = sum(row["status"] != "changed" for row in purged)
        result.update(failed=True, msg=failure_message(result["summary"], bad, messages, deletions), **({"reason": REASON} if verdict.refusal else {}))
    return result


def _not_declared(runs: list[CustomerRun], planned: t.Mapping[str, PlannedCustomer]) -> list[str]:
    """Customers of a plan that is applied whom no declaration mentions any more; silence would say that the plan was carried out."""
    if not all(run.customer_id for run in runs):
        return []  # one of them may be a customer that could not be found
    known = {str(run.customer_id).lower() for run in runs}
    missing = sorted(customer for customer, part in planned.items() if customer not in known and (part.purge or any(part.rows.values())))
    return [f"The plan has customers that are not declared any more, and nothing is done for them: {', '.join(missing)}."] if missing else []


def _row(run: CustomerRun, outcome: Outcome) -> dict[str, t.Any]:
    row = outcome.plan.row
    operations = attempted(outcome)
    before = outcome.plan.before
    return {
        "index": row.index,
        "source": row.source,
        "customer_id": run.customer_id,
        "user_principal_name": row.user_principal_name or (before.user_principal_name if before else None),
        "user_id": outcome.user.id if outcome.user else (before.id if before else row.user_id),
        "action": "+".join(dict.fromkeys(operation.action for operation in operations)) or "none",
        "status": outcome.status,
        "fields": merged_fields(operations),
        "needed_roles": list(outcome.details.get("needed_roles", ())),
        **answered(outcome),
    }


def _customer(run: CustomerRun) -> dict[str, t.Any]:
    statuses = [outcome.status for outcome in run.outcomes]
    counts = {name: statuses.count(name) for name in ("ok", "changed", "failed", "skipped", "unknown")}
    named = run.declaration
    return {
        "customer_id": run.customer_id or named.customer_id,
        "customer_name": run.customer_name,
        "domain": named.customer_domain,
        "rows": len(named.rows),
        **counts,
        "purged": sum(outcome.status == "changed" for outcome in run.purged),
        "spared": [{"user_principal_name": user.user_principal_name, "user_id": user.id, "reason": reason} for user, reason in _spared(run)],
        "delegated_roles": demanded(run.plan.operations) if run.plan else [],
        "message": run.message,
        "reason": (run.plan.purge.reason if run.plan and run.plan.purge else "") or None,
    }


def _spared(run: CustomerRun) -> t.Iterable[t.Any]:
    return run.plan.purge.spared if run.plan and run.plan.purge else ()


def _credentials(params: t.Mapping[str, t.Any], fleet: Fleet, problems: list[str]) -> CredentialsFile | None:
    path, certificate = params["credentials_file"], params["credentials_certificate"]
    if not path:
        if certificate:
            problems.append("credentials_certificate needs credentials_file.")
        return None
    try:
        file = CredentialsFile(os.path.expanduser(path), Seal(certificate) if certificate else None)
        if any(row.generate_password and row.state != "absent" for row in fleet.rows):
            file.check()
    except CredentialsFileError as exc:
        problems.append(Problem(exc.message, exc.details.get("reason")))
        return None
    return file
