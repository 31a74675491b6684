"""Licences, directory roles and the partner's own roles as a user meets them."""

from __future__ import annotations

import json
import typing as t

from support.playbooks import MODULE, Runner

from .conftest import CONTOSO, FABRIKAM
from .scenes import ADELE, sent, writes

ALEX = "8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e02"
ADMIN = "8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e03"
SIOBHAN = "8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e04"
FERDINAND = "8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e07"
MINECRAFT = "CFQ7TTC0K5DR/0002"
PASSWORD = "CANARY-Correct-Horse-7"


def people(number: int, **values: t.Any) -> list[dict[str, t.Any]]:
    return [
        {
            "user_principal_name": f"new{index:02d}@contoso.example",
            "display_name": f"New {index}",
            "password": PASSWORD,
            "usage_location": "US",
            **values,
        }
        for index in range(number)
    ]


def holds(emulator: t.Any, user_id: str, customer: str = CONTOSO) -> tuple[list[str], list[str]]:
    """Part numbers and roles of a user, as the server knows them."""
    found = next(item for item in emulator.users(customer) if item["id"] == user_id)
    return sorted(item["sku"] for item in found["licenses"]), sorted(found["roles"])


def series(ansible: Runner, module: str, *options: dict[str, t.Any], **kwargs: t.Any) -> list[dict[str, t.Any]]:
    """Several tasks of one module in one play, failures included."""
    tasks = [
        {"name": f"Task {number}", MODULE + module: each, "ignore_errors": True} for number, each in enumerate(options)
    ]
    return ansible.tasks(tasks, **kwargs).modules


def government(ansible: Runner) -> dict[str, str]:
    """The sign-in options of a cloud that cannot write users, pointed at the emulator."""
    return {"cloud_environment": "AzureUSGovernment", "api_url": ansible.environment["PARTNER_CENTER_API_URL"]}


def test_one_user_from_nothing_and_again(ansible: Runner, emulator: t.Any) -> None:
    options = {
        "customer_id": CONTOSO,
        "user_principal_name": "grace@contoso.example",
        "display_name": "Grace",
        "password": PASSWORD,
        "usage_location": "US",
        "licenses": [
            "Windows 10 Enterprise E5",
            {"sku": "ems", "excluded_plans": ["INTUNE_A", "Microsoft Azure Multi-Factor Authentication"]},
            MINECRAFT,
        ],
        "roles": ["Global Administrator", "729827e3-9c14-49f7-bb1b-9608f156bbb8"],
    }
    check = ansible.module("customer_user", check=True, **options)
    assert writes(emulator) == []
    made = ansible.module("customer_user", diff=True, **options)
    assert check["operations"] == made["operations"] and check["requests"] == made["requests"]
    assert [operation["action"] for operation in made["operations"]] == [
        "create",
        "assign_licenses",
        "assign_licenses",
        "add_role",
        "add_role",
    ]
    assert made["requests"]["writes"] == len(writes(emulator)) == 5
    ems = {"sku": "EMS", "excluded_plans": ["INTUNE_A", "MFA_PREMIUM"]}
    assert (
        made["user"]["licenses"] == [MINECRAFT, ems, "WIN_ENT_E5"]
        and json.loads(made["diff"]["after"])["licenses"] == made["user"]["licenses"]
    )
    assert (
        made["user"]["roles"]
        == json.loads(made["diff"]["after"])["roles"]
        == ["Company Administrator", "Helpdesk Administrator"]
    )
    assert made["operations"][1]["fields"] == {"licenses": {"before": [], "after": [ems, "WIN_ENT_E5"]}}
    assert holds(emulator, made["user"]["id"]) == (
        sorted([MINECRAFT, "EMS", "WIN_ENT_E5"]),
        ["Global Administrator", "Helpdesk Administrator"],
    )

    emulator.clear_log()
    same = {key: value for key, value in options.items() if key != "password"}
    bare = {"customer_id": CONTOSO, "user_principal_name": "grace@contoso.example"}
    again, omitted, empty, more, all_plans, none, gone = series(
        ansible,
        "customer_user",
        same,
        bare,
        {**bare, "licenses": [], "roles": []},
        {**bare, "licenses": ["EMS"], "roles": ["Reports Reader"]},
        {**bare, "licenses": [{"sku": "EMS", "excluded_plans": []}], "purge_licenses": True},
        {**bare, "licenses": [], "purge_licenses": True, "roles": [], "purge_roles": True},
        {**bare, "licenses": [], "purge_licenses": True, "roles": [], "purge_roles": True},
    )
    assert not again["changed"] and not omitted["changed"] and not empty["changed"]
    assert again["requests"] == {"reads": 5, "writes": 0, "retries": 0, "throttled": 0}, (
        "listing, SKUs, licences, catalogue, roles of the user"
    )
    assert omitted["requests"]["reads"] == empty["requests"]["reads"] == 1
    assert [operation["action"] for operation in more["operations"]] == ["add_role"], (
        "exclusions that are not declared stay"
    )
    assert [operation["action"] for operation in all_plans["operations"]] == ["assign_licenses", "remove_licenses"]
    assert all_plans["user"]["licenses"] == ["EMS"]
    assert [operation["action"] for operation in none["operations"]] == ["remove_licenses"] + [
        "remove_role"
    ] * 3 and none["user"]["licenses"] == []
    assert holds(emulator, made["user"]["id"]) == ([], []) and not gone["changed"]


