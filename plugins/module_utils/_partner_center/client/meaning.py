# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What an error answer of Partner Center means."""

from __future__ import annotations

import typing as t
from contextlib import contextmanager

from ..._common.errors import Kind, ServiceError
from .protocol import CustomerClient

_WORDS = {
    "user": "reading a user",
    "active": "listing users",
    "everybody": "listing users",
    "deleted": "listing deleted users",
    "skus": "reading subscribed SKUs",
    "licenses": "reading the licenses of a user",
    "catalogue": "reading the directory roles",
    "members": "reading the members of a directory role",
    "user_roles": "reading the directory roles of a user",
}
ABOUT_ADMINISTRATORS = frozenset({"update", "rename", "restore", "reset_password", "delete"})
"""Actions that may be refused because the user is an administrator, although the role for other users is there."""
_NO_ROLE = ("900308", "900150")
"""Codes of a refusal for want of a role: the one of today, and the older one."""
_NO_SEATS = "60012"
_NO_USER = {(404, "60002"), (404, "1000"), (400, "3000")}
"""Answers that mean "no such user": the table of error codes and Microsoft's own sample disagree, so both are taken."""
_NO_CUSTOMER = (404, "60003")
_KNOWN_PATH = ("60002", "60003")
"""Codes of a 404 that is about a user or a customer, and so not about the path."""
_NO_ROUTE = "resource not found"
_TAKEN = ("already exist", "another object with the same value")


def refusal(
    message: str, *, path: str, status: int, code: str | None = None, description: str | None = None, **details: t.Any
) -> ServiceError:
    """The error for an answer that refuses, with what it means and what to do next.

    :param message: what was tried and what was answered.
    :param path: what the request was about, below ``/v1/``.
    """
    words = description or ""
    return ServiceError(
        message,
        status=status,
        code=code,
        description=description,
        kind=kind_of(path, status, code, words),
        advice=hint_for(status, code, words),
        **details,
    )


def kind_of(path: str, status: int, code: str | None, words: str) -> Kind:
    """What a refusal means. Most codes are catch-alls, so it depends on what the request was about, too."""
    parts = path.strip("/").split("/")
    customer, user = len(parts) == 2, len(parts) == 4 and parts[2] == "users"
    said = words.lower()
    if status == 429:
        return Kind.THROTTLED
    if status == 403:
        return Kind.LACKS_ROLE if _wants_role(code, said) else Kind.OTHER
    if code == _NO_SEATS:
        return Kind.NO_SEATS
    if status == 400 and _about_location(said):
        return Kind.NO_LOCATION
    if status == 409 or (status == 400 and any(taken in said for taken in _TAKEN)):
        return Kind.EXISTS
    if customer and (status, code) == _NO_CUSTOMER:
        return Kind.ABSENT
    # Another customer's user, or a user of a customer who is not there, is not a user who is absent.
    if user and (status, code) in _NO_USER and "relationship" not in said:
        return Kind.ABSENT
    return Kind.NOT_YET if status == 404 and not customer and not user else Kind.OTHER


def _wants_role(code: str | None, said: str) -> bool:
    # Old answers are plain text without a code, for this reason and for others, which say so.
    return code in _NO_ROLE or (code is None and not _about_domain(said) and not _about_application(said))


def _about_domain(said: str) -> bool:
    return "domain portion of the userprincipalname" in said


def _about_location(said: str) -> bool:
    return "usage location" in said


def _about_application(said: str) -> bool:
    return "application" in said and "credential" in said


def too_early(error: ServiceError) -> bool:
    """Whether a request about a user who was just written may succeed in a moment."""
    return error.kind in (Kind.ABSENT, Kind.NOT_YET, Kind.NO_LOCATION)


def may_be_so(error: ServiceError) -> bool:
    """Whether it may be as wanted already: what is refused because it is so looks like other bad requests."""
    return error.status in (400, 404, 409) and error.kind is not Kind.NO_SEATS


def about_all(error: ServiceError) -> bool:
    """Whether every other request would be answered like this: no sign-in, throttled, or the service has trouble."""
    return error.status in (401, 429) or error.status >= 500


def forbidden(error: ServiceError) -> bool:
    """Whether it was refused to whoever is signed in, for want of a role or for another reason."""
    return error.status == 403


def helped_by_new_token(error: ServiceError) -> bool:
    """Whether a fresh access token may be accepted where this one was not."""
    return error.status == 401 and error.code not in ("900420", "900421")


def unknown_property(error: ServiceError) -> bool:
    """Whether the service does not know a field that a listing was filtered by."""
    return error.status == 400 and error.code == "3000"


def not_offered(error: ServiceError) -> bool:
    """Whether another source of the same fact may know it: what was asked for is not there, not known or not allowed.
    Any other trouble, the other source would have, too."""
    return error.status in (400, 403, 404, 405)


