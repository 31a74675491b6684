"""Seeds and the control port: SKUs, licences, roles and granted roles; and that mistakes are told."""

from __future__ import annotations

import sqlite3

import pytest
from emulator.kernel.control_client import ControlError
from emulator.kernel.store import Store
from emulator.partner_center.role_catalogue import ROLES, find_role
from emulator.partner_center.seed_generator import generate_users
from emulator.partner_center.tables import TABLES

LITWARE = "7c5fcab8-62c4-4f64-8e93-f37305e18107"
EMS = "efccb6f7-5641-4e0e-bd10-b4976e1bf68e"


def litware(**more):
    return {"id": LITWARE, "company_name": "Litware", "domain": "litware.example", **more}


def test_the_demo_customers_have_licenses_and_roles(api, ids, control):
    adele, alex = control.user(ids.contoso, ids.adele), control.user(ids.contoso, "Alex.Wilber@contoso.example")
    assert [each["sku"] for each in adele["licenses"]] == ["EMS", "POWER_BI_PRO"]
    assert alex["licenses"][0] == {"sku": "EMS", "sku_id": EMS, "excluded_plans": ["INTUNE_A"]}
    assert alex["roles"] == ["Helpdesk Administrator"]
    numbers = {
        name: (sku["units"], sku["consumed_units"], sku["available_units"])
        for name, sku in control.skus(ids.contoso).items()
    }
    # A deleted user's licence takes no seat; three seats of Windows are held by others.
    assert numbers == {
        "EMS": (10, 3, 7),
        "POWER_BI_PRO": (1, 1, 0),
        "WIN_ENT_E5": (25, 4, 21),
        "CFQ7TTC0K5DR/0002": (5, 1, 4),
    }
    assert control.user(ids.contoso, ids.ferdinand_deleted)["roles"] == ["Reports Reader"]
    users = control.users(ids.fabrikam)
    assert sum(bool(user["licenses"]) for user in users) == 60
    assert sum("Global Administrator" in user["roles"] for user in users) == 2


def test_a_product_of_your_own(api, control):
    plans = ["INTUNE_A", {"service_name": "FORMS", "display_name": "Forms", "target_type": "Tenant"}]
    sku = {
        "part_number": "OWN",
        "name": "Own product",
        "group": "group2",
        "units": 3,
        "warning_units": 2,
        "suspended_units": 1,
        "service_plans": plans,
    }
    control.add_customers(
        litware(
            skus=[sku],
            users=[
                {"user_principal_name": "a@litware.example", "licenses": [{"sku": "own", "excluded_plans": ["forms"]}]}
            ],
        )
    )
    (shown,) = api.get(f"/customers/{LITWARE}/subscribedskus?licenseGroupIds=group2").json["items"]
    assert (
        shown["activeUnits"],
        shown["warningUnits"],
        shown["totalUnits"],
        shown["suspendedUnits"],
        shown["consumedUnits"],
    ) == (3, 2, 5, 1, 1)
    assert [(each["serviceName"], each["displayName"], each["targetType"]) for each in shown["servicePlans"]] == [
        ("INTUNE_A", "Microsoft Intune A Direct", "User"),
        ("FORMS", "Forms", "Tenant"),
    ]
    # The same part number has the same id everywhere.
    assert control.set_skus(LITWARE, {"part_number": "OWN", "units": 9}) == [shown["productSku"]["id"]]
    assert control.skus(LITWARE)["OWN"]["available_units"] == 8
    control.add_customers(litware())
    assert control.skus(LITWARE) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"skus": [{"units": 1}]},
        {"skus": [{"part_number": "EMS", "seats": 1}]},
        {"skus": [{"part_number": "EMS", "units": -1}]},
        {"skus": [{"part_number": "EMS", "units": "5"}]},
        {"skus": [{"part_number": "EMS", "group": "group9"}]},
        {"skus": [{"part_number": "X", "service_plans": [{"name": "Y"}]}]},
        {"gdap_roles": ["Emperor"]},
        {"gdap_roles": "Global Reader"},
        {"users": [{"user_principal_name": "a@litware.example", "roles": ["Emperor"]}]},
        {"users": [{"user_principal_name": "a@litware.example", "licenses": ["EMS"]}]},
        {"skus": ["EMS"], "users": [{"user_principal_name": "a@litware.example", "licenses": "EMS"}]},
        {
            "skus": ["EMS"],
            "users": [
                {"user_principal_name": "a@litware.example", "licenses": [{"sku": "EMS", "excluded_plans": ["X"]}]}
            ],
        },
        {
            "skus": [{"part_number": "EMS", "units": 1}],
            "users": [{"user_principal_name": f"{n}@litware.example", "licenses": ["EMS"]} for n in "ab"],
        },
        {"skus": [{"part_number": "EMS", "units": 9}], "generate": {"count": 2, "licenses": {"EMS": 3}}},
        {"generate": {"count": 2, "roles": {"Emperor": 1}}},
    ],
)
def test_mistakes_are_told_and_change_nothing(control, wrong):
    with pytest.raises(ControlError, match="400"):
        control.add_customers(litware(**wrong))
    with pytest.raises(ControlError, match="404"):
        control.users(LITWARE)


