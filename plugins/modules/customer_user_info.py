#!/usr/bin/python
# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: customer_user_info
short_description: Read the users of a Partner Center customer
version_added: 0.1.0
description:
  - Reads one user or all users of a customer. It reads active users, deleted users with the days left to restore them, or both.
  - The options for sign-in and connection are the same in all modules of Partner Center. Set them once, in C(module_defaults) or the environment; see
    U(https://github.com/tenantops/partner_center/blob/main/docs/sign-in.md#ways-to-sign-in).
extends_documentation_fragment:
  - tenantops.partner_center.attributes
  - tenantops.partner_center.attributes.info_module
  - tenantops.partner_center.customer
  - tenantops.partner_center.sign_in
options:
  user_id:
    description:
      - Only the user with this object id. Mutually exclusive with O(user_principal_name).
    type: str
  user_principal_name:
    description:
      - Only users with this name, regardless of case. Several deleted users can have the same name.
    type: str
  users:
    description:
      - Only these users, each by name or by id. They are read with one listing, or with one request for each user if all are ids.
      - With O(state=any), only users who are not active are looked for among the deleted users.
    type: list
    elements: str
    version_added: 0.2.0
  state:
    description:
      - Which users to read. V(any) reads both lists.
    type: str
    choices: [active, deleted, any]
    default: active
  include:
    description:
      - What else to read about active users. V(licenses) takes one request for each user. V(roles) takes one request for each user or for each
        directory role, whichever is fewer. Neither can be read for deleted users.
    type: list
    elements: str
    choices: [licenses, roles]
    default: []
    version_added: 0.2.0
seealso:
  - module: tenantops.partner_center.customer_user
author:
  - tenantops contributors (@tenantops)
"""

EXAMPLES = r"""
- name: Who can still be restored
  tenantops.partner_center.customer_user_info:
    customer_domain: contoso.onmicrosoft.com
    state: deleted
  register: gone

- name: Show them
  ansible.builtin.debug:
    msg: "{{ item.user_principal_name }}: {{ item.days_left_to_restore }} days left"
  loop: "{{ gone.users }}"
  loop_control:
    label: "{{ item.id }}"

- name: Licenses and directory roles of all users
  tenantops.partner_center.customer_user_info:
    customer_domain: contoso.onmicrosoft.com
    include: [licenses, roles]

- name: What those who leave have
  tenantops.partner_center.customer_user_info:
    customer_domain: contoso.onmicrosoft.com
    users: [alex.wilber@contoso.example, 8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e01]
    state: any
    include: [licenses, roles]

- name: Read one user
  tenantops.partner_center.customer_user_info:
    customer_id: 1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01
    user_id: 8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e01
"""

RETURN = r"""
users:
  description:
    - The users, sorted by name; empty if there are none. The keys are those of RV(tenantops.partner_center.customer_user#module:user).
    - With O(include), active users also have C(licenses) and C(roles), in the form of a declaration.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e01
      user_principal_name: adele.vance@contoso.example
      display_name: Adele Vance
      first_name: Adele
      last_name: Vance
      usage_location: US
      immutable_id: null
      phone_number: null
      state: active
      soft_deletion_time: null
      days_left_to_restore: null
      directory_synced: false
      user_domain_type: none
missing:
  description: Entries of O(users) that match no user, as you wrote them.
  returned: success, if O(users) was given
  type: list
  elements: str
  sample: [alex.wilbur@contoso.example]
  version_added: 0.2.0
customer_id:
  description: The customer's id.
  returned: success
  type: str
  sample: 1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01
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
from ..module_utils._partner_center.modules.customer_user_info import DEFINITION


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
