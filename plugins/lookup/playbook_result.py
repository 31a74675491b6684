# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For the playbooks of this collection: how a run goes on and ends."""

from __future__ import annotations

DOCUMENTATION = r"""
name: playbook_result
author: tenantops contributors (@tenantops)
version_added: 0.3.0
short_description: Determine the result of a playbook of this collection
description:
  - Private to the playbooks of this collection, and may change without notice.
  - Determines from the registered results how a playbook ended, writes C(result.json) and the other files to its folder of
    results, and releases the lock of that folder. It does not fail.
  - Reads the results directly from the registered variables, so that no row goes through a template.
options:
  _terms:
    description: The prefix of the playbook's variables, without the underscore.
    type: list
    elements: string
    required: true
  may:
    description: Only returns whether this step is next, and writes nothing.
    type: string
  results:
    description: Results of steps that are not in the variables yet, such as the running task, by the name of the step.
    type: dict
  options:
    description: Only returns the options of the module of this step, and writes nothing.
    type: string
  act:
    description: Carries out this step, which has no module, and returns its result.
    type: string
"""

EXAMPLES = r"""
- name: How a reconciliation ended
  ansible.builtin.set_fact:
    ended: "{{ query('tenantops.partner_center.playbook_result', 'reconcile')[0] }}"
"""

RETURN = r"""
_raw:
  description: One dictionary with C(status), C(message), C(bad) and the counts; with O(may) one boolean, with O(options) one dictionary of options,
    and with O(act) one dictionary that is the result of the step.
  type: list
  elements: raw
  sample:
    - {status: no_drift, message: All 3 rows are as declared., bad: false, rows: 3}
"""

import os
import typing as t

from ansible.plugins.lookup import LookupBase

from ..module_utils._common.errors import Defect
from ..module_utils._common.files import reason
from ..plugin_utils.playbooks import locks as run_locks
from ..plugin_utils.playbooks import output_folder
from ..plugin_utils.playbooks.endings.ending import Ending
from ..plugin_utils.playbooks.endings.playbooks import PLAYBOOKS, Playbook
from ..plugin_utils.playbooks.runs import run_of
from ..plugin_utils.playbooks.tables import FOR_ALL_HOSTS
from ..plugin_utils.running.trust import untrusted
from ..plugin_utils.task_files.lookups import reader
from ..plugin_utils.task_files.written import replaced


class LookupModule(LookupBase):
    """The lookup."""

    def run(
        self, terms: t.Sequence[t.Any], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[t.Any]:
        """How it ended, or whether a step follows. Nothing is raised: an end that cannot be told is a failure."""
        variables = variables or {}
        may = kwargs.get("may")
        try:
            prefix = str(terms[0])
            playbook = PLAYBOOKS[prefix]
            running = {f"_{prefix}_{step}": result for step, result in (kwargs.get("results") or {}).items()}
            variables = {**variables, **running}
            run = run_of(prefix, playbook.steps, variables, reader(self._loader, self._templar, variables))
            if may:
                return [bool(playbook.may[str(may)](run))]
            if kwargs.get("options"):
                return [untrusted(playbook.options[str(kwargs["options"])](run))]
            if kwargs.get("act"):
                return [untrusted(playbook.acts[str(kwargs["act"])](run))]
            ending = playbook.end(run)
        except Exception as exc:
            if may:
                return [False]
            if kwargs.get("options"):
                # With such an option the step fails, whatever it is.
                return [{"internal_error": Defect(exc).message}]
            if kwargs.get("act"):
                return [{"refused": Defect(exc).message}]
            ending = Ending("failed", Defect(exc).message, True)
            playbook = Playbook(lambda _run: ending)
        checked = variables.get("_checked")
        if not isinstance(checked, t.Mapping) or not checked.get("claimed"):
            return [untrusted(ending.result())]
        host = None if prefix in FOR_ALL_HOSTS else str(variables.get("inventory_hostname") or "")
        return [untrusted(_concluded(ending, playbook, str(checked["given"]["output"]), host).result())]


def _concluded(ending: Ending, playbook: Playbook, directory: str, host: str | None) -> Ending:
    """Write what the run leaves in its folder, and leave the folder."""
    problem = ""
    for name, text in ending.contents().items():
        try:
            replaced(os.path.join(directory, name), text)
        except OSError as exc:
            problem = f"{os.path.join(directory, name)} cannot be written ({reason(exc)})."
    output_folder.leave(directory, run_locks.this_run(host))
    if not problem:
        return ending
    status = ending.status if ending.bad else playbook.broken
    return Ending(status, f"{ending.message} {problem}", True, ending.facts)
