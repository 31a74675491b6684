"""Partner Center's part of the control port: one method per row of the table in README.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator.kernel import passwords
from emulator.kernel.control_calls import BadCall, ControlCall, ControlRequest, NotThere
from emulator.kernel.identifiers import guid_or_none
from emulator.partner_center import assignment_seed
from emulator.partner_center.customer_store import Customer
from emulator.partner_center.seed import customer_users, load_customers, load_users

if TYPE_CHECKING:
    from emulator.kernel.core import Core


class PartnerCenterCalls:
    def __init__(self, core: Core) -> None:
        self._core = core

    def put_customers(self, request: ControlRequest) -> Any:
        return {"ids": load_customers(self._core.store, request.body, self._core.clock.now())}

    def put_users(self, request: ControlRequest) -> Any:
        return {"ids": load_users(self._core.store, self._customer_id(request), request.body, self._core.clock.now())}

    def read_users(self, request: ControlRequest) -> Any:
        self._core.store.users.purge(self._core.clock.timestamp())
        return {"users": customer_users(self._core.store, self._customer_id(request))}

    def read_skus(self, request: ControlRequest) -> Any:
        return {
            "skus": [
                assignment_seed.sku_to_document(sku)
                for sku in self._core.store.licenses.skus(self._customer_id(request))
            ]
        }

    def put_skus(self, request: ControlRequest) -> Any:
        return {"ids": assignment_seed.put_skus(self._core.store, self._customer_id(request), request.body)}

    def read_gdap_roles(self, request: ControlRequest) -> Any:
        granted = self._customer(request).gdap_roles
        return {"roles": None if granted is None else assignment_seed.role_names(granted)}

    def set_gdap_roles(self, request: ControlRequest) -> Any:
        if not isinstance(request.body, dict) or set(request.body) != {"roles"}:
            raise BadCall('the call takes {"roles": [name or id, ...]} or {"roles": null} for all')
        customer = self._customer(request)
        roles = None if request.body["roles"] is None else assignment_seed.read_roles(request.body["roles"], "roles")
        customer.details = {**customer.details, "gdap_roles": roles}
        self._core.store.customers.put(customer)
        return self.read_gdap_roles(request)

    def check_password(self, request: ControlRequest) -> Any:
        user = self._core.store.users.get(
            guid_or_none(request.body["customer_id"]) or "", guid_or_none(request.body["user_id"]) or ""
        )
        if user is None:
            raise NotThere("no such user")
        return {
            "matches": passwords.matches(request.body["password"], user.password_hash),
            "force_change": user.force_change,
        }

    def _customer_id(self, request: ControlRequest) -> str:
        return self._customer(request).id

    def _customer(self, request: ControlRequest) -> Customer:
        customer = self._core.store.customers.get(guid_or_none(request.params["customer_id"]) or "")
        if customer is None:
            raise NotThere("no such customer")
        return customer


def calls(core: Core) -> tuple[ControlCall, ...]:
    api = PartnerCenterCalls(core)
    return (
        ControlCall("POST", "customers", api.put_customers),
        ControlCall("GET", "customers/{customer_id}/users", api.read_users),
        ControlCall("POST", "customers/{customer_id}/users", api.put_users),
        ControlCall("GET", "customers/{customer_id}/skus", api.read_skus),
        ControlCall("POST", "customers/{customer_id}/skus", api.put_skus),
        ControlCall("GET", "customers/{customer_id}/gdap-roles", api.read_gdap_roles),
        ControlCall("POST", "customers/{customer_id}/gdap-roles", api.set_gdap_roles),
        ControlCall("POST", "check-password", api.check_password),
    )
