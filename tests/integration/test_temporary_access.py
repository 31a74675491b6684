"""Access that ends: users, roles and licenses that are taken away by the service's time."""

from __future__ import annotations

import json
import typing as t
from datetime import datetime, timedelta, timezone
from pathlib import Path

from support.playbooks import Runner

from .conftest import CONTOSO
from .plays import Play
from .scenes import ADELE, writes

HELPDESK, READER = "Helpdesk Administrator", "Reports Reader"
ADELES = "adele.vance@contoso.example"


def later(**delta: float) -> str:
    return (datetime.now(timezone.utc) + timedelta(**delta)).strftime("%Y-%m-%dT%H:%M:%SZ")


def held(emulator: t.Any, user_id: str = ADELE) -> tuple[list[str], list[str]]:
    found = next(item for item in emulator.users(CONTOSO) if item["id"] == user_id)
    return sorted(item["sku"] for item in found["licenses"]), sorted(found["roles"])


def kinds(result: dict[str, t.Any]) -> list[tuple[str, str | None, str]]:
    return [(entry["what"], entry["name"], entry["status"]) for entry in result["ending"]]


def test_a_user_a_role_and_a_license_end_before_anything_else_is_written(
    ansible: Runner, emulator: t.Any, tmp_path: Path
) -> None:
    record = tmp_path / "access.json"
    options: dict[str, t.Any] = {
        "customer_id": CONTOSO,
        "access_file": str(record),
        "credentials_file": str(tmp_path / "credentials.jsonl"),
        "max_lifetime": "2d",
        "ending_within_days": 1,
    }
    people: list[dict[str, t.Any]] = [
        {
            "user_principal_name": ADELES,
            "usage_location": "US",
            "roles": [READER, {"name": HELPDESK, "lasts": "2h", "granted_for": "INC-1"}],
            "licenses": ["WIN_ENT_E5", {"sku": "EMS", "expires_at": later(hours=3)}],
        },
        {"user_principal_name": "guest.worker@contoso.example", "display_name": "Guest Worker", "lasts": "PT90M"},
    ]
    unrecorded = ansible.module("customer_users", users=people, **options)
    assert unrecorded["failure"]["reason"] == "access_file_missing" and emulator.log() == []
    begin = {**options, "access_file_new": True}
    check = ansible.module("customer_users", check=True, users=people, **begin)
    assert writes(emulator) == [] and not record.exists()
    made = ansible.module("customer_users", users=people, **begin)
    assert made["operations"] == check["operations"] and record.stat().st_mode & 0o777 == 0o600
    assert kinds(made) == [
        ("license", "EMS", "ends_soon"),
        ("role", HELPDESK, "ends_soon"),
        ("user", None, "ends_soon"),
    ]
    assert held(emulator) == (["EMS", "POWER_BI_PRO", "WIN_ENT_E5"], [HELPDESK, READER])
    grants = json.loads(record.read_text(encoding="utf-8"))["grants"]
    assert {(grant["what"], grant["label"], grant["granted_for"]) for grant in grants} == {
        ("role", HELPDESK, "INC-1"),
        ("user", None, ""),
    }

    emulator.clear_log()
    kept = record.read_text(encoding="utf-8")
    assert not ansible.module("customer_users", users=people, **options)["changed"]
    assert writes(emulator) == [], "what has not ended is as declared"

    emulator.advance(4 * 3600)
    emulator.clear_log()
    newcomer = {"user_principal_name": "new@contoso.example", "display_name": "New"}
    changed = [newcomer, {**people[0], "display_name": "Adele V."}, people[1]]
    promised = ansible.module("customer_users", check=True, users=changed, **options)
    assert record.read_text(encoding="utf-8").count('"ended_at": null') == 2 and writes(emulator) == []
    ended = ansible.module("customer_users", users=changed, **options)
    assert sorted(map(str, ended["operations"])) == sorted(map(str, promised["operations"]))
    first, rest = [method for method, _path in sent(emulator)[:3]], [method for method, _path in sent(emulator)[3:]]
    assert sorted(first) == ["DELETE", "DELETE", "POST"] and sorted(rest) == ["PATCH", "POST"], sent(emulator)
    assert kinds(ended) == [
        ("license", "EMS", "taken_away"),
        ("role", HELPDESK, "taken_away"),
        ("user", None, "taken_away"),
    ]
    assert held(emulator) == (["POWER_BI_PRO", "WIN_ENT_E5"], [READER]) and ended["deletions"]["count"] == 1
    assert record.read_text(encoding="utf-8") != kept and '"ended_at": null' not in record.read_text(encoding="utf-8")

    emulator.clear_log()
    again = ansible.module("customer_users", users=[{**people[0], "display_name": "Adele V."}, people[1]], **options)
    assert not again["changed"] and writes(emulator) == [] and again["ending"] == []
    longer = {**people[1], "lasts": "1d"}
    assert not ansible.module("customer_users", users=[longer], **options)["changed"], "ended stays ended"
    anew = ansible.module(
        "customer_users", users=[{**longer, "granted_for": "INC-2", "on_deleted": "restore"}], **options
    )
    assert anew["rows"][0]["action"] == "restore"


