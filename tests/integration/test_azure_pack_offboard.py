"""The playbook azure_pack_offboard: variables, check mode, a clean end, and nobody touched when one of them cannot go."""

from __future__ import annotations

import json
import threading
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
    for words in (
        "has no variable azure_pack_offboard_user.",
        "azure_pack_offboard_users is empty",
        "suspend, delete, got: sleep",
    ):
        assert done.rc == 2 and words in said(done)
    assert "azure_pack_offboard_users" in said(run(ansible, action="suspend"))
    assert emulator.azure_pack.log() == []


VARIABLES = ("users", "action", "subscriptions", "wait", "wait_timeout", "max_parallel")
TEXTS = {
    "a JSON list": "['a@x.example', 'b@x.example']".replace("'", '"'),
    "a Python list": "['a@x.example', 'b@x.example']",
    "a YAML list": "[a, b]",
    "separated by commas": "a@x.example,b@x.example",
    "separated by blanks": "a@x.example b@x.example",
    "lines": "a@x.example\nb@x.example\n",
}


@pytest.mark.core_differences
@pytest.mark.parametrize("empty", ["null", '""', '" "'])
def test_an_empty_variable_is_refused_by_its_name(ansible: Runner, emulator: t.Any, empty: str) -> None:
    given = {"users": LIAM} | {name: json.loads(empty) for name in VARIABLES}
    done = run(ansible, **given)
    assert done.rc == 2 and all(f"azure_pack_offboard_{name}" in said(done) for name in VARIABLES), done.output
    assert emulator.azure_pack.log() == []


@pytest.mark.core_differences
def test_a_list_in_a_text_is_a_list(ansible: Runner, emulator: t.Any) -> None:
    """As `-e name=[...]` gives it: what is checked is what is used."""
    given = json.dumps([LIAM, OLIVIA]).replace('"', '\\"').replace(" ", "")
    done = ansible.playbook(OFFBOARD, check=True, extra=["-e", f"azure_pack_offboard_users={given}"])
    rows = {record["task"].rpartition(" : ")[2]: record["result"] for record in done.records}["Preview"]["rows"]
    assert [row["name"] for row in rows] == [LIAM, OLIVIA], done.output
    assert emulator.azure_pack.writes() == []


def test_several_names_in_a_text_are_no_name(ansible: Runner, emulator: t.Any) -> None:
    """Inside of a list, too, and whatever else is no name: all of them are told at once."""
    done = run(ansible, users=list(TEXTS.values()))
    assert done.rc == 2 and len(done.records[-1]["result"].get("problems", TEXTS)) == len(TEXTS), done.output
    for users in ({"a@x.example": "b@x.example"}, [LIAM, [OLIVIA], {"name": PETER}, None], [LIAM, " "]):
        done = run(ansible, users=users)
        assert done.rc == 2 and "azure_pack_offboard_users" in said(done), done.output
    assert emulator.azure_pack.log() == []


def test_suspending_creates_nobody(ansible: Runner, emulator: t.Any) -> None:
    done = run(ansible, users=[LIAM, "lian@tenants.example"], action="suspend")
    rows = {record["task"].rpartition(" : ")[2]: record["result"] for record in done.records}["Preview"]["rows"]
    assert done.rc == 2 and [row["reason"] for row in rows] == [None, "no_such_user"]
    assert emulator.azure_pack.writes() == []


class Meanwhile(threading.Thread):
    """Does something once the users have been read for the preview, and before they are read again."""

    def __init__(self, emulator: t.Any, users: int, do: t.Callable[[], t.Any]) -> None:
        super().__init__(daemon=True)
        self._emulator, self._users, self._do, self._ended = emulator, users, do, threading.Event()
        # The second look at each of them waits, so that this is not a race.
        late = {
            "match": {"server": "azure_pack_admin", "method": "GET", "path": "/users/"},
            "do": {"kind": "latency", "seconds": 1.5},
        }
        emulator.add_faults({**late, "times": None, "after": users})

    def run(self) -> None:
        while not self._ended.wait(0.05):
            if len([entry for entry in self._emulator.azure_pack.log(method="GET") if entry["user_id"]]) >= self._users:
                self._do()
                return

    def __enter__(self) -> Meanwhile:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._ended.set()
        self.join()


def test_what_goes_is_what_was_shown(ansible: Runner, emulator: t.Any) -> None:
    """Between the preview and the deletion one gets another subscription, one is made anew, and one appears; only who is as before goes."""
    new = "new@x.example"

    def change() -> None:
        emulator.azure_pack.add_subscriptions({"owner": OLIVIA, "name": "Olivia machines", "plan": "hosting-basic"})
        emulator.azure_pack.remove_user(LIAM)
        emulator.azure_pack.add_users([{"name": LIAM, "created_days_ago": 1}, {"name": new}])

    with Meanwhile(emulator, 4, change):
        done = run(ansible, users=[OLIVIA, LIAM, new, PETER], subscriptions="orphan")
    rows = done.records[-1]["result"]["rows"]
    assert done.rc == 2 and [row["reason"] for row in rows] == [
        "unexpected_subscriptions",
        "made_anew",
        "unexpected_user",
        None,
    ], done.output
    assert [entry["user_id"] for entry in emulator.azure_pack.writes()] == [PETER]
    assert all(emulator.azure_pack.user(name)["state"] == "active" for name in (OLIVIA, LIAM, new))


@pytest.mark.core_differences
def test_check_mode_shows_what_would_go(ansible: Runner, emulator: t.Any) -> None:
    done = run(ansible, check=True, users=[OLIVIA, LIAM, "nobody@x.example"], subscriptions="delete")
    assert done.rc == 0 and "changed=1" in done.stdout, done.output
    for words in (
        "olivia@tenants.example: delete, owns Olivia shop c1a2b3c4",
        "liam@tenants.example: delete",
        "nobody@x.example: nothing to do",
    ):
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
    assert (
        not {OLIVIA, LIAM} & {user["name"] for user in emulator.azure_pack.users()}
        and emulator.azure_pack.orphans() == []
    )


def test_the_demo(ansible: Runner, running: t.Any, emulator: t.Any) -> None:
    done = ansible.playbook(
        MODULE + "azure_pack_demo", diff=True, env={"PARTNER_CENTER_EMULATOR_CONTROL_URL": running.info["control_url"]}
    )
    shown = [record["result"]["msg"] for record in done.records if record["task"].endswith("What happened")]
    assert done.rc == 0 and [step["deletion"] for step in shown] == ["-", "-", "finished", "-", "failed"], done.output
    assert [step["changed"] for step in shown] == [False, True, True, False, True]
    assert (
        shown[2]["sent"] == [f"DELETE /users/{OLIVIA} deleteSubscriptions=True&force=False 202"]
        and "SQL01" in shown[4]["message"]
    )
    assert [len(step["sent"]) for step in shown] == [0, 0, 1, 0, 1] and shown[1]["owns"] == "Olivia shop, Olivia web"
