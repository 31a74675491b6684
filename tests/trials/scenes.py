"""One task for each operation, in a customer in which there is somebody for each of them."""

from __future__ import annotations

import typing as t
from pathlib import Path

import emulator
import yaml

CUSTOMER = "5f2a0c66-7d0e-4c3b-9a51-1b6f0d4e2c07"
DOMAIN = "scenes.onmicrosoft.com"


def _id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def seed() -> dict[str, t.Any]:
    """The partner of the default seed with one customer."""
    document = yaml.safe_load((Path(emulator.__file__).parent / "seeds" / "demo.yml").read_text(encoding="utf-8"))
    common = {"usage_location": "US"}
    users: list[dict[str, t.Any]] = [
        {
            "id": _id(1),
            "user_principal_name": f"ada@{DOMAIN}",
            "display_name": "Ada Lovelace",
            "phone_number": "+1 555 0100",
            **common,
        },
        {
            "id": _id(2),
            "user_principal_name": f"bob@{DOMAIN}",
            "display_name": "Bob Kahn",
            "licenses": ["EMS"],
            **common,
        },
        {
            "id": _id(3),
            "user_principal_name": f"gone@{DOMAIN}",
            "display_name": "Gone Away",
            "deleted_days_ago": 3,
            **common,
        },
        {
            "id": _id(4),
            "user_principal_name": f"owner@{DOMAIN}",
            "display_name": "Owner",
            "roles": ["Global Administrator"],
            **common,
        },
        {
            "id": _id(5),
            "user_principal_name": f"second@{DOMAIN}",
            "display_name": "Second Owner",
            "roles": ["Global Administrator"],
            **common,
        },
        {
            "id": _id(6),
            "user_principal_name": f"helper@{DOMAIN}",
            "display_name": "Helper",
            "roles": ["Helpdesk Administrator"],
            **common,
        },
        *(
            {"id": _id(10 + n), "user_principal_name": f"old{n}@{DOMAIN}", "display_name": f"Old {n}", **common}
            for n in range(3)
        ),
        {"id": _id(20), "user_principal_name": f"break.glass@{DOMAIN}", "display_name": "Break Glass", **common},
    ]
    customer = {
        "id": CUSTOMER, "company_name": "Scenes", "domain": DOMAIN, "custom_domains": [DOMAIN], "users": users,
        "skus": [{"part_number": "EMS", "units": 5, "consumed": 0}, {"part_number": "AAD_PREMIUM", "units": 5, "consumed": 0}],
    }  # fmt: skip
    return {"partner": document["partner"], "sign_in": document["sign_in"], "customers": [customer]}


def _row(name: str, **options: t.Any) -> dict[str, t.Any]:
    return {"user_principal_name": f"{name}@{DOMAIN}", **options}


KEPT = [_row(name) for name in ("ada", "bob", "owner", "second", "helper")]
SCENES: dict[str, dict[str, t.Any]] = {
    "create": {"users": [_row("new", display_name="New Comer", usage_location="US", licenses=["EMS"], roles=["Helpdesk Administrator"])]},
    "create two": {"users": [_row("new", display_name="New Comer"), _row("newer", display_name="Newer Comer")]},
    "update": {"users": [_row("ada", display_name="Ada Byron", phone_number="+1 555 0199")]},
    "rename": {"users": [_row("ada.byron", previous_user_principal_name=f"ada@{DOMAIN}", display_name="Ada Byron")]},
    "restore": {"users": [_row("gone", state="restored", display_name="Back Again")]},
    "reset": {"users": [_row("ada", display_name="Ada Byron", update_password="always")]},
    "licenses": {"users": [_row("bob", licenses=["AAD_PREMIUM"], purge_licenses=True, usage_location="US")]},
    "roles": {"users": [_row("helper", roles=["Service Support Administrator"], purge_roles=True)]},
    "delete": {"users": [_row("old0", state="absent"), _row("second", state="absent")]},
    "purge": {
        "users": KEPT, "purge": True, "purge_scope": {"domains": [DOMAIN]}, "purge_protected": ["break.glass@*"], "max_delete_percentage": 100,
        "undo_file": "undo.json",
    },
}  # fmt: skip
NAMED: dict[str, frozenset[int]] = {
    "create": frozenset(),
    "create two": frozenset(),
    "update": frozenset({1}),
    "rename": frozenset({1}),
    "restore": frozenset({3}),
    "reset": frozenset({1}),
    "licenses": frozenset({2}),
    "roles": frozenset({6}),
    "delete": frozenset({10, 5}),
    "purge": frozenset({10, 11, 12}),
}
"""Numbers of the users whom a scene may change. Everybody else is to be as before, whatever the answers are."""


def named(scene: str) -> set[str]:
    """Their ids."""
    return {_id(number) for number in NAMED[scene]}


def options(scene: str, directory: Path) -> dict[str, t.Any]:
    """The options of a scene's task; its files are in this directory."""
    found = {"customer_id": CUSTOMER, "credentials_file": str(directory / "credentials.jsonl"), **SCENES[scene]}
    if "undo_file" in found:
        found["undo_file"] = str(directory / found["undo_file"])
    return found
