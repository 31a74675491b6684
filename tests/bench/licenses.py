"""What the licenses of 300 customers with 50 users each cost: license_info, with an HTML and a CSV report.

Compared in one run: an empty play, and a bare HTTP client that sends the same requests at the same concurrency (together the limit).
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
import typing as t
import uuid
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

import conftest  # noqa: E402  (makes the checkout importable as a collection)
from emulator import launch  # noqa: E402
from many import bare, play  # noqa: E402
from run import environment  # noqa: E402
from support.playbooks import MODULE, Runner  # noqa: E402

assert conftest

CUSTOMERS, USERS = int(os.environ.get("BENCH_CUSTOMERS", "300")), 50
PARALLEL = 8
LATENCY = int(os.environ.get("BENCH_LATENCY", "20"))
"""Milliseconds for each request. With 0 the emulator and both clients compete for the processors, and little else is measured."""
REPEAT = int(os.environ.get("BENCH_REPEAT", "3"))
MOST = 1.25
"""Times the limit."""


def customer(number: int) -> dict[str, t.Any]:
    return {
        "id": str(uuid.UUID(int=number + 1)),
        "company_name": f"Customer {number}",
        "domain": f"customer{number:03d}.example",
        "skus": "fixtures",
        "generate": {"count": USERS, "deleted": 2, "licenses": {"EMS": 4, "WIN_ENT_E5": 25}},
    }


def chains(log: t.Iterable[dict[str, t.Any]]) -> list[list[t.Any]]:
    """What was sent, each request a chain of its own, so that the bare client sends them side by side."""
    return [
        [[entry["method"], entry["path"], entry["query"], None]]
        for entry in log
        if entry["server"] == "api" and "/customers/" in entry["path"]
    ]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as name, launch.start(Path(name, "emulator")) as emulator:
        scratch = Path(name)
        runner = Runner(environment(emulator.info))
        emulator.control.add_customers([customer(number) for number in range(CUSTOMERS)])
        reports = [str(scratch / "licenses.html"), str(scratch / "licenses.csv")]
        options = {"report": reports, "max_parallel": PARALLEL, "return_users": False}
        tasks = [{"name": "Licenses", MODULE + "license_info": options}]
        emulator.control.set(latency_ms=LATENCY)
        emulator.control.clear_log()
        play(runner, tasks)
        sent = chains(emulator.control.log())
        expected = CUSTOMERS * (USERS + 3)
        assert len(sent) >= expected, f"{len(sent)} requests"

        def limit() -> float:
            started = time.perf_counter()
            bare(emulator, [], scratch, sent, PARALLEL)
            return time.perf_counter() - started

        seconds: dict[str, list[float]] = {"empty play": [], "bare client": [], "license_info": []}
        for _number in range(REPEAT):
            seconds["empty play"].append(play(runner, [{"name": "Nothing", "ansible.builtin.meta": "noop"}]))
            emulator.control.clear_log()
            seconds["bare client"].append(limit())
            emulator.control.clear_log()
            seconds["license_info"].append(play(runner, tasks))
        medians = {name: statistics.median(times) for name, times in seconds.items()}
        whole = medians["empty play"] + medians["bare client"]
        print(
            f"\n{CUSTOMERS} customers x {USERS} users, {len(sent)} requests, {PARALLEL} at a time, {LATENCY} ms; median of {REPEAT}"
        )
        print(f"{'':34}{'seconds':>9}{'of limit':>10}   (limit = empty play + bare client)")
        for name, value in medians.items():
            print(f"{name:34}{value:9.2f}{value / whole:10.2f}")
        said = "within" if medians["license_info"] <= MOST * whole else "NOT within"
    print(f"license_info: {said} {MOST} x the limit")


if __name__ == "__main__":
    main()
