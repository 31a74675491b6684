# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What other modules and APIs call the options of Partner Center's modules.

Sources: Microsoft Graph (resource type user), ``azure.azcollection.azure_rm_aduser`` and ``microsoft.ad.user``.
"""

from __future__ import annotations

from ..._common.foreign_names import Foreign

_NO_BLOCK = (
    "the API cannot block a sign-in (https://github.com/tenantops/partner_center/blob/main/docs/compare.md#"
    "why-there-is-no-enabled)"
)
FOREIGN: Foreign = {
    "givenname": "first_name",
    "surname": "last_name",
    "upn": "user_principal_name",
    "objectid": "user_id",
    "accountenabled": _NO_BLOCK,
    "enabled": _NO_BLOCK,
    "onpremisesimmutableid": "immutable_id",
    "passwordprofile": "password",
    "tenant": "tenant_id is the partner's own tenant, customer_id or customer_domain is the customer",
    "assignedlicenses": "licenses",
}
