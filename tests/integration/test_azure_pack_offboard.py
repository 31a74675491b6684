"""The playbook azure_pack_offboard: variables, check mode, a clean end, and nobody touched when one of them cannot go."""

from __future__ import annotations

import json
import typing as t

import pytest
from support.playbooks import MODULE, PlaybookRun, Runner

OFFBOARD = MODULE + "azure_pack_offboard"
OLIVIA, LIAM, PETER = "olivia@tenants.example", "liam@tenants.example", "peter@tenants.example"


def run(ansible: Runner, check: bool = False, **variables: t.Any) -> PlaybookRun:
    given = {f"azure_pack_offboard_{name}": value for name, value in variables.items()}
    return ansible.playbook(OFFBOARD, check=check, extra=["-e", json.dumps(given)])


def said(done: PlaybookRun) -> str:
    return " ".join(str(record["result"].get("msg", "")) for record in done.records)


def test_bad_variables(ansible: Runner, emulator: t.Any) -> None:
    done = run(ansible, users=[], action="sleep", user="x")
    for words in ("has no variable azure_pack_offboard_user.", "azure_pack_offboard_users is empty", "suspend, delete, got: sleep"):
        assert done.rc == 2 and words in said(done)
    assert "missing required arguments: azure_pack_offboard_users" in said(run(ansible, action="suspend"))
    assert emulator.azure_pack.log() == []


@pytest.mark.core_differences
def test_check_mode_shows_what_would_go(ansible: Runner, emulator: t.Any) -> None:
    done = run(ansible, check=True, users=[OLIVIA, LIAM, "nobody@x.example"], subscriptions="delete")
    assert done.rc == 0 and "changed=1" in done.stdout, done.output
    for words in ("olivia@tenants.example: delete, owns Olivia shop c1a2b3c4", "liam@tenants.example: delete", "nobody@x.example: nothing to do"):
        assert words in done.output
    assert emulator.azure_pack.writes() == []


def test_nobody_is_touched_when_one_cannot_go(ansible: Runner, emulator: t.Any) -> None:
    done = run(ansible, users=[LIAM, OLIVIA])
    assert done.rc == 2 and "owns 2 subscriptions" in done.output and emulator.azure_pack.writes() == []


def test_suspend_then_delete(ansible: Runner, emulator: t.Any) -> None:
    assert "1 user is suspended, 1 of them changed" in said(run(ansible, users=OLIVIA, action="suspend"))
    assert "2 users are suspended, 1 of them changed" in said(run(ansible, users=[OLIVIA, LIAM], action="suspend"))
    done = run(ansible, users=[OLIVIA, LIAM], subscriptions="delete")
    assert done.rc == 0 and "2 users are absent, 2 of them changed by this run." in said(done)
    assert not {OLIVIA, LIAM} & {user["name"] for user in emulator.azure_pack.users()} and emulator.azure_pack.orphans() == []


def test_the_demo(ansible: Runner, running: t.Any, emulator: t.Any) -> None:
    done = ansible.playbook(MODULE + "azure_pack_demo", diff=True, env={"PARTNER_CENTER_EMULATOR_CONTROL_URL": running.info["control_url"]})
    shown = [record["result"]["msg"] for record in done.records if record["task"].endswith("What happened")]
    assert done.rc == 0 and [step["deletion"] for step in shown] == ["-", "-", "finished", "-", "failed"], done.output
    assert [step["changed"] for step in shown] == [False, True, True, False, True]
    assert shown[2]["sent"] == [f"DELETE /users/{OLIVIA} deleteSubscriptions=True&force=False 202"] and "SQL01" in shown[4]["message"]
    assert [len(step["sent"]) for step in shown] == [0, 0, 1, 0, 1] and shown[1]["owns"] == "Olivia shop, Olivia web"
