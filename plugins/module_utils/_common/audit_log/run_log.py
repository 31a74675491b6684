# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What one run writes into an audit log: that it begins and ends, and two lines around each write.

The first of the two is on the disk before the write is sent, so a write without the second one is one whose run was
killed: the log says so, and the service has to be asked. A write whose first line cannot be written is not made.
"""

from __future__ import annotations

import os
import pwd
import socket
import threading
import typing as t
from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import MappingProxyType

from ..errors import CollectionError, Defect
from ..failure import of_error
from ..interruption import UNINTERRUPTED, Interrupted, Stopper
from ..outcomes import Outcome, Status, may_be_done
from ..problem import Problem
from ..secrets import Secrets
from ..version import VERSION

if t.TYPE_CHECKING:
    from .chained_file import ChainedFile, Place

OPTION = "audit_log"
INCOMPLETE = "audit_log_incomplete"
"""The reason of a task whose writes were made and could not all be written down afterwards."""
SMALLEST = 10_000
SPEC: dict[str, dict[str, t.Any]] = {OPTION: {"type": "path"}, "audit_log_max_bytes": {"type": "int"}}

Values = t.Mapping[str, t.Any]


class Operation(t.Protocol):
    """A write of any system."""

    @property
    def action(self) -> str:
        """What is done."""

    def result(self) -> dict[str, t.Any]:
        """As a module returns it: without secrets."""


@dataclass(frozen=True)
class Run:
    """Whose lines these are.

    :param correlation_id: under which the service keeps what the run does.
    :param actor: who is signed in, asked before each write.
    :param now: what time it is, and whether the service said so.
    :param about: what else each line says; ``run`` where the correlation id may be that of other runs, too.
    """

    correlation_id: str
    actor: t.Callable[[], Values]
    now: t.Callable[[], tuple[datetime, bool]]
    about: Values = field(default_factory=dict)


class RunLog:
    """The log of one run. May be used from several threads.

    :param stop: ends the wait for another process before a write.
    """

    def __init__(
        self, file: ChainedFile, run: Run, secrets: Secrets, stop: Stopper, change_reference: t.Any = None
    ) -> None:
        self._file, self._run, self._secrets, self._stop = file, run, secrets, stop
        self._reference = change_reference
        self._lock = threading.Lock()
        self._writes = 0
        self._counts = dict.fromkeys(("changed", "failed", "unknown"), 0)
        self._numbers: dict[int, tuple[int, Operation]] = {}
        self._last: Place | None = None
        self.unnoted = ""
        """Why something that was done could not be written down."""

    def begin(self, **what: t.Any) -> None:
        """The run begins. :raises CollectionError: that cannot be written; then nothing must be sent."""
        self._append({"kind": "run_started", "version": VERSION, "who": _local(), **what}, UNINTERRUPTED)

    def around(
        self,
        operation: Operation,
        about: Values,
        outcome: Outcome,
        act: t.Callable[[], t.Any],
        reference: t.Any = None,
        *,
        before: Values = MappingProxyType({}),
        after: t.Callable[[], Values] = dict,
    ) -> t.Any:
        """Make a write, with a line before and one after it; returns and raises what it does.

        :param about: for whom: ids and names.
        :param reference: the change reference of the row, if it has one of its own.
        :param before: what else the line before it says.
        :param after: what else the line after it says, asked when the write has ended.
        :raises CollectionError: the line before it could not be written, and it was not made.
        """
        with self._lock:
            self._writes += 1
            number = self._writes
        said = operation.result()
        self._append(
            {
                "kind": "write_intended",
                "write": number,
                "who": {**self._run.actor(), **_local()},
                "action": operation.action,
                **about,
                "fields": said["fields"],
                "reason": said["reason"],
                **before,
                **_about({}, None, reference),
            },
            self._stop,
        )
        with self._lock:
            self._numbers[id(operation)] = number, operation
        so_far = len(outcome.done), len(outcome.answers)
        try:
            made = act()
        except BaseException as exc:
            about = {**_about(about, getattr(exc, "user", None), reference), **after()}
            self._settle(number, operation, about, outcome, so_far, _status_of(exc, outcome, so_far[0]), exc)
            raise
        about = {**_about(about, made, reference), **after()}
        self._settle(number, operation, about, outcome, so_far, Status.CHANGED, None)
        return made

    def follow(self, kind: str, operation: Operation, about: Values, outcome: Outcome, reference: t.Any = None) -> None:
        """What is known later about a write of this run, in a line of its own."""
        with self._lock:
            number, _operation = self._numbers.get(id(operation), (None, None))
        values = {"kind": kind, "write": number, "action": operation.action, **_about(about, None, reference)}
        self._append_afterwards(values, operation, outcome)

    def _settle(
        self,
        number: int,
        operation: Operation,
        about: Values,
        outcome: Outcome,
        before: tuple[int, int],
        status: Status,
        error: BaseException | None,
    ) -> None:
        details = error.details if isinstance(error, CollectionError) else {}
        answers = outcome.answers[before[1] :]
        also = [done.result() for done in outcome.done[before[0] :] if done is not operation]
        values = {
            "kind": "write_settled",
            "write": number,
            "action": operation.action,
            **about,
            "status": status.value,
            "reason": details.get("reason") or (type(error).__name__ if error else outcome.details.get("reason")),
            "http_status": details.get("http_status", answers[-1].status if answers else None),
            "request_id": details.get("request_id", answers[-1].request_id if answers else None),
            **({"also_done": also} if also else {}),
        }
        with self._lock:
            self._counts[status.value] += 1
        self._append_afterwards(values, operation, outcome)

    def _append_afterwards(self, values: Values, operation: Operation, outcome: Outcome) -> None:
        """A line about what has happened already, and which stays as it is if the line cannot be written."""
        try:
            self._append(values, UNINTERRUPTED)
        except CollectionError as exc:
            self.unnoted = exc.message
            # The row has to say it, too: nobody can tell from the task which of its writes is missing.
            said = f"The outcome of {operation.action} is missing in audit_log: {exc.message}"
            outcome.unnoted = f"{outcome.unnoted} {said}".strip()
            outcome.warnings.append(said)

    def end(self, result: dict[str, t.Any]) -> dict[str, t.Any]:
        """The run ends. :returns: the result with the place of the last line, and failed if something that was done
        is not in the log."""
        values = {
            "kind": "run_ended",
            "failed": bool(result.get("failed")),
            "reason": (result.get("failure") or {}).get("reason"),
            "writes": dict(self._counts),
            "rows": result.get("summary"),
        }
        try:
            self._append(values, UNINTERRUPTED)
        except CollectionError as exc:
            self.unnoted = self.unnoted or exc.message
        result = {**result, OPTION: self.place()}
        if self.unnoted:
            said = f"The log is incomplete: {self.unnoted}"
            result["msg"] = f"{result.get('msg') or ''} {said}".strip()
            if not result.get("failed"):
                result.update(failed=True, failure={"reason": INCOMPLETE})
        return result

    def place(self) -> dict[str, t.Any] | None:
        """Where the last line of this run is."""
        with self._lock:
            last = self._last
        return {"path": self._file.path, "seq": last.seq, "hash": last.hash} if last else None

    def _append(self, values: Values, stop: Stopper) -> None:
        now, of_service = self._run.now()
        line = {
            "kind": values["kind"],
            "time": now.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "clock": "service" if of_service else "local",
            "correlation_id": self._run.correlation_id,
            **self._run.about,
            **({"change_reference": self._reference} if self._reference is not None else {}),
            **values,
        }
        place = self._file.append(self._secrets.clean(line), stop)
        with self._lock:
            if self._last is None or place.seq > self._last.seq:
                self._last = place


def log_of(params: Values, writes: bool, problems: list[str]) -> ChainedFile | None:
    """The log of a task, or None. What is wrong with it is added to the problems. :param writes: whether there is
    anything to write down: not in check mode."""
    path, limit = params.get(OPTION), params.get("audit_log_max_bytes")
    if limit is not None and limit < SMALLEST:
        said = f"audit_log_max_bytes must be at least {SMALLEST}."
        problems.append(Problem(said, "out_of_range", option="audit_log_max_bytes"))
    if path is None:
        if limit is not None:
            said = "audit_log_max_bytes is for audit_log, and there is none."
            problems.append(Problem(said, "contradiction", option="audit_log_max_bytes"))
        return None
    if not str(path).strip():
        return None  # said together with the other paths
    from .chained_file import ChainedFile  # most tasks have no log, and a shipped module compiles what it imports

    file = ChainedFile(path, limit)
    problems += filter(None, [file.check(writes)])
    return file if writes else None


def logged(log: RunLog | None, body: t.Callable[[], dict[str, t.Any]], **what: t.Any) -> dict[str, t.Any]:
    """The result of a run that is in the log, with the place of its last line. An error has it as well.

    :raises CollectionError:
    """
    if log is None:
        return body()
    log.begin(**what)
    try:
        result = body()
    except CollectionError as exc:
        ended = log.end(of_error(exc))
        exc.task[OPTION] = ended[OPTION]
        exc.message = ended["msg"]  # also what could not be written down
        raise
    except BaseException as exc:
        log.end(of_error(Defect(exc)) if isinstance(exc, Exception) else {"failed": True})
        raise
    return log.end(result)


def _about(about: Values, user: t.Any, reference: t.Any) -> dict[str, t.Any]:
    """For whom, with the id of a user that a write has made, and under which change, if that is one of its own."""
    found = {**about, **({"change_reference": reference} if reference is not None else {})}
    if "user_id" in found and not found["user_id"]:
        found["user_id"] = getattr(user, "id", None)
    return found


def _status_of(error: BaseException, outcome: Outcome, done: int) -> Status:
    if not isinstance(error, CollectionError):
        return Status.UNKNOWN
    if isinstance(error, Interrupted):
        return Status.UNKNOWN if error.ambiguous else Status.FAILED
    if may_be_done(error):
        return Status.UNKNOWN
    # Accepted, and not done as it was sent: something was written.
    return Status.CHANGED if hasattr(error, "user") or len(outcome.done) > done else Status.FAILED


def _local() -> dict[str, t.Any]:
    """Which user of which machine runs this."""
    try:
        name: str = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        name = str(os.geteuid())
    return {"local_user": name, "host": socket.gethostname(), "process": os.getpid()}
