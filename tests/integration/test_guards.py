"""Guards that were mistyped, could not be made, or were made of what was not understood: nobody is deleted."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest
from support.playbooks import MODULE, Runner

from .conftest import CONTOSO
from .scenes import active, writes

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


def limits(tmp_path: Path) -> dict[str, t.Any]:
    """Options of a task in which somebody may be purged."""
    return {"undo_file": str(tmp_path / "undo.json"), "max_delete_percentage": 100}


def block(**changes: t.Any) -> dict[str, t.Any]:
    """The customer in a task for several, or in a file."""
    users, scope = [{"user_principal_name": KEEP}], {"domains": [DOMAIN]}
    made = {
        "customer_id": CUSTOMER,
        "users": users,
        "purge": True,
        "purge_scope": scope,
        "purge_protected": BREAK_GLASS,
    }
    return {**made, **changes}


def purge(tmp_path: Path, **changes: t.Any) -> dict[str, t.Any]:
    """A task for this customer alone."""
    return {**block(), **limits(tmp_path), **changes}


def run(ansible: Runner, *options: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    """Several tasks in one go."""
    return ansible.step(
        [{"name": "Run", MODULE + "customer_users": each, "ignore_errors": True} for each in options]
    ).modules


@pytest.mark.core_differences
def test_a_mistyped_guard_deletes_nobody(ansible: Runner, guarded: t.Any, tmp_path: Path) -> None:
    """What a text becomes on its way differs between versions of ansible-core; that the guarded stay does not."""
    written = [json.dumps(BREAK_GLASS), "break.glass@*;x@*", [5, *BREAK_GLASS], [json.dumps(BREAK_GLASS)]]
    tasks = [purge(tmp_path, purge_protected=value) for value in written]
    tasks.append({"customers": [block(purge_protected=str(BREAK_GLASS))], **limits(tmp_path)})
    for options, result in zip(tasks, run(ansible, *tasks)):
        assert result["failed"] and "purge_protected" in result["problems"][0], options
    assert guarded.log() == []
    # A variable on the command line is a string that holds a list, unless ansible-core makes a list of it.
    task = {
        MODULE + "customer_users": purge(tmp_path, purge_protected="{{ kept }}"),
        "name": "Run",
        "ignore_errors": True,
    }
    ansible.tasks([task], extra=["-e", f"kept={json.dumps(BREAK_GLASS)}"])
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
    admin = {"user_principal_name": f"admin@{DOMAIN}", "state": "absent"}
    anna = {"user_principal_name": f"anna@{GUARDED}", "roles": ["Global Administrator"]}
    single = ansible.module("customer_user", customer_id=CUSTOMER, **admin)
    assert single["failed"] and single["failure"]["reason"] == "last_administrator" and writes(guarded) == []
    many = {"customer_id": CUSTOMER, "users": [admin, anna]}
    both, again = run(ansible, many, many)
    assert [(row["reason"], row["status"]) for row in both["rows"]] == [
        ("last_administrator", "failed"),
        (None, "changed"),
    ]
    assert [row["status"] for row in again["rows"]] == ["changed", "ok"], "there is another one by now"
    guarded.clear_log()
    catalogue = {"items": [{"id": "729827e3-9c14-49f7-bb1b-9608f156bbb8", "name": "Helpdesk Administrator"}]}
    fault = {"kind": "status", "status": 200, "body": catalogue}
    guarded.add_faults({"match": {"path": "/customers/[^/]+/directoryroles$"}, "do": fault, "times": None})
    result = ansible.module("customer_user", customer_id=CUSTOMER, user_principal_name=KEEP, state="absent")
    assert result["failed"] and result["failure"]["reason"] == "roles_not_understood" and writes(guarded) == []


def test_a_purge_of_a_customer_that_may_be_the_twin_of_one_that_was_not_found(
    ansible: Runner, guarded: t.Any, tmp_path: Path
) -> None:
    guarded.add_faults(
        {"match": {"method": "GET", "path": "/v1/customers$"}, "do": {"kind": "status", "status": 500}, "times": None}
    )
    blocks = [
        {"customer_domain": DOMAIN, "users": [{"user_principal_name": f"leaver@{DOMAIN}"}]},
        block(),
        {"customer_id": CONTOSO, "users": [{"user_principal_name": "nobody@contoso.example", "state": "absent"}]},
    ]
    (made,) = run(ansible, {"customers": blocks, **limits(tmp_path), "max_wait": 1})
    assert made["failed"] and made["customers"][1]["reason"] == "customer_unresolved"
    assert made["purged"] == [] and writes(guarded) == []


def test_an_international_domain_in_either_form(ansible: Runner, guarded: t.Any) -> None:
    names = ["anna@muenchen.example", "anna@m\u00fcnchen.example", "Anna@M\u00dcNCHEN.example"]
    rows = [{"customer_id": CUSTOMER, "users": [{"user_principal_name": name, "state": "absent"}]} for name in names]
    foreign, gone, again = run(ansible, *rows)
    assert foreign["rows"][0]["reason"] == "foreign_domain" and foreign["failed"]
    assert gone["changed"] and f"anna@{GUARDED}" not in active(guarded, CUSTOMER)
    assert not again["changed"] and not again["failed"]


DELETION, DEMOTION = "DELETE .*/users/[^/]+$", "DELETE .*/usermembers/"
REMOVAL, CHANGE = "POST .*/licenseupdates$", "PATCH "
READS = {
    "/users$": (DELETION, DEMOTION, REMOVAL, CHANGE),
    "/customers/[^/]+/directoryroles$": (DELETION, DEMOTION),
    "/usermembers$": (DELETION,),
    "/users/[^/]+/directoryroles$": (DEMOTION,),
    "/licenses$": (REMOVAL,),
}
"""A read, and what must not be sent any more when it fails."""


def test_what_depends_on_a_read_is_not_sent_when_it_fails(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    held = {
        "role": {"roles": ["Reports Reader"]},
        "license": {"licenses": ["EMS"]},
        "gone": {},
        "keep": {},
        "leaver": {},
    }
    people = [
        {"user_principal_name": f"{name}@{DOMAIN}", "display_name": name, "usage_location": "DE", **has}
        for name, has in held.items()
    ]
    skus = [{"part_number": "EMS", "units": 5}]
    customer = {"id": CUSTOMER, "company_name": "Guards", "domain": DOMAIN, "skus": skus, "users": people}
    rows = [
        {"user_principal_name": f"role@{DOMAIN}", "roles": [], "purge_roles": True},
        {"user_principal_name": f"license@{DOMAIN}", "licenses": [], "purge_licenses": True},
        {"user_principal_name": f"gone@{DOMAIN}", "state": "absent"},
        {"user_principal_name": KEEP, "first_name": "Keep"},
    ]

    def sent_without(path: str | None) -> tuple[dict[str, t.Any], list[str]]:
        emulator.reset()
        emulator.add_customers([customer])
        if path:
            fault = {"kind": "status", "status": 403}
            emulator.add_faults({"match": {"method": "GET", "path": path}, "do": fault, "times": None})
        (made,) = run(ansible, purge(tmp_path, users=rows))
        return made, [f"{entry['method']} {entry['path']}" for entry in writes(emulator)]

    made, everything = sent_without(None)
    assert not made["failed"] and len(everything) == 5
    for path, never in READS.items():
        made, sent = sent_without(path)
        assert made["failed"] and not [entry for entry in sent if any(re.match(kind, entry) for kind in never)], sent
    assert all(any(re.match(kind, entry) for entry in everything) for kind in READS["/users$"])
