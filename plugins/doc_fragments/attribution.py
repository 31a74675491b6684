# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """Who made users differ from their declarations."""

    DOCUMENTATION = r"""
options:
  attribute_changes:
    description:
      - Whether to look up in the audit records of Partner Center who made each difference. The result is in C(changed_by) of the rows, and in reports.
      - Takes one query for each customer with differences. If the records cannot be read, the task warns, and the result is unknown.
      - The records contain only changes by the partner. Changes by the customer's administrators are V(unknown). See
        U(https://github.com/tenantops/partner_center/blob/main/docs/drift.md#who-changed-it).
    type: bool
    default: false
    version_added: 0.3.0
  attribute_days:
    description: Days of audit records to read, including today, from 1 to 90.
    type: int
    default: 30
    version_added: 0.3.0
"""
