# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The front door of the module of the same name, with the report in files of the control node."""

from __future__ import annotations

import typing as t

from ..module_utils._entra import tokens
from ..module_utils._partner_center.modules.license_info import DEFINITION, ON_THE_CONTROLLER
from ..plugin_utils.running.progress_lines import ProgressLines

IMPORTED = (tokens,)
"""Imported late, and here once for all workers."""


class ActionModule(ProgressLines):
    """Runs it where the data is."""

    definition = DEFINITION
    counted = "steps"

    def task_result(self, tmp: str | None, task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        """The module's result."""

        def run() -> dict[str, t.Any]:
            return super(ActionModule, self).task_result(tmp, task_vars)

        if not any(self._task.args.get(name) is not None for name in ON_THE_CONTROLLER):
            return run()
        from ..plugin_utils.task_files.license_files import around  # most tasks name no file, and need none of it

        return around(self._task, self._loader.get_basedir(), run)
