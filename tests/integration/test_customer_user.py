"""customer_user as a user meets it: what is sent, what is returned, what the diff says."""

from __future__ import annotations

import json
import typing as t

import pytest
from support.playbooks import MODULE, Runner

from .conftest import CONTOSO, FABRIKAM
from .scenes import ADELE, GRACE, PASSWORD, sent, user, writes

ALEX = "8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e02"


def test_create_change_delete_restore(ansible: Runner, emulator: t.Any) -> None:
    options = {
        "customer_id": CONTOSO,
        "user_principal_name": GRACE,
        "display_name": "Grace Hopper",
        "first_name": "Grace",
        "usage_location": "us",
        "password": PASSWORD,
        "force_change_password": True,
    }
    made = ansible.module("customer_user", diff=True, **options)
    assert made["changed"] and made["outcome"] == "changed"
    (create,) = writes(emulator)
    assert create["body"] == {
        "userPrincipalName": GRACE,
        "displayName": "Grace Hopper",
        "firstName": "Grace",
        "usageLocation": "US",
        "passwordProfile": {"password": "***", "forceChangePassword": True},
        "attributes": {"objectType": "CustomerUser"},
    }
    assert made["user"]["id"] == user(emulator, GRACE)["id"] and made["user"]["state"] == "active"
    assert set(made["user"]) == {
        "id",
        "user_principal_name",
        "display_name",
        "first_name",
        "last_name",
        "usage_location",
        "immutable_id",
        "phone_number",
        "state",
        "soft_deletion_time",
        "days_left_to_restore",
        "directory_synced",
        "user_domain_type",
    }
    assert (
        json.loads(made["diff"]["before"]) == {"state": "none"}
        and json.loads(made["diff"]["after"])["display_name"] == "Grace Hopper"
    )
    assert emulator.check_password(CONTOSO, made["user"]["id"], PASSWORD) == {"matches": True, "force_change": True}

    again = ansible.module("customer_user", diff=True, **options)
    assert not again["changed"] and again["operations"] == [] and again["diff"]["before"] == again["diff"]["after"]

    emulator.clear_log()
    changed = ansible.module(
        "customer_user",
        diff=True,
        customer_id=CONTOSO,
        user_principal_name=GRACE.upper(),
        last_name="Hopper",
        first_name="Grace",
    )
    assert [operation["fields"] for operation in changed["operations"]] == [
        {"last_name": {"before": None, "after": "Hopper"}}
    ]
    (patch,) = writes(emulator)
    assert patch["body"] == {"lastName": "Hopper", "attributes": {"objectType": "CustomerUser"}}
    assert (
        json.loads(changed["diff"]["after"])["last_name"] == "Hopper" and "last_name" not in changed["diff"]["before"]
    )

    gone = ansible.module(
        "customer_user",
        diff=True,
        customer_id=CONTOSO,
        user_principal_name=GRACE,
        state="absent",
        display_name="ignored",
    )
    assert gone["changed"] and gone["user"]["state"] == "deleted" and gone["user"]["soft_deletion_time"] is None
    assert json.loads(gone["diff"]["before"])["state"] == "active" and gone["diff"]["after"] == "", (
        "nothing but lines that go"
    )
    assert gone["diff"]["before_header"] == f"delete Grace Hopper <{GRACE}>" and "after_header" not in gone["diff"]
    assert (made["msg"], again["msg"], changed["msg"], gone["msg"]) == (
        "1 created",
        "1 unchanged",
        "1 updated",
        "1 deleted",
    )
    assert gone["summary"]["changed"] == gone["summary"]["delete"] == 1 and made["summary"]["create"] == 1

    emulator.advance(10 * 86400)
    back = ansible.module("customer_user", customer_id=CONTOSO, user_principal_name=GRACE, state="restored")
    assert back["changed"] and back["user"]["id"] == made["user"]["id"]
    assert back["operations"][0]["reason"].startswith("declared restored, deleted 20")
    assert emulator.check_password(CONTOSO, made["user"]["id"], PASSWORD)["matches"]


