# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The front door of every module: runs it in place or ships it, with the same result.

In place, everything that ``ActionBase._execute_module`` does around a module stays in force; only the two steps that
cost time are others: nothing is packed, and no process is started.
"""

from __future__ import annotations

import os
import signal
import sys
import typing as t

from ansible.executor import module_common
from ansible.plugins.action.normal import ActionModule as NormalAction
from ansible.utils.display import Display

from ...module_utils._common.definition import Definition
from ...module_utils._common.errors import OptionError
from ...module_utils._common.failure import of_error
from ...module_utils._common.front_door import wrapped
from ...module_utils._common.interruption import Interruption
from ...module_utils._common.module import unhurried
from ...module_utils._common.progress import Watcher
from .execution import Way, way_of
from .in_place import PROFILE, Ended, encoded, execute

display = Display()


class ModuleAction(NormalAction):
    """The module of the same name."""

    definition: t.ClassVar[Definition]
    _call: _Call | None = None
    """The call in place that is being made."""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """The result of the task."""
        with unhurried():
            return self.task_result(tmp, task_vars)

    def task_result(self, tmp: str | None, task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        """The module's result; a subclass may do something before and afterwards."""
        return t.cast("dict[str, t.Any]", super().run(tmp, task_vars))

    def _execute_module(self, *args: t.Any, **kwargs: t.Any) -> dict[str, t.Any]:
        """Run the module, here or as every module runs."""
        task_vars = kwargs.get("task_vars") or {}
        if args or kwargs.get("module_name") is not None or kwargs.get("module_args") is not None:
            return self._shipped(*args, **kwargs)  # another module, which ansible-core asks for
        try:
            way = way_of(self, task_vars, self.definition.libraries)
        except OptionError as exc:
            return of_error(exc)
        self._tell(way, task_vars)
        # A copy: ansible-core adds to it, and each attempt and each item begins anew.
        kwargs["module_args"] = dict(wrapped(self._task.args))
        if not way.in_place:
            return self._shipped(**kwargs)
        self._call = call = _Call(self.definition, self._loader.get_basedir(), self._watcher(task_vars))
        try:
            result = t.cast("dict[str, t.Any]", super()._execute_module(**kwargs))
        finally:
            self._call = None
        return self._passed_on(result, call.ended) if call.ended else result

    def _shipped(self, *args: t.Any, **kwargs: t.Any) -> dict[str, t.Any]:
        """As every module runs."""
        return t.cast("dict[str, t.Any]", super()._execute_module(*args, **kwargs))

    def _watcher(self, task_vars: t.Mapping[str, t.Any]) -> Watcher | None:
        """Who is told how far the module is."""
        return None

    def _tell(self, way: Way, task_vars: t.Mapping[str, t.Any]) -> None:
        where = "in place" if way.in_place else "as a module"
        display.vv(
            f"{self._task.action}: runs {where}, because {way.why}.", host=str(task_vars.get("inventory_hostname"))
        )

    # The steps of ActionBase._execute_module that are others in place.

    def _is_pipelining_enabled(self, *args: t.Any, **kwargs: t.Any) -> bool:
        # There is no file to send, so there is no directory to make for it either.
        return self._call is not None or t.cast(bool, super()._is_pipelining_enabled(*args, **kwargs))

    def _configure_module(self, module_name: str, module_args: t.Any, task_vars: t.Any) -> t.Any:
        if self._call is None:
            return super()._configure_module(module_name, module_args, task_vars)
        self._compute_environment_string(self._call.environment)
        try:
            self._call.args = encoded(module_args)
        except TypeError:  # ansible-core has its own words for it
            return super()._configure_module(module_name, module_args, task_vars)
        return _built(f"{module_name}, in place")

    def _low_level_execute_command(self, *args: t.Any, **kwargs: t.Any) -> dict[str, t.Any]:
        if self._call is None:
            return t.cast("dict[str, t.Any]", super()._low_level_execute_command(*args, **kwargs))
        ended = self._call.make()
        return {
            "rc": ended.rc,
            "stdout": ended.stdout,
            "stdout_lines": ended.stdout.splitlines(),
            "stderr": ended.stderr,
            "stderr_lines": ended.stderr.splitlines(),
        }

    def _passed_on(self, result: dict[str, t.Any], ended: Ended) -> dict[str, t.Any]:
        """The result, unless the worker was told to end: what is under way is finished and noted, and now Ansible's
        own handler decides.

        After the keyword ``timeout`` the result is worth more than the bare news that the time is over; but if the task
        would be tried again, that is not what the keyword means.
        """
        number = _told(ended.interruption)
        if number == signal.SIGALRM and not (self._task.until or self._task.retries):
            result["timedout"] = {"period": self._task.timeout}
        elif number is not None:
            os.kill(os.getpid(), number)
            sys.exit(1)
        elif ended.interruption.reached():
            sys.exit(1)  # nobody is there who would take it, and a pipe that is full would never empty
        return result


class _Call:
    """One call in place."""

    def __init__(self, definition: Definition, directory: str, watcher: Watcher | None) -> None:
        self.args = b""
        self.environment: dict[str, t.Any] = {}
        self.ended: Ended | None = None
        self._definition = definition
        self._directory = directory
        self._watcher = watcher

    def make(self) -> Ended:
        """Run the module."""
        self.ended = execute(
            self._definition, self.args, environment=self.environment, directory=self._directory, watcher=self._watcher
        )
        self.args = b""
        return self.ended


def _told(interruption: Interruption) -> int | None:
    """The signal that said the worker is to end."""
    return interruption.signal


def _built(name: str) -> t.Any:
    """What ansible-core takes for a module that was packed."""
    shebang = f"#!{sys.executable}"
    payload = getattr(module_common, "_BuiltModule", None)
    if payload is None:  # before 2.19
        return "new", shebang, b"", name
    built = payload(module_style="new", shebang=shebang, b_module_data=b"", serialization_profile=PROFILE)
    return built, name