def test_what_is_refused_before_the_first_write(ansible: Runner, emulator: t.Any) -> None:
    by_id = {"customer_id": CONTOSO, "user_id": ADELE}
    results = series(
        ansible,
        "customer_user",
        {"customer_id": CONTOSO, "user_id": ADMIN, "licenses": ["EMS"]},
        {**by_id, "licenses": ["OFFICE_365"]},
        {**by_id, "licenses": [{"sku": "EMS", "excluded_plans": ["nonsense"]}]},
        {**by_id, "licenses": ["EMS", "Enterprise Mobility + Security E3"]},
        {**by_id, "roles": ["Emperor"]},
        {"customer_id": CONTOSO, "user_id": ADMIN, "roles": [], "purge_roles": True},
        {**by_id, "licenses": [{"sku": "EMS", "plans": []}, {}], "roles": ["Reports Reader", "reports reader"]},
        {**by_id, "purge_roles": True, "purge_licenses": True},
        {**by_id, "roles": ["Reports Reader"], **government(ansible)},
        {
            "customer_id": CONTOSO,
            **people(1)[0],
            "licenses": ["EMS"],
            "roles": ["Reports Reader"],
            **government(ansible),
        },
    )
    for result, words in zip(
        results,
        (
            "has no usage location",
            "has no subscription to 'OFFICE_365'; it has CFQ7TTC0K5DR/0002, EMS",
            "EMS has no service plan 'nonsense'; it has AAD_PREMIUM",
            "is listed twice",
            "no directory role is named 'Emperor'; the roles are Application Administrator",
            "last Global Administrator",
            "'plans' is not known",
            "purge_licenses needs licenses",
            f"AzureUSGovernment does not offer the operation add_role through the Partner Center API (customer {CONTOSO})",
            f"AzureUSGovernment does not offer the operation create through the Partner Center API (customer {CONTOSO})",
        ),
    ):
        assert result["failed"] and words in result["msg"], (words, result)
    assert "licenses[1].sku must be" in results[6]["msg"] and "roles names 'reports reader' twice" in results[6]["msg"]
    assert writes(emulator) == [] and [result["requests"]["reads"] for result in results[8:]] == [3, 1], (
        "no more than it takes to know"
    )

    emulator.clear_log()
    always = {"password": PASSWORD, "update_password": "always"}
    china, reset = series(
        ansible,
        "customer_users",
        {
            "customer_id": CONTOSO,
            "users": [{"user_id": ADELE}, {"user_id": ALEX, "licenses": ["EMS"]}],
            "cloud_environment": "AzureChinaCloud",
        },
        {
            "customer_domain": "contoso.onmicrosoft.com",
            "users": [{"user_id": ADELE, **always}, {"user_id": ALEX}],
            **government(ansible),
        },
    )
    assert [each["failure"]["reason"] for each in (china, reset)] == ["not_offered"] * 2
    assert all(fact in china["msg"] for fact in ("licenses", ALEX, "AzureChinaCloud"))
    assert all(fact in reset["msg"] for fact in ("update_password", ADELE, "AzureUSGovernment", "reset_password"))
    assert emulator.log() == [], "not even a sign-in"


