# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What the Partner Center API can do for one customer, as far as this collection uses it: one method each.

A method builds the request and reads the answer; it decides nothing. No URL is made from anything but GUIDs: a path
with an empty id would address all users, or delete a customer.
"""

from __future__ import annotations

import typing as t
from datetime import date

from ..._common.answers import Answer
from ..._common.errors import CollectionError, Kind, OptionError, ServiceError, TransportError
from ..._common.identifiers import Guid, guid_key, is_guid, upn_key
from ..._common.outcomes import AboutAnother
from ..._common.problem import Problem
from ..._common.secrets import Secret
from ..model.facts import Facts
from ..model.licenses import GROUPS, License, LicenseChange, Sku, license_from_wire, sku_from_wire
from ..model.roles import Role, member_id, role_from_wire
from ..model.users import Customer, UnidentifiedUser, User, customer_from_wire, user_from_wire, users_from_wire
from .domains import CustomDomains
from .meaning import surely_unknown_path, unknown_path, unknown_property
from .paging import pages
from .partner import PAGE_SIZE, matching
from .protocol import Conditions, Written
from .transport import Transport

if t.TYPE_CHECKING:
    from ..model.audit_records import AuditRecord


class PartnerCenterCustomer:
    """One customer of the partner: a :class:`protocol.CustomerClient`. Remembers which of two forms the service
    understands (filter field, password reset)."""

    def __init__(self, customer_id: Guid, transport: Transport, facts: Facts, session: Conditions) -> None:
        self.customer_id = customer_id
        self.transport = transport
        self.facts = facts
        self.session = session
        self._state_field = "UserState"
        self._reset_path = True
        self._custom_domains = CustomDomains()

    @property
    def _path(self) -> str:
        return f"customers/{guid(self.customer_id, 'customer_id')}"

    @property
    def _users(self) -> str:
        return f"{self._path}/users"

    def _user(self, user_id: Guid) -> str:
        return f"{self._users}/{guid(user_id, 'user_id')}"

    def _members(self, role_id: Guid) -> str:
        return f"{self._path}/directoryroles/{guid(role_id, 'role_id')}/usermembers"

    # The customer

    def details(self) -> Customer:
        """The customer with its domains, if the partner may see them. Source: "Get a customer by ID"."""
        found = customer_from_wire(self.transport.get(self._path).body)
        if found.id != self.customer_id:
            raise TransportError(
                f"Partner Center was asked for customer {self.customer_id} and returned customer {found.id}. "
                "The response was not used.",
                reason="answer_about_another",
            )
        return found

    def domains(self) -> tuple[str, ...] | None:
        """The customer's domains, None if the service keeps them to itself. Source: "Get a customer's custom domains",
        and where that is not answered "Get a customer by ID"."""
        found = self._custom_domains.read(self.transport, self._path)
        return self.details().domains if found is None else found

    def allows_delegated_access(self) -> bool | None:
        """Whether a customer lets the partner act for it; None if the answer does not say. Source: "Get a customer by
        ID"."""
        body = self.transport.get(self._path).body
        said = body.get("allowDelegatedAccess") if isinstance(body, dict) else None
        return said if isinstance(said, bool) else None

    # Users

    def users(self, unidentified: list[str] | None = None) -> t.Iterator[list[User]]:
        """Pages of active users. Source: "Get a list of all user accounts for a customer".

        :param unidentified: takes those that cannot be identified, see :func:`users_from_wire`.
        """
        for page in self._pages(self._users, {"size": PAGE_SIZE}):
            yield users_from_wire(page, unidentified)

    def deleted_users(self, unidentified: list[str] | None = None) -> t.Iterator[list[User]]:
        """Pages of soft-deleted users. Source: "View a deleted user for a customer".

        That page asks with ``UserState``, the service's own link says ``UserStatus``; the second is tried when the
        first is refused.
        """
        path = self._users
        try:
            yield from self._deleted(path, unidentified)
        except ServiceError as exc:
            if not unknown_property(exc) or self._state_field == "UserStatus":
                raise
            self._state_field = "UserStatus"
            yield from self._deleted(path, unidentified)

    def _deleted(self, path: str, unidentified: list[str] | None) -> t.Iterator[list[User]]:
        seen: set[str] = set()
        query = {"size": PAGE_SIZE, "filter": matching(self._state_field, "Inactive", "equals")}
        for page in self._pages(path, query):
            users = {user.id: user for user in users_from_wire(page, unidentified)}
            if any(user.state != "deleted" for user in users.values()):
                raise TransportError(
                    f"GET /v1/{path}: deleted users were requested and active ones were returned. The response was "
                    "not used."
                )
            # Somebody who moves while the pages are read is on two of them, and still one user.
            yield [user for user_id, user in users.items() if user_id not in seen]
            seen.update(users)

    def user(self, user_id: Guid) -> User | None:
        """One active user, or None when there is none (unknown, or deleted). Source: "Get a user account by ID"."""
        try:
            answer = self.transport.get(self._user(user_id))
        except ServiceError as exc:
            if exc.kind is Kind.ABSENT:
                return None
            raise
        found = user_from_wire(answer.body)
        if found.id != user_id:
            raise UnidentifiedUser(
                f"Partner Center was asked for user {user_id} and returned user {found.id}. The response was not used.",
                reason="answer_about_another",
            )
        return None if found.state == "deleted" else found

    def create_user(
        self, values: t.Mapping[str, str], password: Secret, force_change: bool | None, request_id: str | None
    ) -> Written:
        """Create a user. Source: "Create user accounts for a customer". The answer repeats the password; it is not
        kept."""
        body = {**self._wire(values), "passwordProfile": _password(password, force_change), "attributes": _OBJECT_TYPE}
        answer = self.transport.write("POST", self._users, body, request_id)
        name = values.get("user_principal_name", "")
        user = _written(answer, lambda user: user.key == upn_key(name), f"the user {name} was to be created")
        return Written(answer, user)

    def update_user(self, user_id: Guid, values: t.Mapping[str, str]) -> Written:
        """Change only the given attributes. Source: "Update user accounts for a customer"."""
        return self._patch(user_id, {**self._wire(values), "attributes": _OBJECT_TYPE})

    def restore_user(self, user_id: Guid, values: t.Mapping[str, str]) -> Written:
        """Restore a deleted user; ``values`` may hold a new name. Source: "Restore a user for a customer"."""
        return self._patch(user_id, {**self._wire(values), "state": "active", "attributes": _OBJECT_TYPE})

    def reset_password(self, user_id: Guid, password: Secret, force_change: bool | None) -> Written:
        """Set a password. Source: "Reset user password for a customer", which has changed its path in 2024.

        The new path is tried first. An answer that says that it is not there, or one that may say so although the user
        exists, makes the client use the older form, and if that works, for the rest of the run.
        """
        body = {"passwordProfile": _password(password, force_change), "attributes": _OBJECT_TYPE}
        if self._reset_path:
            try:
                return self._patch(user_id, body, "/resetpassword")
            except ServiceError as exc:
                if not unknown_path(exc):
                    raise
                if not surely_unknown_path(exc) and not self._is_there(user_id, exc):
                    raise
            done = self._patch(user_id, body, counted=False)
            self._reset_path = False
            return done
        return self._patch(user_id, body)

    def _patch(self, user_id: Guid, body: t.Mapping[str, t.Any], more: str = "", *, counted: bool = True) -> Written:
        answer = self.transport.write("PATCH", self._user(user_id) + more, body, counted=counted)
        user = _written(answer, lambda user: user.id == user_id, f"the user {user_id} was to be changed")
        return Written(answer, user)

    def _is_there(self, user_id: Guid, error: ServiceError) -> bool:
        """Whether a user who was not found exists. :raises ServiceError: the error, if that cannot be read: it knows
        whether something may be done."""
        try:
            return self.user(user_id) is not None
        except CollectionError:
            raise error from None

    def delete_user(self, user_id: Guid) -> Written:
        """Soft-delete a user. Source: "Delete a user account for a customer"."""
        answer = self.transport.write("DELETE", self._user(user_id))
        return Written(answer, settled=answer.status == 204)

    def _wire(self, values: t.Mapping[str, str]) -> dict[str, str]:
        """Managed attributes under their names on the wire."""
        return {self.facts.attributes[name]: value for name, value in values.items()}

    # Licences

    def subscribed_skus(self) -> tuple[Sku, ...]:
        """What the customer has bought, in both licence groups. Source: "Get a list of available licenses by license
        group"."""
        items = self._items(f"{self._path}/subscribedskus", _BOTH_GROUPS)
        return tuple({sku.id: sku for sku in map(sku_from_wire, items)}.values())

    def licenses(self, user_id: Guid) -> tuple[License, ...]:
        """The licences of an active user, in both groups. Source: "Check which licenses are assigned to a user by
        license group"."""
        return tuple(license_from_wire(item) for item in self._items(f"{self._user(user_id)}/licenses", _BOTH_GROUPS))

    def update_licenses(self, user_id: Guid, change: LicenseChange, *, counted: bool = True) -> Written:
        """Assign and remove licences of one group. Source: "Assign licenses to a user".

        The answer says nothing about removals, as documented.
        """
        body = {
            "licensesToAssign": [
                {"skuId": guid(sku_id, "sku_id"), "excludedPlans": list(plans)} for sku_id, plans in change.assign
            ],
            "licensesToRemove": [guid(sku_id, "sku_id") for sku_id in change.remove],
            "attributes": {"objectType": "LicenseUpdate"},
        }
        answer = self.transport.write("POST", f"{self._user(user_id)}/licenseupdates", body, counted=counted)
        assigned = [sku_id for sku_id, _plans in change.assign]
        answered = {guid_key(item.get("skuId")) for item in _dictionaries(answer, "licensesToAssign")}
        said = answer.body.get("licensesToAssign") if isinstance(answer.body, dict) else None
        settled = answer.status in (200, 201) and bool(said and isinstance(said, list) or not assigned)
        missing = tuple(sku_id for sku_id in assigned if sku_id not in answered) if settled else ()
        return Written(answer, settled=settled, missing=missing, warnings=_license_warnings(answer))

    # Directory roles

    def directory_roles(self) -> tuple[Role, ...]:
        """The roles that the customer can give. Source: "Get a list of roles for a customer"."""
        return tuple(role_from_wire(item) for item in self._items(f"{self._path}/directoryroles", None))

    def role_members(self, role_id: Guid) -> frozenset[Guid]:
        """Ids of the active users who hold a role. Source: "Get a list of all user accounts with a role"."""
        members = set()
        for page in self._pages(self._members(role_id), {"size": PAGE_SIZE}):
            for item in page:
                members.add(member_id(item))
                of = item.get("roleId")
                if isinstance(of, str) and guid_key(of) != role_id:
                    raise TransportError(
                        f"Partner Center was asked for the members of the role {role_id} and returned those of {of}. "
                        "The response was not used.",
                        reason="answer_about_another",
                    )
        return frozenset(members)

    def user_roles(self, user_id: Guid) -> tuple[Role, ...]:
        """The roles of an active user. Source: "Get user roles for a customer"."""
        return tuple(role_from_wire(item) for item in self._items(f"{self._user(user_id)}/directoryroles", None))

    def add_to_role(self, role_id: Guid, user: User, *, counted: bool = True) -> Written:
        """Give a role. Source: "Set user roles for a customer"."""
        body = {
            "id": guid(user.id, "user_id"),
            "displayName": user.display_name or user.user_principal_name,
            "userPrincipalName": user.user_principal_name,
            "attributes": {"objectType": "UserMember"},
        }
        answer = self.transport.write("POST", self._members(role_id), body, counted=counted)
        said = answer.body if isinstance(answer.body, dict) else {}
        for name, meant in (("id", user.id), ("roleId", role_id)):
            if isinstance(said.get(name), str) and guid_key(said[name]) != meant:
                what = (
                    f"the user {user.id} was to get the role {role_id}, and the response is for {name} {said[name]!r}"
                )
                raise _about_another(what, answer)
        if said.get("id") is None:
            raise _says_nothing("the response does not name the user who got the role", answer)
        return Written(answer, settled=answer.status in (200, 201))

    def remove_from_role(self, role_id: Guid, user_id: Guid, *, counted: bool = True) -> Written:
        """Take a role away. Source: "Remove a customer user from a role"."""
        path = f"{self._members(role_id)}/{guid(user_id, 'user_id')}"
        answer = self.transport.write("DELETE", path, counted=counted)
        return Written(answer, settled=answer.status == 204)

    # Audit records

    def creators(self, user_id: Guid, first: date, last: date) -> t.Iterator[set[str]]:
        """Page by page of what the partner did on some days, newest first: the correlation ids under which a user was
        created.

        Source: "Get a record of Partner Center activity".
        """
        query = {"startDate": first.isoformat(), "endDate": last.isoformat(), "size": PAGE_SIZE}
        query["filter"] = matching("CustomerId", guid(self.customer_id, "customer_id"), "equals")
        from .audit import creator  # rare, as all of these records

        for page in self._pages("auditrecords", query):
            yield set(filter(None, (creator(record, user_id) for record in page)))

    def audit_records(self, first: date, last: date) -> t.Iterator[list[AuditRecord]]:
        """Page by page of what the partner did to this customer on some days, newest first. What another customer is
        told of, whatever was asked for, is left out.

        Source: "Get a record of Partner Center activity".
        """
        query = {"startDate": first.isoformat(), "endDate": last.isoformat(), "size": PAGE_SIZE}
        query["filter"] = matching("CustomerId", guid(self.customer_id, "customer_id"), "equals")
        from ..model.audit_records import record_from_wire

        for page in self._pages("auditrecords", query):
            read = (record_from_wire(item) for item in page)
            yield [record for record in read if record and record.customer_id == self.customer_id]

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
    except UnidentifiedUser as exc:
        raise _says_nothing(exc.message, answer) from None
    if not meant(user):
        raise _about_another(f"{what}, and the response is for {user.user_principal_name} (id {user.id})", answer)
    if answer.status not in (200, 201) or user.state != "active":
        said = f"HTTP {answer.status}, state {user.state}"
        raise _says_nothing(f"{what}, but the response ({said}) does not confirm it", answer)
    return user


def _dictionaries(answer: Answer, name: str) -> list[dict[str, t.Any]]:
    """The dictionaries in a list of an answer."""
    found = answer.body.get(name) if isinstance(answer.body, dict) else None
    return [item for item in (found if isinstance(found, list) else ()) if isinstance(item, dict)]


def _license_warnings(answer: Answer) -> tuple[str, ...]:
    warnings = []
    for item in _dictionaries(answer, "licenseWarnings"):
        plans = item.get("servicePlans")
        about = f" ({', '.join(map(str, plans))})" if isinstance(plans, list) and plans else ""
        warnings.append(f"{item.get('message') or item.get('code')}{about}")
    return tuple(warnings)


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
        f"Partner Center accepted a write, but {what}. What was done is unknown. Check both before you run again.",
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


def _password(password: Secret, force_change: bool | None) -> dict[str, t.Any]:
    profile: dict[str, t.Any] = {"password": password.reveal()}
    if force_change is not None:
        profile["forceChangePassword"] = force_change
    return profile
