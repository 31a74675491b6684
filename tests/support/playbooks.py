"""Runs ansible-playbook the way a user does, and reads what it reported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
MODULE = "tenantops.partner_center."


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
            if record["action"].startswith(MODULE) and not (record["kind"] in ("ok", "failed") and "results" in record["result"])
        ]

    @property
    def last(self) -> dict[str, t.Any]:
        """The last of them."""
        assert self.modules, f"no module ran\n{self.output}"
        return self.modules[-1]


class Runner:
    """Runs playbooks with one environment.

    :param environment: variables for ansible-playbook and so for the modules, such as PARTNER_CENTER_*.

    ``directory`` takes playbooks, records and ansible's own temporary files. Its path is short, because ansible-core puts a Unix socket below
    it, and it is removed together with the runner.
    """

    def __init__(self, environment: t.Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self._temporary = tempfile.TemporaryDirectory(prefix="pc-")
        self.directory = Path(self._temporary.name)
        self.bin = Path(os.environ.get("TENANTOPS_ANSIBLE_BIN") or Path(sys.executable).parent)

    def env(self, **changes: str | None) -> dict[str, str]:
        """The environment of a run: a clean one, the collection, the sign-in."""
        env = {
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "HOME": str(self.directory),
            "LANG": "C.UTF-8",
            "TMPDIR": str(self._sub("tmp")),
            "ANSIBLE_HOME": str(self._sub("ansible")),
            "ANSIBLE_LOCAL_TEMP": str(self._sub("local")),
            "ANSIBLE_REMOTE_TEMP": str(self._sub("remote")),
            "ANSIBLE_COLLECTIONS_PATH": os.environ["ANSIBLE_COLLECTIONS_PATH"],
            "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "tests" / "support" / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "record",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_RETRY_FILES_ENABLED": "false",
            "PYTHONUNBUFFERED": "1",
            **self.environment,
        }
        for name, value in changes.items():
            if value is None:
                env.pop(name, None)
            else:
                env[name] = value
        return env

    def module(self, name: str, check: bool = False, diff: bool = False, verbosity: int = 0, env: t.Mapping[str, str | None] | None = None,
               **options: t.Any) -> dict[str, t.Any]:
        """Run one task with one module; returns its result."""
        task = {"name": "Run", MODULE + name: options}
        return self.tasks([task], check=check, diff=diff, verbosity=verbosity, env=env).last

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
            command = [str(self.bin / "ansible-playbook"), "-i", "localhost,", "-c", "local"]
            command += ["-e", "ansible_python_interpreter={{ ansible_playbook_python }}", *extra]
            command += ["--check"] * check + ["--diff"] * diff + (["-" + "v" * verbosity] if verbosity else []) + [playbook]
            done = subprocess.run(
                command,
                env=self.env(**{**(env or {}), "RECORD_FILE": str(record)}),
                cwd=scratch,
                capture_output=True,
                text=True,
                timeout=timeout,
                stdin=subprocess.DEVNULL,
                check=False,
            )
            records = [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()] if record.exists() else []
        for item in records:  # versions of ansible-core differ in whether they leave it in
            item["result"]["failed"] = item["kind"] in ("failed", "item_failed", "unreachable")
        return PlaybookRun(done.returncode, done.stdout, done.stderr, records)

    def _sub(self, name: str) -> Path:
        path = self.directory / name
        path.mkdir(exist_ok=True)
        return path