def test_single_ones_are_added_and_taken_away(ansible: Runner, emulator: t.Any, tmp_path: t.Any) -> None:
    plan, log = str(tmp_path / "plan.json"), tmp_path / "audit.log"
    options = {
        "customer_id": CONTOSO,
        "defaults": {"roles": {"remove": ["Reports Reader"]}},
        "users": [
            {"user_id": ADELE, "licenses": {"add": ["WIN_ENT_E5"], "remove": ["Power BI Pro"]}},
            {
                "user_id": ALEX,
                "licenses": {"remove": ["EMS", "POWER_BI_PRO"]},
                "roles": {"add": [{"name": "Reports Reader"}], "remove": ["Helpdesk Administrator"]},
            },
            {"user_id": SIOBHAN, "licenses": {"set": []}, "roles": {"set": ["User Administrator"]}},
            {"user_id": ADMIN, "licenses": {"add": []}, "roles": {"remove": ["Global Administrator"]}},
        ],
    }
    by_id = {"customer_id": CONTOSO, "user_id": ADELE}
    tasks = [
        ("customer_users", {**options, "mode": "plan", "plan_file": plan}),
        ("customer_users", {**options, "mode": "apply", "plan_file": plan, "audit_log": str(log)}),
        ("customer_users", options),
        ("customer_user", {**by_id, "licenses": "EMS, Windows 10 Enterprise E5", "roles": {"set": []}}),
        (
            "customer_user",
            {**by_id, "licenses": {"ad": [7], "remove": None}, "roles": {"set": []}, "purge_roles": True},
        ),
    ]
    planned, made, again, text, wrong = ansible.tasks(
        [{"name": module, MODULE + module: each, "ignore_errors": True} for module, each in tasks]
    ).modules
    assert made["operations"] == planned["operations"] and len(writes(emulator)) == made["requests"]["writes"] == 6
    for result in (planned, made):
        assert [row["status"] for row in result["rows"]] == ["changed"] * 3 + ["failed"]
        assert result["rows"][3]["reason"] == "last_administrator"
    assert [row["action"] for row in made["rows"]][:2] == ["assign_licenses", "remove_licenses+add_role+remove_role"]
    assert holds(emulator, ADELE) == (["EMS", "WIN_ENT_E5"], [])
    assert holds(emulator, ALEX) == ([MINECRAFT], ["Reports Reader"])
    assert holds(emulator, SIOBHAN) == ([], ["User Administrator"])
    assert holds(emulator, ADMIN) == ([], ["Global Administrator"])
    assert again["requests"]["writes"] == 0 and [row["status"] for row in again["rows"]] == ["ok"] * 3 + ["failed"]
    assert log.read_text().count('"remove_role"') >= 2
    assert text["failed"] is not True and not text["changed"], "a text with commas is a list, as it was before"
    assert wrong["failure"]["reason"] == "unknown_option" and "requests" not in wrong


def test_ten_seats_and_twelve_users(ansible: Runner, emulator: t.Any) -> None:
    emulator.set_skus(CONTOSO, {"part_number": "EMS", "units": 13})  # three are taken
    options = {
        "customer_id": CONTOSO,
        "users": [*people(12, licenses=["EMS"]), {"user_id": ADELE}],
        "defaults": {"roles": ["Reports Reader"]},
    }
    check, refused = (ansible.module("customer_users", check=check, **options) for check in (True, False))
    assert refused["failed"] and [entry["method"] for entry in writes(emulator)] == ["POST"], "only Adele's role"
    assert [need["actions"] for need in check["customers"][0]["delegated_roles"]] == [["add_role"]]
    assert "EMS (Enterprise Mobility + Security E3): 2 short (12 seats needed, 10 free)" in refused["msg"]
    assert [row["reason"] for row in refused["rows"]] == ["no_seats"] * 12 + [None]
    assert [row["status"] for row in refused["rows"]] == ["failed"] * 12 + ["changed"]
    assert [row["status"] for row in check["rows"]] == [row["status"] for row in refused["rows"]]

    made = ansible.module("customer_users", on_no_seats="create_unlicensed", **options)
    assert made["summary"]["changed"] == 12 and not made["failed"]
    assert [need["actions"] for need in made["customers"][0]["delegated_roles"]] == [
        ["create"],
        ["assign_licenses"],
        ["add_role"],
    ]
    assert [row["action"] for row in made["rows"]] == ["create+assign_licenses+add_role"] * 10 + [
        "create+add_role"
    ] * 2 + ["none"]
    assert [bool(row["message"]) for row in made["rows"]] == [False] * 10 + [True] * 2 + [False]
    assert "EMS" in made["rows"][11]["message"] and made["rows"][0]["fields"]["licenses"]["after"] == ["EMS"]
    assert emulator.skus(CONTOSO)["EMS"]["available_units"] == 0

    emulator.clear_log()
    again, seats_gone, replaced = series(
        ansible,
        "customer_users",
        {**options, "on_no_seats": "create_unlicensed"},
        {
            "customer_id": CONTOSO,
            "users": [{"user_id": SIOBHAN, "licenses": ["POWER_BI_PRO"]}, {"user_id": ADELE, "display_name": "A"}],
        },
        {
            "customer_id": CONTOSO,
            "users": [
                {"user_principal_name": "new11@contoso.example", "licenses": ["EMS"]},
                {"user_principal_name": "new00@contoso.example", "state": "absent"},
            ],
        },
    )
    assert not again["changed"] and again["requests"]["writes"] == 0 and not again["failed"]
    members = [item["path"].split("/")[-2] for item in sent(emulator, "GET") if item["path"].endswith("/usermembers")]
    assert len(members) == len(set(members)) == 2, (
        "one role of many users is read as a role, and the administrators once for who is deleted"
    )
    assert [row["status"] for row in replaced["rows"]] == ["changed"] * 2 and not replaced["failed"], (
        "the seat of who leaves goes to who comes"
    )
    assert [entry["method"] for entry in writes(emulator)] == ["PATCH", "DELETE", "POST"] and emulator.skus(CONTOSO)[
        "EMS"
    ]["available_units"] == 0
    assert [row["status"] for row in seats_gone["rows"]] == [
        "failed",
        "changed",
    ] and "1 short (1 seat needed, 0 free)" in seats_gone["msg"]