def sent(emulator: t.Any) -> list[tuple[str, str]]:
    return [(entry["method"], entry["path"]) for entry in writes(emulator)]


def test_break_glass_ends_when_it_is_due_or_at_once(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    record = tmp_path / "access.json"
    grant = {
        "temporary_customer_id": CONTOSO,
        "temporary_user": ADELES,
        "temporary_roles": ["Company Administrator", HELPDESK],
        "temporary_reason": "INC-1",
        "temporary_file": str(record),
    }

    playbook = Play(ansible, tmp_path)

    def play(**variables: t.Any) -> None:
        done = playbook("temporary_access", **{"temporary_file": str(record), **variables})
        assert done.rc == 0, done.output

    play(**grant, temporary_new=True)
    assert held(emulator)[1] == ["Global Administrator", HELPDESK]
    emulator.advance(7201)
    play(temporary_action="end_due", partner_center_execution="module")
    assert held(emulator)[1] == []
    play(**{**grant, "temporary_reason": "INC-2"})
    assert held(emulator)[1] == ["Global Administrator", HELPDESK]
    play(temporary_action="end_now", temporary_user=ADELES)
    assert held(emulator)[1] == []


def test_a_removal_that_the_service_rejects_holds_up_no_other_and_nobody_loses_what_is_no_grant(
    ansible: Runner, emulator: t.Any, tmp_path: Path
) -> None:
    over = {"expires_at": later(hours=-1)}
    rows = [{"user_principal_name": ADELES, "roles": [{"name": HELPDESK, **over}, {"name": READER, **over}]}]
    begun = [{"user_principal_name": ADELES, "roles": [HELPDESK, READER]}]
    ansible.module("customer_users", customer_id=CONTOSO, users=begun)
    emulator.fault(
        "status", {"method": "DELETE"}, times=1, status=400, code="2000", description="This cannot be done now"
    )
    result = ansible.module("customer_users", customer_id=CONTOSO, users=rows)
    left = held(emulator)[1]
    assert result["failed"] and len(left) == 1
    assert [name for _what, name, status in kinds(result) if status == "overdue"] == left
    assert result["rows"][0]["overdue_since"] == over["expires_at"]
    grant = {"temporary_customer_id": CONTOSO, "temporary_user": ADELES, "temporary_reason": "INC-1"}
    record = tmp_path / "access.json"
    files = {"temporary_file": str(record), "temporary_new": True}
    refused = Play(ansible, tmp_path)("temporary_access", **grant, **files, temporary_roles=left)
    assert refused.rc == 2 and not record.exists() and held(emulator)[1] == left


def test_declarations_of_a_folder_end_by_the_nightly_run(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    play = Play(ansible, tmp_path)
    play.file(
        "tenants/contoso.yml",
        f"customer_id: {CONTOSO}\nusers:\n  - user_id: {ADELE}\n    roles:\n"
        f"      - {{name: {HELPDESK}, lasts: 2h}}\n      - {{name: {READER}, expires_at: 2099-12-31T18:00:00Z}}\n",
    )
    record = play.path("access.json")
    options = {"directory": play.path("tenants"), "output": play.path("out"), "apply": True, "access_file": record}
    given = {f"reconcile_{name}": value for name, value in options.items()}
    assert play("reconcile", **given, reconcile_access_file_new=True).rc == 0
    assert held(emulator)[1] == [HELPDESK, READER]
    emulator.advance(7200)
    assert play("reconcile", **given).rc == 0
    assert held(emulator)[1] == [READER]
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert [(grant["name"], grant["status"]) for grant in report["ending"]] == [(HELPDESK, "taken_away")]
