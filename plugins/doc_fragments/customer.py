# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that name one customer."""

from __future__ import annotations


class ModuleDocFragment:
    """Used as C(tenantops.partner_center.customer)."""

    DOCUMENTATION = r"""
options:
  customer_id:
    description:
      - The customer's tenant ID (in the portal "Microsoft ID"), a GUID.
      - O(customer_id) and O(customer_domain) are mutually exclusive, and one of them is required.
    type: str
  customer_domain:
    description:
      - The customer's domain as Partner Center lists it, usually C(something.onmicrosoft.com). It must match exactly, and takes one more
        request than O(customer_id).
    type: str
"""
