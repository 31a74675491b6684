#!/usr/bin/python
# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: azure_pack_users
short_description: Declare many users of Windows Azure Pack in one task
version_added: 0.2.0
description:
  - Declares many users, like M(tenantops.partner_center.azure_pack_user) for one user, in parallel in one process.
  - Validates all rows before the first request, and reports all problems at once, each with its row.
  - A failed row does not stop the others. The task fails at the end, and still returns every row. To recover, run it again.
  - Requests all deletions first, and then waits for them together, so that a slow deletion does not delay the others.
  - The options for sign-in and connection are the same in all modules of Windows Azure Pack. Set them once, in C(module_defaults) or the environment; see
    U(https://github.com/tenantops/partner_center/blob/main/docs/azure-pack.md).
extends_documentation_fragment:
  - tenantops.partner_center.attributes.azure_pack
  - tenantops.partner_center.attributes
  - tenantops.partner_center.azure_pack
  - tenantops.partner_center.azure_pack.wait
  - tenantops.partner_center.audit_log
  - tenantops.partner_center.change_reference
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  users:
    description:
      - The users, one row each. The options of a row are those of M(tenantops.partner_center.azure_pack_user).
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The name of the user. Every row needs one.
        type: str
      email:
        description: The email address.
        type: str
      state:
        description: The desired state of the user.
        type: str
        choices: [present, suspended, absent]
        default: present
      subscriptions:
        description: What O(users[].state=absent) does with the subscriptions that the user owns.
        type: str
        choices: [fail, delete, orphan]
        default: fail
      create:
        description:
          - Whether O(users[].state=present) and O(users[].state=suspended) may create a user who does not exist. With
            V(false), the row fails instead (RV(rows[].reason=no_such_user)), so that a misspelled name creates no account.
        type: bool
        default: true
        version_added: 0.3.0
      expected:
        description:
          - The state that must be found before anything is written, usually RV(rows[].seen) of a task in check mode. A user who
            no longer exists, or owns fewer subscriptions, also matches.
          - The name is the only id of a user, and may later belong to another account. O(users[].expected.created)
            ties a declaration to one account.
        type: dict
        version_added: 0.3.0
        suboptions:
          exists:
            description:
              - Whether the user exists. With V(false), a user who exists now is not changed
                (RV(rows[].reason=unexpected_user)).
            type: bool
            default: true
          created:
            description:
              - When the user was created. Another user of the same name is not changed (RV(rows[].reason=made_anew)).
            type: str
          subscriptions:
            description:
              - The ids of the subscriptions that may be deleted with the user. If the user owns another one, the user is not deleted
                (RV(rows[].reason=unexpected_subscriptions)).
              - An empty list means that the user owns none.
            type: list
            elements: str
      change_reference:
        description: The ticket, the change or the pull request for changes to the user. It wins over the one of the task.
        type: str
        version_added: 0.3.0
      source:
        description: Where the row comes from, such as V(tenants.csv:17). Only for messages and results.
        type: str
  defaults:
    description:
      - Options for all rows that do not set them. C(name), C(email), C(expected) and C(source) are not allowed here.
    type: dict
  max_delete_total:
    description:
      - The number of users that the task may delete, across all rows. Above it, no user is
        deleted, everything else is done, and the task fails with the reason V(deletions_not_approved).
    type: int
    default: 25
    version_added: 0.3.0
  approve_deletions:
    description:
      - The digest in RV(deletions.digest) of an earlier task. It allows the deletion of exactly these users, regardless of their number. If the set has
        changed, no user is deleted.
    type: str
    version_added: 0.3.0
  max_parallel:
    description: Maximum number of parallel requests, from 1 to 64.
    type: int
    default: 8
  max_fail_percentage:
    description:
      - If more than this percentage of all rows has failed, no further row is started; the remaining rows are V(skipped). By default, all rows are tried.
    type: float
  progress_file:
    description:
      - File with the counts during the run (JSON, replaced every second). Without it, and if the module runs on the control node,
        lines with the counts are printed, the first after 5 seconds and then every 15 seconds.
    type: path
seealso:
  - module: tenantops.partner_center.azure_pack_user
author:
  - tenantops contributors (@tenantops)
"""

EXAMPLES = r"""
- name: The users of three tenants
  tenantops.partner_center.azure_pack_users:
    users:
      - name: ada@tenants.example
      - name: liam@tenants.example
        state: suspended
      - name: dora@tenants.example
        state: absent

- name: What would happen to these
  tenantops.partner_center.azure_pack_users:
    users:
      - name: olivia@tenants.example
      - name: dora@tenants.example
    defaults:
      state: absent
      subscriptions: delete
  check_mode: true
"""

RETURN = r"""
msg:
  description:
    - What was done, such as V(2 created, 1 updated, 1 deleted, 496 unchanged), or in check mode
      V(2 to create, 1 to update, 1 to delete, 496 unchanged). Each user counts once, with the most important change.
    - On failure, the problem and the next step.
  returned: always
  type: str
  sample: 1 created
  version_added: 0.3.0
rows:
  description: One entry per declared row, in the order of the declaration, whatever the outcome.
  returned: unless the options were rejected
  type: list
  elements: dict
  contains:
    index:
      description: Number of the row, from 0.
      type: int
      returned: always
      sample: 0
    source:
      description: The source of the row.
      type: str
      returned: always
      sample: tenants.csv:17
    change_reference:
      description: O(change_reference) of the row, or of the task.
      type: str
      returned: always
      sample: CHG0042117
      version_added: 0.3.0
    name:
      description: The declared name.
      type: str
      returned: always
      sample: ada@tenants.example
    action:
      description: What was done (or would be), V(create), V(update) or V(delete). V(none) if nothing was.
      type: str
      returned: always
      sample: create
    status:
      description:
        - V(ok) if no change was needed, V(changed), V(failed), V(skipped) if it was not attempted because the run was stopped, V(unknown) if a write may or
          may not have been carried out.
      type: str
      returned: always
      sample: changed
    fields:
      description: C(before) and C(after) for each field that changes.
      type: dict
      returned: always
      sample: {"state": {"before": "active", "after": "suspended"}}
    subscriptions:
      description: The subscriptions of a user who is declared absent, as in RV(tenantops.partner_center.azure_pack_user#module:subscriptions).
      type: list
      elements: dict
      returned: always
      sample: []
    seen:
      description:
        - The state before anything was written, as in RV(tenantops.partner_center.azure_pack_user#module:seen). V(null) if the user
          was not read.
      type: dict
      returned: always
      version_added: 0.3.0
      sample: {"exists": true, "created": "2026-06-27T21:15:30.787", "subscriptions": []}
    deletion:
      description: The progress of the deletion, as in RV(tenantops.partner_center.azure_pack_user#module:deletion).
      type: dict
      returned: always
      sample: null
    attempts:
      description: How many times writes of the row were sent, including retries.
      type: int
      returned: always
      sample: 1
    http_status:
      description: HTTP status of the last write, or of the failed request.
      type: int
      returned: always
      sample: 201
    code:
      description: The service's error code.
      type: str
      returned: always
      sample: null
    reason:
      description: A stable word for why the row failed, was skipped or is unknown. Otherwise V(null).
      type: str
      returned: always
      sample: null
      version_added: 0.3.0
    request_id:
      description: The id of the last write, or of the failed request.
      type: str
      returned: always
      sample: 502c0502-7c7a-421c-a66c-0c9dfd3b5a26-2026-11-25 21:10:38Z
    correlation_id:
      description: The session id.
      type: str
      returned: always
      sample: 2f6f1f0e-1111-4c1c-9d5e-1f7d1c1b1a19
    message:
      description: The problem and the next step, or that a deletion continues; otherwise empty.
      type: str
      returned: always
      sample: ""
deletions:
  description: The users that the task deletes (or would delete), declared V(absent).
  returned: unless the options were rejected
  type: dict
  version_added: 0.3.0
  contains:
    count:
      description: The number of these users.
      type: int
      returned: always
      sample: 40
    digest:
      description: The value for O(approve_deletions). The same set of users has the same digest.
      type: str
      returned: always
      sample: d4f0c1d2e3b4a5968778
    allowed:
      description: Whether the deletions are allowed.
      type: bool
      returned: always
    max_delete_total:
      description: The value of O(max_delete_total).
      type: int
      returned: always
      sample: 25
    by_customer:
      description: The customers, those with the most deletions first, each with C(customer_id), C(count) and the C(first) names.
      type: list
      elements: dict
      returned: always
summary:
  description:
    - Number of rows with each status, and number of writes (or predicted writes) of each action.
    - In a template, write C(summary['update']), because C(summary.update) is a method of every dictionary.
  returned: unless the options were rejected
  type: dict
  sample: {"rows": 1, "ok": 0, "changed": 1, "failed": 0, "skipped": 0, "unknown": 0,
           "create": 1, "update": 0, "delete": 0}
operations:
  description: All writes that were carried out (or would be), as in RV(tenantops.partner_center.azure_pack_user#module:operations).
  returned: unless the options were rejected
  type: list
  elements: dict
change_reference:
  description: O(change_reference) of the task.
  returned: unless the options were rejected
  type: str
  version_added: 0.3.0
requests:
  description: The number of requests, as in RV(tenantops.partner_center.azure_pack_user#module:requests).
  returned: unless the options were rejected
  type: dict
  sample: {"reads": 5, "writes": 2, "retries": 0, "throttled": 0}
check_mode:
  description: Whether the task ran in check mode and wrote nothing.
  returned: unless the options were rejected
  type: bool
client_request_id:
  description: The first part of the id of each request of this task.
  returned: unless the options were rejected
  type: str
  sample: 502c0502-7c7a-421c-a66c-0c9dfd3b5a26
client_session_id:
  description: The session id of all requests of this task.
  returned: unless the options were rejected
  type: str
  sample: 2f6f1f0e-1111-4c1c-9d5e-1f7d1c1b1a19
audit_log:
  description: C(path), C(seq) and C(hash) of the last line that the run wrote to O(audit_log). An anchor for M(tenantops.partner_center.verify_audit_log).
  returned: if O(audit_log) is set and a line was written
  type: dict
  version_added: 0.3.0
failure:
  description:
    - The details of the failure, for conditions in a playbook. C(msg) describes it in a sentence. The keys are those of
      RV(tenantops.partner_center.customer_user#module:failure), except for C(operation).
    - If rows failed, C(reason) is V(rows_failed), and RV(rows) has the cause of each.
  returned: on failure
  type: dict
  version_added: 0.3.0
  sample: {"reason": "rows_failed"}
problems:
  description: All problems with the options, one sentence each, with the row. Nothing was sent.
  returned: when options were rejected
  type: list
  elements: str
"""

from ..module_utils._azure_pack.modules.azure_pack_users import DEFINITION
from ..module_utils._common.module import run


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
