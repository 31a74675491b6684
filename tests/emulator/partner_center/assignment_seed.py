"""The parts of a seed about subscribed SKUs, licences, directory roles and the partner's own roles in a customer's
tenant."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from emulator.kernel.identifiers import guid_or_none
from emulator.kernel.store import Store
from emulator.partner_center.license_store import License, Sku
from emulator.partner_center.products import BY_PART_NUMBER, GROUPS, PRODUCTS, Product
from emulator.partner_center.role_catalogue import BY_ID, find_role
from emulator.partner_center.user_store import User

_NAMESPACE = uuid.UUID("6ba7b813-9dad-11d1-80b4-00c04fd430c8")
_SKU_KEYS = frozenset(
    (
        "id",
        "part_number",
        "name",
        "group",
        "target_type",
        "units",
        "consumed",
        "warning_units",
        "suspended_units",
        "capability_status",
        "service_plans",
    )
)
_PLAN_KEYS = frozenset(("id", "service_name", "display_name", "target_type"))
_LICENSE_KEYS = frozenset(("sku", "excluded_plans"))


class AssignmentError(ValueError):
    """The entry is not what a seed may have here; the message says which."""


def read_skus(customer_id: str, documents: Any) -> list[Sku]:
    """`fixtures` (all products of the traces with their numbers), one SKU or a list: a part number, or a mapping."""
    if documents == "fixtures":
        documents = [
            {"part_number": product.part_number, "units": product.total, "consumed": product.consumed}
            for product in PRODUCTS
        ]
    return [_sku(customer_id, each) for each in (documents if isinstance(documents, list) else [documents])]


def put_skus(store: Store, customer_id: str, documents: Any) -> list[str]:
    """Adds SKUs, or replaces those with the same id; licences stay. Answers the ids."""
    skus = read_skus(customer_id, documents)
    with store.transaction():
        for sku in skus:
            store.licenses.put_sku(sku)
    return [sku.id for sku in skus]


def read_roles(names: Any, where: str) -> list[str]:
    """Ids of directory roles given by id, today's name or the old name."""
    if not isinstance(names, list):
        raise AssignmentError(f"{where}: roles are a list of names or ids")
    found = []
    for name in names:
        role = find_role(name)
        if role is None:
            raise AssignmentError(f"{where}: there is no directory role {name!r}")
        found.append(role.id)
    return found


def give(store: Store, customer_id: str, entries: Iterable[tuple[User, dict[str, Any]]]) -> None:
    """Gives users what their seed entries say under `licenses` and `roles`; a deleted one gets it as what it had."""
    wanted = [(user, entry) for user, entry in entries if entry.get("licenses") or entry.get("roles")]
    if not wanted:
        return
    # Read once: a customer of a seed can have thousands of users, and tests load seeds all the time.
    skus = store.licenses.skus(customer_id)
    for user, entry in wanted:
        where = f"user {user.upn}"
        for role_id in read_roles(entry.get("roles") or [], where):
            store.roles.add(customer_id, role_id, user.id)
        licenses = entry.get("licenses") or []
        if not isinstance(licenses, list):
            raise AssignmentError(f"{where}: licenses are a list")
        for each in licenses:
            sku, excluded = _license(skus, each, where)
            if not user.is_deleted:
                if sku.available_units < 1:
                    raise AssignmentError(f"{where}: no seat of {sku.part_number} is free")
                sku.held_units += 1
            store.licenses.assign(customer_id, user.id, sku.id, excluded, held=not user.is_deleted)


def sku_to_document(sku: Sku) -> dict[str, Any]:
    """What the control port shows of a SKU: the seed's names, and the numbers that follow from the users."""
    return {
        "id": sku.id,
        "part_number": sku.part_number,
        "name": sku.name,
        "group": sku.group,
        "target_type": sku.target_type,
        "units": sku.active_units,
        "warning_units": sku.warning_units,
        "suspended_units": sku.suspended_units,
        "consumed": sku.other_units,
        "capability_status": sku.capability_status,
        "service_plans": sku.plans,
        "consumed_units": sku.consumed_units,
        "available_units": sku.available_units,
    }