def unknown_path(error: ServiceError) -> bool:
    """Whether the path may not exist here; unless that is sure, it depends on whether what it is about does.

    Whoever is told of a user, of a customer or of the password has reached the operation.
    """
    if error.status == 400:
        return "password" not in (error.description or "").lower()
    return error.status == 405 or (error.status == 404 and error.code not in _KNOWN_PATH)


def surely_unknown_path(error: ServiceError) -> bool:
    """Whether the answer is about the path alone: it exists, but not for this method; or the gateway knows no such path
    (its 404 has no code and its own words)."""
    return error.status == 405 or (
        error.status == 404 and error.code is None and (error.description or "").lower() == _NO_ROUTE
    )


def explained(error: ServiceError, what: str, roles: t.Sequence[str], customer_id: str, more: str = "") -> ServiceError:
    """The same error, with the roles of which one is needed in place of a general advice."""
    return ServiceError(
        error.said,
        status=error.status,
        code=error.code,
        description=error.description,
        repeated=error.repeated,
        kind=error.kind,
        advice=f"At customer {customer_id}, {what} needs {one_of(roles)}: the GDAP relationship or the service "
        f"account's security group does not grant it.{more} Add the role to both, then run again.",
        needed_roles=list(roles),
        **{
            key: value
            for key, value in error.details.items()
            if key not in ("reason", "http_status", "code", "description")
        },
    )


@contextmanager
def reading(kind: str, client: CustomerClient) -> t.Iterator[None]:
    """Names the roles of which one is needed when a read is refused for want of one."""
    try:
        yield
    except ServiceError as exc:
        if exc.kind is not Kind.LACKS_ROLE:
            raise
        raise explained(exc, _WORDS[kind], client.facts.reads[kind], client.customer_id) from None


def one_of(roles: t.Sequence[str]) -> str:
    return f"the directory role {roles[0]}" if len(roles) == 1 else f"one of the directory roles {', '.join(roles)}"


_BY_CODE = {
    "900421": "Partner Center requires multifactor authentication: the refresh token was obtained without MFA. A new "
    "one is needed, from a sign-in with MFA: ansible-playbook tenantops.partner_center.consent.",
    "900420": "The access token was issued for another API. Ask for the scope "
    "https://api.partnercenter.microsoft.com/user_impersonation.",
    "900329": "This operation needs App+User authentication: use a service account's refresh token instead of "
    "app-only credentials.",
    "900308": "The service account lacks a role at this customer. Check that it is in AdminAgents and in a security "
    "group to which the customer's GDAP relationship grants the role (User Administrator for creating, changing and "
    "deleting users).",
    "900316": "Licenses need an App+User token of the partner's tenant. Use the service account's refresh token, not "
    "an access_token from elsewhere.",
    "900309": "A Conditional Access policy of the customer blocks the token. Running the consent playbook again does "
    "not help.",
    "90000": "The customer's tenant did not issue a token. Check its Conditional Access policies and the GDAP "
    "relationship.",
    "900150": "The service account's role does not allow this. Check its GDAP role at the customer.",
    "20002": "The partner has no relationship with this customer. Check customer_id and the reseller or GDAP "
    "relationship.",
    "2032": "Access is denied. Check customer_id, the relationship with the customer and the roles of the service "
    "account.",
    "60003": "The customer does not exist, or was created seconds ago. Check customer_id.",
    "900118": "Check customer_id.",
    "900127": "This national cloud does not offer the operation.",
}


def hint_for(status: int, code: str | None, words: str) -> str:
    """One or two sentences on what to do next; empty when there is nothing better than the service's own words."""
    if code in _BY_CODE:
        return _BY_CODE[code]
    if code == "2000" and "account id" in words.lower():
        return (
            "Partner Center is known to reject some role removals this way. Remove the role in the customer's Entra "
            "admin center, or leave it out of the declaration."
        )
    if status == 400 and _about_location(words.lower()):
        return (
            "Partner Center may report this for a while although the usage location is set. Run again later; if it "
            "persists, set usage_location."
        )
    if _about_domain(words.lower()):
        return (
            "The domain is not, or no longer, one of the customer's. Use a name in one of its domains. To restore a "
            "deleted user under such a name, set user_principal_name together with user_id."
        )
    if status == 401:
        if "mfa" in words.lower() or "(10001)" in words:
            return _BY_CODE["900421"]
        return (
            "The access token is expired or not accepted. Fetch a new one, or configure a refresh token so that it "
            "is renewed automatically."
        )
    if status == 403:
        if _about_application(words.lower()):
            return _BY_CODE["900329"]
        return _BY_CODE["900308"]
    return ""
