#!/usr/bin/python
# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: refresh_token
short_description: Renew the refresh token before it expires
version_added: 0.2.0
description:
  - Redeems the refresh token, tests the new token in the response, and stores it. The old token stays valid until it is 90 days old.
  - With O(refresh_token_file), the token is replaced in this file, atomically and under a lock, when it is O(rotate_after) days old (7 if not set). The file
    always holds a working token.
  - Tests first whether the new token can be stored. If not, for example on a full or read-only disk, nothing is redeemed and the task fails.
  - With O(dest), the new token is written to another file, from which a pipeline can copy it to its secret store. The token is not in the result.
  - The options for sign-in and connection are the same in all modules of Partner Center. Set them once, in C(module_defaults) or the environment; see
    U(https://github.com/tenantops/partner_center/blob/main/docs/sign-in.md#ways-to-sign-in).
extends_documentation_fragment:
  - tenantops.partner_center.attributes
  - tenantops.partner_center.sign_in
attributes:
  check_mode:
    support: full
    details:
      - Reports whether the token is due and could be stored. Redeems nothing.
  diff_mode:
    support: none
    details:
      - Only a secret changes.
  idempotent:
    support: partial
    details:
      - A token in O(refresh_token_file) is rotated when it is due. With O(refresh_token) and O(dest), or with O(force), each run creates a new token.
options:
  dest:
    description:
      - File that receives only the new token, with mode 0600 and without a newline at the end. Required with O(refresh_token).
      - Remove the file after you have stored its content elsewhere.
    type: path
  force:
    description: Renew the token in O(refresh_token_file) even if it is not due.
    type: bool
    default: false
seealso:
  - module: tenantops.partner_center.consent
author:
  - tenantops contributors (@tenantops)
"""

EXAMPLES = r"""
- name: Renew the stored token once a week
  tenantops.partner_center.refresh_token:
    tenant_id: 5f1e0c8a-7d0b-4c56-9a1e-2b6f0d3c4a10
    client_id: 0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b01
    client_certificate_path: ~/.partner-center/client.pem
    refresh_token_file: ~/.partner-center/refresh-token
    rotate_after: 7
"""

RETURN = r"""
dest:
  description: The file that holds (or would hold) the new token.
  returned: success
  type: str
  sample: /etc/partner-center/refresh-token
rotate_after:
  description: Days after which the token is due.
  returned: success
  type: int
  sample: 7
age_days:
  description: Age of the token in O(refresh_token_file), in days since it was written there. V(null) if it is set as a value.
  returned: success
  type: int
  sample: 0
stored_on:
  description: When the token was written to O(refresh_token_file), in seconds since 1970 UTC. V(null) if it is set as a value.
  returned: success
  type: int
  sample: 1794960000
user_principal_name:
  description: The service account. V(null) if the token does not show it.
  returned: when a token was rotated
  type: str
  sample: svc-automation@northwind-partner.onmicrosoft.com
tenant_id:
  description: The tenant that issued the token.
  returned: when a token was rotated
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
from ..module_utils._partner_center.modules.refresh_token import DEFINITION


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
