# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit log as a user meets it: what is in it, what is not done without it, and who finds what was changed in it."""

from __future__ import annotations

import json
import stat
import typing as t
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.audit_log.verify import verify
from support.playbooks import MODULE, Runner

from .conftest import CONTOSO
from .scenes import ADELE, writes

PASSWORD = "CANARY-Correct-Horse-7"
SHIPPED = ("-e", "partner_center_execution=module")


def lines(path: Path) -> list[dict[str, t.Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def rows(number: int, mark: str = "new") -> list[dict[str, t.Any]]:
    return [
        {"user_principal_name": f"{mark}{index}@contoso.example", "display_name": f"N {index}", "password": PASSWORD}
        for index in range(number)
    ]


def task(path: Path, name: str = "customer_users", **options: t.Any) -> dict[str, t.Any]:
    return {MODULE + name: {"customer_id": CONTOSO, "audit_log": str(path), **options}}


@pytest.mark.parametrize("extra", [(), pytest.param(SHIPPED, marks=pytest.mark.thorough)], ids=["in place", "shipped"])
def test_what_a_run_writes_down(ansible: Runner, emulator: t.Any, tmp_path: Path, extra: tuple[str, ...]) -> None:
    path = tmp_path / "audit.log"
    users = [*rows(2), {"user_id": ADELE, "display_name": "Adele V."}]
    play = [
        {
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [
                {**task(path, users=users), "check_mode": True, "register": "check"},
                {**task(path, users=users, mode="plan"), "register": "planned"},
                {"ansible.builtin.stat": {"path": str(path)}, "register": "there", "failed_when": "there.stat.exists"},
                {**task(path, users=users), "register": "made"},
                {**task(path, users=users), "register": "again"},
                {**task(path, "customer_user", user_id=ADELE, state="absent"), "register": "gone"},
            ],
        }
    ]
    done = ansible.playbook(play, extra=list(extra))
    assert done.rc == 0, done.output
    results = [record["result"] for record in done.records if "correlation_id" in record["result"]]
    made, again, gone = results[2:]
    assert all("audit_log" not in result for result in results[:2])
    found = lines(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and PASSWORD not in path.read_text()
    assert [line["kind"] for line in found] == [
        "log_started",
        "run_started",
        *["write_intended", "write_settled"] * 3,
        "run_ended",
        "run_started",
        "run_ended",
        "run_started",
        *["write_intended", "write_settled"],
        "run_ended",
    ] or sorted(line["kind"] for line in found[2:8]) == ["write_intended"] * 3 + ["write_settled"] * 3
    intended = next(line for line in found if line.get("user_id") == ADELE and line["kind"] == "write_intended")
    assert intended["action"] == "update" and intended["customer_id"] == CONTOSO
    assert intended["fields"]["display_name"]["after"] == "Adele V." and intended["fields"]["display_name"]["before"]
    assert intended["who"]["user_principal_name"] == "svc-automation@northwind-partner.onmicrosoft.com"
    assert intended["who"]["application_id"] and intended["who"]["host"] and intended["who"]["local_user"]
    assert intended["correlation_id"] == made["correlation_id"] and intended["clock"] == "service"
    settled = [line for line in found if line["kind"] == "write_settled"]
    answered = {row["request_id"] for row in made["rows"]} | {gone["operations"] and settled[-1]["request_id"]}
    assert {line["status"] for line in settled} == {"changed"} and {line["request_id"] for line in settled} == answered
    ended = [line for line in found if line["kind"] == "run_ended"]
    assert [line["writes"]["changed"] for line in ended] == [3, 0, 1]
    assert gone["audit_log"] == {"path": str(path), "seq": found[-1]["seq"], "hash": found[-1]["hash"]}
    assert made["audit_log"]["seq"] == ended[0]["seq"] and again["audit_log"]["seq"] == ended[1]["seq"]
    assert verify([("audit.log", path.read_bytes())]).reason is None


def test_no_write_without_its_line(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.write_text("my notes\n")
    refused = ansible.module("customer_users", customer_id=CONTOSO, users=rows(1), audit_log=str(path))
    assert refused["failure"]["reason"] == "wrong_file_kind" and path.read_text() == "my notes\n"
    path.unlink()
    ansible.module("customer_users", customer_id=CONTOSO, users=rows(1), audit_log=str(path))
    content = path.read_bytes()
    path.write_bytes(b"".join(content.splitlines(keepends=True)[:-2]))
    emulator.clear_log()
    for module, options in (
        ("customer_users", {"users": rows(2, "more")}),
        ("customer_user", {"user_id": ADELE, "state": "absent"}),
    ):
        refused = ansible.module(module, customer_id=CONTOSO, audit_log=str(path), **options)
        assert refused["failure"]["reason"] == "audit_log_damaged"
    assert emulator.log() == []


def test_two_runs_at_once_on_one_log(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    hosts = {
        "all": {
            "hosts": {name: {"ansible_connection": "local", "mark": name} for name in ("one", "two")},
            "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        }
    }
    (tmp_path / "hosts.json").write_text(json.dumps(hosts))
    users = [{**row, "user_principal_name": "{{ mark }}" + row["user_principal_name"]} for row in rows(8)]
    play = [
        {
            "hosts": "all:!localhost",
            "gather_facts": False,
            "tasks": [task(path, users=users, audit_log_max_bytes=10000)],
        }
    ]
    done = ansible.playbook(play, extra=["-i", str(tmp_path / "hosts.json")])
    assert done.rc == 0, done.output
    files = [*sorted(tmp_path.glob("audit.log.0*")), path]
    found = verify([(file.name, file.read_bytes()) for file in files])
    assert found.reason is None and (found.runs, found.writes, found.unsettled) == (2, 16, {}) and len(files) > 1
    assert len(writes(emulator)) == 16


def test_who_finds_what_was_changed(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    """Shipped; in place the example of the guide is run."""
    path, bad = tmp_path / "audit.log", tmp_path / "bad.log"
    made = ansible.module("customer_users", customer_id=CONTOSO, users=rows(3), audit_log=str(path))
    content = path.read_bytes()
    bad.write_bytes(content.replace(b"N 1", b"N 2", 1))
    (tmp_path / "short.log").write_bytes(b"".join(content.splitlines(keepends=True)[:-2]))
    emulator.clear_log()
    check = MODULE + "verify_audit_log"
    anchor = made["audit_log"]
    play = [
        {
            "hosts": "localhost",
            "gather_facts": False,
            "ignore_errors": True,
            "tasks": [
                {check: {"audit_log": [str(path)], "anchors": [anchor], "expected_last_hash": anchor["hash"]}},
                {check: {"audit_log": [str(bad)]}, "check_mode": True},
                {check: {"audit_log": [str(tmp_path / "short.log")]}},
                {check: {"audit_log": [str(tmp_path / "short.log")], "anchors": [anchor]}},
                {check: {"audit_log": [str(tmp_path / "nothing.log")], "expected_last_hash": "x"}},
                {check: {"audit_log": [str(tmp_path / "nothing.log")]}},
            ],
        }
    ]
    done = ansible.playbook(play, extra=list(SHIPPED), env={"PARTNER_CENTER_API_URL": None})
    good, changed, short, anchored, wrong, nothing = [record["result"] for record in done.records][-6:]
    assert good["valid"] and not good["changed"] and good["bad"] is None and good["writes"] == 3
    assert good["last"]["hash"] == anchor["hash"]
    number = content[: content.index(b"N 1")].count(b"\n") + 1
    assert changed["failed"] and changed["failure"]["reason"] == "audit_line_changed"
    assert (changed["bad"]["file"], changed["bad"]["line"], changed["lines"]) == (str(bad), number, number - 1)
    assert short["valid"] and len(short["unsettled"]) == 1
    assert (anchored["failed"], anchored["bad"]["reason"]) == (True, "audit_anchor_missing")
    assert (wrong["failure"]["reason"], nothing["failure"]["reason"]) == ("hash_malformed", "file_unreadable")
    assert emulator.log() == []


def test_the_playbook_says_whether_a_log_is_whole(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    made = ansible.module("customer_users", customer_id=CONTOSO, users=rows(1), audit_log=str(path))
    anchor = f"{made['audit_log']['seq']}:{made['audit_log']['hash']}"
    extra = ["-e", f"verify_audit_log={path}", "-e", f"verify_anchor={anchor}"]
    assert ansible.playbook(MODULE + "verify_audit_log", extra=extra).rc == 0
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    done = ansible.playbook(MODULE + "verify_audit_log", extra=extra)
    (failed,) = [record["result"] for record in done.records if record["kind"] == "failed"]
    assert done.rc == 2 and failed["bad"]["reason"] == "audit_anchor_missing"