def test_the_price(ansible: Runner, emulator: t.Any) -> None:
    by_id = ansible.module("customer_user", customer_id=CONTOSO, user_id=ADELE)
    assert by_id["requests"] == {"reads": 1, "writes": 0, "retries": 0, "throttled": 0} and len(sent(emulator)) == 1
    emulator.clear_log()
    emulator.set(page_size_max=100)
    names = sorted(item["user_principal_name"] for item in emulator.users(FABRIKAM) if item["state"] == "active")
    prices = []
    for name in (names[0], "nobody@fabrikam.onmicrosoft.com"):
        emulator.clear_log()
        ansible.module("customer_user", customer_id=FABRIKAM, user_principal_name=name, state="absent", check=True)
        prices.append(len(sent(emulator)))
    pages = -(-len(names) // 100)
    assert 1 <= prices[0] - 2 <= pages, "the directory roles, and who is Global Administrator"
    assert prices[1] == pages + 2, "all pages, the deleted users and the domains before absence is believed"


def test_a_broken_page_is_an_error_and_never_an_absence(ansible: Runner, emulator: t.Any) -> None:
    emulator.set(page_size_max=100)
    emulator.add_faults({"do": {"kind": "broken_page"}, "times": None})
    result = ansible.module(
        "customer_user",
        customer_id=FABRIKAM,
        user_principal_name="nobody@fabrikam.onmicrosoft.com",
        display_name="N",
        password=PASSWORD,
    )
    assert result["failed"] and "404" in result["msg"] and writes(emulator) == []


def test_both_identities_of_a_customer(ansible: Runner, emulator: t.Any) -> None:
    by_domain = ansible.module("customer_user", customer_domain="CONTOSO.onmicrosoft.com", user_id=ADELE)
    assert by_domain["user"]["id"] == ADELE and by_domain["requests"]["reads"] == 2
    near = ansible.module("customer_user", customer_domain="contoso.onmicrosoft.co", user_id=ADELE)
    assert near["failed"] and "contoso.onmicrosoft.com" in near["msg"] and CONTOSO in near["msg"]
    none = ansible.module("customer_user", customer_domain="nobody.onmicrosoft.com", user_id=ADELE)
    assert none["failed"] and "use customer_id" in none["msg"]


def test_rename_keeps_the_user(ansible: Runner, emulator: t.Any) -> None:
    options = {
        "customer_id": CONTOSO,
        "previous_user_principal_name": "adele.vance@contoso.example",
        "user_principal_name": "adele.stone@contoso.example",
        "last_name": "Stone",
    }
    check = ansible.module("customer_user", check=True, **options)
    made = ansible.module("customer_user", **options)
    assert check["operations"] == made["operations"] and [item["action"] for item in made["operations"]] == [
        "rename",
        "update",
    ]
    assert made["user"]["id"] == ADELE and check["user"] == made["user"]
    assert not ansible.module("customer_user", **options)["changed"]
    assert user(emulator, "adele.stone@contoso.example")["id"] == ADELE


def test_generated_passwords_go_to_the_file_and_work(ansible: Runner, emulator: t.Any, tmp_path: t.Any) -> None:
    path = tmp_path / "credentials.jsonl"
    options = {
        "customer_id": CONTOSO,
        "user_principal_name": GRACE,
        "display_name": "Grace",
        "credentials_file": str(path),
    }
    check = ansible.module("customer_user", check=True, **options)
    assert check["changed"] and not path.exists(), "check mode generates nothing"
    made = ansible.module("customer_user", **options)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["status"] for line in lines] == ["pending", "delivered"]
    assert path.stat().st_mode & 0o777 == 0o600
    last = lines[-1]
    assert set(last) == {"time", "customer_id", "user_principal_name", "user_id", "password", "request_id", "status"}
    assert (
        last["user_id"] == made["user"]["id"]
        and emulator.check_password(CONTOSO, last["user_id"], last["password"])["matches"]
    )
    assert lines[0]["request_id"] == writes(emulator)[0]["request_id"]
    assert not ansible.module("customer_user", **options)["changed"] and len(path.read_text().splitlines()) == 2

    reset = ansible.module("customer_user", **options, update_password="always", force_change_password=True)
    assert [item["action"] for item in reset["operations"]] == ["reset_password"]
    last = json.loads(path.read_text().splitlines()[-1])
    assert last["status"] == "delivered" and emulator.check_password(CONTOSO, last["user_id"], last["password"]) == {
        "matches": True,
        "force_change": True,
    }


