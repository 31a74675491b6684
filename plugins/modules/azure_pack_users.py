#!/usr/bin/python
# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: azure_pack_users
short_description: Declare many users of a Windows Azure Pack in one task
version_added: 0.2.0
description:
  - Does for many users what M(tenantops.partner_center.azure_pack_user) does for one, in parallel in one process.
  - Everything is validated before the first request, and all problems are reported at once, each with its row.
  - A row that fails does not stop the others. The task fails at the end and still returns every row. Running it again is the recovery.
  - Deletions are all ordered first and then waited for together, so that a slow one does not hold up others.
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
        description: What must be true of the user.
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
            V(false) such a task fails
            (RV(rows[].reason=no_such_user)), so that a misspelled name makes no account.
        type: bool
        default: true
        version_added: 0.3.0
      expected:
        description:
          - What must be found before anything is written, usually RV(rows[].seen) of a task in check mode. A user who
            no longer exists, or owns less, is no deviation.
          - A name is the only id of a user, and may belong to another account tomorrow. O(users[].expected.created)
            binds a declaration to one account.
        type: dict
        version_added: 0.3.0
        suboptions:
          exists:
            description:
              - Whether there is such a user. With V(false) a user who has appeared is not touched
                (RV(rows[].reason=unexpected_user)).
            type: bool
            default: true
          created:
            description:
              - When the user was created. Another user of the same name is not touched (RV(rows[].reason=made_anew)).
            type: str
          subscriptions:
            description:
              - The ids of the subscriptions that may go with the user. If it owns another one, it is not deleted
                (RV(rows[].reason=unexpected_subscriptions)).
              - An empty list means that it owns none.
            type: list
            elements: str
      change_reference:
        description: The ticket, the change or the pull request under which the user is written. It wins over that of the task.
        type: str
        version_added: 0.3.0
      source:
        description: Where the row comes from, such as V(tenants.csv:17). Only for messages and results.
        type: str
  defaults:
    description:
      - Options for all rows that do not give them. C(name), C(email), C(expected) and C(source) cannot be among them.
    type: dict
  max_delete_total:
    description:
      - How many users the task may delete, in all rows together. Above it no user is
        deleted; everything else is done, and the task fails with the reason V(deletions_not_approved).
    type: int
    default: 25
    version_added: 0.3.0
  approve_deletions:
    description:
      - The digest that an earlier task gave in RV(deletions.digest). It lets exactly these users be deleted, however many they are. When others are
        meant, no user is deleted.
    type: str
    version_added: 0.3.0
  max_parallel:
    description: Requests that may be under way at once, from 1 to 64.
    type: int
    default: 8
  max_fail_percentage:
    description:
      - If more than this share of all rows has failed, no further row is started; those are V(skipped). Without it all rows are tried.
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
    - What was done. Each user counts once, by the weightiest thing, as in V(2 created, 1 updated, 1 deleted, 496 unchanged), or in check mode
      in V(2 to create, 1 to update, 1 to delete, 496 unchanged).
    - On failure, what went wrong and what to do.
  returned: always
  type: str
  sample: 1 created
  version_added: 0.3.0
rows:
  description: One entry per declared row, in the order of the declaration, whatever happened.
  returned: unless the options were rejected
  type: list
  elements: dict
  contains:
    index:
      description: Number of the row, counted from 0.
      type: int
      returned: always
      sample: 0
    source:
      description: Where the row came from.
      type: str
      returned: always
      sample: tenants.csv:17
    change_reference:
      description: The O(change_reference) of the row, or of the task.
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
      description: What was done (or would be), V(create), V(update) or V(delete); V(none) if nothing.
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
      description: For each field that changes its value C(before) and C(after).
      type: dict
      returned: always
      sample: {"state": {"before": "active", "after": "suspended"}}
    subscriptions:
      description: What a user that is declared absent owns, as in RV(tenantops.partner_center.azure_pack_user#module:subscriptions).
      type: list
      elements: dict
      returned: always
      sample: []
    seen:
      description:
        - What was found, as in RV(tenantops.partner_center.azure_pack_user#module:seen). V(null) if the user was not
          looked for, or not read.
      type: dict
      returned: always
      version_added: 0.3.0
      sample: {"exists": true, "created": "2026-06-27T21:15:30.787", "subscriptions": []}
    deletion:
      description: How far the deletion is, as in RV(tenantops.partner_center.azure_pack_user#module:deletion).
      type: dict
      returned: always
      sample: null
    attempts:
      description: How often the row's writes were sent.
      type: int
      returned: always
      sample: 1
    http_status:
      description: HTTP status of the last write, or of what failed.
      type: int
      returned: always
      sample: 201
    code:
      description: The service's error code.
      type: str
      returned: always
      sample: null
    reason:
      description: A stable word for why the row failed, was skipped or is unknown, where there is one.
      type: str
      returned: always
      sample: null
      version_added: 0.3.0
    request_id:
      description: The id of the last write, or of what failed.
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
  description: The users that the task deletes (or would), declared V(absent).
  returned: unless the options were rejected
  type: dict
  version_added: 0.3.0
  contains:
    count:
      description: How many.
      type: int
      returned: always
      sample: 40
    digest:
      description: For O(approve_deletions). The same set of users has the same digest.
      type: str
      returned: always
      sample: d4f0c1d2e3b4a5968778
    allowed:
      description: Whether they may be deleted.
      type: bool
      returned: always
    max_delete_total:
      description: The limit.
      type: int
      returned: always
      sample: 25
    by_customer:
      description: Those with most deletions first, each with C(customer_id), C(count) and the C(first) names.
      type: list
      elements: dict
      returned: always
summary:
  description:
    - Number of rows with each status, and number of writes (or predicted writes) of each action.
    - In a template write C(summary['update']), because C(summary.update) is a method of every dictionary.
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
  description: The O(change_reference) of the task.
  returned: unless the options were rejected
  type: str
  version_added: 0.3.0
requests:
  description: What the task cost in requests, as in RV(tenantops.partner_center.azure_pack_user#module:requests).
  returned: unless the options were rejected
  type: dict
  sample: {"reads": 5, "writes": 2, "retries": 0, "throttled": 0}
check_mode:
  description: Whether nothing was written because of check mode.
  returned: unless the options were rejected
  type: bool
client_request_id:
  description: The first part of the id of every request of this task.
  returned: unless the options were rejected
  type: str
  sample: 502c0502-7c7a-421c-a66c-0c9dfd3b5a26
client_session_id:
  description: The session id of every request of this task.
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
    - What went wrong, for a playbook to decide by; C(msg) is the sentence about it. The members are those of
      RV(tenantops.partner_center.customer_user#module:failure), except for C(operation).
    - C(reason) is V(rows_failed) if it is in RV(rows) why.
  returned: on failure
  type: dict
  version_added: 0.3.0
  sample: {"reason": "rows_failed"}
problems:
  description: Everything that is wrong with the options, one sentence each, with the row. Nothing was sent.
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