def test_mistakes_of_calls(control, ids):
    for path, body in (("gdap-roles", {}), ("gdap-roles", {"roles": ["x"]}), ("skus", {"units": 1}), ("skus", 5)):
        with pytest.raises(ControlError, match="400"):
            control.call("POST", f"/customers/{ids.contoso}/{path}", body)
    with pytest.raises(ControlError, match="404"):
        control.skus(LITWARE)


def test_a_replaced_user_has_what_the_document_says(control, ids):
    control.add_users(
        ids.contoso, {"id": ids.alex, "user_principal_name": "alex.wilber@contoso.example", "licenses": ["EMS"]}
    )
    alex = control.user(ids.contoso, ids.alex)
    assert alex["licenses"] == [{"sku": "EMS", "sku_id": EMS, "excluded_plans": []}] and alex["roles"] == []
    assert control.skus(ids.contoso)["EMS"]["consumed_units"] == 3


def test_generated_licenses_and_roles_leave_the_users_as_they_were():
    wanted = {"count": 50, "seed": 3, "deleted": 2}
    plain = generate_users(LITWARE, "x.example", wanted)
    given = generate_users(
        LITWARE, "x.example", wanted | {"licenses": {"EMS": 20, "AAD_PREMIUM": 5}, "roles": {"Global Reader": 4}}
    )
    fewer = generate_users(LITWARE, "x.example", wanted | {"licenses": {"EMS": 20}})
    assert [("EMS" in user.get("licenses", ())) for user in given] == [
        ("EMS" in user.get("licenses", ())) for user in fewer
    ]
    assert [
        {name: value for name, value in user.items() if name not in ("licenses", "roles")} for user in given
    ] == plain
    assert sum("EMS" in user.get("licenses", ()) for user in given) == 20
    assert sum(user.get("roles") == ["Global Reader"] for user in given) == 4
    assert all("usage_location" in user and "deleted_days_ago" not in user for user in given if "licenses" in user)


def test_roles_are_found_by_every_name():
    for role in ROLES:
        assert {find_role(each) for each in (role.id, role.id.upper(), role.name, role.old_name.upper())} == {role}
    assert find_role("Directory Reader") is find_role("directory readers") is not None
    assert find_role("Emperor") is find_role(None) is find_role(LITWARE) is None


def test_a_file_of_the_version_before_is_continued(tmp_path):
    path = str(tmp_path / "old.sqlite")
    store = Store(path, [TABLES])
    store.set_meta("schema_version", 1)
    store.close()
    with sqlite3.connect(path) as connection:
        for table in ("audit", "role_members", "licenses", "skus"):
            connection.execute(f"DROP TABLE {table}")
    store = Store(path, [TABLES])
    assert store.get_meta("schema_version") == 2 and store.licenses.skus(LITWARE) == []
    store.set_meta("schema_version", 3)
    store.close()
    with pytest.raises(RuntimeError, match="another version"):
        Store(path, [TABLES])
