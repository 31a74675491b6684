"""Deleting: what happens at once, and what goes on in the background.

There is no background task. What is under way is in the database with the time it began, and `settle` brings everything
up to the clock before a request is answered; so a moved clock, or a restart, makes no difference.

A subscription is done when its resource providers are: after its time it is gone (ok), it stays with an error (fail),
or it never ends (hang). A user is gone when the last of its subscriptions is; while one is still at work it is Syncing,
and when none is any more and some failed, it is OutOfSync with the error of the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.azure_pack import errors
from emulator.azure_pack.contracts import SubscriptionState, SyncState, UserState, rounded
from emulator.azure_pack.store import Subscription, WapUser
from emulator.kernel.clock import format_time

if TYPE_CHECKING:
    from emulator.kernel.core import Core

FAILED = "The resource provider could not delete the resources of the subscription."
VETOED = "The deletion was not approved by the billing system."


def delete_user(core: Core, user: WapUser, *, subscriptions: bool, force: bool) -> None:
    """Accepts the deletion, or refuses it. The four combinations of the flags are the rows of README.md's table."""
    store, switches = core.store.azure_pack, core.switches
    if subscriptions and force:
        if switches.azure_pack_both_flags == "refuse":
            raise errors.invalid("deleteSubscriptions and force cannot be combined.")
        if switches.azure_pack_both_flags == "force":
            subscriptions = False
    owned = store.subscriptions(user)
    if force and not subscriptions:
        for each in owned:
            _orphan(core, each, "user deleted by force")
        _remove_user(core, user)
        return
    if owned and not subscriptions and user.delete_started is None:
        raise errors.has_subscriptions(user.name, len(owned), switches)
    if owned and subscriptions and switches.azure_pack_billing_veto == "refuse":
        raise errors.billing_veto()
    now = core.clock.timestamp()
    if subscriptions:
        for each in owned:
            _tell_providers(core, each, now, ignore_failures=force)
    if user.delete_started is None:
        user.delete_started = now
        user.delete_shows_at = now if user.state == UserState.DeletePending else now + switches.azure_pack_delete_lag
        user.delete_seconds = switches.azure_pack_delete_seconds
        user.last_error = None
    store.save_user(user)
    _show(core, user, now)


def delete_subscription(core: Core, subscription: Subscription, *, force: bool) -> None:
    """Accepts the deletion; with force the record goes at once and what the providers have becomes an orphan."""
    subscription.state, subscription.sync_state = SubscriptionState.DeletePending, SyncState.Syncing
    if force:
        _orphan(core, subscription, "subscription deleted by force")
        core.store.azure_pack.remove_subscription(subscription)
        return
    if core.switches.azure_pack_billing_veto == "refuse":
        raise errors.billing_veto()
    _tell_providers(core, subscription, core.clock.timestamp(), ignore_failures=False)


def settle(core: Core) -> None:
    """Carries out what has come to its time."""
    store = core.store.azure_pack
    subscriptions, users = store.subscriptions_leaving(), store.users_leaving()
    if not subscriptions and not users:
        return
    now = core.clock.timestamp()
    with core.store.transaction():
        for subscription in subscriptions:
            _settle_subscription(core, subscription, now)
        for user in users:
            _settle_user(core, user, now)


def _settle_subscription(core: Core, subscription: Subscription, now: float) -> None:
    store, provider = core.store.azure_pack, subscription.provider
    vetoed = core.switches.azure_pack_billing_veto == "fail"
    outcome = "fail" if vetoed else provider["outcome"]
    if outcome == "hang":
        if subscription.delete_ignores_failures:
            _orphan(core, subscription, "provider did not end")
            store.remove_subscription(subscription)
        return
    seconds = provider.get("seconds", core.switches.azure_pack_provider_seconds)
    if now < (subscription.delete_started or 0) + seconds:
        return
    if outcome == "ok":
        store.remove_subscription(subscription)
        return
    message = VETOED if vetoed else provider.get("message") or FAILED
    if subscription.delete_ignores_failures:
        _orphan(core, subscription, message)
        store.remove_subscription(subscription)
        return
    subscription.sync_state, subscription.last_error, subscription.delete_started = SyncState.OutOfSync, message, None
    store.save_subscription(subscription)


def _settle_user(core: Core, user: WapUser, now: float) -> None:
    store = core.store.azure_pack
    left = store.subscriptions(user)
    if not left:
        if now >= max(user.delete_shows_at or 0, user.delete_started or 0) + (user.delete_seconds or 0):
            _remove_user(core, user)
            return
    elif not any(each.delete_started is not None for each in left):
        failed = [each for each in left if each.last_error]
        user.state, user.sync_state, user.delete_started = UserState.DeletePending, SyncState.OutOfSync, None
        user.last_error = failed[0].last_error if failed else FAILED
        store.save_user(user)
        return
    _show(core, user, now)


def _show(core: Core, user: WapUser, now: float) -> None:
    if now >= (user.delete_shows_at or 0):
        state, sync_state = int(UserState.DeletePending), core.switches.azure_pack_deleting_sync_state
        if (user.state, user.sync_state) != (state, sync_state):
            user.state, user.sync_state = state, sync_state
            core.store.azure_pack.save_user(user)


def _tell_providers(core: Core, subscription: Subscription, now: float, *, ignore_failures: bool) -> None:
    if subscription.delete_started is None:
        subscription.delete_started = now
    subscription.state, subscription.sync_state = SubscriptionState.DeletePending, SyncState.Syncing
    subscription.last_error, subscription.delete_ignores_failures = None, ignore_failures
    core.store.azure_pack.save_subscription(subscription)


def _remove_user(core: Core, user: WapUser) -> None:
    store = core.store.azure_pack
    store.remove_user(user)
    if core.switches.azure_pack_co_admin_of_deleted == "remove":
        for each in store.co_administered_by(user.name):
            each.co_admins = [name for name in each.co_admins if name.lower() != user.name.lower()]
            store.save_subscription(each)
    if core.switches.azure_pack_made_anew:
        store.save_user(WapUser(user.name, user.email, int(UserState.Active), rounded(core.clock.timestamp())))


def _orphan(core: Core, subscription: Subscription, reason: str) -> None:
    core.store.azure_pack.add_orphan(
        {
            "subscription_id": subscription.id,
            "name": subscription.name,
            "plan": subscription.plan,
            "owner": subscription.owner,
            "reason": reason,
            "time": format_time(core.clock.timestamp()),
        }
    )
