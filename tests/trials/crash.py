"""The module is killed at a random moment, then run again: everybody is there, and no password is lost."""

from __future__ import annotations

import os
import random
import signal
import time
import typing as t
from pathlib import Path

from trials.setting import CUSTOMER, DOMAIN, Background, Report, Setting, read_journal, rows, setting, statuses

LATENCY_MS = 100
"""So that most of a run is spent on writing."""


def trial(points: int = 50, users: int = 100, seed: int = 1, name: str = "crash") -> Report:
    """So many runs are killed, each at another moment."""
    report = Report(name)
    dice = random.Random(seed)
    with setting() as place:
        length = _undisturbed(place, users)
        report.say(f"an undisturbed run of {users} users keeps the module busy for {length:.2f} s")
        counts: list[int] = []
        lost: list[str] = []
        wrong: list[str] = []
        late = torn = resets = 0
        while len(counts) < points and late <= points:
            journal = _fresh(place)
            options = _options(users, journal)
            delay = dice.uniform(0, length)
            run = Background(place, **options)
            process = run.module()
            started = time.monotonic()
            if not _kill_after(process, delay):
                # The machine is faster than it was: this point does not count, and the next ones come sooner.
                late += 1
                length = min(length, time.monotonic() - started)
                run.join()
                continue
            run.join()
            counts.append(sum(user["state"] == "active" for user in place.control.users(CUSTOMER)))
            result, _seconds = place.run(**options)
            torn = max(torn, read_journal(journal)[1])
            after = {user["user_principal_name"].lower() for user in place.control.users(CUSTOMER)}
            if (
                result.get("failed")
                or after != {row["user_principal_name"] for row in options["users"]}
                or len(result["rows"]) != users
            ):
                wrong.append(f"point {len(counts)} after {delay:.2f} s: {statuses(result)}, {len(after)} users")
            excused = {row["user_principal_name"].lower() for row in result["rows"] if "reset" in row["message"]}
            resets += len(excused)
            lost += [f"point {len(counts)}: {text}" for text in place.passwords_that_fail(CUSTOMER, journal, excused)]
        middle = sum(0 < count < users for count in counts)
        report.target(
            len(counts) == points, f"{len(counts)} of {points} runs killed at work; {late} more had ended before"
        )
        report.say(
            f"by then from {min(counts, default=0)} to {max(counts, default=0)} users were created, in {middle} runs some and not all"
        )
        report.target(not wrong, f"{len(wrong)} runs that did not converge when run again {wrong[:3] or ''}".rstrip())
        report.target(
            not lost, f"{len(lost)} passwords lost, {resets} reported as in need of a reset {lost[:3] or ''}".rstrip()
        )
        report.target(torn <= 1, f"at most {torn} torn lines in a journal")
    return report


def _options(users: int, journal: Path) -> dict[str, t.Any]:
    return {"customer_id": CUSTOMER, "users": rows(users), "credentials_file": str(journal)}


def _fresh(place: Setting) -> Path:
    place.control.add_customers({"id": CUSTOMER, "company_name": "Trial", "domain": DOMAIN})
    place.control.set(latency_ms=LATENCY_MS)
    journal = place.directory / "credentials.jsonl"
    journal.unlink(missing_ok=True)
    return journal


def _undisturbed(place: Setting, users: int) -> float:
    run = Background(place, **_options(users, _fresh(place)))
    process = run.module()
    started = time.monotonic()
    while os.path.exists(f"/proc/{process}"):
        time.sleep(0.005)
    run.join()
    return time.monotonic() - started


def _kill_after(process: int, seconds: float) -> bool:
    """Whether the process was there to be killed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not os.path.exists(f"/proc/{process}"):
            return False
        time.sleep(min(0.005, max(0.0, deadline - time.monotonic())))
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
