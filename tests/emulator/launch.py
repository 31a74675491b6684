"""Starts an emulator as a process of its own, and makes sure that it ends with the caller."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

from emulator.control_client import Control

START_SECONDS = 60.0
STOP_SECONDS = 10.0


class StartError(RuntimeError):
    """The emulator did not come up; the message holds what it wrote."""


class Running:
    """A context manager. `info` is the content of emulator.json; `output_path` has what the process printed."""

    def __init__(self, process: subprocess.Popen[bytes], info: dict[str, Any], output_path: Path) -> None:
        self.process = process
        self.info = info
        self.output_path = output_path
        self.control = Control(info["control_url"])
        atexit.register(self.stop)

    def stop(self) -> None:
        """May be called again."""
        atexit.unregister(self.stop)
        self.control.close()
        _end(self.process)

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()


def start(
    state_dir: Path | str,
    seed: Path | str | None = None,
    database: Path | str = ":memory:",
    *,
    arguments: tuple[str, ...] = (),
    start_seconds: float = START_SECONDS,
) -> Running:
    """Blocks until all ports answer. arguments: further options of `python -m emulator`."""
    directory = Path(state_dir).resolve()
    directory.mkdir(parents=True, exist_ok=True)
    info_path = directory / "emulator.json"
    info_path.unlink(missing_ok=True)
    output_path = directory / "emulator.log"
    command = [sys.executable, "-m", "emulator", "--state-dir", str(directory), "--database", str(database)]
    command += ["--parent-pid", str(os.getpid()), *arguments]
    if seed is not None:
        command += ["--seed", str(seed)]
    with output_path.open("wb") as output:
        process = _spawn(command, output)
    try:
        return Running(process, _wait_for(info_path, process, output_path, start_seconds), output_path)
    except BaseException:
        _end(process)
        raise


def _spawn(command: list[str], output: IO[bytes]) -> subprocess.Popen[bytes]:
    tests = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join([tests, *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment)


def _wait_for(info_path: Path, process: subprocess.Popen[bytes], output_path: Path, seconds: float) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    # The file is written when all ports answer, in one step, so that its existence is enough.
    while not info_path.exists():
        if process.poll() is not None:
            raise StartError(f"the emulator ended with {process.returncode}:\n{_tail(output_path)}")
        if time.monotonic() > deadline:
            raise StartError(f"the emulator was not ready after {seconds:g} s:\n{_tail(output_path)}")
        time.sleep(0.02)
    return json.loads(info_path.read_text(encoding="utf-8"))


def _tail(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")[-4000:]


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
