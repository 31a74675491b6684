#!/usr/bin/python
# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: azure_pack_access_token_info
short_description: Get a token for Windows Azure Pack with a user name and a password
version_added: 0.2.0
description:
  - Gets a token without Windows, through WS-Trust 1.3 (C(usernamemixed)), from the tenant authentication site or from AD FS.
  - The administrators' authentication site (port 30072) accepts only Windows authentication. Without AD FS, administrators get a token with
    C(Get-MgmtSvcToken) on a Windows machine, and set it as O(access_token) in the other modules.
  - The result is handled as if the task had C(no_log) set, whatever the playbook says. It is not shown at any verbosity, but the
    registered variable can be used.
  - The options for sign-in and connection are the same in all modules of Windows Azure Pack. Set them once, in C(module_defaults) or the environment; see
    U(https://github.com/tenantops/partner_center/blob/main/docs/azure-pack.md).
extends_documentation_fragment:
  - tenantops.partner_center.attributes.azure_pack
  - tenantops.partner_center.attributes
  - tenantops.partner_center.attributes.info_module
  - tenantops.partner_center.azure_pack
options:
  issuer:
    description:
      - The issuer of the token. V(membership) is the tenant authentication site of Windows Azure Pack, for users of tenants. V(adfs) is AD FS, for
        its accounts.
      - If not set, E(AZURE_PACK_ISSUER) is used.
    type: str
    choices: [membership, adfs]
    default: membership
  issuer_url:
    description:
      - The address of the issuer. A host, C(host:port), or a URL that starts with V(https://), with or without a path.
      - The default for O(issuer=membership) is port 30071 of the host in O(endpoint). A host without a port means port 30071 or, for O(issuer=adfs), port 443.
      - If not set, E(AZURE_PACK_ISSUER_URL) is used.
    type: str
  username:
    description:
      - The account that signs in. For AD FS, C(DOMAIN\\user) or C(user@domain).
      - If not set, E(AZURE_PACK_USERNAME) is used.
    type: str
  password:
    description:
      - The password.
      - If not set, E(AZURE_PACK_PASSWORD) is used.
    type: str
  realm:
    description:
      - The audience of the token. The default is C(http://azureservices/TenantSite) for O(issuer=membership), and follows from O(api) for O(issuer=adfs).
      - If not set, E(AZURE_PACK_REALM) is used.
    type: str
notes:
  - If O(access_token) is set, and no user name or password takes precedence (options of the task take precedence over environment variables),
    the module does not sign in. It describes and returns that token.
  - A sign-in is retried only if the issuer cannot have received it, because wrong passwords lock an account.
  - Never write the registered variable to a file or to a fact cache.
author:
  - tenantops contributors (@tenantops)
"""

EXAMPLES = r"""
- name: Sign in at AD FS as an administrator
  tenantops.partner_center.azure_pack_access_token_info:
    issuer: adfs
    issuer_url: adfs.northwind.example
    username: wap-automation@northwind.example
    password: "{{ vault_azure_pack_password }}"
  register: sign_in
  no_log: true

- name: Use the token in many tasks
  module_defaults:
    group/tenantops.partner_center.azure_pack:
      access_token: "{{ sign_in.access_token }}"
  block:
    - name: Read the users
      tenantops.partner_center.azure_pack_user_info:
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
realm:
  description: The audience of the token. V(null) if the token does not show it.
  returned: success
  type: str
  sample: http://azureservices/AdminSite
principal:
  description: The user in the token. V(null) if the token does not show it.
  returned: success
  type: str
  sample: svc-ansible@hoster.example
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

from ..module_utils._azure_pack.modules.azure_pack_access_token_info import DEFINITION
from ..module_utils._common.module import run


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
