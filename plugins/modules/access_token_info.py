#!/usr/bin/python
# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: access_token_info
short_description: Sign in once and use the token in the whole play
version_added: 0.1.0
description:
  - Signs in to Entra ID and returns an access token for Partner Center, so that the other tasks of a play do not sign in.
  - The result is handled as if the task had C(no_log) set, whatever the playbook says. It is not shown at any verbosity, but the
    registered variable can be used.
  - The options for sign-in and connection are the same in all modules of Partner Center. Set them once, in C(module_defaults) or the environment; see
    U(https://github.com/tenantops/partner_center/blob/main/docs/sign-in.md#ways-to-sign-in).
extends_documentation_fragment:
  - tenantops.partner_center.attributes
  - tenantops.partner_center.attributes.info_module
  - tenantops.partner_center.sign_in
notes:
  - The token expires after 60 to 90 minutes, and the tasks that use it cannot renew it. For longer plays, use O(refresh_token) or
    O(token_cache) in C(module_defaults).
  - Never write the registered variable to a file or to a fact cache.
author:
  - tenantops contributors (@tenantops)
"""

EXAMPLES = r"""
- name: Sign in once
  tenantops.partner_center.access_token_info:
  register: sign_in
  no_log: true

- name: Use the token in many tasks
  module_defaults:
    group/tenantops.partner_center.partner_center:
      access_token: "{{ sign_in.access_token }}"
  block:
    - name: Read the customers
      tenantops.partner_center.customer_info:
"""

RETURN = r"""
access_token:
  description: The token, a secret.
  returned: success
  type: str
  sample: "(a secret)"
expires_on:
  description: When the token expires, in seconds since 1970 UTC. V(null) if the token does not show it.
  returned: success
  type: int
  sample: 1794960000
kind:
  description: V(user) for App+User, V(app) for app-only, V(unknown) if the token cannot be read.
  returned: success
  type: str
  sample: user
mfa:
  description: Whether the sign-in used multifactor authentication. V(null) if the token does not show it.
  returned: success
  type: bool
  sample: true
user_principal_name:
  description: The service account. V(null) for an app-only token.
  returned: success
  type: str
  sample: svc-automation@northwind-partner.onmicrosoft.com
tenant_id:
  description: The tenant that issued the token.
  returned: success
  type: str
  sample: 5f1e0c8a-7d0b-4c56-9a1e-2b6f0d3c4a10
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
from ..module_utils._partner_center.modules.access_token_info import DEFINITION


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
