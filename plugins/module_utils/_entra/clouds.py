# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The clouds that Partner Center exists in.

Sources: Partner Center developer documentation, "Partner Center REST URLs"; Microsoft Entra documentation, "National
clouds"; Microsoft Graph documentation, "federatedIdentityCredential resource type" (the audience of the global cloud;
those of the other two follow its pattern and are not confirmed).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cloud:
    """Where to sign in, and where the API is.

    ``assertion_audience`` is whom a foreign token has to be addressed to in order to stand for an application.
    """

    name: str
    authority_host: str
    api_url: str
    assertion_audience: str = "api://AzureADTokenExchange"


CLOUDS = {
    cloud.name: cloud
    for cloud in (
        Cloud("AzureCloud", "https://login.microsoftonline.com", "https://api.partnercenter.microsoft.com"),
        Cloud(
            "AzureChinaCloud",
            "https://login.partner.microsoftonline.cn",
            "https://partner.partnercenterapi.microsoftonline.cn",
            "api://AzureADTokenExchangeChina",
        ),
        Cloud(
            "AzureUSGovernment",
            "https://login.microsoftonline.us",
            "https://api.partnercenter.microsoft.com",
            "api://AzureADTokenExchangeUSGov",
        ),
    )
}
