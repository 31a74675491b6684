"""The objects of the API: members in the order of the data contracts, enumerations, times, and reading a user from a
request."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from enum import IntEnum
from typing import Any
from xml.etree.ElementTree import Element

from emulator.azure_pack import errors, safe_xml
from emulator.azure_pack.store import Subscription, WapUser
from emulator.azure_pack.wire import INSTANCE_NAMESPACE, JSON_TYPES, NAMESPACE, XML_TYPES, media_type
from emulator.kernel.json_reading import decode_json, fold_names

USER_MEMBERS = ("Name", "Email", "State", "CreatedTime", "SubscriptionCount", "ActivationSyncState", "LastErrorMessage")


class UserState(IntEnum):
    PendingValidation = 0
    Active = 1
    Suspended = 2
    DeletePending = 3


class SubscriptionState(IntEnum):
    """As the service management API numbers them; the view of the resource providers is another one. 0 is never
    stored."""

    Active = 1
    Suspended = 2
    DeletePending = 3


class SyncState(IntEnum):
    InSync = 0
    Syncing = 1
    OutOfSync = 2


def rounded(timestamp: float) -> float:
    """Seconds since 1970 as SQL Server's datetime keeps them: in steps of a 300th of a second."""
    return math.floor(timestamp * 300 + 0.5) / 300


def format_created(timestamp: float, *, zone: bool) -> str:
    """`2013-06-19T17:09:45.387`: milliseconds end in 0, 3 or 7. Answers to reads have no zone, echoes of a write have
    `Z`."""
    milliseconds = round(timestamp * 1000)
    moment = datetime.fromtimestamp(milliseconds // 1000, tz=timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}{'Z' if zone else ''}"


def user_document(user: WapUser, subscription_count: int, switches: Any, *, zone: bool = False) -> dict[str, Any]:
    return {
        "Name": user.name,
        "Email": user.email,
        "State": UserState(user.state),
        "CreatedTime": format_created(user.created, zone=zone),
        "SubscriptionCount": subscription_count,
        "ActivationSyncState": SyncState(user.sync_state),
        "LastErrorMessage": user.last_error,
        **switches.azure_pack_extra_user_members,
    }


def subscription_document(subscription: Subscription) -> dict[str, Any]:
    return {
        "SubscriptionID": subscription.id,
        "SubscriptionName": subscription.name,
        "AccountAdminLiveEmailId": subscription.owner,
        "ServiceAdminLiveEmailId": None,
        "CoAdminNames": subscription.co_admins,
        "AddOnReferences": [],
        "AddOns": [],
        "State": SubscriptionState(subscription.state),
        "QuotaSyncState": SyncState(subscription.quota_sync_state),
        "ActivationSyncState": SyncState(subscription.sync_state),
        "PlanId": subscription.plan,
        "Services": [],
        "LastErrorMessage": subscription.last_error,
        "Features": None,
        "OfferFriendlyName": subscription.plan,
        "OfferCategory": None,
        "Created": format_created(subscription.created, zone=False),
    }


def read_object(content_type: str, body: bytes, contract: tuple[str, ...] | None, root: str | None) -> dict[str, Any]:
    """The members of a request's object, names in lower case. contract, root: the order of the elements and the root's
    name in XML (None: any). Refusals: 415 for another type, 400 for a body that cannot be read."""
    name = media_type(content_type)
    if name not in JSON_TYPES + XML_TYPES:
        if not body:
            raise errors.invalid("The request has no body.")
        raise errors.unsupported_type(name)
    if name in XML_TYPES:
        return _read_xml(body, contract, root)
    try:
        value = decode_json(body)
    except (ValueError, RecursionError):
        raise errors.invalid("The request body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise errors.invalid("The request body is not an object.")
    return fold_names(value)


def _read_xml(body: bytes, contract: tuple[str, ...] | None, root: str | None) -> dict[str, Any]:
    try:
        element = safe_xml.parse(body)
    except safe_xml.BadXml:
        raise errors.invalid("The request body is not valid XML.") from None
    if root is None or contract is None:
        value = safe_xml.to_value(element)
        return fold_names(value) if isinstance(value, dict) else {}
    if element.tag != f"{{{NAMESPACE}}}{root}":
        raise errors.invalid(f"Expecting element '{root}' from namespace '{NAMESPACE}'.")
    members: dict[str, Any] = {}
    position = 0
    for child in element:
        # A reader of data contracts moves forward only: what stands too late, or in another namespace, is not seen.
        known = (
            child.tag == f"{{{NAMESPACE}}}{safe_xml.local_name(child)}"
            and safe_xml.local_name(child) in contract[position:]
        )
        if known:
            position = contract.index(safe_xml.local_name(child)) + 1
            members[safe_xml.local_name(child).lower()] = _xml_text(child)
    return members


def _xml_text(element: Element) -> str | None:
    return None if element.get(f"{{{INSTANCE_NAMESPACE}}}nil") in ("true", "1") else element.text or ""


def read_text(members: dict[str, Any], name: str) -> str | None:
    value = members.get(name.lower())
    if value is not None and not isinstance(value, str):
        raise errors.invalid(f"The value of '{name}' is not a string.")
    return value


def read_enum(members: dict[str, Any], name: str, kind: type[IntEnum], *, exact: bool) -> int:
    """The number or the name of a member; 0 where it is not there, as for every value type. exact: names count with
    their case (XML)."""
    if name.lower() not in members:
        return 0
    value = members[name.lower()]
    if isinstance(value, int) and not isinstance(value, bool) and value in {int(each) for each in kind}:
        return value
    if isinstance(value, str):
        for each in kind:
            if value == each.name or (not exact and (value.lower() == each.name.lower() or value == str(int(each)))):
                return int(each)
    raise errors.invalid(f"The value of '{name}' is not valid.")


def is_xml(content_type: str) -> bool:
    return media_type(content_type) in XML_TYPES
