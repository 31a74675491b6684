# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits until the test has the next tasks for a standing play, and says in which file they are."""

from __future__ import annotations

import os
import socket

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

DOCUMENTATION = """
name: next_tasks
short_description: Wait for the next tasks
description: Wait for the next tasks of a test.
options:
  _terms:
    description: The number of the step.
"""


class LookupModule(LookupBase):
    """The play's end of support.standing_play."""

    def run(self, terms, variables=None, **kwargs):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(os.environ["NEXT_TASKS_SOCKET"])
            connection.sendall(f"{terms[0]}\n".encode())
            path = connection.makefile(encoding="utf-8").readline().strip()
        if not path:
            raise AnsibleError("the tests have ended")
        return [path]
