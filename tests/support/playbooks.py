"""Runs ansible-playbook the way a user does, and reads what it reported.

Playbooks and lists of tasks get an ansible-playbook of their own, which is a copy of one that has loaded ansible-core
(``prepared_plays``). Single modules share one that stays (``standing_play``), and the code of modules is compiled once
and not for each task (``kept_code``). With TENANTOPS_FRESH=1 nothing is shared or kept: so it is on the oldest ansible-core.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
import sys
import tempfile
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from .prepared_plays import PreparedPlays
from .standing_play import StandingPlay

ROOT = Path(__file__).resolve().parents[2]
SUPPORT = ROOT / "tests" / "support"
MODULE = "tenantops.partner_center."
PROGRAMS = Path(os.environ.get("TENANTOPS_ANSIBLE_BIN") or Path(sys.executable).parent)
FRESH = os.environ.get("TENANTOPS_FRESH") == "1"

# One for each process, removed when it ends.
_KEPT_CODE = tempfile.TemporaryDirectory(prefix="code-")


@dataclass
class PlaybookRun:
    """``records`` are the results of the tasks in order: ``{kind, task, action, result}``; loop items come before their task."""

    rc: int
    stdout: str
    stderr: str
    records: list[dict[str, t.Any]] = field(default_factory=list)

    @property
    def output(self) -> str:
        """Everything that was printed."""
        return self.stdout + self.stderr

    @property
    def modules(self) -> list[dict[str, t.Any]]:
        """The results of this collection's modules, loop items one by one."""
        return [
            record["result"]
            for record in self.records
            if record["action"].startswith(MODULE)
            and not (record["kind"] in ("ok", "failed") and "results" in record["result"])
        ]

    @property
    def last(self) -> dict[str, t.Any]:
        """The last of them."""
        assert self.modules, f"no module ran\n{self.output}"
        return self.modules[-1]


