"""Nothing goes on after Ctrl-C, SIGTERM, the keyword timeout, or the end of ansible-playbook: at most what is under way
is finished.
"""

from __future__ import annotations

import json
import signal
import time
import typing as t
from pathlib import Path

import pytest
from support.interrupted import InterruptedRun
from support.playbooks import MODULE, Runner

from .conftest import FABRIKAM
from .scenes import writes

USERS, PARALLEL, BEFORE = 40, 4, 5
SHIPPED = ["-e", "partner_center_execution=module"]
"""A module has a process of its own, which can be told to end while Ansible waits for it."""
DOMAIN = "trial.onmicrosoft.com"
CUSTOMER = "5f2a0c66-7d0e-4c3b-9a51-1b6f0d4e2c07"


def name(number: int) -> str:
    return f"user{number:02}@{DOMAIN}"


def play(module: str, options: dict[str, t.Any], **keywords: t.Any) -> list[dict[str, t.Any]]:
    after = {"name": "The next task", MODULE + "customer_info": {"customer_id": FABRIKAM}}
    return [
        {
            "name": "Test",
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [{"name": "Work", MODULE + module: options, **keywords}, after],
        }
    ]


def purge(emulator: t.Any, directory: Path, **keywords: t.Any) -> list[dict[str, t.Any]]:
    users = [{"user_principal_name": name(number), "display_name": str(number)} for number in range(USERS)]
    emulator.add_customers(
        {
            "id": CUSTOMER,
            "company_name": "Trial",
            "domain": DOMAIN,
            "users": [*users, {"user_principal_name": f"keep@{DOMAIN}", "display_name": "K"}],
        }
    )
    options = {
        "customer_id": CUSTOMER, "users": [{"user_principal_name": f"keep@{DOMAIN}"}], "purge": True,
        "purge_scope": {"domains": [DOMAIN]},
        "max_delete": USERS, "max_delete_total": USERS, "max_delete_percentage": 100,
        "undo_file": str(directory / "undo.json"), "max_parallel": PARALLEL,
    }  # fmt: skip
    return play("customer_users", options, **keywords)


def gone(emulator: t.Any) -> set[str]:
    return {entry["user_principal_name"] for entry in emulator.users(CUSTOMER) if entry["state"] != "active"}


def slow(emulator: t.Any, method: str, seconds: float = 0.5, server: str = "api") -> None:
    emulator.fault("latency", {"server": server, "method": method}, seconds=seconds, times=None)


def checked(
    result: dict[str, t.Any], rows: list[dict[str, t.Any]], done: set[str], key: str = "user_principal_name"
) -> None:
    """What the result says about each user is so; nothing is called unclear that was answered."""
    said = {
        status: {row[key] for row in rows if row["status"] == status}
        for status in ("changed", "skipped", "unknown", "failed")
    }
    assert len(rows) == USERS and said["changed"] == done and len(said["skipped"]) == USERS - len(done), said
    assert {row["reason"] for row in rows if row["status"] == "skipped"} == {"interrupted"} and not said[
        "unknown"
    ] | said["failed"]
    assert (
        result["failed"]
        and result["changed"]
        and result["failure"]["reason"] == "interrupted"
        and len(result["operations"]) == len(done)
    )


