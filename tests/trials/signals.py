"""Tasks that are interrupted, or killed, at random moments: what had been begun is completed or named, nothing else happens, and no password is lost.

Interrupted by SIGINT or SIGTERM, a task says of each row what became of it. Killed, it says nothing; then the files that it left have to be whole, and the next
run has to come to the end.
"""

from __future__ import annotations

import json
import random
import signal
import time
import typing as t
from collections import Counter
from dataclasses import dataclass

from trials import forked
from trials.setting import CUSTOMER, DOMAIN, Report, Setting, read_journal, rows, setting

USERS = 40
LIMIT = {"max_delete_total": USERS}
PARALLEL = 4
LATENCY_MS = 25
GRACE = 15.0
"""Seconds in which an interrupted task has to end; its requests take some hundredths of one."""


@dataclass(frozen=True)
class Task:
    """A task with many writes. ``method`` is that of its writes, ``azure_pack`` says which system it is for."""

    name: str
    method: str
    azure_pack: bool = False


TASKS = (
    Task("creates", "POST"),
    Task("deletions", "DELETE"),
    Task("purge", "DELETE"),
    Task("licenses", "POST"),
    Task("Azure Pack", "DELETE", True),
)
ROTATION = Task("rotation", "POST")


class Trial:
    """Task after task against one emulator."""

    def __init__(self, place: Setting) -> None:
        self.place = place
        self.counts: Counter[str] = Counter()
        self.lengths: dict[str, float] = {}

    def options(self, task: Task) -> dict[str, t.Any]:
        """The options of the task."""
        if task.azure_pack:
            return {
                "users": [{"name": f"user{n:02}@{DOMAIN}", "state": "absent"} for n in range(USERS)],
                "max_parallel": PARALLEL,
                "wait": False,
                **LIMIT,
            }
        if task is ROTATION:
            return {"refresh_token_file": str(self.place.directory / "token"), "force": True}
        common = {
            "customer_id": CUSTOMER,
            "max_parallel": PARALLEL,
            "credentials_file": str(self.place.directory / "credentials.jsonl"),
        }
        named = [row["user_principal_name"] for row in rows(USERS)]
        if task.name == "creates":
            return {**common, "users": rows(USERS)}
        if task.name == "deletions":
            return {**common, "users": [{"user_principal_name": name, "state": "absent"} for name in named], **LIMIT}
        if task.name == "licenses":
            return {
                **common,
                "users": [{"user_principal_name": name, "licenses": ["EMS"], "usage_location": "US"} for name in named],
            }
        return {
            **common, "users": [{"user_principal_name": f"kept@{DOMAIN}"}], "purge": True, "purge_scope": {"domains": [DOMAIN]}, "max_delete": 1000,
            "max_delete_percentage": 100, "undo_file": str(self.place.directory / "undo.json"), **LIMIT,
        }  # fmt: skip

    def fresh(self, task: Task) -> None:
        """Everybody is there, or, for creates, nobody."""
        control = self.place.control
        control.reset()
        everybody = [{"user_principal_name": f"kept@{DOMAIN}", "display_name": "Kept"}] + (
            [] if task.name == "creates" else [{**row, "usage_location": "US"} for row in rows(USERS)]
        )
        skus = [{"part_number": "EMS", "units": USERS + 5, "consumed": 0}]
        control.add_customers(
            {"id": CUSTOMER, "company_name": "Trial", "domain": DOMAIN, "users": everybody, "skus": skus}
        )
        if task.azure_pack:
            control.azure_pack.add_users(
                [
                    {"name": f"user{n:02}@{DOMAIN}", "email": f"user{n:02}@{DOMAIN}", "state": "active"}
                    for n in range(USERS)
                ]
            )
        if task is ROTATION:
            token = self.place.directory / "token"
            token.write_text(self.place.runner.environment["PARTNER_CENTER_REFRESH_TOKEN"], encoding="utf-8")
            token.chmod(0o600)
        control.set(latency_ms=LATENCY_MS)
        control.clear_log()
        for name in ("credentials.jsonl", "undo.json"):
            (self.place.directory / name).unlink(missing_ok=True)

    def start(self, task: Task) -> forked.Started:
        """Begin it."""
        module = "azure_pack_users" if task.azure_pack else "refresh_token" if task is ROTATION else "customer_users"
        environment = dict(self.place.runner.environment)
        if task.azure_pack:
            environment["AZURE_PACK_ACCESS_TOKEN"] = self.place.control.azure_pack.token()
        if task is ROTATION:
            del environment["PARTNER_CENTER_REFRESH_TOKEN"]
        return forked.start(module, self.options(task), environment, directory=str(self.place.directory))

    def length(self, task: Task) -> float:
        """Seconds that it takes when nothing happens."""
        if task.name not in self.lengths:
            self.fresh(task)
            done = self.start(task).wait(120)
            if done.failed:
                raise RuntimeError(f"{task.name}: {done.result.get('msg')} {done.output[-2000:]}")
            self.lengths[task.name] = done.seconds
        return self.lengths[task.name]

    def writes(self, task: Task) -> list[dict[str, t.Any]]:
        """The writes that the service has got."""
        control = self.place.control
        log = (
            control.azure_pack.writes()
            if task.azure_pack
            else control.log(server="login")
            if task is ROTATION
            else control.writes()
        )
        return [entry for entry in log if entry["method"] == task.method]

    def _begin(self, task: Task, dice: random.Random) -> forked.Started:
        """A task at a random moment: mostly when the service has got a random number of its writes, sometimes at any time."""
        length = self.length(task)
        self.fresh(task)
        work = self.start(task)
        if task is ROTATION or dice.random() < 0.25:
            time.sleep(dice.uniform(0, length))
            return work
        wanted, deadline = dice.randrange(USERS - PARALLEL), time.monotonic() + 4 * length
        while len(self.writes(task)) < wanted and time.monotonic() < deadline:
            time.sleep(0.002)
        return work

    def interrupted(self, task: Task, dice: random.Random) -> list[str]:
        """A signal at a random moment."""
        number = dice.choice((signal.SIGINT, signal.SIGTERM))
        work = self._begin(task, dice)
        before = len(self.writes(task))
        work.send(number)
        sent = time.monotonic()
        # What the service got between the look at its log and the signal was begun before; some hundredths of a second allow for one more round.
        done = work.wait(GRACE)
        seconds = time.monotonic() - sent
        writes = len(self.writes(task))
        result = [] if not done.defect else [done.defect]
        if not done.result and not writes and not done.killed:
            self.counts["before anything"] += 1
            return []  # it had not begun to work
        if writes - before > 3 * PARALLEL:
            result.append(f"{writes - before} writes after the signal")
        if not done.failed:
            self.counts["too late"] += 1
            return result
        self.counts["in the middle" if 0 < writes < USERS else "at an end"] += 1
        if seconds > GRACE / 2:
            result.append(f"ended {seconds:.1f} s after the signal")
        said = Counter(row["status"] for row in [*done.result.get("rows", []), *done.result.get("purged", [])])
        self.counts.update(f"{status} rows" for status in said.elements())
        if writes and not said:
            result.append("the result names nobody")
        if done.result.get("rows") and writes > said["changed"] + said["unknown"] + said["failed"]:
            result.append(f"{writes} writes, but {dict(said)}")
        if said["changed"] and not done.result.get("changed"):
            result.append("changed is false although rows changed")
        return result + self._after(task)

    def killed(self, task: Task, dice: random.Random) -> list[str]:
        """SIGKILL at a random moment."""
        work = self._begin(task, dice)
        work.send(signal.SIGKILL)
        work.wait(GRACE)
        self.counts["in the middle" if 0 < len(self.writes(task)) < USERS else "at an end"] += 1
        return self._after(task)

    def _after(self, task: Task) -> list[str]:
        """The next run comes to the end, the undo file brings everybody back, the passwords work."""
        wrong = []

        def active() -> set[str]:
            return {
                user["user_principal_name"] for user in self.place.control.users(CUSTOMER) if user["state"] == "active"
            }

        if task.name == "purge":
            undo = self.place.directory / "undo.json"
            recorded = (
                {
                    row["user_principal_name"]
                    for block in json.loads(undo.read_text())["customers"]
                    for row in block["users"]
                }
                if undo.exists()
                else set()
            )
            gone = {row["user_principal_name"] for row in rows(USERS)} - active()
            if gone - recorded:
                wrong.append(f"{len(gone - recorded)} deleted users are not in the undo file")
        again = self.start(task).wait(120)
        if again.failed:
            return [*wrong, f"the next run failed: {again.result.get('msg') or again.output[-500:]}"]
        if task.azure_pack or task is ROTATION:
            return wrong
        if task.name == "creates":
            if active() != {row["user_principal_name"] for row in rows(USERS)} | {f"kept@{DOMAIN}"}:
                wrong.append("not everybody was created")
            excused = {row["user_principal_name"].lower() for row in again.result["rows"] if "reset" in row["message"]}
            excused |= {
                name for warning in again.result.get("warnings", []) for name in active() if name in str(warning)
            } | {f"kept@{DOMAIN}"}
            wrong += self.place.passwords_that_fail(CUSTOMER, self.place.directory / "credentials.jsonl", excused)
            if read_journal(self.place.directory / "credentials.jsonl")[1]:
                self.counts["torn lines"] += 1
        elif task.name in ("deletions", "purge") and active() != {f"kept@{DOMAIN}"}:
            wrong.append(f"{len(active())} users are left")
        return wrong


def trial(
    points: int = 50, tasks: t.Sequence[Task] = TASKS, seed: int = 1, kill: bool = False, name: str = "signals"
) -> Report:
    """So many tasks, one signal each."""
    report = Report(name)
    dice = random.Random(seed)
    wrong: list[str] = []
    with setting() as place:
        here = Trial(place)
        for point in range(points):
            task = tasks[point % len(tasks)]
            wrong += [
                f"{point} ({task.name}): {text}" for text in (here.killed if kill else here.interrupted)(task, dice)
            ]
    report.say(", ".join(f"{count} {kind}" for kind, count in sorted(here.counts.items())))
    report.target(
        here.counts["in the middle"] * 3 >= points,
        f"{here.counts['in the middle']} of {points} tasks were stopped in the middle",
    )
    report.target(not wrong, f"{len(wrong)} deviations {wrong[:6] or ''}".rstrip())
    return report
