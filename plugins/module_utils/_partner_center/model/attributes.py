# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The attributes of a user that can be declared: one table, which validation, requests, comparison, plan and results
follow.

Sources: Partner Center developer documentation, "User resources" (names; a null is ignored there, and no other way to
clear a value is documented), Microsoft Graph documentation, "user resource type" (limits).
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._common.identifiers import upn_key
from ..._common.text import nfc, same_text


@dataclass(frozen=True)
class Attribute:
    """One attribute.

    :param name: the option, and the field of :class:`users.User`.
    :param wire: the property in requests and answers of Partner Center; None for what Partner Center does not have.
    :param limit: characters that the directory takes; None where the text is checked in another way.
    :param synced: whether Active Directory owns it for a synchronized user: the next synchronization would undo a
        change, and the service rejects many of them.
    :param clearable: whether the service documents a way to take a value away again; an empty string is that wish, and
        is refused where there is none.
    :param form: the form in which two values are compared.
    """

    name: str
    wire: str | None
    limit: int | None = None
    synced: bool = True
    clearable: bool = False
    form: t.Callable[[str], str] = nfc


ATTRIBUTES: dict[str, Attribute] = {
    attribute.name: attribute
    for attribute in (
        Attribute("user_principal_name", "userPrincipalName", form=upn_key),
        # The portal's own form stops at 50 characters, but users with longer names exist and must stay manageable.
        Attribute("display_name", "displayName", 256),
        Attribute("first_name", "firstName", 64),
        Attribute("last_name", "lastName", 64),
        Attribute("usage_location", "usageLocation", synced=False, form=str.upper),
        Attribute("immutable_id", "immutableId", 256),
        Attribute("phone_number", "phoneNumber", 64),
    )
}
"""The attributes by their names, in the order of results."""

WIRE_NAMES: t.Mapping[str, str] = {
    attribute.name: attribute.wire for attribute in ATTRIBUTES.values() if attribute.wire is not None
}
"""The attributes that Partner Center has, with their names on the wire."""

SYNCED_ATTRIBUTES = frozenset(attribute.name for attribute in ATTRIBUTES.values() if attribute.synced)


def same_value(name: str, found: t.Any, wanted: t.Any) -> bool:
    """Whether a field of a user has the value that is wanted; of a field that is no attribute the texts are
    compared."""
    return same_text(found, wanted, ATTRIBUTES[name].form if name in ATTRIBUTES else nfc)
