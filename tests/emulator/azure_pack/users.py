"""Users: create, list, retrieve, update, delete, and the revocation of their tokens.

Sources: the pages "Create a User", "List Users", "Retrieve a User", "Update a User", "Delete a User" and "User (Common
object)" of the Windows Azure Pack Service Management API reference; what they leave open is a switch.
"""

from __future__ import annotations

from typing import Any

from emulator.azure_pack import deletion, errors, paging
from emulator.azure_pack.contracts import (
    USER_MEMBERS,
    SubscriptionState,
    SyncState,
    UserState,
    is_xml,
    read_enum,
    read_object,
    read_text,
    rounded,
    user_document,
)
from emulator.azure_pack.request import ADMIN, ApiRequest
from emulator.azure_pack.routing import Route
from emulator.azure_pack.store import WapUser
from emulator.azure_pack.wire import Reply
from emulator.kernel.clock import parse_time


def create_user(request: ApiRequest) -> Reply:
    """201 with the user. Members that the server owns are ignored."""
    name, email, state, sync_state = _read_user(request)
    _guard(request, name)
    store = request.core.store.azure_pack
    if "Name" in request.switches.azure_pack_lower_case:
        name = name.lower()
    if store.user(name, case_sensitive=request.switches.azure_pack_case_sensitive_names) is not None:
        raise errors.user_exists(name)
    _check_email(request, email, None)
    user = WapUser(
        name=name,
        email=email,
        state=int(UserState.Active) if request.switches.azure_pack_create_state == "active" else state,
        created=rounded(request.core.clock.timestamp()),
        sync_state=sync_state or 0,
    )
    store.save_user(user)
    return Reply(201, _document(request, user, zone=True), "User")


def list_users(request: ApiRequest) -> Reply:
    """200, on the admin server only."""
    store = request.core.store.azure_pack
    counts = store.subscription_counts()
    how = request.switches.azure_pack_filter

    def matches(user: WapUser, text: str) -> bool:
        values = [user.name.lower()] if how == "name" else [user.name.lower(), user.email.lower()]
        return any(each.startswith(text.lower()) if how == "prefix" else text.lower() in each for each in values)

    listing = paging.Listing(
        records=store.users(),
        members={
            "Name": lambda user: user.name,
            "Email": lambda user: user.email,
            "State": lambda user: user.state,
            "CreatedTime": lambda user: user.created,
            "SubscriptionCount": lambda user: counts.get(user.seq or 0, 0),
            "ActivationSyncState": lambda user: user.sync_state,
            "LastErrorMessage": lambda user: user.last_error,
        },
        default_sort=request.switches.azure_pack_default_sort,
        matches=matches,
        document=lambda user: user_document(user, counts.get(user.seq or 0, 0), request.switches),
    )
    return Reply(200, paging.page(request, listing), "QueryResult")


def get_user(request: ApiRequest) -> Reply:
    """200 with the user, also while it is being deleted."""
    return Reply(200, _document(request, _user(request)), "User")


def update_user(request: ApiRequest) -> Reply:
    """200 with the user. Replaces: a State that is left out is 0."""
    user = _user(request)
    name, email, state, sync_state = _read_user(request)
    if user.state == UserState.DeletePending:
        raise errors.being_deleted(user.name, request.switches)
    _check_email(request, email, user.name)
    if not _same_name(request, name, user.name):
        if request.switches.azure_pack_rename == "refuse":
            raise errors.invalid("The name in the request body does not match the name in the request URI.")
        if request.switches.azure_pack_rename == "rename":
            if (
                request.core.store.azure_pack.user(
                    name, case_sensitive=request.switches.azure_pack_case_sensitive_names
                )
                is not None
            ):
                raise errors.user_exists(name)
            user.name = name
    if request.switches.azure_pack_suspend_cascades and state != user.state:
        _cascade(request, user, state)
    user.email, user.state = email, state
    if sync_state is not None:
        user.sync_state = sync_state
    request.core.store.azure_pack.save_user(user)
    return Reply(200, _document(request, user, zone=True), "User")


def delete_user(request: ApiRequest) -> Reply:
    """202 without a body: accepted, not done."""
    user = _user(request)
    flags = [request.flag("deleteSubscriptions"), request.flag("force")]
    if None in flags and request.switches.azure_pack_absent_flags == "refuse":
        raise errors.invalid("The parameters deleteSubscriptions and force are required.")
    deletion.delete_user(request.core, user, subscriptions=bool(flags[0]), force=bool(flags[1]))
    status = request.switches.azure_pack_delete_status
    mixed_up = request.switches.azure_pack_mixed_up_answers is not None
    if (mixed_up or request.switches.azure_pack_delete_body == "user") and status != 204:
        return Reply(status, _document(request, user), "User")
    return Reply(status)


