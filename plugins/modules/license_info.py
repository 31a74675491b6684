#!/usr/bin/python
# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: license_info
short_description: Report the licenses of all customers
version_added: 0.3.0
description:
  - Reads the licenses of all or some customers, with seats bought, the users who hold them, and findings such as unused
    seats and products that are about to run out.
  - Takes three requests for each customer and one for each active user. Customers are read in parallel. See the guide
    (U(https://github.com/tenantops/partner_center/blob/main/docs/license-report.md)).
  - A customer that cannot be read completely is not in the report. It is listed, the others are reported, and the task fails.
  - The options for sign-in and connection are the same in all modules of Partner Center. Set them once, in C(module_defaults) or the environment; see
    U(https://github.com/tenantops/partner_center/blob/main/docs/sign-in.md#ways-to-sign-in).
extends_documentation_fragment:
  - tenantops.partner_center.attributes
  - tenantops.partner_center.attributes.info_module
  - tenantops.partner_center.sign_in
options:
  customers:
    description:
      - Ids or domains of customers. By default, all customers of the partner are read.
      - A domain must be the one that Partner Center lists. If a customer does not exist, the task fails, and the others are reported.
    type: list
    elements: str
  low_seats:
    description:
      - A product in use with at most this number of free seats is about to run out (V(running_out) in RV(findings)).
    type: int
    default: 2
  unused_seats:
    description:
      - A product with at least this number of free seats has unused seats (V(unused_seats) in RV(findings)).
    type: int
    default: 1
  read_file:
    description:
      - File that keeps the data of each customer, so that it is not read again. A stopped run continues where it was, and another
        report on the same day takes a few requests. Only one run at a time can use the file. Mode 0600. It contains names of users.
      - Data that this run does not use stays in the file for 31 days.
      - In check mode the file is read, but not written.
    type: path
  read_max_age:
    description:
      - Hours, by the clock of the service, after which a customer in O(read_file) is read again. V(0) reads all customers again.
    type: int
    default: 24
  max_parallel:
    description:
      - Maximum number of parallel requests, from 1 to 64.
    type: int
    default: 8
  progress_file:
    description:
      - File that receives the progress as JSON during the run, as in M(tenantops.partner_center.customer_users). A step is a customer or a
        user. Without this option, progress lines are printed, with an estimate of the remaining time.
    type: path
  return_users:
    description:
      - Whether RV(customers) has the users. Counts, RV(findings) and O(report) always cover all users.
    type: bool
    default: true
  report:
    description:
      - Files on the control node that receive the report. The file extension sets the format, C(.html), C(.json), C(.md) or C(.csv). CSV files are for
        spreadsheets. C(.users.csv) has a line for each user and license, C(.findings.csv) one for each finding, and any other C(.csv) one for each
        customer and product.
      - A file is not rewritten if its content is the same, and only a report is overwritten. Mode 0600. In check mode, no report is written.
    type: list
    elements: path
  report_title:
    description: The heading of O(report).
    type: str
  report_template:
    description:
      - Jinja2 template for pages in O(report), as in P(tenantops.partner_center.to_report#filter). It extends C(standard_license_report.html.j2), or
        replaces the page. The guide on reports lists its blocks and values
        (U(https://github.com/tenantops/partner_center/blob/main/docs/reports.md#a-page-of-your-own)).
    type: path
  report_logo:
    description: Image for pages in O(report), as in P(tenantops.partner_center.to_report#filter).
    type: path
  report_accent:
    description: Color for pages in O(report), as in P(tenantops.partner_center.to_report#filter).
    type: str
seealso:
  - module: tenantops.partner_center.customer_info
  - module: tenantops.partner_center.customer_user_info
author:
  - tenantops contributors (@tenantops)
"""

EXAMPLES = r"""
- name: Report the licenses of all customers
  tenantops.partner_center.license_info:
    report: [licenses.html, licenses.csv]
  register: licenses

- name: Two customers, with what was read today
  tenantops.partner_center.license_info:
    customers: [contoso.onmicrosoft.com, fabrikam.onmicrosoft.com]
    read_file: licenses-read.jsonl
    return_users: false
  register: two

- name: Show which products are about to run out
  ansible.builtin.debug:
    msg: "{{ item.customer_name }}: {{ item.sku }} has {{ item.seats }} free seats"
  loop: "{{ two.findings | selectattr('finding', 'equalto', 'running_out') }}"
  loop_control:
    label: "{{ item.sku_id }}"
"""

RETURN = r"""
customers:
  description: The customers, sorted by name.
  returned: unless the options were rejected
  type: list
  elements: dict
  contains:
    customer_id:
      description: The customer's tenant id. V(null) for a customer that Partner Center does not list.
      type: str
      returned: always
      sample: 1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01
    customer_name:
      description: The company name.
      type: str
      returned: always
      sample: Contoso
    domain:
      description: The customer's domain as Partner Center lists it.
      type: str
      returned: always
      sample: contoso.onmicrosoft.com
    status:
      description: V(read), V(reused) (from O(read_file)), V(failed), or V(skipped) if the run ended before. Only the first two are in the report.
      type: str
      returned: always
      sample: read
    reason:
      description: A stable word for why it failed or was skipped. Otherwise V(null).
      type: str
      returned: always
    message:
      description: Why it failed or was skipped.
      type: str
      returned: always
    read_at:
      description: When it was read, by the clock of the service.
      type: str
      returned: always
      sample: "2026-11-29T07:00:00Z"
    skus:
      description:
        - The products that the customer has bought, sorted by part number. C(bought), C(used) and C(free) are seats. C(held) is the number of active
          users who hold it. C(free) is never below zero.
      type: list
      elements: dict
      returned: always
      sample:
        - {"sku": "EMS", "sku_id": "efccb6f7-5641-4e0e-bd10-b4976e1bf68e", "name": "Enterprise Mobility + Security E3", "license_group": "group1",
           "status": "Enabled", "bought": 10, "used": 3, "free": 7, "held": 3, "suspended": 0, "warning": 0, "tenant_wide": false}
    users:
      description:
        - The users, sorted by name, including soft-deleted users. C(licenses) are part numbers, or V(null) for a soft-deleted user, because
          Partner Center does not show these licenses.
      type: list
      elements: dict
      returned: always
      sample:
        - {"id": "5e4a1c55-0c6e-4f0e-8f3d-6d1b7a2f9b01", "user_principal_name": "adele@contoso.example", "display_name": "Adele Vance",
           "usage_location": "US", "state": "active", "directory_synced": false, "licenses": ["EMS"]}
findings:
  description:
    - The findings, one for each product or user. C(finding) is a stable word. C(seats) is the number of seats (of users for V(not_subscribed)).
    - C(finding) is V(more_used_than_bought), V(running_out), V(seats_expiring) (bought, but about to end), V(unused_seats), V(seats_without_user)
      (used, but held by no active user), V(soft_deleted) or V(synced_away) (a soft-deleted user who may hold such a seat; with V(synced_away),
      synchronized from Active Directory), V(no_usage_location), or V(not_subscribed) (users hold a product without a subscription).
  returned: unless the options were rejected
  type: list
  elements: dict
  sample:
    - {"customer_id": "1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01", "customer_name": "Contoso", "finding": "unused_seats", "sku": "EMS",
       "sku_id": "efccb6f7-5641-4e0e-bd10-b4976e1bf68e", "seats": 7, "user_principal_name": null, "user_id": null}
summary:
  description: Counts across all customers, without the seats of tenant-wide products.
  returned: unless the options were rejected
  type: dict
  sample: {"customers": 1, "read": 1, "reused": 0, "failed": 0, "skipped": 0, "users": 3, "deleted_users": 0, "licenses": 3, "bought": 10, "used": 3,
           "free": 7, "findings": {"unused_seats": 1, "running_out": 0}}
files_written:
  description: Files in O(report) that were written, because they were missing or had other content.
  returned: with O(report)
  type: list
  elements: str
requests:
  description: The number of requests to Partner Center, as in RV(tenantops.partner_center.customer_user#module:requests).
  returned: unless the options were rejected
  type: dict
  sample: {"reads": 1, "writes": 0, "retries": 0, "throttled": 0}
correlation_id:
  description: The id by which Microsoft can find the requests of this task.
  returned: unless the options were rejected
  type: str
  sample: 2f6f1f0e-1111-4c1c-9d5e-1f7d1c1b1a19
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

from ..module_utils._common.module import run
from ..module_utils._partner_center.modules.license_info import DEFINITION


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
