# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run programs so that nothing is left of them when they end, fail, or are interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import layout

_GRACE = 10.0  # seconds between asking and killing
_running: set[subprocess.Popen] = set()


class TimeLimit(Exception):
    """The program did not end in time."""


def terminate_on_signals() -> None:
    """Let SIGTERM and SIGHUP unwind like Ctrl-C, so that what was started is stopped."""

    def unwind(number, _frame):
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, unwind)


@contextmanager
def background(command: list, env: dict[str, str], output=None):
    """A program in a process group of its own. The whole group is gone when the block is left."""
    process = _start(command, env, output, layout.ROOT)
    try:
        yield process
    finally:
        _stop(process)


def run(
    command: list, env: dict[str, str], *, log: Path | None = None, cwd: Path = layout.ROOT, limit: float | None = None
) -> int:
    """Run a program to its end and give its exit status; with a log, its output goes there and not to the terminal."""
    output = log.open("ab") if log else None
    process = _start(command, env, output, cwd)
    try:
        return process.wait(limit)
    except subprocess.TimeoutExpired:
        raise TimeLimit(f"stopped after {limit:.0f} s") from None
    finally:
        _stop(process)
        if output:
            output.close()


def _start(command: list, env: dict[str, str], output, cwd: Path) -> subprocess.Popen:
    errors = subprocess.STDOUT if output else None
    words = [str(word) for word in command]
    process = subprocess.Popen(
        words, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, start_new_session=True
    )
    _running.add(process)
    return process


def stop_all() -> None:
    """End what other threads are waiting for."""
    for process in list(_running):
        _stop(process)


def _stop(process: subprocess.Popen) -> None:
    """End the process and whatever it started. The group outlives its leader, so it is asked even when the leader is gone."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except (ProcessLookupError, PermissionError):
            break
        deadline = time.monotonic() + _GRACE
        while time.monotonic() < deadline and _alive(process):
            time.sleep(0.02)
    process.wait()
    _running.discard(process)


def _alive(process: subprocess.Popen) -> bool:
    process.poll()
    try:
        os.killpg(process.pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True
