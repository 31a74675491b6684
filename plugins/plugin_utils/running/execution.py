# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Where a module runs: in Ansible's worker, if its process would be on this machine anyway and much the same, or
shipped as every module is.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import typing as t
from dataclasses import dataclass

from ansible import constants as C

from ...module_utils._common.errors import OptionError
from ...module_utils._common.problem import Problem

VARIABLE = "partner_center_execution"
WAYS = ("auto", "module")
"""``auto``: in place where that is the same; ``module``: always shipped."""
NOT_NAMED = ("", "auto", "auto_legacy", "auto_silent", "auto_legacy_silent")
"""Values of ``ansible_python_interpreter`` that leave it to Ansible."""
OWN = "ansible_playbook_python"
"""Ansible's variable with its own Python."""


@dataclass(frozen=True)
class Way:
    """The way, and why."""

    in_place: bool
    why: str


def way_of(action: t.Any, task_vars: t.Mapping[str, t.Any], libraries: t.Iterable[str]) -> Way:
    """How this task runs.

    :param action: the action plugin of the task.
    :param libraries: what the module imports.
    :raises OptionError: the variable says neither.
    """
    said = action._templar.template(task_vars.get(VARIABLE, WAYS[0]))
    if said not in WAYS:
        raise OptionError([Problem.about(VARIABLE, f"must be one of {', '.join(WAYS)}.", "not_a_choice")])
    if said == "module":
        return Way(False, f"{VARIABLE} is module")
    if action._connection.transport not in ("local", "ansible.builtin.local"):
        return Way(False, f"the connection is {action._connection.transport}")
    if action._connection.become is not None:
        return Way(False, "it runs with become")
    if action._task.async_val:
        return Way(False, "it runs with async")
    interpreter = _interpreter(action, task_vars)
    if interpreter not in NOT_NAMED and not _same_python(interpreter, sys.executable):
        return Way(False, f"the interpreter is {interpreter}, and Ansible's own is {sys.executable}")
    missing = [name for name in libraries if name not in sys.modules and importlib.util.find_spec(name) is None]
    if missing:
        return Way(False, f"Ansible's own Python has no {', '.join(missing)}")
    return Way(True, "its process would be on this machine anyway")


def _interpreter(action: t.Any, task_vars: t.Mapping[str, t.Any]) -> str:
    """What the user says about it for the host that the task goes to, in a variable, in ansible.cfg or in the
    environment.
    """
    host = action._task.delegate_to
    of_host = (task_vars.get("ansible_delegated_vars") or {}).get(host, {}) if host else task_vars
    said = C.config.get_config_value("INTERPRETER_PYTHON", variables=of_host)
    if said == f"{{{{ {OWN} }}}}" and task_vars.get(OWN) == sys.executable:
        return sys.executable  # what inventories say; a template costs more than all the rest here
    return str(action._templar.template(said) or "").strip()


def _same_python(one: str, other: str) -> bool:
    """Whether two paths are one interpreter with one set of libraries. Environments of one Python differ in the
    directory of the link, so that counts, too.
    """

    def place(path: str) -> tuple[str, str]:
        return os.path.realpath(os.path.dirname(path)), os.path.realpath(path)

    return os.path.isabs(one) and place(one) == place(other)
