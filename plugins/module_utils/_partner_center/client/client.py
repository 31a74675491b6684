# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The operations of the Partner Center API that this collection uses, one method each.

A method builds the request and reads the answer; it decides nothing. No URL is made from anything but GUIDs: a path
with an empty id would address all users, or delete a customer.
"""

from __future__ import annotations

import json
import typing as t
from datetime import date

from ..._common.answers import Answer
from ..._common.errors import CollectionError, Kind, OptionError, ServiceError, TransportError
from ..._common.identifiers import is_guid, upn_key
from ..._common.outcomes import AboutAnother
from ..._common.problem import Problem
from ..._common.secrets import Secret
from ..model.attributes import ATTRIBUTES
from ..model.licenses import GROUPS, License, LicenseChange, Sku, license_from_wire, sku_from_wire
from ..model.roles import Role, member_id, role_from_wire
from ..model.users import Customer, OddUser, User, customer_from_wire, user_from_wire, users_from_wire
from .meaning import surely_unknown_path, unknown_path, unknown_property
from .paging import pages
from .transport import Transport

PAGE_SIZE = "500"
"""Largest page of users in Microsoft's documentation; the service may answer with less, links.next decides."""


class Api:
    """A typed client. Remembers for the run which of two forms the service understands (filter field, password
    reset)."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self._state_field = "UserState"
        self._reset_path = True

    # Customers

    def customers(self, field: str | None = None, prefix: str = "") -> t.Iterator[Customer]:
        """All customers, or those whose ``CompanyName`` or ``Domain`` begins with a text (short form, domains unknown).

        Source: "Get a list of customers", "Get a list of customers filtered by a search field".
        """
        query = {"size": "0"} if field else {"size": PAGE_SIZE}
        if field:
            query["filter"] = _filter(field, prefix, "starts_with")
        for page in self._pages("customers", query):
            for item in page:
                yield customer_from_wire(item)

    def customer(self, customer_id: str) -> Customer:
        """One customer with its domains, if the partner may see them. Source: "Get a customer by ID"."""
        found = customer_from_wire(self.transport.get(f"customers/{guid(customer_id, 'customer_id')}").body)
        if found.id.lower() != customer_id.lower():
            raise TransportError(
                f"Partner Center was asked for customer {customer_id} and answered with customer {found.id}; nothing "
                "is done on such ground.",
                reason="answer_about_another",
            )
        return found

    def allows_delegated_access(self, customer_id: str) -> bool | None:
        """Whether a customer lets the partner act for it; None if the answer does not say. Source: "Get a customer by
        ID"."""
        body = self.transport.get(f"customers/{guid(customer_id, 'customer_id')}").body
        said = body.get("allowDelegatedAccess") if isinstance(body, dict) else None
        return said if isinstance(said, bool) else None

    def sees_mfa(self) -> bool | None:
        """Whether Partner Center sees MFA in the token; None if it does not say. Source: Partner Center documentation,
        "Mandating MFA".

        The documentation does not say whether it is a header or a member, so both are read.
        """
        answer = self.transport.get("customers", {"size": "1"}, {"ValidateMfa": "true"})
        said = answer.headers.get("isMfaCompliant")
        if said is None and isinstance(answer.body, dict):
            said = answer.body.get("isMfaCompliant")
        return None if said is None else str(said).lower() == "true"

    # Users

    def users(self, customer_id: str, odd: list[str] | None = None) -> t.Iterator[list[User]]:
        """Pages of active users. Source: "Get a list of all user accounts for a customer".

        :param odd: takes those that cannot be identified, see :func:`users_from_wire`.
        """
        for page in self._pages(_users(customer_id), {"size": PAGE_SIZE}):
            yield users_from_wire(page, odd)

    def deleted_users(self, customer_id: str, odd: list[str] | None = None) -> t.Iterator[list[User]]:
        """Pages of soft-deleted users. Source: "View a deleted user for a customer".

        That page asks with ``UserState``, the service's own link says ``UserStatus``; the second is tried when the
        first is refused.
        """
        path = _users(customer_id)
        try:
            yield from self._deleted(path, odd)
        except ServiceError as exc:
            if not unknown_property(exc) or self._state_field == "UserStatus":
                raise
            self._state_field = "UserStatus"
            yield from self._deleted(path, odd)

    def _deleted(self, path: str, odd: list[str] | None) -> t.Iterator[list[User]]:
        seen: set[str] = set()
        query = {"size": PAGE_SIZE, "filter": _filter(self._state_field, "Inactive", "equals")}
        for page in self._pages(path, query):
            users = {str(user.id).lower(): user for user in users_from_wire(page, odd)}
            if any(user.state != "deleted" for user in users.values()):
                raise TransportError(
                    f"GET /v1/{path}: deleted users were asked for and active ones came; it cannot be told who is "
                    "deleted."
                )
            # Somebody who moves while the pages are read is on two of them, and still one user.
            yield [user for user_id, user in users.items() if user_id not in seen]
            seen.update(users)

    def user(self, customer_id: str, user_id: str) -> User | None:
        """One active user, or None when there is none (unknown, or deleted). Source: "Get a user account by ID"."""
        try:
            answer = self.transport.get(_user(customer_id, user_id))
        except ServiceError as exc:
            if exc.kind is Kind.ABSENT:
                return None
            raise
        found = user_from_wire(answer.body)
        if str(found.id).lower() != user_id.lower():
            raise OddUser(
                f"Partner Center was asked for user {user_id} and answered with user {found.id}; nothing is done on "
                "such ground.",
                reason="answer_about_another",
            )
        return None if found.state == "deleted" else found

    def create_user(
        self,
        customer_id: str,
        values: t.Mapping[str, str],
        password: Secret,
        force_change: bool | None,
        request_id: str,
    ) -> tuple[User, Answer]:
        """Create a user. Source: "Create user accounts for a customer". The answer repeats the password; it is not
        kept."""
        body = {**wire_values(values), "passwordProfile": _password(password, force_change), "attributes": _OBJECT_TYPE}
        answer = self.transport.write("POST", _users(customer_id), body, request_id)
        name = values.get("user_principal_name", "")
        user = _written(answer, lambda user: user.key == upn_key(name), f"the user {name} was to be created")
        return user, answer

    def update_user(self, customer_id: str, user_id: str, values: t.Mapping[str, str]) -> tuple[User, Answer]:
        """Change only the given attributes. Source: "Update user accounts for a customer"."""
        return self._patch(customer_id, user_id, {**wire_values(values), "attributes": _OBJECT_TYPE})

    def restore_user(self, customer_id: str, user_id: str, values: t.Mapping[str, str]) -> tuple[User, Answer]:
        """Restore a deleted user; ``values`` may hold a new name. Source: "Restore a user for a customer"."""
        return self._patch(customer_id, user_id, {**wire_values(values), "state": "active", "attributes": _OBJECT_TYPE})

    def reset_password(
        self, customer_id: str, user_id: str, password: Secret, force_change: bool | None
    ) -> tuple[User, Answer]:
        """Set a password. Source: "Reset user password for a customer", which has changed its path in 2024.

        The new path is tried first. 405, or 404 although the user exists, makes the client use the older form for the
        rest of the run.
        """
        body = {"passwordProfile": _password(password, force_change), "attributes": _OBJECT_TYPE}
        if self._reset_path:
            try:
                return self._patch(customer_id, user_id, body, "/resetpassword")
            except ServiceError as exc:
                if not unknown_path(exc):
                    raise
                if not surely_unknown_path(exc) and not self._is_there(customer_id, user_id, exc):
                    raise
            self._reset_path = False
            return self._patch(customer_id, user_id, body, counted=False)
        return self._patch(customer_id, user_id, body)

    def _patch(
        self, customer_id: str, user_id: str, body: t.Mapping[str, t.Any], more: str = "", *, counted: bool = True
    ) -> tuple[User, Answer]:
        answer = self.transport.write("PATCH", _user(customer_id, user_id) + more, body, counted=counted)
        meant = user_id.lower()
        return _written(
            answer, lambda user: str(user.id).lower() == meant, f"the user {user_id} was to be changed"
        ), answer

    def _is_there(self, customer_id: str, user_id: str, error: ServiceError) -> bool:
        """Whether a user who was not found exists. :raises ServiceError: the error, if that cannot be read: it knows
        whether something may be done."""
        try:
            return self.user(customer_id, user_id) is not None
        except CollectionError:
            raise error from None

    def delete_user(self, customer_id: str, user_id: str) -> Answer:
        """Soft-delete a user. Source: "Delete a user account for a customer"."""
        return self.transport.write("DELETE", _user(customer_id, user_id))

    # Licences

    def subscribed_skus(self, customer_id: str) -> tuple[Sku, ...]:
        """What the customer has bought, in both licence groups. Source: "Get a list of available licenses by license
        group"."""
        items = self._items(f"customers/{guid(customer_id, 'customer_id')}/subscribedskus", _BOTH_GROUPS)
        return tuple({sku.id: sku for sku in map(sku_from_wire, items)}.values())

    def licenses(self, customer_id: str, user_id: str) -> tuple[License, ...]:
        """The licences of an active user, in both groups. Source: "Check which licenses are assigned to a user by
        license group"."""
        return tuple(
            license_from_wire(item) for item in self._items(f"{_user(customer_id, user_id)}/licenses", _BOTH_GROUPS)
        )

    def update_licenses(self, customer_id: str, user_id: str, change: LicenseChange, *, counted: bool = True) -> Answer:
        """Assign and remove licences of one group. Source: "Assign licenses to a user"."""
        body = {
            "licensesToAssign": [
                {"skuId": guid(sku_id, "sku_id"), "excludedPlans": list(plans)} for sku_id, plans in change.assign
            ],
            "licensesToRemove": [guid(sku_id, "sku_id") for sku_id in change.remove],
            "attributes": {"objectType": "LicenseUpdate"},
        }
        return self.transport.write("POST", f"{_user(customer_id, user_id)}/licenseupdates", body, counted=counted)

    # Directory roles

    def directory_roles(self, customer_id: str) -> tuple[Role, ...]:
        """The roles that the customer can give. Source: "Get a list of roles for a customer"."""
        return tuple(
            role_from_wire(item)
            for item in self._items(f"customers/{guid(customer_id, 'customer_id')}/directoryroles", None)
        )

    def role_members(self, customer_id: str, role_id: str) -> frozenset[str]:
        """Lower-case ids of the active users who hold a role. Source: "Get a list of all user accounts with a role"."""
        members = set()
        for page in self._pages(_members(customer_id, role_id), {"size": PAGE_SIZE}):
            for item in page:
                members.add(member_id(item))
                of = item.get("roleId")
                if isinstance(of, str) and of.lower() != role_id.lower():
                    raise TransportError(
                        f"Partner Center was asked who holds the role {role_id} and answered with who holds {of}; "
                        "nothing is done on such ground.",
                        reason="answer_about_another",
                    )
        return frozenset(members)

    def user_roles(self, customer_id: str, user_id: str) -> tuple[Role, ...]:
        """The roles of an active user. Source: "Get user roles for a customer"."""
        return tuple(
            role_from_wire(item) for item in self._items(f"{_user(customer_id, user_id)}/directoryroles", None)
        )

    def add_to_role(self, customer_id: str, role_id: str, user: User, *, counted: bool = True) -> Answer:
        """Give a role. Source: "Set user roles for a customer"."""
        body = {
            "id": guid(user.id, "user_id"),
            "displayName": user.display_name or user.user_principal_name,
            "userPrincipalName": user.user_principal_name,
            "attributes": {"objectType": "UserMember"},
        }
        answer = self.transport.write("POST", _members(customer_id, role_id), body, counted=counted)
        said = answer.body if isinstance(answer.body, dict) else {}
        for name, meant in (("id", str(user.id)), ("roleId", role_id)):
            if isinstance(said.get(name), str) and said[name].lower() != meant.lower():
                what = (
                    f"the user {user.id} was to get the role {role_id}, and the answer is about {name} {said[name]!r}"
                )
                raise _about_another(what, answer)
        if said.get("id") is None:
            raise _says_nothing("the answer does not say who got the role", answer)
        return answer

    def remove_from_role(self, customer_id: str, role_id: str, user_id: str, *, counted: bool = True) -> Answer:
        """Take a role away. Source: "Remove a customer user from a role"."""
        return self.transport.write(
            "DELETE", f"{_members(customer_id, role_id)}/{guid(user_id, 'user_id')}", counted=counted
        )

    # Audit records

    def audit_records(self, customer_id: str, first: date, last: date) -> t.Iterator[list[t.Any]]:
        """Pages of what the partner did at a customer on some days, newest first.

        Source: "Get a record of Partner Center activity".
        """
        query = {"startDate": first.isoformat(), "endDate": last.isoformat(), "size": PAGE_SIZE}
        query["filter"] = _filter("CustomerId", guid(customer_id, "customer_id"), "equals")
        return self._pages("auditrecords", query)

    def _items(self, path: str, query: t.Mapping[str, t.Any] | None) -> list[t.Any]:
        """The items of a collection that is documented to come as a whole."""
        # Should pages come all the same, all are read: nothing is decided on half a list.
        return [item for page in self._pages(path, query or {}) for item in page]

    def _pages(self, path: str, query: t.Mapping[str, t.Any]) -> t.Iterator[list[t.Any]]:
        return pages(self.transport, path, query)


