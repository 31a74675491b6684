# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Runs the module of the same name with no_log forced on, because its result is a secret.

A module cannot hide its own result: the word of the task counts. An action plugin runs next to the task and can set it.
"""

from __future__ import annotations

import typing as t

from .module_action import ModuleAction


class HiddenResult(ModuleAction):
    """The module, unseen unless it fails."""

    _supports_async = False  # the result of a task in the background is shown by another one

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Run the module where the task runs; the registered result is whole, every display of it is censored.

        A plain failure is shown: it has no token, and a message that nobody sees helps nobody.
        """
        result = super().run(tmp, task_vars)
        if not result.get("failed") or "access_token" in result or "module_stdout" in result:
            self._task.no_log = True
            self._play_context.no_log = True
        return result
