# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For the playbooks of this collection: what is wrong with the files that they read, as data."""

from __future__ import annotations

DOCUMENTATION = r"""
name: input_problems
author: tenantops contributors (@tenantops)
version_added: 0.3.0
short_description: List the problems of files with declarations
description:
  - Private to the playbooks of this collection, and may change without notice.
  - Reads files like another lookup of this collection, and returns the error of that lookup, or an empty list.
  - Some versions of ansible-core add words to the message of a failed lookup. A playbook that
    reports the message uses this lookup first.
options:
  _terms:
    description: The name of the lookup, C(declarations) or C(portal_csv), and then what it reads.
    type: list
    elements: string
    required: true
notes:
  - All other options are those of that lookup.
"""

EXAMPLES = r"""
- name: Reject declarations that cannot be used
  ansible.builtin.fail:
    msg: "{{ query('tenantops.partner_center.input_problems', 'declarations', 'tenants')[0] }}"
  when: query('tenantops.partner_center.input_problems', 'declarations', 'tenants') | length > 0
"""

RETURN = r"""
_raw:
  description: Nothing, or one string with a line for each problem.
  type: list
  elements: str
  sample: []
"""

import typing as t

from ansible.errors import AnsibleError, AnsibleOptionsError
from ansible.plugins.loader import lookup_loader
from ansible.plugins.lookup import LookupBase

READERS = ("declarations", "portal_csv")


class LookupModule(LookupBase):
    """The lookup."""

    def run(
        self, terms: t.Sequence[t.Any], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[str]:
        """What the other lookup would fail with. :raises AnsibleOptionsError: it is none of those that can be asked."""
        if not terms or terms[0] not in READERS:
            raise AnsibleOptionsError(f"input_problems asks one of {', '.join(READERS)}.")
        name = f"tenantops.partner_center.{terms[0]}"
        reader = lookup_loader.get(name, loader=self._loader, templar=self._templar)
        if reader is None:
            raise AnsibleOptionsError(f"There is no lookup {name}.")
        try:
            reader.run(list(terms[1:]), variables, **kwargs)
        except AnsibleError as exc:
            return [str(exc.message)]
        return []
