"""Directory roles: the catalogue, members, a user's roles, adding and removing members.

Sources: Partner Center developer docs: get-a-list-of-roles-for-a-customer, get-user-roles-for-a-customer,
set-user-roles-for-a-customer, remove-a-customer-user-from-a-role. They are silent about errors: unknown roles and users
that are no members are not found, and adding a member again is what the directory behind the service makes of it.
"""

from __future__ import annotations

from typing import Any

from emulator.kernel.identifiers import guid_or_none
from emulator.partner_center import audit, errors, gdap, paging
from emulator.partner_center.request import ApiRequest
from emulator.partner_center.role_catalogue import BY_ID, FIXTURE_ROLES, ROLES, Role
from emulator.partner_center.routing import Route
from emulator.partner_center.user_store import User
from emulator.partner_center.users import active_user, find_user
from emulator.partner_center.wire import Reply

_NO_ROLE_CHANGES = frozenset(("us_government", "germany"))


def list_roles(request: ApiRequest) -> Reply:
    """200: the same catalogue for every customer. Not paged, without links."""
    catalogue = FIXTURE_ROLES if request.core.switches.role_catalogue == "fixture" else ROLES
    return Reply(200, plain_collection([_role_document(request, role) for role in catalogue]))


def list_members(request: ApiRequest) -> Reply:
    """200: a page of active users."""
    role = _role(request)
    core = request.core
    listing = f"members:{request.customer.id}:{role.id}"
    page_request = paging.read_page_request(request, listing, core.switches.page_size_members)
    rows = core.store.roles.page(
        request.customer.id,
        role.id,
        now=core.clock.timestamp(),
        position=page_request.position[0] if page_request.position else None,
        backwards=page_request.backwards,
        limit=page_request.query.size + 1,
    )
    page = paging.cut([([seq, None], _member_document(role, user)) for seq, user in rows], page_request)
    return Reply(200, paging.collection(request, listing, page_request, page))


def list_roles_of_user(request: ApiRequest) -> Reply:
    """200: not paged, without links."""
    user = active_user(request)
    found = request.core.store.roles.of_user(user.customer_id, user.id, request.core.clock.timestamp())
    return Reply(200, plain_collection([_role_document(request, BY_ID[each]) for each in found]))


def add_member(request: ApiRequest) -> Reply:
    """201: the member. Of the body only the id counts; clients in the field send nothing else."""
    core = request.core
    role = _role(request)
    value = request.json_object().get("id")
    if value is None:
        raise errors.invalid_property("id", "A value is required for this property.")
    if not isinstance(value, str):
        raise errors.invalid_input("id is not a string.")
    user_id = guid_or_none(value)
    if user_id is None:
        raise errors.invalid_property("id", "A user id is a GUID.")
    user = find_user(request, user_id)
    if user is None or user.is_deleted:
        raise errors.user_not_found(core.switches.missing_user)
    lag = core.switches.assign_lag_ms
    added = core.store.roles.add(
        user.customer_id, role.id, user.id, core.clock.timestamp() + lag / 1000 if lag else 0.0
    )
    if not added and core.switches.already_member_status != 201:
        raise errors.already_member(core.switches.already_member_status)
    if added:
        audit.write(
            request, "add_user_member", "customer_directory_role", _audit_data(user, role), _member_document(role, user)
        )
    return Reply(201, _member_document(role, user))


def remove_member(request: ApiRequest) -> Reply:
    """204. A user that is unknown, deleted or no member is not found."""
    role = _role(request)
    user = find_user(request, request.params["user_id"])
    if request.core.switches.role_removal == "400/2000":
        raise errors.account_id_missing()
    if user is None or user.is_deleted or not request.core.store.roles.remove(user.customer_id, role.id, user.id):
        raise errors.not_found()
    audit.write(request, "remove_user_member", "customer_directory_role", _audit_data(user, role), None)
    return Reply(204)


def plain_collection(items: list[dict[str, Any]]) -> dict[str, Any]:
    """A collection that is never paged: traces show it without links."""
    return {"totalCount": len(items), "items": items, "attributes": {"objectType": "Collection"}}


def _role(request: ApiRequest) -> Role:
    role = BY_ID.get(guid_or_none(request.params["role_id"]) or "")
    if role is None:
        raise errors.not_found()
    return role


def _role_document(request: ApiRequest, role: Role) -> dict[str, Any]:
    name = role.old_name if request.core.switches.role_names == "old" else role.name
    return {"name": name, "id": role.id, "attributes": {"objectType": "DirectoryRole"}}


def _member_document(role: Role, user: User) -> dict[str, Any]:
    return {
        "displayName": user.display_name,
        "userPrincipalName": user.upn,
        "roleId": role.id,
        "id": user.id,
        "attributes": {"objectType": "UserMember"},
    }


def _audit_data(user: User, role: Role) -> dict[str, str]:
    return {"CustomerUserId": user.id, "RoleId": role.id}


_MEMBERS = "customers/{customer_id}/directoryroles/{role_id}/usermembers"
ROUTES = (
    Route("GET", "customers/{customer_id}/directoryroles", list_roles, needs=gdap.READ_ROLES),
    Route("GET", _MEMBERS, list_members, needs=gdap.READ_MEMBERS),
    Route(
        "GET", "customers/{customer_id}/users/{user_id}/directoryroles", list_roles_of_user, needs=gdap.READ_USER_ROLES
    ),
    Route("POST", _MEMBERS, add_member, missing_in=_NO_ROLE_CHANGES, needs=gdap.WRITE_MEMBERS),
    Route("DELETE", _MEMBERS + "/{user_id}", remove_member, missing_in=_NO_ROLE_CHANGES, needs=gdap.WRITE_MEMBERS),
)
