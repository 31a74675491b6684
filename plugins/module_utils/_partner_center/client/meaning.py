# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What an error answer of Partner Center means, and which delegated role a request needs."""

from __future__ import annotations

import typing as t
from contextlib import contextmanager

from ..._common.errors import ServiceError

_USERS = ("User Administrator", "Directory Writers")
_LICENSES = ("License Administrator", "User Administrator", "Directory Writers")
_ROLES = ("Privileged Role Administrator",)
WRITES: dict[str, tuple[str, ...]] = {
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
READS: dict[str, tuple[str, ...]] = {
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
_WORDS = {
    "user": "reading a user",
    "active": "listing users",
    "everybody": "listing users",
    "deleted": "listing deleted users",
    "skus": "reading subscribed SKUs",
    "licenses": "reading the licences of a user",
    "catalogue": "reading the directory roles",
    "members": "reading the members of a directory role",
    "user_roles": "reading the directory roles of a user",
}
_ABOUT_ADMINISTRATORS = frozenset({"update", "rename", "restore", "reset_password", "delete"})
"""Actions that may be refused because the user is an administrator, although the role for other users is there."""
_CODES = ("900308", "900150")
"""Codes of a refusal for want of a role: the one of today, and the older one."""


def lacks_role(error: ServiceError) -> bool:
    """Whether an answer means that the relationship does not grant what the request needs."""
    # Old answers for other reasons are plain text without a code; those say so in words that have a hint of their own.
    if error.status != 403 or error.code is not None:
        return error.status == 403 and error.code in _CODES
    return hint_for(403, None, error.description or "") == hint_for(403, "900308", "")


def explained(error: ServiceError, what: str, roles: t.Sequence[str], customer_id: str, more: str = "") -> ServiceError:
    """The same error, with the roles of which one is needed in place of a general advice."""
    said = error.message
    for code in _CODES:
        said = said.removesuffix(" " + hint_for(403, code, ""))
    return ServiceError(
        f"{said} At customer {customer_id}, {what} needs {_one_of(roles)}, and the partner's GDAP relationship (or the security group of the service "
        f"account) grants none of them.{more} Add the role to the relationship and the group, then run again.",
        status=error.status,
        code=error.code,
        description=error.description,
        repeated=error.repeated,
        needed_roles=list(roles),
        **{
            key: value
            for key, value in error.details.items()
            if key not in ("reason", "http_status", "code", "description")
        },
    )


@contextmanager
def reading(kind: str, customer_id: str) -> t.Iterator[None]:
    """Names the roles of which one is needed when a read is refused for want of one."""
    try:
        yield
    except ServiceError as exc:
        if not lacks_role(exc):
            raise
        raise explained(exc, _WORDS[kind], READS[kind], customer_id) from None


def _one_of(roles: t.Sequence[str]) -> str:
    return f"the directory role {roles[0]}" if len(roles) == 1 else f"one of the directory roles {', '.join(roles)}"


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
