"""A declaration of people as an MSP uses it at night: the playbooks reconcile and drift_report, with the files of customers beside it."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import yaml
from support.playbooks import MODULE, PlaybookRun, Runner

from .scenes import active, customer_id, seed_customers, writes


class Night:
    """A folder with declarations, and playbooks that run on it one after another, in one ansible-playbook."""

    def __init__(self, ansible: Runner, emulator: t.Any, directory: Path) -> None:
        self.ansible, self.emulator, self.directory = ansible, emulator, directory
        self.tenants = directory / "tenants"
        self.tenants.mkdir()

    def people(self, *locals_: str, **changes: t.Any) -> None:
        self.declare(
            "technicians.yml",
            people={
                "name": "technicians",
                "record_file": "../technicians.jsonl",
                "customers": {"ids": [customer_id(0), customer_id(1)]},
                "defaults": {"user_principal_name": "{local}@{customer.default_domain}", "usage_location": "US"},
                "people": [{"local": local, "display_name": local.title()} for local in locals_],
                **changes,
            },
        )

    def declare(self, name: str, **content: t.Any) -> None:
        (self.tenants / name).write_text(yaml.safe_dump(content))

    def play(self, name: str, output: str, **variables: t.Any) -> dict[str, t.Any]:
        prefix = {"reconcile": "reconcile", "drift_report": "drift"}[name]
        files = {
            "credentials_file": str(self.directory / "credentials.jsonl"),
            "record_directory": str(self.directory / "deleted"),
            "audit_log": str(self.directory / "audit.log"),
        }
        given = {
            "directory": str(self.tenants),
            "output": str(self.directory / output),
            **(files if name == "reconcile" else {}),
            **variables,
        }
        return {
            "name": output,
            "import_playbook": MODULE + name,
            "vars": {f"{prefix}_{key}": value for key, value in given.items()},
        }

    def run(self, *plays: dict[str, t.Any], **keywords: t.Any) -> PlaybookRun:
        self.emulator.clear_log()
        return self.ansible.playbook(list(plays), **keywords)

    def result(self, output: str) -> dict[str, t.Any]:
        found: dict[str, t.Any] = json.loads((self.directory / output / "result.json").read_text())
        return found

    def events(self) -> list[tuple[str, str]]:
        lines = [json.loads(line) for line in (self.directory / "technicians.jsonl").read_text().splitlines()][1:]
        return [(line["event"], line["person"]) for line in lines]


def test_people_and_customers_in_one_folder_night_after_night(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    seed_customers(emulator, 2)
    night = Night(ansible, emulator, tmp_path)
    strangers = [{"user_principal_name": f"{name}@customer0.onmicrosoft.com", "display_name": name} for name in "xy"]
    emulator.add_users(customer_id(0), strangers)
    boss = {"user_principal_name": "boss@customer0.onmicrosoft.com", "display_name": "Boss", "usage_location": "US"}
    purge = {"purge": True, "purge_scope": {"domains": ["customer0.onmicrosoft.com"]}}
    night.declare("zero.yml", customer_domain="customer0.onmicrosoft.com", users=[boss], **purge)
    night.people("ada", "bob")
    limits = {"max_delete_percentage": 100, "max_delete": 9, "change_reference": "CHG1"}
    done = night.run(
        night.play("drift_report", "drift", fail=False),
        night.play("reconcile", "plan", **limits),
        night.play("reconcile", "apply", reviewed_plan=str(tmp_path / "plan" / "plan.json"), apply=True, **limits),
    )
    assert done.rc == 0, done.output
    found = [night.result(name)["status"] for name in ("drift", "plan", "apply")]
    assert found == ["drift", "drift", "applied"]
    counts = {"rows": 5, "create": 5, "purged": 2, "customers": 2, "left_alone": 0}
    assert {name: night.result("apply")[name] for name in counts} == counts
    assert {name: night.result("drift")[name] for name in counts} == counts
    assert set(active(emulator, customer_id(0))) == {
        f"{who}@customer0.onmicrosoft.com" for who in ("ada", "bob", "boss")
    }
    assert sorted(night.events()) == [
        (event, who) for event in ("made", "making") for who in ("ada", "ada", "bob", "bob")
    ]
    report = json.loads((tmp_path / "apply" / "report.json").read_text())
    assert [(each["person"], len(each["customers"])) for each in report["people"]] == [("ada", 2), ("bob", 2)]
    log = [json.loads(line) for line in (tmp_path / "audit.log").read_text().splitlines()]
    settled = [line for line in log if line["kind"] == "write_settled"]
    assert len(settled) == 7 and {line["change_reference"] for line in settled} == {"CHG1"}

    # A technician leaves, and the brake holds; nobody of the others is purged, whatever the file of the customer says.
    night.people("ada", customers={"ids": [customer_id(1)]})
    look = night.run(night.play("reconcile", "look", apply=True, max_delete_total=0, **limits), check=True, diff=True)
    assert look.rc == 2 and "Bob <bob@customer1.onmicrosoft.com>" in look.stdout, look.output
    assert not (tmp_path / "look").exists() and writes(emulator) == []
    digest = look.modules[0]["deletions"]["digest"]
    gone = night.run(
        night.play("reconcile", "gone", apply=True, max_delete_total=0, approve_deletions=digest, **limits),
        night.play("drift_report", "after", fail=True),
    )
    assert gone.rc == 0 and night.result("after")["status"] == "no_drift", gone.output
    assert night.result("gone")["left_alone"] == night.result("after")["left_alone"] == 2
    assert len(active(emulator, customer_id(0))) == 3 and list(active(emulator, customer_id(1))) == [
        "ada@customer1.onmicrosoft.com"
    ]
    assert [path.name for path in (tmp_path / "deleted").glob("*.yml")] == [f"{customer_id(1)}.yml"]


def test_hosts_that_would_do_the_same_at_once(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    """With customers as hosts, each of them would carry out the whole folder: one does, and the others say so."""
    seed_customers(emulator, 2)
    night = Night(ansible, emulator, tmp_path)
    night.people("ada")
    hosts = {name: {"ansible_connection": "local"} for name in ("one", "two")}
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    play = night.play("reconcile", "out", apply=True)
    done = night.run(play, extra=["-i", str(inventory), "-e", "target=one:two"])
    assert done.rc == 2 and night.result("out")["status"] == "applied", done.output
    assert sorted(night.events()) == [("made", "ada")] * 2 + [("making", "ada")] * 2
    assert len(writes(emulator)) == 2 and not (tmp_path / "out" / ".lock").exists()


def test_people_where_each_customer_is_a_host(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    night = Night(ansible, emulator, tmp_path)
    night.people("ada")
    hosts = {"zero": {"partner_center_customer_id": customer_id(0), "ansible_connection": "local"}}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
    extra = ["-i", str(tmp_path / "hosts.yml"), "-e", "target=zero"]
    done = night.run(night.play("drift_report", "drift", fail=False), extra=extra)
    assert done.rc == 2 and night.result("drift")["status"] == "failed", done.output
    assert "technicians.yml" in night.result("drift")["message"] and emulator.log(server="api") == []


def test_people_that_fail_at_a_customer_do_not_stop_its_own_users(
    ansible: Runner, emulator: t.Any, tmp_path: Path
) -> None:
    seed_customers(emulator, 1)
    several = ["several.onmicrosoft.com", "a.example", "b.example"]
    users = [{"user_principal_name": "old@a.example", "display_name": "Old"}]
    emulator.add_customers(
        {
            "id": customer_id(7),
            "company_name": "Several",
            "domain": several[0],
            "custom_domains": several,
            "users": users,
        }
    )
    purge = {"purge": True, "purge_scope": {"domains": ["a.example"]}}
    boss = {"user_principal_name": "boss@several.onmicrosoft.com", "display_name": "Boss", "usage_location": "US"}
    done = ansible.module(
        "customer_users",
        people={
            "name": "technicians",
            "record_file": str(tmp_path / "record.jsonl"),
            "customers": {"ids": [customer_id(0), customer_id(7)]},
            "defaults": {"user_principal_name": "{local}@{customer.domain}"},
            "people": [{"local": "ada", "display_name": "Ada", "usage_location": "US"}],
        },
        customers=[{"customer_domain": several[0], "users": [boss], **purge}],
        credentials_file=str(tmp_path / "credentials.jsonl"),
        record_directory=str(tmp_path / "deleted"),
        undo_file=str(tmp_path / "undo.json"),
        max_delete_percentage=100,
    )
    assert [
        (row["index"], row["customer_id"], row.get("person"), row["status"], row["reason"]) for row in done["rows"]
    ] == [
        (0, customer_id(7), None, "changed", None),
        (2, customer_id(7), "ada", "failed", "customer_domain_unknown"),
        (1, customer_id(0), "ada", "changed", None),
    ]
    assert done["failed"] and done["purged"] == [] and "old@a.example" in active(emulator, customer_id(7))
    assert [(each["customer_id"], each["rows"], each["failed"]) for each in done["customers"]] == [
        (customer_id(7), 2, 1),
        (customer_id(0), 1, 0),
    ]
