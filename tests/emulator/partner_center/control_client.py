"""Partner Center's part of the control client."""

from __future__ import annotations

from typing import Any

from emulator.kernel.control_client import ControlClient


class PartnerCenterControl(ControlClient):
    def writes(self, since: int = 0) -> list[dict[str, Any]]:
        """Requests to the API that could change something."""
        return [entry for entry in self.log(since, server="api") if entry["method"] not in ("GET", "HEAD")]

    def add_customers(self, customers: Any) -> list[str]:
        return self.call("POST", "/customers", customers)["ids"]

    def add_users(self, customer_id: str, users: Any) -> list[str]:
        return self.call("POST", f"/customers/{customer_id}/users", users)["ids"]

    def users(self, customer_id: str) -> list[dict[str, Any]]:
        return self.call("GET", f"/customers/{customer_id}/users")["users"]

    def user(self, customer_id: str, user: str) -> dict[str, Any]:
        """One user by id or by user principal name; of several namesakes the active one."""
        wanted = user.lower()
        found = [
            each for each in self.users(customer_id) if wanted in (each["id"], each["user_principal_name"].lower())
        ]
        return min(found, key=lambda each: each["state"])

    def skus(self, customer_id: str) -> dict[str, dict[str, Any]]:
        """By part number, with `consumed_units` and `available_units`."""
        return {sku["part_number"]: sku for sku in self.call("GET", f"/customers/{customer_id}/skus")["skus"]}

    def set_skus(self, customer_id: str, skus: Any) -> list[str]:
        """Adds SKUs, or replaces those with the same id; as in the seed. Licences stay."""
        return self.call("POST", f"/customers/{customer_id}/skus", skus)["ids"]

    def gdap_roles(self, customer_id: str) -> list[str] | None:
        """The roles that the partner has in this customer's tenant; None is all."""
        return self.call("GET", f"/customers/{customer_id}/gdap-roles")["roles"]

    def set_gdap_roles(self, customer_id: str, roles: list[str] | None) -> list[str] | None:
        return self.call("POST", f"/customers/{customer_id}/gdap-roles", {"roles": roles})["roles"]

    def check_password(self, customer_id: str, user_id: str, password: str) -> dict[str, Any]:
        """`{"matches": bool, "force_change": bool}`."""
        return self.call(
            "POST", "/check-password", {"customer_id": customer_id, "user_id": user_id, "password": password}
        )
