# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes each task result, as callbacks get to see it, to the file that RECORD_FILE names (one JSON object a line).

After the task that KILL_AFTER names, ansible-playbook is killed.
"""

from __future__ import annotations

import json
import os
import signal

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record
type: aggregate
short_description: Record task results for tests
description: Record task results for tests.
requirements: [enable in configuration]
"""


class CallbackModule(CallbackBase):
    """The recorder."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "record"
    CALLBACK_NEEDS_ENABLED = True

    def _write(self, kind, result):
        data = getattr(result, "result", None) or getattr(result, "_result", {})
        task = getattr(result, "task", None) or getattr(result, "_task", None)
        with open(os.environ["RECORD_FILE"], "a", encoding="utf-8") as handle:
            handle.write(
                json.dumps({"kind": kind, "task": task.get_name(), "action": task.action, "result": data}, default=str)
                + "\n"
            )

    def v2_runner_on_ok(self, result):
        self._write("ok", result)
        task = getattr(result, "task", None) or getattr(result, "_task", None)
        if task.get_name() == os.environ.get("KILL_AFTER"):
            os.kill(os.getpid(), signal.SIGKILL)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._write("failed", result)

    def v2_runner_on_unreachable(self, result):
        self._write("unreachable", result)

    def v2_runner_item_on_ok(self, result):
        self._write("item", result)

    def v2_runner_item_on_failed(self, result):
        self._write("item_failed", result)
