"""The control port: seeds, users, clock, switches; and that mistakes are told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import emulator
import jwt
import pytest
from emulator.kernel.control_client import ControlError
from emulator.partner_center.seed_generator import generate_users
from emulator.services import SWITCHES

PARTNER = {"tenant_id": "5f1e0c8a-7d0b-4c56-9a1e-2b6f0d3c4a10", "domain": "northwind-partner.onmicrosoft.com"}
LITWARE = "7c5fcab8-62c4-4f64-8e93-f37305e18107"
README = Path(emulator.__file__).with_name("README.md")


def test_reset_puts_everything_back(api, ids, control):
    control.set(bom=False)
    control.fault("html", times=None)
    control.advance(1000)
    control.add_users(ids.contoso, {"user_principal_name": "x@contoso.example"})
    control.reset()
    assert control.switches()["bom"] is True
    assert control.faults() == [] and control.log() == []
    assert control.clock()["offset_seconds"] == 0
    assert len(control.users(ids.contoso)) == 8


def test_reset_with_another_seed_keeps_it(api, control):
    document = {
        "partner": PARTNER,
        "customers": [{"id": LITWARE, "company_name": "Litware", "domain": "litware.example", "users": []}],
    }
    try:
        control.reset(document)
        api.token = control.token()
        control.reset()
        assert [each["companyProfile"]["companyName"] for each in api.get("/customers").json["items"]] == ["Litware"]
    finally:
        control.reset(Path(emulator.__file__).with_name("seeds") / "demo.yml")


@pytest.mark.parametrize(
    "seed",
    [
        {"partner": PARTNER, "customers": [{"company_name": "X"}]},
        {"partner": PARTNER, "customer": []},
        {"customers": []},
        {
            "partner": PARTNER,
            "customers": [{"company_name": "X", "domain": "x.example", "users": [{"upn": "a@x.example"}]}],
        },
        {"partner": PARTNER, "sign_in": {"users": [{"nobody": 1}]}},
        "/does/not/exist.yml",
    ],
)
def test_a_bad_seed_changes_nothing(api, ids, control, seed):
    with pytest.raises(ControlError, match="400"):
        control.reset(seed)
    assert len(control.users(ids.contoso)) == 8
    assert api.get("/customers").json["totalCount"] == 5


def test_customers_and_users_are_added_and_replaced(api, ids, control):
    document = {
        "id": LITWARE,
        "company_name": "Litware",
        "domain": "litware.example",
        "generate": {"count": 3, "deleted": 2, "synced": 1, "seed": 1},
    }
    assert control.add_customers([document]) == [LITWARE]
    users = control.users(LITWARE)
    assert [user["state"] for user in users] == ["active"] * 3 + ["inactive"] * 2
    assert [user["synced"] for user in users] == [True] + [False] * 4
    control.add_customers(document | {"generate": {"count": 1}})
    assert len(control.users(LITWARE)) == 1
    (first,) = control.add_users(
        LITWARE, {"user_principal_name": "a@litware.example", "display_name": "A", "password": "abCD123*"}
    )
    (second,) = control.add_users(
        LITWARE, {"user_principal_name": "A@litware.example", "display_name": "B", "deleted_days_ago": 29.9}
    )
    (third,) = control.add_users(LITWARE, [{"user_principal_name": "A@Litware.example", "display_name": "C"}])
    assert first == third != second
    shown = {user["id"]: user for user in control.users(LITWARE)}
    assert (shown[first]["display_name"], shown[second]["state"]) == ("C", "inactive")
    assert not any("password" in name and name != "has_password" for name in shown[first])
    assert api.get(api.user(first, LITWARE)).json["displayName"] == "C"


def test_deleted_at_a_given_time(control, ids):
    (user_id,) = control.add_users(
        ids.contoso, {"user_principal_name": "d@contoso.example", "deleted": "2026-11-02T08:00:00Z"}
    )
    control.set_clock("2026-12-02T07:59:59Z")
    assert {user["id"]: user["deleted"] for user in control.users(ids.contoso)}[user_id] == "2026-11-02T08:00:00Z"
    control.advance(2)
    assert user_id not in {user["id"] for user in control.users(ids.contoso)}


def test_generated_users_are_always_the_same():
    first = generate_users(LITWARE, "x.example", {"count": 200, "seed": 7, "deleted": 5})
    assert first == generate_users(LITWARE, "x.example", {"count": 200, "seed": 7, "deleted": 5})
    assert first != generate_users(LITWARE, "x.example", {"count": 200, "seed": 8, "deleted": 5})
    assert all(user["user_principal_name"].isascii() for user in first)
    assert any("'" in user["user_principal_name"] for user in first)
    assert any(not user["display_name"].isascii() for user in first)
    assert any("usage_location" not in user for user in first)


@pytest.mark.parametrize(
    "values",
    [
        {"no_such_switch": 1},
        {"bom": 1},
        {"bom": "yes"},
        {"create_status": 202},
        {"throttle_partner": {"rate": 1}},
        {"read_lag_ms": -1},
        {"bom": False, "code_type": "float"},
    ],
)
def test_bad_switches_change_nothing(control, values):
    before = control.switches()
    with pytest.raises(ControlError, match="400"):
        control.set(**values)
    assert control.switches() == before


def test_readme_names_every_switch_with_its_default():
    listed = dict(re.findall(r"^\| `(\w+)` \| `([^`]*)` \|", README.read_text(encoding="utf-8"), re.MULTILINE))
    assert listed == {switch.name: json.dumps(switch.default) for switch in SWITCHES}


@pytest.mark.parametrize(
    "body", [{"advance": "soon"}, {"set": "yesterday"}, {}, {"advance": 1, "set": "2027-01-01T00:00:00Z"}]
)
def test_bad_clock_calls(control, body):
    with pytest.raises(ControlError, match="400"):
        control.call("POST", "/clock", body)


def test_unknown_things(control):
    with pytest.raises(ControlError, match="404"):
        control.users(LITWARE)
    with pytest.raises(ControlError, match="404"):
        control.check_password(LITWARE, LITWARE, "x")
    with pytest.raises(ControlError, match="400"):
        control.call("POST", "/check-password", {"customer_id": LITWARE})


def test_tokens_of_choice(api, control):
    claims = jwt.decode(
        control.token(expires_in=60, claims={"upn": "x@y", "scp": None}), options={"verify_signature": False}
    )
    assert claims["upn"] == "x@y" and "scp" not in claims
    assert claims["exp"] - claims["iat"] == 60
    api.token = control.token(expires_in=60)
    control.advance(61)
    assert api.get("/customers").status == 401
