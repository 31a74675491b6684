# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""From the options of ``customer_users`` to its result."""

from __future__ import annotations

import typing as t
from contextlib import nullcontext
from dataclasses import dataclass

from ..._common.audit_log.run_log import SPEC as AUDIT_SPEC
from ..._common.audit_log.run_log import log_of, logged
from ..._common.change_reference import REFERENCE_SPEC
from ..._common.definition import Definition
from ..._common.deletion_limit import LIMIT_SPEC, limit_problems
from ..._common.errors import OptionError
from ..._common.module import option_problems
from ..._common.problem import Problem
from ..._common.progress import Progress
from ..._common.results import parallel_problems
from ..._common.returned import RETURN_ROWS, returned
from ..._common.run_limit import RunLimit
from ..._entra.settings import Settings
from ..declare.customer import CUSTOMER_SPEC
from ..declare.customers import ROW_SPEC, declare_customers
from ..declare.declared import DeclaredCustomers
from ..declare.user import ON_NO_SEATS
from ..module import PartnerCenterModule, PartnerCenterTask
from ..plan.ends import Ends
from ..plan.policy import Policy
from ..run.access_options import ACCESS_SPEC, access_of, against_policy
from ..run.approval_policy import APPROVALS_SPEC, ApprovalPolicy, approval_policy, demand_problem, to_sign
from ..run.attributing import SPEC as ATTRIBUTION_SPEC
from ..run.attributing import attribute_changes, attribution_problems
from ..run.auditing import audited
from ..run.converge import cloud_problems
from ..run.credentials_option import credentials_of
from ..run.customers import CustomerRun, Work, customers_plan, run_customers, verdict_on
from ..run.deletion_records import DeletionRecords
from ..run.held_to_plan import reference_problem
from ..run.passwords import CredentialsFile
from ..run.plan_file import Made, PlanFile, plan_problem, plan_text, read_plan, text_to_keep, write_plan
from ..run.results import customers_result
from ..run.undo import UndoFile
from ..run.unsettled import tell_unsettled
from ..session import Session, connect
from .people_option import PEOPLE_OPTION, PeopleOption, bare, people_of

if t.TYPE_CHECKING:
    from ..run.access_file import AccessFile
    from ..run.approvals import Approval
    from ..run.people import PeopleRun

MODES = ("converge", "plan", "apply")
_PURGE_SPEC: dict[str, dict[str, t.Any]] = {
    "purge": {"type": "bool", "default": False},
    "purge_scope": {
        "type": "dict",
        "options": {
            "domains": {"type": "list", "elements": "str"},
            "user_principal_names": {"type": "list", "elements": "str"},
        },
    },
    "purge_protected": {"type": "list", "elements": "str"},
}
ON_THE_CONTROLLER: dict[str, dict[str, t.Any]] = {
    "declarations": {"type": "list", "elements": "path"},
    "records": {"type": "list", "elements": "path"},
    "portal_csv": {"type": "dict"},
    "report": {"type": "list", "elements": "path"},
    "report_title": {"type": "str"},
    "report_template": {"type": "path"},
    "report_logo": {"type": "path"},
    "report_accent": {"type": "str"},
    "summary_file": {"type": "path"},
}
"""Options about files of the control node. The action plugin deals with them, and the module never sees them."""
_USERS_SPEC: dict[str, dict[str, t.Any]] = {
    "users": {"type": "list", "elements": "dict", "options": ROW_SPEC},
    "defaults": {"type": "dict"},
}
SPEC: dict[str, dict[str, t.Any]] = {
    **CUSTOMER_SPEC,
    **_USERS_SPEC,
    **_PURGE_SPEC,
    "customers": {
        "type": "list",
        "elements": "dict",
        "options": {
            **CUSTOMER_SPEC,
            **_USERS_SPEC,
            **{
                name: {key: value for key, value in option.items() if key != "default"}
                for name, option in _PURGE_SPEC.items()
            },
        },
    },
    "max_delete": {"type": "int", "default": 5},
    "max_delete_percentage": {"type": "float", "default": 10.0},
    **LIMIT_SPEC,
    **AUDIT_SPEC,
    **ATTRIBUTION_SPEC,
    "undo_file": {"type": "path"},
    "record_directory": {"type": "path"},
    "credentials_file": {"type": "path", "no_log": False},
    "credentials_certificate": {"type": "path", "no_log": False},
    "max_parallel": {"type": "int", "default": 8},
    "max_fail_percentage": {"type": "float"},
    "on_no_seats": {"type": "str", "choices": list(ON_NO_SEATS), "default": ON_NO_SEATS[0]},
    "mode": {"type": "str", "choices": list(MODES), "default": "converge"},
    "plan_file": {"type": "path"},
    **APPROVALS_SPEC,
    **REFERENCE_SPEC,
    "progress_file": {"type": "path"},
    "return_rows": {"type": "str", "choices": list(RETURN_ROWS), "default": RETURN_ROWS[0]},
    **PEOPLE_OPTION,
    **ACCESS_SPEC,
    **ON_THE_CONTROLLER,
}


