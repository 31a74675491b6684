"""The same people in many customers, as a user meets them: made, unchanged, taken out, held, brought back."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest
import yaml
from support.documentation import blocks
from support.playbooks import MODULE, Runner

from .scenes import active, customer_id, seed_customers, writes


class Declared:
    """Tasks with one declaration, and its files."""

    def __init__(self, ansible: Runner, directory: Path, customers: int) -> None:
        self.ansible = ansible
        self.directory = directory
        self.record = directory / "record.jsonl"
        self.credentials = directory / "credentials.jsonl"
        self.block = {
            "name": "technicians",
            "record_file": str(self.record),
            "customers": {"ids": [customer_id(number) for number in range(customers)]},
            "defaults": {"user_principal_name": "{local}@{customer.default_domain}", "usage_location": "US"},
        }

    def task(
        self, people: t.Sequence[str], options: t.Mapping[str, t.Any] | None = None, **changes: t.Any
    ) -> dict[str, t.Any]:
        listed = [{"local": local, "display_name": local.title()} for local in people]
        check = changes.pop("check", False)
        return {
            "name": "Run",
            MODULE + "customer_users": {
                "people": {**self.block, "people": listed, **changes},
                "credentials_file": str(self.credentials),
                "record_directory": str(self.directory / "deleted"),
                "max_parallel": 16,
                **(options or {}),
            },
            "check_mode": check,
            "ignore_errors": True,
        }  # fmt: skip

    def run(self, *tasks: dict[str, t.Any], **keywords: t.Any) -> list[dict[str, t.Any]]:
        return self.ansible.step(list(tasks), **keywords).modules

    def events(self) -> list[str]:
        return [json.loads(line).get("event") for line in self.record.read_text().splitlines()][1:]


def test_ten_technicians_in_fifty_customers(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    """As the guide shows it, with as many customers as it says: four of the seed, and those that are added here."""
    seed_customers(emulator, 46)
    (shown,) = [block for block in blocks("yaml") if block.page == "docs/people.md" and "all: true" in block.text]
    assert len(shown.text.splitlines()) <= 40
    text = shown.text.replace("{{ playbook_dir }}/", f"{tmp_path}/")
    (example,) = yaml.safe_load(text)

    def task(taken_out: int = 0, **changes: t.Any) -> dict[str, t.Any]:
        options = json.loads(json.dumps(example[MODULE + "customer_users"]))
        del options["people"]["people"][:taken_out]
        check = changes.pop("check_mode", False)
        return {
            "name": "Run",
            MODULE + "customer_users": {**options, "max_parallel": 16, **changes},
            "check_mode": check,
            "ignore_errors": True,
        }

    def run(*tasks: dict[str, t.Any]) -> list[dict[str, t.Any]]:
        return ansible.step(list(tasks)).modules

    (made,) = run(task())
    assert not made.get("failed"), made["msg"]
    assert (made["summary"]["create"], made["summary"]["role"], len(made["customers"])) == (500, 50, 50)
    assert len({row["person"] for row in made["rows"]}) == 10
    record = tmp_path / "technicians.jsonl"
    assert record.stat().st_mode & 0o777 == 0o600
    events = [json.loads(line).get("event") for line in record.read_text().splitlines()][1:]
    assert sorted(events) == ["made"] * 500 + ["making"] * 500
    delivered = [json.loads(line) for line in (tmp_path / "credentials.jsonl").read_text().splitlines()]
    assert sum(line["status"] == "delivered" for line in delivered) == 500

    # A second run writes nothing; and it needs one listing of the partner's customers, and of the users of each. Who
    # has a role is asked at each customer once or twice.
    emulator.clear_log()
    again, check, held = run(task(), task(1, check_mode=True), task(1))
    assert not again["changed"] and again["summary"]["ok"] == 500 and again["requests"]["reads"] <= 3 * 50 + 2
    # A technician leaves: held by the limit, in check mode and in the run, until these deletions are approved.
    for result in (check, held):
        assert result["failure"]["reason"] == "deletions_not_approved" and result["deletions"]["count"] == 50
    assert writes(emulator) == []
    approved = held["deletions"]["digest"]
    restore = {"records": [str(tmp_path / "deleted")], "max_parallel": 16}
    gone, after, restored = run(
        task(1, approve_deletions=approved), task(1), {"name": "Restore", MODULE + "customer_users": restore}
    )
    assert not gone.get("failed"), gone["msg"]
    assert gone["summary"]["delete"] == 50 and not after["changed"] and after["summary"]["rows"] == 450
    # One run brings all of them back with their roles, and the declaration leaves them alone until they are listed.
    assert restored["summary"]["restore"] == 50
    emulator.clear_log()
    alone, back = run(task(1), task())
    assert not alone["changed"] and alone["summary"]["rows"] == 450
    assert back["summary"]["ok"] == 500 and writes(emulator) == []


@pytest.mark.parametrize("way", ["auto", "module"])
def test_who_is_there_already_and_what_is_different_somewhere(
    ansible: Runner, emulator: t.Any, tmp_path: Path, way: str
) -> None:
    seed_customers(emulator, 4)
    there = {"user_principal_name": "ada@customer0.onmicrosoft.com", "display_name": "Somebody Else"}
    emulator.add_users(customer_id(0), there)
    declared = Declared(ansible, tmp_path, 4)
    declared.block["except"] = [
        {"customer": "customer1.onmicrosoft.com", "leave_out": True},
        {"customer": customer_id(2), "usage_location": "CA"},
        {"customer": customer_id(2), "person": "bob", "leave_out": True},
    ]
    adopt = {"adopt": [{"person": "ADA", "customer": customer_id(0)}]}
    keywords = {"vars": {"partner_center_execution": way}}
    foreign, adopted, planned = declared.run(
        declared.task(["ada", "bob"]),
        declared.task(["ada", "bob"], **adopt),
        declared.task(["bob"], check=True),
        **keywords,
    )
    (refused,) = [row for row in foreign["rows"] if row["status"] != "changed"]
    assert refused["reason"] == "not_made_by_this_declaration" and refused["person"] == "ada"
    assert foreign["summary"] | {"rows": 5, "create": 4, "failed": 1, "update": 0} == foreign["summary"]
    assert active(emulator, customer_id(1)) == {}
    (ada,) = active(emulator, customer_id(2)).values()
    assert (ada["display_name"], ada["usage_location"]) == ("Ada", "CA")
    # Adopted by name: brought to the declaration, and never deleted when the person is taken out.
    assert adopted["summary"]["update"] == 1 and not adopted.get("failed")
    assert planned["deletions"]["count"] == 2
    assert {(each["customer_id"], each["reason"]) for each in planned["people"]["left_alone"]} == {
        (customer_id(0), "adopted")
    }


def test_a_customer_alone_fails_where_its_domain_is_not_known(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    seed_customers(emulator, 2)
    several = ["several.onmicrosoft.com", "a.example", "b.example"]
    emulator.add_customers(
        {"id": customer_id(7), "company_name": "Several", "domain": several[0], "custom_domains": several, "users": []}
    )
    declared = Declared(ansible, tmp_path, 2)
    declared.block["defaults"] = {"user_principal_name": "{local}@{customer.domain}"}
    declared.block["customers"] = {"ids": [customer_id(0), customer_id(7)], "domains": ["nobody.example"]}
    result, misspelled = declared.run(
        declared.task(["ada"]), declared.task(["ada"], **{"except": [{"customer": "cust.example", "leave_out": True}]})
    )
    found = {row["customer_id"]: (row["status"], row["reason"]) for row in result["rows"]}
    assert found == {
        customer_id(0): ("changed", None),
        customer_id(7): ("failed", "customer_domain_unknown"),
        None: ("failed", "customer_not_found"),
    }
    assert misspelled["failure"]["reason"] == "customer_not_selected"


def test_what_was_made_before_a_crash_is_known_again_by_the_audit_records(
    ansible: Runner, emulator: t.Any, tmp_path: Path
) -> None:
    seed_customers(emulator, 1)
    declared = Declared(ansible, tmp_path, 1)
    declared.run(declared.task(["ada", "bob"]))
    # As if the run had been killed between the create and its line; and beside it a create that never reached the service.
    lines = declared.record.read_text().splitlines()
    begun = [line for line in lines if '"made"' not in line]
    never = {**json.loads(begun[-1]), "person": "eve", "user_principal_name": "eve@customer0.onmicrosoft.com"}
    declared.record.write_text("\n".join([*begun, json.dumps(never)]) + "\n" + lines[-1][:40])
    emulator.add_users(customer_id(0), {"user_principal_name": never["user_principal_name"], "display_name": "Eve"})
    emulator.clear_log()
    (again,) = declared.run(declared.task(["ada", "bob", "eve"]))
    assert [(row["person"], row["status"], row["reason"]) for row in again["rows"]] == [
        ("ada", "ok", None),
        ("bob", "ok", None),
        ("eve", "failed", "perhaps_made_by_this_declaration"),
    ]
    assert writes(emulator) == [] and declared.events().count("made") == 2
    (leaver,) = declared.run(declared.task(["eve"], check=True))
    assert leaver["deletions"]["count"] == 2

    # The answer to a create is lost: whose the user is, the record says after the look that finds out.
    emulator.fault("drop_after", {"server": "api", "method": "POST", "path": f"/v1/customers/{customer_id(0)}/users"})
    (lost,) = declared.run(declared.task(["ada", "bob", "max"]))
    assert [row["status"] for row in lost["rows"]] == ["ok", "ok", "changed"] and lost["requests"]["retries"]
    assert declared.events().count("made") == 3


def test_from_a_file_for_a_group_reviewed_as_a_plan(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    seed_customers(emulator, 3)
    declared = Declared(ansible, tmp_path, 3)
    task = declared.task(["ada"])
    options = task[MODULE + "customer_users"]
    people = {**options.pop("people"), "customers": {"groups": ["gold"]}}
    (tmp_path / "people.yml").write_text(json.dumps({"people": people}))
    options |= {"declarations": [str(tmp_path / "people.yml")], "plan_file": str(tmp_path / "plan.json")}
    hosts = [
        {"add_host": {"name": f"c{number}", "groups": "gold", "partner_center_customer_id": customer_id(number)}}
        for number in range(2)
    ]
    strange = {"add_host": {"name": "strange", "groups": "gold"}}

    def step(mode: str) -> dict[str, t.Any]:
        return {**task, MODULE + "customer_users": {**options, "mode": mode}}

    report = str(tmp_path / "report.json")
    applied = {**task, MODULE + "customer_users": {**options, "mode": "apply", "report": [report]}}
    planned, done, wrong = ansible.tasks([*hosts, step("plan"), applied, strange, step("plan")]).modules
    assert planned["summary"]["create"] == done["summary"]["create"] == 2 and not planned["changed"]
    assert len(active(emulator, customer_id(0))) == 1 and active(emulator, customer_id(2)) == {}
    assert wrong["failure"]["reason"] == "customer_missing"
    shown = json.loads(Path(report).read_text())
    assert [(each["person"], len(each["customers"])) for each in shown["people"]] == [("ada", 2)]
