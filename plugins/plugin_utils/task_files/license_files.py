# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The report that a task of ``license_info`` leaves on the control node, written from its result."""

from __future__ import annotations

import typing as t

from ansible.module_utils.parsing.convert_bool import boolean

from ...module_utils._common import paths
from ...module_utils._common.errors import CollectionError, Defect, OptionError
from ...module_utils._common.failure import of_error
from ...module_utils._common.problem import Problem
from ...module_utils._partner_center.modules.license_info import ON_THE_CONTROLLER
from ..license_report import as_csv, as_html, as_json, as_markdown
from ..report.appearance import Appearance, AppearanceProblem
from ..report.html import TemplateProblem, check_template
from .written import LOOK, inside, items, look_of, path_of, path_problems, replaced, unwritten

TITLE = "Licenses"
RENDER: dict[str, t.Callable[[t.Mapping[str, t.Any], str, Appearance], str]] = {
    ".users.csv": lambda result, _title, _look: as_csv.users(result),
    ".findings.csv": lambda result, _title, _look: as_csv.findings(result),
    ".csv": lambda result, _title, _look: as_csv.skus(result),
    ".json": lambda result, title, _look: as_json.render(result, title),
    ".md": lambda result, title, _look: as_markdown.render(result, title),
    ".html": as_html.render,
}
"""By the ending of a file, which says the format; the first that fits."""


def around(task: t.Any, directory: str, run: t.Callable[[], dict[str, t.Any]]) -> dict[str, t.Any]:
    """The result of the task, with its report in files. The task is left as it was, because it may be tried again.

    :param task: Ansible's task.
    :param directory: where relative paths start.
    :param run: runs the module with the options that the task has then.
    """
    given = task.args
    hides = _is_false(given.get("return_users"))
    try:
        files = LicenseFiles(given, directory, check_mode=bool(task.check_mode), detached=bool(task.async_val))
    except CollectionError as exc:
        return {**of_error(exc), "changed": False}
    except Exception as exc:
        return {**of_error(Defect(exc)), "changed": False}
    try:
        # The report is about all users, whatever comes back.
        task.args = {name: value for name, value in given.items() if name not in ON_THE_CONTROLLER}
        if hides:
            task.args["return_users"] = True
        result = run()
    finally:
        task.args = given
    result = files.finish(result)
    shown = (result.get("invocation") or {}).get("module_args")
    if isinstance(shown, dict):
        shown.update({name: given[name] for name in (*ON_THE_CONTROLLER, "return_users") if name in given})
    if hides and "customers" in result:
        result["customers"] = [{**customer, "users": []} for customer in result["customers"]]
    return result


def _is_false(value: t.Any) -> bool:
    """Whether an option says no; what is no truth value is the affair of the module."""
    try:
        return value is not None and not boolean(value)
    except TypeError:
        return False


class LicenseFiles:
    """The files of one task. :raises OptionError: with everything that is wrong with the options.

    :param args: the options of the task.
    :param directory: where relative paths start.
    :param check_mode: nothing is written then.
    :param detached: whether the task ends before its result is there (async).
    """

    def __init__(self, args: t.Mapping[str, t.Any], directory: str, *, check_mode: bool, detached: bool) -> None:
        wrong: list[str] = []
        self._check_mode = check_mode
        self._title = str(args.get("report_title") or TITLE)
        self._look = Appearance()
        self._reports = [path_of(directory, path, "report", wrong) for path in items(args.get("report"))]
        wrong += self._looks(args, directory)
        wrong += [
            Problem.about(name, "is for report, and there is none.", "contradiction")
            for name in ON_THE_CONTROLLER
            if name != "report" and args.get(name) is not None and not self._reports
        ]
        if detached:
            wrong.append(Problem("report needs a result, and async waits for none.", "contradiction"))
        wrong += [
            Problem(
                f"report {path!r} must end in one of {', '.join(RENDER)}, which selects the format.", "not_a_choice"
            )
            for path in self._reports
            if path and not _ending(path)
        ]
        if not wrong:
            wrong += self._problems(args, directory)
        if wrong:
            raise OptionError(wrong)

    def _looks(self, args: t.Mapping[str, t.Any], directory: str) -> t.Iterator[Problem]:
        """What is wrong with the looks of the pages."""
        try:
            self._look = look_of({name: inside(directory, name, args.get(name)) for name in LOOK})
            check_template(as_html.STANDARD, as_html.standard(), self._look)
        except (AppearanceProblem, TemplateProblem) as exc:
            yield Problem(str(exc), "report_look")

    def finish(self, result: dict[str, t.Any]) -> dict[str, t.Any]:
        """Write the report of a result that has come back, and return the result."""
        written: list[str] = []
        if "customers" in result and not self._check_mode:
            for path in self._reports:
                try:
                    written += [path] * replaced(path, rendered(_ending(path), result, self._title, self._look))
                except (OSError, TemplateProblem) as exc:
                    result = unwritten(result, path, exc)
        return {**result, "files_written": written}

    def _problems(self, args: t.Mapping[str, t.Any], directory: str) -> t.Iterator[str]:
        own = [paths.Place(f"report ({path})", path, written=True) for path in self._reports]
        kinds = {path: "report" + _ending(path) for path in self._reports}
        return path_problems(own, kinds, args, directory, writes=not self._check_mode)


def _ending(path: str) -> str:
    return next((ending for ending in RENDER if path.endswith(ending)), "")


def rendered(ending: str, result: t.Mapping[str, t.Any], title: str, look: Appearance = Appearance()) -> str:
    """The text of a report."""
    return RENDER[ending](result, title, look)
