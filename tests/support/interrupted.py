"""Runs of ansible-playbook that are interrupted while a module is at work."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
import typing as t
from pathlib import Path

import yaml

from .playbooks import MODULE, Runner, _command

SECONDS = 120


class InterruptedRun:
    """A context manager: ansible-playbook in a session of its own. Whatever it has started is killed with the block.

    :param writes: the writes that the service has seen so far.
    """

    def __init__(
        self,
        runner: Runner,
        playbook: list[dict[str, t.Any]] | str,
        writes: t.Callable[[], list[t.Any]],
        extra: t.Sequence[str] = (),
    ) -> None:
        self._runner = runner
        self._playbook = playbook
        self._extra = extra
        self.writes = writes
        self._family: set[int] = set()
        self._command: list[bytes] = []

    def __enter__(self) -> InterruptedRun:
        self._scratch = tempfile.TemporaryDirectory(dir=self._runner.directory)
        directory = Path(self._scratch.name)
        playbook = self._playbook
        if not isinstance(playbook, str):
            playbook = str(directory / "playbook.yml")
            Path(playbook).write_text(yaml.safe_dump(self._playbook, sort_keys=False), encoding="utf-8")
        self._record = directory / "record.jsonl"
        self._output = (directory / "output").open("w+")
        self._main = subprocess.Popen(
            [*_command(self._runner.bin), "-i", "localhost,", *self._extra, playbook],
            env=self._runner.env(RECORD_FILE=str(self._record)), cwd=directory, stdin=subprocess.DEVNULL,
            stdout=self._output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        return self

    def __exit__(self, *_exception: object) -> None:
        self._family |= set(descendants(self._main.pid))
        for process in (self._main.pid, *self._family):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self._main.wait()
        self._output.close()
        self._scratch.cleanup()

    @property
    def output(self) -> str:
        self._output.seek(0)
        return self._output.read()

    @property
    def status(self) -> int | None:
        """What ansible-playbook ended with."""
        return self._main.poll()

    def until_writes(self, number: int) -> None:
        """Wait until the service has answered so many writes."""
        self._until(lambda: len(self.writes()) >= number or self._main.poll() is not None, f"{number} writes")
        assert self._main.poll() is None, self.output

    def module(self) -> int:
        """The module's process."""
        found = [process for process in descendants(self._main.pid) if _is_module(process)]
        assert found, self.output
        return found[-1]

    def worker(self) -> int:
        """The copy of ansible-playbook that runs the task, and in place the module."""
        found = [process for process in descendants(self._main.pid) if self._is_worker(process)]
        assert found, self.output
        return found[-1]

    def _is_worker(self, process: int) -> bool:
        self._command = _command_of(self._main.pid) or self._command  # afterwards nobody is left to ask
        return process != self._main.pid and _command_of(process) == self._command

    def signal_module(self, number: int) -> int:
        """:returns: how many writes were answered by then."""
        self._remember()
        os.kill(self.module(), number)
        return len(self.writes())

    def signal_worker(self, number: int) -> int:
        """:returns: how many writes were answered by then."""
        self._remember()
        os.kill(self.worker(), number)
        return len(self.writes())

    def signal_ansible(self, number: int) -> int:
        """Only ansible-playbook itself, as a supervisor does it. :returns: how many writes were answered by then."""
        self._remember()
        self._main.send_signal(number)
        return len(self.writes())

    def press_control_c(self) -> int:
        """As a terminal does it: to the whole process group. :returns: how many writes were answered by then."""
        self._remember()
        os.killpg(self._main.pid, signal.SIGINT)
        return len(self.writes())

    def kill_ansible(self) -> int:
        """Only ansible-playbook itself, as the system does it when memory runs out. :returns: how many writes were
        answered by then.
        """
        self._remember()
        self._main.kill()
        self._main.wait()  # until then it is there, and a request may begin
        return len(self.writes())

    def until_timeout(self) -> int:
        """Wait for the end of ansible-playbook. :returns: how many writes were answered by then."""
        self._until(lambda: self._remember() or self._main.poll() is not None, "the end of ansible-playbook")
        return len(self.writes())

    def _remember(self) -> None:
        self._command = _command_of(self._main.pid) or self._command
        self._family |= set(descendants(self._main.pid))

    def end(self) -> list[dict[str, t.Any]]:
        """Wait until nothing of it runs any more. :returns: the results of this collection's modules."""
        self._until(lambda: self._main.poll() is not None, "the end of ansible-playbook")
        at_work = {process for process in self._family if _is_module(process) or self._is_worker(process)}
        self._until(
            lambda: not any(_is_module(process) or self._is_worker(process) for process in at_work),
            "the end of the module",
        )
        lines = self._record.read_text(encoding="utf-8").splitlines() if self._record.exists() else []
        records = [json.loads(line) for line in lines]
        return [
            {**record["result"], "failed": record["kind"] == "failed"}
            for record in records
            if record["action"].startswith(MODULE)
        ]

    @staticmethod
    def _until(condition: t.Callable[[], t.Any], what: str) -> None:
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain for {what}"
            time.sleep(0.02)


def descendants(process: int) -> list[int]:
    """Processes that this one has started, and theirs."""
    found: list[int] = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [one for child in map(int, path.read_text().split()) for one in (child, *descendants(child))]
    return found


def _command_of(process: int) -> list[bytes]:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def _is_module(process: int) -> bool:
    """Whether it runs a module: the interpreter, not the shell around it."""
    words = _command_of(process)
    return len(words) > 1 and b"python" in os.path.basename(words[0]) and any(b"AnsiballZ_" in word for word in words)
