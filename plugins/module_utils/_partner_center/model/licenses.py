# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Subscribed SKUs of a customer and licences of a user: how they are read from the wire, named, and found by what a
person writes.

Source: Partner Center developer documentation, "License resources", "Get a list of available licenses", "Check which
licenses are assigned to a user".
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._common.errors import TransportError
from ..._common.identifiers import guid_key, is_guid
from ..._common.text import nearest, nfc, shown

GROUPS = ("group1", "group2")
"""Licence groups: products whose licences are kept in Entra ID, and those of Minecraft. One request serves one
group."""

_ENABLED = ("assigned", "enabled")
"""Statuses of a service plan that is on; a plan that is left out or has another status is excluded."""


class Unresolved(Exception):
    """A SKU, a service plan or a role cannot be found by its name, or not unambiguously; the text says which.

    :param reason: the stable word for it.
    :param found: the names of those that it may be.
    """

    def __init__(self, message: str, *, reason: str, found: t.Iterable[str] = ()) -> None:
        super().__init__(message)
        self.reason = reason
        self.found = tuple(found)


@dataclass(frozen=True)
class ServicePlan:
    """A part of a product. ``tenant_wide`` ones are for the whole tenant and cannot be excluded for one user."""

    id: str
    name: str
    display_name: str | None = None
    status: str | None = None
    tenant_wide: bool = False

    def result(self) -> dict[str, t.Any]:
        """As ``customer_info`` returns it."""
        return {
            "id": self.id,
            "name": self.name,
            "display_name": self.display_name,
            "status": self.status,
            "tenant_wide": self.tenant_wide,
        }


@dataclass(frozen=True)
class Sku:
    """A product that the customer has bought, with its seats. ``free`` is never below zero."""

    id: str
    part_number: str
    name: str | None
    group: str
    total: int
    consumed: int
    free: int
    suspended: int = 0
    warning: int = 0
    status: str | None = None
    tenant_wide: bool = False
    plans: tuple[ServicePlan, ...] = ()

    @property
    def label(self) -> str:
        """How to call it in a message."""
        return f"{self.part_number} ({self.name})" if self.name and self.name != self.part_number else self.part_number

    @property
    def usable(self) -> bool:
        """Whether its status lets licences be assigned; what the service does not say is no reason to doubt it."""
        return (self.status or "enabled").lower() in ("enabled", "warning")

    def result(self) -> dict[str, t.Any]:
        """As ``customer_info`` returns it."""
        return {
            "sku": self.part_number,
            "sku_id": self.id,
            "name": self.name,
            "license_group": self.group,
            "status": self.status,
            "seats": {
                "total": self.total,
                "consumed": self.consumed,
                "free": self.free,
                "suspended": self.suspended,
                "warning": self.warning,
            },
            "service_plans": [plan.result() for plan in self.plans],
        }


@dataclass(frozen=True)
class License:
    """A licence of a user.

    :param enabled: ids of the service plans that are on, in lower case; None for a licence that is planned with all
        plans on.
    :param plans_known: whether the service has said which are on.
    """

    sku_id: str
    part_number: str
    name: str | None
    group: str
    enabled: frozenset[str] | None = None
    plans_known: bool = True


@dataclass(frozen=True)
class LicenseDeclaration:
    """One licence, as declared: a SKU in the words of the declaration, and the plans that are off, None if they are not
    managed."""

    sku: str
    excluded_plans: tuple[str, ...] | None = None


@dataclass(frozen=True)
class LicenseChange:
    """What one request does: SKUs of one group to assign (or to change), each with the ids of its excluded plans, and
    SKUs to take away."""

    group: str
    assign: tuple[tuple[str, tuple[str, ...]], ...] = ()
    remove: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    """Those of ``assign`` that need a free seat, because the user does not have them yet."""

    def result(self) -> dict[str, t.Any]:
        """As a plan file holds it."""
        return {
            "assign": [{"sku_id": sku_id, "excluded_plans": list(plans)} for sku_id, plans in self.assign],
            "remove": list(self.remove),
        }


def excluded(license: License, sku: Sku | None) -> tuple[ServicePlan, ...] | None:
    """The plans of a licence that are off; None when that cannot be known, because the customer's SKU is not, or the
    service did not say it."""
    if sku is None or (sku.plans and not license.plans_known):
        return None
    if license.enabled is None:
        return ()
    return tuple(plan for plan in sku.plans if not plan.tenant_wide and plan.id not in license.enabled)


def brief(license: License, sku: Sku | None) -> t.Any:
    """A licence in the form in which it is declared, so that what was read can be declared again: the part number
    alone, or with the plans that are off."""
    plans = excluded(license, sku)
    return (
        {"sku": license.part_number, "excluded_plans": sorted(plan.name for plan in plans)}
        if plans
        else license.part_number
    )


