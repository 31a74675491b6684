# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The front door of the module of the same name, with rows from files and groups of the
inventory, and results into files of the control node."""

from __future__ import annotations

import typing as t

from ..module_utils._partner_center.modules.customer_users import DEFINITION, ON_THE_CONTROLLER
from ..plugin_utils.running import preloaded
from ..plugin_utils.running.progress_lines import ProgressLines

IMPORTED = (preloaded,)
"""What workers need late."""

FILES = (*ON_THE_CONTROLLER, "return_rows", "people")


class ActionModule(ProgressLines):
    """Runs it where the data is."""

    definition = DEFINITION

    def task_result(self, tmp: str | None, task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        """The module's result."""
        if not any(self._task.args.get(name) is not None for name in FILES):
            return super().task_result(tmp, task_vars)
        from ..plugin_utils.task_files.around import around  # most tasks name no file, and need none of it

        def run() -> dict[str, t.Any]:
            return super(ActionModule, self).task_result(tmp, task_vars)

        return around(self._task, self._loader, self._templar, task_vars or {}, run)