_OBJECT_TYPE = {"objectType": "CustomerUser"}
_BOTH_GROUPS = {"licenseGroupIds": list(GROUPS)}


def _written(answer: Answer, meant: t.Callable[[User], bool], what: str) -> User:
    """The user of an answer to a write.

    :raises AboutAnother: it is somebody else.
    :raises TransportError: ``ambiguous``: the service said yes, and did not say to what, or only that it will be done.
    """
    try:
        user = user_from_wire(answer.body)
    except OddUser as exc:
        raise _says_nothing(exc.message, answer) from None
    if not meant(user):
        raise _about_another(f"{what}, and the answer is about {user.user_principal_name} (id {user.id})", answer)
    if answer.status not in (200, 201) or user.state != "active":
        said = f"HTTP {answer.status}, state {user.state}"
        raise _says_nothing(f"{what}, and the answer ({said}) does not say that it is done", answer)
    return user


def _says_nothing(what: str, answer: Answer) -> TransportError:
    return TransportError(
        f"Partner Center accepted a write, but {what}." if not what.endswith(".") else what,
        ambiguous=True,
        http_status=answer.status,
        request_id=answer.request_id,
        correlation_id=answer.correlation_id,
    )


def _about_another(what: str, answer: Answer) -> AboutAnother:
    return AboutAnother(
        f"Partner Center accepted a write, but {what}. It is not known what was done. Look at both before you run "
        "again.",
        http_status=answer.status,
        request_id=answer.request_id,
        correlation_id=answer.correlation_id,
    )


