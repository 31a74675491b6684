"""What the playbooks for the life of a customer cost.

    PYTHONPATH=tests python tests/bench/life.py [--users 100] [--customers 300]

Onboarding with one licence and one directory role each, against a bare HTTP client that sends the same requests at the same parallelism. Drift of many
customers with 30 users each: in one task, and as hosts with forks, against a bare client that only reads the same pages.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import typing as t
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

import conftest  # noqa: E402  (makes the checkout importable as a collection)
from emulator import launch  # noqa: E402
from many import CUSTOMER, DOMAIN, PARALLEL, bare, person, play, report, timed  # noqa: E402
from run import environment  # noqa: E402
from support.playbooks import MODULE, Runner  # noqa: E402

assert conftest

EMPTY = [{"name": "Nothing", "ansible.builtin.meta": "noop"}]
PER_CUSTOMER = 30
FORKS = 8
LATENCY = 100
DRIFT_PARALLEL = 32
"""Requests at a time over all customers; customer_users has its own default, and this is given to both."""


def run(runner: Runner, name: str, *extra: str, **variables: t.Any) -> float:
    """Seconds of a playbook that must end with success."""
    started = time.perf_counter()
    done = runner.playbook(MODULE + name, extra=["-e", json.dumps(variables), *extra], timeout=3600)
    seconds = time.perf_counter() - started
    if done.rc != 0:
        sys.exit(done.output[-3000:])
    return seconds


def calls(emulator: t.Any) -> list[dict[str, t.Any]]:
    return [entry for entry in emulator.control.log() if entry["server"] == "api"]


def onboarding(emulator: t.Any, runner: Runner, scratch: Path, count: int) -> None:
    """One team of one customer."""
    people = [person(number) for number in range(count)]
    common = {"usage_location": "DE", "licenses": ["EMS"], "roles": ["Helpdesk Administrator"]}

    def reset() -> None:
        emulator.control.reset()
        skus = [{"part_number": "EMS", "units": count}]
        emulator.control.add_customers(
            {"id": CUSTOMER, "company_name": "Bench", "domain": DOMAIN, "custom_domains": [DOMAIN], "skus": skus}
        )
        emulator.control.set(latency_ms=LATENCY)
        emulator.control.clear_log()

    reset()
    options = {"customer_id": CUSTOMER, "users": people, "defaults": common, "max_parallel": PARALLEL}
    in_task = play(runner, [{"name": "Users", MODULE + "customer_users": options}])
    entries, made = (
        calls(emulator),
        {user["user_principal_name"]: user["id"] for user in emulator.control.users(CUSTOMER)},
    )
    reads = [[entry["method"], entry["path"], entry["query"], None] for entry in entries if entry["method"] == "GET"]
    chains: dict[str, list[t.Any]] = {}
    for entry in entries:
        if entry["method"] != "GET":
            body = dict(entry["body"])
            user_id = (
                made.get(body.get("userPrincipalName"))
                if entry["path"].endswith("/users")
                else entry["user_id"] or body.get("id")
            )
            if "passwordProfile" in body:
                body["passwordProfile"] = {"password": "Bench-Pass-00000"}
            request = json.loads(
                json.dumps([entry["method"], entry["path"], entry["query"], body]).replace(str(user_id), "NEW-ID")
            )
            chains.setdefault(str(user_id), []).append(request)
    assert len(chains) == count and {len(chain) for chain in chains.values()} == {3}, (
        "a create, a licence and a role for each user"
    )
    reset()
    declaration = scratch / "onboard.json"
    declaration.write_text(json.dumps({"customer_id": CUSTOMER, "defaults": common, "users": people}))
    whole = run(
        runner,
        "onboard_tenant",
        onboard_file=str(declaration),
        onboard_output=str(scratch / "onboard"),
        onboard_max_parallel=PARALLEL,
    )
    reset()
    alone = timed(lambda: bare(emulator, reads, scratch, chains.values()))
    assert sum(user["roles"] != [] and user["licenses"] != [] for user in emulator.control.users(CUSTOMER)) == count, (
        "the bare client does the same"
    )
    report(
        f"Onboarding of {count} users with a licence and a role, {LATENCY} ms latency, {PARALLEL} at a time",
        {"empty play": play(runner, EMPTY), "bare client": alone, "customer_users": in_task, "onboard_tenant": whole},
        {
            "customer_users": f"{len(entries)} requests",
            "onboard_tenant": "the same twice: plan, then apply; and reports",
        },
    )


def drift(emulator: t.Any, runner: Runner, scratch: Path, count: int) -> None:
    """Many customers, everybody as declared."""
    emulator.control.reset()
    tenants = scratch / "tenants"
    tenants.mkdir()
    hosts = {}
    for number in range(count):
        customer_id, domain = f"00000000-0000-4000-9000-{number:012d}", f"tenant{number:04d}.example"
        rows = [
            {"user_principal_name": f"user{each:02d}@{domain}", "display_name": f"User {each}"}
            for each in range(PER_CUSTOMER)
        ]
        emulator.control.add_customers(
            {
                "id": customer_id,
                "company_name": f"Tenant {number}",
                "domain": domain,
                "custom_domains": [domain],
                "users": rows,
            }
        )
        (tenants / f"{domain}.yml").write_text(json.dumps({"customer_id": customer_id, "users": rows}))
        hosts[domain] = {"partner_center_customer_id": customer_id, "partner_center_customer_domain": domain}
    inventory = scratch / "hosts.json"
    local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    inventory.write_text(json.dumps({"all": {"children": {"customers": {"hosts": hosts, "vars": local}}}}))
    emulator.control.set(latency_ms=LATENCY)
    given = {"drift_directory": str(tenants), "drift_output": str(scratch / "drift"), "drift_undeclared": "ignore"}

    emulator.control.clear_log()
    one = run(runner, "drift_report", **given, drift_max_parallel=DRIFT_PARALLEL)
    sent = [[entry["method"], entry["path"], entry["query"], None] for entry in calls(emulator)]
    emulator.control.clear_log()
    by_host = run(
        runner, "drift_report", "-i", str(inventory), "-e", "target=customers", "--forks", str(FORKS), **given
    )
    of_hosts = len(calls(emulator))
    counted = json.loads((scratch / "drift" / "result.json").read_text())
    assert (counted["customers"], counted["ok"]) == (count, count * PER_CUSTOMER), counted
    report(
        f"Drift of {count} customers with {PER_CUSTOMER} users each, {LATENCY} ms latency",
        {
            "empty play": play(runner, EMPTY),
            "bare client": timed(
                lambda: bare(emulator, [], scratch, [[request] for request in sent], parallel=DRIFT_PARALLEL)
            ),
            "drift_report, one task": one,
            f"drift_report, hosts, {FORKS} forks": by_host,
        },
        {
            "drift_report, one task": f"{len(sent)} requests, {DRIFT_PARALLEL} at a time",
            f"drift_report, hosts, {FORKS} forks": f"{of_hosts} requests",
        },
    )


def main(users: int = 100, customers: int = 300) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch, launch.start(Path(scratch, "emulator")) as emulator:
        runner = Runner(environment(emulator.info))
        onboarding(emulator, runner, Path(scratch), users)
        drift(emulator, runner, Path(scratch), customers)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--customers", type=int, default=300)
    options = parser.parse_args()
    main(options.users, options.customers)
