"""Locks of whole runs: who has one, who has died, and that of many at once only one gets it."""

from __future__ import annotations

import datetime
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks import locks as run_locks
from ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks import output_folder

FORK = multiprocessing.get_context("fork")


def another(**changes: t.Any) -> dict[str, t.Any]:
    """A run that is alive and is not this one: the process that started the tests."""
    pid = os.getppid()
    return {**run_locks.this_run(), "pid": pid, "started": run_locks._started(pid), **changes}


def dead() -> dict[str, t.Any]:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    return another(pid=process.pid, started="1")


def test_a_lock_is_this_runs_until_it_is_given_back(tmp_path: Path) -> None:
    path, run = str(tmp_path / ".lock"), run_locks.this_run()
    run_locks.claim(path, run)
    run_locks.claim(path, run)
    assert os.stat(path).st_mode & 0o777 == 0o600 and json.loads(Path(path).read_text())["pid"] == os.getpid()
    assert run_locks.holder(path, run) is None and run_locks.holder(path, another()) is not None
    with pytest.raises(run_locks.LockTaken, match=str(os.getpid())):
        run_locks.claim(path, another())
    run_locks.release(path, another())
    assert os.path.exists(path)
    run_locks.release(path, run)
    run_locks.release(path, run)
    assert os.listdir(tmp_path) == []


def test_two_hosts_of_one_run_do_not_share_a_lock(tmp_path: Path) -> None:
    path, one, other = str(tmp_path / ".lock"), run_locks.this_run("one"), run_locks.this_run("other")
    run_locks.claim(path, one)
    run_locks.claim(path, one)
    for stranger in (other, run_locks.this_run()):
        assert run_locks.holder(path, stranger) is not None
        with pytest.raises(run_locks.LockTaken):
            run_locks.claim(path, stranger)
        run_locks.release(path, stranger)
    assert os.path.exists(path)
    run_locks.release(path, one)
    run_locks.claim(path, other)


def test_a_task_is_part_of_the_run_that_started_it(tmp_path: Path) -> None:
    run, queue = run_locks.this_run(), FORK.Queue()
    worker = FORK.Process(target=lambda: queue.put(run_locks.this_run()))
    worker.start()
    assert run_locks.same(queue.get(timeout=30), run)
    worker.join()


def test_a_killed_run_leaves_a_lock_that_is_taken_over(tmp_path: Path) -> None:
    path = str(tmp_path / ".lock")
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time\nfrom ansible_collections.tenantops.partner_center.plugins.plugin_utils.playbooks import locks as run_locks\n"
            "run_locks.claim(sys.argv[1], run_locks.this_run())\nprint('held', flush=True)\ntime.sleep(60)",
            path,
        ],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert t.cast(t.IO[str], process.stdout).readline() == "held\n"
    with pytest.raises(run_locks.LockTaken, match=str(process.pid)):
        run_locks.claim(path, run_locks.this_run())
    process.send_signal(signal.SIGKILL)
    process.wait()
    run_locks.claim(path, run_locks.this_run())
    assert json.loads(Path(path).read_text())["pid"] == os.getpid()


@pytest.mark.parametrize(
    ("record", "alive"),
    [
        (another, True),
        (run_locks.this_run, True),
        (dead, False),
        (lambda: another(started="12345"), False),  # the number is used again
        (lambda: another(machine="other", boot="another"), True),  # another machine of the same name
        (lambda: another(machine=None, boot="another"), True),
        (lambda: another(boot=None), True),  # what cannot be told counts for as long as on another machine
        (lambda: another(started=None), True),
        (lambda: another(started=None, since="2020-01-01T00:00:00Z"), False),
        (lambda: another(pid=0), True),
        (lambda: another(pid="x"), True),
        (lambda: another(pid="x", since="2020-01-01T00:00:00Z"), False),
        (lambda: another(host="elsewhere"), True),
        (lambda: another(host="elsewhere", pid=0), True),
        (lambda: another(processes="pid:[1]", pid=0), True),  # another container
        (lambda: another(host="elsewhere", since="nonsense"), True),
        (lambda: another(host="elsewhere", since="2020-01-01T00:00:00Z"), False),
    ],
)
def test_who_may_still_be_at_work(tmp_path: Path, record: t.Callable[[], dict[str, t.Any]], alive: bool) -> None:
    made = record()
    assert run_locks.alive(made) is alive
    path = tmp_path / ".lock"
    path.write_text(json.dumps(made))
    mine = {**run_locks.this_run(), "pid": 1, "started": "x"}
    assert bool(run_locks.claim_all([str(path)], mine)) is alive
    assert (json.loads(path.read_text())["pid"] == 1) is not alive


def test_a_lock_from_before_the_machine_was_started_anew_is_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    here = {**run_locks.this_run(), "machine": "m"}
    monkeypatch.setattr(run_locks, "this_run", lambda: dict(here))
    assert not run_locks.alive({**here, "boot": "another"})


def test_another_machine_counts_for_as_long_as_a_run_may_take() -> None:
    made = another(host="elsewhere", since="2026-11-28T00:00:00Z")
    start = datetime.datetime(2026, 11, 28, tzinfo=datetime.timezone.utc)
    for hours, alive in ((0, True), (11, True), (13, False)):
        assert run_locks.alive(made, start + datetime.timedelta(hours=hours)) is alive