def test_a_refused_create_is_noted_as_rejected(ansible: Runner, emulator: t.Any, tmp_path: t.Any) -> None:
    path = tmp_path / "credentials.jsonl"
    emulator.add_faults(
        {
            "match": {"method": "POST", "server": "api"},
            "do": {"kind": "status", "status": 403, "body": {"code": 900308, "description": "No."}},
        }
    )
    result = ansible.module(
        "customer_user", customer_id=CONTOSO, user_principal_name=GRACE, display_name="G", credentials_file=str(path)
    )
    assert result["failed"] and result["failure"]["code"] == "900308" and "GDAP" in result["msg"]
    assert [json.loads(line)["status"] for line in path.read_text().splitlines()] == ["pending", "rejected"]


def test_a_credentials_file_that_others_can_read_is_refused(ansible: Runner, emulator: t.Any, tmp_path: t.Any) -> None:
    path = tmp_path / "credentials.jsonl"
    path.touch(0o644)
    result = ansible.module(
        "customer_user", customer_id=CONTOSO, user_principal_name=GRACE, display_name="G", credentials_file=str(path)
    )
    assert result["failed"] and "chmod 600" in result["msg"] and emulator.log() == []
    missing = ansible.module(
        "customer_user", customer_id=CONTOSO, user_principal_name=GRACE, display_name="G", credentials_file="/nowhere/x"
    )
    assert missing["failure"]["reason"] == "credentials_file" and "/nowhere" in missing["msg"] and emulator.log() == []


@pytest.mark.parametrize("form", [404, 405])
def test_password_reset_in_the_older_form(ansible: Runner, emulator: t.Any, form: int) -> None:
    emulator.set(reset_password_path=form)
    result = ansible.module(
        "customer_user", customer_id=CONTOSO, user_id=ADELE, password=PASSWORD, update_password="always"
    )
    assert result["changed"] and result["requests"]["writes"] == 1
    assert emulator.check_password(CONTOSO, ADELE, PASSWORD)["matches"]


def test_synced_users_are_protected(ansible: Runner, emulator: t.Any) -> None:
    synced = next(item for item in emulator.users(CONTOSO) if item["synced"] and item["state"] == "active")
    options = {"customer_id": CONTOSO, "user_principal_name": synced["user_principal_name"]}
    for change in ({"state": "absent"}, {"display_name": "Other"}):
        refused = ansible.module("customer_user", **options, **change)
        assert refused["failure"]["reason"] == "directory_synced" and writes(emulator) == []
    assert ansible.module("customer_user", **options, usage_location="CH")["changed"]
    assert ansible.module("customer_user", **options, state="absent", allow_synced=True)["changed"]


def test_a_field_that_the_service_ignores_is_reported(ansible: Runner, emulator: t.Any) -> None:
    emulator.set(ignore_patch_fields=["displayName"])
    result = ansible.module("customer_user", customer_id=CONTOSO, user_id=ADELE, display_name="Other")
    assert result["failure"]["reason"] == "not_accepted" and "display_name" in result["msg"] and result["changed"]


def test_deleted_users_by_the_older_filter_field(ansible: Runner, emulator: t.Any) -> None:
    emulator.set(user_state_field="UserStatus")
    result = ansible.module("customer_user_info", customer_id=CONTOSO, state="deleted")
    assert len(result["users"]) == 2 and all(
        item["state"] == "deleted" and 0 < item["days_left_to_restore"] <= 30 for item in result["users"]
    )
    filters = [entry["query"] for entry in sent(emulator)]
    assert "UserState" in filters[0] and "UserStatus" in filters[1]


@pytest.mark.core_differences
def test_null_is_refused_and_omit_is_not(ansible: Runner, emulator: t.Any) -> None:
    null = ansible.module("customer_user", customer_id=CONTOSO, user_id=ADELE, display_name=None)
    assert null["failure"]["reason"] == "null" and "display_name" in null["msg"] and emulator.log() == []
    omitted = ansible.module(
        "customer_user", customer_id=CONTOSO, user_id=ADELE, display_name="{{ nothing | default(omit) }}"
    )
    assert not omitted["failed"] and omitted["outcome"] == "ok"