def license_to_document(license: License) -> dict[str, Any]:
    names = {plan["id"]: plan["service_name"] for plan in license.sku.plans}
    return {
        "sku": license.sku.part_number,
        "sku_id": license.sku.id,
        "excluded_plans": [names[each] for each in license.excluded if each in names],
    }


def role_names(role_ids: list[str]) -> list[str]:
    """Today's names, whatever the switch `role_names` says: what a test compares should not depend on it."""
    return [BY_ID[each].name for each in role_ids]


def _sku(customer_id: str, entry: Any) -> Sku:
    entry = {"part_number": entry} if isinstance(entry, str) else entry
    if not isinstance(entry, dict) or set(entry) - _SKU_KEYS or not entry.get("part_number"):
        raise AssignmentError(f"a SKU has a part_number and of {sorted(_SKU_KEYS)} what is needed, not {entry!r}")
    part_number = entry["part_number"]
    product = BY_PART_NUMBER.get(part_number.lower()) or Product(
        str(uuid.uuid5(_NAMESPACE, f"sku {part_number}")), part_number, part_number, "group1", 0, 0
    )
    sku_id = guid_or_none(entry.get("id", product.id))
    group = entry.get("group", product.group)
    if sku_id is None or group not in GROUPS:
        raise AssignmentError(f"SKU {part_number}: id is a GUID, group one of {', '.join(GROUPS)}")
    if "service_plans" in entry:
        plans = [_plan(each) for each in entry["service_plans"] or []]
    else:
        plans = [
            {
                "service_name": plan.service_name,
                "id": plan.id,
                "display_name": plan.display_name,
                "target_type": plan.target_type,
            }
            for plan in product.plans
        ]
    return Sku(
        customer_id=customer_id,
        id=sku_id,
        part_number=product.part_number,
        name=entry.get("name", product.name),
        group=group,
        target_type=entry.get("target_type", "User"),
        plans=plans,
        active_units=_units(entry, "units", product.total),
        warning_units=_units(entry, "warning_units"),
        suspended_units=_units(entry, "suspended_units"),
        other_units=_units(entry, "consumed"),
        capability_status=entry.get("capability_status", "Enabled"),
    )


def _units(entry: dict[str, Any], name: str, default: int = 0) -> int:
    value = entry.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise AssignmentError(f"SKU {entry['part_number']}: {name} is a number of seats, not {value!r}")
    return value


def _plan(entry: Any) -> dict[str, str]:
    entry = {"service_name": entry} if isinstance(entry, str) else entry
    if not isinstance(entry, dict) or set(entry) - _PLAN_KEYS or not entry.get("service_name"):
        raise AssignmentError(
            f"a service plan has a service_name and of {sorted(_PLAN_KEYS)} what is needed, not {entry!r}"
        )
    name = entry["service_name"]
    known = next((plan for product in PRODUCTS for plan in product.plans if plan.service_name == name), None)
    plan_id = guid_or_none(entry.get("id") or (known.id if known else str(uuid.uuid5(_NAMESPACE, f"plan {name}"))))
    if plan_id is None:
        raise AssignmentError(f"service plan {name}: id is a GUID")
    return {
        "service_name": name,
        "id": plan_id,
        "display_name": entry.get("display_name") or (known.display_name if known else name),
        "target_type": entry.get("target_type") or (known.target_type if known else "User"),
    }


def _license(skus: list[Sku], entry: Any, where: str) -> tuple[Sku, list[str]]:
    entry = {"sku": entry} if isinstance(entry, str) else entry
    if not isinstance(entry, dict) or set(entry) - _LICENSE_KEYS:
        raise AssignmentError(f"{where}: a license is a part number or {{sku, excluded_plans}}, not {entry!r}")
    wanted = str(entry.get("sku")).lower()
    sku = next((each for each in skus if wanted in (each.part_number.lower(), each.id)), None)
    if sku is None:
        raise AssignmentError(f"{where}: the customer has no SKU {entry.get('sku')!r}")
    excluded = []
    for name in entry.get("excluded_plans") or []:
        plan = next(
            (each for each in sku.plans if str(name).lower() in (each["service_name"].lower(), each["id"])), None
        )
        if plan is None:
            raise AssignmentError(f"{where}: {sku.part_number} has no service plan {name!r}")
        excluded.append(plan["id"])
    return sku, sorted(excluded)
