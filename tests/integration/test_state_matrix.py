"""The table of docs/states.md, every row of it, against the emulator: check mode, the run, and the second run."""

from __future__ import annotations

import typing as t

import pytest
from support.playbooks import MODULE, Runner
from support.state_matrix import Case, cases, customer_id, row, seed

from .conftest import sign_in_environment

pytestmark = pytest.mark.xdist_group("state matrix")  # one worker, so that the runs are made once


def task(case: Case) -> dict[str, t.Any]:
    return {
        "name": case.name,
        MODULE + "customer_user": {"customer_id": customer_id(case), **row(case)},
        "ignore_errors": True,
    }


def everything() -> dict[str, t.Any]:
    """All cases as one declaration: the module for many users has to come to the same conclusions."""
    return {"customers": [{"customer_id": customer_id(case), "users": [row(case)]} for case in cases()]}


@pytest.fixture(scope="module")
def history(running: t.Any) -> dict[str, t.Any]:
    """All cases in three runs, each with its part of the request log: check mode, the run user by user, the second run.

    Check mode and the second run are one task for all users, the run itself is a task for each.
    """
    running.control.reset()
    for case in cases():
        running.control.add_customers(seed(case))
    ansible = Runner(sign_in_environment(running.info))
    made: dict[str, t.Any] = {}

    def log(name: str) -> None:
        made[name + " log"] = running.control.log()
        running.control.clear_log()

    running.control.clear_log()
    made["check"] = dict(zip(cases(), ansible.module("customer_users", check=True, **everything())["rows"]))
    log("check")
    sign_in = {"name": "Sign in", MODULE + "access_token_info": {}, "register": "token"}
    play = {
        "module_defaults": {
            "group/tenantops.partner_center.partner_center": {
                "access_token": "{{ token.access_token | default(omit) }}"
            }
        }
    }
    done = ansible.tasks([sign_in, *(task(case) for case in cases())], play=play)
    records = [record for record in done.records if record["action"].endswith("customer_user")]
    assert len(records) == 54, done.output
    made["run"] = dict(zip(cases(), records))
    log("run")
    made["second"] = dict(zip(cases(), ansible.module("customer_users", **everything())["rows"]))
    log("second")
    return made


def result_of(record: dict[str, t.Any]) -> str:
    if record["kind"] == "failed":
        return "fails"
    return "changed" if record["result"]["changed"] else "unchanged"


RESULTS = {"ok": "unchanged", "changed": "changed", "failed": "fails"}


def writes(history: dict[str, t.Any], run_name: str, case: Case) -> list[str]:
    entries = [
        entry for entry in history[run_name + " log"] if entry["server"] == "api" and customer_id(case) in entry["path"]
    ]
    return [entry["method"] for entry in entries if entry["method"] not in ("GET", "HEAD")]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
class TestCase:
    def test_the_run_does_what_the_table_says(self, history: dict[str, t.Any], case: Case) -> None:
        record = history["run"][case]
        operations = [operation["action"] for operation in record["result"].get("operations", [])]
        assert (result_of(record), operations) == (case.result, [case.operation] if case.operation else []), record
        method = {"create": "POST", "restore": "PATCH", "delete": "DELETE", None: None}[case.operation]
        assert writes(history, "run", case) == ([method] if method else [])

    def test_check_mode_says_the_same_and_writes_nothing(self, history: dict[str, t.Any], case: Case) -> None:
        check, run = history["check"][case], history["run"][case]["result"]
        assert writes(history, "check", case) == []
        assert RESULTS[check["status"]] == result_of(history["run"][case]) and check["status"] == run["outcome"]
        assert check["action"] == ("+".join(operation["action"] for operation in run["operations"]) or "none")
        fields = [operation["fields"] for operation in run["operations"]]
        assert check["fields"] == (fields[0] if fields else {})
        assert run["requests"]["writes"] == len(writes(history, "run", case)) == len(fields)

    def test_the_second_run_is_unchanged(self, history: dict[str, t.Any], case: Case) -> None:
        assert writes(history, "second", case) == []
        assert history["second"][case]["status"] == ("failed" if case.result == "fails" else "ok")
