"""The table of docs/azure-pack-states.md, every row of it, against the emulator: check mode, the run, and the second run."""

from __future__ import annotations

import threading
import typing as t
import uuid

import pytest
from support.azure_pack_matrix import Case, cases
from support.playbooks import Runner

from .conftest import azure_pack_environment

HANGING = {"outcome": "hang"}
FAILED = {"last_error": "The provider is down.", "sync_state": "out_of_sync"}
RESULTS = {"ok": "unchanged", "changed": "changed", "failed": "fails"}


def name_of(case: Case) -> str:
    return f"{case.name}@tenant.example"


def subscription_of(case: Case) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, case.name))


def seed(case: Case) -> dict[str, t.Any] | None:
    """The user of a case, with one subscription."""
    if case.situation == "none":
        return None
    options: dict[str, dict[str, t.Any]] = {
        "pending": {"state": "pending_validation"},
        "suspended": {"state": "suspended"},
        "deleting": {"deleting_for": 0},
        "deletion failed": {"state": "delete_pending", **FAILED},
        "out of sync": FAILED,
    }
    subscription: dict[str, t.Any] = {"id": subscription_of(case), "name": "Web", "plan": "hosting-basic"}
    if case.situation == "deleting":
        subscription["provider"] = HANGING
    if case.situation == "deletion failed":
        subscription.update({"state": "delete_pending", **FAILED})
    return {"name": name_of(case), "subscriptions": [subscription], **options.get(case.situation, {})}


def declaration() -> list[dict[str, t.Any]]:
    """Every case as a row, in another case than the service has the names in."""
    return [
        {"name": name_of(case).upper(), "state": case.state, "subscriptions": case.policy, "email": name_of(case)}
        for case in cases()
    ]


class Releasing(threading.Thread):
    """Lets the deletions that were under way end, once each user of theirs that is waited for has been looked at again."""

    def __init__(self, control: t.Any) -> None:
        super().__init__(daemon=True)
        self._control = control
        self._ended = threading.Event()
        self._pending = [
            case
            for case in cases()
            if case.situation == "deleting" and case.result == "unchanged" and case.state == "absent"
        ]

    def run(self) -> None:
        while self._pending and not self._ended.wait(0.2):
            looked = [str(entry["user_id"]).lower() for entry in self._control.azure_pack.log(method="GET")]
            for case in [case for case in self._pending if looked.count(name_of(case)) >= 2]:
                self._control.azure_pack.set_provider(subscription_of(case), "ok")
                self._pending.remove(case)

    def __exit__(self, *_exception: object) -> None:
        self._ended.set()
        self.join()

    def __enter__(self) -> Releasing:
        self.start()
        return self


@pytest.fixture(scope="module")
def history(running: t.Any) -> dict[str, t.Any]:
    """All cases in three runs, each with its part of the request log, and what is there after the run."""
    control = running.control
    control.reset()
    control.azure_pack.add_users([user for user in map(seed, cases()) if user])
    ansible = Runner(azure_pack_environment(running))
    made: dict[str, t.Any] = {}

    def run(name: str, **options: t.Any) -> None:
        control.clear_log()
        result = ansible.module("azure_pack_users", users=declaration(), wait_interval=1, wait_timeout=120, **options)
        assert len(result["rows"]) == 63, result
        made[name] = dict(zip(cases(), result["rows"]))
        made[name + " result"] = result
        made[name + " writes"] = control.azure_pack.writes()

    run("check", check=True, diff=True)
    with Releasing(control):
        run("run", diff=True)
    made["orphans"] = {orphan["subscription_id"] for orphan in control.azure_pack.orphans()}
    made["after"] = {user["name"]: user for user in control.azure_pack.users()}
    run("second")
    return made


def writes(history: dict[str, t.Any], run_name: str, case: Case) -> list[tuple[str, str]]:
    """Method and query of the writes about the user of a case."""
    found = []
    for entry in history[run_name + " writes"]:
        name = entry["user_id"] or entry["body"]["Name"]
        if name.lower() == name_of(case):
            found.append((entry["method"], entry["query"]))
    return found


def test_the_runs_as_a_whole(history: dict[str, t.Any]) -> None:
    check, run, second = (history[name + " result"] for name in ("check", "run", "second"))
    assert history["check writes"] == history["second writes"] == []
    expected = sum(case.operation is not None for case in cases())
    assert check["requests"]["writes"] == run["requests"]["writes"] == len(history["run writes"]) == expected
    assert (check["changed"], run["changed"], second["changed"]) == (True, True, False)
    assert check["operations"] == run["operations"] and len(check["operations"]) == expected
    assert check["diff"] == run["diff"] and len(run["diff"]) == 1 + expected, "the counts, and each user"
    assert "rows failed" in run["msg"] and run["summary"] == check["summary"]
    assert second["requests"]["writes"] == 0


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
class TestCase:
    def test_the_run_does_what_the_table_says(self, history: dict[str, t.Any], case: Case) -> None:
        row = history["run"][case]
        assert (RESULTS[row["status"]], row["action"]) == (case.result, case.operation or "none"), row
        method = {"create": "POST", "update": "PUT", "delete": "DELETE"}.get(case.operation or "")
        query = "" if case.flags is None else f"deleteSubscriptions={case.flags[0]}&force={case.flags[1]}"
        assert writes(history, "run", case) == ([(method, query)] if method else [])
        after = history["after"].get(name_of(case))
        if case.result != "fails":
            wanted = {"present": "active", "suspended": "suspended", "absent": None}[case.state]
            # A new user gets the name as it was declared.
            found = after or history["after"].get(name_of(case).upper())
            assert (found and found["state"]) == wanted
        assert (subscription_of(case) in history["orphans"]) is (case.flags == (False, True))
        if case.state == "absent" and case.result != "fails" and case.situation != "none":
            assert row["deletion"]["status"] == "finished" and row["deletion"]["seconds"] is not None
        assert (row["message"] == "") is (case.result != "fails")

    def test_check_mode_says_the_same(self, history: dict[str, t.Any], case: Case) -> None:
        check, run = history["check"][case], history["run"][case]
        for key in ("index", "name", "status", "action", "fields", "message"):
            assert check[key] == run[key]
        assert [item["id"] for item in check["subscriptions"]] == [item["id"] for item in run["subscriptions"]]
        if case.state == "absent" and case.situation != "none":
            assert [item["id"] for item in check["subscriptions"]] == [subscription_of(case)]

    def test_the_second_run_is_unchanged(self, history: dict[str, t.Any], case: Case) -> None:
        assert history["second"][case]["status"] == ("failed" if case.result == "fails" else "ok")
