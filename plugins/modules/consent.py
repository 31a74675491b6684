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
  - Gets the first refresh token, with the help of the person who has the MFA device. The token is tried once, as the later runs will do it, and
    then goes to a file (mode 0600) or, encrypted, into a file of variables. It is on no screen and in no result.
  - It shows an address while it waits. What is shown goes to stderr, so that a callback that writes a document keeps its stdout.
  - If a token is there that works and is of the same account, nothing is done. A token in a file has to be younger than 60 days for that.
  - Whether the token can be stored is tried before anybody is asked to sign in.
  - It runs where C(ansible-playbook) runs, whatever the host of the play is, because the browser returns to that machine.
  - The options for sign-in and connection are the same in all modules of Partner Center. Set them once, in C(module_defaults) or the environment; see
    U(https://github.com/tenantops/partner_center/blob/main/docs/sign-in.md#ways-to-sign-in).
extends_documentation_fragment:
  - tenantops.partner_center.attributes
  - tenantops.partner_center.sign_in
attributes:
  check_mode:
    support: full
    details:
      - Reports whether a sign-in would be needed, without asking for it. A token that is there is tried.
  diff_mode:
    support: none
    details:
      - What changes is a secret.
  idempotent:
    support: full
    details:
      - A working token is kept.
options:
  flow:
    description:
      - V(authorization_code) opens the way through a browser that returns to a port of this machine. It is for confidential applications, and their
        tokens survive a change of the account's password.
      - V(device_code) shows a code that is typed in on any other device. It is for public applications alone. A token that was got this way is rejected
        together with a client credential, so one that is configured is rejected here.
    type: str
    choices: [authorization_code, device_code]
    default: authorization_code
  user_principal_name:
    description: The account that has to sign in. If another one does, nothing is stored.
    type: str
  vault_file:
    description:
      - File of variables that receives the token in one encrypted variable. Other lines of the file stay as they are. It is made if it does not
        exist. Without it the token goes to O(refresh_token_file).
      - Run C(ansible-playbook) with the vault password, for example with C(--ask-vault-pass).
    type: path
  vault_variable:
    description: Name of the variable in O(vault_file).
    type: str
    default: vault_partner_center_refresh_token
  vault_id:
    description: Which vault password encrypts, if there are several.
    type: str
  redirect_port:
    description:
      - Port of this machine to which the browser returns, V(0) for any free one. Only loopback is bound.
      - The application needs the redirect URI C(http://localhost:PORT) of type Web.
    type: int
    default: 8400
  sign_in_timeout:
    description: Seconds to wait for the person, from 1 to 3600. A device code ends after 15 minutes in any case.
    type: int
    default: 600
  open_browser:
    description: Open the address in the browser of this machine. Its own session is used then; a private window is safer.
    type: bool
    default: false
  force:
    description: Sign in although there is a token that works.
    type: bool
    default: false
notes:
  - The Python libraries have to be in the environment of C(ansible-playbook).
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
  description: The file of variables that holds the token, if it was named.
  returned: success
  type: str
vault_variable:
  description: The variable in that file.
  returned: success
  type: str
user_principal_name:
  description: The account that signed in. V(null) if that cannot be seen.
  returned: success
  type: str
  sample: svc-automation@northwind-partner.onmicrosoft.com
tenant_id:
  description: The tenant that issued the token.
  returned: success
  type: str
  sample: 5f1e0c8a-7d0b-4c56-9a1e-2b6f0d3c4a10
mfa:
  description: Whether the sign-in was made with multifactor authentication. V(null) if that cannot be seen.
  returned: success
  type: bool
  sample: true
lifetime_days:
  description: Days after which a refresh token ends.
  returned: success
  type: int
  sample: 90
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
