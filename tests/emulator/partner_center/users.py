"""Reading users: list, list deleted, get; and finding the user that a path names.

Sources: Partner Center developer docs: get-a-list-of-all-user-accounts-for-a-customer, view-a-deleted-user,
get-a-user-account-by-id.
"""

from __future__ import annotations

from emulator.kernel.identifiers import guid_or_none
from emulator.partner_center import errors, filters, gdap, paging
from emulator.partner_center.request import ApiRequest
from emulator.partner_center.routing import Route
from emulator.partner_center.user_resource import user_document
from emulator.partner_center.user_store import SORT_EXPRESSIONS, Position, User
from emulator.partner_center.wire import Reply

_DIRECTIONS = {"ascending": False, "descending": True, "0": False, "1": True}


def list_users(request: ApiRequest) -> Reply:
    """200: active users, or with the documented filter the deleted ones."""
    core = request.core
    listing = f"users:{request.customer.id}"
    page_request = paging.read_page_request(request, listing, core.switches.page_size_users)
    query = page_request.query
    deleted, (where, parameters) = filters.user_condition(filters.parse_filter(query.filter), core.switches)
    sort, descending = _sorting(query.sort_field, query.sort_direction)
    position = Position(*page_request.position) if page_request.position else None
    rows = core.store.users.page(
        request.customer.id,
        deleted=deleted,
        now=core.clock.timestamp(),
        limit=query.size + 1,
        sort=sort,
        descending=descending,
        position=position,
        backwards=page_request.backwards,
        where=where,
        parameters=parameters,
    )
    page = paging.cut(
        [([place.seq, place.key], user_document(request, core.replicas.shown(user))) for place, user in rows],
        page_request,
    )
    return Reply(200, paging.collection(request, listing, page_request, page))


def get_user(request: ApiRequest) -> Reply:
    """200: an active user; a deleted one is not found, whether it can still be restored or not."""
    return Reply(200, user_document(request, request.core.replicas.shown(active_user(request))))


def active_user(request: ApiRequest) -> User:
    """The active user that the path names, or the refusal."""
    user = any_user(request)
    if user.is_deleted:
        raise errors.user_not_found(request.core.switches.missing_user)
    return user


def any_user(request: ApiRequest) -> User:
    """The user that the path names by id, active or deleted, or by user principal name, active only.

    Read lag hides a user that was just created, as a replica that has not heard of it yet.
    """
    core = request.core
    user = find_user(request, request.params["user_id"])
    if user is None:
        raise errors.user_not_found(core.switches.missing_user)
    if user.hidden_reads and request.method == "GET":
        core.store.users.count_read(user)
        raise errors.user_not_found(core.switches.missing_user)
    return user


def find_user(request: ApiRequest, name: str) -> User | None:
    """The user with this id, active or deleted, or with this user principal name, active only; not one that read lag
    hides."""
    user_id = guid_or_none(name)
    if user_id is not None:
        user = request.core.store.users.get(request.customer.id, user_id)
    elif "@" in name:
        user = request.core.store.users.active_by_upn(request.customer.id, name)
    else:
        raise errors.invalid_property("id", "A user id is a GUID.")
    return None if user is None or user.visible_at > request.core.clock.timestamp() else user


def _sorting(field: str | None, direction: str | None) -> tuple[str | None, bool]:
    """(key of SORT_EXPRESSIONS or None, descending). The docs page sort order is silent; only DisplayName has
    evidence."""
    if not field:
        return None, False
    name = field.strip().lower().replace("_", "")
    if name not in SORT_EXPRESSIONS:
        raise errors.invalid_property("sortField", f"Users cannot be sorted by {field}.")
    descending = _DIRECTIONS.get((direction or "ascending").strip().lower())
    if descending is None:
        raise errors.bad_enum(direction)
    return name, descending


ROUTES = (
    Route("GET", "customers/{customer_id}/users", list_users, needs=gdap.READ_USERS),
    Route("GET", "customers/{customer_id}/users/{user_id}", get_user, needs=gdap.READ_USERS),
)
