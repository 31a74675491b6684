"""What the playbooks do not do when a variable, a file, another run or a step is not what it should be."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks import locks as run_locks
from support.playbooks import Runner

from .conftest import CONTOSO, FABRIKAM
from .plays import ALEX, INES, Play, ending, snapshot
from .scenes import ADELE, PHARMA, user, writes

DOMAIN = "contoso.onmicrosoft.com"


@pytest.fixture
def play(ansible: Runner, tmp_path: Path) -> Play:
    return Play(ansible, tmp_path)


def files(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


@pytest.mark.core_differences
def test_a_guard_in_a_text_guards(play: Play, emulator: t.Any) -> None:
    names = ["break.glass@contoso.example", "stranger@contoso.example"]
    emulator.add_users(CONTOSO, [{"user_principal_name": name, "display_name": "Somebody"} for name in names])
    scope = {"user_principal_names": names}
    play.file(
        "tenants/contoso.yml",
        {"customer_id": CONTOSO, "users": [{"user_id": ADELE}], "purge": True, "purge_scope": scope},
    )
    # As key=value, because JSON would make a list of it before Ansible does.
    words = {
        "directory": play.path("tenants"),
        "output": play.path("out"),
        "apply": "yes",
        "fail_on_drift": "no",
        "max_delete_percentage": "50",
    }
    extra = [word for name, value in words.items() for word in ("-e", f"reconcile_{name}={value}")]
    done = play("reconcile", extra=[*extra, "-e", 'reconcile_purge_protected=["break.glass@*"]'])
    assert ending(done).startswith("applied: 1 deleted, 1 unchanged"), done.output
    assert user(emulator, names[0])["state"] == "active" and user(emulator, names[1])["state"] == "inactive"
    assert {path.name for path in (play.directory / "out").iterdir() if path.name.startswith(".")} == set(), (
        "the lock was given back"
    )

    emulator.clear_log()
    refused = play(
        "reconcile",
        extra=[
            *extra,
            "-e",
            "reconcile_purge_protected=",
            "-e",
            "reconcile_directory=",
            "-e",
            "reconcile_purge_protcted=a@*",
        ],
    )
    said = ending(refused)
    for words_ in (
        "reconcile_purge_protected is empty",
        "reconcile_directory is empty",
        "no variable reconcile_purge_protcted",
    ):
        assert words_ in said
    result = json.loads((play.directory / "out" / "result.json").read_text())
    assert refused.rc == 2 and result["status"] == "failed" and emulator.log() == []


@pytest.mark.core_differences
def test_records_that_are_ordinary_declarations_restore_and_delete_nobody(play: Play, emulator: t.Any) -> None:
    play.file(
        "records/a.yml",
        {
            "customer_id": CONTOSO,
            "users": [{"user_id": ALEX, "state": "restored"}, {"user_id": ADELE, "state": "absent"}],
        },
    )
    play.file("records/b.yml", {"customer_id": FABRIKAM, "users": [{"user_id": INES}]})
    play.file(
        "records/c.yml",
        {"customer_id": PHARMA, "users": [{"user_id": INES, "state": "restored", "roles": [], "purge_roles": True}]},
    )
    scope = {"purge": True, "purge_scope": {"domains": ["contoso.example"]}}
    play.file("records/d.yml", {"customer_domain": DOMAIN, "users": [{"user_id": INES, "state": "restored"}], **scope})
    refused = ending(play("restore_users", restore_records=play.path("records")), middle=True)
    assert refused.startswith("refused: 5 ")
    for place in ("a.yml:5", "b.yml:3", "c.yml:3", "d.yml: 'purge'", "d.yml: 'purge_scope'"):
        assert f"records/{place}" in refused, refused
    assert emulator.log() == []


@pytest.mark.core_differences
def test_nothing_of_a_directory_is_touched_that_is_not_of_an_earlier_run(play: Play, emulator: t.Any) -> None:
    play.file(
        "people.yml",
        {"customer_id": CONTOSO, "users": [{"user_principal_name": "new@contoso.example", "display_name": "New"}]},
    )
    for name in ("result.json", "report.md", "plan.json"):
        play.file(f"work/{name}", "somebody's work")
    before = files(play.directory)
    given = {"onboard_file": play.path("people.yml"), "onboard_output": play.path("work")}
    refused = play("onboard_tenant", **given)
    assert refused.rc == 2 and ending(refused).startswith("refused: ") and "result.json" in ending(refused)
    assert files(play.directory) == before and emulator.log() == []

    # A file with passwords that is one of those that the playbook writes, and one that is the declaration.
    given |= {
        "onboard_output": play.path("out"),
        "onboard_credentials_file": play.path("out/../out/report.json"),
        "onboard_handover": play.path("people.yml"),
    }
    refused = play("onboard_tenant", **given)
    assert (
        refused.rc == 2
        and "onboard_credentials_file and the report.json" in ending(refused)
        and "onboard_handover" in ending(refused)
    )
    assert files(play.directory) == before and emulator.log() == []


@pytest.mark.core_differences_thorough
def test_a_step_without_news_ends_the_offboarding(play: Play, emulator: t.Any) -> None:
    given = {
        "offboard_customer_id": CONTOSO,
        "offboard_users": [ALEX, ADELE],
        "offboard_records": play.path("gone"),
        "offboard_licenses": "remove",
    }
    # A variable on the command line comes before what a task registers: so is the step of a module that was killed
    # after it had taken everything.
    died = {"_offboard_stripped": {"failed": True, "changed": False, "msg": "MODULE FAILURE"}}
    failed = play("offboard_user", **given, **died)
    assert ending(failed).startswith("failed: Contoso: 0 of 2 users were deleted. ") and "MODULE FAILURE" in ending(
        failed
    )
    assert not [
        entry
        for entry in writes(emulator)
        if entry["method"] == "DELETE" and "/users/" in entry["path"].partition("directoryroles")[0]
    ]
    assert {snapshot(emulator)[one]["state"] for one in (ALEX, ADELE)} == {"active"}
    kept = files(play.directory / "gone")
    assert len(kept) == 2 and all("unfinished" in name for name in kept), (
        "what they had is kept while nobody can tell what was taken"
    )

    # Another run has this user: no request that writes, and its record is left alone.
    emulator.clear_log()
    lock = play.directory / "gone" / CONTOSO / "unfinished" / f".{ALEX}.lock"
    lock.write_text(
        json.dumps({**run_locks.this_run(), "pid": os.getpid(), "started": run_locks._started(os.getpid())})
    )
    kept = files(play.directory / "gone")
    second = ending(play("offboard_user", **given), middle=True)
    assert second.startswith("refused: Contoso: Another run offboards") and str(os.getpid()) in second
    assert files(play.directory / "gone") == kept and writes(emulator) == []


@pytest.mark.core_differences
def test_a_drift_report_that_compares_nothing_is_a_failure(play: Play, emulator: t.Any) -> None:
    hosts = {
        name: {"partner_center_customer_id": customer_id}
        for name, customer_id in (("a.example", CONTOSO), ("b.example", ALEX))
    }
    group = {
        "hosts": hosts,
        "vars": {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"},
    }
    extra = ["-i", play.file("hosts.yml", {"all": {"children": {"customers": group}}}), "-e", "target=customers"]
    play.file("tenants/c.example.yml", {"customer_id": CONTOSO, "users": []})
    given = {
        "drift_directory": play.path("tenants"),
        "drift_output": play.path("out"),
        "drift_undeclared": "ignore",
        "drift_fail": False,
    }
    done = play("drift_report", extra=extra, **given)
    result = json.loads((play.directory / "out" / "result.json").read_text())
    assert done.rc == 2 and (result["status"], result["reason"], result["customers"]) == (
        "failed",
        "nothing_compared",
        0,
    ), done.output
