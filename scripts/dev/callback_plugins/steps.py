# Copyright (c) 2026 tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A few lines for each step of a demo playbook, on stderr; the full output goes to the log as it is."""

from __future__ import annotations

import re
import sys
import textwrap
import typing as t

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: steps
type: notification
short_description: A few lines for each step of a demo playbook
description:
  - Prints what a task named C(Step N, ...) did, and which writes the emulator received for it.
"""

WIDTH = 100
_STEP = re.compile(r"^(?:Step|Azure Pack) (?P<number>\d+), (?P<title>.*)$")
_LOG = "Fetch the requests that the emulator received"
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def lines_of(number: str, title: str, result: dict[str, t.Any], entries: list[dict[str, t.Any]]) -> list[str]:
    """What a step did: its outcome, its requests, its writes, and its message if it failed."""
    requests = result.get("requests") or {}
    reads, writes = requests.get("reads", 0), requests.get("writes", 0)
    sent = [f"{entry['method']} {entry['status']}" for entry in entries if entry["method"] != "GET"]
    cost = f"{reads} read{'s' * (reads != 1)}, " + (", ".join(sent) or f"{writes} write{'s' * (writes != 1)}")
    lines = [f"  {number}  {title[:1].upper()}{title[1:]:<63} {result.get('outcome', ''):<8} {cost}".rstrip()]
    if result.get("outcome") in ("failed", "unknown"):
        message = _ID.sub("…", " ".join(str(result.get("msg", "")).split()))
        blank = " " * 7
        lines += textwrap.wrap(
            message, WIDTH, initial_indent=blank, subsequent_indent=blank, max_lines=2, placeholder=" ..."
        )
    return lines


class CallbackModule(CallbackBase):
    """Follows the steps of a playbook."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "steps"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, display: t.Any = None, options: t.Any = None) -> None:
        super().__init__(display, options)
        self._step: tuple[str, str, dict[str, t.Any]] | None = None

    def v2_runner_on_ok(self, result: t.Any) -> None:
        """A step, or the requests of the step before."""
        name = result._task.get_name().rpartition(" : ")[2]
        step = _STEP.match(name)
        if step and "outcome" in result._result:
            preview = {"outcome": "preview"} if result._task.check_mode else {}
            self._step = step["number"], step["title"], result._result | preview
        elif step:  # a step that reads
            users = result._result.get("users", [])
            found = f"{len(users)} user{'s' * (len(users) != 1)}"
            self._print([f"  {step['number']}  {step['title'][:1].upper()}{step['title'][1:]:<63} {found}"])
        elif name == _LOG and self._step:
            (log,) = result._result["ansible_facts"].values()
            self._print(lines_of(*self._step, log.get("entries", [])))
            self._step = None

    def _print(self, lines: list[str]) -> None:
        print("\n".join(lines), file=sys.stderr, flush=True)
