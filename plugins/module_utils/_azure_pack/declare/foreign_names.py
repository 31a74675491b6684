# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What other modules and APIs call the options of Windows Azure Pack's modules."""

from __future__ import annotations

from ..._common.foreign_names import Foreign

FOREIGN: Foreign = {
    "upn": "name",
    "userprincipalname": "name",
    "username": "name",
    "mail": "email",
    "enabled": "use state: present or suspended",
}