def test_restored_users_and_what_comes_back(ansible: Runner, emulator: t.Any) -> None:
    row = {
        "user_id": FERDINAND,
        "state": "restored",
        "licenses": ["EMS", "WIN_ENT_E5"],
        "roles": ["Reports Reader", "Global Reader"],
    }
    check = ansible.module("customer_users", check=True, customer_id=CONTOSO, users=[row])
    assert [operation["action"] for operation in check["operations"]] == [
        "restore",
        "assign_licenses",
        "add_role",
        "add_role",
    ]
    assert check["operations"][1]["fields"] == {"licenses": {"before": None, "after": ["EMS", "WIN_ENT_E5"]}}
    made = ansible.module("customer_users", customer_id=CONTOSO, users=[row])
    assert [operation["action"] for operation in made["operations"]] == ["restore", "assign_licenses", "add_role"], (
        "one role and one licence came back"
    )
    assert made["operations"][1]["fields"] == {"licenses": {"before": ["EMS"], "after": ["EMS", "WIN_ENT_E5"]}}
    assert made["operations"][2]["fields"] == {
        "roles": {"before": ["Reports Reader"], "after": ["Global Reader", "Reports Reader"]}
    }
    assert holds(emulator, FERDINAND) == (["EMS", "WIN_ENT_E5"], ["Global Reader", "Reports Reader"])

    emulator.reset()
    purging = {"licenses": [], "purge_licenses": True, "roles": [], "purge_roles": True}
    task = {MODULE + "customer_user": {"customer_id": CONTOSO, "user_id": FERDINAND, "state": "restored", **purging}}
    said, back, again = ansible.tasks([{**task, "check_mode": True, "diff": True}, task, task]).modules
    assert said["after_restore"] == dict.fromkeys(("licenses", "roles"), {"all_others": True, "remove": []})
    assert [operation["action"] for operation in said["operations"]] == ["restore", "remove_licenses", "remove_role"]
    assert "after_restore" in said["diff"]["after"] and "after_restore" not in back
    assert [operation["action"] for operation in back["operations"]] == ["restore", "remove_licenses", "remove_role"]
    assert holds(emulator, FERDINAND) == ([], []) and not again["changed"]

    emulator.reset()
    emulator.set(licenses_of_restored="drop")
    lost = ansible.module(
        "customer_user",
        customer_id=CONTOSO,
        user_id=FERDINAND,
        state="restored",
        licenses=["EMS"],
        roles=["Reports Reader"],
    )
    assert [operation["action"] for operation in lost["operations"]] == ["restore", "assign_licenses"]
    assert holds(emulator, FERDINAND) == (["EMS"], ["Reports Reader"])


def test_purge_spares_privileged_users_and_its_undo_file_brings_everything_back(
    ansible: Runner, emulator: t.Any, tmp_path: t.Any
) -> None:
    everybody = {
        user["id"]: holds(emulator, user["id"]) for user in emulator.users(CONTOSO) if user["state"] == "active"
    }
    undo = str(tmp_path / "undo.json")
    options = {
        "customer_id": CONTOSO,
        "users": [{"user_id": ADMIN}],
        "purge": True,
        "undo_file": undo,
        "max_delete_percentage": 100,
        "purge_scope": {"user_principal_names": ["a*", "s*", "adele*"]},
    }
    emulator.add_users(
        CONTOSO,
        {
            "user_principal_name": "ari@contoso.example",
            "display_name": "Ari",
            "usage_location": "US",
            "roles": ["Reports Reader"],
            "licenses": [{"sku": "EMS", "excluded_plans": ["INTUNE_A"]}, MINECRAFT],
        },
    )
    ari = next(user["id"] for user in emulator.users(CONTOSO) if user["user_principal_name"].startswith("ari@"))
    made = ansible.module("customer_users", **options)
    assert sorted(row["user_principal_name"] for row in made["purged"]) == [
        "adele.vance@contoso.example",
        "ari@contoso.example",
    ]
    spared = {item["user_principal_name"]: item["reason"] for item in made["customers"][0]["spared"]}
    assert set(spared) == {"alex.wilber@contoso.example", "siobhan.o'brien@contoso.example"}
    assert spared["alex.wilber@contoso.example"].endswith("Helpdesk Administrator")
    assert spared["siobhan.o'brien@contoso.example"].endswith("User Account Administrator")
    emulator.set(licenses_of_restored="drop", roles_of_deleted="drop")
    back = ansible.tasks(
        [
            {
                "name": "Undo",
                MODULE + "customer_users": {
                    "customers": "{{ (lookup('ansible.builtin.file', '" + undo + "') | from_json).customers }}"
                },
            }
        ]
    ).last
    assert back["summary"]["changed"] == 2 and not back["failed"], back
    assert holds(emulator, ADELE) == everybody[ADELE] and holds(emulator, ari) == (
        sorted(["EMS", MINECRAFT]),
        ["Reports Reader"],
    )
    assert next(item for item in emulator.users(CONTOSO) if item["id"] == ari)["licenses"][-1]["excluded_plans"] in (
        [],
        ["INTUNE_A"],
    )


