# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Prints a line now and then while a module with many users works, because a module cannot print before it ends.

In place the lines come from the run itself; of a module that was shipped to this machine, from the file in which it
counts. They go to stderr: stdout may be a document of a callback such as json, and stays one. ansible-runner and AWX
read both streams and make events of type verbose of the lines.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import threading
import typing as t

from ansible import constants as C
from ansible.utils.display import Display

from ...module_utils._common.progress import Watcher
from ...module_utils._common.threads import started
from .module_action import ModuleAction

display = Display()

VARIABLE = "partner_center_progress_seconds"
"""The variable with the seconds between two lines; 0 switches them off."""
DEFAULT_SECONDS = 15.0
FIRST_SECONDS = 5.0
"""Seconds before the first line, at most."""
COUNTED = ("done", "rows", "failed", "reads", "writes", "retries", "throttled", "throttled_seconds")

Counts = t.Mapping[str, t.Any]


class ProgressLines(ModuleAction):
    """The module as it is, and lines next to it, which are left out where they could disturb."""

    counted: t.ClassVar[str] = "rows"
    """What the module counts."""

    def _watcher(self, task_vars: t.Mapping[str, t.Any]) -> Watcher | None:
        seconds = self._seconds(task_vars) if self._wanted() else 0
        return Lines(seconds, self._label(task_vars), self.counted) if seconds > 0 else None

    def _shipped(self, *args: t.Any, **kwargs: t.Any) -> dict[str, t.Any]:
        task_vars = kwargs.get("task_vars") or {}
        here = self._connection.transport == "local" and not self._task.async_val and not args
        own = here and kwargs.get("module_name") is None and self._wanted()
        lines = self._watcher(task_vars) if own else None
        try:
            place = tempfile.mkdtemp(prefix="progress-", dir=C.DEFAULT_LOCAL_TMP) if lines else None
        except OSError:
            place = None
        if lines is None or place is None:
            return super()._shipped(*args, **kwargs)
        path = os.path.join(place, "progress.json")
        try:
            lines.start(lambda: _read(path))
            module_args = {**kwargs.pop("module_args"), "progress_file": path}
            result = super()._shipped(module_args=module_args, **kwargs)
        finally:
            lines.stop()
            shutil.rmtree(place, ignore_errors=True)
        said = (result.get("invocation") or {}).get("module_args")
        if isinstance(said, dict) and said.get("progress_file") == path:
            said["progress_file"] = None  # the task did not say it
        return result

    def _wanted(self) -> bool:
        """Whether anybody may read what is in the lines, and nobody reads them elsewhere."""
        hidden = self._task.no_log or self._play_context.no_log
        return not hidden and not self._task.args.get("progress_file")

    def _seconds(self, task_vars: t.Mapping[str, t.Any]) -> float:
        value = task_vars.get(VARIABLE)
        if value is None:
            return DEFAULT_SECONDS
        try:
            seconds = float(self._templar.template(value))
            if 0 <= seconds <= threading.TIMEOUT_MAX:
                return seconds
        except Exception:  # a bad template, whatever its kind, is not worth a failure
            pass
        display.warning(f"{VARIABLE} is not a number of seconds; {DEFAULT_SECONDS:g} is used.")
        return DEFAULT_SECONDS

    def _label(self, task_vars: t.Mapping[str, t.Any]) -> str:
        """The module, and the host if there are several."""
        name = str(self._task.action).rpartition(".")[2]
        hosts = task_vars.get("ansible_play_hosts_all") or ()
        return f"{name} [{task_vars.get('inventory_hostname')}]" if len(hosts) > 1 else name


class Lines:
    """Asks for the counts every so often and prints them if they are others than before.

    :param seconds: between two lines.
    :param label: who counts.
    :param counted: what is counted.
    """

    def __init__(self, seconds: float, label: str, counted: str = ProgressLines.counted) -> None:
        self._seconds = seconds
        self._label = label
        self._counted = counted
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, counts: t.Callable[[], Counts]) -> None:
        """Begin; a machine without room for a thread gets no lines."""
        with contextlib.suppress(RuntimeError):
            self._thread = started(self._keep, counts)

    def stop(self) -> None:
        """End, at once."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(1)

    def _keep(self, ask: t.Callable[[], Counts]) -> None:
        last: t.Any = None
        said = ""
        pause = min(FIRST_SECONDS, self._seconds)
        while not self._stop.wait(pause):
            pause = self._seconds
            try:
                counts = ask()
                now = tuple(int(counts[name]) for name in COUNTED)
                if now == last or counts["finished"] or self._stop.is_set():
                    continue
                last, line = now, f"{self._label}: {words(counts, self._counted)}"
                if line != said:
                    display.display(line, stderr=True)
                said = line
            except Exception:  # no file yet, or no file at all: then there is nothing to say
                continue


def _read(path: str) -> Counts:
    with open(path, encoding="utf-8") as handle:
        return t.cast("Counts", json.load(handle))


def words(counts: Counts, counted: str = ProgressLines.counted) -> str:
    """The counts as a line."""
    done, rows, failed, reads, _writes, _retries, throttled, waited = (int(counts[name]) for name in COUNTED)
    seconds = float(counts["seconds"])
    parts = [f"{done} of {rows} {counted}" if rows else f"reading, {reads} requests"]
    if failed:
        parts.append(f"{failed} failed")
    if throttled:
        parts.append((f"{throttled} times throttled" if throttled > 1 else "throttled once") + f" ({waited} s)")
    parts.append(f"{round(seconds)} s")
    if 0 < done < rows:
        parts.append(f"about {_span(seconds * (rows - done) / done)} left")
    return ", ".join(parts)


def _span(seconds: float) -> str:
    """A time that is only estimated."""
    return f"{round(seconds)} s" if seconds < 100 else f"{round(seconds / 60)} min"
