# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What to do next, for the answers of Partner Center that users meet most.

Sources: Partner Center developer documentation, "Error codes", "Mandating MFA for your partner tenant"; the status is decided on
first, then the code as text, the wording last.
"""

from __future__ import annotations

_BY_CODE = {
    "900421": "Partner Center requires multifactor authentication: the refresh token was obtained without MFA. A new one is needed, from a sign-in with MFA: "
    "ansible-playbook tenantops.partner_center.consent.",
    "900420": "The access token was issued for another API. Ask for the scope https://api.partnercenter.microsoft.com/user_impersonation.",
    "900329": "This operation needs App+User authentication: use a refresh token of a service account instead of app-only credentials.",
    "900308": "The service account lacks a role at this customer. Check that it is in AdminAgents and in a security group to which the customer's GDAP "
    "relationship grants the role (User Administrator for creating, changing and deleting users).",
    "900316": "Licences need an App+User token of the partner's tenant: use the refresh token of the service account, and no access_token from elsewhere.",
    "900309": "A Conditional Access policy of the customer blocks the token; repeating the consent does not help.",
    "90000": "The customer's tenant refused to issue a token; check its Conditional Access policies and the GDAP relationship.",
    "900150": "The service account's role does not allow this. Check its GDAP role at the customer.",
    "20002": "The partner has no relationship with this customer. Check customer_id and the reseller or GDAP relationship.",
    "2032": "Access is denied. Check customer_id, the relationship with the customer and the roles of the service account.",
    "60003": "There is no such customer, or it was created seconds ago. Check customer_id.",
    "900118": "Check customer_id.",
    "900127": "This national cloud does not offer the operation.",
}


def hint_for(status: int, code: str | None, words: str) -> str:
    """One or two sentences on what to do next; empty when there is nothing better than the service's own words."""
    if code in _BY_CODE:
        return _BY_CODE[code]
    if "domain portion of the userprincipalname" in words.lower():
        return (
            "The domain is not one of the customer's, or no longer: use a name in one that is. A deleted user comes back under another name if that is the "
            "user_principal_name, together with user_id."
        )
    if status == 401:
        if "mfa" in words.lower() or "(10001)" in words:
            return _BY_CODE["900421"]
        return "The access token is expired or not accepted. Fetch a new one, or configure a refresh token so that it is renewed by itself."
    if status == 403:
        if "application" in words.lower() and "credential" in words.lower():
            return _BY_CODE["900329"]
        return _BY_CODE["900308"]
    return ""
