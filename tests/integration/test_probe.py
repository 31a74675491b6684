# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The probe as its operator meets it: what is shown first, the report, and what becomes of a probe that was
interrupted. What it finds out is in tests/unit/emulator/test_probe.py."""

from __future__ import annotations

import json
import signal
import typing as t
from pathlib import Path

import pytest
from support.interrupted import InterruptedRun
from support.playbooks import MODULE, Runner

from .conftest import CONTOSO, FABRIKAM
from .plays import Play
from .scenes import sent, writes

PREFIX = "tenantops-probe-"


@pytest.fixture
def options(tmp_path: Path) -> dict[str, t.Any]:
    return {
        "customer_id": CONTOSO,
        "confirm_customer_domain": "contoso.onmicrosoft.com",
        "report_file": str(tmp_path / "report.json"),
        "journal_file": str(tmp_path / "journal.jsonl"),
    }


def made(emulator: t.Any, state: str) -> list[str]:
    return [
        user["user_principal_name"]
        for user in emulator.users(CONTOSO)
        if user["user_principal_name"].startswith(PREFIX) and user["state"] == state
    ]


@pytest.mark.core_differences
def test_the_playbook_shows_first_and_then_reports(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    report, journal = tmp_path / "report.json", tmp_path / "journal.jsonl"
    given = {
        "probe_customer_id": CONTOSO,
        "probe_confirm_customer_domain": "contoso.onmicrosoft.com",
        "probe_report": str(report),
        "probe_journal": str(journal),
    }
    play = Play(ansible, tmp_path)
    assert play("probe", check=True, **given).rc == 0
    assert [entry["method"] for entry in sent(emulator)] == ["GET"] and not report.exists()
    emulator.set(create_status=201, deleted_upn_prefix=True)
    done = play("probe", **given)
    assert done.rc == 0, done.output
    document = json.loads(report.read_text(encoding="ascii"))
    assert document["switches"]["create_status"] == 201 and document["switches"]["deleted_upn_prefix"] is True
    assert document["ended"] == "complete" and report.stat().st_mode & 0o777 == 0o600
    assert len(sent(emulator)) <= 80 + 1
    assert made(emulator, "active") == [] and len(made(emulator, "inactive")) == 3 and not journal.exists()


def test_what_was_interrupted_is_removed_by_the_next_run(
    ansible: Runner, emulator: t.Any, options: dict[str, t.Any]
) -> None:
    emulator.fault("latency", {"server": "api"}, seconds=0.15, times=None)
    play = [
        {
            "name": "Test",
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [{"name": "Probe", MODULE + "probe": options}],
        }
    ]
    with InterruptedRun(ansible, play, lambda: writes(emulator)) as run:
        run.until_writes(5)
        run.signal_ansible(signal.SIGTERM)
        run.end()
    emulator.clear_faults()
    emulator.clear_log()
    left = made(emulator, "active")
    assert left and Path(options["journal_file"]).exists()
    refused = ansible.module("probe", **options)
    assert refused["failure"]["reason"] == "probe_unfinished" and sent(emulator) == []
    elsewhere = ansible.module("probe", **{**options, "customer_id": FABRIKAM}, unfinished="remove")
    assert elsewhere["failure"]["reason"] == "probe_journal" and sent(emulator) == []
    done = ansible.module("probe", **options, unfinished="remove")
    assert done["changed"] and sorted(done["users_removed_before"]) == sorted(left)
    assert made(emulator, "active") == [] and not Path(options["journal_file"]).exists()


def test_the_customer_is_named_twice_and_no_other_file_is_overwritten(
    ansible: Runner, emulator: t.Any, options: dict[str, t.Any]
) -> None:
    other = ansible.module("probe", **{**options, "confirm_customer_domain": "fabrikam.onmicrosoft.com"})
    assert other["failure"]["reason"] == "customer_not_confirmed" and writes(emulator) == []
    emulator.clear_log()
    for option, reason in (("report_file", "probe_file"), ("journal_file", "probe_journal")):
        foreign = Path(options[option]).with_name("notes.txt")
        foreign.write_text("mine\n", encoding="utf-8")
        result = ansible.module("probe", **{**options, option: str(foreign)})
        assert result["failure"]["reason"] == reason, result
        assert foreign.read_text(encoding="utf-8") == "mine\n"
    same = ansible.module("probe", **{**options, "journal_file": options["report_file"]})
    assert same["failed"] and sent(emulator) == []
