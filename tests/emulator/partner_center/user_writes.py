"""Writing users: create, update, rename, reset a password, delete, restore.

Sources: Partner Center developer docs: create-user-accounts-for-a-customer, update-user-accounts-for-a-customer,
reset-user-password-for-a-customer, delete-user-accounts-for-a-customer, restore-a-user-for-a-customer.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from emulator.kernel import passwords
from emulator.partner_center import audit, errors, gdap, password_rules, user_rules
from emulator.partner_center.request import ApiRequest
from emulator.partner_center.routing import Route
from emulator.partner_center.user_resource import user_document
from emulator.partner_center.user_rules import WRITABLE, PasswordChange
from emulator.partner_center.user_store import User
from emulator.partner_center.users import active_user, any_user
from emulator.partner_center.wire import Reply

_NO_USER_CHANGES = frozenset(("us_government", "germany"))
_NO_PASSWORD_RESET = frozenset(("us_government", "germany", "china"))


def create_user(request: ApiRequest) -> Reply:
    """200 (or 201): the user with the password in clear; without one in the request, the service makes one."""
    core = request.core
    body = request.json_object()
    sent = user_rules.read_fields(body)
    fields = user_rules.kept(sent, core.switches.ignore_create_fields)
    for name in ("userPrincipalName", "displayName"):
        if name not in fields:
            raise errors.invalid_property(name, "A value is required for this property.")
    if (
        core.switches.overtaken_creates != "no"
        and core.store.users.active_by_upn(request.customer.id, fields["userPrincipalName"]) is None
    ):
        _overtake(request, fields, by_partner=core.switches.overtaken_creates == "partner")
        # Not raised: what somebody else has written stays.
        return errors.duplicate_upn(core.switches.duplicate_upn_status).reply(core.switches)
    user_rules.check_upn(request, fields["userPrincipalName"])
    change = user_rules.read_password(body, fields["userPrincipalName"], core.switches.directory_refuses)
    change = change or PasswordChange(password_rules.generate(), _force_change(body))
    now = core.clock.timestamp()
    user = User(
        customer_id=request.customer.id,
        id=str(uuid.uuid4()),
        upn=fields["userPrincipalName"],
        display_name=fields["displayName"],
        created=now,
        visible_at=now + core.switches.read_lag_ms / 1000 if core.switches.read_lag_ms else 0.0,
        hidden_reads=core.switches.not_found_reads,
    )
    _assign(user, fields)
    _set_password(user, change)
    core.store.users.insert_many([user])
    _audit(request, "create_customer_user", user)
    document = user_document(
        request,
        _as_answered(request, user, sent),
        password_profile=_echo(request, change),
        with_links=core.switches.create_links,
    )
    return Reply(core.switches.create_status, document)


def _overtake(request: ApiRequest, fields: dict[str, str], by_partner: bool) -> None:
    """Somebody else creates the user."""
    core = request.core
    other = User(
        customer_id=request.customer.id,
        id=str(uuid.uuid4()),
        upn=fields["userPrincipalName"],
        display_name=fields["displayName"],
        created=core.clock.timestamp(),
    )
    _assign(other, fields if by_partner else {**fields, "firstName": "Somebody"})
    _set_password(other, PasswordChange(password_rules.generate(), force_change=False))
    core.store.users.insert_many([other])
    if by_partner:
        _audit(request, "create_customer_user", other, str(uuid.uuid4()))


def patch_user(request: ApiRequest) -> Reply:
    """200: the whole user after the change. With state active on a deleted user: a restore, other fields allowed with
    it."""
    core = request.core
    user = any_user(request)
    body = request.json_object()
    state = user_rules.read_state(body)
    if user.is_deleted and state != "active":
        raise errors.user_not_found(core.switches.missing_user)
    if state == "inactive" and core.switches.patch_state_inactive == "refuse":
        raise errors.invalid_property("state", "A user is deleted with DELETE.")
    if body.get("passwordprofile") is not None and core.switches.national_cloud in _NO_PASSWORD_RESET:
        raise errors.not_in_this_cloud()
    change = user_rules.read_password(body, user.upn, core.switches.directory_refuses)
    _check_privileges(request, body, change)
    gdap.check_target(request, user)
    sent = user_rules.read_fields(body)
    changed = user_rules.changes(user, user_rules.kept(sent, core.switches.ignore_patch_fields))
    user_rules.check_synced(request, user, changed)
    if user_rules.is_rename(user, changed):
        user_rules.check_upn(request, changed["userPrincipalName"], user.id)
    elif user.is_deleted:
        user_rules.check_not_taken(request, user.upn, user.id)
    operation = _operation(user, changed, change)
    before = replace(user)
    _assign(user, changed)
    user.deleted_at = None
    if change is not None:
        _set_password(user, change)
    if state == "inactive" and core.switches.patch_state_inactive == "delete":
        _mark_deleted(request, user)
        operation = "delete_customer_user"
    core.replicas.updated(before)
    core.store.users.update(user)
    if before.is_deleted:
        _give_back(request, user)
    _audit(request, operation, user, before=before)
    return Reply(
        200, user_document(request, _as_answered(request, user, sent), password_profile=_echo(request, change))
    )


def _as_answered(request: ApiRequest, user: User, sent: dict[str, str]) -> User:
    """The user in the answer to a write: as it is now, or with the switch as it was asked for."""
    shown = replace(user)
    if request.core.switches.answers_repeat_fields:
        _assign(shown, sent)
    return shown


def _check_privileges(request: ApiRequest, body: dict[str, Any], change: PasswordChange | None) -> None:
    """Fields and a password need different roles in the customer's tenant; the body shows which of them the call is
    about."""
    cloud = request.core.switches.national_cloud
    if change is not None:
        gdap.require(request.customer, gdap.RESET_PASSWORD, cloud)
    if change is None or any(body.get(name.lower()) is not None for name in WRITABLE):
        gdap.require(request.customer, gdap.WRITE_USERS, cloud)


def reset_password(request: ApiRequest) -> Reply:
    """200: the user with the new password. The path of today's docs page; older clients PATCH the user itself. A
    service without it answers as its gateway does, or as it does to requests that it does not understand."""
    choice = request.core.switches.reset_password_path
    if choice == 405:
        raise errors.method_not_allowed("PATCH", [])
    if choice == 400:
        raise errors.invalid_input("the path is not known.")
    user = active_user(request)
    gdap.check_target(request, user)
    change = user_rules.read_password(request.json_object(), user.upn, request.core.switches.directory_refuses)
    if change is None:
        raise errors.invalid_property("password", "A value is required for this property.")
    _set_password(user, change)
    request.core.store.users.update(user)
    _audit(request, "reset_customer_user_password", user)
    return Reply(200, user_document(request, user, password_profile=_echo(request, change)))


def delete_user(request: ApiRequest) -> Reply:
    """204: the user is kept for 30 days. A deleted or unknown one is not found."""
    user = active_user(request)
    gdap.check_target(request, user, deletes=True)
    user_rules.check_synced(request, user, {"userPrincipalName": ""})
    before = replace(user)
    _mark_deleted(request, user)
    request.core.store.users.update(user)
    _audit(request, "delete_customer_user", user, before=before)
    return Reply(204)


def _mark_deleted(request: ApiRequest, user: User) -> None:
    # Whole seconds, as softDeletionTime shows them: what a client computes from it is then what the purge does.
    core = request.core
    user.deleted_at = float(int(core.clock.timestamp()))
    core.store.licenses.release(user.customer_id, user.id)
    if core.switches.roles_of_deleted == "drop":
        core.store.roles.remove_user(user.customer_id, user.id)


def _give_back(request: ApiRequest, user: User) -> None:
    """Licences come back as far as seats are free (Partner Center docs: assign-licenses-to-users); memberships were
    only hidden."""
    licenses = request.core.store.licenses
    if request.core.switches.licenses_of_restored == "drop":
        licenses.unassign(user.customer_id, user.id)
    else:
        licenses.reclaim(user.customer_id, user.id)


def _operation(user: User, changed: dict[str, str], change: PasswordChange | None) -> str:
    """The audit record's type for a PATCH; a rename and a reset have types of their own."""
    if user.is_deleted:
        return "restore_customer_user"
    if "userPrincipalName" in changed:
        return "update_customer_user_principal_name"
    return "reset_customer_user_password" if change is not None and not changed else "update_customer_user"


