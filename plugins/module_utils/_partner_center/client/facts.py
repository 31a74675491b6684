# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What the plan and the run have to know about Partner Center.

Sources: Partner Center developer documentation, "Developing for Partner Center for Microsoft national clouds",
"Partner Center REST headers" (a write under the same MS-RequestId is carried out once); Partner Center documentation,
"Impact of GDAP on the APIs for delegated access"; the prerequisites on the operations' pages.
"""

from __future__ import annotations

from ..model.facts import Facts, Roles

_USERS = ("User Administrator", "Directory Writers")
_LICENSES = ("License Administrator", "User Administrator", "Directory Writers")
_ROLES = ("Privileged Role Administrator",)
WRITES: dict[str, Roles] = {
    "create": _USERS,
    "restore": _USERS,
    "rename": _USERS,
    "update": _USERS,
    "reset_password": ("User Administrator", "Privileged Authentication Administrator"),
    "assign_licenses": _LICENSES,
    "remove_licenses": _LICENSES,
    "add_role": _ROLES,
    "remove_role": _ROLES,
    "delete": ("User Administrator",),
}
"""An action: the roles of which one is enough."""
_READ_USERS = ("Directory Readers", "Global Reader", "User Administrator")
READS: dict[str, Roles] = {
    "user": _READ_USERS,
    "active": _READ_USERS,
    "everybody": _READ_USERS,
    "deleted": _READ_USERS,
    "skus": ("Directory Readers", "Global Reader", "User Administrator", "License Administrator"),
    "licenses": ("Directory Readers", "License Administrator", "User Administrator", "Directory Writers"),
    "catalogue": ("Directory Readers",),
    "members": ("Directory Readers", "Global Reader", "Directory Writers", "Privileged Role Administrator"),
    "user_roles": (
        "Directory Readers",
        "Global Reader",
        "User Administrator",
        "Directory Writers",
        "Privileged Role Administrator",
    ),
}
"""A kind of :class:`snapshot.Need`: the roles of which one is enough to read it."""

_LICENSING = frozenset({"read_licenses", "assign_licenses", "remove_licenses"})
UNSUPPORTED: dict[str, frozenset[str]] = {
    # License and PasswordProfile resources are not supported, so that licences cannot even be read.
    "AzureChinaCloud": frozenset({"reset_password"}) | _LICENSING,
    # Documented are create, update, roles and reset; a restore is an update, and a partner who may only read users
    # cannot delete them either. Licences are not named among what is missing: there the service decides.
    "AzureUSGovernment": frozenset(
        {"create", "update", "rename", "restore", "delete", "reset_password", "add_role", "remove_role"}
    ),
}
"""A cloud: what Partner Center does not offer there."""


def facts_of(cloud: str) -> Facts:
    """Partner Center in a cloud."""
    return Facts(
        name="Partner Center", cloud=cloud, unsupported=UNSUPPORTED.get(cloud, frozenset()), reads=READS, writes=WRITES
    )
