# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """Under which change something is written."""

    DOCUMENTATION = r"""
options:
  change_reference:
    description:
      - The ticket, the change or the pull request for the changes of this task, up to 100 characters. It is in the result and in the
        reports, plans and records that the task writes. It is not sent to the service. Put numbers in quotes.
    type: str
    version_added: 0.3.0
  require_change_reference:
    description:
      - Regular expression (Python) that every O(change_reference) must match as a whole. Otherwise, nothing is sent.
    type: str
    version_added: 0.3.0
"""