def test_bad_days(ansible: Runner, emulator: t.Any) -> None:
    """Lag, lost answers, memberships that are there already, seats that vanish, warnings of the service."""
    emulator.set(read_lag_ms=700, already_member_status=409)
    licence, member = {"method": "POST", "path": "/licenseupdates$"}, {"method": "POST", "path": "/usermembers$"}
    new = {"customer_id": CONTOSO, **people(1)[0], "licenses": ["EMS"], "roles": ["Reports Reader"]}
    lagging = ansible.module("customer_user", **new)
    assert not lagging["failed"] and holds(emulator, lagging["user"]["id"]) == (["EMS"], ["Reports Reader"]), lagging
    emulator.set(
        read_lag_ms=0, license_warnings=[{"code": "x", "message": "Mind the plan.", "servicePlans": ["INTUNE_A"]}]
    )
    emulator.fault("drop_after", licence, times=1)
    emulator.fault("drop_after", member, times=1)
    lost = ansible.module(
        "customer_users",
        customer_id=CONTOSO,
        users=[{"user_id": ADELE, "licenses": ["WIN_ENT_E5"], "roles": ["Global Reader"]}],
    )
    assert [row["status"] for row in lost["rows"]] == ["changed"] and lost["requests"]["retries"] >= 2
    assert holds(emulator, ADELE)[1] == ["Global Reader"] and "WIN_ENT_E5" in holds(emulator, ADELE)[0]
    emulator.clear_faults()
    body = {
        "code": 60012,
        "description": "We&#39;re sorry, it looks like you've run out of licenses.",
        "data": [],
        "source": "PartnerFD",
    }
    emulator.add_faults({"match": licence, "do": {"kind": "status", "status": 400, "body": body}, "times": 1})
    gone = ansible.module("customer_users", customer_id=CONTOSO, max_parallel=1, users=people(3, licenses=["EMS"])[1:])
    assert [row["status"] for row in gone["rows"]] == ["failed", "changed"] and gone["rows"][0]["code"] == "60012"
    assert gone["rows"][0]["action"] == "create+assign_licenses"


READER, WRITER, GLOBAL_READER = "Directory Readers", "Directory Writers", "Global Reader"
WRITES = {
    # An operation: the roles that are left when the one it needs is taken away, that one, and all that would do.
    "create": ((READER,), WRITER, "User Administrator, Directory Writers"),
    "update": ((READER,), WRITER, "User Administrator, Directory Writers"),
    "rename": ((READER,), WRITER, "User Administrator, Directory Writers"),
    "restore": ((READER,), WRITER, "User Administrator, Directory Writers"),
    "reset_password": (
        (READER,),
        "Privileged Authentication Administrator",
        "User Administrator, Privileged Authentication Administrator",
    ),
    "delete": ((READER,), "User Administrator", "User Administrator"),
    "assign_licenses": (
        (READER,),
        "License Administrator",
        "License Administrator, User Administrator, Directory Writers",
    ),
    "remove_licenses": (
        (READER,),
        "License Administrator",
        "License Administrator, User Administrator, Directory Writers",
    ),
    "add_role": ((READER,), "Privileged Role Administrator", "Privileged Role Administrator"),
    "remove_role": ((READER,), "Privileged Role Administrator", "Privileged Role Administrator"),
}
READS = {
    "listing": ((WRITER,), "User Administrator", "Directory Readers, Global Reader, User Administrator"),
    "by_id": ((WRITER,), "User Administrator", "Directory Readers, Global Reader, User Administrator"),
    "licences": (
        (GLOBAL_READER, "Privileged Role Administrator"),
        "License Administrator",
        "Directory Readers, License Administrator, User Administrator, Directory Writers",
    ),
    "catalogue": (("User Administrator", "Privileged Role Administrator"), READER, "Directory Readers"),
    # Who may delete, and may not see who the administrators are, deletes nobody.
    "administrators": ((GLOBAL_READER, "User Administrator"), READER, "Directory Readers"),
}


