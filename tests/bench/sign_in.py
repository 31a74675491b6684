"""What the sign-in of one task costs: without a cache, with a cold one, with a warm one.

Part of `make bench`, with the same emulator; each request to either host takes 100 ms longer.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import time
import typing as t
from pathlib import Path

from support.playbooks import MODULE, Runner

SECONDS = 0.1


def measure(emulator: t.Any, runner: Runner, repeat: int, customer: str, directory: Path) -> None:
    """Print the table. The number of requests is that of the emulator's log."""
    emulator.control.clear_faults()
    emulator.control.set(latency_ms=0)
    emulator.control.fault("latency", {}, seconds=SECONDS, times=None)
    read = {MODULE + "customer_info": {"customer_id": customer}}
    cached = {
        MODULE + "customer_info": {"customer_id": customer, "token_cache": True, "token_cache_path": str(directory)}
    }
    print(f"\none task that reads a customer, {SECONDS * 1000:.0f} ms latency for each request, the sign-in's too")
    print(f"{'':42}{'seconds':>9}{'sign-in':>9}{'API':>6}")
    for name, task, kept in (
        ("without a cache", read, False),
        ("cold cache", cached, False),
        ("warm cache", cached, True),
    ):
        times = []
        for _number in range(repeat):
            if not kept:
                shutil.rmtree(directory, ignore_errors=True)
            emulator.control.clear_log()
            started = time.perf_counter()
            done = runner.tasks([{"name": "Read", **task}])
            times.append(time.perf_counter() - started)
            if done.rc != 0:
                sys.exit(done.output)
        log = emulator.control.log()
        logins = sum(entry["server"] == "login" for entry in log)
        assert bool(logins) is not kept, "a task with a warm cache sends nothing to the sign-in host"
        print(f"{name:42}{statistics.median(times):9.2f}{logins:9}{sum(entry['server'] == 'api' for entry in log):6}")
    emulator.control.clear_faults()
