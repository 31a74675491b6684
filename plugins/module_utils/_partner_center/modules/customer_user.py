# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""From the options of ``customer_user`` to its result: a declaration of one row."""

from __future__ import annotations

import typing as t

from ..._common.definition import Definition
from ..._common.errors import CollectionError, CredentialsFileError, OptionError
from ..._common.module import option_problems
from ..._common.problem import Problem
from ..._common.results import outcome_result, warn
from ..client.client import Api
from ..declare.customer import CUSTOMER_SPEC, customer_problems
from ..declare.user import ON_NO_SEATS, USER_SPEC, Declaration, UserDeclaration, declare_user, purge_problems
from ..module import PartnerCenterModule, PartnerCenterTask
from ..run.apply import predicted
from ..run.converge import Run, cloud_problems, converge, policy_for
from ..run.passwords import CredentialsFile
from ..run.results import user_diff, user_result
from ..run.unsettled import tell_unsettled
from ..session import connect, customer_by_domain, requests_result


def declare_user_of_task(module: PartnerCenterTask) -> dict[str, t.Any]:
    """Validate, sign in, read, plan, apply; returns the module's result. :raises CollectionError:"""
    problems: list[str] = []
    settings = option_problems(module.settings, problems)
    problems += customer_problems(module.params["customer_id"], module.params["customer_domain"])
    row, found = declare_user(module.params, credentials_file=bool(module.params["credentials_file"]), raw=module.given)
    problems += found + purge_problems(module.given) + cloud_problems(settings, [row])
    credentials = _credentials(module, row, problems)
    if problems or settings is None:
        raise OptionError(problems)

    before = credentials.attempts() if credentials else None
    api = connect(settings, module.secrets, operation=f"Declaring the user {row.name}", read_only=module.check_mode)
    try:
        customer_id = module.params["customer_id"] or customer_by_domain(api, module.params["customer_domain"]).id
        declaration = Declaration(customer_id.strip(), (row,))
        policy = policy_for(settings, module.params["on_no_seats"])
        made = converge(
            api, declaration, policy, secrets=module.secrets, credentials=credentials, check_mode=module.check_mode
        )
    except CollectionError as exc:
        exc.task.update(correlation_id=api.transport.correlation_id, requests=requests_result(api))
        raise
    if before is not None:
        tell_unsettled(
            module, before, [(customer_id, outcome) for outcome in made.outcomes or [predicted(made.plan.rows[0])]]
        )
    return _result(module, api, made)


def _credentials(module: PartnerCenterTask, row: UserDeclaration, problems: list[str]) -> CredentialsFile | None:
    path = module.params["credentials_file"]
    if not path:
        return None
    file = CredentialsFile(path, interruption=module.interruption)
    if row.generate_password and row.state != "absent":
        try:
            file.check()
        except CredentialsFileError as exc:
            problems.append(Problem(exc.message, exc.details["reason"]))
    return file


def _result(module: PartnerCenterTask, api: Api, made: Run) -> dict[str, t.Any]:
    planned = made.plan.rows[0]
    outcome = made.outcomes[0] if made.outcomes else predicted(planned)
    warn(module, list(made.plan.warnings))
    result = {
        **outcome_result(module, outcome, user_diff),
        "user": user_result(outcome.user, api.transport.now()),
        "requests": requests_result(api, made.plan.writes if module.check_mode else None),
        "correlation_id": api.transport.correlation_id,
    }
    if planned.candidates and "failure" in result:
        result["candidates"] = [user.result(api.transport.now()) for user in planned.candidates]
    return result


SPEC = {
    **CUSTOMER_SPEC,
    **USER_SPEC,
    "credentials_file": {"type": "path", "no_log": False},
    "on_no_seats": {"type": "str", "choices": list(ON_NO_SEATS), "default": ON_NO_SEATS[0]},
}
DEFINITION = Definition(PartnerCenterModule, SPEC, declare_user_of_task)
