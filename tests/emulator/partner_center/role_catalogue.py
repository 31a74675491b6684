"""Directory roles: template ids with the name that the API shows and the name that the portals show today.

Sources: Partner Center developer docs: get-a-list-of-roles (the first four, from a trace); Microsoft Entra docs:
permissions-reference (template ids, today's names) and the role list of the older directory modules (names of that
time).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emulator.kernel.identifiers import guid_or_none


@dataclass(frozen=True)
class Role:
    id: str
    old_name: str
    name: str
    """Today's name."""


def _same(role_id: str, name: str) -> Role:
    return Role(role_id, name, name)


GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
USER_ADMINISTRATOR = "fe930be7-5e62-47db-91af-98c3a49a38b1"
LICENSE_ADMINISTRATOR = "4d6ac14f-3453-41d0-bef9-a3e0c569773a"
PRIVILEGED_ROLE_ADMINISTRATOR = "e8611ab8-c189-46e8-94e1-60213ab1f814"
PRIVILEGED_AUTHENTICATION_ADMINISTRATOR = "7be44c8a-adaf-4e2a-84d6-ab2649e08a13"
DIRECTORY_READERS = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
DIRECTORY_WRITERS = "9360feb5-f418-4baa-8175-e2a00bac4301"
DOMAIN_NAME_ADMINISTRATOR = "8329153b-31d0-4727-b945-745eb3bc5f31"
GLOBAL_READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"

FIXTURE_ROLES = (
    Role(GLOBAL_ADMINISTRATOR, "Company Administrator", "Global Administrator"),
    _same("729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator"),
    Role(USER_ADMINISTRATOR, "User Account Administrator", "User Administrator"),
    _same("f023fd81-a637-4b56-95fd-791ac0226033", "Service Support Administrator"),
)
ROLES = (
    *FIXTURE_ROLES,
    _same("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator"),
    _same("cf1c38e5-3621-4004-a7cb-879624dced7c", "Application Developer"),
    _same("c4e39bd9-1100-46d3-8c65-fb160da0071f", "Authentication Administrator"),
    _same("b0f54661-2d74-4c50-afa3-1ec803f12efe", "Billing Administrator"),
    _same("158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator"),
    _same("7698a772-787b-4ac8-901f-60d6b08affd2", "Cloud Device Administrator"),
    _same("17315797-102d-40b4-93e0-432062caca18", "Compliance Administrator"),
    _same("e6d1a23a-da11-4be4-9570-befc86d067a7", "Compliance Data Administrator"),
    _same("b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "Conditional Access Administrator"),
    Role("44367163-eba1-44c3-98af-f5787879f96a", "CRM Service Administrator", "Dynamics 365 Administrator"),
    _same("5c4f9dcd-47dc-4cf7-8c9a-9e4207cbfc91", "Customer LockBox Access Approver"),
    _same(DIRECTORY_READERS, "Directory Readers"),
    _same(DIRECTORY_WRITERS, "Directory Writers"),
    _same(DOMAIN_NAME_ADMINISTRATOR, "Domain Name Administrator"),
    Role("29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Service Administrator", "Exchange Administrator"),
    _same(GLOBAL_READER, "Global Reader"),
    _same("fdd7a751-b60b-444a-984c-02652fe8fa1c", "Groups Administrator"),
    _same("95e79109-95c0-4d8e-aee3-d01accf2d47b", "Guest Inviter"),
    Role(
        "7495fdc4-34c4-4d15-a289-98788ce399fd",
        "Information Protection Administrator",
        "Azure Information Protection Administrator",
    ),
    Role("3a2c62db-5318-420d-8d74-23affee5d9d5", "Intune Service Administrator", "Intune Administrator"),
    _same(LICENSE_ADMINISTRATOR, "License Administrator"),
    Role("75941009-915a-4869-abe7-691bff18279e", "Lync Service Administrator", "Skype for Business Administrator"),
    _same("790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b", "Message Center Reader"),
    _same("966707d0-3269-4727-9be2-8c3a10f19b9d", "Password Administrator"),
    Role("a9ea8996-122f-4c74-9520-8edcd192826c", "Power BI Service Administrator", "Fabric Administrator"),
    _same("11648597-926c-4cf3-9c36-bcebb0ba8dcc", "Power Platform Administrator"),
    _same(PRIVILEGED_AUTHENTICATION_ADMINISTRATOR, "Privileged Authentication Administrator"),
    _same(PRIVILEGED_ROLE_ADMINISTRATOR, "Privileged Role Administrator"),
    _same("4a5d8f65-41da-4de4-8968-e035b65339cf", "Reports Reader"),
    _same("194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator"),
    _same("5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader"),
    Role("f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "SharePoint Service Administrator", "SharePoint Administrator"),
    _same("baf37b3a-610e-45da-9e62-d9d1e5e8914b", "Teams Communications Administrator"),
    Role("69091246-20e8-4a56-aa4d-066075b2a7a8", "Teams Service Administrator", "Teams Administrator"),
)
BY_ID = {role.id: role for role in ROLES}
# The pages about delegated access write "Directory Reader" in the singular.
_BY_NAME = {name.lower(): role for role in ROLES for name in (role.name, role.old_name)} | {
    "directory reader": BY_ID[DIRECTORY_READERS],
    "directory writer": BY_ID[DIRECTORY_WRITERS],
}


def find_role(text: Any) -> Role | None:
    """By template id, today's name or the old one, without case."""
    role_id = guid_or_none(text)
    if role_id is not None:
        return BY_ID.get(role_id)
    return _BY_NAME.get(text.strip().lower()) if isinstance(text, str) else None
