"""Runs the trials.

    make trials        (or: python tests/trials/run.py [creates] [crash] [customers] ...)

Each trial starts an emulator of its own on the loopback interface, runs ansible-playbook against it, prints what it did with the figures, and says which
targets were missed. The exit status is the number of trials that missed one.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import platform
import signal
import sys
import time
import typing as t
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

import conftest  # noqa: E402  (makes the checkout importable as a collection)

from trials import (  # noqa: E402
    answers,
    approvals,
    attribution,
    azure_pack,
    both_ways,
    crash,
    creates,
    customers,
    deletions,
    lives,
    memory,
    probing,
    protocol,
    sign_in,
    signals,
    switches,
    worlds,
)
from trials.setting import Report, load  # noqa: E402

assert conftest

TRIALS: dict[str, t.Callable[[], list[Report]]] = {
    "creates": lambda: [creates.trial(), creates.trial(200, replay=False, name="creates without replay")],
    "crash": lambda: [crash.trial()],
    "customers": lambda: [customers.trial()],
    "memory": lambda: [memory.trial()],
    "worlds": lambda: [worlds.trial()],
    "answers": lambda: [answers.trial()],
    "protocol": lambda: [protocol.trial()],
    "azure_pack": lambda: [azure_pack.trial(), azure_pack.protocol()],
    "sign_in": lambda: [sign_in.trial(), sign_in.protocol()],
    "switches": lambda: [switches.trial()],
    "kills": lambda: [signals.trial(100, (*signals.TASKS, signals.ROTATION), kill=True, name="kills")],
    "signals": lambda: [signals.trial()],
    "deletions": lambda: [deletions.trial()],
    "attribution": lambda: [attribution.trial()],
    "both_ways": lambda: [both_ways.trial()],
    "approvals": lambda: [approvals.trial()],
    "probe": lambda: [probing.trial()],
    "lives": lambda: [lives.trial()],
}


def main() -> int:
    """Run those that are named, or all."""
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(143))  # so that everything that was started is ended
    parser = argparse.ArgumentParser(description="Whole runs under bad conditions.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"one or more of {', '.join(TRIALS)}; all, if none is given"
    )
    names = parser.parse_args().names or list(TRIALS)
    for name in set(names) - set(TRIALS):
        parser.error(f"{name} is none of {', '.join(TRIALS)}")
    core = importlib.metadata.version("ansible-core")
    print(
        f"Python {platform.python_version()}, ansible-core {core}, {platform.system()} {platform.machine()}, {load()}",
        flush=True,
    )
    missed = 0
    for name in names:
        started = time.monotonic()
        misses = [f"{report.name}: {miss}" for report in TRIALS[name]() for miss in report.misses]
        print(
            f"{name}: {'; '.join(misses) if misses else 'every target met'} ({time.monotonic() - started:.0f} s)\n",
            flush=True,
        )
        missed += bool(misses)
    return missed


if __name__ == "__main__":
    sys.exit(main())
