# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Runs the module of the same name and prints a line now and then while it works, because a module cannot print before
it ends.

The lines go to stderr: stdout may be a document of a callback such as json, and stays one. ansible-runner and AWX read
both streams and make events of type verbose of the lines.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
import typing as t

from ansible import constants as C
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.utils.display import Display

display = Display()

VARIABLE = "partner_center_progress_seconds"
"""The variable with the seconds between two lines; 0 switches them off."""
DEFAULT_SECONDS = 15.0
COUNTED = ("done", "rows", "failed", "reads", "writes", "retries", "throttled", "throttled_seconds")


class ProgressLines(NormalAction):
    """The module as it is, and next to it a thread that reads the file in which the module counts."""

    def _execute_module(self, *args: t.Any, **kwargs: t.Any) -> dict[str, t.Any]:
        """Run the module; everything that has to do with lines is left out where it could disturb."""
        place = None
        task_vars = kwargs.get("task_vars") or {}
        seconds = self._seconds(task_vars) if self._wanted(args, kwargs) else 0
        if seconds > 0:
            try:
                place = tempfile.mkdtemp(prefix="progress-", dir=C.DEFAULT_LOCAL_TMP)
            except OSError:
                pass
        if place is None:
            return t.cast("dict[str, t.Any]", super()._execute_module(*args, **kwargs))
        path = os.path.join(place, "progress.json")
        lines = Lines(path, seconds, self._label(task_vars))
        try:
            lines.start()
            result: dict[str, t.Any] = super()._execute_module(
                *args, **{**kwargs, "module_args": {**self._task.args, "progress_file": path}}
            )
        finally:
            lines.stop()
            shutil.rmtree(place, ignore_errors=True)
        module_args = (result.get("invocation") or {}).get("module_args")
        if isinstance(module_args, dict) and module_args.get("progress_file") == path:
            module_args["progress_file"] = None  # the task did not say it
        return result

    def _wanted(self, args: t.Sequence[t.Any], kwargs: t.Mapping[str, t.Any]) -> bool:
        """Whether the file would be here, and whether anybody may read what is in it."""
        plain = (
            not args
            and not kwargs.get("wrap_async")
            and kwargs.get("module_name") is None
            and kwargs.get("module_args") is None
        )
        hidden = self._task.no_log or self._play_context.no_log
        return (
            plain
            and not self._task.async_val
            and not hidden
            and self._connection.transport == "local"
            and not self._task.args.get("progress_file")
        )

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
        display.warning(f"{VARIABLE} is not a number of seconds; {DEFAULT_SECONDS:g} is taken.")
        return DEFAULT_SECONDS

    def _label(self, task_vars: t.Mapping[str, t.Any]) -> str:
        """The module, and the host if there are several."""
        name = str(self._task.action).rpartition(".")[2]
        hosts = task_vars.get("ansible_play_hosts_all") or ()
        return f"{name} [{task_vars.get('inventory_hostname')}]" if len(hosts) > 1 else name


class Lines:
    """Reads the counts every so often and prints them if they are others than before."""

    def __init__(self, path: str, seconds: float, label: str) -> None:
        self._path = path
        self._seconds = seconds
        self._label = label
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        """Begin; a machine without room for a thread gets no lines."""
        try:
            self._thread.start()
        except RuntimeError:
            pass

    def stop(self) -> None:
        """End, at once."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(1)

    def _keep(self) -> None:
        last = None
        while not self._stop.wait(self._seconds):
            try:
                with open(self._path, encoding="utf-8") as handle:
                    counts = json.load(handle)
                now = tuple(int(counts[name]) for name in COUNTED)
                if now == last or counts["finished"] or self._stop.is_set():
                    continue
                last = now
                display.display(f"{self._label}: {words(counts)}", stderr=True)
            except Exception:  # no file yet, or no file at all: then there is nothing to say
                continue


def words(counts: t.Mapping[str, t.Any]) -> str:
    """The counts as a line."""
    done, rows, failed, reads, _writes, _retries, throttled, waited = (int(counts[name]) for name in COUNTED)
    parts = [f"{done} of {rows} rows" if rows else f"reading, {reads} requests"]
    if failed:
        parts.append(f"{failed} failed")
    if throttled:
        parts.append((f"{throttled} times throttled" if throttled > 1 else "throttled once") + f" ({waited} s)")
    return ", ".join([*parts, f"{round(float(counts['seconds']))} s"])