def tenant(number: int, name: str, granted: t.Sequence[str]) -> dict[str, t.Any]:
    """A customer with two active users, who have a licence and a role, and two deleted ones."""
    domain = f"{name.replace('_', '-')}.example"
    person = {"usage_location": "US", "licenses": ["EMS"], "roles": ["Reports Reader"]}
    users = [
        {"id": user_of(number, index), "user_principal_name": f"{local}@{domain}", **person}
        for index, local in enumerate(("ada", "eve"))
    ]
    users += [{"user_principal_name": f"{local}@{domain}", "deleted_days_ago": 1} for local in ("joe", "max")]
    skus = [{"part_number": part, "units": 50} for part in ("EMS", "WIN_ENT_E5")]
    return {
        "id": customer_of(number),
        "company_name": name,
        "domain": domain,
        "gdap_roles": list(granted),
        "skus": skus,
        "users": users,
    }


def customer_of(number: int) -> str:
    return f"00000000-0000-4000-8000-0000000c{number:04d}"


def user_of(number: int, index: int) -> str:
    return f"00000000-0000-4000-8000-000{number:04d}0000{index}"


def rows_of(number: int, name: str) -> list[dict[str, t.Any]]:
    """Two users for whom only the operation of that name is needed (for a read: somebody for whom it has to be read)."""
    domain = f"{name.replace('_', '-')}.example"
    one = {
        "create": {"display_name": "New", "password": PASSWORD},
        "update": {"first_name": "Ada"},
        "restore": {"state": "restored"},
        "reset_password": {"password": PASSWORD, "update_password": "always"},
        "delete": {"state": "absent"},
        "assign_licenses": {"licenses": ["WIN_ENT_E5"]},
        "remove_licenses": {"licenses": [], "purge_licenses": True},
        "add_role": {"roles": ["Global Reader"]},
        "remove_role": {"roles": [], "purge_roles": True},
        "listing": {"first_name": "Ada"},
        "licences": {"licenses": ["WIN_ENT_E5"]},
        "catalogue": {"roles": ["Global Reader"]},
        "administrators": {"state": "absent"},
    }
    if name == "rename":
        return [
            {"user_principal_name": f"{local}2@{domain}", "previous_user_principal_name": f"{local}@{domain}"}
            for local in ("ada", "eve")
        ]
    if name == "by_id":
        return [{"user_id": user_of(number, index), "first_name": "Ada"} for index in range(2)]
    people = {"create": ("new1", "new2"), "restore": ("joe", "max")}.get(name, ("ada", "eve"))
    return [{"user_principal_name": f"{local}@{domain}", **one[name]} for local in people]


def test_each_operation_with_the_least_role_and_without_it(ansible: Runner, emulator: t.Any) -> None:
    """Each customer lacks another role. What is expected is taken from the documentation, not from the collection."""
    cases = {**WRITES, **READS}
    emulator.add_customers(
        [tenant(number, name, granted) for number, (name, (granted, _lacking, _words)) in enumerate(cases.items())]
    )
    blocks = [{"customer_id": customer_of(number), "users": rows_of(number, name)} for number, name in enumerate(cases)]
    many = {"customers": blocks, "max_parallel": 1}
    numbers = {name: number for number, name in enumerate(cases)}
    listing, catalogue = ({"customer_id": customer_of(numbers[name])} for name in ("listing", "catalogue"))
    by_id, licences = (
        {"customer_id": customer_of(numbers[name]), "user_id": user_of(numbers[name], 0)}
        for name in ("by_id", "licences")
    )
    tasks = [
        ("customer_users", many),
        ("customer_user", {**licences, "licenses": ["WIN_ENT_E5"]}),
        ("customer_user_info", listing),
        ("customer_user_info", by_id),
        ("customer_user_info", {**listing, "users": ["somebody@contoso.example"]}),
        ("customer_user_info", {"customer_id": by_id["customer_id"], "users": [by_id["user_id"]]}),
        ("customer_user_info", {**listing, "users": ["somebody@contoso.example"], "state": "deleted"}),
        ("customer_user_info", {**listing, "state": "deleted"}),
        ("customer_user_info", {**licences, "include": ["licenses"]}),
        ("customer_info", {**listing, "include": ["subscribed_skus"]}),
        ("customer_info", {**catalogue, "include": ["directory_roles"]}),
    ]
    refused, *single = ansible.tasks(
        [{"name": module, MODULE + module: options, "ignore_errors": True} for module, options in tasks]
    ).modules
    assert refused["failed"] and not refused["changed"] and refused["operations"] == []
    sent_to = {
        name: [entry for entry in writes(emulator) if customer_of(number) in entry["path"]]
        for name, number in numbers.items()
    }
    for name, (_granted, lacking, said) in cases.items():
        rows = [row for row in refused["rows"] if row["customer_id"] == customer_of(numbers[name])]
        needed = said.split(", ")
        assert [row["needed_roles"] for row in rows] == [needed, needed] and lacking in needed, (name, rows)
        # Somebody may be refused for being an administrator, so these two are tried; the others are not begun after the first.
        twice = name in ("update", "rename", "restore", "reset_password", "delete")
        assert [row["status"] for row in rows] == ["failed", "failed" if twice or name in READS else "skipped"], (
            name,
            rows,
        )
        assert (
            rows[0]["reason"] in ("missing_role", "roles_unreadable")
            and customer_of(numbers[name]) in rows[0]["message"]
            and all(role in rows[0]["message"] for role in needed)
        ), (name, rows)
        assert [entry["status"] for entry in sent_to[name]] == [] if name in READS else [403] * (1 + twice), (
            "nothing was written"
        )
        assert all(role in rows[1]["message"] for role in needed), rows[1]
    for result in single:
        assert result["failed"] and customer_of(0)[:-4] in result["msg"] and result["failure"]["needed_roles"], result

    for number, (granted, lacking, _words) in enumerate(cases.values()):
        emulator.set_gdap_roles(customer_of(number), [*granted, lacking])
    fine = ansible.module("customer_users", customers=blocks)
    assert not fine["failed"] and fine["summary"]["changed"] == 2 * len(cases), fine["msg"]
    actions = [
        next(row["action"] for row in fine["rows"] if row["customer_id"] == customer_of(number))
        for number in range(len(WRITES))
    ]
    assert actions == list(WRITES)


