# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For the playbooks of this collection: locks that last as long as a run of ansible-playbook."""

from __future__ import annotations

DOCUMENTATION = r"""
name: run_lock
author: tenantops contributors (@tenantops)
version_added: 0.3.0
short_description: Lock a file or a folder for this run
description:
  - Private to the playbooks of this collection, and may change without notice.
  - Takes all locks for this run of C(ansible-playbook), or none of them. A run keeps the locks that it already has.
  - Returns a sentence for each lock that another run has. It does not fail.
  - A lock is a small file with the process and the machine of its owner. The lock of a killed run is taken over. If the
    owner is on another machine or in another container, it is unknown whether the run still exists, so its lock is valid for 12 hours.
options:
  _terms:
    description: The lock files, or with O(directory) the ids of the users, with one lock each.
    type: list
    elements: string
    required: true
  directory:
    description: The folder of the locks of ids. It must exist.
    type: string
  release:
    description: Releases the locks of this run, and returns nothing.
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
  description: Why the locks could not be taken. Empty if this run has them.
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
