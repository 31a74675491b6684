#!/usr/bin/python
# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: customer_user
short_description: Declare one user of a Partner Center customer
version_added: 0.1.0
description:
  - Ensures that a user of a customer is V(present), V(absent) or V(restored), with the declared attributes.
  - Reads first and sends only the requests that are needed. An omitted option is not managed; it is neither compared nor sent.
  - Detects soft-deleted users. Partner Center keeps a deleted user for 30 days, and a new user with the same UPN would block
    the restore.
  - The options for sign-in and connection are the same in all modules of Partner Center. Set them once, in C(module_defaults) or the environment; see
    U(https://github.com/tenantops/partner_center/blob/main/docs/sign-in.md#ways-to-sign-in).
extends_documentation_fragment:
  - tenantops.partner_center.attributes
  - tenantops.partner_center.customer
  - tenantops.partner_center.user
  - tenantops.partner_center.access
  - tenantops.partner_center.audit_log
  - tenantops.partner_center.change_reference
  - tenantops.partner_center.sign_in
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: partial
    details:
      - With O(update_password=always), every run sets the password and reports changed, because a password cannot be read.
options:
  credentials_file:
    description:
      - File for a generated password. A password is generated if one is needed and O(password) is not set.
      - JSON lines with C(time), C(customer_id), C(user_principal_name), C(user_id), C(password), C(request_id) and C(status). C(status) is
        V(pending) before the request is sent, then V(delivered), V(rejected) or V(reset_needed).
      - The file is created with mode 0600 and flushed to disk before the user is created. It must not be readable by others.
      - Generated passwords have 20 characters and appear nowhere else.
    type: path
  on_no_seats:
    description:
      - What happens if a license has no free seat. Seats are counted before the first write.
      - V(fail) writes nothing for the user.
      - V(create_unlicensed) does everything else, omits the license, and warns.
    type: str
    choices: [fail, create_unlicensed]
    default: fail
    version_added: 0.2.0
seealso:
  - module: tenantops.partner_center.customer_user_info
  - module: tenantops.partner_center.customer_info
author:
  - tenantops contributors (@tenantops)
"""

EXAMPLES = r"""
- name: A user exists, with a generated password that goes to a file
  tenantops.partner_center.customer_user:
    customer_domain: contoso.onmicrosoft.com
    user_principal_name: grace.hopper@contoso.example
    display_name: Grace Hopper
    first_name: Grace
    last_name: Hopper
    usage_location: US
    credentials_file: "{{ playbook_dir }}/credentials.jsonl"
    force_change_password: true

- name: Rename a user
  tenantops.partner_center.customer_user:
    customer_id: 1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01
    previous_user_principal_name: adele.vance@contoso.example
    user_principal_name: adele.stone@contoso.example
    display_name: Adele Stone
    last_name: Stone

- name: Create a user with a license and a directory role
  tenantops.partner_center.customer_user:
    customer_id: 1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01
    user_principal_name: adele.stone@contoso.example
    usage_location: US
    licenses:
      - POWER_BI_PRO
      - sku: EMS
        excluded_plans: [INTUNE_A]
    roles:
      - Helpdesk Administrator

- name: One license less, all others as they are, and no directory role
  tenantops.partner_center.customer_user:
    customer_id: 1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01
    user_principal_name: adele.stone@contoso.example
    licenses: {remove: [POWER_BI_PRO]}
    roles: {set: []}

- name: Delete a user (restorable for 30 days)
  tenantops.partner_center.customer_user:
    customer_id: 1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01
    user_principal_name: grace.hopper@contoso.example
    state: absent

- name: That was a mistake
  tenantops.partner_center.customer_user:
    customer_id: 1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01
    user_principal_name: grace.hopper@contoso.example
    state: restored
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
user:
  description:
    - The user after the task, or in check mode as it would be. V(null) if there is none.
  returned: always, unless the task failed before it read the user
  type: dict
  contains:
    id:
      description: The object id. V(null) in check mode for a user that would be created.
      type: str
      returned: always
      sample: 8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e01
    user_principal_name:
      description: The sign-in name.
      type: str
      returned: always
      sample: grace.hopper@contoso.example
    display_name:
      description: The display name.
      type: str
      returned: always
      sample: Grace Hopper
    first_name:
      description: The given name.
      type: str
      returned: always
      sample: Grace
    last_name:
      description: The surname.
      type: str
      returned: always
      sample: Hopper
    usage_location:
      description: The country where the user works.
      type: str
      returned: always
      sample: US
    immutable_id:
      description: The id of the user in on-premises Active Directory.
      type: str
      returned: always
      sample: null
    phone_number:
      description: The phone number.
      type: str
      returned: always
      sample: null
    state:
      description: V(active) or V(deleted).
      type: str
      returned: always
      sample: active
    soft_deletion_time:
      description: When the user was deleted. V(null) right after a deletion, because the response has no time.
      type: str
      returned: always
      sample: "2026-11-02T08:00:00Z"
    days_left_to_restore:
      description: Days, rounded up, in which a deleted user can be restored. V(null) for an active user, and right after a deletion.
      type: int
      returned: always
      sample: 12
    directory_synced:
      description: Whether the user is synced from on-premises Active Directory.
      type: bool
      returned: always
      sample: false
    user_domain_type:
      description: The kind of the user's domain, as the service reports it.
      type: str
      returned: always
      sample: none
    licenses:
      description:
        - The licenses in the form of O(licenses), each as the part number, or as a dictionary with the service plans that are off.
      type: list
      elements: raw
      returned: if they were read
      sample: ["POWER_BI_PRO", {"sku": "EMS", "excluded_plans": ["INTUNE_A"]}]
    roles:
      description: The names of the directory roles in the service.
      type: list
      elements: str
      returned: if all were read
      sample: ["Helpdesk Administrator"]
summary:
  version_added: 0.3.0
  description:
    - Number of rows with each status, and number of writes (or predicted writes) of each action.
      Writes that change licenses count as C(license), and writes that change roles as C(role).
    - In a template, write C(summary['update']), because C(summary.update) is a method of every dictionary.
  returned: unless the options were rejected
  type: dict
  sample: {"rows": 1, "ok": 0, "changed": 1, "failed": 0, "skipped": 0, "unknown": 0,
           "create": 1, "restore": 0, "update": 0, "rename": 0, "reset_password": 0, "license": 0, "role": 0, "delete": 0}
operations:
  description:
    - The writes that were carried out, or in check mode would be, in order. Both lists are the same, except for the licenses
      and roles of a restored user, where the run may need fewer writes. If RV(after_restore) has C(all_others), one write stands for all of them.
    - After a failure, only the writes before it. RV(failure.operation) has the failed write.
  returned: always, unless the task failed before it read the user
  type: list
  elements: dict
  contains:
    action:
      description:
        - One of V(create), V(restore), V(rename), V(update), V(reset_password), V(assign_licenses), V(remove_licenses), V(add_role),
          V(remove_role), V(delete).
        - V(assign_licenses) is one request for one license group. It can also remove licenses.
      type: str
      returned: always
      sample: update
    user_principal_name:
      description: The user's name before the operation.
      type: str
      returned: always
      sample: grace.hopper@contoso.example
    user_id:
      description: The user's id; V(null) for a user that is created.
      type: str
      returned: always
      sample: 8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e01
    fields:
      description: C(before) and C(after) for each field that changes. Passwords are masked.
      type: dict
      returned: always
      sample: {"display_name": {"before": "Grace", "after": "Grace Hopper"}}
    reason:
      description: The reason for the write.
      type: str
      returned: always
      sample: differs from the declaration
after_restore: {description: "The C(licenses) and C(roles) that the run will remove after the restore, if the user has them then. C(remove) has those that have
                  ended or are in C(remove). C(all_others) is whether all others that are not declared are removed, too.",
                returned: "in check mode, if there is any", type: dict, version_added: 0.3.0,
                sample: {"roles": {"all_others": false, "remove": ["Reports Reader"]}}}
outcome:
  description:
    - V(ok) if no change was needed, V(changed), V(failed), or V(unknown) if a write may or may not have been carried out. After
      V(unknown), run again.
  returned: always, unless the task failed before it read the user
  type: str
  sample: changed
requests:
  description: The number of requests to Partner Center. In check mode, C(writes) is the number that the run would send, the number of RV(operations).
  returned: unless the options were rejected
  type: dict
  contains:
    reads:
      description: Number of reads, without retries.
      type: int
      returned: always
      sample: 2
    writes:
      description: Number of writes, without retries.
      type: int
      returned: always
      sample: 1
    retries:
      description: Number of retries.
      type: int
      returned: always
      sample: 0
    throttled:
      description: Number of throttled requests (HTTP 429).
      type: int
      returned: always
      sample: 0
change_reference:
  description: The value of O(change_reference).
  returned: unless the options were rejected
  type: str
  version_added: 0.3.0
correlation_id:
  description: The id by which Microsoft can find the requests of this task.
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
ending:
  description:
    - What ends within O(ending_within_days), what has ended and was removed (or would be), and what has ended and may still exist.
    - C(status) is V(ends_soon), V(taken_away) or V(overdue). RV(after_restore) also has what would be removed after a restore.
  returned: unless the options were rejected
  type: list
  elements: dict
  version_added: 0.3.0
  sample:
    - {"customer_id": "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01", "customer_domain": null, "user_principal_name": "grace.hopper@contoso.example",
       "user_id": "8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e01", "what": "role", "name": "Helpdesk Administrator", "ends_at": "2026-12-31T18:00:00Z",
       "granted_at": null, "granted_for": "INC-4711", "status": "ends_soon", "overdue": false}
overdue_since:
  description: When a user, role or license ended that may still exist. V(null) if there is none.
  returned: unless the options were rejected
  type: str
  sample: null
  version_added: 0.3.0
candidates:
  description: The users that caused a rejection, such as deleted users of the same name, in the form of RV(user).
  returned: when a declaration was rejected because of existing users
  type: list
  elements: dict
problems:
  description: All problems with the options, one sentence each. Nothing was sent.
  returned: when options were rejected
  type: list
  elements: str
"""

from ..module_utils._common.module import run
from ..module_utils._partner_center.modules.customer_user import DEFINITION


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
