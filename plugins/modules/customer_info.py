#!/usr/bin/python
# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: customer_info
short_description: Read the customers of a Partner Center partner
version_added: 0.1.0
description:
  - Reads the customers that the partner manages, all of them or those with an id, a domain or a name prefix.
  - This is the only module that also works with app-only sign-in (O(auth_method=client_credentials)).
  - The options for sign-in and connection are the same in all modules of Partner Center. Set them once, in C(module_defaults) or the environment; see
    U(https://github.com/tenantops/partner_center/blob/main/docs/sign-in.md#ways-to-sign-in).
extends_documentation_fragment:
  - tenantops.partner_center.attributes
  - tenantops.partner_center.attributes.info_module
  - tenantops.partner_center.sign_in
options:
  customer_id:
    description:
      - Only the customer with this id. Only with this option, the result has the customer's domains.
      - O(customer_id), O(customer_domain) and O(name_prefix) are mutually exclusive.
    type: str
  customer_domain:
    description:
      - Only the customer with exactly this domain in Partner Center.
    type: str
  name_prefix:
    description:
      - Only customers whose company name starts with this string, regardless of case.
    type: str
  include:
    description:
      - What else to read about each customer, with one request each. V(subscribed_skus) are the products that the customer has bought, with their
        free seats and service plans. V(directory_roles) are the roles that users can be assigned.
      - Only together with O(customer_id), O(customer_domain) or O(name_prefix). Not possible with app-only sign-in.
    type: list
    elements: str
    choices: [subscribed_skus, directory_roles]
    default: []
    version_added: 0.2.0
seealso:
  - module: tenantops.partner_center.customer_user_info
author:
  - tenantops contributors (@tenantops)
"""

EXAMPLES = r"""
- name: All customers
  tenantops.partner_center.customer_info:
  register: all_customers

- name: One customer with its domains
  tenantops.partner_center.customer_info:
    customer_id: 1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01
  register: contoso

- name: Free seats and directory roles of a customer
  tenantops.partner_center.customer_info:
    customer_domain: contoso.onmicrosoft.com
    include: [subscribed_skus, directory_roles]

- name: Find by name
  tenantops.partner_center.customer_info:
    name_prefix: Contoso
"""

RETURN = r"""
customers:
  description: The customers, sorted by name; empty if there are none.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The customer's tenant id.
      type: str
      returned: always
      sample: 1c9a6a52-0c6e-4f0e-8f3d-6d1b7a2f9b01
    name:
      description: The company name.
      type: str
      returned: always
      sample: Contoso
    domain:
      description: The customer's domain as Partner Center lists it.
      type: str
      returned: always
      sample: contoso.onmicrosoft.com
    domains:
      description:
        - All domains of the customer. V(null) if they are unknown, as in lists and without delegated access.
      type: list
      elements: str
      returned: always
      sample: [contoso.onmicrosoft.com, contoso.example]
    relationship:
      description: The relationship to the partner.
      type: str
      returned: always
      sample: reseller
    subscribed_skus:
      description:
        - The products that the customer has bought, sorted by part number. C(seats.free) is the number of seats that can still be assigned.
        - C(seats.total) is the number of active seats and of those in C(seats.warning), without those in C(seats.suspended).
      type: list
      elements: dict
      returned: with O(include)
      sample:
        - sku: EMS
          sku_id: efccb6f7-5641-4e0e-bd10-b4976e1bf68e
          name: Enterprise Mobility + Security E3
          license_group: group1
          status: Enabled
          seats: {"total": 10, "consumed": 3, "free": 7, "suspended": 0, "warning": 0}
          service_plans:
            - {"id": "c1ec4a95-1f05-45b3-a911-aa3fa01094f5", "name": "INTUNE_A", "display_name": "Microsoft Intune A Direct", "status": "Enabled",
               "tenant_wide": false}
      version_added: 0.2.0
    directory_roles:
      description: The directory roles, sorted by name, with their names in the service.
      type: list
      elements: dict
      returned: with O(include)
      sample: [{"id": "729827e3-9c14-49f7-bb1b-9608f156bbb8", "name": "Helpdesk Administrator"}]
      version_added: 0.2.0
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
from ..module_utils._partner_center.modules.customer_info import DEFINITION


def main() -> None:
    """Run the module."""
    run(DEFINITION)


if __name__ == "__main__":
    main()
