"""What ten thousand customers cost as hosts: time and memory of the inventory plugin, with and without its cache.

Compared in one run: an empty inventory, and a bare HTTP client that reads the same pages (together the limit).
"""

from __future__ import annotations

import os
import statistics
import subprocess
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
from many import bare, requests_of  # noqa: E402
from run import environment  # noqa: E402
from support.playbooks import MODULE, Runner  # noqa: E402

assert conftest

CUSTOMERS = 10_000
LATENCY = 100
"""Milliseconds for each request."""
REPEAT = 3


def measured(command: list[str], env: dict[str, str], cwd: Path) -> tuple[float, int]:
    """Seconds and the largest resident memory in MB of a command."""
    started = time.perf_counter()
    with (cwd / "output").open("wb") as output:
        process = subprocess.Popen(command, env=env, cwd=cwd, stdout=output, stderr=subprocess.STDOUT)
        _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit((cwd / "output").read_text()[-3000:])
    return time.perf_counter() - started, usage.ru_maxrss // 1024


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as name, launch.start(Path(name, "emulator")) as emulator:
        scratch = Path(name)
        runner = Runner(environment(emulator.info))
        emulator.control.add_customers(
            [
                {
                    "id": str(uuid.UUID(int=number + 1)),
                    "company_name": f"Customer {number}",
                    "domain": f"customer{number:05d}.example",
                    "users": [],
                }
                for number in range(CUSTOMERS)
            ]
        )
        emulator.control.set(latency_ms=LATENCY)
        plain, cached = scratch / "customers.yml", scratch / "cached.customers.yml"
        plain.write_text(f"plugin: {MODULE}customers\n")
        cached.write_text(
            f"{plain.read_text()}cache: true\ncache_plugin: ansible.builtin.jsonfile\ncache_connection: {scratch}/cache\n"
        )

        def inventory(source: str) -> t.Callable[[], tuple[float, int]]:
            command = [str(runner.bin / "ansible-inventory"), "-i", source, "--graph"]
            return lambda: measured(
                command, runner.env(RECORD_FILE="/dev/null", ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="true"), scratch
            )

        inventory(str(plain))()
        pages = requests_of(emulator)
        assert len(pages) == -(-(CUSTOMERS + 5) // 500), f"{len(pages)} requests for the listing"

        def listing() -> tuple[float, int]:
            started = time.perf_counter()
            bare(emulator, pages, scratch)
            return time.perf_counter() - started, 0

        inventory(str(cached))()
        scenarios = {
            "empty inventory": inventory("localhost,"),
            "bare client": listing,
            "customers": inventory(str(plain)),
            "customers from the cache": inventory(str(cached)),
        }
        print(
            f"\n{CUSTOMERS} customers in {len(pages)} pages at {LATENCY} ms latency, ansible-inventory --graph; median of {REPEAT} runs"
        )
        print(f"{'':34}{'seconds':>9}{'MB':>6}")
        for title, action in scenarios.items():
            runs = [action() for _number in range(REPEAT)]
            seconds, memory = statistics.median(run[0] for run in runs), max(run[1] for run in runs)
            print(f"{title:34}{seconds:9.2f}{memory or '':>6}")


if __name__ == "__main__":
    main()
