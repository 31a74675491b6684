#!/usr/bin/python
# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: sign_in_info
short_description: Check the connection from this machine to the users of the customers
version_added: 0.2.0
description:
  - Checks the options, the cloud, the proxy, name resolution, TLS and the CA, the clock, the tenant, the redemption of the refresh token and its age, the
    access token (App+User, MFA, audience, tenant, expiry), the visible customers, and whether the users of the specified customers can be read.
  - Problems are in the result. They do not fail the task.
  - Writes nothing, and rotates no refresh token. The result contains no secret, so you can put it into a ticket.
  - The options for sign-in and connection are the same in all modules of Partner Center. Set them once, in C(module_defaults) or the environment; see
    U(https://github.com/tenantops/partner_center/blob/main/docs/sign-in.md#ways-to-sign-in).
extends_documentation_fragment:
  - tenantops.partner_center.attributes
  - tenantops.partner_center.attributes.info_module
  - tenantops.partner_center.sign_in
options:
  customers:
    description:
      - Customers whose users should be readable, each as an id or as its domain in Partner Center.
      - Partner Center does not report the roles of a GDAP relationship. If users can be read, there is a relationship.
    type: list
    elements: str
seealso:
  - module: tenantops.partner_center.consent
  - module: tenantops.partner_center.refresh_token
author:
  - tenantops contributors (@tenantops)
"""

EXAMPLES = r"""
- name: Examine the sign-in
  tenantops.partner_center.sign_in_info:
    customers:
      - contoso.onmicrosoft.com
  register: examination

- name: Show the table
  ansible.builtin.debug:
    msg: "{{ examination.table }}"
"""

RETURN = r"""
checks:
  description: The result of each check, worst first.
  returned: success
  type: list
  elements: dict
  contains:
    check:
      description: The name of the check.
      type: str
      sample: clock
    status:
      description: One of V(failed), V(warning), V(unknown) (it cannot be determined), V(skipped) (a requirement is missing) and V(ok).
      type: str
      sample: ok
    finding:
      description: The result of the check.
      type: str
      sample: This machine's clock is right.
    action:
      description: The next step. Empty if there is none.
      type: str
      sample: ""
table:
  description: The checks as lines of a table.
  returned: success
  type: list
  elements: str
counts:
  description: Number of checks with each status.
  returned: success
  type: dict
  sample: {failed: 0, warning: 0, unknown: 0, skipped: 0, ok: 16}
worst:
  description: The worst status.
  returned: success
  type: str
  sample: ok
healthy:
  description: Whether no check failed.
  returned: success
  type: bool
  sample: true
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
"""

from ..module_utils._common.module import run
from ..module_utils._partner_center.modules.sign_in_info import DEFINITION


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
