# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start the emulator, say how to reach it, and stop it."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import environments
import layout
import processes

_START_LIMIT = 60.0


def exports(state: Path) -> dict[str, str]:
    """The variables of `emulator.env`, which is written for a shell, and where the emulator itself is controlled."""
    found = {}
    for line in (state / "emulator.env").read_text().splitlines():
        words = shlex.split(line, comments=True)
        if words and words[0] == "export":
            words = words[1:]
        found.update(word.split("=", 1) for word in words if "=" in word)
    found["PARTNER_CENTER_EMULATOR_CONTROL_URL"] = json.loads((state / "emulator.json").read_text())["control_url"]
    return found


@contextmanager
def running(state: Path, *arguments: str):
    """An emulator that answers; gives the variables that lead to it."""
    state.mkdir(parents=True, exist_ok=True)
    for name in ("emulator.json", "emulator.env"):
        (state / name).unlink(missing_ok=True)
    log = state / "emulator.log"
    environment = environments.prepare_play()
    env = environments.variables(environment, PYTHONPATH=str(layout.ROOT / "tests"))
    with log.open("wb") as output:
        with processes.background(
            [environment.python, "-m", "emulator", "--state-dir", state, *arguments], env, output
        ) as process:
            deadline = time.monotonic() + _START_LIMIT
            while not (state / "emulator.json").exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    sys.stderr.write(log.read_text(errors="replace"))
                    raise SystemExit("The emulator did not start.")
                time.sleep(0.05)
            yield process, exports(state)


def keep(arguments: list[str]) -> int:
    """Keep an emulator until Ctrl-C. Its state stays in the checkout, so that the next start continues where this one stopped."""
    state = layout.STATE / "emulator"
    _refuse_second(state)
    if not any(argument.split("=")[0] == "--database" for argument in arguments):
        arguments = ["--database", str(state / "emulator.sqlite"), *arguments]
    with running(state, *arguments) as (process, _settings):
        print((state / "emulator.env").read_text().strip())
        print(f"\n# In another shell: . {shlex.quote(str(state / 'emulator.env'))}\n# Log: {state / 'emulator.log'}")
        print("# Ctrl-C stops the emulator; its state is kept.", flush=True)
        try:
            return process.wait()
        except KeyboardInterrupt:
            return 0


def is_running(state: Path) -> bool:
    """Whether the process that wrote emulator.json is still there."""
    try:
        os.kill(json.loads((state / "emulator.json").read_text())["pid"], 0)
    except (OSError, ValueError, KeyError):
        return False
    return True


def _refuse_second(state: Path) -> None:
    if is_running(state):
        raise SystemExit(f"An emulator is already running here; its settings are in {state / 'emulator.env'}.")


def color() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
