#!/usr/bin/python
# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: probe
short_description: Find out how Partner Center responds
version_added: 0.3.0
description:
  - Settles questions that the documentation of Partner Center leaves open. Creates two or three users in one customer, deletes them at the end, and writes a
    report without personal data. See U(https://github.com/tenantops/partner_center/blob/main/docs/probe.md).
  - Use the customer of an integration sandbox, or a test customer. Do not use the tenant of a real customer.
  - Sends at most 80 requests. Writes only to users that it has created. Their user principal names start with C(tenantops-probe-) and a
    random part.
  - Deleted users can be restored for 30 days. They stay in the list of deleted users for this time.
extends_documentation_fragment:
  - tenantops.partner_center.attributes
  - tenantops.partner_center.sign_in
attributes:
  check_mode:
    support: full
    details:
      - Reads the customer, and shows the requests of a run. Writes nothing.
  diff_mode:
    support: none
  idempotent:
    support: none
    details:
      - Each run creates users, and deletes them.
options:
  customer_id:
    description:
      - The customer's tenant ID (in the portal "Microsoft ID"), a GUID.
    type: str
    required: true
  confirm_customer_domain:
    description:
      - The same customer, by its domain as Partner Center lists it. If it is not the domain of O(customer_id), nothing is written.
      - The users are created in this domain. It must not be federated.
    type: str
    required: true
  report_file:
    description:
      - The file for the report, on the host of the task. Mode 0600. Only an earlier report is overwritten.
    type: path
    required: true
  journal_file:
    description:
      - The file in which the users are recorded before they are created. It is removed when all of them are deleted.
      - If it exists when the task starts, an earlier probe has not deleted its users, see O(unfinished).
    type: path
    required: true
  assign_license:
    description:
      - Whether to assign a license to one of the users, to see how licenses are restored. Takes one free seat for some minutes.
    type: bool
    default: false
  unfinished:
    description:
      - What to do if an earlier probe has not deleted its users. V(fail) names them and sends nothing. V(remove) deletes them first.
    type: str
    choices: [fail, remove]
    default: fail
seealso:
  - module: tenantops.partner_center.sign_in_info
author:
  - tenantops contributors (@tenantops)
"""

EXAMPLES = r"""
- name: Find out how the service responds
  tenantops.partner_center.probe:
    customer_id: 1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01
    confirm_customer_domain: contoso.onmicrosoft.com
    report_file: "{{ playbook_dir }}/probe-report.json"
    journal_file: "{{ playbook_dir }}/probe-journal.jsonl"
  register: probed

- name: Show the results
  ansible.builtin.debug:
    var: probed.table
"""

RETURN = r"""
switches:
  description: The known results, by setting.
  returned: when the probe was run
  type: dict
  sample: {"bom": true, "create_status": 201}
questions:
  description: All questions, with the results.
  returned: when the probe was run
  type: list
  elements: dict
  sample: [{"question": "Does a create return 200 or 201?", "switch": "create_status", "state": "settled", "answer": 201, "steps": ["create_a"]}]
table:
  description: Questions and results, one line each.
  returned: when the probe was run
  type: list
  elements: str
  sample: ["Does a create return 200 or 201?  201"]
ended:
  description: V(complete), or the reason why the probe ended early.
  returned: when the probe was run
  type: str
  sample: complete
users_created:
  description: The users that were created.
  returned: when the probe was run
  type: list
  elements: str
  sample: [tenantops-probe-0123456789ab-a@contoso.onmicrosoft.com]
users_left:
  description: Users that may not be deleted yet. If there are any, the task has failed.
  returned: when the probe was run
  type: list
  elements: str
  sample: []
users_removed_before:
  description: Users of an earlier probe that were deleted.
  returned: when the probe was run
  type: list
  elements: str
  sample: []
would_send:
  description: The requests of a run, with placeholders.
  returned: in check mode
  type: list
  elements: dict
  sample: [{"step": "unknown_user", "about": "a user who does not exist", "method": "GET", "path": "/v1/customers/{customer}/users/{other}"}]
would_remove:
  description: Users of an earlier probe that would be deleted.
  returned: in check mode
  type: str
  sample: none
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
from ..module_utils._partner_center.modules.probe import DEFINITION


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