def _audit(
    request: ApiRequest, operation: str, user: User, correlation_id: str | None = None, before: User | None = None
) -> None:
    audit.write(
        request,
        operation,
        "customer_user",
        {"CustomerUserId": user.id},
        _audited(user),
        correlation_id,
        None if before is None else _audited(before),
    )


def _audited(user: User) -> dict[str, Any]:
    """The resource as audit records have it, in the .NET SDK's spelling."""
    return {
        **{name[0].upper() + name[1:]: getattr(user, attribute) for name, attribute in WRITABLE.items()},
        "Id": user.id,
        "State": "inactive" if user.is_deleted else "active",
        "Attributes": {"ObjectType": "CustomerUser"},
    }


def _assign(user: User, fields: dict[str, str]) -> None:
    for name, value in fields.items():
        setattr(user, WRITABLE[name], value)


def _set_password(user: User, change: PasswordChange) -> None:
    user.password_hash = passwords.hash_password(change.password)
    user.force_change = change.force_change


def _force_change(body: dict[str, Any]) -> bool:
    profile = body.get("passwordprofile")
    return bool(profile.get("forcechangepassword")) if isinstance(profile, dict) else False


def _echo(request: ApiRequest, change: PasswordChange | None) -> dict[str, Any] | None:
    """The answer holds the password, as the traces show. One of them answers false to a request of true, hence the
    switch."""
    if change is None:
        return None
    told = change.force_change and request.core.switches.force_change_echo == "request"
    return {"forceChangePassword": told, "password": change.password}


ROUTES = (
    Route("POST", "customers/{customer_id}/users", create_user, missing_in=_NO_USER_CHANGES, needs=gdap.WRITE_USERS),
    Route(
        "PATCH",
        "customers/{customer_id}/users/{user_id}",
        patch_user,
        missing_in=_NO_USER_CHANGES,
        needs=gdap.PATCH_USER,
    ),
    Route(
        "PATCH",
        "customers/{customer_id}/users/{user_id}/resetpassword",
        reset_password,
        hidden_by="reset_password_path",
        missing_in=_NO_PASSWORD_RESET,
        needs=gdap.RESET_PASSWORD,
    ),
    Route("DELETE", "customers/{customer_id}/users/{user_id}", delete_user, needs=gdap.DELETE_USER),
)
