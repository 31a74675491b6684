"""Guards that were mistyped, could not be made, or were made of what was not understood: nobody is deleted."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml
from support.playbooks import MODULE, Runner

from .conftest import CONTOSO
from .test_customer_user import writes
from .test_customer_users import active

CUSTOMER = "11111111-2222-4333-8444-555555555501"
DOMAIN = "contosoguards.onmicrosoft.com"
GUARDED = "xn--mnchen-3ya.example"
KEEP = f"keep@{DOMAIN}"
BREAK_GLASS = ["break.glass@*"]


@pytest.fixture
def guarded(emulator: t.Any) -> t.Any:
    """A customer with an administrator, a leaver, an emergency account, and a user in an international domain."""
    names = {
        KEEP: [],
        f"leaver@{DOMAIN}": [],
        f"break.glass@{DOMAIN}": [],
        f"admin@{DOMAIN}": ["Global Administrator"],
        f"anna@{GUARDED}": [],
    }
    people = [
        {"user_principal_name": name, "display_name": name, "usage_location": "DE", "roles": roles}
        for name, roles in names.items()
    ]
    emulator.add_customers(
        [
            {
                "id": CUSTOMER,
                "company_name": "Guards",
                "domain": DOMAIN,
                "custom_domains": [DOMAIN, GUARDED],
                "users": people,
            }
        ]
    )
    return emulator


def purge(tmp_path: Path, **changes: t.Any) -> dict[str, t.Any]:
    return {
        "customer_id": CUSTOMER,
        "users": [{"user_principal_name": KEEP}],
        "purge": True,
        "purge_scope": {"domains": [DOMAIN]},
        "purge_protected": BREAK_GLASS,
        "undo_file": str(tmp_path / "undo.json"),
        "max_delete_percentage": 100,
        **changes,
    }


def run(ansible: Runner, *options: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """Several tasks in one go."""
    return ansible.step(
        [{"name": "Run", MODULE + "customer_users": each, "ignore_errors": True} for each in options]
    ).modules


@pytest.mark.core_differences
def test_a_mistyped_guard_deletes_nobody(ansible: Runner, guarded: t.Any, tmp_path: Path) -> None:
    """What a text becomes on its way differs between versions of ansible-core; that the guarded stay does not."""
    written = [
        json.dumps(BREAK_GLASS),
        str(BREAK_GLASS),
        "break.glass@*;x@*",
        ["break.glass@*\u200b"],
        ["break.glass"],
        [5, "break.glass@*"],
        [json.dumps(BREAK_GLASS)],
    ]
    tasks = [purge(tmp_path, purge_protected=value) for value in written]
    tasks += [
        purge(tmp_path, purge_scope={"domains": [DOMAIN], "user_principal_names": "leaver@*;x@*"}),
        purge(tmp_path, purge_protected=[]),
    ]
    tasks.append(
        {
            "customers": [
                {
                    "customer_id": CUSTOMER,
                    **{
                        name: value
                        for name, value in purge(tmp_path, purge_protected=written[0]).items()
                        if name in ("users", "purge", "purge_scope", "purge_protected")
                    },
                }
            ],
            "undo_file": str(tmp_path / "undo.json"),
            "max_delete_percentage": 100,
        }
    )
    for options, result in zip(tasks, run(ansible, *tasks)):
        assert result["failed"] and result["problems"] and "purge_" in result["problems"][0], options
    assert guarded.log() == []
    # A variable on the command line is a text that holds a list, unless ansible-core makes a list of it.
    (tmp_path / "tenants").mkdir()
    declared = {
        name: value
        for name, value in purge(tmp_path).items()
        if name in ("customer_id", "users", "purge", "purge_scope")
    }
    (tmp_path / "tenants" / "guards.yml").write_text(yaml.safe_dump(declared))
    variables = {
        "reconcile_directory": str(tmp_path / "tenants"),
        "reconcile_output": str(tmp_path / "out"),
        "reconcile_apply": True,
        "reconcile_max_delete_percentage": 100,
    }
    extra = ["-e", json.dumps(variables), "-e", f"reconcile_purge_protected={json.dumps(BREAK_GLASS)}"]
    ansible.playbook(MODULE + "reconcile", extra=extra)
    assert f"break.glass@{DOMAIN}" in active(guarded, CUSTOMER)


def test_a_guard_that_is_right_guards_and_one_that_matches_nobody_is_said(
    ansible: Runner, guarded: t.Any, tmp_path: Path
) -> None:
    (made,) = run(ansible, purge(tmp_path, purge_protected=[*BREAK_GLASS, "nobody-at-all@*"]))
    assert [row["user_principal_name"] for row in made["purged"]] == [f"leaver@{DOMAIN}"] and not made["failed"]
    assert ["nobody-at-all@*" in warning for warning in made["warnings"]] == [True]
    assert {entry["user_principal_name"].split("@")[0] for entry in made["customers"][0]["spared"]} == {
        "break.glass",
        "admin",
    }


def test_the_last_administrator_is_never_deleted(ansible: Runner, guarded: t.Any) -> None:
    admin, anna = {"user_principal_name": f"admin@{DOMAIN}", "state": "absent"}, {
        "user_principal_name": f"anna@{GUARDED}",
        "state": "absent",
    }
    single = ansible.module("customer_user", customer_id=CUSTOMER, **admin)
    assert single["failed"] and single["reason"] == "last_administrator" and writes(guarded) == []
    both, *blind = run(
        ansible,
        {"customer_id": CUSTOMER, "users": [admin, {**anna, "state": "present", "roles": ["Global Administrator"]}]},
    )
    assert [row["reason"] for row in both["rows"]] == ["last_administrator", None] and both["rows"][1][
        "status"
    ] == "changed"
    assert not ansible.module("customer_user", customer_id=CUSTOMER, **admin)["failed"], "there is another one by now"
    guarded.clear_log()
    for body in (
        {"items": []},
        {"items": [{"id": "729827e3-9c14-49f7-bb1b-9608f156bbb8", "name": "Helpdesk Administrator"}]},
    ):
        guarded.add_faults(
            {
                "match": {"method": "GET", "path": "/customers/[^/]+/directoryroles$"},
                "do": {"kind": "status", "status": 200, "body": body},
                "times": None,
            }
        )
        keep = {"user_principal_name": KEEP, "state": "absent"}
        result = ansible.module("customer_user", customer_id=CUSTOMER, **keep)
        assert result["failed"] and result["reason"] == "roles_not_understood" and writes(guarded) == []
        guarded.clear_faults()


def test_a_purge_of_a_customer_that_may_be_the_twin_of_one_that_was_not_found(
    ansible: Runner, guarded: t.Any, tmp_path: Path
) -> None:
    guarded.add_faults(
        {"match": {"method": "GET", "path": "/v1/customers$"}, "do": {"kind": "status", "status": 500}, "times": None}
    )
    mine = {
        name: value
        for name, value in purge(tmp_path).items()
        if name in ("customer_id", "users", "purge", "purge_scope", "purge_protected")
    }
    blocks = [
        {"customer_domain": DOMAIN, "users": [{"user_principal_name": f"leaver@{DOMAIN}"}]},
        mine,
        {"customer_id": CONTOSO, "users": [{"user_principal_name": "nobody@contoso.example", "state": "absent"}]},
    ]
    (made,) = run(
        ansible,
        {"customers": blocks, "undo_file": str(tmp_path / "undo.json"), "max_delete_percentage": 100, "max_wait": 1},
    )
    assert (
        made["failed"]
        and made["customers"][1]["reason"] == "customer_unresolved"
        and made["purged"] == []
        and writes(guarded) == []
    )


def test_an_international_domain_in_either_form(ansible: Runner, guarded: t.Any) -> None:
    foreign = ansible.module(
        "customer_user", customer_id=CUSTOMER, user_principal_name="anna@muenchen.example", state="absent"
    )
    assert foreign["failed"] and foreign["reason"] == "foreign_domain"
    gone = ansible.module(
        "customer_user", customer_id=CUSTOMER, user_principal_name="anna@m\u00fcnchen.example", state="absent"
    )
    assert gone["changed"] and f"anna@{GUARDED}" not in active(guarded, CUSTOMER)
    again = ansible.module(
        "customer_user", customer_id=CUSTOMER, user_principal_name="anna@m\u00fcnchen.example", state="absent"
    )
    assert not again["changed"] and not again["failed"]
