# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Directory roles: how they are named and found, and which of them make their holders privileged.

Sources: Partner Center developer documentation, "Get a list of roles for a customer" (the names that the service shows
are partly older than those of today); Microsoft Entra documentation, "Microsoft Entra built-in roles" (ids, today's
names, the label Privileged).
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._common.errors import TransportError
from ..._common.identifiers import Guid, guid_key, is_guid
from ..._common.text import nearest, nfc, shown
from .licenses import Unresolved

GLOBAL_ADMINISTRATOR = Guid("62e90394-69f5-4237-9190-012177145e10")

PRIVILEGED: dict[str, str] = {
    GLOBAL_ADMINISTRATOR: "Global Administrator",
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
    "db506228-d27e-4b7d-95e5-295956d6615f": "Agent ID Administrator",
    "cf1c38e5-3621-4004-a7cb-879624dced7c": "Application Developer",
    "ecb2c6bf-0ab6-418e-bd87-7986f8d63bbe": "Attribute Provisioning Administrator",
    "422218e4-db15-4ef9-bbe0-8afb41546d79": "Attribute Provisioning Reader",
    "c4e39bd9-1100-46d3-8c65-fb160da0071f": "Authentication Administrator",
    "25a516ed-2fa0-40ea-a2d0-12923a21473a": "Authentication Extensibility Administrator",
    "aaf43236-0c0d-4d5f-883a-6955382ac081": "B2C IEF Keyset Administrator",
    "158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
    "7698a772-787b-4ac8-901f-60d6b08affd2": "Cloud Device Administrator",
    "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9": "Conditional Access Administrator",
    "9360feb5-f418-4baa-8175-e2a00bac4301": "Directory Writers",
    "8329153b-31d0-4727-b945-745eb3bc5f31": "Domain Name Administrator",
    "be2f45a1-457d-42af-a067-6ec1fa63bc45": "External Identity Provider Administrator",
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451": "Global Reader",
    "729827e3-9c14-49f7-bb1b-9608f156bbb8": "Helpdesk Administrator",
    "8ac3fc64-6eca-42ea-9e69-59f4c7b60eb2": "Hybrid Identity Administrator",
    "3a2c62db-5318-420d-8d74-23affee5d9d5": "Intune Administrator",
    "59d46f88-662b-457b-bceb-5c3809e5908f": "Lifecycle Workflows Administrator",
    "4ba39ca4-527c-499a-b93d-d9b492c50246": "Partner Tier1 Support",
    "e00e864a-17c5-4a4b-9c06-f5b95a8d5bd8": "Partner Tier2 Support",
    "966707d0-3269-4727-9be2-8c3a10f19b9d": "Password Administrator",
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13": "Privileged Authentication Administrator",
    "e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
    "194ae4cb-b126-40b2-bd5b-6091b380977d": "Security Administrator",
    "5f2222b1-57c3-48ba-8ad5-d4759f1fde6f": "Security Operator",
    "5d6b6bb7-de71-4623-b4af-96380a352509": "Security Reader",
    "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
}
"""Roles that Microsoft labels privileged, by the id of the role template: their holders are never purged."""

_RENAMED = {
    "company administrator": "global administrator",
    "user account administrator": "user administrator",
    "intune service administrator": "intune administrator",
    "exchange service administrator": "exchange administrator",
    "sharepoint service administrator": "sharepoint administrator",
    "skype for business service administrator": "skype for business administrator",
    "lync service administrator": "skype for business administrator",
    "power bi service administrator": "fabric administrator",
    "power bi administrator": "fabric administrator",
    "directory reader": "directory readers",
    "directory writer": "directory writers",
    "crm service administrator": "dynamics 365 administrator",
    "information protection administrator": "azure information protection administrator",
    "teams service administrator": "teams administrator",
}
"""Older and looser names of roles: today's name, both in normal form."""


_ADMINISTRATOR_KEY = "global administrator"


@dataclass(frozen=True, order=True)
class Role:
    """A directory role, under the name that the service gives it."""

    name: str
    id: Guid

    def result(self) -> dict[str, t.Any]:
        """As ``customer_info`` returns it."""
        return {"id": self.id, "name": self.name}


def role_key(text: str) -> str:
    """The normal form of a role's name: without case, an older name as today's."""
    key = " ".join(nfc(text).casefold().split())
    return _RENAMED.get(key, key)


def administrator_roles(catalogue: t.Iterable[Role]) -> frozenset[Guid]:
    """The ids under which a catalogue has Global Administrator; none if it does not, and then it was not understood."""
    return frozenset(
        role.id for role in catalogue if role.id == GLOBAL_ADMINISTRATOR or role_key(role.name) == _ADMINISTRATOR_KEY
    )


def find_role(text: str, catalogue: t.Iterable[Role]) -> Role:
    """The one role with this id or name. :raises Unresolved:"""
    catalogue = tuple(catalogue)
    key = role_key(text)
    exact = " ".join(nfc(text).casefold().split())
    found = [role for role in catalogue if role.id == guid_key(text) or role_key(role.name) == key]
    # Two roles that share a name only by one being another's older name: the one that is called exactly so is meant.
    found = [role for role in found if role.name.casefold() == exact] or found
    if len(found) == 1:
        return found[0]
    if found:
        raise Unresolved(
            f"{shown(text)} could be any of {', '.join(f'{role.name} ({role.id})' for role in sorted(found))}; use "
            "the id",
            reason="no_such_role",
            found=(role.name for role in found),
        )
    listed = ", ".join(sorted(role.name for role in catalogue)) or "none"
    near = nearest(text.strip(), (role.name for role in catalogue))
    raise Unresolved(f"no directory role is named {shown(text)}{near}; the roles are {listed}", reason="no_such_role")


def role_from_wire(data: t.Any) -> Role:
    """Read a DirectoryRole. :raises TransportError: when it has no usable id."""
    if not isinstance(data, dict) or not is_guid(data.get("id")):
        raise TransportError("Partner Center returned a directory role without a valid id. The response was not used.")
    name = data.get("name")
    return Role(name if isinstance(name, str) and name else guid_key(data["id"]), guid_key(data["id"]))


def member_id(data: t.Any) -> Guid:
    """The user's id of a UserMember. :raises TransportError: when it has none."""
    if not isinstance(data, dict) or not is_guid(data.get("id")):
        raise TransportError(
            "Partner Center returned a member of a role without a valid id. The response was not used."
        )
    return guid_key(data["id"])
