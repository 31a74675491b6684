"""Reading licences: a customer's subscribed SKUs and a user's licences, by licence group.

Sources: Partner Center developer docs: get-a-list-of-available-licenses,
get-a-list-of-available-licenses-by-license-group, check-which-licenses-are-assigned-to-a-user, license-resources.
"""

from __future__ import annotations

from typing import Any

from emulator.partner_center import errors, gdap
from emulator.partner_center.directory_roles import plain_collection
from emulator.partner_center.license_store import License, Sku
from emulator.partner_center.products import GROUPS
from emulator.partner_center.request import ApiRequest
from emulator.partner_center.routing import Route
from emulator.partner_center.users import active_user
from emulator.partner_center.wire import Reply

_NO_LICENSES = frozenset(("china",))


def list_skus(request: ApiRequest) -> Reply:
    """200: all SKUs of the groups that were asked for. Not paged, without links."""
    groups = _groups(request)
    skus = request.core.store.licenses.skus(request.customer.id)
    return Reply(200, plain_collection([_sku_document(sku) for sku in skus if sku.group in groups]))


def list_licenses(request: ApiRequest) -> Reply:
    """200: the user's licences of the groups that were asked for."""
    groups = _groups(request)
    user = active_user(request)
    core = request.core
    found = core.store.licenses.of_user(user.customer_id, user.id, core.clock.timestamp())
    return Reply(
        200,
        plain_collection(
            [_license_document(each, core.switches.excluded_plans) for each in found if each.sku.group in groups]
        ),
    )


def _groups(request: ApiRequest) -> set[str]:
    """`licenseGroupIds`, repeated once for each group; without it group1 alone, as a comment in the SDK's sample
    says."""
    values = request.query_all("licenseGroupIds")
    return {_group(value) for value in values} if values else {"group1"}


def _group(value: str) -> str:
    name = value.strip().lower()
    if name.isascii() and name.isdigit() and int(name) < len(GROUPS):
        name = GROUPS[int(name)]
    if name not in GROUPS:
        raise errors.bad_enum(value)
    return name


def _sku_document(sku: Sku) -> dict[str, Any]:
    return {
        "availableUnits": sku.available_units,
        "activeUnits": sku.active_units,
        "consumedUnits": sku.consumed_units,
        "suspendedUnits": sku.suspended_units,
        "totalUnits": sku.total_units,
        "warningUnits": sku.warning_units,
        "productSku": {
            "id": sku.id,
            "name": sku.name,
            "skuPartNumber": sku.part_number,
            "targetType": sku.target_type,
            "licenseGroupId": sku.group,
        },
        "servicePlans": [_plan_document(plan, "Enabled") for plan in sku.plans],
        "capabilityStatus": sku.capability_status,
        "attributes": {"objectType": "SubscribedSku"},
    }


def _license_document(license: License, excluded_plans: str) -> dict[str, Any]:
    """How an excluded plan shows is not evidenced: it is left out, or with the switch listed with another status."""
    plans = []
    for plan in license.sku.plans:
        if plan["id"] not in license.excluded:
            plans.append(_plan_document(plan, "Assigned"))
        elif excluded_plans == "disabled":
            plans.append(_plan_document(plan, "Disabled"))
    sku = license.sku
    return {
        "servicePlans": plans,
        # No targetType here, in contrast to subscribed SKUs.
        "productSku": {"id": sku.id, "name": sku.name, "skuPartNumber": sku.part_number, "licenseGroupId": sku.group},
        "attributes": {"objectType": "License"},
    }


def _plan_document(plan: dict[str, str], status: str) -> dict[str, Any]:
    return {
        "displayName": plan["display_name"],
        "serviceName": plan["service_name"],
        "id": plan["id"],
        "capabilityStatus": status,
        "targetType": plan["target_type"],
    }


ROUTES = (
    Route("GET", "customers/{customer_id}/subscribedskus", list_skus, needs=gdap.READ_SKUS),
    Route(
        "GET",
        "customers/{customer_id}/users/{user_id}/licenses",
        list_licenses,
        about_licenses=True,
        missing_in=_NO_LICENSES,
        needs=gdap.READ_LICENSES,
    ),
)
