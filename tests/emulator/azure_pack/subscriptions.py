"""Subscriptions, as far as users and their deletion need them.

Sources: the pages "Retrieve the Subscriptions for a User" (admin and tenant), "Retrieve a Subscription", "Provision a
New Subscription", "Disable a Subscription", "Synchronize a Subscription" and "Delete a Subscription" of the Windows
Azure Pack Service Management API reference.
"""

from __future__ import annotations

from emulator.azure_pack import deletion, errors, paging
from emulator.azure_pack.contracts import (
    SubscriptionState,
    SyncState,
    UserState,
    read_object,
    read_text,
    rounded,
    subscription_document,
)
from emulator.azure_pack.request import ADMIN, TENANT, ApiRequest
from emulator.azure_pack.routing import Route
from emulator.azure_pack.store import Subscription
from emulator.azure_pack.users import find_user
from emulator.azure_pack.wire import Reply
from emulator.kernel.identifiers import guid_or_none


def list_for_user(request: ApiRequest) -> Reply:
    """200 with the subscriptions of the user in `UserId`; none for a user that is not known."""
    name = request.query("UserId")
    if not name:
        raise errors.invalid("The parameter 'UserId' is required.")
    user = find_user(request, name)
    listing = paging.Listing(
        records=request.core.store.azure_pack.subscriptions(user) if user else [],
        members={
            "SubscriptionName": lambda each: each.name,
            "SubscriptionID": lambda each: each.id,
            "State": lambda each: each.state,
            "ActivationSyncState": lambda each: each.sync_state,
            "QuotaSyncState": lambda each: each.quota_sync_state,
            "PlanId": lambda each: each.plan,
            "Created": lambda each: each.created,
        },
        default_sort="SubscriptionName",
        # By the sample client's comment the filter looks at the names of users and offers only.
        matches=lambda each, text: text.lower() in each.owner.lower() or text.lower() in each.plan.lower(),
        document=subscription_document,
    )
    return Reply(200, paging.page(request, listing), "QueryResult")


def list_own(request: ApiRequest) -> Reply:
    """200 with a bare array: the subscriptions of the user in x-ms-principal-id, which this call needs."""
    if request.caller.principal_id is None:
        raise errors.principal_missing()
    user = find_user(request, request.caller.principal_id)
    documents = (
        [subscription_document(each) for each in request.core.store.azure_pack.subscriptions(user)] if user else []
    )
    return Reply(200, documents, "Subscriptions")


def get_subscription(request: ApiRequest) -> Reply:
    return Reply(200, subscription_document(_subscription(request)), "Subscription")


def create_subscription(request: ApiRequest) -> Reply:
    """200 with the subscription. Its owner is the user in AccountAdminLivePuid; owner and plan must be known."""
    members = read_object(request.content_type, request.body, None, None)
    owner_name = read_text(members, "AccountAdminLivePuid") or ""
    if request.caller.acts_for is not None:
        owner_name = owner_name or request.caller.acts_for
        if owner_name.lower() != request.caller.acts_for.lower():
            raise errors.not_authorized("the owner is another user than the caller", request.switches)
    subscription_id = guid_or_none(read_text(members, "SubscriptionId"))
    plan, name = read_text(members, "PlanId") or "", read_text(members, "FriendlyName") or ""
    if not owner_name or not subscription_id or not plan:
        raise errors.invalid("AccountAdminLivePuid, SubscriptionId (a GUID) and PlanId are required.")
    core = request.core
    user = find_user(request, owner_name)
    if user is None:
        raise errors.user_not_found(owner_name, request.switches)
    if plan.lower() not in {each.lower() for each in core.azure_pack.plans}:
        raise errors.plan_not_found(plan)
    if user.state == UserState.DeletePending:
        raise errors.being_deleted(user.name, request.switches)
    if core.store.azure_pack.subscription(subscription_id) is not None:
        raise errors.subscription_exists(subscription_id)
    co_admins = members.get("coadminnames") or []
    if not isinstance(co_admins, list) or not all(isinstance(each, str) for each in co_admins):
        raise errors.invalid("The value of 'CoAdminNames' is not a list of names.")
    subscription = Subscription(
        id=subscription_id,
        owner_seq=user.seq or 0,
        owner=user.name,
        name=name or plan,
        plan=plan,
        created=rounded(core.clock.timestamp()),
        co_admins=co_admins,
    )
    core.store.azure_pack.save_subscription(subscription)
    return Reply(200, subscription_document(subscription), "Subscription")


def set_status(request: ApiRequest) -> Reply:
    """200: `Status` is "Active" or "Suspended"."""
    subscription = _subscription(request)
    members = read_object(request.content_type, request.body, None, None)
    status = (read_text(members, "Status") or "").lower()
    if status not in ("active", "suspended"):
        raise errors.invalid("The value of 'Status' is not valid.")
    if guid_or_none(read_text(members, "SubscriptionId") or subscription.id) != subscription.id:
        raise errors.invalid("The subscription in the request body does not match the one in the request URI.")
    _refuse_leaving(request, subscription)
    subscription.state = int(SubscriptionState.Active if status == "active" else SubscriptionState.Suspended)
    request.core.store.azure_pack.save_subscription(subscription)
    return Reply(200, subscription_document(subscription), "Subscription")


def synchronize(request: ApiRequest) -> Reply:
    """200: a subscription that is out of sync is in sync again."""
    subscription = _subscription(request)
    _refuse_leaving(request, subscription)
    if request.flag("sync"):
        subscription.sync_state = subscription.quota_sync_state = int(SyncState.InSync)
        subscription.last_error = None
        request.core.store.azure_pack.save_subscription(subscription)
    return Reply(200, subscription_document(subscription), "Subscription")


def delete_subscription(request: ApiRequest) -> Reply:
    """202 with the subscription as it is now: being deleted."""
    subscription = _subscription(request)
    deletion.delete_subscription(request.core, subscription, force=bool(request.flag("force")))
    return Reply(202, subscription_document(subscription), "Subscription")


def _subscription(request: ApiRequest) -> Subscription:
    wanted = request.params["subscription_id"]
    subscription = request.core.store.azure_pack.subscription(guid_or_none(wanted) or "")
    if subscription is None:
        raise errors.subscription_not_found(wanted)
    caller = request.caller.acts_for
    if caller is not None and subscription.owner.lower() != caller.lower():
        raise errors.not_authorized("the subscription belongs to another user", request.switches)
    return subscription


def _refuse_leaving(request: ApiRequest, subscription: Subscription) -> None:
    if subscription.state == SubscriptionState.DeletePending:
        raise errors.subscription_being_deleted(subscription.id, request.switches)


ROUTES: tuple[Route, ...] = (
    Route("GET", "subscriptions", list_for_user, servers=(ADMIN,)),
    Route("GET", "subscriptions", list_own, servers=(TENANT,)),
    Route("POST", "subscriptions", create_subscription),
    Route("GET", "subscriptions/{subscription_id}", get_subscription),
    Route("PATCH", "subscriptions/{subscription_id}", set_status),
    Route("PUT", "subscriptions/{subscription_id}/quota", synchronize),
    Route("DELETE", "subscriptions/{subscription_id}", delete_subscription),
)