def guid(value: t.Any, name: str) -> str:
    """The value, if it is a GUID. :raises OptionError: the last gate before a URL; callers have validated already."""
    if not is_guid(value):
        raise OptionError(
            [Problem(f"{name} {value!r} is not a GUID; no URL is built from it.", "not_a_guid", option=name)]
        )
    return str(value)


def wire_values(values: t.Mapping[str, str]) -> dict[str, str]:
    """Managed attributes under their names on the wire."""
    return {ATTRIBUTES[name].wire: value for name, value in values.items()}


def _password(password: Secret, force_change: bool | None) -> dict[str, t.Any]:
    profile: dict[str, t.Any] = {"password": password.reveal()}
    if force_change is not None:
        profile["forceChangePassword"] = force_change
    return profile


def _users(customer_id: str) -> str:
    return f"customers/{guid(customer_id, 'customer_id')}/users"


def _user(customer_id: str, user_id: str) -> str:
    return f"{_users(customer_id)}/{guid(user_id, 'user_id')}"


def _members(customer_id: str, role_id: str) -> str:
    return f"customers/{guid(customer_id, 'customer_id')}/directoryroles/{guid(role_id, 'role_id')}/usermembers"


def _filter(field: str, value: str, operator: str) -> str:
    return json.dumps({"Field": field, "Value": value, "Operator": operator}, separators=(",", ":"))
