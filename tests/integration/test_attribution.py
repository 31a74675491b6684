# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who made users differ from their declarations, as a user is told it: in rows, in reports, by the drift playbook."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from support.playbooks import MODULE, Runner

from .conftest import CONTOSO, FABRIKAM
from .plays import ALEX
from .scenes import ADELE, sent, writes

ANN = "ann@northwind-partner.onmicrosoft.com"
SHIPPED = ("-e", "partner_center_execution=module")


def test_differences_come_with_who_made_them(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    ann = emulator.token(claims={"upn": ANN, "unique_name": ANN, "oid": "5d2e7a11-0000-4000-8000-00000000a001"})
    by_ann = {"access_token": ann, "user_id": ADELE, "display_name": "By Ann"}
    ansible.module("customer_user", customer_id=CONTOSO, **by_ann)
    ours = ansible.module("customer_user", customer_id=CONTOSO, user_id=ALEX, display_name="By us", audit_log=str(log))
    emulator.add_users(CONTOSO, [{"user_principal_name": "stranger@contoso.example", "display_name": "Stranger"}])
    content = log.read_bytes()
    contoso = {
        "customer_id": CONTOSO,
        "purge": True,
        "purge_scope": {"user_principal_names": ["stranger@*"]},
        "users": [
            {"user_id": ADELE, "display_name": "Adele"},
            {"user_id": ALEX, "display_name": "Alex", "first_name": "A"},
        ],
    }
    folder = tmp_path / "tenants"
    folder.mkdir()
    (folder / "contoso.yml").write_text(json.dumps(contoso))
    (folder / "fabrikam.yml").write_text(json.dumps({"customer_id": FABRIKAM, "users": []}))
    emulator.clear_log()
    given = {
        "drift_directory": str(folder),
        "drift_output": str(tmp_path / "out"),
        "drift_attribute": True,
        "drift_audit_log": str(log),
    }
    done = ansible.playbook(MODULE + "drift_report", extra=["-e", json.dumps(given), *SHIPPED])
    assert done.rc == 2 and writes(emulator) == [] and log.read_bytes() == content
    # One query for the customer with differences, none for the other one.
    assert sum(entry["path"].endswith("/auditrecords") for entry in sent(emulator)) == 1
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    told = {entry["user_id"]: entry["changed_by"] for entry in report["users"]}
    assert ANN in told[ADELE]["display_name"]
    assert "this collection" in told[ALEX]["display_name"]
    unknown = "unknown (not by this partner's tools)"
    assert told[ALEX]["first_name"] == unknown
    (stranger,) = [entry for entry in report["users"] if entry["purge"]]
    assert stranger["changed_by"] == {"state": unknown}
    for name in ("report.md", "report.html"):
        assert ANN in (tmp_path / "out" / name).read_text()

    # In a run that writes, what it does itself is not what it found.
    options = {"customer_id": CONTOSO, "attribute_changes": True, "audit_log": str(log), "users": contoso["users"]}
    made = ansible.module("customer_users", **options)
    adele, alex = (row["changed_by"] for row in made["rows"])
    assert made["changed"] and adele["display_name"]["who"] == ANN
    assert alex["display_name"]["correlation_id"] == ours["correlation_id"] and alex["display_name"]["run"]["host"]
    assert ansible.module("customer_users", **options)["rows"][0]["changed_by"] == {}


def test_records_that_cannot_be_read_fail_nothing(ansible: Runner, emulator: t.Any) -> None:
    emulator.fault("status", {"server": "api", "path": "/v1/auditrecords*"}, status=403, times=None)
    users = [{"user_id": ADELE, "display_name": "Other"}]
    made = ansible.module("customer_users", check=True, customer_id=CONTOSO, users=users, attribute_changes=True)
    assert made["changed"] and made["rows"][0]["changed_by"]["display_name"]["reason"] == "records_unreadable"
    assert len(made["warnings"]) == 1