def test_a_role_that_is_missing_leaves_at_most_one_user_half_done(ansible: Runner, emulator: t.Any) -> None:
    emulator.set_gdap_roles(CONTOSO, ["User Administrator", "Directory Readers"])
    made = ansible.module(
        "customer_users", customer_id=CONTOSO, users=people(6, licenses=["EMS"], roles=["Reports Reader"])
    )
    assert [row["status"] for row in made["rows"]] == ["failed"] + ["skipped"] * 5
    assert {row["reason"] for row in made["rows"]} == {"missing_role"}
    assert made["rows"][0]["needed_roles"] == ["Privileged Role Administrator"]
    assert sum(user["user_principal_name"].startswith("new") for user in emulator.users(CONTOSO)) == 1
    emulator.set_gdap_roles(CONTOSO, ["Directory Writers"])
    blind = ansible.module("customer_users", customer_id=CONTOSO, users=people(1, licenses=["EMS"]))
    assert blind["rows"][0]["needed_roles"][:2] == ["Directory Readers", "Global Reader"]


def test_plan_and_apply_with_licences_and_roles(ansible: Runner, emulator: t.Any, tmp_path: t.Any) -> None:
    emulator.set_skus(CONTOSO, {"part_number": "POWER_BI_PRO", "units": 5})
    adele = {"user_id": ADELE, "licenses": ["EMS"], "purge_licenses": True, "roles": ["Global Reader"]}
    alex = {"user_id": ALEX, "licenses": [{"sku": "EMS", "excluded_plans": ["INTUNE_A", "RMS_S_PREMIUM"]}]}
    siobhan = {"user_id": SIOBHAN, "licenses": ["EMS"], "roles": ["Helpdesk Administrator"], "purge_roles": True}
    users = [*people(1, licenses=["EMS"], roles=["Reports Reader"]), adele, alex, siobhan]
    options = {"customer_id": CONTOSO, "users": users, "plan_file": str(tmp_path / "plan.json")}
    planned = ansible.module("customer_users", mode="plan", **options)
    assert planned["plan_changed"] and writes(emulator) == []
    meanwhile = [
        {"user_id": ADELE, "licenses": ["WIN_ENT_E5"]},
        {"user_id": ALEX, "licenses": [{"sku": "EMS", "excluded_plans": ["RMS_S_PREMIUM"]}]},
        {"user_id": SIOBHAN, "roles": ["User Administrator"], "purge_roles": True},
    ]
    done = ansible.tasks(
        [
            {"name": "Somebody else", MODULE + "customer_users": {"customer_id": CONTOSO, "users": meanwhile}},
            {
                "name": "Predict",
                MODULE + "customer_users": {**options, "mode": "apply"},
                "check_mode": True,
                "ignore_errors": True,
            },
            {"name": "Apply", MODULE + "customer_users": {**options, "mode": "apply"}, "ignore_errors": True},
            {
                "name": "Again",
                MODULE + "customer_users": {key: value for key, value in options.items() if key != "plan_file"},
            },
        ]
    )
    _other, predicted, applied, again = done.modules
    assert (
        [row["status"] for row in applied["rows"]]
        == ["changed", "failed", "failed", "failed"]
        == [row["status"] for row in predicted["rows"]]
    )
    told = (
        "adele.vance@contoso.example changed",
        "'excluded_plans': ['RMS_S_PREMIUM']",
        "from ['User Account Administrator']",
    )
    for row, words in zip(applied["rows"][1:], told):
        assert row["reason"] == "changed_since_plan" and words in row["message"] and row["action"] == "none"
    assert applied["operations"] == planned["operations"][:3]
    assert [row["status"] for row in again["rows"]] == ["ok", "changed", "changed", "changed"]