def revoke_tokens(request: ApiRequest) -> Reply:
    """200 without a body (its status is not documented): tokens of the user that expire until then are no longer
    good."""
    members = read_object(request.content_type, request.body, None, None)
    name = read_text(members, "Username")
    if not name:
        raise errors.invalid("The value of 'Username' is required.")
    _guard(request, name)
    try:
        until = parse_time(str(members["tokenexpirytime"])).timestamp()
    except (KeyError, ValueError):
        raise errors.invalid("The value of 'TokenExpiryTime' is not valid.") from None
    request.core.store.azure_pack.revoke_tokens(name, until)
    return Reply(200)


def find_user(request: ApiRequest, name: str) -> WapUser | None:
    return request.core.store.azure_pack.user(name, case_sensitive=request.switches.azure_pack_case_sensitive_names)


def _user(request: ApiRequest) -> WapUser:
    """The user that the path names, if the caller may know it."""
    name = request.params["name"]
    _guard(request, name)
    user = find_user(request, name)
    if user is None:
        raise errors.user_not_found(name, request.switches)
    return user


def _guard(request: ApiRequest, name: str) -> None:
    """On the tenant server a caller is alone."""
    other = request.caller.acts_for is not None and request.caller.acts_for.lower() != name.lower()
    if other and request.switches.azure_pack_tenant_other_users != "allow":
        if request.switches.azure_pack_tenant_other_users == 404:
            raise errors.user_not_found(name, request.switches)
        raise errors.not_authorized("the user is another one than the caller", request.switches)


def _same_name(request: ApiRequest, first: str, second: str) -> bool:
    return first == second if request.switches.azure_pack_case_sensitive_names else first.lower() == second.lower()


def _read_user(request: ApiRequest) -> tuple[str, str, int, int | None]:
    """(name, email, state, sync state or None where it is not taken) of the body."""
    members = read_object(request.content_type, request.body, USER_MEMBERS, "User")
    exact = is_xml(request.content_type)
    name, email = read_text(members, "Name"), read_text(members, "Email")
    state = read_enum(members, "State", UserState, exact=exact)
    sync_state = read_enum(members, "ActivationSyncState", SyncState, exact=exact)
    for member, value in (("Name", name), ("Email", email)):
        if not (value or "").strip():
            raise errors.invalid(f"The value of '{member}' is required.")
    if state == UserState.DeletePending:
        raise errors.invalid("The value of 'State' cannot be DeletePending.")
    if "Email" in request.switches.azure_pack_lower_case:
        email = (email or "").lower()
    return name or "", email or "", state, sync_state if request.switches.azure_pack_take_sync_state else None


def _check_email(request: ApiRequest, email: str, of_user: str | None) -> None:
    if request.switches.azure_pack_validate_email:
        local, dummy, domain = email.rpartition("@")
        if not local or "." not in domain.strip(".") or any(each.isspace() for each in email):
            raise errors.invalid("The value of 'Email' is not a valid email address.")
    if request.switches.azure_pack_unique_email and request.core.store.azure_pack.email_owner(email) not in (
        None,
        of_user,
    ):
        raise errors.email_taken(email)


def _cascade(request: ApiRequest, user: WapUser, state: int) -> None:
    changed = {UserState.Active: SubscriptionState.Active, UserState.Suspended: SubscriptionState.Suspended}.get(
        UserState(state)
    )
    for each in request.core.store.azure_pack.subscriptions(user) if changed else []:
        if each.state != SubscriptionState.DeletePending:
            each.state = int(changed or 0)
            request.core.store.azure_pack.save_subscription(each)


def _document(request: ApiRequest, user: WapUser, *, zone: bool = False) -> dict[str, Any]:
    other = request.switches.azure_pack_mixed_up_answers
    if other is not None:
        user = find_user(request, other) or WapUser(
            name=other, email=other, state=int(UserState.Active), created=user.created, seq=user.seq
        )
    return user_document(user, request.core.store.azure_pack.count_subscriptions(user), request.switches, zone=zone)


ROUTES: tuple[Route, ...] = (
    Route("POST", "users", create_user),
    Route("GET", "users", list_users, servers=(ADMIN,)),
    Route("GET", "users/{name}", get_user),
    Route("PUT", "users/{name}", update_user),
    Route("DELETE", "users/{name}", delete_user),
    Route("POST", "invalidusertokens", revoke_tokens),
)
