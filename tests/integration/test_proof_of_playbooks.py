"""Every playbook that writes users, under a change reference and into one audit log, of Partner Center and Windows Azure Pack alike."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import yaml
from support.playbooks import MODULE, Runner

from .conftest import CONTOSO
from .scenes import writes

LIAM = "liam@tenants.example"
WHO = "new.person@contoso.example"


def test_each_write_of_each_playbook_is_in_the_log(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    declared = {
        "customer_id": CONTOSO,
        "users": [{"user_principal_name": WHO, "display_name": "New", "usage_location": "US"}],
    }
    (tmp_path / "contoso.yml").write_text(yaml.safe_dump(declared))
    record = {"temporary_file": str(tmp_path / "access.json")}
    steps = [
        ("onboard_tenant", {"onboard_file": str(tmp_path / "contoso.yml"), "onboard_output": str(tmp_path / "on")}),
        (
            "temporary_access",
            {
                **record,
                "temporary_customer_id": CONTOSO,
                "temporary_user": WHO,
                "temporary_roles": ["Helpdesk Administrator"],
                "temporary_reason": "INC1",
                "temporary_new": True,
            },
        ),
        ("temporary_access", {**record, "temporary_action": "end_now", "temporary_user": WHO}),
        (
            "offboard_user",
            {"offboard_customer_id": CONTOSO, "offboard_users": WHO, "offboard_records": str(tmp_path / "gone")},
        ),
        ("restore_users", {"restore_records": str(tmp_path / "gone")}),
        ("azure_pack_offboard", {"azure_pack_offboard_users": LIAM, "azure_pack_offboard_subscriptions": "delete"}),
    ]
    plays = []
    for number, (name, variables) in enumerate(steps):
        prefix = next(iter(variables)).rsplit("_", 1)[0] if name != "azure_pack_offboard" else name
        prefix = {"temporary_access": "temporary", "offboard_user": "offboard"}.get(name, prefix)
        proof = {"audit_log": str(log), "change_reference": f"CHG{number}", "require_change_reference": r"CHG\d"}
        given = {**variables, **{f"{prefix}_{key}": value for key, value in proof.items()}}
        plays.append({"name": name, "import_playbook": MODULE + name, "vars": given})
    verified = {
        "name": "verify",
        "import_playbook": MODULE + "verify_audit_log",
        "vars": {"verify_audit_log": str(log)},
    }
    done = ansible.playbook([*plays, verified])
    assert done.rc == 0, done.output
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    settled = [line for line in lines if line["kind"] == "write_settled"]
    assert [(line["change_reference"], line["action"]) for line in settled] == [
        ("CHG0", "create"),
        ("CHG1", "add_role"),
        ("CHG2", "remove_role"),
        ("CHG3", "delete"),
        ("CHG4", "restore"),
        ("CHG5", "delete"),
    ]
    sent = [*writes(emulator), *emulator.azure_pack.log(method="DELETE")]
    assert len(sent) == len(settled) and {line["status"] for line in settled} == {"changed"}
    (ended,) = [line for line in lines if line["kind"] == "deletion_ended"]
    assert (ended["name"], ended["deletion"], ended["endpoint"]) == (
        LIAM,
        "finished",
        ansible.environment["AZURE_PACK_ENDPOINT"],
    )
    assert {line["module"] for line in lines if line["kind"] == "run_started"} == {"customer_users", "azure_pack_users"}
    found = done.last
    assert (found["writes"], found["unsettled"]) == (len(settled), []) and found["lines"] == len(lines)