def test_a_swap_across_licence_groups_that_stops_half_way(ansible: Runner, emulator: t.Any) -> None:
    emulator.set_skus(CONTOSO, {"part_number": "POWER_BI_PRO", "units": 5})
    rows = [
        {
            "user_id": SIOBHAN,
            "licenses": ["POWER_BI_PRO", MINECRAFT],
            "purge_licenses": True,
            "roles": ["Helpdesk Administrator"],
        },
        {"user_id": ALEX, "licenses": ["POWER_BI_PRO"], "purge_licenses": True},
    ]
    refusal = {
        "kind": "status",
        "status": 400,
        "body": {"code": 60012, "description": "Subscription has run out of licenses."},
    }
    for user_id, after in ((SIOBHAN, 1), (ALEX, 0)):
        match = {"server": "api", "method": "POST", "path": f"/users/{user_id}/licenseupdates$"}
        emulator.add_faults([{"match": match, "after": after, "times": 1, "do": refusal}])
    task = {MODULE + "customer_users": {"customer_id": CONTOSO, "users": rows}, "ignore_errors": True}
    look = {MODULE + "customer_user_info": {"customer_id": CONTOSO, "users": [ALEX, SIOBHAN], "include": ["licenses"]}}
    done = ansible.tasks([{"name": str(number), **each} for number, each in enumerate((task, look, task, task))])
    first, between, second, third = done.modules
    siobhan, alex = first["rows"]
    assert (
        [row["status"] for row in first["rows"]] == ["failed", "failed"]
        and "run out" in alex["message"]
        and "assign_licenses (" not in alex["message"]
    )
    assert "run out" in siobhan["message"] and siobhan["message"].endswith(
        " assign_licenses (licenses from ['EMS'] to ['POWER_BI_PRO'])."
    )
    assert [operation["fields"]["licenses"] for operation in first["operations"]] == [
        {"before": ["EMS"], "after": ["POWER_BI_PRO"]}
    ]
    held = {item["id"]: item["licenses"] for item in between["users"]}
    assert held[SIOBHAN] == ["POWER_BI_PRO"], "nothing is lost before its successor is there"
    assert held[ALEX] == [MINECRAFT, {"sku": "EMS", "excluded_plans": ["INTUNE_A"]}]
    assert (
        second["summary"]["changed"] == 2
        and not second["failed"]
        and third["summary"]["ok"] == 2
        and third["requests"]["writes"] == 0
    )


def test_reading_licences_roles_and_seats(ansible: Runner, emulator: t.Any) -> None:
    users, many = series(
        ansible,
        "customer_user_info",
        {"customer_id": CONTOSO, "include": ["licenses", "roles"], "state": "any"},
        {"customer_id": FABRIKAM, "include": ["roles"]},
    )
    found = {user["id"]: user for user in users["users"]}
    assert found[ALEX]["licenses"] == [MINECRAFT, {"sku": "EMS", "excluded_plans": ["INTUNE_A"]}] and found[ALEX][
        "roles"
    ] == ["Helpdesk Administrator"]
    assert "licenses" not in found[FERDINAND] and users["requests"]["reads"] == 2 + 2 + 6 * 2
    assert many["requests"]["reads"] < 60, "490 users: role by role is cheaper"
    assert sum("Company Administrator" in user["roles"] for user in many["users"]) == 2
    contoso, refused = series(
        ansible,
        "customer_info",
        {"customer_id": CONTOSO, "include": ["subscribed_skus", "directory_roles"]},
        {"include": ["subscribed_skus"]},
    )
    skus = {sku["sku"]: sku for sku in contoso["customers"][0]["subscribed_skus"]}
    assert (
        skus["EMS"]["seats"] == {"total": 10, "consumed": 3, "free": 7, "suspended": 0, "warning": 0}
        and skus[MINECRAFT]["license_group"] == "group2"
    )
    assert {"id": "62e90394-69f5-4237-9190-012177145e10", "name": "Company Administrator"} in contoso["customers"][0][
        "directory_roles"
    ]
    assert "include needs customer_id" in refused["msg"]
    # What was read is a declaration that changes nothing.
    purging = {"purge_licenses": True, "purge_roles": True}
    rows = [
        {"user_id": user["id"], "licenses": user["licenses"], "roles": user["roles"], **purging}
        for user in users["users"]
        if user["state"] == "active"
    ]
    same = ansible.module("customer_users", check=True, customer_id=CONTOSO, users=rows)
    assert not same["changed"] and not same["failed"], same
