"""Runs a module in a forked process: what a user's task does, without the half second that Ansible takes to ship it.

The process is a real one: it can be sent signals, it prints its result as Ansible reads it, and it ends with an exit status.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import sys
import time
import traceback
import typing as t
from dataclasses import dataclass, field

from ansible.module_utils import basic

_PACKAGE = "ansible_collections.tenantops.partner_center.plugins.modules."


@dataclass
class Ended:
    """How a module ended. ``result`` is empty if it printed none, ``killed`` if it did not end in time."""

    result: dict[str, t.Any] = field(default_factory=dict)
    status: int = 0
    seconds: float = 0.0
    output: str = ""
    killed: bool = False
    memory: int = 0
    """KiB that it had at most."""

    @property
    def failed(self) -> bool:
        """As Ansible would judge it."""
        return bool(self.result.get("failed")) or self.status != 0 or not self.result

    @property
    def defect(self) -> str:
        """What no module may ever say or do; empty if it did not."""
        if self.killed:
            return f"no end after {self.seconds:.0f} s"
        if not self.result:
            return f"no result, exit status {self.status}: {self.output[-600:]}"
        text = json.dumps(self.result)
        return next((word for word in ("Internal error", "Traceback") if word in text or word in self.output), "")


class Started:
    """A module at work."""

    def __init__(self, process: int, pipe: int) -> None:
        self.process = process
        self._pipe = pipe
        self._started = time.monotonic()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal; it may have ended."""
        try:
            os.kill(self.process, number)
        except ProcessLookupError:
            pass

    def wait(self, seconds: float) -> Ended:
        """Read what it prints until it ends."""
        deadline = time.monotonic() + seconds
        parts: list[bytes] = []
        killed = False
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                killed = True
                self.send(signal.SIGKILL)
            ready, _write, _error = select.select([self._pipe], [], [], max(0.0, min(left, 5.0)) if not killed else 5.0)
            if not ready:
                if killed:
                    break
                continue
            part = os.read(self._pipe, 1 << 16)
            if not part:
                break
            parts.append(part)
        os.close(self._pipe)
        _process, status, usage = os.wait4(self.process, 0)
        output = b"".join(parts).decode("utf-8", "backslashreplace")
        return Ended(
            _last_json(output),
            os.waitstatus_to_exitcode(status),
            time.monotonic() - self._started,
            output,
            killed,
            usage.ru_maxrss,
        )


def start(
    module: str,
    options: t.Mapping[str, t.Any],
    environment: t.Mapping[str, str],
    *,
    check: bool = False,
    diff: bool = False,
    directory: str = "/tmp",
) -> Started:
    """Begin a task with a module of this collection.

    :param directory: its current directory and the place of temporary files.
    """
    importlib.import_module(_PACKAGE + module)  # once, before the fork
    read, write = os.pipe()
    process = os.fork()
    if process:
        os.close(write)
        return Started(process, read)
    status = 1
    try:
        os.close(read)
        os.dup2(write, 1)
        os.dup2(write, 2)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
        os.chdir(directory)
        for name in [name for name in os.environ if name.startswith(("PARTNER_CENTER_", "AZURE_PACK_"))]:
            del os.environ[name]
        os.environ.update(environment)
        status = _main(module, options, check, diff, directory)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def run(
    module: str,
    options: t.Mapping[str, t.Any],
    environment: t.Mapping[str, str],
    *,
    seconds: float = 60,
    **keywords: t.Any,
) -> Ended:
    """The same, to its end."""
    return start(module, options, environment, **keywords).wait(seconds)


def _main(module: str, options: t.Mapping[str, t.Any], check: bool, diff: bool, directory: str) -> int:
    own = {
        "_ansible_check_mode": check,
        "_ansible_diff": diff,
        "_ansible_version": "2.19.0",
        "_ansible_remote_tmp": directory,
    }
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": {**options, **own}}).encode()
    basic._ANSIBLE_PROFILE = "legacy"
    try:
        importlib.import_module(_PACKAGE + module).main()
    except SystemExit as end:
        return int(end.code or 0) if not isinstance(end.code, str) else 1
    return 0


def _last_json(output: str) -> dict[str, t.Any]:
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, dict):
                return found
    return {}