NOT_HERE = "needs the control node's files, so it cannot be used with async or without the action plugin."


class CustomerUsersModule(PartnerCenterModule):
    """Hands the rows past the argument spec, which would stop at the first problem without naming its row."""

    judged_by_rows = ("users", "customers", "defaults", "people")

    def before_validation(self) -> None:
        if self.params.get("people") is not None:
            self.params["people"] = bare(self.params["people"])
        if self.params.get("customers") is not None:
            blocks = self.params["customers"] if isinstance(self.params["customers"], list) else []
            self.params["customers"] = [block if isinstance(block, dict) else {} for block in blocks]
        for block in [self.params, *(self.params.get("customers") or [])]:
            if block.get("users") is not None:
                # Rows are validated from what was written; here they would only be validated once more, slowly and
                # without their numbers.
                block["users"] = []
            if block.get("defaults") is not None:
                defaults = block["defaults"] if isinstance(block["defaults"], dict) else {}
                block["defaults"] = {
                    name: value for name, value in defaults.items() if name in ROW_SPEC and name != "password"
                }


@dataclass(frozen=True)
class Review:
    """What people have looked at: the plan that is carried out, who had to approve it, and that they have."""

    policy: ApprovalPolicy | None
    planned: PlanFile | None
    approval: Approval | None


def declare_users(module: PartnerCenterTask) -> dict[str, t.Any]:
    """Validate everything, sign in, then work on all customers; returns the module's result. :raises
    CollectionError:"""
    params = module.params
    problems: list[str] = []
    settings = option_problems(module.settings, problems)
    people = people_of(module, problems)
    declared = people.declared(module) if people else declare_customers(module.given, params)
    problems += declared.problems + cloud_problems(settings, declared.rows)
    problems += parallel_problems(params, module.given) + limit_problems(params) + attribution_problems(params)
    credentials = credentials_of(params, declared.rows, module.interruption, problems)
    problems += [
        Problem.about(name, NOT_HERE, "contradiction") for name in ON_THE_CONTROLLER if params[name] is not None
    ]
    records = DeletionRecords(params["record_directory"], module.interruption) if params["record_directory"] else None
    ends, access = access_of(
        params,
        module.given,
        declared.rows,
        writes=not module.check_mode and params["mode"] != "plan",
        purges=any(customer.purge for customer in declared.customers),
        interruption=module.interruption,
        problems=problems,
    )
    if records and (people or any(row.may_be_deleted for row in declared.rows)):
        problems += filter(None, [records.check(writes=not module.check_mode and params["mode"] != "plan")])
    undo = UndoFile(params["undo_file"], module.interruption) if params["undo_file"] else None
    if undo and not ends.only and any(customer.purge for customer in declared.customers):
        problems += filter(None, [undo.check(writes=not module.check_mode)])
    if params["mode"] == "apply" and not params["plan_file"]:
        problems.append(Problem("mode apply needs plan_file.", "option_missing", option="plan_file"))
    if params["mode"] == "converge" and params["plan_file"]:
        problems.append(Problem("plan_file is for mode plan and mode apply.", "contradiction", option="plan_file"))
    if params["mode"] == "plan" and params["plan_file"] and not module.check_mode:
        problems += filter(None, [plan_problem(params["plan_file"])])
    policy = approval_policy(module.given, params, problems)
    planned, approval = None, None
    if params["mode"] == "apply" and params["plan_file"]:
        planned = option_problems(lambda: read_plan(params["plan_file"]), problems)
    if planned is not None:
        problems += filter(None, [reference_problem(planned, declared.change_reference)])
        if not problems:  # a policy that is wrong is no policy, and that is said
            problems += filter(None, [demand_problem(planned.approvals, policy, planned.path)])
    writes = not module.check_mode and params["mode"] != "plan"
    log = log_of(params, writes, problems)
    if problems or settings is None:
        raise OptionError(problems)
    if policy and planned is not None:
        from ..run.approvals import approve  # most tasks need no approval

        approval = approve(policy, planned)
    review = Review(policy, planned, approval)
    session = audited(
        connect(
            settings,
            module.secrets,
            operation="Declaring users",
            read_only=not writes,
            connections=params["max_parallel"],
        ),
        module,
        log,
        declared.change_reference,
    )
    result = logged(
        session.audit,
        lambda: _run(module, settings, session, declared, credentials, undo, records, review, people, ends, access),
        module="customer_users",
        mode=params["mode"],
        # People are declared for customers that are not known yet.
        customers=None if people else len(declared.customers),
    )
    return returned(result, params["return_rows"])


