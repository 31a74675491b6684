"""An ansible-playbook that stays: the tasks of many tests run in it one after the other, without starting and loading everything for each of them.

It has one play after the other, each for a host of its own, so that no step sees what another one registered. A play includes a file of tasks. Which file that
is, it asks at a socket, and while it waits there, the step before is over and all of its results are recorded. Each task is still a module that ansible-core
packs and starts as a process of its own.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import tempfile
import time
import typing as t
from pathlib import Path

import yaml

_NEXT = "Next step of the standing play"

_STEPS = 100
"""After so many steps another ansible-playbook takes over, so that none grows without end."""

_STOP_SECONDS = 10.0


class StandingPlayError(AssertionError):
    """The play ended before the step did; the message holds what it printed."""


class StandingPlay:
    """
    :param command: ansible-playbook with its options, without inventory and playbook.
    :param env: its variables, given a directory for its files. Those of a task go into the keyword ``environment`` of the task.
    """

    def __init__(self, command: t.Sequence[str], env: t.Callable[[Path], t.Mapping[str, str]]) -> None:
        self._command = list(command)
        self._env = env
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._step = 0

    def run(self, tasks: list[dict[str, t.Any]], timeout: float) -> list[dict[str, t.Any]]:
        """Run tasks and return what the callback recorded about them. A failure that no ``ignore_errors`` covers ends the play."""
        deadline = time.monotonic() + timeout
        try:
            if self._process is None:
                self._start(deadline)
            path = self._directory / f"{self._step}.yml"
            path.write_text(yaml.safe_dump(tasks, sort_keys=False, allow_unicode=True), encoding="utf-8")
            with self._asked:
                self._asked.sendall(f"{path}\n".encode())
            self._step += 1
            goes_on = self._wait(deadline)
            records = self._read()
            path.unlink()
            if not goes_on:
                self.close()
            return records
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the play; the next step starts another one."""
        process, self._process = self._process, None
        if process is not None:
            self._asked.close()
            self._socket.close()
            self._records.close()
            try:
                process.wait(_STOP_SECONDS)  # it finds that nobody answers
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def _start(self, deadline: float) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="pc-", ignore_cleanup_errors=True)
        self._directory = Path(self._temporary.name)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(self._directory / "s"))
        self._socket.listen()
        record = self._directory / "record.jsonl"
        record.touch()
        self._records = record.open(encoding="utf-8")
        playbook = self._directory / "playbook.yml"
        playbook.write_text(yaml.safe_dump([_play(number) for number in range(_STEPS)], sort_keys=False))
        env = {
            **self._env(self._directory),
            "RECORD_FILE": str(record),
            "NEXT_TASKS_SOCKET": str(self._directory / "s"),
        }
        with (self._directory / "output").open("wb") as output:
            self._process = subprocess.Popen(
                [*self._command, "-i", ",".join(map(_host, range(_STEPS))), str(playbook)],
                env=env,
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._step = 0
        self._asked = socket.socket()  # nobody asked yet
        self._wait(deadline)

    def _wait(self, deadline: float) -> bool:
        """Wait until the play asks for the next step. False if that was its last one, and it ended well."""
        process = self._process
        assert process is not None
        while True:
            ended = process.poll()
            if select.select([self._socket], [], [], 0 if ended is not None else 0.2)[0]:
                self._asked = self._socket.accept()[0]
                number = int(self._asked.makefile(encoding="utf-8").readline())
                if number == self._step:
                    return True
                self._asked.close()
                raise StandingPlayError(f"the play asks for step {number} after {self._step}\n{self._output()}")
            if ended == 0 and self._step == _STEPS:
                return False
            if ended is not None:
                raise StandingPlayError(f"ansible-playbook ended with status {ended}\n{self._output()}")
            if time.monotonic() > deadline:
                os.killpg(process.pid, signal.SIGKILL)
                raise StandingPlayError(f"the step did not end in time\n{self._output()}")

    def _read(self) -> list[dict[str, t.Any]]:
        return [record for record in map(json.loads, self._records) if record["task"] != _NEXT]

    def _output(self) -> str:
        """The end of what was printed, without the recap: that has a line for each step so far, and would leave no room for the cause."""
        return (
            (self._directory / "output")
            .read_text(encoding="utf-8", errors="replace")
            .partition("\nPLAY RECAP")[0][-6000:]
        )


def _host(step: int) -> str:
    return f"step{step}"


def _play(step: int) -> dict[str, t.Any]:
    include = {"name": _NEXT, "ansible.builtin.include_tasks": f"{{{{ lookup('next_tasks', {step}) }}}}"}
    return {"name": "Test", "hosts": _host(step), "gather_facts": False, "tasks": [include]}
