"""What the directory takes as values of a user: types first, then rules. Nothing here writes.

The texts of refusals are the directory's wording or our own; codes as chosen in errors.py. Sources: Partner Center
developer docs: create-user-accounts-for-a-customer, user-resources; Microsoft Entra docs: password policies.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulator.partner_center import errors, password_rules
from emulator.partner_center.countries import COUNTRIES
from emulator.partner_center.user_store import User, upn_key

if TYPE_CHECKING:
    from emulator.partner_center.request import ApiRequest

# Name on the wire -> attribute of User. Folded names are the keys, because requests are matched without case.
WRITABLE = {
    "userPrincipalName": "upn",
    "displayName": "display_name",
    "firstName": "first_name",
    "lastName": "last_name",
    "usageLocation": "usage_location",
    "immutableId": "immutable_id",
    "phoneNumber": "phone_number",
}
# What a name may hold that is given to somebody. Source: Microsoft Entra docs, "userPrincipalName policies that
# apply to all user accounts".
_NAME_CHARACTERS = frozenset(string.ascii_letters + string.digits + "'.-_!#^~")
_NAME_LIMITS = (64, 48)
# Mastered on premises for a synchronised user; the usage location is not.
SYNCED_FIELDS = frozenset(("userPrincipalName", "displayName", "firstName", "lastName", "immutableId", "phoneNumber"))
_STATES = {"active": "active", "inactive": "inactive", "0": "active", "1": "inactive"}


@dataclass(frozen=True)
class PasswordChange:
    password: str
    force_change: bool


def kept(fields: dict[str, str], ignored: list[str]) -> dict[str, str]:
    """Without the fields that the service takes and drops."""
    dropped = {each.lower() for each in ignored}
    return {name: value for name, value in fields.items() if name.lower() not in dropped}


def read_fields(body: dict[str, Any]) -> dict[str, str]:
    """The writable fields that the body brings, by their name on the wire. Null is "not supplied"; "" is refused.

    Microsoft's SDKs send every property with a null where nothing is meant, so null cannot mean "clear".
    """
    found = {}
    for name in WRITABLE:
        value = body.get(name.lower())
        if value is None:
            continue
        if not isinstance(value, str):
            raise errors.invalid_input(f"{name} is not a string.")
        if not value.strip():
            raise errors.invalid_property(name, "The value is empty.")
        found[name] = value
    if "usageLocation" in found:
        found["usageLocation"] = _country(found["usageLocation"])
    return found


def read_password(body: dict[str, Any], upn: str, refused: list[str]) -> PasswordChange | None:
    """The password profile for the user of this name; None without a password. The flag alone changes nothing: in
    the directory it takes effect only together with a password.

    refused: texts that no password may hold, as a tenant's list of banned passwords has them.
    """
    profile = body.get("passwordprofile")
    if profile is None:
        return None
    if not isinstance(profile, dict):
        raise errors.invalid_input("passwordProfile is not an object.")
    password, force_change = profile.get("password"), profile.get("forcechangepassword")
    if not isinstance(force_change, (bool, type(None))):
        raise errors.invalid_input("forceChangePassword is not a boolean.")
    if password is None:
        return None
    if not isinstance(password, str):
        raise errors.invalid_input("password is not a string.")
    banned = any(each.lower() in password.lower() for each in refused)
    if banned or not password_rules.is_strong(password, upn.rpartition("@")[0]):
        raise errors.weak_password()
    return PasswordChange(password, bool(force_change))


def read_state(body: dict[str, Any]) -> str | None:
    """ "active", "inactive" or None when the body has no state."""
    value = body.get("state")
    if value is None:
        return None
    state = None if isinstance(value, bool) else _STATES.get(str(value).strip().lower())
    if state is None:
        raise errors.bad_enum(value)
    return state


def check_upn(request: ApiRequest, upn: str, owner_id: str | None = None) -> None:
    """A name in one of the customer's domains that is not federated, and that no other active user has."""
    local, at, domain = upn.rpartition("@")
    if not at or not local or "@" in local or any(each.isspace() for each in upn):
        raise errors.invalid_property("userPrincipalName", "The value is not a user principal name.")
    _check_name_rules(local, domain, request.core.switches.directory_refuses)
    known = request.core.store.customers.domain_of(domain)
    if known is None or known[0] != request.customer.id:
        reason = (
            "The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain "
            "names."
        )
        raise errors.invalid_property("userPrincipalName", reason)
    if known[1]:
        raise errors.invalid_property("userPrincipalName", "The domain is federated; its users come from on premises.")
    check_not_taken(request, upn, owner_id)


def _check_name_rules(local: str, domain: str, refused: list[str]) -> None:
    """Names that exist are not looked at: the seed may hold guests and users with older names."""
    if any(each.lower() in local.lower() for each in refused):
        raise errors.invalid_property("userPrincipalName", "Property userPrincipalName is invalid.")
    long = len(local) > _NAME_LIMITS[0] or len(domain) > _NAME_LIMITS[1]
    if local.endswith(".") or long or not _NAME_CHARACTERS.issuperset(local) or "#ext#" in local.lower():
        raise errors.invalid_property("userPrincipalName", "Property userPrincipalName is invalid.")


def check_not_taken(request: ApiRequest, upn: str, owner_id: str | None) -> None:
    """Deleted users do not count: their name can be given again, and it is their restore that then fails."""
    namesake = request.core.store.users.active_by_upn(request.customer.id, upn)
    if namesake is not None and namesake.id != owner_id:
        raise errors.duplicate_upn(request.core.switches.duplicate_upn_status)


def changes(user: User, fields: dict[str, str]) -> dict[str, str]:
    """Fields that differ from what the user has. A whole object sent back, as both PowerShell modules do, changes
    nothing.

    The shown form of a deleted user's name (prefixed with its id) sent back is no rename either.
    """
    found = {name: value for name, value in fields.items() if getattr(user, WRITABLE[name]) != value}
    if user.is_deleted and found.get("userPrincipalName", "").lower() == user.prefixed_upn().lower():
        del found["userPrincipalName"]
    return found


def is_rename(user: User, changed: dict[str, str]) -> bool:
    return "userPrincipalName" in changed and upn_key(changed["userPrincipalName"]) != upn_key(user.upn)


def check_synced(request: ApiRequest, user: User, changed: dict[str, str]) -> None:
    refused = sorted(SYNCED_FIELDS & set(changed))
    if user.is_synced and refused and request.core.switches.synced_user_writes == "refuse":
        reason = "Unable to update the specified properties for on-premises mastered Directory Sync objects."
        raise errors.invalid_property(refused[0], reason)


def _country(value: str) -> str:
    code = value.strip().upper()
    if code not in COUNTRIES:
        raise errors.invalid_property("usageLocation", "Invalid value specified for property 'usageLocation'.")
    return code
