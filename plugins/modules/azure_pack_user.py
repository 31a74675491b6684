#!/usr/bin/python
# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: azure_pack_user
short_description: Declare one user of Windows Azure Pack
version_added: 0.2.0
description:
  - Ensures that a user of the Service Management API of Windows Azure Pack for Windows Server is V(present), V(suspended) or V(absent).
  - Reads first and sends only the requests that are needed. To change a user, it sends the whole object back as it was read, so that nothing is reset.
  - Lists the subscriptions that a deletion affects before it deletes a user, and waits until the deletion is finished.
  - Manages the user in the service. The login (in the membership database or in Active Directory) is separate, and is neither created nor deleted.
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
  name:
    description:
      - The name of the user, usually an email address. It is compared without regard to case, and cannot be changed.
      - >-
        Names that cannot be in a URL path of the service are rejected. These contain a slash, a backslash, or one of the characters V(%), V(&), V(:), V(*),
        V(?), V(<), V(>) and V(#), or end with a dot.
    type: str
    required: true
  email:
    description:
      - The email address. If omitted, an existing address is not changed, and a new user gets O(name) as address.
    type: str
  state:
    description:
      - V(present) means that the user exists and is active. A suspended user, or one that waits for validation, becomes active.
      - V(suspended) means that the user exists and is suspended. Microsoft does not document what a suspended user can still do. To stop the use of resources,
        suspend the subscriptions. A user who does not exist is created, unless O(create=false).
      - V(absent) means that the user does not exist. O(email) is ignored.
      - There is no C(restored) as in M(tenantops.partner_center.customer_user), because Windows Azure Pack keeps no deleted users.
    type: str
    choices: [present, suspended, absent]
    default: present
  subscriptions:
    description:
      - What O(state=absent) does with the subscriptions that the user owns.
      - V(fail) deletes no user who owns subscriptions, and lists them.
      - V(delete) permanently deletes them with B(everything in them), including virtual machines, databases and websites.
      - V(orphan) drops only the records. The resources stay behind without an owner, and you must clean them up manually. Use it also for a
        deletion that never ends or cannot succeed.
      - Users without subscriptions are always deleted.
    type: str
    choices: [fail, delete, orphan]
    default: fail
  create:
    description:
      - Whether O(state=present) and O(state=suspended) may create a user who does not exist. With V(false), the
        task fails instead (RV(failure.reason=no_such_user)), so that a misspelled name creates no account.
    type: bool
    default: true
    version_added: 0.3.0
  expected:
    description:
      - The state that must be found before anything is written, usually RV(seen) of a task in check mode. A user who no longer
        exists, or owns fewer subscriptions, also matches.
      - The name is the only id of a user, and may later belong to another account. O(expected.created) ties a
        declaration to one account.
    type: dict
    version_added: 0.3.0
    suboptions:
      exists:
        description:
          - Whether the user exists. With V(false), a user who exists now is not changed
            (RV(failure.reason=unexpected_user)).
        type: bool
        default: true
      created:
        description: When the user was created. Another user of the same name is not changed (RV(failure.reason=made_anew)).
        type: str
      subscriptions:
        description:
          - The ids of the subscriptions that may be deleted with the user. If the user owns another one, the user is not deleted
            (RV(failure.reason=unexpected_subscriptions)).
          - An empty list means that the user owns none.
        type: list
        elements: str
seealso:
  - module: tenantops.partner_center.azure_pack_users
  - module: tenantops.partner_center.azure_pack_user_info
author:
  - tenantops contributors (@tenantops)
"""

EXAMPLES = r"""
- name: A tenant's administrator
  tenantops.partner_center.azure_pack_user:
    name: ada@tenants.example
    email: ada.lovelace@tenants.example

- name: Suspend a user
  tenantops.partner_center.azure_pack_user:
    name: liam@tenants.example
    state: suspended

- name: See what would go
  tenantops.partner_center.azure_pack_user:
    name: olivia@tenants.example
    state: absent
    subscriptions: delete
  check_mode: true
  register: preview

- name: Show it
  ansible.builtin.debug:
    msg: "{{ item.name }} ({{ item.id }})"
  loop: "{{ preview.subscriptions }}"

- name: Delete the user with all resources that were shown, and wait up to an hour
  tenantops.partner_center.azure_pack_user:
    name: olivia@tenants.example
    state: absent
    subscriptions: delete
    expected: "{{ preview.seen }}"
    wait_timeout: 3600
"""

RETURN = r"""
msg:
  description:
    - What was done, such as V(2 created, 1 updated, 1 deleted, 496 unchanged), or in check mode
      V(2 to create, 1 to update, 1 to delete, 496 unchanged). Each user counts once, with the most important change.
    - A deletion that was accepted but is not finished is reported as such, with the next step.
    - On failure, the problem and the next step.
  returned: always
  type: str
  sample: 1 created
  version_added: 0.3.0
user:
  description: The user after the task, or in check mode as it would be. V(null) if there is none, or if it could not be read after a deletion without O(wait).
  returned: unless the options were rejected
  type: dict
  contains:
    name:
      description: The name, as the service spells it.
      type: str
      returned: always
      sample: ada@tenants.example
    email:
      description: The email address.
      type: str
      returned: always
      sample: ada@tenants.example
    state:
      description: V(pending_validation), V(active), V(suspended) or V(delete_pending).
      type: str
      returned: always
      sample: active
    sync_state:
      description: V(in_sync), V(syncing) or V(out_of_sync) with the resource providers.
      type: str
      returned: always
      sample: in_sync
    created:
      description: When the user was created, in UTC, in the format of the service. V(null) for a user that does not exist yet.
      type: str
      returned: always
      sample: "2026-06-27T21:15:30.787"
    subscription_count:
      description: Number of subscriptions that the user owns. V(null) if the service does not report it.
      type: int
      returned: always
      sample: 1
    last_error:
      description: The last error of a background operation of the service.
      type: str
      returned: always
      sample: null
outcome:
  description: V(ok) if no change was needed, V(changed), V(failed), or V(unknown) if a write may or may not have been carried out.
  returned: unless the options were rejected
  type: str
  sample: changed
summary:
  version_added: 0.3.0
  description:
    - Number of rows with each status, and number of writes (or predicted writes) of each action.
    - In a template, write C(summary['update']), because C(summary.update) is a method of every dictionary.
  returned: unless the options were rejected
  type: dict
  sample: {"rows": 1, "ok": 0, "changed": 1, "failed": 0, "skipped": 0, "unknown": 0,
           "create": 1, "update": 0, "delete": 0}
operations:
  description:
    - The writes that were carried out (or would be). C(action) is V(create), V(update) or V(delete). A deletion also has the flags that were sent.
  returned: unless the options were rejected
  type: list
  elements: dict
  sample:
    - action: update
      name: ben@tenants.example
      fields: {"state": {"before": "active", "after": "suspended"}}
      reason: state differs
subscriptions:
  description: With O(state=absent), the subscriptions that the user owns. They are deleted with the user, or prevent the deletion.
  returned: unless the options were rejected
  type: list
  elements: dict
  sample:
    - id: f172f02f-389f-48e4-a536-7a8dd0c0c629
      name: Hosting Plan One
      plan_id: plan1abc
      state: active
      sync_state: in_sync
      last_error: null
seen:
  description:
    - The state before anything was written, in the form of O(expected). V(null) if the user could not be read.
    - C(subscriptions) is returned only with O(state=absent), because they are read only then. C(created) is V(unknown)
      if the service does not report it. In O(expected), this value prevents any change of the user (RV(failure.reason=unexpected_user)).
  returned: unless the options were rejected
  type: dict
  version_added: 0.3.0
  sample: {"exists": true, "created": "2026-06-27T21:15:30.787", "subscriptions": ["f172f02f-389f-48e4-a536-7a8dd0c0c629"]}
deletion:
  description: The progress of the deletion. V(null) if there is none.
  returned: unless the options were rejected
  type: dict
  contains:
    status:
      description:
        - V(finished) if the user is deleted (a new user may have the name, RV(failure.reason=made_anew)), V(accepted) if this task
          requested the deletion and did not see its end, V(running) if it was requested earlier and is not finished, V(failed) if
          the service gave up.
      type: str
      returned: always
      sample: finished
    seconds:
      description: Seconds from the request (or from when this task found the deletion) to RV(deletion.status). V(null) if the task did not wait.
      type: float
      returned: always
      sample: 12.4
change_reference:
  description: O(change_reference) of the task.
  returned: unless the options were rejected
  type: str
  version_added: 0.3.0
requests:
  description: The number of requests. In check mode, C(writes) is the number that the run would send.
  returned: unless the options were rejected
  type: dict
  sample: {"reads": 1, "writes": 1, "retries": 0, "throttled": 0}
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
    - The details of the failure, for conditions in a playbook. C(msg) describes it in a sentence. Keys that do not apply are omitted.
  returned: on failure
  type: dict
  version_added: 0.3.0
  contains:
    reason:
      description:
        - A stable word for the cause, as listed in
          U(https://github.com/tenantops/partner_center/blob/main/docs/errors.md#reasons).
      returned: always
      type: str
      sample: missing_role
    http_status:
      description: HTTP status of the response.
      returned: if the service rejected a request
      type: int
    code:
      description: The service's error code, as a string.
      returned: if the service returned one
      type: str
    description:
      description: The service's error message.
      returned: if the service returned one
      type: str
    request_id:
      description: The id of the request that failed.
      returned: if a request failed
      type: str
    correlation_id:
      description: The id of the request in the logs of the service (of Entra, for a rejected sign-in).
      returned: if a request failed
      type: str
    error_class:
      description: A stable word for the kind of sign-in or connection failure, such as V(mfa), V(tls) or V(unreachable).
      returned: if the sign-in or the connection failed
      type: str
    aadsts:
      description: Entra's error code.
      returned: if Entra rejected the sign-in
      type: str
      sample: AADSTS700082
    timestamp:
      description: When Entra rejected the sign-in.
      returned: if Entra rejected the sign-in
      type: str
    needed_roles:
      description: Directory roles at the customer (GDAP). The rejected request needs one of them.
      returned: if a directory role is missing
      type: list
      elements: str
    operation:
      description: The write that failed or whose outcome is unknown, in the form of an element of C(operations).
      returned: if a write failed in a task for one user
      type: dict
problems:
  description: All problems with the options, one sentence each. Nothing was sent.
  returned: when options were rejected
  type: list
  elements: str
"""

from ..module_utils._azure_pack.modules.azure_pack_user import DEFINITION
from ..module_utils._common.module import run


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
