"""Products as they are in traces: the values that a seed gets by naming a part number.

Source: Partner Center developer docs: get-a-list-of-available-licenses,
get-a-list-of-available-licenses-by-license-group.
"""

from __future__ import annotations

from dataclasses import dataclass

GROUPS = ("none", "group1", "group2")
"""The enumeration `licenseGroupId`, in the order of its numbers: group1 lives in Entra ID, group2 are the Minecraft
products."""


@dataclass(frozen=True)
class ServicePlan:
    service_name: str
    id: str
    display_name: str
    target_type: str = "User"


@dataclass(frozen=True)
class Product:
    """total and consumed: the numbers of the trace."""

    id: str
    name: str
    part_number: str
    group: str
    total: int
    consumed: int
    plans: tuple[ServicePlan, ...] = ()


_RMS_PREMIUM = ServicePlan(
    "RMS_S_PREMIUM", "6c57d4b6-3b23-47a5-9bc9-69f17b4947b3", "Azure Information Protection Premium P1"
)
_INTUNE = ServicePlan("INTUNE_A", "c1ec4a95-1f05-45b3-a911-aa3fa01094f5", "Microsoft Intune A Direct")
_RMS = ServicePlan(
    "RMS_S_ENTERPRISE", "bea4c11e-220a-4e6d-8eb8-8ea15d019f90", "Microsoft Azure Active Directory Rights"
)
_AAD = ServicePlan("AAD_PREMIUM", "41781fb2-bc02-4b7c-bd55-b576c07bb09d", "Azure Active Directory Premium P1")
_MFA = ServicePlan("MFA_PREMIUM", "8a256a2b-b617-496d-b51b-e76466e88db0", "Microsoft Azure Multi-Factor Authentication")
_EXCHANGE = ServicePlan(
    "EXCHANGE_S_FOUNDATION", "113feb6c-3fe4-4440-bddc-54d774bf0318", "Exchange Foundation", "Tenant"
)
_BI = ServicePlan("BI_AZURE_P2", "70d33638-9c74-4d01-bfd3-562de28bd4ba", "Power BI Pro")
_DEFENDER = ServicePlan(
    "WINDEFATP", "871d91ec-ec1a-452b-a83f-bd76c7d770ef", "Windows Defender Advanced Threat Protection"
)
_WINDOWS = ServicePlan("WIN10_PRO_ENT_SUB", "21b439ba-a0ca-424f-a6cc-52f954a5b111", "Windows 10 Enterprise E3")

PRODUCTS = (
    Product(
        "efccb6f7-5641-4e0e-bd10-b4976e1bf68e",
        "Enterprise Mobility + Security E3",
        "EMS",
        "group1",
        5,
        1,
        (_RMS_PREMIUM, _INTUNE, _RMS, _AAD, _MFA),
    ),
    Product("f8a1db68-be16-40ed-86d5-cb42ce701560", "Power BI Pro", "POWER_BI_PRO", "group1", 1, 1, (_EXCHANGE, _BI)),
    Product(
        "078d2b04-f1bd-4111-bbd4-b4b1b354cef4",
        "Azure Active Directory Premium P1",
        "AAD_PREMIUM",
        "group1",
        15,
        0,
        (_EXCHANGE, _AAD, _MFA),
    ),
    Product("54b84594-9c77-4499-8d65-5e0d5f410e78", "Dynamics AX Task", "AX_TASK_USER", "group1", 1, 0),
    Product(
        "1e7e1070-8ccb-4aca-b470-d7cb538cb07e",
        "Windows 10 Enterprise E5",
        "WIN_ENT_E5",
        "group1",
        112,
        41,
        (_DEFENDER, _WINDOWS),
    ),
    Product(
        "984df360-9a74-4647-8cf8-696749f6247a",
        "Minecraft Education Edition Faculty",
        "CFQ7TTC0K5DR/0002",
        "group2",
        72,
        49,
    ),
)
BY_PART_NUMBER = {product.part_number.lower(): product for product in PRODUCTS}
