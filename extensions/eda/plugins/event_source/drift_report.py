# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Source of events for Event-Driven Ansible: each new result of the playbook drift_report."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import typing as t

DOCUMENTATION = r"""
---
short_description: Each new result of the playbook drift_report
version_added: 0.3.0
description:
  - Watches the file result.json in the output folder of the playbook tenantops.partner_center.drift_report, and makes an event of its content
    whenever a run has written it. What is there at the start is the first event.
  - The event has the keys status, message and what else the file holds, and path, the file.
  - A file that is missing, cannot be read, or is not complete yet is looked at again. Runs remove it at their start.
options:
  path:
    description:
      - The file, for example drift-output/result.json.
    type: str
    required: true
  interval:
    description:
      - Seconds between two looks.
    type: float
    default: 10
"""

EXAMPLES = r"""
- tenantops.partner_center.drift_report:
    path: /var/lib/partner-center/drift-output/result.json
"""

LOGGER = logging.getLogger(__name__)
LARGEST = 64 * 1024 * 1024
"""Bytes of a result; nothing that the playbook writes comes near to it."""


async def main(queue: asyncio.Queue[t.Any], args: dict[str, t.Any]) -> None:
    """What ansible-rulebook runs until it ends. :raises ValueError: an argument is missing or wrong."""
    path, interval = args.get("path"), args.get("interval", 10)
    if not isinstance(path, str) or not path:
        raise ValueError("drift_report: path is missing. It is the file result.json of the playbook drift_report.")
    if isinstance(interval, bool) or not isinstance(interval, (int, float)) or not interval > 0:
        raise ValueError("drift_report: interval has to be a number of seconds above 0.")
    seen: tuple[int, ...] | None = None
    while True:
        mark, result = _look(path, seen)
        if result is not None:
            seen = mark
            await queue.put({**result, "path": path})
        await asyncio.sleep(interval)


def _look(path: str, seen: tuple[int, ...] | None) -> tuple[tuple[int, ...] | None, dict[str, t.Any] | None]:
    """What tells one file from the next, and the content of the file, if it is a new and a whole one."""
    try:
        with open(path, encoding="utf-8") as file:
            state = os.fstat(file.fileno())
            mark = (state.st_ino, state.st_mtime_ns, state.st_size)
            if mark == seen or state.st_size > LARGEST:
                return mark, None
            result = json.load(file)
    except (OSError, ValueError) as exc:
        LOGGER.debug("drift_report: %s: %s", path, type(exc).__name__)
        return None, None
    return (mark, result) if isinstance(result, dict) and isinstance(result.get("status"), str) else (None, None)


if __name__ == "__main__":  # shows the events, to try it without ansible-rulebook

    class Printer:
        """Stands in for the queue."""

        async def put(self, event: t.Any) -> None:
            print(json.dumps(event))

    asyncio.run(main(t.cast("asyncio.Queue[t.Any]", Printer()), {"path": os.environ["DRIFT_RESULT"], "interval": 1}))