def _run(
    module: PartnerCenterTask,
    settings: Settings,
    session: Session,
    declared: DeclaredCustomers,
    credentials: CredentialsFile | None,
    undo: UndoFile | None,
    records: DeletionRecords | None,
    review: Review,
    people: PeopleOption | None,
    ends: Ends,
    access: AccessFile | None,
) -> dict[str, t.Any]:
    params = module.params
    with people.at_work(session, not session.read_only, params["max_parallel"]) if people else nullcontext() as at_work:
        return _work(module, settings, declared, credentials, undo, records, review, session, at_work, ends, access)


def _work(
    module: PartnerCenterTask,
    settings: Settings,
    declared: DeclaredCustomers,
    credentials: CredentialsFile | None,
    undo: UndoFile | None,
    records: DeletionRecords | None,
    review: Review,
    session: Session,
    people: PeopleRun | None,
    ends: Ends,
    access: AccessFile | None,
) -> dict[str, t.Any]:
    params = module.params
    writes = not session.read_only
    session = people.session if people else session
    work = Work(
        session=session,
        policy=Policy(session.facts, params["on_no_seats"], ends=ends),
        secrets=module.secrets,
        max_wait=settings.max_wait,
        max_parallel=params["max_parallel"],
        check_mode=module.check_mode,
        writes=writes,
        credentials=credentials,
        undo=undo,
        records=records,
        access=access,
        planned=review.planned.customers if review.planned else None,
        approval=review.approval,
        change_reference=declared.change_reference,
        interruption=settings.interruption,
        max_delete_total=params["max_delete_total"],
        approved_deletions=params["approve_deletions"],
    )
    before = credentials.attempts() if credentials else None
    with Progress(params["progress_file"], session.counters, module.watcher) as progress:
        rows = people.rows if people else len(declared.rows)
        progress.rows(0, rows, 0)
        run_limit = RunLimit(rows, params["max_fail_percentage"], progress.rows, settings.interruption)
        runs = people.run(work, run_limit) if people else run_customers(declared, work, run_limit)
        if params["attribute_changes"]:
            attribute_changes(module, session, runs)
    if before is not None:
        tell_unsettled(module, before, [(run.customer_id, outcome) for run in runs for outcome in run.outcomes])
    result = customers_result(module, session, runs, verdict_on(runs, work), work.planned)
    result["change_reference"] = declared.change_reference
    if review.approval:
        result["approval"] = review.approval.result()
    if params["mode"] == "plan":
        text = _plan(module, result["requests"]["reads"], runs, review.policy, declared.change_reference, session)
        # A plan that is only looked at in check mode leaves no file, and an interrupted one does not take the place of
        # a whole one.
        result["plan_changed"] = (
            False
            if not params["plan_file"] or module.check_mode or settings.interruption.reached()
            else write_plan(params["plan_file"], text)
        )
        if review.policy and params["plan_file"]:
            result["approval"] = to_sign(review.policy, params["plan_file"])
    return against_policy(people.told(result) if people else result, ends)


def _plan(
    module: PartnerCenterTask,
    reads: int,
    runs: list[CustomerRun],
    policy: ApprovalPolicy | None,
    change_reference: str | None,
    session: Session,
) -> str:
    """The text of the plan. When it was made is in it where people approve plans, or are told who made it."""
    plans, path, author = customers_plan(runs), module.params["plan_file"], module.params["plan_author"]

    def text(made: Made | None) -> str:
        return plan_text(plans, reads, made, change_reference)

    if not path or not (policy or author):
        return text(None)
    made = Made(session.now(), author, policy.required if policy else 0)
    return text_to_keep(path, text, made, policy.max_age if policy else None)


DEFINITION = Definition(CustomerUsersModule, SPEC, declare_users)