def test_users_and_customers_are_read(ansible: Runner, emulator: t.Any) -> None:
    some: dict[str, t.Any] = {
        "customer_id": CONTOSO,
        "users": ["NOBODY@contoso.example", "ADELE.vance@contoso.example", ALEX],
    }
    some["users"] += ["FERDINAND.filibuster@contoso.example", ALEX.upper()]
    calls: list[tuple[str, dict[str, t.Any]]] = [
        ("customer_user_info", {"customer_id": CONTOSO, "state": "any"}),
        ("customer_user_info", {"customer_id": CONTOSO, "user_id": ADELE}),
        ("customer_user_info", {"customer_id": CONTOSO, "user_principal_name": "NOBODY@contoso.example"}),
        ("customer_user_info", {**some, "state": "any", "include": ["licenses", "roles"]}),
        ("customer_user_info", {**some, "users": [ALEX, ADELE], "state": "any"}),
        ("customer_user_info", some),
        ("customer_user_info", {**some, "users": [], "user_principal_name": "adele.vance@contoso.example"}),
        ("customer_user_info", {**some, "users": []}),
        ("customer_user_info", {**some, "users": ["adele", " ", "x@contoso.example"]}),
        ("customer_info", {}),
        ("customer_info", {"name_prefix": "contoso"}),
        ("customer_info", {"customer_id": CONTOSO}),
        ("customer_info", {"auth_method": "client_credentials"}),
    ]
    tasks = [
        {"name": str(number), MODULE + name: options, "ignore_errors": True}
        for number, (name, options) in enumerate(calls)
    ]
    everyone, adele, nobody, several, by_id, active, both, none, nonsense, listed, named, one, app_only = ansible.tasks(
        tasks
    ).modules
    assert {item["id"] for item in everyone["users"]} == {item["id"] for item in emulator.users(CONTOSO)}
    assert adele["users"][0]["display_name"] == "Adele Vance" and nobody["users"] == [] and "missing" not in nobody
    assert [item["display_name"] for item in several["users"]] == ["Adele Vance", "Alex Wilber", "Ferdinand Filibuster"]
    assert several["missing"] == ["NOBODY@contoso.example"] and several["users"][1]["roles"] == [
        "Helpdesk Administrator"
    ]
    assert several["requests"]["reads"] == 2 + 1 + 1 + 2 + 2, (
        "two listings, subscribed SKUs, directory roles, and licences and roles of two"
    )
    assert (
        [item["id"] for item in by_id["users"]] == [ADELE, ALEX]
        and by_id["missing"] == []
        and by_id["requests"]["reads"] == 2
    )
    assert (
        active["missing"] == ["NOBODY@contoso.example", "FERDINAND.filibuster@contoso.example"]
        and len(active["users"]) == 2
    )
    assert "mutually exclusive" in both["msg"] and none["failure"]["reason"] == "empty"
    assert (
        "'adele' is neither" in nonsense["msg"] and "' ' is neither" in nonsense["msg"] and "x@" not in nonsense["msg"]
    )
    assert {"Contoso", "Contoso Pharma", "Fabrikam"} <= {item["name"] for item in listed["customers"]}
    assert {item["name"] for item in named["customers"]} == {"Contoso", "Contoso Pharma"}
    assert "contoso.example" in one["customers"][0]["domains"] and app_only["customers"] == listed["customers"]


@pytest.mark.core_differences
def test_one_sign_in_for_a_play(ansible: Runner, emulator: t.Any) -> None:
    done = ansible.tasks(
        [
            {"name": "Sign in", "tenantops.partner_center.access_token_info": {}, "register": "sign_in"},
            {"name": "Use", "tenantops.partner_center.customer_info": {"name_prefix": "Contoso"}},
            {"name": "Use again", "tenantops.partner_center.customer_user": {"customer_id": CONTOSO, "user_id": ADELE}},
        ],
        play={
            "module_defaults": {
                "group/tenantops.partner_center.partner_center": {
                    "access_token": "{{ sign_in.access_token | default(omit) }}"
                }
            }
        },
        verbosity=4,
    )
    assert done.rc == 0, done.output
    assert len([entry for entry in emulator.log() if entry["server"] == "login" and entry["method"] == "POST"]) == 1
    assert "censored" in json.dumps(done.records[0]["result"]) and "eyJ" not in done.output, (
        "the token is not shown, whatever the playbook says"
    )
