"""What all trials need: an emulator, a playbook with one task, its journal, and a report that knows whether every target was met."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import tempfile
import threading
import time
import typing as t
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from emulator import launch
from emulator.control_client import Control
from support.playbooks import MODULE, PlaybookRun, Runner

CUSTOMER = "5f2a0c66-7d0e-4c3b-9a51-1b6f0d4e2c07"
DOMAIN = "trial.onmicrosoft.com"
POLL = 0.005


@dataclass
class Report:
    """What a trial says. ``misses`` are the targets that were not met."""

    name: str
    lines: list[str] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    def say(self, text: str) -> None:
        """A line for the reader, at once."""
        self.lines.append(text)
        print(f"{self.name}: {text}", flush=True)

    def target(self, met: bool, text: str) -> None:
        """A target with its figure."""
        self.say(f"{'ok  ' if met else 'MISS'} {text}")
        if not met:
            self.misses.append(text)


def sign_in(info: t.Mapping[str, t.Any]) -> dict[str, str]:
    """The variables that point the modules at an emulator."""
    return {
        "PARTNER_CENTER_API_URL": info["api_url"],
        "PARTNER_CENTER_AUTHORITY_HOST": info["authority_host"],
        "PARTNER_CENTER_CA_PATH": info["ca_path"],
        "PARTNER_CENTER_TENANT_ID": info["tenant_id"],
        "PARTNER_CENTER_CLIENT_ID": info["client_id"],
        "PARTNER_CENTER_CLIENT_SECRET": "emulator-client-secret",
        "PARTNER_CENTER_REFRESH_TOKEN": "emulator-refresh-token",
        "AZURE_PACK_ENDPOINT": info["azure_pack_admin_url"],
        "AZURE_PACK_CA_PATH": info["ca_path"],
    }


@dataclass
class Setting:
    """An emulator, a runner that signs in to it, and a directory for files."""

    control: Control
    runner: Runner
    directory: Path

    def run(self, check: bool = False, timeout: float = 1800, **options: t.Any) -> tuple[dict[str, t.Any], float]:
        """One task with customer_users; returns its result (empty if its process was killed) and the seconds of ansible-playbook."""
        started = time.monotonic()
        done = self.playbook(check=check, timeout=timeout, **options)
        result = done.modules[-1] if done.modules else {}
        if "rows" not in result and not done.records and "found in a dead state" not in done.output:
            raise RuntimeError(done.output[-4000:])
        return result, time.monotonic() - started

    def playbook(self, check: bool = False, timeout: float = 1800, **options: t.Any) -> PlaybookRun:
        """The same, as ansible-playbook reported it."""
        play = {
            "name": "Trial",
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [{"name": "Users", MODULE + "customer_users": options}],
        }
        path = self.directory / "playbook.json"  # JSON is YAML, and ten thousand rows are written in no time
        path.write_text(json.dumps([play]), encoding="utf-8")
        return self.runner.playbook(str(path), check=check, timeout=timeout)

    def passwords_that_fail(self, customer_id: str, journal: Path, excused: t.Collection[str] = ()) -> list[str]:
        """Users on the server for whom the last line of the journal has no password that works."""
        last = {
            record["user_principal_name"].lower(): record
            for record in read_journal(journal)[0]
            if record["customer_id"] == customer_id
        }
        wrong = []
        for user in self.control.users(customer_id):
            name = user["user_principal_name"].lower()
            if user["state"] != "active" or not user["has_password"] or name in excused:
                continue
            record = last.get(name)
            if (
                record is None
                or not self.control.check_password(customer_id, user["id"], record["password"])["matches"]
            ):
                wrong.append(f"{name} ({record['status'] if record else 'no line'})")
        return wrong


@contextlib.contextmanager
def setting(start: float = 60.0) -> t.Iterator[Setting]:
    """A fresh emulator; it and everything that was started with it end with this block, whatever happens."""
    with (
        tempfile.TemporaryDirectory(prefix="trial-") as scratch,
        launch.start(Path(scratch, "emulator"), start_seconds=start) as emulator,
    ):
        work = Path(scratch, "work")
        work.mkdir()
        runner = Runner(sign_in(emulator.info))
        try:
            yield Setting(emulator.control, runner, work)
        finally:
            for process, words in _processes():
                if any(str(place) in word for place in (work, runner.directory) for word in words):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(process, signal.SIGKILL)


def _processes() -> t.Iterator[tuple[int, list[str]]]:
    """All processes with their command lines."""
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            yield int(entry), Path("/proc", entry, "cmdline").read_bytes().decode("utf-8", "replace").split("\0")


def read_journal(path: Path) -> tuple[list[dict[str, t.Any]], int]:
    """The records of a credentials file, and how many lines are torn."""
    records, torn = [], 0
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            records.append(json.loads(line))
        except ValueError:
            torn += 1
    return records, torn


def rows(number: int, domain: str = DOMAIN, **options: t.Any) -> list[dict[str, t.Any]]:
    """Rows that declare so many users."""
    return [
        {"user_principal_name": f"user{index:05}@{domain}", "display_name": f"User {index}", **options}
        for index in range(number)
    ]


def statuses(result: t.Mapping[str, t.Any]) -> str:
    """How many rows ended how."""
    counts = Counter(row["status"] for row in result.get("rows", []))
    return ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "no rows"


def module_processes(directory: Path) -> list[int]:
    """The processes in which the ansible-playbook of this directory runs the module: its workers, which are copies of it."""
    known = {process: words for process, words in _processes() if str(directory) in " ".join(words)}
    return [process for process, words in known.items() if known.get(_parent(process)) == words]


def _parent(process: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()[1])
    return 0


class Background:
    """A run of ansible-playbook in a thread, so that the module's process can be watched meanwhile."""

    def __init__(self, trial: Setting, **options: t.Any) -> None:
        self._trial = trial
        trial.runner.alone = True
        self.result: dict[str, t.Any] = {}
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, kwargs=options)
        self._thread.start()

    def _run(self, **options: t.Any) -> None:
        try:
            self.result, _seconds = self._trial.run(**options)
        except BaseException as error:
            self._error = error

    def module(self, seconds: float = 60) -> int:
        """The id of the module's process, as soon as there is one."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._thread.is_alive():
            found = module_processes(self._trial.directory)
            if found:
                return found[0]
            time.sleep(POLL)
        self.join()
        raise RuntimeError("the module's process did not appear")

    @property
    def running(self) -> bool:
        """Whether ansible-playbook has not ended."""
        return self._thread.is_alive()

    def join(self) -> dict[str, t.Any]:
        """Wait for the end; returns the module's result."""
        self._thread.join()
        if self._error:
            raise self._error
        return self.result


def load() -> str:
    """What else the machine had to do."""
    one, five, _fifteen = os.getloadavg()
    return f"load average {one:.1f} over 1 minute, {five:.1f} over 5, {os.cpu_count()} processors"
