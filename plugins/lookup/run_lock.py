# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For the playbooks of this collection: locks that last as long as a run of ansible-playbook."""

from __future__ import annotations

DOCUMENTATION = r"""
name: run_lock
author: tenantops contributors (@tenantops)
version_added: 0.3.0
short_description: Keep other runs away from a file or a folder
description:
  - Private to the playbooks of this collection, and may change without notice.
  - Takes all of the locks for this run of C(ansible-playbook), or none of them. A run that has one already keeps it.
  - Returns a sentence for each lock that another run has. It does not fail.
  - A lock is a small file that names the process and the machine of its owner. One that a killed run has left behind is
    taken over. Whether a
    run on another machine, or in another container, still exists is unknown; its lock counts for 12 hours.
options:
  _terms:
    description: The files that are the locks, or with O(directory) the ids of the users, one lock each.
    type: list
    elements: string
    required: true
  directory:
    description: Where the locks of ids are. It must be there.
    type: string
  release:
    description: Gives the locks back that this run has, and returns nothing.
    type: boolean
    default: false
"""

EXAMPLES = r"""
- name: Keep other runs away
  ansible.builtin.set_fact:
    locked: "{{ query('tenantops.partner_center.run_lock', '/srv/records/.lock') }}"
"""

RETURN = r"""
_raw:
  description: Why the locks could not be taken; empty if this run has them.
  type: list
  elements: string
  sample: []
"""

import os
import typing as t

from ansible.plugins.lookup import LookupBase

from ..module_utils._common.errors import Defect
from ..plugin_utils.playbooks import locks as run_locks


class LookupModule(LookupBase):
    """The lookup."""

    def run(
        self, terms: t.Sequence[t.Any], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[str]:
        """Sentences about locks that could not be taken."""
        try:
            directory = kwargs.get("directory")
            paths = [os.path.join(str(directory), f".{term}.lock") if directory else str(term) for term in terms]
            run = run_locks.this_run()
            if kwargs.get("release"):
                for path in paths:
                    run_locks.release(path, run)
                return []
            return run_locks.claim_all(paths, run)
        except Exception as exc:
            return [Defect(exc).message]
