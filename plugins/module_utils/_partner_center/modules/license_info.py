# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""From the options of ``license_info`` to its result."""

from __future__ import annotations

import typing as t

from ..._common.definition import Definition
from ..._common.errors import OptionError
from ..._common.module import option_problems
from ..._common.problem import Problem
from ..._common.progress import Progress, progress_problems
from ..._entra.settings import Settings
from ..client.facts import facts_of
from ..declare.license_report import report_problems, wanted
from ..module import PartnerCenterModule, PartnerCenterTask
from ..plan.license_findings import Limits
from ..run.license_file import LicenseFile
from ..run.license_reader import REUSED, CustomerLicenses, LicenseReader, Steps, choose
from ..run.license_results import licenses_result
from ..session import Session, connect, priced

ON_THE_CONTROLLER: dict[str, dict[str, t.Any]] = {
    "report": {"type": "list", "elements": "path"},
    "report_title": {"type": "str"},
    "report_template": {"type": "path"},
    "report_logo": {"type": "path"},
    "report_accent": {"type": "str"},
}
"""Options about files of the control node. The action plugin deals with them, and the module never sees them."""
NOT_HERE = "needs the control node's files, so it cannot be used with async or without the action plugin."
SPEC: dict[str, dict[str, t.Any]] = {
    "customers": {"type": "list", "elements": "str"},
    "low_seats": {"type": "int", "default": 2},
    "unused_seats": {"type": "int", "default": 1},
    "read_file": {"type": "path"},
    "read_max_age": {"type": "int", "default": 24},
    "max_parallel": {"type": "int", "default": 8},
    "progress_file": {"type": "path"},
    "return_users": {"type": "bool", "default": True},
    **ON_THE_CONTROLLER,
}


class LicenseInfoModule(PartnerCenterModule):
    """Writes nothing to the service, so there is nothing to converge after an interruption."""

    interrupted = "completed reads are in read_file, if it is set"


def read_licenses(module: PartnerCenterTask) -> dict[str, t.Any]:
    """The licenses of the customers that ``license_info`` asks for. :raises CollectionError:"""
    params = module.params
    problems: list[str] = []
    settings = option_problems(module.settings, problems)
    problems += report_problems(params, module.given) + progress_problems(params["progress_file"])
    problems += [
        Problem.about(name, NOT_HERE, "contradiction") for name in ON_THE_CONTROLLER if params[name] is not None
    ]
    if settings and "read_licenses" in facts_of(settings.cloud.name).unsupported:
        said = f"{settings.cloud.name} does not offer licenses of users through the Partner Center API."
        problems.append(Problem(said, "not_offered"))
    file = None
    if settings and params["read_file"]:
        file = LicenseFile(params["read_file"], settings.api_url, not module.check_mode, settings.interruption)
        problems += filter(None, [file.problem()])
    if problems or settings is None:
        raise OptionError(problems)
    session = connect(
        settings, module.secrets, operation="Reading licenses", read_only=True, connections=params["max_parallel"]
    )
    return priced(session, lambda: _inquire(module, session, settings, file))


def _inquire(
    module: PartnerCenterTask, session: Session, settings: Settings, file: LicenseFile | None
) -> dict[str, t.Any]:
    params = module.params
    with Progress(params["progress_file"], session.counters, module.watcher) as progress:
        runs = choose(session, None if params["customers"] is None else wanted(params["customers"]))
        reader = LicenseReader(
            session,
            max_parallel=params["max_parallel"],
            max_wait=settings.max_wait,
            keep=file.add if file else lambda _reading: None,
            interruption=settings.interruption,
        )
        if file is None:
            _read(reader, runs, {}, progress)
        else:
            # The list of customers was the first answer, so that the service's time is known.
            with file.opened(session.now(), params["read_max_age"]) as known:
                _read(reader, runs, known, progress)
    result = licenses_result(runs, Limits(params["low_seats"], params["unused_seats"]))
    if file and file.lost:
        result["msg"] = f"{file.lost} {result['msg']}"
        if not result.get("failed"):
            result.update(failed=True, failure={"reason": "file_unwritable"})
    if not params["return_users"]:
        result["customers"] = [{**customer, "users": []} for customer in result["customers"]]
    return result


def _read(
    reader: LicenseReader, runs: t.Sequence[CustomerLicenses], known: t.Mapping[str, t.Any], progress: Progress
) -> None:
    """Read what is not known."""
    left = []
    for run in runs:
        if run.details:
            continue  # it is not there
        run.reading = known.get(run.customer.id)
        if run.reading:
            run.status = REUSED
        else:
            left.append(run)
    reader.read(left, Steps(len(left), progress.rows))


DEFINITION = Definition(LicenseInfoModule, SPEC, read_licenses)
