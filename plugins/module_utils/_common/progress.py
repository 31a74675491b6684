# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Shows that a long run lives: a small file with counts, replaced while the run goes on.

A module cannot print before it ends, so the counts go to a file, and an action plugin turns them into lines.
"""

from __future__ import annotations

import json
import threading
import time
import typing as t

from . import paths
from .problem import Problem
from .threads import started

INTERVAL = 1.0
"""Seconds between two versions of the file."""


class Counts(t.Protocol):
    """The counters of the transport."""

    def progress(self) -> dict[str, float]:
        """``{reads, writes, retries, throttled, throttled_seconds}``."""


class Watcher(t.Protocol):
    """Shows progress itself, where it need not go through a file."""

    def start(self, counts: t.Callable[[], t.Mapping[str, t.Any]]) -> None:
        """The run begins. :param counts: what there is to say now; from any thread."""

    def stop(self) -> None:
        """It has ended."""


class Progress:
    """A context manager. Without a path and a watcher it does nothing; a file that cannot be written never disturbs the
    run.

    :param path: JSON ``{done, rows, failed, reads, writes, retries, throttled, throttled_seconds, seconds, finished}``;
        numbers only, so there is nothing to hide.
    :param watcher: is told the same directly.
    """

    def __init__(self, path: str | None, counters: Counts, watcher: Watcher | None = None) -> None:
        self._path = path
        self._counters = counters
        self._watcher = watcher
        self._numbers = (0, 0, 0)
        self._started = time.monotonic()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def rows(self, done: int, rows: int, failed: int) -> None:
        """The state of the rows, from any thread."""
        self._numbers = (done, rows, failed)

    def __enter__(self) -> Progress:
        if self._path:
            self._thread = started(self._keep)
        if self._watcher:
            self._watcher.start(self.counts)
        return self

    def __exit__(self, *_exception: object) -> None:
        if self._watcher:
            self._watcher.stop()
        self._stop.set()
        if self._thread:
            self._thread.join(5)
            self._write(True)

    def _keep(self) -> None:
        while not self._stop.wait(INTERVAL):
            self._write(False)

    def counts(self, finished: bool = False) -> dict[str, t.Any]:
        """How far the run is."""
        done, rows, failed = self._numbers
        seconds = round(time.monotonic() - self._started, 1)
        return {
            "done": done,
            "rows": rows,
            "failed": failed,
            **self._counters.progress(),
            "seconds": seconds,
            "finished": finished,
        }

    def _write(self, finished: bool) -> None:
        try:
            paths.replace(str(self._path), json.dumps(self.counts(finished)), 0o644)
        except OSError:
            return


def progress_problems(path: str | None) -> list[str]:
    """A file that is there and is no progress is not overwritten."""
    if not path or _ours(path):
        return []
    return [
        Problem(
            f"progress_file {path!r} exists and holds something other than progress; not overwritten. Use a separate "
            "file.",
            "wrong_file_kind",
            option="progress_file",
        )
    ]


def _ours(path: str) -> bool:
    try:
        content = paths.read(path)[0]
        data = json.loads(content) if content.strip() else {"done": 0, "finished": 0}
    except FileNotFoundError:
        return True
    except OSError:
        return True  # then it cannot be written either, or has been refused already
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and {"done", "finished"} <= data.keys()
