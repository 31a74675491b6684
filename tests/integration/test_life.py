"""The playbooks for the life of a customer's users: they come, go, come back, are written down, and drift."""

from __future__ import annotations

import csv
import json
import random
import re
import subprocess
import typing as t
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks.tables import TABLES
from support import documentation
from support.playbooks import MODULE, Runner

from .conftest import CONTOSO, FABRIKAM
from .plays import ALEX, INES, Play, ending, endings, snapshot
from .scenes import ADELE, PHARMA, user, writes

ADMIN = "8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e03"
SIOBHAN = "8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e04"
JURGEN = "8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e05"
FERDINAND = "8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e07"
DIEGO = "8d2a1f7e-3b7c-4a58-9e52-0f6f1c2d3e08"


@pytest.fixture
def play(ansible: Runner, tmp_path: Path) -> Play:
    return Play(ansible, tmp_path)


def shell(play: Play, page: str, word: str, status: int = 0) -> str:
    """Run the block of a guide that holds the word, in the directory; what it printed."""
    (block,) = [block for block in documentation.blocks("sh") if block.page == f"docs/{page}.md" and word in block.text]
    command, env = ["bash", "-euo", "pipefail", "-c", block.text], play.ansible.env(RECORD_FILE="/dev/null")
    done = subprocess.run(
        command, cwd=play.directory, env=env, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


# onboard_tenant


(CSV,) = [block.text for block in documentation.blocks("csv") if block.page == "docs/onboarding.md"]


@pytest.mark.core_differences_thorough
def test_people_of_a_csv_file_are_onboarded_with_licence_and_role(play: Play, emulator: t.Any) -> None:
    play.file("people.csv", CSV + ",,Ōta {{ 1 + 1 }},ota@contoso.example,\n")
    given = {
        "onboard_csv": play.path("people.csv"),
        "onboard_customer_domain": "contoso.onmicrosoft.com",
        "onboard_usage_location": "US",
        "onboard_licenses": ["EMS"],
        "onboard_roles": ["Helpdesk Administrator"],
        "onboard_output": play.path("onboard-output"),
        "onboard_handover": play.path("handover.csv"),
    }
    # Texts stand for lists, and directories are made for every file that is written, in check mode for none.
    apart = {
        "onboard_licenses": "EMS",
        "onboard_credentials_file": play.path("secret/passwords.jsonl"),
        "onboard_handover": play.path("hand/over.csv"),
    }
    checked = play("onboard_tenant", check=True, **{**given, **apart})
    assert ending(checked) == "ready: Contoso: 3 of 3 users would be created or changed." and checked.rc == 0
    assert writes(emulator) == [] and [path.name for path in play.directory.iterdir()] == ["people.csv"]

    printed = shell(play, "onboarding", "onboard_csv")
    output = play.directory / "onboard-output"
    assert f"onboarded: Contoso: 3 of 3 users were created or changed. Passwords: {output}/credentials.jsonl" in printed
    grace, ota = user(emulator, "grace.hopper@contoso.example"), user(emulator, "ota@contoso.example")
    assert ota["display_name"] == "Ōta {{ 1 + 1 }}" and grace["usage_location"] == "US" and grace["force_change"]
    assert [item["sku"] for item in grace["licenses"]] == ["EMS"] and ota["roles"] == ["Helpdesk Administrator"]
    assert {path.name for path in output.iterdir()} == {
        "plan.json",
        "report.json",
        "report.md",
        "report.html",
        "result.json",
        "credentials.jsonl",
    }
    handover = play.directory / "handover.csv"
    passwords = {
        line["Email"]: line["Temporary password"] for line in csv.DictReader(handover.open(encoding="utf-8-sig"))
    }
    password = passwords["grace.hopper@contoso.example"]
    assert emulator.check_password(CONTOSO, grace["id"], password)["matches"] and handover.stat().st_mode & 0o077 == 0
    assert not any(
        secret in printed + (output / "report.md").read_text() + (output / "plan.json").read_text()
        for secret in passwords.values()
    )
    emulator.clear_log()
    given["onboard_roles"] = {"add": "Helpdesk Administrator", "remove": ["Reports Reader"]}
    again = play("onboard_tenant", extra=["-vvv"], **given)
    assert (
        ending(again) == "unchanged: Contoso: all 3 users are as declared."
        and "changed=0" in again.stdout
        and writes(emulator) == []
    )
    assert password in handover.read_text("utf-8-sig") and not any(
        secret in again.output for secret in passwords.values()
    )

    # Two declarations are not the first of them, and what an earlier run reported is gone.
    for number in "12":
        play.file(
            f"tenants/{number}.yml",
            {"customer_domain": f"c{number}.example", "users": [{"user_principal_name": f"a@c{number}.example"}]},
        )
    several = play("onboard_tenant", onboard_file=play.path("tenants"), onboard_output=given["onboard_output"])
    assert ending(several).startswith("refused: ") and "onboard_file has 2 " in ending(several)
    assert {path.name for path in output.iterdir()} == {"result.json", "credentials.jsonl"} and writes(emulator) == []


def test_onboarding_is_all_or_nobody_and_names_every_problem(play: Play, emulator: t.Any) -> None:
    rows = [
        {"user_principal_name": f"new{number}@contoso.example", "display_name": f"New {number}"} for number in range(8)
    ]
    rows[3]["user_principal_name"] = "new3@elsewhere.example"
    declared = {
        "customer_domain": "contoso.onmicrosoft.com",
        "defaults": {"usage_location": "US", "licenses": ["POWER_BI_PRO"]},
        "users": rows,
    }
    given = {"onboard_file": play.file("contoso.yml", declared), "onboard_output": play.path("out")}
    refused = play("onboard_tenant", **given)
    assert refused.rc == 2 and ending(refused).startswith("refused: "), refused.output
    assert "elsewhere.example" in refused.output and writes(emulator) == []
    assert json.loads((play.directory / "out" / "result.json").read_text())["status"] == "refused"
    assert "elsewhere.example" in (play.directory / "out" / "report.md").read_text()

    (twin,) = emulator.add_customers([{"company_name": "Twin", "domain": "contoso.onmicrosoft.com"}])
    assert re.search(f"contoso.onmicrosoft.com: .*{twin}", ending(play("onboard_tenant", **given)))
    exported = play(
        "export_tenant", export_customer_domain="contoso.onmicrosoft.com", export_file=play.path("export.yml")
    )
    assert re.search(f"There are 2 customers contoso.onmicrosoft.com: .*{twin}", exported.output) and exported.rc == 2

    wrong = {
        "onboard_on_no_seats": "perhaps",
        "onboard_roles": {"a": 1},
        "onboard_colour": "red",
        "onboard_handover": play.path("out"),
        "onboard_output": "",
    }
    nonsense = play("onboard_tenant", **wrong)
    for words in (
        "no variable onboard_colour",
        "onboard_on_no_seats",
        "Specify the users: either onboard_file or onboard_csv",
        "onboard_handover is a folder",
        "onboard_output is empty.",
    ):
        assert words in ending(nonsense)
    broken = play(
        "onboard_tenant",
        onboard_file=play.file("x.yml", "customer_domain: a.example\nusers:\n- {frist_name: x}"),
        onboard_output=play.path("o"),
    )
    assert "x.yml:3" in ending(broken) and "frist_name" in ending(broken) and "problem" in ending(broken)
    assert writes(emulator) == []


# offboard_user, restore_users, export_tenant


@pytest.mark.core_differences
def test_who_leaves_comes_back_with_everything_and_the_export_is_the_same(play: Play, emulator: t.Any) -> None:
    before, file = snapshot(emulator), play.directory / "tenants" / "contoso.yml"
    file.parent.mkdir()
    assert (
        f"exported: Contoso: 6 users, now in {file}" in shell(play, "export", "export_file")
        and file.stat().st_mode & 0o077 == 0
    )
    assert (
        "licenses:\n      - CFQ7TTC0K5DR/0002\n      - {sku: EMS, excluded_plans: [INTUNE_A]}" in file.read_text()
        and writes(emulator) == []
    )

    leaving = {
        "offboard_customer_domain": "contoso.onmicrosoft.com",
        "offboard_users": ["ALEX.wilber@contoso.example", SIOBHAN],
    }
    leaving |= {"offboard_records": play.path("offboarded"), "offboard_licenses": "remove"}
    checked = play("offboard_user", check=True, **leaving)
    assert (
        ending(checked).startswith("ready: Contoso: 2 ")
        and writes(emulator) == []
        and not (play.directory / "offboarded").exists()
    )
    emulator.clear_log()
    done = play("offboard_user", "offboard_user", **leaving)
    assert [entry["method"] for entry in emulator.log(server="login")].count("POST") == 2, "one sign-in each"
    records = play.directory / "offboarded" / CONTOSO
    first, second = endings(done)
    assert first.startswith("offboarded: Contoso: 2 ") and first.endswith(str(records))
    assert second.startswith("unchanged: Contoso: 2 of 2 ")
    names = {path.name: path for path in records.glob("*.yml")}
    assert set(names) == {f"alex.wilber@contoso.example.{ALEX}.yml", f"siobhan.o_brien@contoso.example.{SIOBHAN}.yml"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in names.values()) and not list(
        (records / "unfinished").iterdir()
    )
    order = [
        entry["path"].removeprefix(f"/v1/customers/{CONTOSO}/").partition("/")[0]
        for entry in writes(emulator)
        if ALEX in entry["path"]
    ]
    assert (
        sorted(order[:-1]) == ["directoryroles", "users", "users"]
        and order[-1] == "users"
        and writes(emulator)[-1]["method"] == "DELETE"
    ), order
    assert [entry["method"] for entry in writes(emulator)].count("DELETE") == 2 + 3, (
        "two users, three roles, and nothing by the second run"
    )
    kept = {name: path.read_bytes() for name, path in names.items()}
    emulator.clear_log()
    again = shell(play, "offboarding", "offboard_users")
    assert "unchanged: Contoso: 1 of 1 user is" in again and "changed=0" in again and writes(emulator) == []
    assert kept == {path.name: path.read_bytes() for path in records.glob("*.yml")}

    assert "restored: 2 of 2 users were restored." in shell(play, "offboarding", "restore_records")
    assert snapshot(emulator) == before
    emulator.clear_log()
    export = {"export_customer_domain": "contoso.onmicrosoft.com", "export_file": str(file)}
    again = play("restore_users", "export_tenant", restore_records=[play.path("offboarded")], **export)
    assert endings(again)[0].startswith("unchanged: 2 users are active") and endings(again)[1].startswith(
        "exported: Contoso: 6 users"
    )
    assert "changed=0" in again.stdout and writes(emulator) == [], "other content would have been refused"


@pytest.mark.core_differences_thorough
def test_an_offboarding_begins_only_with_what_it_can_finish(play: Play, emulator: t.Any) -> None:
    myself = "9e0d1c2b-3a49-4857-8675-94a3b2c1d0e1"
    emulator.add_users(
        CONTOSO, [{"id": myself, "user_principal_name": "svc@contoso.example", "display_name": "The one who runs this"}]
    )
    leaving = {"offboard_customer_id": CONTOSO, "offboard_licenses": "remove", "offboard_records": play.path("gone")}
    refused = ending(play("offboard_user", offboard_users=[ALEX, ADMIN, JURGEN, myself], **leaving), middle=True)
    assert refused.startswith("refused: Contoso: ")
    for name in ("admin@contoso.onmicrosoft.com", "jurgen.gross@contoso.example", "svc@contoso.example"):
        assert name in refused
    unknown = ending(
        play("offboard_user", offboard_users=f"{ADELE},adele@contoso.example,{myself[:-1]}0", **leaving), middle=True
    )
    assert (
        all(who in unknown for who in ("Contoso", "adele@contoso.example", f"{myself[:-1]}0")) and ADELE not in unknown
    )
    nonsense = play(
        "offboard_user",
        offboard_users=[],
        offboard_include=["licenses"],
        offboard_customer_id=CONTOSO,
        offboard_colour="red",
    )
    for words in ("no variable offboard_colour", "offboard_users is empty", "offboard_include needs roles"):
        assert words in ending(nonsense, middle=True)

    unfinished = play.directory / "gone" / CONTOSO / "unfinished"
    (unfinished / f"alex.wilber@contoso.example.{ALEX}.yml").mkdir(parents=True)
    unwritable = ending(play("offboard_user", offboard_users=[ALEX], **leaving))
    assert unwritable.startswith("refused: Contoso: ") and f"{ALEX}.yml" in unwritable
    assert writes(emulator) == [], "a record that is not on the disk is none"
    assert [path.suffix for path in unfinished.iterdir()] == [".yml"], "neither a lock nor half a file"


def test_an_offboarding_that_was_interrupted_is_continued_and_loses_nothing(play: Play, emulator: t.Any) -> None:
    leaving = {"offboard_customer_id": CONTOSO, "offboard_licenses": "remove", "offboard_records": play.path("gone")}
    emulator.fault(
        "status",
        {"server": "api", "method": "DELETE", "path": f"/users/{ALEX}$"},
        status=400,
        body={"code": 2000, "description": "Not now."},
    )
    emulator.fault(
        "status",
        {"server": "api", "method": "DELETE", "path": f"/users/{ADELE}$"},
        status=400,
        body={"code": 2000, "description": "Not now."},
    )
    before = snapshot(emulator)
    emulator.add_users(
        CONTOSO, [{"id": INES, "user_principal_name": "ines.nunez@contoso.example", "display_name": "Inés"}]
    )
    given = {"offboard_include": ["roles"], "offboard_customer_id": CONTOSO, "offboard_records": play.path("gone")}
    done = play("offboard_user", offboard_users=[ALEX, ADELE, INES], **given)
    assert ending(done).startswith(
        "failed: Contoso: 1 of 3 users was deleted. "
    ) and "adele.vance@contoso.example: DELETE " in ending(done)
    assert snapshot(emulator)[ALEX] == {**before[ALEX], "roles": []}
    records = play.directory / "gone" / CONTOSO
    (unfinished,) = records.glob("unfinished/*.yml")
    assert (
        ALEX in unfinished.name
        and b"Helpdesk Administrator" in unfinished.read_bytes()
        and [INES in path.name for path in records.glob("*.yml")] == [True]
    )

    # Killed after everything was taken and the user is deleted, before the record is in its place.
    emulator.clear_faults()
    assert play.ansible.module("customer_user", customer_id=CONTOSO, user_id=ALEX, roles=["Reports Reader"])["changed"]
    killed = play("offboard_user", env={"KILL_AFTER": "Delete them"}, offboard_users=[ALEX.upper()], **leaving)
    assert killed.rc < 0 and snapshot(emulator)[ALEX]["state"] == "inactive" and unfinished.exists()
    done = play(
        "offboard_user",
        "restore_users",
        offboard_users="alex.wilber@contoso.example",
        restore_records=play.path("gone"),
        **leaving,
    )
    assert endings(done)[0].startswith("unchanged: Contoso: 1 of 1 user is")
    assert endings(done)[1] == "restored: 2 of 2 users were restored."
    assert snapshot(emulator)[ALEX] == {**before[ALEX], "roles": ["Helpdesk Administrator", "Reports Reader"]}
    (record,) = records.glob(f"*{ALEX}*")
    assert record.name == unfinished.name and not unfinished.exists()


@pytest.mark.core_differences
def test_customers_are_hosts_of_an_offboarding(play: Play, emulator: t.Any) -> None:
    """Each signs in once, and one that is refused does not stop the other."""
    hosts = {
        "contoso.example": {"offboard_customer_id": CONTOSO, "offboard_users": [ALEX]},
        "fabrikam.example": {"offboard_customer_id": FABRIKAM, "offboard_users": ["nobody@fabrikam.example"]},
    }
    python = "{{ ansible_playbook_python }}"
    group = {"hosts": hosts, "vars": {"ansible_connection": "local", "ansible_python_interpreter": python}}
    inventory = play.file("hosts.yml", {"all": {"children": {"customers": group}}})
    done = play(
        "offboard_user",
        extra=["-i", inventory, "-e", "target=customers", "--diff", "-vvvv"],
        offboard_records=play.path("gone"),
    )
    ended = {
        str(item["result"]["msg"]).partition(":")[0]
        for item in done.records
        if item["task"].startswith("End ") and "msg" in item["result"]
    }
    assert done.rc == 2 and ended == {"offboarded", "refused"}, done.output
    assert [entry["method"] for entry in emulator.log(server="login")].count("POST") == 2
    assert [path.name for path in (play.directory / "gone").iterdir()] == [CONTOSO]
    assert "+++ after" in done.output and "eyJ" not in done.output, "no token"


def test_who_cannot_come_back_is_named_and_stops_nobody(play: Play, emulator: t.Any) -> None:
    wrong = ending(
        play(
            "restore_users", restore_on="2026-13-45", restore_since="2026-11-24T25:00Z", restore_on_no_seats="perhaps"
        ),
        middle=True,
    )
    for words in (
        "restore_records, restore_on or restore_since",
        "restore_on must be a day",
        "restore_since must be a day",
        "restore_on_no_seats must be one of",
    ):
        assert words in wrong
    damaged = {"customer_id": CONTOSO, "users": [{"user_id": ALEX, "state": "restored", "roles": ["Reports Reader"]}]}
    play.file("damaged/a.yml", yaml.safe_dump(damaged)[:-30])
    play.file("damaged/unfinished/b.yml", "")
    refused = ending(play("restore_users", restore_records=play.path("damaged")), middle=True)
    assert refused.startswith("refused: 2 ") and "unfinished/b.yml: is empty." in refused

    since = (datetime.now(timezone.utc) - timedelta(days=5)).strftime("%Y-%m-%dT%H:%MZ")
    checked = play("restore_users", check=True, restore_customer_id=CONTOSO, restore_since=since)
    assert ending(checked).startswith("ready: 1 of 1 user ") and writes(emulator) == []
    day = next(item["deleted"] for item in emulator.users(CONTOSO) if item["id"] == DIEGO)[:10]
    done = play("restore_users", restore_customer_domain="contoso.onmicrosoft.com", restore_on=day)
    assert ending(done).startswith("restored: 1 of 1 user ") and snapshot(emulator)[DIEGO]["state"] == "active"
    assert len(writes(emulator)) == 1
    emulator.reset()

    emulator.add_users(
        CONTOSO, [{"user_principal_name": "ferdinand.filibuster@contoso.example", "display_name": "Somebody else"}]
    )
    nobody, foreign = (
        ALEX.replace("8d2a", "0000"),
        {"user_id": ALEX, "user_principal_name": "alex.wilber@contoso.example", "state": "restored"},
    )
    rows = [
        {"user_id": FERDINAND, "user_principal_name": "ferdinand.filibuster@contoso.example", "licenses": ["EMS"]},
        {
            "user_id": DIEGO,
            "user_principal_name": "diego.siciliani@contoso.example",
            "licenses": ["POWER_BI_PRO", "EMS"],
            "roles": ["Reports Reader"],
        },
        {"user_id": nobody, "user_principal_name": "long.gone@contoso.example"},
        {"user_id": ADELE, "user_principal_name": "adele.vance@contoso.example", "licenses": ["EMS", "VISIOCLIENT"]},
    ]
    record = {"customer_id": CONTOSO, "users": [{**row, "state": "restored"} for row in rows]}
    play.file("records/a.yml", record)
    play.file("records/b.yml", {"customer_id": FABRIKAM, "users": [foreign]})
    done = play("restore_users", restore_records=play.path("records"), restore_on_no_seats="create_unlicensed")
    said = ending(done)
    assert said.startswith("failed: 1 of 5 users was restored. ")
    for words in (
        f"User {FERDINAND} cannot be restored: the name ferdinand.filibuster@contoso.example is taken by an active user",
        f"long.gone@contoso.example: User {nobody} cannot be restored: no active or soft-deleted user has this id.",
        f"alex.wilber@contoso.example: User {ALEX} cannot be restored",
        "adele.vance@contoso.example: licenses: the customer has no subscription to 'VISIOCLIENT'",
    ):
        assert words in said
    assert "diego.siciliani@contoso.example" in done.output and "POWER_BI_PRO" in done.output, "the only seat is taken"
    diego = snapshot(emulator)[DIEGO]
    assert (
        diego["state"] == "active"
        and [item["sku"] for item in diego["licenses"]] == ["EMS"]
        and diego["roles"] == ["Reports Reader"]
    )


def odd_users(count: int) -> list[dict[str, t.Any]]:
    """Random users with everything that an export can read, in the form of the emulator's seed."""
    chance = random.Random(5)
    first = [
        "Siobhán",
        "Jürgen",
        "d'Arcy",
        "ÅSA",
        "Zoe\u0308",
        "{{ 1 }}",
        "NO",
        "null",
        "- x",
        "李",
        " Ada",
        "x: y",
        None,
        None,
    ]
    last = ["O'Brien", "Groß", "NÚÑEZ", "Æ", "1e3", "#tag", "'q'", '"q"', "van der  Berg", None]
    licenses: list[t.Any] = [
        "POWER_BI_PRO",
        *({"sku": "EMS", "excluded_plans": plans} for plans in (["INTUNE_A"], ["INTUNE_A", "RMS_S_PREMIUM"])),
    ]
    roles = ["Helpdesk Administrator", "Directory Readers", "Reports Reader"]
    users = []
    for number in range(count):
        name, surname = chance.choice(first), chance.choice(last)
        local = chance.choice(["{}", "O'BRIEN.{}", "Ada.{}", "no{}", "{}_ext#EXT#"]).format(number)
        users.append(
            {
                "user_principal_name": f"{local}@{chance.choice(['contoso.example', 'CONTOSO.example', 'contoso.onmicrosoft.com'])}",
                "display_name": f"{name or ''} {surname or ''}".strip() or "Nobody",
                **{key: value for key, value in (("first_name", name), ("last_name", surname)) if value},
                **({"synced": True, "immutable_id": f"{number}/Zx+8=="} if number % 5 == 0 else {}),
                **({"usage_location": chance.choice(["DE", "NO", "US"])} if number % 3 else {}),
                **({"phone_number": f"+49 30 {number}"} if number % 7 == 0 else {}),
                **({"licenses": [licenses[number // 3 % 3], "CFQ7TTC0K5DR/0002"][: number % 3]} if number % 3 else {}),
                **({"roles": roles[: 1 + number % 3]} if number % 10 == 0 else {}),
            }
        )
    return users


@pytest.mark.thorough
def test_a_thousand_odd_users_are_exported_and_found_as_declared(play: Play, emulator: t.Any) -> None:
    emulator.set_skus(
        CONTOSO, [{"part_number": name, "units": 2000} for name in ("EMS", "POWER_BI_PRO", "CFQ7TTC0K5DR/0002")]
    )
    emulator.add_users(CONTOSO, odd_users(1000))
    file = play.directory / "contoso.yml"
    done = play(
        "export_tenant", export_customer_id=CONTOSO, export_file=str(file), export_verify=True, export_exact=True
    )
    assert ending(done) == f"exported: Contoso: 1006 users, now in {file}", done.output
    compared = [record["result"] for record in done.records if record["action"] == MODULE + "customer_users"][-1]
    assert (
        compared["summary"]["rows"] == compared["summary"]["ok"] == 1006
        and compared["requests"]["writes"] == 0
        and writes(emulator) == []
    )
    declared = {row["user_principal_name"]: row for row in yaml.safe_load(file.read_text())["users"]}
    there = {item["user_principal_name"]: item for item in emulator.users(CONTOSO) if item["state"] == "active"}
    assert set(declared) == set(there) and not any(
        "user_id" in row or None in row.values() or "" in row.values() for row in declared.values()
    )
    for name, row in declared.items():
        assert len(row["roles"]) == len(there[name]["roles"]) and row["purge_roles"] and row["purge_licenses"]
        assert {item["sku"] if isinstance(item, dict) else item for item in row["licenses"]} == {
            item["sku"] for item in there[name]["licenses"]
        }
    again = play(
        "export_tenant",
        check=True,
        export_customer_id=PHARMA,
        export_file=play.file("contoso.yml", "users: []"),
        export_include=[],
    )
    assert again.rc == 2 and "exists with other content" in again.output and file.read_text() == "users: []"


# drift_report


@pytest.mark.core_differences
def test_drift_is_reported_in_one_task_and_by_host(play: Play, emulator: t.Any) -> None:
    contoso = {
        "customer_domain": "contoso.onmicrosoft.com",
        "purge": True,
        "purge_scope": {"user_principal_names": ["stranger@*"]},
    }
    emulator.add_users(CONTOSO, [{"user_principal_name": "stranger@contoso.example", "display_name": "Stranger"}])
    contoso["users"] = [
        {"user_id": ADELE, "display_name": "Adele {{ 1 + 1 }}"},
        {"user_principal_name": "new@contoso.example", "display_name": "New"},
    ]
    play.file("tenants/contoso.onmicrosoft.com.yml", contoso)
    fabrikam = play.file("tenants/fabrikam.onmicrosoft.com.yml", {"customer_id": FABRIKAM, "users": []})
    given = {"drift_directory": play.path("tenants"), "drift_output": play.path("drift-output")}
    printed = shell(play, "drift", "drift_directory=tenants\n", status=2)
    said = (
        "2 of 2 rows of 2 customers differ, 1 user would be purged: 1 to create, 1 to update, 1 to delete. "
        "Without a declaration: "
    )
    undeclared = ["adatum.onmicrosoft.com", "contosopharma.onmicrosoft.com", "wingtip.onmicrosoft.com"]
    assert f"drift: {said}{', '.join(undeclared)}." in printed and writes(emulator) == []
    result = json.loads((play.directory / "drift-output" / "result.json").read_text())
    assert result == {"status": "drift", "message": result["message"], "customers": 2, "rows": 2, "ok": 0, "changed": 2, "failed": 0, "purged": 1,
                      "skipped": 0, "unknown": 0, "delete": 1, "create": 1, "restore": 0, "update": 1, "rename": 0, "reset_password": 0,
                      "license": 0, "role": 0, "undeclared": undeclared}  # fmt: skip
    assert {path.name for path in (play.directory / "drift-output").iterdir()} == {
        "report.json",
        "report.md",
        "report.html",
        "result.json",
    }
    assert "Adele {{ 1 + 1 }}" in str(json.loads((play.directory / "drift-output" / "report.json").read_text()))
    report = (play.directory / "drift-output" / "report.md").read_text()
    assert "stranger@" in report and "Prediction" in report

    hosts = {
        name: {"partner_center_customer_id": customer_id, "partner_center_customer_domain": name}
        for name, customer_id in (
            ("contoso.onmicrosoft.com", CONTOSO),
            ("fabrikam.onmicrosoft.com", FABRIKAM),
            ("other.onmicrosoft.com", ALEX),
        )
    }
    group = {
        "hosts": hosts,
        "vars": {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"},
    }
    extra = [
        "-i",
        play.file("hosts.yml", {"all": {"children": {"customers": group}}}),
        "-e",
        "target=customers",
        "--forks",
        "2",
    ]
    by_host = play("drift_report", extra=extra, drift_fail=False, **given)
    assert ending(by_host) == f"drift: {said}other.onmicrosoft.com."
    assert by_host.rc == 0 and writes(emulator) == []
    again = json.loads((play.directory / "drift-output" / "result.json").read_text())
    assert again == {**result, "message": again["message"], "undeclared": ["other.onmicrosoft.com"]}

    play.file(
        "tenants/gone.onmicrosoft.com.yml", {"customer_domain": "gone.onmicrosoft.com", "users": [{"user_id": ADELE}]}
    )
    refusal = {"code": 2000, "description": "No list."}
    # The customers of two files are looked for, then comes the list.
    emulator.fault(
        "status", {"server": "api", "method": "GET", "path": "/v1/customers$"}, status=403, body=refusal, after=2
    )
    emulator.fault(
        "status",
        {"server": "api", "method": "GET", "customer_id": FABRIKAM},
        status=429,
        headers={"Retry-After": "9"},
        times=None,
    )
    play.file(
        "tenants/fabrikam.onmicrosoft.com.yml",
        {"customer_id": FABRIKAM, "users": [{"user_id": ALEX, "display_name": "X"}]},
    )
    emulator.clear_log()
    troubled = play("drift_report", **given, env={"PARTNER_CENTER_MAX_WAIT": "2"})
    assert ending(troubled).startswith("failed: ") and "HTTP 403" in ending(troubled)
    assert "throttl" in ending(troubled), ending(troubled)
    assert "gone.onmicrosoft.com" in ending(troubled) and writes(emulator) == []
    result = json.loads((play.directory / "drift-output" / "result.json").read_text())
    assert (result["status"], result["rows"], result["changed"], result["failed"], result["undeclared"]) == (
        "failed",
        4,
        2,
        2,
        [],
    )
    report = (play.directory / "drift-output" / "report.md").read_text()
    assert "stranger@" in report and "429" in report, "what could be compared is in the report"
    wrong = play("drift_report", drift_file="a.yml", drift_colour="red", **given)
    assert "drift_file" in ending(wrong, middle=True) and "no variable drift_colour" in ending(wrong, middle=True)
    result = json.loads((play.directory / "drift-output" / "result.json").read_text())
    assert result["status"] == "failed" and "no variable drift_colour" in result["message"] and result["rows"] == 0, (
        "an old result is none of this run"
    )
    emulator.clear_faults()

    Path(fabrikam).write_text(f"customer_id: {ADELE}\nusers: []\n")
    mixed = play("drift_report", check=True, extra=extra, **given)
    assert (
        mixed.rc == 2
        and all(word in ending(mixed) for word in (ADELE, FABRIKAM, "fabrikam.onmicrosoft.com"))
        and "would be purged" not in ending(mixed)
    )


# The guides


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("onboard_tenant", "onboarding"),
        ("offboard_user", "offboarding"),
        ("restore_users", "offboarding"),
        ("export_tenant", "export"),
        ("drift_report", "drift"),
    ],
)
def test_the_variables_of_the_guides_are_those_of_the_playbooks(name: str, page: str) -> None:
    text = (documentation.ROOT / "playbooks" / f"{name}.yml").read_text()
    prefix = name.split("_")[0]
    spec = {f"{prefix}_{variable}" for variable in TABLES[prefix].variables}
    table = (documentation.ROOT / "docs" / f"{page}.md").read_text().split("## Variables")[1]
    for variable in spec:
        assert variable in text.split("\n- name:")[0] and f"`{variable}`" in table
    assert set(re.findall(rf"`({prefix}_[a-z_]+)`", table)) == spec
