"""Licence updates: assign, remove and change excluded plans in one call.

Sources: Partner Center developer docs: assign-licenses-to-a-user (the success and the "run out" trace),
license-resources. Whether a mixed request is atomic is not stated: everything is checked, then everything is done.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emulator.kernel.identifiers import guid_or_none
from emulator.partner_center import audit, errors, gdap
from emulator.partner_center.license_store import License, Sku
from emulator.partner_center.request import ApiRequest
from emulator.partner_center.routing import Route
from emulator.partner_center.user_store import User
from emulator.partner_center.users import active_user
from emulator.partner_center.wire import Reply

_NO_LICENSE_CHANGES = frozenset(("china", "germany"))


@dataclass
class Update:
    """A request that was understood. None: the list was not given."""

    assign: list[tuple[str, list[str]]] | None
    """(SKU id, ids of excluded plans)."""
    remove: list[str] | None


def update_licenses(request: ApiRequest) -> Reply:
    """201 (or 200): what was assigned; nothing about removals."""
    core = request.core
    user = active_user(request)
    update = _read(request.json_object())
    skus = {sku.id: sku for sku in core.store.licenses.skus(user.customer_id)}
    _check_products(update, skus, core.switches.license_groups_checked)
    if update.assign and (not user.usage_location or core.replicas.overlooks_location(user)):
        raise errors.no_usage_location()
    held = {each.sku.id: each for each in core.store.licenses.of_user(user.customer_id, user.id)}
    removed = _removals(request, update, held)
    _check_seats(request, update, skus, held, removed)
    for sku_id in removed:
        core.store.licenses.unassign(user.customer_id, user.id, sku_id)
    lag = core.switches.assign_lag_ms
    visible_at = core.clock.timestamp() + lag / 1000 if lag else 0.0
    for sku_id, excluded in update.assign or []:
        core.store.licenses.assign(user.customer_id, user.id, sku_id, excluded, visible_at=visible_at)
    _audit(request, user, update, skus)
    return Reply(core.switches.license_update_status, _answer(update, core.switches.license_warnings))


def _read(body: dict[str, Any]) -> Update:
    """Null, absent and empty lists are the same to the service, and clients send each of them; names are folded
    already."""
    assign, remove = _list(body, "licensesToAssign"), _list(body, "licensesToRemove")
    update = Update(
        None if assign is None else [_assignment(each) for each in assign],
        None if remove is None else [_guid(each, "licensesToRemove") for each in remove],
    )
    if not update.assign and not update.remove:
        raise errors.invalid_property("licensesToAssign", "There is nothing to assign and nothing to remove.")
    assigned = [sku_id for sku_id, dummy in update.assign or []]
    for ids, name in ((assigned, "licensesToAssign"), (update.remove or [], "licensesToRemove")):
        if len(set(ids)) != len(ids):
            raise errors.invalid_property(name, "A SKU is named twice.")
    return update


def _list(body: dict[str, Any], name: str) -> list[Any] | None:
    value = body.get(name.lower())
    if value is not None and not isinstance(value, list):
        raise errors.invalid_input(f"{name} is not a list.")
    return value


def _assignment(entry: Any) -> tuple[str, list[str]]:
    if not isinstance(entry, dict):
        raise errors.invalid_input("licensesToAssign has an entry that is not an object.")
    return _guid(entry.get("skuid"), "skuId"), sorted(
        {_guid(each, "excludedPlans") for each in _list(entry, "excludedPlans") or []}
    )


def _guid(value: Any, name: str) -> str:
    if value is None:
        raise errors.invalid_property(name, "A value is required for this property.")
    if not isinstance(value, str):
        raise errors.invalid_input(f"{name} is not a string.")
    found = guid_or_none(value)
    if found is None:
        raise errors.invalid_property(name, "The value is not a GUID.")
    return found


def _check_products(update: Update, skus: dict[str, Sku], groups_checked: str) -> None:
    for sku_id, excluded in update.assign or []:
        sku = skus.get(sku_id)
        if sku is None:
            raise errors.invalid_property("skuId", f"The customer has no subscribed SKU {sku_id}.")
        if sku.target_type.lower() == "tenant":
            raise errors.invalid_property("skuId", f"The SKU {sku_id} is not assigned to users.")
        unknown = sorted(set(excluded) - {plan["id"] for plan in sku.plans})
        if unknown:
            raise errors.invalid_property("excludedPlans", f"The SKU {sku_id} has no service plan {unknown[0]}.")
    for sku_id in update.remove or []:
        if sku_id not in skus:
            raise errors.invalid_property("licensesToRemove", f"The customer has no subscribed SKU {sku_id}.")
    assigned = {skus[sku_id].group for sku_id, dummy in update.assign or []}
    removed = {skus[sku_id].group for sku_id in update.remove or []}
    if any(
        len(groups) > 1 for groups in ([assigned | removed] if groups_checked == "request" else [assigned, removed])
    ):
        raise errors.invalid_property(
            "licensesToAssign", "All SKUs of one request must belong to the same license group."
        )


def _removals(request: ApiRequest, update: Update, held: dict[str, License]) -> list[str]:
    """SKUs that the user has and loses."""
    missing = [sku_id for sku_id in update.remove or [] if sku_id not in held]
    if missing and request.core.switches.remove_unassigned == "refuse":
        raise errors.invalid_property("licensesToRemove", f"The user does not have a license of the SKU {missing[0]}.")
    return [sku_id for sku_id in update.remove or [] if sku_id in held]


def _check_seats(
    request: ApiRequest, update: Update, skus: dict[str, Sku], held: dict[str, License], removed: list[str]
) -> None:
    """An assigned SKU that the user has already takes no further seat; one that is removed in the same call needs one
    again."""
    for sku_id, dummy in update.assign or []:
        if sku_id in held and sku_id not in removed:
            continue
        freed = 1 if sku_id in removed and request.core.switches.removals_free_seats else 0
        if skus[sku_id].available_units + freed < 1:
            raise errors.no_seats(request.customer.id, sku_id)


def _answer(update: Update, warnings: list[dict[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    if update.assign is not None:
        # excludedPlans that were null or empty are dropped, as in the trace.
        document["licensesToAssign"] = [
            {"skuId": sku_id, "excludedPlans": excluded} if excluded else {"skuId": sku_id}
            for sku_id, excluded in update.assign
        ]
    document["licenseWarnings"] = warnings
    return document | {"attributes": {"objectType": "LicenseUpdate"}}


def _audit(request: ApiRequest, user: User, update: Update, skus: dict[str, Sku]) -> None:
    """The key AddedLicenseSkuId is that of a trace; the one for removals is formed after it."""
    data: list[tuple[str, str]] = [("CustomerUserId", user.id)]
    data += [("AddedLicenseSkuId", sku_id) for sku_id, dummy in update.assign or []]
    data += [("RemovedLicenseSkuId", sku_id) for sku_id in update.remove or []]
    value = {
        "LicensesToAssign": None
        if update.assign is None
        else [{"ExcludedPlans": plans or None, "SkuId": sku_id} for sku_id, plans in update.assign],
        "LicensesToRemove": update.remove,
        "LicenseWarnings": [],
        "Attributes": {"ObjectType": "LicenseUpdate"},
    }
    audit.write(request, "update_customer_user_licenses", "license", data, value)


ROUTES = (
    Route(
        "POST",
        "customers/{customer_id}/users/{user_id}/licenseupdates",
        update_licenses,
        about_licenses=True,
        missing_in=_NO_LICENSE_CHANGES,
        needs=gdap.WRITE_LICENSES,
    ),
)
