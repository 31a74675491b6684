# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to the playbooks of this collection: may change without notice.
"""``customer_users`` with the options that follow from the variables of a playbook, in one task for each host.

A worker costs more than the comparison of a customer, and Ansible compiles in each of them whatever it imports. So a
host has one worker and not several, what it needs is imported here, which happens once and before any worker is there,
and nothing is evaluated that is not asked for.
"""

from __future__ import annotations

import typing as t

from ansible import constants as C
from ansible.plugins.loader import lookup_loader

from ..plugin_utils.playbooks.kept_results import PROBLEMS, kept
from ..plugin_utils.task_files import around
from ..plugin_utils.task_files.lookups import COLLECTION
from .customer_users import ActionModule as CustomerUsers

MODULE = COLLECTION + "customer_users"
VARIABLES = COLLECTION + "playbook_variables"
TOKEN = "access_token"
IMPORTED = (
    around,
    *(lookup_loader.get(COLLECTION + name, class_only=True) for name in ("declarations", "playbook_result")),
    lookup_loader.get(VARIABLES, class_only=True),
)
"""What a worker of this task, or of the last one of the playbook, finds here and need not load."""


class ActionModule(CustomerUsers):
    """Runs it, if something is declared."""

    def task_result(self, tmp: str | None, task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        """The module's result, with what is wrong with the variables."""
        variables = task_vars or {}
        prefix = str(self._task.args.get("playbook"))
        checked = lookup_loader.get(VARIABLES, loader=self._loader, templar=self._templar).run([prefix], variables)[0]
        result: dict[str, t.Any] = {"changed": False, "skipped": True, "skip_reason": "Nothing is declared."}
        if "declarations" in checked["options"]:
            token = variables.get(f"_{prefix}_token", {}).get(TOKEN)
            self._task.args = {**checked["options"], **({TOKEN: token} if token else {})}
            self._task.action = MODULE
            result = super().task_result(tmp, task_vars)
            if variables.get("partner_center_customer_id"):
                result = kept(result, C.DEFAULT_LOCAL_TMP)
        return {**result, PROBLEMS: checked["problems"]} if checked["problems"] else result
