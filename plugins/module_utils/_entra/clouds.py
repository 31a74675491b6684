# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The clouds that Partner Center exists in, and what each one cannot do through the API.

Sources: Partner Center developer documentation, "Partner Center REST URLs" and "Developing for Partner Center for
Microsoft national clouds"; Microsoft Entra documentation, "National clouds"; Microsoft Graph documentation,
"federatedIdentityCredential resource type" (the audience of the global cloud; those of the other two follow its pattern
and are not confirmed).
"""

from __future__ import annotations

from dataclasses import dataclass

WRITES = frozenset({"create", "update", "rename", "restore", "delete", "reset_password", "add_role", "remove_role"})
LICENSES = frozenset({"read_licenses", "assign_licenses", "remove_licenses"})


@dataclass(frozen=True)
class Cloud:
    """Where to sign in, where the API is, and which actions (names as in ``operations``, and ``read_licenses``) it does
    not offer there.

    ``assertion_audience`` is whom a foreign token has to be addressed to in order to stand for an application.
    """

    name: str
    authority_host: str
    api_url: str
    unsupported: frozenset[str] = frozenset()
    assertion_audience: str = "api://AzureADTokenExchange"


CLOUDS = {
    cloud.name: cloud
    for cloud in (
        Cloud("AzureCloud", "https://login.microsoftonline.com", "https://api.partnercenter.microsoft.com"),
        Cloud(
            "AzureChinaCloud",
            "https://login.partner.microsoftonline.cn",
            "https://partner.partnercenterapi.microsoftonline.cn",
            # License and PasswordProfile resources are not supported, so that licences cannot even be read.
            frozenset({"reset_password"}) | LICENSES,
            "api://AzureADTokenExchangeChina",
        ),
        Cloud(
            "AzureUSGovernment",
            "https://login.microsoftonline.us",
            "https://api.partnercenter.microsoft.com",
            # Documented are create, update, roles and reset; a restore is an update, and a partner who may only read
            # users cannot delete them either. Licences are not named among what is missing: there the service decides.
            WRITES,
            "api://AzureADTokenExchangeUSGov",
        ),
    )
}
