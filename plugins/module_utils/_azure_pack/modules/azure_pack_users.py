# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""From the options of ``azure_pack_users`` to its result."""

from __future__ import annotations

import typing as t

from ..._common.audit_log.run_log import SPEC as AUDIT_SPEC
from ..._common.audit_log.run_log import log_of, logged
from ..._common.change_reference import REFERENCE_SPEC, reference_of
from ..._common.definition import Definition
from ..._common.deletion_limit import LIMIT_SPEC, Deletion, Verdict, decide, limit_problems
from ..._common.errors import OptionError
from ..._common.interruption import Stopper
from ..._common.module import option_problems
from ..._common.progress import Progress
from ..._common.results import parallel_problems, rows_result
from ..._common.run_limit import RunLimit
from ..client.client import Api
from ..declare.user import WAIT_SPEC, UserDeclaration, Waiting, declare_waiting
from ..declare.users import ROW_SPEC, declare_rows
from ..module import AzurePackModule, AzurePackTask
from ..plan.operations import ACTIONS
from ..run.apply import UserOutcome
from ..run.auditing import audited
from ..run.converge import connect, converge, requests_result
from ..run.results import ids_result, row_result, user_diff
from ..sign_in.token_checks import refuse_others

SPEC: dict[str, dict[str, t.Any]] = {
    "users": {"type": "list", "elements": "dict", "required": True, "options": ROW_SPEC},
    "defaults": {"type": "dict"},
    **REFERENCE_SPEC,
    **AUDIT_SPEC,
    **WAIT_SPEC,
    **LIMIT_SPEC,
    "max_parallel": {"type": "int", "default": 8},
    "max_fail_percentage": {"type": "float"},
    "progress_file": {"type": "path"},
}


def declare_users(module: AzurePackTask) -> dict[str, t.Any]:
    """Validate everything, then work on all users side by side; returns the module's result. :raises
    CollectionError:"""
    params = module.params
    problems: list[str] = []
    settings = option_problems(module.settings, problems)
    rows, found = declare_rows(module.given)
    waiting, more = declare_waiting(params)
    problems += found + more + parallel_problems(params, module.given) + limit_problems(params)
    log = log_of(params, not module.check_mode, problems)
    if problems or settings is None:
        raise OptionError(problems)
    refuse_others(settings, [row.name for row in rows])

    connected = connect(settings, module.secrets, read_only=module.check_mode, connections=params["max_parallel"])
    api = audited(connected, module, log, reference_of(module.given.get("change_reference"), []))
    interruption = settings.interruption
    return logged(api.audit, lambda: _work(module, api, rows, waiting, interruption), module="azure_pack_users")


def _work(
    module: AzurePackTask, api: Api, rows: t.Sequence[UserDeclaration], waiting: Waiting, interruption: Stopper
) -> dict[str, t.Any]:
    params = module.params
    with Progress(params["progress_file"], api.transport.counters, module.watcher) as progress:
        progress.rows(0, len(rows), 0)
        run_limit = RunLimit(len(rows), params["max_fail_percentage"], progress.rows, interruption)
        verdicts: list[Verdict] = []

        def allow(deletions: t.Iterable[Deletion]) -> Verdict:
            verdicts.append(decide(deletions, params["max_delete_total"], params["approve_deletions"]))
            return verdicts[-1]

        parallel = params["max_parallel"]
        outcomes = converge(
            api, rows, waiting, check_mode=module.check_mode, run_limit=run_limit, max_parallel=parallel, allow=allow
        )
    return _result(module, api, outcomes, verdicts[-1])


def _result(module: AzurePackTask, api: Api, outcomes: list[UserOutcome], verdict: Verdict) -> dict[str, t.Any]:
    return {
        **rows_result(
            module,
            [row_result(outcome) for outcome in outcomes],
            outcomes,
            verdict,
            user_diff,
            (ACTIONS, {}),
            predicted=module.check_mode,
        ),
        "change_reference": reference_of(module.given.get("change_reference"), []),
        "requests": requests_result(api, outcomes, check_mode=module.check_mode),
        **ids_result(api),
    }


DEFINITION = Definition(AzurePackModule, SPEC, declare_users)