def test_a_purge_ends_with_sigterm_and_says_how_far_it_came(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    slow(emulator, "DELETE")
    with InterruptedRun(ansible, purge(emulator, tmp_path), lambda: writes(emulator), SHIPPED) as run:
        run.until_writes(BEFORE)
        by_then = run.signal_module(signal.SIGTERM)
        results = run.end()
    assert BEFORE <= len(writes(emulator)) <= by_then + PARALLEL
    assert len(results) == 1, "the next task is not begun"
    checked(results[0], results[0]["purged"], gone(emulator))
    assert len(json.loads((tmp_path / "undo.json").read_text())["customers"][0]["users"]) == USERS


ENDS = {
    "kill_ansible": lambda run: run.kill_ansible(),
    "press_control_c": lambda run: run.press_control_c(),
    "sigterm": lambda run: run.signal_ansible(signal.SIGTERM),
}


@pytest.mark.parametrize(
    ("how", "way"),
    [
        pytest.param("kill_ansible", "auto", marks=pytest.mark.core_differences),
        pytest.param("press_control_c", "auto", marks=pytest.mark.core_differences),
        ("sigterm", "auto"),
        pytest.param("kill_ansible", "module", marks=pytest.mark.thorough),
        ("press_control_c", "module"),
    ],
)
def test_a_purge_ends_with_ansible(how: str, way: str, ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    slow(emulator, "DELETE")
    extra = SHIPPED if way == "module" else []
    with InterruptedRun(ansible, purge(emulator, tmp_path), lambda: writes(emulator), extra) as run:
        run.until_writes(BEFORE)
        by_then = ENDS[how](run)
        run.end()
    # On a busy machine a signal may arrive while the next requests are being sent.
    assert BEFORE <= len(writes(emulator)) <= by_then + 2 * PARALLEL < USERS
    assert len(json.loads((tmp_path / "undo.json").read_text())["customers"][0]["users"]) == USERS


@pytest.mark.core_differences
def test_a_purge_ends_when_its_time_is_over(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    """In place somebody is there who takes the result, so it says how far the purge came."""
    slow(emulator, "DELETE")
    with InterruptedRun(ansible, purge(emulator, tmp_path, timeout=3), lambda: writes(emulator)) as run:
        by_then = run.until_timeout()
        (result,) = run.end()
    assert len(writes(emulator)) <= by_then + PARALLEL
    checked(result, result["purged"], gone(emulator))
    assert result["timedout"] == {"period": 3}


def test_a_module_ends_when_its_time_is_over(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    slow(emulator, "DELETE")
    with InterruptedRun(ansible, purge(emulator, tmp_path, timeout=5), lambda: writes(emulator), SHIPPED) as run:
        by_then = run.until_timeout()
        run.end()
        assert "timed out" in run.output.lower() or "expected time frame" in run.output.lower(), run.output
    assert len(writes(emulator)) <= by_then + PARALLEL


@pytest.mark.core_differences
def test_the_next_item_and_the_next_attempt_are_not_begun(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    """One worker does all items of a loop, and all attempts."""
    slow(emulator, "DELETE")
    (first,) = purge(emulator, tmp_path, loop=[1, 2], until="false", retries=2, delay=0)
    with InterruptedRun(ansible, [first], lambda: writes(emulator)) as run:
        run.until_writes(BEFORE)
        by_then = run.signal_worker(signal.SIGTERM)
        run.end()
    assert BEFORE <= len(writes(emulator)) <= by_then + PARALLEL and gone(emulator) != set()


@pytest.mark.core_differences
def test_a_worker_that_is_killed_leaves_whole_journals(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    slow(emulator, "DELETE")
    with InterruptedRun(ansible, purge(emulator, tmp_path), lambda: writes(emulator)) as run:
        run.until_writes(BEFORE)
        run.signal_worker(signal.SIGKILL)
        run.until_timeout()
    assert len(json.loads((tmp_path / "undo.json").read_text())["customers"][0]["users"]) == USERS


def test_creates_end_with_sigint_and_their_passwords_are_told_apart(
    ansible: Runner, emulator: t.Any, tmp_path: Path
) -> None:
    """A wait that the service asked for ends at once, too."""
    emulator.add_customers({"id": CUSTOMER, "company_name": "Trial", "domain": DOMAIN, "users": []})
    slow(emulator, "POST", 0.3)
    emulator.fault("throttle", {"server": "api", "method": "POST"}, retry_after=300, times=None, after=BEFORE)
    journal = tmp_path / "credentials.jsonl"
    rows = [
        {"user_principal_name": name(number), "display_name": str(number), "usage_location": "US"}
        for number in range(USERS)
    ]
    options = {
        "customer_id": CUSTOMER,
        "users": rows,
        "credentials_file": str(journal),
        "max_parallel": PARALLEL,
        "max_wait": 600,
    }
    with InterruptedRun(ansible, play("customer_users", options), lambda: writes(emulator), SHIPPED) as run:
        run.until_writes(BEFORE + 1)
        by_then = run.signal_module(signal.SIGINT)
        (result,) = run.end()
    assert len(writes(emulator)) <= by_then + PARALLEL
    checked(result, result["rows"], {entry["user_principal_name"] for entry in emulator.users(CUSTOMER)})
    last = {line["user_principal_name"]: line["status"] for line in map(json.loads, journal.read_text().splitlines())}
    assert {upn for upn, status in last.items() if status == "delivered"} == {
        row["user_principal_name"] for row in result["rows"] if row["status"] == "changed"
    }
    assert set(last.values()) <= {"delivered", "rejected"}


def test_deletions_of_azure_pack_end(ansible: Runner, emulator: t.Any) -> None:
    names = [f"user{number:02}@tenants.example" for number in range(USERS)]
    for each in names:
        emulator.azure_pack.add_users({"name": each})
    slow(emulator, "DELETE", server="azure_pack_admin")
    options = {
        "users": [{"name": each} for each in names],
        "defaults": {"state": "absent", "subscriptions": "delete"},
        "max_parallel": PARALLEL,
        "wait": False,
        "max_delete_total": USERS,
    }
    with InterruptedRun(ansible, play("azure_pack_users", options), emulator.azure_pack.writes, SHIPPED) as run:
        run.until_writes(BEFORE)
        by_then = run.signal_module(signal.SIGTERM)
        (result,) = run.end()
    ordered = {entry["path"].rpartition("/")[2] for entry in emulator.azure_pack.writes()}
    assert BEFORE <= len(ordered) <= by_then + PARALLEL
    checked(result, result["rows"], ordered, "name")


def test_an_offboarding_deletes_nobody_after_it(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    """The step before the deletions is interrupted; those who had nothing to lose in it are not deleted either."""
    users = [
        {
            "user_principal_name": name(number),
            "display_name": str(number),
            "roles": ["Helpdesk Administrator"] * (number < 2),
        }
        for number in range(3)
    ]
    emulator.add_customers({"id": CUSTOMER, "company_name": "Trial", "domain": DOMAIN, "users": users})
    slow(emulator, "DELETE", 1.0)
    # One of the two is still under way when the other one is answered.
    emulator.fault("latency", {"server": "api", "method": "DELETE"}, seconds=2)
    given = {
        "offboard_customer_id": CUSTOMER,
        "offboard_users": [name(number) for number in range(3)],
        "offboard_records": str(tmp_path),
    }
    with InterruptedRun(
        ansible, MODULE + "offboard_user", lambda: writes(emulator), ["-e", json.dumps(given), *SHIPPED]
    ) as run:
        run.until_writes(1)
        by_then = run.signal_module(signal.SIGTERM)
        run.end()
        assert "interrupted" in run.output and run.status == 2, run.output
    assert len(writes(emulator)) <= by_then + 1 and gone(emulator) == set()


def test_nothing_is_applied_after_a_plan_that_was_interrupted(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    """One customer is planned when the signal comes, and the other one not."""
    for number, customer in enumerate((CUSTOMER, CUSTOMER[:-1] + "8")):
        domain = f"plan{number}.onmicrosoft.com"
        people = [{"user_principal_name": f"ada@{domain}", "display_name": "Old"}]
        emulator.add_customers({"id": customer, "company_name": domain, "domain": domain, "users": people})
        rows = [{"user_principal_name": f"ada@{domain}", "display_name": "New"}]
        (tmp_path / f"{number}.yml").write_text(json.dumps({"customer_id": customer, "users": rows}))
    emulator.fault("latency", {"method": "GET", "path": f"/customers/{CUSTOMER}/users"}, seconds=3, times=None)
    given = {
        "reconcile_directory": str(tmp_path),
        "reconcile_output": str(tmp_path / "output"),
        "reconcile_apply": True,
    }

    def read() -> list[t.Any]:
        return [entry for entry in emulator.log() if CUSTOMER[:-1] + "8/users" in entry["path"]]

    with InterruptedRun(ansible, MODULE + "reconcile", read, ["-e", json.dumps(given), *SHIPPED]) as run:
        run.until_writes(1)
        time.sleep(0.5)  # until it is planned
        run.signal_module(signal.SIGTERM)
        results = run.end()
        assert "interrupted" in run.output and run.status == 2, run.output
    assert len(results) == 1 and writes(emulator) == []
    assert json.loads((tmp_path / "output" / "result.json").read_text())["status"] == "failed"


def test_a_task_in_the_background_is_not_taken_for_an_orphan(ansible: Runner, emulator: t.Any, tmp_path: Path) -> None:
    """Its processes have left those that started it, on purpose."""
    work = {"name": "Work", "async": 60, "poll": 0, MODULE + "customer_user_info": {"customer_id": FABRIKAM}}
    wait = {"ansible.builtin.async_status": {"jid": "{{ job.ansible_job_id }}"}, "until": "ended.finished"}
    tasks = [
        {**work, "register": "job"},
        {"name": "Wait", **wait, "register": "ended", "retries": 60, "delay": 1},
        {"name": "Look", "ansible.builtin.assert": {"that": ["ended.users | length > 0"]}},
    ]
    done = ansible.tasks(tasks, extra=["-e", json.dumps({"ansible_async_dir": str(tmp_path)})])
    assert done.rc == 0, done.output
