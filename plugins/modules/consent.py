#!/usr/bin/python
# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: consent
short_description: Sign in once as the service account and store the refresh token
version_added: 0.2.0
description:
  - Gets the first refresh token. A person with the MFA device of the service account signs in. The module tests the token in the way later runs use it,
    and stores it in a file (mode 0600) or, encrypted, in a file of variables. The token is not shown, and not in the result.
  - Shows an address while it waits. The output goes to stderr, so it does not mix with a callback that writes a document to stdout.
  - If a working token of the same account exists, nothing is done. A token in a file must also be younger than 60 days.
  - Tests whether the token can be stored before it asks for a sign-in.
  - Runs where C(ansible-playbook) runs, whatever the host of the play is, because the browser returns to that machine.
  - The options for sign-in and connection are the same in all modules of Partner Center. Set them once, in C(module_defaults) or the environment; see
    U(https://github.com/tenantops/partner_center/blob/main/docs/sign-in.md#ways-to-sign-in).
extends_documentation_fragment:
  - tenantops.partner_center.attributes
  - tenantops.partner_center.sign_in
attributes:
  check_mode:
    support: full
    details:
      - Reports whether a sign-in would be needed, without asking for it. An existing token is tested.
  diff_mode:
    support: none
    details:
      - Only a secret changes.
  idempotent:
    support: full
    details:
      - A working token is kept.
options:
  flow:
    description:
      - V(authorization_code) signs in through a browser that returns to a port of this machine. It is for confidential applications. Their
        tokens survive a change of the account's password.
      - V(device_code) shows a code to enter on any other device. It is only for public applications. Entra rejects such a token
        together with a client credential, so a configured client credential is rejected here.
    type: str
    choices: [authorization_code, device_code]
    default: authorization_code
  user_principal_name:
    description: The account that must sign in. If another account signs in, nothing is stored.
    type: str
  vault_file:
    description:
      - File of variables that receives the token in one encrypted variable. Other lines of the file are not changed. The file is created if it does not
        exist. Without this option, the token is stored in O(refresh_token_file).
      - Run C(ansible-playbook) with the vault password, for example with C(--ask-vault-pass).
    type: path
  vault_variable:
    description: Name of the variable in O(vault_file).
    type: str
    default: vault_partner_center_refresh_token
  vault_id:
    description: The vault password to encrypt with, if there are several.
    type: str
  redirect_port:
    description:
      - Port of this machine to which the browser returns. V(0) means any free port. It listens only on loopback.
      - The application needs the redirect URI C(http://localhost:PORT) of type Web.
    type: int
    default: 8400
  sign_in_timeout:
    description: Seconds to wait for the sign-in, from 1 to 3600. A device code always expires after 15 minutes.
    type: int
    default: 600
  open_browser:
    description: Open the address in the browser of this machine. The browser may use an existing session, so a private window is safer.
    type: bool
    default: false
  force:
    description: Sign in even if a working token exists.
    type: bool
    default: false
notes:
  - The Python libraries must be in the environment of C(ansible-playbook).
seealso:
  - module: tenantops.partner_center.refresh_token
  - module: tenantops.partner_center.sign_in_info
author:
  - tenantops contributors (@tenantops)
"""

EXAMPLES = r"""
- name: Sign in as the service account, in a browser on this machine
  tenantops.partner_center.consent:
    tenant_id: 5f1e0c8a-7d0b-4c56-9a1e-2b6f0d3c4a10
    client_id: 0f3a5c7e-9b1d-4e2f-8a6c-1d3e5f7a9b01
    client_certificate_path: ~/.partner-center/client.pem
    refresh_token_file: ~/.partner-center/refresh-token
    user_principal_name: svc-automation@northwind-partner.onmicrosoft.com
"""

RETURN = r"""
refresh_token_file:
  description: Where the token is, with symbolic links resolved. V(null) if it is in O(vault_file).
  returned: success
  type: str
  sample: /etc/partner-center/refresh-token
vault_file:
  description: The file of variables that holds the token, if O(vault_file) is set.
  returned: success
  type: str
vault_variable:
  description: The variable in that file.
  returned: success
  type: str
user_principal_name:
  description: The account that signed in. V(null) if the token does not show it.
  returned: success
  type: str
  sample: svc-automation@northwind-partner.onmicrosoft.com
tenant_id:
  description: The tenant that issued the token.
  returned: success
  type: str
  sample: 5f1e0c8a-7d0b-4c56-9a1e-2b6f0d3c4a10
mfa:
  description: Whether the sign-in used multifactor authentication. V(null) if the token does not show it.
  returned: success
  type: bool
  sample: true
lifetime_days:
  description: Days after which a refresh token expires.
  returned: success
  type: int
  sample: 90
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
