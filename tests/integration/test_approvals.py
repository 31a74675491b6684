"""Plans that need approval, and change references, as playbooks meet them: what is sent without them, and what is left behind with them."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml
from support import documentation
from support.playbooks import MODULE, Runner
from support.ssh_keys import People

from .conftest import CONTOSO
from .scenes import ADELE, GRACE, active, writes

ANN, BEN = "ann@msp.example", "ben@msp.example"
ALEX = "alex.wilber@contoso.example"


def options_of(people: People, plan: Path) -> dict[str, t.Any]:
    return {
        "customer_id": CONTOSO,
        "users": [{"user_id": ADELE, "display_name": "Adele V."}],
        "plan_file": str(plan),
        "approvals": {"allowed_signers": people.allow(ann=ANN, ben=BEN), "required": 2, "max_age_hours": 1},
        "change_reference": "CHG1",
        "require_change_reference": "CHG.*",
    }


@pytest.mark.core_differences_thorough
def test_only_what_is_approved_is_applied(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    people, plan = People(tmp_path / "keys"), tmp_path / "plan.json"
    options = options_of(people, plan)

    def run(mode: str, **more: t.Any) -> dict[str, t.Any]:
        return ansible.module("customer_users", **{**options, "mode": mode, **more})

    first, again = run("plan"), run("plan")
    assert first["plan_changed"] and not again["plan_changed"] and "plan.json" in first["approval"]["sign_command"]
    assert first["rows"][0]["change_reference"] == "CHG1"
    emulator.clear_log()
    assert run("converge")["failure"]["reason"] == "contradiction"
    assert run("apply")["approval"]["approved_by"] == []
    people.sign("ann", plan)
    wrong = people.sign("ben", plan, namespace="file")
    one = run("apply")
    assert one["failure"]["reason"] == "not_approved" and one["approval"]["approved_by"] == [ANN]
    assert one["approval"]["not_counted"] == [{"file": str(wrong), "signer": None, "reason": "wrong_namespace"}]
    people.sign("ben", plan)
    approved = plan.read_bytes()
    plan.write_bytes(approved.replace(b"Adele V.", b"Adele W."))
    assert run("apply")["failure"]["reason"] == "not_approved"
    plan.write_bytes(approved)
    assert run("apply", change_reference="CHG2")["failure"]["reason"] == "another_change_reference"
    forgotten = {name: value for name, value in options.items() if name != "approvals"}
    assert ansible.module("customer_users", **forgotten, mode="apply")["failure"]["reason"] == "approvals_weaker"
    assert emulator.log() == [], "all of that is known before the first request"
    assert run("apply", check=True)["approval"]["approved_by"] == [ANN, BEN] and writes(emulator) == []
    applied = run("apply")
    assert applied["approval"]["approved_by"] == [ANN, BEN] and len(writes(emulator)) == 1
    assert applied["change_references"] == [
        {"change_reference": "CHG1", "correlation_id": applied["correlation_id"], "rows": 1, "changed": 1}
    ]


@pytest.mark.thorough
def test_a_module_that_is_shipped_does_the_same(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    people, plan = People(tmp_path / "keys"), tmp_path / "plan.json"
    options = options_of(people, plan)
    shipped = {"extra": ["-e", "partner_center_execution=module"]}
    tasks = [
        {MODULE + "customer_users": {**options, "mode": mode}, "ignore_errors": True} for mode in ("plan", "apply")
    ]
    assert ansible.tasks(tasks, **shipped).last["failure"]["reason"] == "not_approved" and writes(emulator) == []
    people.sign("ann", plan)
    people.sign("ben", plan)
    done = ansible.tasks(tasks[1:], **shipped).last
    assert done["approval"]["approved_by"] == [ANN, BEN] and len(writes(emulator)) == 1


def test_the_clock_of_the_service_ends_an_approval(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    """The plan is young by this machine, and its signers are valid; the service knows better."""
    people, plan = People(tmp_path / "keys"), tmp_path / "plan.json"
    options = {
        "customer_id": CONTOSO,
        "users": [{"user_id": ADELE, "display_name": "Adele V."}],
        "plan_file": str(plan),
        "approvals": {"allowed_signers": people.allow(ann=ANN)},
    }
    ansible.module("customer_users", mode="plan", **options)
    people.sign("ann", plan)
    emulator.advance(seconds=600)
    done = ansible.module("customer_users", mode="apply", **options)
    assert done["rows"][0]["reason"] == "clock_behind" and writes(emulator) == []


def test_references_in_everything_that_is_left(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    stranger = "stranger@contoso.example"
    emulator.add_users(CONTOSO, [{"user_principal_name": stranger, "display_name": "Stranger"}])
    scope = {"user_principal_names": ["stranger@*"]}
    options = {
        "customer_id": CONTOSO,
        "users": [{"user_id": ADELE, "display_name": "Adele V.", "change_reference": "CHG7"}],
        "purge": True,
        "purge_scope": scope,
        "max_delete_percentage": 100,
        "undo_file": str(tmp_path / "undo.json"),
        "report": [str(tmp_path / f"report.{ending}") for ending in ("md", "html", "json")],
    }
    required = {**options, "require_change_reference": "CHG[0-9]"}
    assert ansible.module("customer_users", **required)["failure"]["reason"] == "change_reference_missing"
    mismatch = ansible.module("customer_users", **required, change_reference="CHG10")
    assert mismatch["failure"]["reason"] == "change_reference_mismatch" and emulator.log() == []
    done = ansible.module("customer_users", **required, change_reference="CHG1")
    assert [done["rows"][0]["change_reference"], done["purged"][0]["change_reference"]] == ["CHG7", "CHG1"], done
    assert [one["change_reference"] for one in done["change_references"]] == ["CHG7", "CHG1"]
    undo = json.loads((tmp_path / "undo.json").read_text())
    gone = undo["customers"][0]["users"][0]["user_id"]
    assert undo["change_references"] == {CONTOSO: {gone: "CHG1"}}
    for ending in ("md", "html", "json"):
        text = (tmp_path / f"report.{ending}").read_text()
        assert "CHG1" in text and "CHG7" in text
    back = ansible.module("customer_users", records=[str(tmp_path / "undo.json")], change_reference="CHG2")
    assert back["rows"][0]["change_reference"] == "CHG2" and stranger in active(emulator)
    one = ansible.module("customer_user", customer_id=CONTOSO, user_id=ADELE, require_change_reference=".*")
    assert one["failure"]["reason"] == "change_reference_missing"
    one = ansible.module("customer_user", customer_id=CONTOSO, user_principal_name=GRACE, display_name="Grace",
                         usage_location="US", password="CANARY-Correct-Horse-7", change_reference="CHG3")  # fmt: skip
    assert one["change_reference"] == "CHG3" and one["changed"]


def test_azure_pack_has_references_too(ansible: Runner, emulator: t.Any) -> None:
    users = [{"name": "a@x.example"}, {"name": "b@x.example", "change_reference": "CHG8"}]
    required = {"users": users, "require_change_reference": "CHG[0-9]"}
    assert ansible.module("azure_pack_users", **required)["failure"]["reason"] == "change_reference_missing"
    assert emulator.log() == []
    made = ansible.module("azure_pack_users", **required, change_reference="CHG1", check=True)
    assert made["change_reference"] == "CHG1"
    assert [row["change_reference"] for row in made["rows"]] == ["CHG1", "CHG8"]
    one = {
        MODULE + "azure_pack_user": {"name": "a@x.example", "change_reference": "1", "require_change_reference": "."}
    }
    none = {MODULE + "azure_pack_user": {"name": "a@x.example", "require_change_reference": "."}, "ignore_errors": True}
    refused, done = ansible.step([none]).last, ansible.step([one]).last
    assert refused["failure"]["reason"] == "change_reference_missing" and done["change_reference"] == "1"


def test_a_leaver_is_recorded_with_the_reference(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    given = {
        "offboard_customer_id": CONTOSO,
        "offboard_users": ALEX,
        "offboard_records": str(tmp_path / "records"),
        "offboard_require_change_reference": "CHG.",
        "offboard_change_reference": "CHG5",
    }
    done = ansible.playbook(MODULE + "offboard_user", extra=["-e", json.dumps(given)])
    assert done.rc == 0, done.output
    (record,) = (tmp_path / "records").rglob("*.yml")
    assert yaml.safe_load(record.read_text())["change_reference"] == "CHG5"
    back = ansible.module("customer_users", records=[str(tmp_path / "records")], change_reference="CHG6")
    assert back["rows"][0]["change_reference"] == "CHG6" and ALEX in active(emulator)


def test_the_guide(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    keys, policy, plan, sign, apply = [
        block.text for block in documentation.blocks("sh") if block.page == "docs/approvals.md"
    ]
    (tmp_path / "tenants").mkdir()
    declared = {"customer_id": CONTOSO, "users": [{"user_id": ADELE, "display_name": "Adele V."}]}
    (tmp_path / "tenants" / "contoso.yml").write_text(yaml.safe_dump(declared))

    def shell(script: str) -> subprocess.CompletedProcess[str]:
        command, env = ["bash", "-euo", "pipefail", "-c", script], ansible.env(RECORD_FILE="/dev/null")
        return subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300, check=False)

    # People type a passphrase.
    for script in (keys.replace("ssh-keygen -t", "ssh-keygen -q -N '' -t"), policy, plan):
        done = shell(script)
        assert done.returncode == 0, done.stdout + done.stderr
    own = shell(sign.replace("ben", "ann") + apply)
    assert own.returncode == 2 and writes(emulator) == [], own.stdout
    done = shell(sign + apply)
    assert done.returncode == 0 and len(writes(emulator)) == 1, done.stdout + done.stderr
    report = (tmp_path / "reconcile-output" / "report.md").read_text()
    assert "CHG0042117" in report and BEN in report


def test_people_who_come_and_go_have_the_reference(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    people = {
        "name": "technicians",
        "record_file": str(tmp_path / "record.jsonl"),
        "customers": {"ids": [CONTOSO]},
        "defaults": {"user_principal_name": "{local}@{customer.default_domain}", "usage_location": "US"},
        "people": [
            {"local": "tess", "display_name": "Tess", "change_reference": "CHG9"},
            {"local": "tom", "display_name": "Tom"},
        ],
    }
    options = {
        "people": people,
        "credentials_file": str(tmp_path / "credentials.jsonl"),
        "record_directory": str(tmp_path / "deleted"),
        "require_change_reference": "CHG[0-9]",
    }
    refused = ansible.module("customer_users", **options)
    assert refused["failure"]["reason"] == "change_reference_missing" and emulator.log() == []
    made = ansible.module("customer_users", **options, change_reference="CHG1")
    assert [row["change_reference"] for row in made["rows"]] == ["CHG9", "CHG1"] and len(writes(emulator)) == 2
    people["people"] = people["people"][:1]
    gone = ansible.module("customer_users", **options, change_reference="CHG2")
    assert [row["change_reference"] for row in gone["rows"] if row["action"] == "delete"] == ["CHG2"], gone["msg"]
    (record,) = (tmp_path / "deleted").glob("*.yml")
    assert list(json.loads(record.read_text())["change_references"][CONTOSO].values()) == ["CHG2"]
