# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For the playbooks of this collection: their variables, checked."""

from __future__ import annotations

DOCUMENTATION = r"""
name: playbook_variables
author: tenantops contributors (@tenantops)
version_added: 0.3.0
short_description: Check the variables of a playbook of this collection
description:
  - Private to the playbooks of this collection, and may change without notice.
  - Returns one dictionary with the variables of a playbook in the form in which it uses them, and a sentence for
    each problem. It does not fail, so that the playbook can report all problems at once.
  - The same rules apply to all variables. Null, a blank string and an C(omit) placeholder are rejected, an unknown variable with the
    prefix of the playbook is rejected, and all paths of a run must differ.
options:
  _terms:
    description: The prefix of the playbook's variables, without the underscore.
    type: list
    elements: string
    required: true
  spec:
    description: The variables as an argument spec, for a playbook without a table in the collection.
    type: dict
    default: {}
  claim:
    description:
      - Creates the folder of the results, locks it for this run, and removes the results of an earlier run from
        it.
      - Nothing is changed if another run has the lock, or if the folder has a file that an earlier run did not write.
    type: boolean
    default: false
  all_hosts:
    description: Whether this is the check of the whole play, before its hosts read their variables one by one. It finds what no host would.
    type: boolean
    default: false
"""

EXAMPLES = r"""
- name: Read the variables of a playbook
  ansible.builtin.set_fact:
    checked: "{{ query('tenantops.partner_center.playbook_variables', 'reconcile')[0] }}"
"""

RETURN = r"""
_raw:
  description: One dictionary with C(given), C(problems), C(claimed), the options of the modules in C(options), and the time in C(began).
  type: list
  elements: dict
  sample:
    - given: {directory: /srv/tenants, apply: false}
      options: {declarations: [/srv/tenants]}
      problems: []
      claimed: false
      began: 1795000000.5
"""

import datetime
import os
import time
import typing as t

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ..module_utils._common.errors import Defect
from ..plugin_utils.playbooks import locks as run_locks
from ..plugin_utils.playbooks import output_folder
from ..plugin_utils.playbooks.inputs import problems as input_problems
from ..plugin_utils.playbooks.options import Place, options, problems_here
from ..plugin_utils.playbooks.people_by_host import problems_by_host
from ..plugin_utils.playbooks.tables import FOR_ALL_HOSTS, TABLES, Table, of_spec
from ..plugin_utils.playbooks.values import Omitted
from ..plugin_utils.playbooks.variables import Unreadable, check, folders_made
from ..plugin_utils.task_files.lookups import reader


class LookupModule(LookupBase):
    """The lookup."""

    def run(
        self, terms: t.Sequence[t.Any], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[dict[str, t.Any]]:
        """One dictionary. Nothing is raised, because older versions of ansible-core put words of their own around the
        message.
        """
        try:
            return [self._checked(str(terms[0]), variables or {}, kwargs)]
        except Exception as exc:
            return [
                {"given": {}, "options": {}, "problems": [Defect(exc).message], "claimed": False, "began": time.time()}
            ]

    def _checked(
        self, prefix: str, variables: t.Mapping[str, t.Any], options: t.Mapping[str, t.Any]
    ) -> dict[str, t.Any]:
        table = TABLES.get(prefix) or of_spec(prefix, plain(options.get("spec") or {}))
        values = {
            name: self._value(variables[name])
            for name in (f"{prefix}_{short}" for short in table.variables)
            if name in variables
        }
        checked = check(table, values, [str(name) for name in variables], os.environ)
        place = self._place(variables)
        checked.problems += problems_here(prefix, checked.given, place)
        claimed = (
            checked.output
            and bool(table.files)
            and self._output(table, checked.given["output"], checked.problems, bool(options.get("claim")), place.host)
        )
        read = reader(self._loader, self._templar, variables)
        if not checked.problems:
            checked.problems += input_problems(prefix, checked.given, read)
        if prefix == "drift" and options.get("all_hosts") and place.customer:
            checked.problems += problems_by_host(checked.given, read)
        if claimed and not checked.problems:
            checked.problems += folders_made(checked.given, table)
        made = self._module_options(prefix, checked.given, place)
        return {
            "given": checked.given,
            "options": made,
            "problems": [str(problem) for problem in checked.problems],
            "claimed": claimed,
            "began": time.time(),
        }

    def _module_options(self, prefix: str, given: t.Mapping[str, t.Any], place: Place) -> dict[str, t.Any]:
        made = options(prefix, given, place)
        return {name: value for name, value in made.items() if not isinstance(value, Omitted)}

    def _place(self, variables: t.Mapping[str, t.Any]) -> Place:
        """Where the playbook runs, and whom the host stands for."""
        names = {"customer_id": "partner_center_customer_id", "customer_domain": "partner_center_customer_domain"}
        found = {option: self._value(variables[name]) for option, name in names.items() if variables.get(name)}
        known = {option: value for option, value in found.items() if isinstance(value, str) and value}
        return Place(
            str(variables.get("inventory_hostname") or ""),
            str(C.DEFAULT_LOCAL_TMP),
            bool(variables.get("ansible_check_mode")),
            known if "customer_id" in known else {},
        )

    def _output(self, table: Table, directory: str, problems: list[str], claim: bool, host: str) -> bool:
        """Whether the folder of the results is this run's by now; what stands against it is added to the problems."""
        run = run_locks.this_run(None if table.prefix in FOR_ALL_HOSTS else host)
        found = (
            output_folder.claim(directory, table.files, table.forget, run)
            if claim
            else output_folder.problems_of(directory, table.files, run)
        )
        problems += found
        return claim and not found

    def _value(self, raw: t.Any) -> t.Any:
        try:
            return plain(self._templar.template(raw))
        except AnsibleError as exc:
            if "Omit" in type(exc).__name__:
                return Omitted()
            return Unreadable(" ".join(str(exc).split())[:200].rstrip("."))
        except Exception as exc:
            return Unreadable(type(exc).__name__)


def plain(value: t.Any) -> t.Any:
    """The value without whatever a version of ansible-core adds to it; what was encrypted is decrypted."""
    if isinstance(value, t.Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return int(value) if isinstance(value, int) else float(value)
    if isinstance(value, datetime.datetime):
        return datetime.datetime.fromisoformat(value.isoformat())
    if isinstance(value, datetime.date):
        return datetime.date.fromisoformat(value.isoformat())
    if value.__class__.__name__ in ("Omit", "_OmitType"):
        return Omitted()
    return str(value)