class Runner:
    """Runs playbooks with one environment.

    :param environment: variables for ansible-playbook and so for the modules, such as PARTNER_CENTER_*.

    ``alone`` is for tests that look for the processes: each ansible-playbook loads for itself.

    ``directory`` takes playbooks, records and ansible's own temporary files. Its path is short, because ansible-core puts a Unix socket below
    it, and it is removed together with the runner.
    """

    def __init__(self, environment: t.Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self._temporary = tempfile.TemporaryDirectory(prefix="pc-")
        self.directory = Path(self._temporary.name)
        self.bin = PROGRAMS
        self.alone = FRESH

    def env(self, **changes: str | None) -> dict[str, str]:
        """The environment of a run: a clean one, the collection, the sign-in."""
        return _changed({**_base_environment(self.bin, self.directory), **self.environment}, changes)

    def module(
        self,
        name: str,
        check: bool = False,
        diff: bool = False,
        verbosity: int = 0,
        env: t.Mapping[str, str | None] | None = None,
        **options: t.Any,
    ) -> dict[str, t.Any]:
        """Run one task with one module; returns its result."""
        task = {"name": "Run", MODULE + name: options}
        if FRESH or verbosity or any(variable.startswith("ANSIBLE_") for variable in env or ()):
            return self.tasks([task], check=check, diff=diff, verbosity=verbosity, env=env).last
        return self.step([{**task, "check_mode": check, "diff": diff, "ignore_errors": True}], env=env).last

    def step(
        self, tasks: list[dict[str, t.Any]], env: t.Mapping[str, str | None] | None = None, **keywords: t.Any
    ) -> PlaybookRun:
        """Run tasks in the standing play; further keywords of a block in ``keywords``. A failure that no ``ignore_errors`` covers is raised with what was
        printed. The variables of the runner and ``env`` are there for modules, not for lookups."""
        own = {"HOME": str(self.directory), "TMPDIR": str(self._sub("tmp"))}
        block = {"block": tasks, "environment": _changed({**own, **self.environment}, env or {}), **keywords}
        return PlaybookRun(0, "", "", _with_failed(_standing_play(self.bin).run([block], timeout=300)))

    def tasks(self, tasks: list[dict[str, t.Any]], **kwargs: t.Any) -> PlaybookRun:
        """Run tasks in a play on localhost; further keys of the play in ``play``."""
        play = {"name": "Test", "hosts": "localhost", "gather_facts": False, **kwargs.pop("play", {}), "tasks": tasks}
        return self.playbook([play], **kwargs)

    def playbook(
        self,
        playbook: list[dict[str, t.Any]] | str,
        check: bool = False,
        diff: bool = False,
        verbosity: int = 0,
        env: t.Mapping[str, str | None] | None = None,
        extra: t.Sequence[str] = (),
        timeout: float = 300,
    ) -> PlaybookRun:
        """Run a playbook, given as data or by name."""
        with tempfile.TemporaryDirectory(dir=self.directory) as scratch:
            record = Path(scratch, "record.jsonl")
            if not isinstance(playbook, str):
                path = Path(scratch, "playbook.yml")
                path.write_text(yaml.safe_dump(playbook, sort_keys=False, allow_unicode=True), encoding="utf-8")
                playbook = str(path)
            command = [*_command(self.bin), "-i", "localhost,", *extra]
            command += (
                ["--check"] * check + ["--diff"] * diff + (["-" + "v" * verbosity] if verbosity else []) + [playbook]
            )
            done = self._started(command, self.env(**{**(env or {}), "RECORD_FILE": str(record)}), scratch, timeout)
            records = (
                [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]
                if record.exists()
                else []
            )
        return PlaybookRun(done.returncode, done.stdout, done.stderr, _with_failed(records))

    def _started(
        self, command: list[str], env: dict[str, str], directory: str, timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """One run of ansible-playbook, by a copy of a process that has loaded it where that makes no difference."""
        if not self.alone and self.bin == PROGRAMS and (prepared := _prepared_plays()).fits(env):
            return prepared.run(command, env, directory, timeout)
        return subprocess.run(
            command,
            env=env,
            cwd=directory,
            capture_output=True,
            text=True,
            timeout=timeout,
            stdin=subprocess.DEVNULL,
            check=False,
        )

    def _sub(self, name: str) -> Path:
        return _made(self.directory / name)


def _base_environment(programs: Path, directory: Path) -> dict[str, str]:
    """Variables for ansible-playbook, all of whose files are in this directory."""
    env = {
        "PATH": f"{programs}:/usr/bin:/bin",
        "HOME": str(directory),
        "LANG": "C.UTF-8",
        "TMPDIR": str(_made(directory / "tmp")),
        "ANSIBLE_HOME": str(_made(directory / "ansible")),
        "ANSIBLE_LOCAL_TEMP": str(_made(directory / "local")),
        "ANSIBLE_REMOTE_TEMP": str(_made(directory / "remote")),
        "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
        "ANSIBLE_CALLBACK_PLUGINS": str(SUPPORT / "callback_plugins"),
        "ANSIBLE_CALLBACKS_ENABLED": "record",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_RETRY_FILES_ENABLED": "false",
        "PYTHONUNBUFFERED": "1",
    }
    return env if FRESH else {**env, "PYTHONPATH": str(SUPPORT / "kept_code"), "TENANTOPS_KEPT_CODE": _KEPT_CODE.name}


@functools.cache
def _prepared_plays() -> PreparedPlays:
    """The one of this process."""
    plays = PreparedPlays(PROGRAMS, functools.partial(_base_environment, PROGRAMS))
    atexit.register(plays.close)
    return plays


def _command(programs: Path) -> list[str]:
    """ansible-playbook on this machine, with one Python for it and for the modules."""
    return [
        str(programs / "ansible-playbook"),
        "-c",
        "local",
        "-e",
        "ansible_python_interpreter={{ ansible_playbook_python }}",
    ]


@functools.cache
def _standing_play(programs: Path) -> StandingPlay:
    """The one of this process. It knows no sign-in: that comes with each task."""
    play = StandingPlay(
        _command(programs),
        lambda directory: {
            **_base_environment(programs, directory),
            "ANSIBLE_LOOKUP_PLUGINS": str(SUPPORT / "lookup_plugins"),
        },
    )
    atexit.register(play.close)
    return play


def _changed(env: dict[str, str], changes: t.Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in {**env, **changes}.items() if value is not None}


def _with_failed(records: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    for item in records:  # versions of ansible-core differ in whether they leave it in
        item["result"]["failed"] = item["kind"] in ("failed", "item_failed", "unreachable")
    return records


def _made(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    return path
