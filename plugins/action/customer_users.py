# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the module of the same name, with rows from files and results into files of the control node."""

from __future__ import annotations

import typing as t

from ..module_utils._common.errors import CollectionError, Defect
from ..module_utils._common.failure import of_error
from ..module_utils._partner_center.modules.customer_users import DEFINITION
from ..plugin_utils.running.progress_lines import ProgressLines
from ..plugin_utils.task_files.declared import OPTIONS, with_declarations
from ..plugin_utils.task_files.lookups import reader
from ..plugin_utils.task_files.written import OPTIONS as WRITTEN
from ..plugin_utils.task_files.written import TaskFiles


class ActionModule(ProgressLines):
    """Runs it where the data is."""

    definition = DEFINITION

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """The module's result. The task is left as it was, because it may be tried again."""
        given = self._task.args
        try:
            files = TaskFiles(
                given,
                self._loader.get_basedir(),
                reads=[path for name in ("declarations", "records") for path in _texts(given.get(name))],
                check_mode=bool(self._task.check_mode),
                detached=bool(self._task.async_val),
            )
            args = files.args(with_declarations(given, reader(self._loader, self._templar, task_vars or {})))
            files.begin()
        except CollectionError as exc:
            return {**of_error(exc), "changed": False}
        except Exception as exc:
            return {**of_error(Defect(exc)), "changed": False}
        try:
            self._task.args = args
            result: dict[str, t.Any] = super().run(tmp, task_vars)
        finally:
            self._task.args = given
        return files.finish(_as_given(result, given))


def _as_given(result: dict[str, t.Any], given: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The invocation with the files that the task names, and not with what was in them."""
    shown = (result.get("invocation") or {}).get("module_args")
    if isinstance(shown, dict):
        if any(given.get(name) is not None for name in OPTIONS):
            shown["customers"] = None
        shown.update({name: given[name] for name in FILES if name in given})
    return result


FILES = (*OPTIONS, *WRITTEN, "customer_id", "customer_domain", "return_rows")


def _texts(value: t.Any) -> list[str]:
    return [item for item in (value if isinstance(value, (list, tuple)) else [value]) if isinstance(item, str)]
