"""Which password works, as the lines of a credentials file tell it: against a model of the directory, for runs that
are mixed up in every way."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import threading
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.errors import CredentialsFileError
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.secrets import Secret, Secrets
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.plan.users import plan
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run import passwords
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.apply import begin
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.password_attempts import (
    Attempts,
)
from ansible_collections.tenantops.partner_center.plugins.module_utils._partner_center.run.passwords import (
    CredentialsFile,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from support.documentation import blocks
from support.refused import refused

from .factories import CUSTOMER, declared, snapshot, user
from .wires import Response, client, wire

UPN = "ada@contoso.example"
ENDS = ("delivered", "rejected", "reset_needed", None)


class World:
    """A directory with one user, and a file that runs write to."""

    def __init__(self) -> None:
        self.works: str | None = None
        self.lines: list[bytes] = []
        self.number = 0

    def line(self, password: str, status: str, name: str = UPN) -> bytes:
        who = {"time": "2026-01-01T00:00:00Z", "customer_id": CUSTOMER, "user_principal_name": name, "user_id": None}
        return json.dumps({**who, "password": password, "request_id": "r", "status": status}).encode()

    def steps(self, end: str | None, takes: bool, early: bool, upper: bool) -> list[t.Callable[[], None]]:
        """What a run does, one after the other. :param end: None for a run that is killed. :param takes: whether the
        service sets it if that is not told.

        :param early: whether it is killed before it sends anything.
        """
        self.number += 1
        password, name = f"p{self.number}", UPN.upper() if upper else UPN
        takes = end == "delivered" or (end != "rejected" and takes and not (early and end is None))

        def effect() -> None:
            if takes:
                self.works = password

        made: list[t.Callable[[], None]] = [lambda: self.lines.append(self.line(password, "pending", name)), effect]
        if end is not None:
            made.append(lambda: self.lines.append(self.line(password, end, name)))
        return made

    def content(self) -> bytes:
        return b"".join(line + b"\n" for line in self.lines)

    def agrees(self) -> bool | None:
        """Whether the file tells; what it tells has to be the truth."""
        standing = Attempts(self.content()).standing(CUSTOMER, UPN)
        if standing is None:
            assert self.works is None, "a password that works is hidden"
            return None
        if standing.works:
            assert standing.record["password"] == self.works, "a password that does not work is handed over"
        return standing.works


RUNS = st.lists(st.tuples(st.sampled_from(ENDS), st.booleans(), st.booleans(), st.booleans()), max_size=7)


@settings(max_examples=400, deadline=None)
@given(RUNS, st.lists(st.integers(0, 30), max_size=4))
def test_runs_one_after_the_other(runs: list[t.Any], torn: list[int]) -> None:
    world = World()
    for run in runs:
        for step in world.steps(*run):
            step()
            world.agrees()
    settled = all(end in ("delivered", "rejected") for end, *_rest in runs)
    last = next((end for end, *_rest in reversed(runs) if end != "rejected"), None)
    assert world.agrees() == (
        None if not runs or all(end == "rejected" for end, *_rest in runs) else last == "delivered"
    )
    assert world.agrees() is not False or not settled, "when every run has noted its end, it is known"
    for place in torn:
        # A line that was cut off while it was written: nothing was sent for it, or it says less than the one before.
        world.lines.insert(place % (len(world.lines) + 1), world.line("torn", "pending")[: 20 + place * 4])
    world.agrees()


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(ENDS[:3]), st.booleans(), st.just(False), st.booleans()), min_size=2, max_size=4
    ),
    st.data(),
)
def test_runs_at_once_that_nothing_has_kept_apart(runs: list[t.Any], data: t.Any) -> None:
    """On machines of their own, say, where locks do not reach: then it is not known which came last, and nothing else
    is said."""
    world = World()
    waiting = [world.steps(*run) for run in runs]
    while waiting:
        chosen = data.draw(st.sampled_from(waiting))
        chosen.pop(0)()
        waiting = [steps for steps in waiting if steps]
        if not waiting:
            world.agrees()


def shown(content: bytes, path: Path) -> dict[str, str]:
    """What the documented command prints."""
    script = next(
        example.text for example in blocks("sh") if "jq -nRr" in example.text and ".password else" in example.text
    )
    path.write_bytes(content)
    command = script.replace(" credentials.jsonl", f" {path}")
    done = subprocess.run(["bash", "-euc", command], capture_output=True, text=True, check=True)
    return {name.lower(): password for name, password in (line.split("\t") for line in done.stdout.splitlines())}


@settings(max_examples=25, deadline=None)
@given(st.lists(RUNS, max_size=6), st.booleans())
def test_the_documented_command_says_the_same(
    tmp_path_factory: pytest.TempPathFactory, users: list[list[t.Any]], torn: bool
) -> None:
    content, told = b"", {}
    for number, runs in enumerate(users):
        world = World()
        for run in runs:
            for step in world.steps(*run):
                step()
        name = f"user{number}@contoso.example"
        content += b"".join(
            line.replace(UPN.encode(), name.encode()).replace(UPN.upper().encode(), name.upper().encode()) + b"\n"
            for line in world.lines
        )
        content += b'{"time": "2026-01-01T00:00:00Z", "custo\n' if torn else b""
        told[name] = world
    printed = shown(content, tmp_path_factory.mktemp("jq") / "c.jsonl")
    attempts = Attempts(content)
    for name in told:
        standing = attempts.standing(CUSTOMER, name)
        expected = (
            None if standing is None else standing.record["password"] if standing.works else "not known: set a new one"
        )
        assert printed.get(name) == expected


# The file


def entry(file: CredentialsFile, status: str, password: str, name: str = UPN) -> None:
    protected = file.protected(Secret(password))
    file.append(
        status, customer_id=CUSTOMER, user_principal_name=name, user_id=None, request_id=None, protected=protected
    )


def set_passwords(path: str, truth: str, number: int, begin: t.Any) -> None:
    """A run that sets a password of the same user again and again; the directory is a file."""
    file = CredentialsFile(path)
    begin.wait(20)
    for position in range(4):
        password = f"p{number}-{position}"
        entry(file, "pending", password)
        time.sleep(0.002 * ((number + position) % 3))
        Path(truth).write_text(password)
        time.sleep(0.002 * ((number * 2 + position) % 3))
        entry(file, "delivered", password)
        entry(file, "pending", f"other{number}-{position}", f"own{number}@contoso.example")
        entry(file, "rejected", f"other{number}-{position}", f"own{number}@contoso.example")


def test_runs_at_once_lose_nothing_and_hide_nothing(tmp_path: Path) -> None:
    forks = multiprocessing.get_context("fork")
    begin = forks.Barrier(5)
    path, truth = tmp_path / "c.jsonl", tmp_path / "truth"
    processes = [
        forks.Process(target=set_passwords, args=(str(path), str(truth), number, begin)) for number in range(5)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 5
    assert len([json.loads(line) for line in path.read_text().splitlines()]) == 5 * 4 * 4
    standing = Attempts(path.read_bytes()).standing(CUSTOMER, UPN)
    assert standing and standing.works and standing.record["password"] == truth.read_text()
    assert [name.name for name in sorted(tmp_path.iterdir())] == ["c.jsonl", "truth"]


def hold(path: str, ready: t.Any, end: t.Any) -> None:
    file = CredentialsFile(path)
    entry(file, "pending", "first")
    ready.set()
    end.wait(20)
    os._exit(9)


def test_a_run_waits_for_another_and_not_for_a_dead_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forks = multiprocessing.get_context("fork")
    path, ready, end = str(tmp_path / "c.jsonl"), forks.Event(), forks.Event()
    process = forks.Process(target=hold, args=(path, ready, end), daemon=True)
    process.start()
    assert ready.wait(20)
    monkeypatch.setattr(passwords, "LOCK_WAIT", 0.2)
    file = CredentialsFile(path)
    with refused(CredentialsFileError, reason="password_being_set") as caught:
        entry(file, "pending", "second")
    assert caught.value.details["reason"] == "password_being_set" and Path(path).read_text().count("\n") == 1
    entry(file, "pending", "third", "somebody.else@contoso.example")
    end.set()
    process.join()
    entry(file, "pending", "second")
    entry(file, "delivered", "second")
    standing = file.attempts().standing(CUSTOMER, UPN)
    assert standing and standing.works and standing.record["password"] == "second"


def test_the_file_is_taken_away_while_a_run_has_it(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    file, other = CredentialsFile(str(path)), tmp_path / "other.jsonl"
    entry(file, "pending", "p1")
    path.rename(other)
    entry(file, "delivered", "p1")
    entry(file, "pending", "p2", "bob@contoso.example")
    assert (
        other.read_text().count("\n") == 1
        and path.read_text().count("\n") == 2
        and path.stat().st_mode & 0o777 == 0o600
    )
    standing = Attempts(path.read_bytes()).standing(CUSTOMER, UPN)
    assert standing and standing.works


def test_a_full_disk_leaves_no_part_of_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "c.jsonl"
    file = CredentialsFile(str(path))
    entry(file, "pending", "p1")
    before = path.read_bytes()
    real = os.write
    monkeypatch.setattr(passwords.os, "write", lambda descriptor, data: real(descriptor, data[: len(data) // 2]))
    with refused(CredentialsFileError, reason="credentials_file"):
        entry(file, "delivered", "p1")
    assert path.read_bytes() == before
    monkeypatch.setattr(passwords.os, "write", real)
    entry(file, "pending", "p2")
    assert len([json.loads(line) for line in path.read_text().splitlines()]) == 2


@pytest.mark.parametrize(
    "content",
    [
        "users:\n- a\n",
        '{\n  "format": "tenantops.partner_center plan"\n}\n',
        '{"access_token": "x"}',
        "$ANSIBLE_VAULT;1.1\n",
        "[1]",
    ],
)
def test_a_file_of_another_kind_is_not_added_to(tmp_path: Path, content: str) -> None:
    path = tmp_path / "c.jsonl"
    path.touch(0o600)
    path.write_text(content)
    for call in (CredentialsFile(str(path)).check, lambda: entry(CredentialsFile(str(path)), "pending", "p")):
        with refused(CredentialsFileError, reason="credentials_file"):
            call()
    assert path.read_text() == content


def test_threads_of_one_run_do_not_wait_for_one_another(tmp_path: Path) -> None:
    file = CredentialsFile(str(tmp_path / "c.jsonl"))

    def work(number: int) -> None:
        for status in ("pending", "delivered"):
            entry(file, status, f"p{number}", f"u{number}@contoso.example")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(32)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    attempts = file.attempts()
    assert all(
        standing and standing.works
        for standing in (attempts.standing(CUSTOMER, f"u{number}@contoso.example") for number in range(32))
    )
    assert time.monotonic() - started < 20


REFUSED = Response(400, {"code": 3000, "description": "Said by the service."})
GONE = [Response(503)] * 40
CASES = {
    "create": ({"display_name": "Ada"}, False, [Response(201, wire())], "changed"),
    "create refused": ({"display_name": "Ada"}, False, [REFUSED], "failed"),
    "create lost": ({"display_name": "Ada"}, False, GONE, "unknown"),
    "reset": ({"update_password": "always"}, True, [Response(200, wire(0))], "changed"),
    # Both forms of the path, and the look between them.
    "reset refused": ({"update_password": "always"}, True, [REFUSED, Response(200, wire(0)), REFUSED], "failed"),
    "reset lost": ({"update_password": "always"}, True, GONE, "unknown"),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("full", [False, True])
def test_a_note_that_cannot_be_written_changes_no_outcome_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str, full: bool
) -> None:
    options, there, answers, status = CASES[case]
    file = CredentialsFile(str(tmp_path / "c.jsonl"))
    api, _script, _slept = client(*answers, seconds=20)
    append, said = file.append, []

    def note(status: str, **values: t.Any) -> None:
        said.append(status)
        if full and status != "pending":
            raise CredentialsFileError("NO SPACE LEFT")
        append(status, **values)

    monkeypatch.setattr(file, "append", note)
    planned = plan((declared(credentials_file=True, **options),), snapshot(*([user()] if there else [])))
    (outcome,) = begin(planned, api, secrets=Secrets(), credentials=file).finish()
    assert outcome.status == status and len(said) == 2
    assert (
        ("NO SPACE LEFT" in outcome.message) == full == any("NO SPACE LEFT" in warning for warning in outcome.warnings)
    )
    assert ("Said by the service" in outcome.message) == (REFUSED in answers)
    standing = Attempts((tmp_path / "c.jsonl").read_bytes()).standing(CUSTOMER, UPN)
    assert (standing is not None and standing.works) == (status == "changed" and not full)
    assert (standing is None) == (status == "failed" and not full)
