# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """The log of what a task has written."""

    DOCUMENTATION = r"""
options:
  audit_log:
    description:
      - File that receives a JSON line when the run starts, before and after each write, and when the run ends. A line has the
        signed-in account, the action, the user, the time and the ids, but no secret. See
        U(https://github.com/tenantops/partner_center/blob/main/docs/audit-log.md).
      - Each line has its own hash and the hash of the previous line, so M(tenantops.partner_center.verify_audit_log) finds every line that is changed,
        missing or moved. Each line is on disk before the run continues. Several runs can use the same file at the same time.
      - A write is sent only after its line is written. The task fails if the file was changed since the last run.
      - The file is created with mode 0600. C(.lock) and C(.head) are kept next to it. In check mode, nothing is written.
    type: path
    version_added: 0.3.0
  audit_log_max_bytes:
    description:
      - Maximum size of the file, at least 10000. A file that would become larger is renamed, with the number of its last line at the end of its name. A new
        file continues the chain.
      - By default, the file is never renamed.
    type: int
    version_added: 0.3.0
"""
