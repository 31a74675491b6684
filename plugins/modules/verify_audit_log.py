#!/usr/bin/python
# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: verify_audit_log
short_description: Find what was changed in an audit log
version_added: 0.3.0
description:
  - Reads the files that the option O(tenantops.partner_center.customer_users#module:audit_log) has written, and finds every line that is changed,
    missing or moved. The first bad line is returned with the reason, and the task fails.
  - A log that was truncated after a line looks like one that ends there. To detect this, specify a known line in O(anchors), from the result of
    a task that wrote it.
  - A user who can write the files can also write a completely new chain. An anchor that is kept elsewhere detects this, too.
  - Only reads files. Needs no sign-in, runs no command, and changes nothing.
extends_documentation_fragment:
  - tenantops.partner_center.attributes
  - tenantops.partner_center.attributes.info_module
attributes:
  action_group:
    support: none
    membership: []
options:
  audit_log:
    description:
      - The files, the oldest first.
    type: list
    elements: path
    required: true
  rotated:
    description:
      - Whether to read the files that a log was renamed to because of O(tenantops.partner_center.customer_users#module:audit_log_max_bytes), too. They
        are read before the file itself.
    type: bool
    default: true
  continued:
    description:
      - Whether the first file may continue a file that is not specified, because it was moved to an archive.
    type: bool
    default: false
  anchors:
    description:
      - Lines that must exist, in the form of the key RV(tenantops.partner_center.customer_users#module:audit_log) of a task that wrote to the log.
    type: list
    elements: dict
    suboptions:
      hash:
        description: The hash of the line. Required.
        type: str
      seq:
        description: The number of the line. If omitted, any line may have the hash.
        type: int
      path:
        description: The file that the line was written to. It is not compared, because the file may have been renamed since then.
        type: path
  expected_last_hash:
    description:
      - The hash of the last line. Use it if nothing was written since then. Otherwise, use O(anchors).
    type: str
seealso:
  - module: tenantops.partner_center.customer_user
  - module: tenantops.partner_center.customer_users
author:
  - tenantops contributors (@tenantops)
"""

EXAMPLES = r"""
- name: The nightly run, which writes a log
  tenantops.partner_center.customer_user:
    customer_domain: contoso.onmicrosoft.com
    user_principal_name: adele.vance@contoso.example
    display_name: Adele Vance
    audit_log: "{{ playbook_dir }}/audit.log"
  register: nightly

- name: Every line is as it was written, and none is missing at the end
  tenantops.partner_center.verify_audit_log:
    audit_log: "{{ playbook_dir }}/audit.log"
    anchors:
      - "{{ nightly.audit_log }}"
"""

RETURN = r"""
valid:
  description: Whether every line is as it was written, and every anchor exists.
  returned: if the files could be read
  type: bool
  sample: true
bad:
  description: The first bad line. V(null) if there is none.
  returned: if the files could be read
  type: dict
  contains:
    reason:
      description:
        - V(audit_line_changed), V(audit_line_missing), V(audit_line_reordered), V(audit_chain_broken), V(audit_log_restarted),
          V(audit_beginning_missing), V(audit_end_torn), V(audit_anchor_missing), V(audit_log_empty).
      type: str
    file:
      description: The file. V(null) if the problem is not an existing line.
      type: str
    line:
      description: The number of the line in the file, from 1.
      type: int
    seq:
      description: The number in the line itself. V(null) if it cannot be trusted.
      type: int
    detail:
      description: The reason in words.
      type: str
files:
  description: The files that were read, in order.
  returned: if the files could be read
  type: list
  elements: str
lines:
  description: The number of good lines, up to the first bad line.
  returned: if the files could be read
  type: int
  sample: 4711
runs:
  description: The number of runs that start in the good lines.
  returned: if the files could be read
  type: int
writes:
  description: The number of writes that were announced in the good lines.
  returned: if the files could be read
  type: int
first:
  description: C(seq), C(hash) and C(time) of the first good line.
  returned: if the files could be read
  type: dict
last:
  description: C(seq), C(hash) and C(time) of the last good line.
  returned: if the files could be read
  type: dict
torn:
  description: Incomplete lines after a crash, each closed by the next run, with C(file), C(line), C(seq) and C(bytes).
  returned: if the files could be read
  type: list
  elements: dict
unsettled:
  description:
    - Writes that were announced, but have no line with their outcome, because the run was killed. Each has C(file), C(line), C(seq), C(time),
      C(correlation_id), C(action), C(customer_id), C(user_principal_name), C(name) and C(user_id). They do not fail the task; a warning lists them.
  returned: if the files could be read
  type: list
  elements: dict
failure:
  description:
    - The details of the failure, for conditions in a playbook. C(msg) describes it in a sentence. Keys that do not apply are omitted.
  returned: on failure
  type: dict
  contains:
    reason:
      description:
        - A stable word for the cause, as listed in
          U(https://github.com/tenantops/partner_center/blob/main/docs/errors.md#reasons).
      returned: always
      type: str
      sample: audit_line_changed
problems:
  description: All problems with the options, one sentence each. Nothing was sent.
  returned: when options were rejected
  type: list
  elements: str
"""

from ..module_utils._common.audit_log.verify_audit_log import DEFINITION
from ..module_utils._common.module import run


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
