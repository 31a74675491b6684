"""Starts ansible-playbook as a copy of a process that has loaded ansible-core already: loading is over half of the time that a short playbook takes.

What is copied has read nothing of a play, an inventory or a collection yet, and reads the settings of ansible-core anew. A run whose settings differ from those
of the prepared process by more than directories is not started so (``fits``).
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import typing as t
from pathlib import Path

_SERVER = Path(__file__).with_name("prepared_server.py")

_DIRECTORIES = ("ANSIBLE_HOME", "ANSIBLE_LOCAL_TEMP", "ANSIBLE_REMOTE_TEMP")
_STARTED_WITH = ("LANG", "LC_", "PATH", "PYTHON", "TENANTOPS_")

_START_SECONDS = 60.0


class PreparedPlays:
    """
    :param programs: the directory of ansible-playbook and its Python.
    :param env: the variables of the prepared process, given a directory for its files.
    """

    def __init__(self, programs: Path, env: t.Callable[[Path], t.Mapping[str, str]]) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="pc-", ignore_cleanup_errors=True)
        directory = Path(self._temporary.name)
        self._socket = str(directory / "s")
        self._settings = _settings(env(directory))
        self._process = subprocess.Popen(
            [programs / "python", _SERVER, self._socket],
            env=dict(env(directory)),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        limit = time.monotonic() + _START_SECONDS
        while not os.path.exists(self._socket):
            if self._process.poll() is not None or time.monotonic() > limit:
                self.close()
                raise AssertionError("the prepared process did not start")
            time.sleep(0.02)

    def fits(self, env: t.Mapping[str, str]) -> bool:
        """Whether a run with these variables is the same as one that loads for itself."""
        return _settings(env) == self._settings

    def run(
        self, command: t.Sequence[str], env: t.Mapping[str, str], directory: str, timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """As ``subprocess.run`` with ``capture_output`` and ``text``, and nothing to read from."""
        request = json.dumps({"command": list(command), "environment": dict(env), "directory": directory})
        with (
            open(os.devnull, "rb") as nothing,
            tempfile.TemporaryFile() as output,
            tempfile.TemporaryFile() as errors,
            socket.socket(socket.AF_UNIX) as connection,
        ):
            connection.connect(self._socket)
            socket.send_fds(connection, [f"{request}\n".encode()], [nothing.fileno(), output.fileno(), errors.fileno()])
            status = _wait(connection, command, timeout)
            texts = []
            for file in (output, errors):
                file.seek(0)
                texts.append(file.read().decode())
        return subprocess.CompletedProcess(list(command), status, *texts)

    def close(self) -> None:
        """End the prepared process."""
        self._process.terminate()
        self._process.wait()
        self._temporary.cleanup()


def _wait(connection: socket.socket, command: t.Sequence[str], timeout: float) -> int:
    """The status of the run; one that takes too long is killed."""
    limit = time.monotonic() + timeout
    answers = b""  # the process id, and later the status
    while answers.count(b"\n") < 2:
        connection.settimeout(max(0.001, limit - time.monotonic()))
        try:
            answer = connection.recv(100)
        except TimeoutError:
            os.kill(int(answers.split()[0]), signal.SIGKILL)
            raise subprocess.TimeoutExpired(list(command), timeout) from None
        if not answer:
            raise AssertionError("the prepared process went away")
        answers += answer
    return int(answers.split()[1])


def _settings(env: t.Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in env.items()
        if name.startswith((*_STARTED_WITH, "ANSIBLE_")) and name not in _DIRECTORIES
    }
