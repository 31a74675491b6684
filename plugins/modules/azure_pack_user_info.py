#!/usr/bin/python
# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: azure_pack_user_info
short_description: Read the users of Windows Azure Pack
version_added: 0.2.0
description:
  - Reads one user or all users and, on request, the subscriptions that they own.
  - The options for sign-in and connection are the same in all modules of Windows Azure Pack. Set them once, in C(module_defaults) or the environment; see
    U(https://github.com/tenantops/partner_center/blob/main/docs/azure-pack.md).
extends_documentation_fragment:
  - tenantops.partner_center.attributes.azure_pack
  - tenantops.partner_center.attributes
  - tenantops.partner_center.attributes.info_module
  - tenantops.partner_center.azure_pack
options:
  name:
    description:
      - Only the user with this name. If omitted, all users are read, which only the admin API supports.
    type: str
  search:
    description:
      - Only users in which the service finds this string. Microsoft does not document which fields it searches. To read one user, use O(name). The
        two options are mutually exclusive.
    type: str
  subscriptions:
    description:
      - Also read the subscriptions of each user. This takes at least one request for each user who owns subscriptions.
    type: bool
    default: false
seealso:
  - module: tenantops.partner_center.azure_pack_user
author:
  - tenantops contributors (@tenantops)
"""

EXAMPLES = r"""
- name: All users, with what they own
  tenantops.partner_center.azure_pack_user_info:
    subscriptions: true
  register: everybody

- name: Deletions that did not succeed
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.last_error }}"
  loop: "{{ everybody.users | selectattr('state', 'equalto', 'delete_pending') | selectattr('sync_state', 'equalto', 'out_of_sync') }}"
  loop_control:
    label: "{{ item.name }}"

- name: One user
  tenantops.partner_center.azure_pack_user_info:
    name: ada@tenants.example
"""

RETURN = r"""
users:
  description:
    - The users, sorted by name; empty if there are none. The keys are those of RV(tenantops.partner_center.azure_pack_user#module:user), and with
      O(subscriptions) the list C(subscriptions).
  returned: success
  type: list
  elements: dict
  sample:
    - name: ada@tenants.example
      email: ada@tenants.example
      state: active
      sync_state: in_sync
      created: "2026-06-27T21:15:30.787"
      subscription_count: 1
      last_error: null
requests:
  description: The number of requests, as in RV(tenantops.partner_center.azure_pack_user#module:requests).
  returned: unless the options were rejected
  type: dict
  sample: {"reads": 1, "writes": 0, "retries": 0, "throttled": 0}
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

from ..module_utils._azure_pack.modules.azure_pack_user_info import DEFINITION
from ..module_utils._common.module import run


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
