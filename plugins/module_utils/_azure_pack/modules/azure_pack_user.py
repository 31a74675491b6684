# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""From the options of ``azure_pack_user`` to its result: a declaration of one row."""

from __future__ import annotations

import typing as t

from ..._common.audit_log.run_log import SPEC as AUDIT_SPEC
from ..._common.audit_log.run_log import log_of, logged
from ..._common.change_reference import REFERENCE_SPEC, reference_problems
from ..._common.definition import Definition
from ..._common.errors import CollectionError, OptionError
from ..._common.interruption import Stopper
from ..._common.module import option_problems
from ..._common.results import outcome_result
from ..._common.run_limit import RunLimit
from ..client.client import Api
from ..declare.user import USER_SPEC, WAIT_SPEC, UserDeclaration, Waiting, declare_user, declare_waiting
from ..module import AzurePackModule, AzurePackTask
from ..plan.operations import ACTIONS
from ..run.auditing import audited
from ..run.converge import connect, converge, requests_result
from ..run.results import deletion_result, ids_result, seen_result, user_diff
from ..sign_in.token_checks import refuse_others


def declare_user_of_task(module: AzurePackTask) -> dict[str, t.Any]:
    """Validate, read, plan, write, wait; returns the module's result. :raises CollectionError:"""
    problems: list[str] = []
    settings = option_problems(module.settings, problems)
    row, found = declare_user({name: value for name, value in module.given.items() if name in USER_SPEC})
    waiting, more = declare_waiting(module.params)
    problems += found + more + reference_problems(module.given, [row])
    log = log_of(module.params, not module.check_mode, problems)
    if problems or settings is None:
        raise OptionError(problems)
    refuse_others(settings, [row.name])

    connected = connect(settings, module.secrets, read_only=module.check_mode)
    api = audited(connected, module, log, row.change_reference)
    interruption = settings.interruption
    return logged(api.audit, lambda: _declare(module, api, row, waiting, interruption), module="azure_pack_user")


def _declare(
    module: AzurePackTask, api: Api, row: UserDeclaration, waiting: Waiting, interruption: Stopper
) -> dict[str, t.Any]:
    try:
        (outcome,) = converge(
            api, [row], waiting, check_mode=module.check_mode, run_limit=RunLimit(1, None, interruption=interruption)
        )
    except CollectionError as exc:
        exc.task.update(ids_result(api), requests=requests_result(api))
        raise
    result = {
        **outcome_result(module, outcome, user_diff, (ACTIONS, {})),
        "user": outcome.user.result() if outcome.user else None,
        "subscriptions": [subscription.result() for subscription in outcome.plan.subscriptions],
        "seen": seen_result(outcome),
        "deletion": deletion_result(outcome),
        "change_reference": outcome.plan.row.change_reference,
        "requests": requests_result(api, [outcome], check_mode=module.check_mode),
        **ids_result(api),
    }
    if outcome.message:
        # Also where nothing failed: that a deletion goes on.
        result["msg"] = f"{result['msg']}. {outcome.message}" if "failure" not in result else result["msg"]
    return result


SPEC = {**USER_SPEC, **REFERENCE_SPEC, **AUDIT_SPEC, "name": {"type": "str", "required": True}, **WAIT_SPEC}
DEFINITION = Definition(AzurePackModule, SPEC, declare_user_of_task)
