#!/usr/bin/python
# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: customer_users
short_description: Declare many users of one or many Partner Center customers in one task
version_added: 0.1.0
description:
  - Declares many users, like M(tenantops.partner_center.customer_user) for one user, in one process and with one listing per customer.
  - Validates all rows before the first request, and reports all problems at once, each with its row.
  - A failed row does not stop the others. The task fails at the end, and still returns every row. To recover, run it again.
  - Honors throttling of the partner and of single customers. A throttled customer does not delay the others.
  - The options for sign-in and connection are the same in all modules of Partner Center. Set them once, in C(module_defaults) or the environment; see
    U(https://github.com/tenantops/partner_center/blob/main/docs/sign-in.md#ways-to-sign-in).
extends_documentation_fragment:
  - tenantops.partner_center.attributes
  - tenantops.partner_center.customer
  - tenantops.partner_center.user.rows
  - tenantops.partner_center.people
  - tenantops.partner_center.access
  - tenantops.partner_center.files
  - tenantops.partner_center.limits
  - tenantops.partner_center.audit_log
  - tenantops.partner_center.attribution
  - tenantops.partner_center.plan
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
      - Rows with O(users[].update_password=always) set the password in every run.
options:
  credentials_file:
    description:
      - File for all generated passwords of the run, as in M(tenantops.partner_center.customer_user).
    type: path
  credentials_certificate:
    description:
      - X.509 certificate (RSA) to which each generated password is encrypted. A line then has C(cms), which C(openssl cms -decrypt) decrypts,
        instead of C(password). Needs the Python library cryptography, version 43 or newer.
    type: path
  max_parallel:
    description: Maximum number of parallel requests, from 1 to 64.
    type: int
    default: 8
  max_fail_percentage:
    description:
      - If more than this percentage of all rows has failed, no further row is started; the remaining rows are V(skipped). By default, all rows are tried.
    type: float
  on_no_seats:
    description:
      - What happens if a customer has fewer free seats than licenses to assign. Seats are counted for all rows of the customer before the
        first write, and go to the rows in the order of the declaration.
      - Seats that other rows of the customer give up with C(state) V(absent) or C(purge_licenses) count, too. These
        rows are written first. If one fails, the row that needs its seat is V(skipped). A purge is last, and its seats do not count.
      - V(fail) rejects every row that newly needs a product with too few seats. All other rows continue.
      - V(create_unlicensed) does everything else, omits the licenses without a seat, and names the rows.
    type: str
    choices: [fail, create_unlicensed]
    default: fail
    version_added: 0.2.0
seealso:
  - module: tenantops.partner_center.customer_user
author:
  - tenantops contributors (@tenantops)
"""

EXAMPLES = r"""
- name: The people of one customer
  tenantops.partner_center.customer_users:
    customer_domain: contoso.onmicrosoft.com
    credentials_file: "{{ playbook_dir }}/credentials.jsonl"
    defaults:
      usage_location: US
      force_change_password: true
    users:
      - user_principal_name: grace.hopper@contoso.example
        display_name: Grace Hopper
      - user_principal_name: katherine.johnson@contoso.example
        display_name: Katherine Johnson
        usage_location: CA
      - user_principal_name: alex.wilber@contoso.example
        state: absent

- name: Users with licenses and directory roles, as far as there are seats
  tenantops.partner_center.customer_users:
    customer_domain: contoso.onmicrosoft.com
    credentials_file: "{{ playbook_dir }}/credentials.jsonl"
    on_no_seats: create_unlicensed
    defaults:
      usage_location: US
      licenses: [EMS]
    users:
      - user_principal_name: dorothy.vaughan@contoso.example
        display_name: Dorothy Vaughan
        roles: [Helpdesk Administrator]
      - user_principal_name: mary.jackson@contoso.example
        display_name: Mary Jackson

- name: What would happen for two customers
  tenantops.partner_center.customer_users:
    customers:
      - customer_domain: contoso.onmicrosoft.com
        users:
          - user_principal_name: adele.vance@contoso.example
            display_name: Adele Vance
      - customer_domain: fabrikam.onmicrosoft.com
        users:
          - user_principal_name: helpdesk@fabrikam.onmicrosoft.com
            state: absent
  check_mode: true
"""

RETURN = r"""
msg:
  description:
    - What was done, such as V(2 created, 1 updated, 1 deleted, 496 unchanged), or in check mode and in a plan
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
      description: Number of the row, from 0, across all customers.
      type: int
      returned: always
    source:
      description: The source of the row.
      type: str
      returned: always
    change_reference:
      description: O(change_reference) of the row, or of the task.
      type: str
      returned: always
      sample: CHG0042117
      version_added: 0.3.0
    customer_id:
      description: The customer.
      type: str
      returned: always
    customer_domain:
      description: The domain by which the customer is declared. V(null) if it is declared by its id.
      type: str
      returned: always
      version_added: 0.3.0
    person: {description: The person in O(people.people) that the row is for., type: str, returned: with O(people), sample: ada, version_added: 0.3.0}
    display_name:
      description: The display name, if it is declared or was found.
      type: str
      returned: always
      version_added: 0.3.0
    user_principal_name:
      description: The declared name, or the name of the user who was found by id.
      type: str
      returned: always
    user_id:
      description: The user's id, if it is known.
      type: str
      returned: always
    action:
      description: What was done (or would be), such as V(create) or V(restore+update). V(none) if nothing was.
      type: str
      returned: always
    status:
      description:
        - V(ok) if no change was needed, V(changed), V(failed), V(skipped) if it was not attempted because the run was stopped, V(unknown) if a
          write may or may not have been carried out.
      type: str
      returned: always
    fields:
      description: C(before) and C(after) for each field that changes. Passwords are masked.
      type: dict
      returned: always
      sample: {"display_name": {"before": null, "after": "Grace Hopper"}}
    after_restore: {description: "Licenses and roles that the run will remove after a restore, as in
                      RV(tenantops.partner_center.customer_user#module:after_restore).",
                    returned: "in check mode and in a plan, if there is any", type: dict, version_added: 0.3.0}
    changed_by:
      description: Who made the difference, see U(https://github.com/tenantops/partner_center/blob/main/docs/drift.md#who-changed-it).
      type: dict
      returned: with O(attribute_changes)
      version_added: 0.3.0
    attempts:
      description: How many times writes of the row were sent, including retries.
      type: int
      returned: always
    http_status:
      description: HTTP status of the last write, or of the failed request.
      type: int
      returned: always
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
      sample: 0d7b9c0e-2222-4b1b-8d5e-1f7d1c1b1a19
    correlation_id:
      description: The id by which Microsoft can find the requests.
      type: str
      returned: always
      sample: 2f6f1f0e-1111-4c1c-9d5e-1f7d1c1b1a19
    needed_roles:
      description:
        - Directory roles at the customer (GDAP). The rejected request needs one of them. Empty if none is missing.
        - A row that is C(skipped) because another row was rejected for the missing role has them, too.
      type: list
      elements: str
      returned: always
      sample: []
    message:
      description: >-
        The problem and the next step, the license that was omitted because there was no seat, what would be removed after a restore, or what stays open in
        O(access_file). Otherwise empty.
      type: str
      returned: always
      sample: ""
    overdue_since:
      description: When a user, role or license ended that may still exist. V(null) if there is none.
      returned: always
      type: str
      sample: null
      version_added: 0.3.0
purged:
  description: Users that the purge deleted (or would delete), in the form of RV(rows), with C(index) -1.
  returned: unless the options were rejected
  type: list
  elements: dict
customers:
  description:
    - Counts for each customer, the users that were protected from a purge and why, and problems of the whole customer, with a stable word in C(reason).
    - C(delegated_roles) lists the directory roles at the customer (GDAP) that the writes of the plan need, also in check mode. One role of
      C(one_of) is enough for C(actions). Partner Center does not report the roles that the partner has.
  returned: unless the options were rejected
  type: list
  elements: dict
  sample:
    - {"customer_id": "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01", "customer_name": null, "domain": null, "rows": 2, "ok": 1, "changed": 1, "failed": 0,
       "skipped": 0, "unknown": 0, "purged": 0, "spared": [], "message": "", "reason": null,
       "delegated_roles": [{"actions": ["create"], "one_of": ["User Administrator", "Directory Writers"]}]}
people:
  description: >-
    The C(name) of O(people) and its C(record_file). C(left_alone) lists users of the record that are neither declared nor deleted, with the C(reason)
    V(customer_not_selected), V(left_out), V(adopted) or V(perhaps_made).
  returned: with O(people)
  type: dict
  version_added: 0.3.0
ending: {description: "What ends soon, was removed or is overdue, as in RV(tenantops.partner_center.customer_user#module:ending).",
         returned: unless the options were rejected, type: list, elements: dict, version_added: 0.3.0}
deletions:
  description: The users that the task deletes (or would delete), declared V(absent) or purged, across all customers.
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
      Writes that change licenses count as C(license), and writes that change roles as C(role).
    - In a template, write C(summary['update']), because C(summary.update) is a method of every dictionary.
  returned: unless the options were rejected
  type: dict
  sample: {"rows": 1, "ok": 0, "changed": 1, "failed": 0, "skipped": 0, "unknown": 0, "purged": 0,
           "create": 1, "restore": 0, "update": 0, "rename": 0, "reset_password": 0, "license": 0, "role": 0, "delete": 0}
operations:
  description: All writes that were carried out (or would be), as in RV(tenantops.partner_center.customer_user#module:operations).
  returned: unless the options were rejected
  type: list
  elements: dict
requests:
  description: The number of requests, as in RV(tenantops.partner_center.customer_user#module:requests).
  returned: unless the options were rejected
  type: dict
  sample: {"reads": 2, "writes": 1, "retries": 0, "throttled": 0}
files_written:
  description: Files of O(report) and O(summary_file) that were written, because they did not exist or had other content.
  returned: with O(report) or O(summary_file)
  type: list
  elements: str
  version_added: 0.3.0
plan_changed:
  description: Whether O(plan_file) was written, because it did not exist or had other content.
  returned: with O(mode=plan)
  type: bool
change_reference:
  description: O(change_reference) of the task.
  returned: unless the options were rejected
  type: str
  version_added: 0.3.0
change_references:
  description: For each reference of rows and purged users, its C(correlation_id), and the number of C(rows) and of C(changed) rows.
  returned: if there is any
  type: list
  elements: dict
  version_added: 0.3.0
  sample: [{"change_reference": "CHG0042117", "correlation_id": "2f6f1f0e-1111-4c1c-9d5e-1f7d1c1b1a19", "rows": 3, "changed": 1}]
approval:
  description:
    - With O(mode=plan), C(sign_command) is the command that approves the plan. With O(mode=apply), C(approved_by) lists who approved it,
      and C(not_counted) the signatures that do not count, each with a stable word in C(reason). It is also returned if approvals are missing.
  returned: with O(approvals) and O(plan_file)
  type: dict
  version_added: 0.3.0
  sample: {"required": 2, "approved_by": ["ann@msp.example"], "not_counted": [], "plan_author": "ci@msp.example"}
mode:
  description: The value of O(mode).
  returned: unless the options were rejected
  type: str
  sample: converge
check_mode:
  description: Whether the task ran in check mode and wrote nothing.
  returned: unless the options were rejected
  type: bool
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

from ..module_utils._common.module import run
from ..module_utils._partner_center.modules.customer_users import DEFINITION


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
