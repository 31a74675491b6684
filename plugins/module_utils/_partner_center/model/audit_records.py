# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What an audit record of Partner Center says: who did what to which user, and how the user was before and after it.

Source: Partner Center developer documentation, "Get a record of Partner Center activity" and "Auditing resources". The
values before and after are JSON texts, in PascalCase, or not there; what a record is about is in ``customizedData``.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass
from datetime import datetime

from ..._common.foreign import clean_text
from ..._common.identifiers import guid_key, is_guid, upn_key
from .attributes import WIRE_NAMES
from .users import parse_time


@dataclass(frozen=True)
class AuditRecord:
    """One operation of the partner that has succeeded.

    :param operation: lower-case letters only (the service writes ``create_customer_user`` as well as
        ``CreateCustomerUser``).
    :param user_ids: the user that it is about; several if it contradicts itself.
    :param names: user principal names that it shows, in normal form; before and after a rename.
    :param old: attributes before it by their option's name, None where it does not say. ``new``: after it.
    :param state: what it says the state is after it.
    :param assigned: ids of SKUs; ``removed`` the same.
    :param role_ids: the directory role.
    """

    customer_id: str
    operation: str
    time: datetime
    actor: str | None
    application_id: str | None
    correlation_id: str
    user_ids: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    old_name: str | None = None
    new_name: str | None = None
    old: t.Mapping[str, str] | None = None
    new: t.Mapping[str, str] | None = None
    state: str | None = None
    assigned: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    role_ids: frozenset[str] = frozenset()
    about_user: bool = True
    """Whether it can be about the attributes or the state of a user at all."""


def record_from_wire(item: t.Any) -> AuditRecord | None:
    """Read a record; None for one that has not succeeded, or lacks what everything else depends on: the customer, the
    time, the operation."""
    if not isinstance(item, dict) or str(item.get("operationStatus")).lower() != "succeeded":
        return None
    customer, time = item.get("customerId"), parse_time(item.get("operationDate"))
    operation = _letters(item.get("operationType"))
    if not isinstance(customer, str) or not is_guid(customer) or time is None or not operation:
        return None
    data = _pairs(item.get("customizedData"))
    old, new = _resource(item.get("resourceOldValue")), _resource(item.get("resourceNewValue"))
    user_like = _letters(item.get("resourceType")) in ("customeruser", "")
    ids = {*data.get("customeruserid", ())}
    if user_like or operation.endswith("usermember"):
        ids |= {str(value["id"]) for value in (old, new) if value and value.get("id")}
    roles = {*data.get("roleid", ()), *([str(new["roleid"])] if new and new.get("roleid") else [])}
    names = [_name(value) for value in (old, new)]
    return AuditRecord(
        guid_key(customer),
        operation,
        time,
        _text(item.get("userPrincipalName")),
        _text(item.get("applicationId")),
        guid_key(str(item.get("originalCorrelationId") or "")),
        frozenset(map(guid_key, ids)),
        frozenset(name for name in names if name),
        names[0],
        names[1],
        _attributes(old) if user_like else None,
        _attributes(new) if user_like else None,
        _state(new) if user_like else None,
        frozenset(map(guid_key, [*data.get("addedlicenseskuid", ()), *_skus(new, "licensestoassign")])),
        frozenset(map(guid_key, [*data.get("removedlicenseskuid", ()), *_skus(new, "licensestoremove")])),
        frozenset(map(guid_key, roles)),
        user_like,
    )


def _letters(value: t.Any) -> str:
    return "".join(char for char in value.lower() if char.isalnum()) if isinstance(value, str) else ""


def _text(value: t.Any) -> str | None:
    return clean_text(value).strip() or None if isinstance(value, str) else None


def _pairs(data: t.Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in data if isinstance(data, list) else ():
        if isinstance(item, dict) and isinstance(item.get("key"), str) and isinstance(item.get("value"), str):
            found.setdefault(item["key"].lower(), []).append(item["value"])
    return found


def _resource(value: t.Any) -> dict[str, t.Any] | None:
    try:
        found = json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError):
        return None
    return {str(name).lower(): item for name, item in found.items()} if isinstance(found, dict) else None


def _attributes(resource: t.Mapping[str, t.Any] | None) -> dict[str, str] | None:
    """The attributes that are there; one that is null or empty is an empty text, and one that is not there is not
    known."""
    if resource is None:
        return None
    found = {}
    for name, wire in WIRE_NAMES.items():
        value = resource.get(wire.lower(), False)
        if value is None or isinstance(value, str):
            found[name] = clean_text(value or "")
    return found


def _name(resource: t.Mapping[str, t.Any] | None) -> str | None:
    value = resource.get("userprincipalname") if resource else None
    return upn_key(value) if isinstance(value, str) and value.strip() else None


def _state(resource: t.Mapping[str, t.Any] | None) -> str | None:
    value = str(resource.get("state")).lower() if resource else ""
    return {"active": "active", "inactive": "deleted"}.get(value)


def _skus(resource: t.Mapping[str, t.Any] | None, name: str) -> t.Iterator[str]:
    items = resource.get(name) if resource else None
    for item in items if isinstance(items, list) else ():
        sku = (
            next((value for key, value in item.items() if key.lower() == "skuid"), None)
            if isinstance(item, dict)
            else item
        )
        if isinstance(sku, str):
            yield sku
