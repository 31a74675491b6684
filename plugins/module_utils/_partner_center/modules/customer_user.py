# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""From the options of ``customer_user`` to its result: a declaration of one row."""

from __future__ import annotations

import typing as t

from ..._common.audit_log.run_log import SPEC as AUDIT_SPEC
from ..._common.audit_log.run_log import log_of, logged
from ..._common.change_reference import REFERENCE_SPEC, reference_problems
from ..._common.definition import Definition
from ..._common.errors import CollectionError, OptionError
from ..._common.module import option_problems
from ..._common.results import outcome_result, warn
from ..._common.run_limit import RunLimit
from ..declare.asked import as_list
from ..declare.customer import CUSTOMER_SPEC, customer_problems
from ..declare.declared import CustomerDeclaration, DeclaredCustomers
from ..declare.user import ON_NO_SEATS, USER_SPEC, UserDeclaration, declare_user, purge_problems
from ..module import PartnerCenterModule, PartnerCenterTask
from ..plan.ends import Ends
from ..plan.operations import COUNTED, COUNTED_AS, Plan
from ..plan.policy import Policy
from ..run.access_options import ACCESS_SPEC, access_of, against_policy, clock_warning
from ..run.auditing import audited
from ..run.converge import cloud_problems
from ..run.credentials_option import credentials_of
from ..run.customers import CustomerRun, Work, run_customers
from ..run.ending import ending, overdue_since
from ..run.results import after_restore_result, user_diff, user_result
from ..session import Session, connect, requests_result, with_price

if t.TYPE_CHECKING:
    from ..run.access_file import AccessFile
    from ..run.passwords import CredentialsFile


def declare_user_of_task(module: PartnerCenterTask) -> dict[str, t.Any]:
    """Validate, sign in, read, plan, apply; returns the module's result. :raises CollectionError:"""
    problems: list[str] = []
    settings = option_problems(module.settings, problems)
    problems += customer_problems(module.params["customer_id"], module.params["customer_domain"])
    given = {name: as_list(module.params[name]) for name in ("licenses", "roles")}
    params = {**module.params, **given}
    row, found = declare_user(params, credentials_file=bool(params["credentials_file"]), raw=module.given)
    problems += found + purge_problems(module.given) + cloud_problems(settings, [row])
    problems += reference_problems(module.given, [row])
    credentials = credentials_of(module.params, [row], module.interruption, problems)
    ends, access = access_of(
        module.params,
        module.given,
        [row],
        writes=not module.check_mode,
        purges=False,
        interruption=module.interruption,
        problems=problems,
    )
    log = log_of(module.params, not module.check_mode, problems)
    if problems or settings is None:
        raise OptionError(problems)

    connected = connect(
        settings, module.secrets, operation=f"Declaring the user {row.name}", read_only=module.check_mode
    )
    session = audited(connected, module, log, row.change_reference)
    return logged(
        session.audit, lambda: _declare(module, session, row, credentials, ends, access), module="customer_user"
    )


def _declare(
    module: PartnerCenterTask,
    session: Session,
    row: UserDeclaration,
    credentials: CredentialsFile | None,
    ends: Ends,
    access: AccessFile | None,
) -> dict[str, t.Any]:
    before = credentials.attempts() if credentials else None
    run = _run(module, session, row, credentials, ends, access)
    if before is not None:
        from ..run.unsettled import tell_unsettled  # only together with a credentials file

        tell_unsettled(module, before, [(run.customer_id, outcome) for outcome in run.outcomes])
    return against_policy(_result(module, session, run), ends)


def _run(
    module: PartnerCenterTask,
    session: Session,
    row: UserDeclaration,
    credentials: CredentialsFile | None,
    ends: Ends,
    access: AccessFile | None,
) -> CustomerRun:
    """The task as one customer with one row. :raises CollectionError: the customer could not be worked on."""
    params = module.params
    customer = CustomerDeclaration(params["customer_id"], params["customer_domain"], (row,))
    work = Work(
        session=session,
        policy=Policy(session.facts, params["on_no_seats"], ends=ends),
        secrets=module.secrets,
        max_wait=0,
        max_parallel=1,
        check_mode=module.check_mode,
        writes=not module.check_mode,
        credentials=credentials,
        access=access,
        interruption=session.budget.interruption,
        paced=False,
    )
    # An interruption shows with the request that it stops, and not as a row that was not begun.
    (run,) = run_customers(DeclaredCustomers([customer]), work, RunLimit(1, None))
    if isinstance(run.error, CollectionError):
        with_price(session, run.error)
    if run.error is not None:
        raise run.error
    return run


def _result(module: PartnerCenterTask, session: Session, run: CustomerRun) -> dict[str, t.Any]:
    (outcome,), plan = run.outcomes, t.cast(Plan, run.plan)
    warn(module, [*plan.warnings, *filter(None, [clock_warning(session, [outcome.plan])])])
    declared = run.declaration
    customer = {"customer_id": declared.customer_id or run.customer_id, "customer_domain": declared.customer_domain}
    result = {
        **outcome_result(module, outcome, user_diff, (COUNTED, COUNTED_AS)),
        "user": user_result(outcome.user, session.now()),
        "requests": requests_result(session, plan.writes if module.check_mode else None),
        "correlation_id": session.correlation_id,
        "ending": ending(customer, [outcome], session.now(), module.params["ending_within_days"]),
        "overdue_since": overdue_since(outcome, session.now()),
        **after_restore_result(outcome),
        "change_reference": outcome.plan.row.change_reference,
    }
    if outcome.plan.candidates and "failure" in result:
        result["candidates"] = [user.result(session.now()) for user in outcome.plan.candidates]
    return result


SPEC = {
    **CUSTOMER_SPEC,
    **USER_SPEC,
    **AUDIT_SPEC,
    **REFERENCE_SPEC,
    "credentials_file": {"type": "path", "no_log": False},
    "on_no_seats": {"type": "str", "choices": list(ON_NO_SEATS), "default": ON_NO_SEATS[0]},
    **ACCESS_SPEC,
}
DEFINITION = Definition(PartnerCenterModule, SPEC, declare_user_of_task)
