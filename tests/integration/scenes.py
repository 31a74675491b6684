"""What many tests look at: users of the seed, and the requests that reached the API."""

from __future__ import annotations

import typing as t

from .conftest import CONTOSO

ADELE = "8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e01"


GRACE = "grace.hopper@contoso.example"


PASSWORD = "CANARY-Correct-Horse-7"


def sent(emulator: t.Any, *methods: str) -> list[dict[str, t.Any]]:
    """Requests to the API, of these methods if any are named."""
    return [entry for entry in emulator.log(server="api") if not methods or entry["method"] in methods]


def writes(emulator: t.Any) -> list[dict[str, t.Any]]:
    return sent(emulator, "POST", "PATCH", "PUT", "DELETE")


def user(emulator: t.Any, upn: str, customer: str = CONTOSO) -> dict[str, t.Any]:
    (found,) = [item for item in emulator.users(customer) if item["user_principal_name"].lower() == upn.lower()]
    return found


PHARMA = "3e7c8c74-2e80-4b20-8b5f-8f3d9c4b1d03"


def active(emulator: t.Any, customer: str = CONTOSO) -> dict[str, dict[str, t.Any]]:
    return {item["user_principal_name"]: item for item in emulator.users(customer) if item["state"] == "active"}


CREATE = {"customer_id": CONTOSO, "user_principal_name": GRACE, "display_name": "Grace Hopper", "usage_location": "US"}


def count(emulator: t.Any, upn: str = GRACE) -> int:
    return sum(item["user_principal_name"].lower() == upn for item in emulator.users(CONTOSO))


def customer_id(number: int) -> str:
    """Of one of the customers below."""
    return f"5f2a0c66-7d0e-4c3b-9a51-{number:012d}"


def seed_customers(emulator: t.Any, customers: int) -> None:
    """Customers without users."""
    emulator.add_customers(
        [
            {
                "id": customer_id(number),
                "company_name": f"Customer {number}",
                "domain": f"customer{number}.onmicrosoft.com",
                "users": [],
            }
            for number in range(customers)
        ]
    )