def find_sku(text: str, skus: t.Iterable[Sku]) -> Sku:
    """The one SKU with this id, part number or product name, regardless of case. :raises Unresolved:"""
    key = _key(text)
    skus = tuple(skus)
    found = [sku for sku in skus if key in (sku.id, _key(sku.part_number), _key(sku.name or ""))]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(sorted(f"{sku.part_number} ({sku.id})" for sku in found))
        by_part_number = any(_key(sku.part_number) == key for sku in found)
        raise Unresolved(
            f"{shown(text)} could be any of {listed}; use {('' if by_part_number else 'the part number or ')}the id",
            reason="no_such_license",
            found=(sku.part_number for sku in found),
        )
    listed = ", ".join(sorted(sku.part_number for sku in skus)[:30]) or "nothing"
    near = nearest(text.strip(), _names(skus))
    raise Unresolved(
        f"the customer has no subscription to {shown(text)}{near}; it has {listed}", reason="no_such_license"
    )


def find_plan(text: str, sku: Sku) -> ServicePlan:
    """The one service plan of a SKU with this id, name or display name, regardless of case. :raises Unresolved:"""
    key = _key(text)
    found = [plan for plan in sku.plans if key in (plan.id, _key(plan.name), _key(plan.display_name or ""))]
    if len(found) > 1:
        listed = ", ".join(sorted(f"{plan.name} ({plan.id})" for plan in found))
        raise Unresolved(
            f"the service plan {shown(text)} of {sku.part_number} could be any of {listed}; use the id",
            reason="no_such_license",
            found=(plan.name for plan in found),
        )
    if not found:
        listed = ", ".join(sorted(plan.name for plan in sku.plans if not plan.tenant_wide)) or "none"
        near = nearest(text.strip(), _names(sku.plans))
        raise Unresolved(
            f"{sku.part_number} has no service plan {shown(text)}{near}; it has {listed}", reason="no_such_license"
        )
    if found[0].tenant_wide:
        raise Unresolved(
            f"the service plan {found[0].name} of {sku.part_number} is for the whole tenant and cannot be excluded for "
            "a user",
            reason="license_for_tenant",
        )
    return found[0]


def _names(items: t.Iterable[t.Any]) -> t.Iterator[str]:
    """All names of SKUs or of service plans."""
    for item in items:
        yield from filter(None, (getattr(item, "part_number", None), item.name, getattr(item, "display_name", None)))


def sku_from_wire(data: t.Any) -> Sku:
    """Read a SubscribedSku. :raises TransportError: when it has no usable id."""
    product = _product(data, "a subscribed SKU")
    total, consumed = _count(data, "totalUnits"), _count(data, "consumedUnits")
    available = data.get("availableUnits")
    return Sku(
        id=guid_key(product["id"]),
        part_number=_text(product.get("skuPartNumber")) or guid_key(product["id"]),
        name=_text(product.get("name")),
        group=_group(product),
        total=total,
        consumed=consumed,
        # Below zero where seats were taken away from under their users.
        free=max(0, available if isinstance(available, int) else total - consumed),
        suspended=_count(data, "suspendedUnits"),
        warning=_count(data, "warningUnits"),
        status=_text(data.get("capabilityStatus")),
        tenant_wide=_tenant_wide(product),
        plans=_plans(data),
    )


def license_from_wire(data: t.Any) -> License:
    """Read a License of a user. :raises TransportError: when it has no usable id."""
    product = _product(data, "a license")
    return License(
        sku_id=guid_key(product["id"]),
        part_number=_text(product.get("skuPartNumber")) or guid_key(product["id"]),
        name=_text(product.get("name")),
        group=_group(product),
        enabled=frozenset(plan.id for plan in _plans(data) if (plan.status or "").lower() in _ENABLED),
        plans_known=isinstance(data.get("servicePlans"), list),
    )


def _product(data: t.Any, what: str) -> dict[str, t.Any]:
    product = data.get("productSku") if isinstance(data, dict) else None
    if not isinstance(product, dict) or not is_guid(product.get("id")):
        raise TransportError(f"Partner Center returned {what} without a valid product. The response was not used.")
    return product


def _plans(data: t.Mapping[str, t.Any]) -> tuple[ServicePlan, ...]:
    items = data.get("servicePlans")
    return tuple(
        ServicePlan(
            id=guid_key(item["id"]),
            name=_text(item.get("serviceName")) or guid_key(item["id"]),
            display_name=_text(item.get("displayName")),
            status=_text(item.get("capabilityStatus")),
            tenant_wide=_tenant_wide(item),
        )
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict) and is_guid(item.get("id"))
    )


def _group(product: t.Mapping[str, t.Any]) -> str:
    group = str(product.get("licenseGroupId", "")).lower()
    # The enumeration's index is taken as well; none and an absent value stand for Entra's own products.
    return "group2" if group in ("group2", "2") else "group1"


def _tenant_wide(data: t.Mapping[str, t.Any]) -> bool:
    """Whether it is for something else than a single user; the documentation has ``User`` and ``Tenant``, and the field
    is a free text."""
    return (_text(data.get("targetType")) or "user").lower() != "user"


def _count(data: t.Mapping[str, t.Any], name: str) -> int:
    value = data.get(name)
    return value if isinstance(value, int) else 0


def _text(value: t.Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _key(text: str) -> str:
    return nfc(text.strip()).casefold()