@pytest.mark.parametrize("content", ["[]", "{}", "somebody's notes", '{"kind": "x"}', "\0", "{", "[" * 4000])
def test_a_file_of_somebody_else_is_no_lock(tmp_path: Path, content: str) -> None:
    path = tmp_path / ".lock"
    path.write_text(content)
    assert len(run_locks.claim_all([str(path)], run_locks.this_run())) == 1 and path.read_text() == content
    run_locks.release(str(path), run_locks.this_run())
    assert path.exists()


def test_what_is_no_file_is_no_lock(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    (tmp_path / "directory").mkdir()
    os.mkfifo(tmp_path / "pipe")
    started = time.monotonic()
    for name in ("link", "directory", "pipe", "nowhere/x"):
        assert len(run_locks.claim_all([str(tmp_path / name)], run_locks.this_run())) == 1
    assert time.monotonic() - started < 5 and not (tmp_path / "target").exists()


def test_all_locks_or_none(tmp_path: Path) -> None:
    paths = [str(tmp_path / name) for name in "abc"]
    Path(paths[1]).write_text(json.dumps(another()))
    Path(paths[2]).write_text("")  # of a run that was killed before it wrote its name
    run_locks.claim(paths[0], run_locks.this_run())
    assert len(run_locks.claim_all(paths, run_locks.this_run())) == 1
    assert os.path.exists(paths[0]), "it was ours before" and not os.path.exists(paths[2])
    os.unlink(paths[1])
    assert run_locks.claim_all(paths, run_locks.this_run()) == []


def _contend(path: str, number: int, queue: t.Any) -> None:
    run = {**run_locks.this_run(), "pid": os.getpid(), "started": run_locks._started(os.getpid())}
    for _turn in range(20):
        try:
            run_locks.claim(path, run)
        except run_locks.LockTaken:
            continue
        with open(path + ".inside", "x"):
            pass
        os.unlink(path + ".inside")
        run_locks.release(path, run)
    queue.put(number)


def test_of_many_at_once_one_is_inside(tmp_path: Path) -> None:
    queue: t.Any = FORK.Queue()
    workers = [FORK.Process(target=_contend, args=(str(tmp_path / ".lock"), number, queue)) for number in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 6 and os.listdir(tmp_path) == []


# The directory of the results

OURS = {
    "result.json": '{"status": "drift", "message": "x"}',
    "plan.json": '{"format": "tenantops.partner_center plan", "version": 1}',
    "report.json": '{\n  "schema_version": 1}',
    "report.md": "## Users\n\n**1 changed** (1 user)\n",
    "report.html": '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="x">',
    "reconcile.env": "RECONCILE_STATUS=drift\n",
    "handover.csv": "\ufeffFirst name,Last name,Display name,Email,Status update,Temporary password\r\na,b,c,d,e,f\r\n",
}
FILES = tuple(name for name in OURS if name != "handover.csv")


def test_an_earlier_run_is_forgotten_and_others_are_kept(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_text(OURS[name])
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "credentials.jsonl").write_text("{}")
    assert output_folder.claim(str(tmp_path), FILES, ("result.json", "report.md"), run_locks.this_run()) == []
    assert {path.name for path in tmp_path.iterdir()} == {*FILES, "notes.txt", "credentials.jsonl", ".lock"} - {
        "result.json",
        "report.md",
    }
    (problem,) = output_folder.claim(str(tmp_path), FILES, FILES, another())
    assert str(os.getpid()) in problem and (tmp_path / "plan.json").exists()
    output_folder.leave(str(tmp_path), run_locks.this_run())
    assert not (tmp_path / ".lock").exists()


@pytest.mark.parametrize("name", OURS)
def test_what_is_not_ours_is_neither_removed_nor_overwritten(tmp_path: Path, name: str) -> None:
    for content in (
        "somebody's work",
        "{}",
        "[]",
        '{"status": 1, "message": 2}',
        "First name,Last name,Display name,Email,Status update\r\n",
        "\0\xff",
        "# Users\n\nx\n",
    ):
        (tmp_path / name).write_bytes(content.encode("latin-1"))
        assert output_folder.refusal(str(tmp_path / name), name == "handover.csv")
        if name in FILES:
            assert len(output_folder.claim(str(tmp_path), FILES, FILES, run_locks.this_run())) == 1
            assert os.listdir(tmp_path) == [name] and (tmp_path / name).read_bytes() == content.encode("latin-1")
    for content in (OURS[name], ""):
        (tmp_path / name).write_text(content)
        assert output_folder.refusal(str(tmp_path / name), name == "handover.csv") is None
    (tmp_path / name).unlink()
    for make in (lambda path: path.mkdir(), lambda path: path.symlink_to("nowhere"), os.mkfifo):
        make(tmp_path / name)
        assert output_folder.refusal(str(tmp_path / name), name == "handover.csv")
        (tmp_path / name).rmdir() if (tmp_path / name).is_dir() else (tmp_path / name).unlink()


def test_a_directory_is_made_for_nobody_else(tmp_path: Path) -> None:
    place = tmp_path / "a" / "b"
    assert output_folder.problems_of(str(place), FILES, run_locks.this_run()) == [] and not place.exists()
    assert (
        output_folder.claim(str(place), FILES, FILES, run_locks.this_run()) == []
        and place.stat().st_mode & 0o777 == 0o700
    )
    (tmp_path / "file").write_text("x")
    assert len(output_folder.claim(str(tmp_path / "file"), FILES, FILES, run_locks.this_run())) == 1
    assert len(output_folder.claim(str(tmp_path / "file" / "x"), FILES, FILES, run_locks.this_run())) == 1
