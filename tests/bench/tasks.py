"""What one more task costs: a user that is as declared, read by id with a token that is there, against one more ping.

    PYTHONPATH=tests python tests/bench/tasks.py [--tasks 20] [--repeat 5]

Both ways of running, in turn with the others, so that a machine that slows down slows all of them. TENANTOPS_ANSIBLE_BIN names another ansible-core.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

import conftest  # noqa: E402  (makes the checkout importable as a collection)
from emulator import launch  # noqa: E402
from run import CUSTOMER, environment  # noqa: E402
from support.playbooks import MODULE, Runner  # noqa: E402

assert conftest

LIMIT = 0.25
"""Of one more ansible.builtin.ping."""


def version(runner: Runner) -> str:
    """The ansible-core that is measured."""
    said = subprocess.run([runner.bin / "ansible", "--version"], capture_output=True, text=True, check=True).stdout
    return said.partition("]")[0].partition("[core ")[2]


def main(count: int = 20, repeat: int = 5) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch, launch.start(Path(scratch, "emulator")) as emulator:
        runner = Runner(environment(emulator.info))
        user = next(item for item in emulator.control.users(CUSTOMER) if item["state"] == "active")
        sign_in = {"name": "Sign in", MODULE + "access_token_info": {}, "register": "sign_in"}
        one = {
            "name": "User",
            MODULE + "customer_user": {
                "customer_id": CUSTOMER,
                "user_id": user["id"],
                "access_token": "{{ sign_in.access_token }}",
            },
        }
        ping = {"name": "Ping", "ansible.builtin.ping": {}}
        scenarios: dict[str, tuple[dict[str, t.Any], str]] = {
            "ansible.builtin.ping": (ping, "auto"),
            "customer_user, in place": (one, "auto"),
            "customer_user, as a module": (one, "module"),
        }
        emulator.control.set(latency_ms=0)
        times: dict[str, list[float]] = {name: [] for name in scenarios}
        for number in range(repeat + 1):
            for name, (task, way) in scenarios.items():
                seconds = []
                # The same play with few and with many: the difference is what a task costs, and nothing else.
                for many in (1, 1 + count):
                    play = {"vars": {"partner_center_execution": way}}
                    started = time.perf_counter()
                    done = runner.tasks([sign_in, *[task] * many], play=play)
                    seconds.append(time.perf_counter() - started)
                    if done.rc != 0 or any(record["result"].get("changed") for record in done.records[1:]):
                        sys.exit(done.output)
                if number:  # the first round warms up
                    times[name].append((seconds[1] - seconds[0]) / count)
        ping_seconds = statistics.median(times["ansible.builtin.ping"])
        print(f"ansible-core {version(runner)}: one more task, median of {repeat} runs with {count} of them")
        print(f"{'':36}{'seconds':>9}{'of ping':>9}")
        for name, measured in times.items():
            ratios = [mine / its for mine, its in zip(measured, times["ansible.builtin.ping"])]
            said = f" (limit {LIMIT})" if "in place" in name else ""
            print(f"{name:36}{statistics.median(measured):9.3f}{statistics.median(ratios):9.2f}{said}")
        assert ping_seconds > 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=20)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    main(options.tasks, options.repeat)
