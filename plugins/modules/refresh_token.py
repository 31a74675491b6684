#!/usr/bin/python
# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: refresh_token
short_description: Renew the refresh token before it ends
version_added: 0.2.0
description:
  - Redeems the refresh token, tries the new one that comes with the response, and stores that. The old one stays valid until its own 90 days are over.
  - With O(refresh_token_file) the token is replaced there, atomically and under a lock, when it is O(rotate_after) days old (7 if not set). At every
    moment the file holds a token that works.
  - Whether the new token can be stored is tried first. Where it cannot, on a disk that is full or read-only, nothing is redeemed and the task fails.
  - With O(dest) the new token goes to another file, from which a pipeline takes it to its own store of secrets. The token is in no result.
  - The options for sign-in and connection are the same in all modules of Partner Center. Set them once, in C(module_defaults) or the environment; see
    U(https://github.com/tenantops/partner_center/blob/main/docs/sign-in.md#ways-to-sign-in).
extends_documentation_fragment:
  - tenantops.partner_center.attributes
  - tenantops.partner_center.sign_in
attributes:
  check_mode:
    support: full
    details:
      - Says whether the token is due and could be stored, and redeems nothing.
  diff_mode:
    support: none
    details:
      - What changes is a secret.
  idempotent:
    support: partial
    details:
      - A token in O(refresh_token_file) is rotated when it is due. With O(refresh_token) and O(dest), or with O(force), each run makes a new one.
options:
  dest:
    description:
      - File that receives the new token and nothing else, mode 0600, without a newline at its end. Needed with O(refresh_token).
      - Remove the file after its content was stored elsewhere.
    type: path
  force:
    description: Renew the token in O(refresh_token_file) although it is not due.
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
  description: The file that holds the new token, or would hold it.
  returned: success
  type: str
  sample: /etc/partner-center/refresh-token
rotate_after:
  description: Days after which the token counts as due.
  returned: success
  type: int
  sample: 7
age_days:
  description: Age in days of the token in O(refresh_token_file), since it was written there. V(null) if it is set as a value.
  returned: success
  type: int
  sample: 0
stored_on:
  description: When the token in O(refresh_token_file) came there, in seconds since 1970 UTC. V(null) if it is given as a value.
  returned: success
  type: int
  sample: 1794960000
user_principal_name:
  description: The service account. V(null) if that cannot be seen.
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
    - What went wrong, for a playbook to decide by; C(msg) is the sentence about it. Members that do not apply are left out.
  returned: on failure
  type: dict
  version_added: 0.3.0
  contains:
    reason:
      description:
        - A stable word for the cause. All of them are in
          U(https://github.com/tenantops/partner_center/blob/main/docs/errors.md#reasons).
      returned: always
      type: str
      sample: missing_role
    http_status:
      description: HTTP status of the response.
      returned: if the service rejected a request
      type: int
    code:
      description: The service's error code, as text.
      returned: if the service gave one
      type: str
    description:
      description: The service's own words.
      returned: if the service gave any
      type: str
    request_id:
      description: The id of the request that failed.
      returned: if a request failed
      type: str
    correlation_id:
      description: The id under which the service (for a rejected sign-in, Entra) has the request in its logs.
      returned: if a request failed
      type: str
    error_class:
      description: A stable word for the kind of failure at sign-in or in the connection, such as V(mfa), V(tls) or V(unreachable).
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
      description: The directory roles at the customer (GDAP) one of which the rejected request needs.
      returned: if a directory role is missing
      type: list
      elements: str
    operation:
      description: The write that failed, or whose outcome is unknown, like an element of C(operations).
      returned: if a write failed in a task for one user
      type: dict
problems:
  description: Everything that is wrong with the options, one sentence each. Nothing was sent.
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
