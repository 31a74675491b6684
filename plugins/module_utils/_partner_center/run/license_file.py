# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The file in which is kept what was read of the licenses of customers, so that a run that was stopped, or one more
report on the same day, need not read it again.

A line for each customer, added when the customer was read to its end. A line that is damaged is read again from the
service; a file that is something else is refused.
"""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import threading
import typing as t
from datetime import datetime, timedelta

from ..._common import files, paths
from ..._common.errors import CollectionError
from ..._common.interruption import UNINTERRUPTED, Stopper
from ..._common.problem import Problem
from ..model.license_readings import LicenseReading, reading_from_json
from ..model.users import parse_time
from .record_kinds import LICENSES, VERSION

OPTION = "read_file"
SKEW = timedelta(minutes=5)
"""A reading may be from so far ahead; what is farther ahead was written by a wrong clock, and is not believed."""


KEPT = timedelta(days=31)
"""How long a reading stays in the file that nobody has replaced, whatever this run may still use."""


class LicenseFile:
    """What earlier runs have read. :param service: the address of the service; what another one said is not about the
    same customers."""

    def __init__(self, path: str, service: str, writes: bool, interruption: Stopper = UNINTERRUPTED) -> None:
        self.path = path
        self._head = {"format": LICENSES, "version": VERSION, "service": service}
        self._writes = writes
        self._interruption = interruption
        self._lock = threading.Lock()
        self._handle: io.FileIO | None = None
        self.lost = ""
        """Why something that was read could not be written down; it is in the report all the same."""

    def problem(self) -> Problem | None:
        """Why the file cannot be used, or None."""
        folder = os.path.dirname(os.path.abspath(self.path))
        if self._writes and not (os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)):
            return self._problem("its folder does not exist or cannot be written", "file_unwritable")
        try:
            self._lines()
        except CollectionError as exc:
            return Problem(exc.message, exc.details["reason"], option=OPTION)
        return None

    @contextlib.contextmanager
    def opened(self, now: datetime, hours: int) -> t.Iterator[dict[str, LicenseReading]]:
        """What may be used of it, by customer; what is added to it meanwhile is kept. What is there stays until it is
        read again: another run may use older readings, or ask for other customers.

        :param now: the service's time.
        :raises CollectionError: it cannot be used, or another run has it.
        """
        limit = timedelta(hours=hours)
        if not self._writes:
            yield self._since(now, limit)
            return
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(files.lock(self.path, 5.0, self._interruption))
            except OSError as exc:
                raise self._error(files.reason(exc), "file_unwritable") from None
            usable, kept = self._since(now, limit), self._since(now, max(limit, KEPT))
            lines = [self._head, *(each.as_json() for each in kept.values())]
            try:
                files.replace(self.path, "".join(map(_line, lines)))
                handle = os.fdopen(
                    files.opened(self.path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW), "ab", buffering=0
                )
            except OSError as exc:
                raise self._error(files.reason(exc), "file_unwritable") from None
            stack.callback(handle.close)
            self._handle = handle
            yield usable

    def add(self, reading: LicenseReading) -> None:
        """A customer was read to its end. From any thread."""
        if self._handle is None:
            return
        line = _line(reading.as_json()).encode("utf-8")
        try:
            with self._lock:
                before = os.fstat(self._handle.fileno()).st_size
                # A line that does not fit is taken back: the next one would be lost with it.
                if self._handle.write(line) != len(line):
                    self._handle.truncate(before)
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as exc:
            self.lost = str(self._problem(files.reason(exc), "file_unwritable"))

    def _since(self, now: datetime, limit: timedelta) -> dict[str, LicenseReading]:
        found: dict[str, LicenseReading] = {}
        for line in self._lines():
            try:
                reading = reading_from_json(json.loads(line))
            except (ValueError, RecursionError):
                continue  # cut off when a run was killed: the customer is read again
            read_at = t.cast(datetime, parse_time(reading.read_at))
            if -SKEW <= now - read_at < limit:
                found[reading.customer_id] = reading
        return found

    def _lines(self) -> list[bytes]:
        """The lines below the first one. :raises CollectionError: it is of another kind, or not to be believed."""
        try:
            content, status = paths.read(self.path)
        except FileNotFoundError:
            return []
        except OSError as exc:
            raise self._error(f"it cannot be read ({exc.strerror})", "file_unreadable") from None
        why = paths.distrust(status)
        if why:
            raise self._error(f"it {why}", "untrusted_file")
        if not content:
            return []
        head, *lines = content.split(b"\n")
        try:
            said = json.loads(head)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict) or said.get("format") != LICENSES:
            raise self._error("it holds something other than licenses", "wrong_file_kind")
        if said != self._head:
            raise self._error("it is of another version, or of another service", "wrong_file_kind")
        return [line for line in lines if line]

    def _problem(self, why: str, reason: str) -> Problem:
        return Problem(f"{OPTION} {self.path!r}: {why}. Use another file.", reason, option=OPTION)

    def _error(self, why: str, reason: str) -> CollectionError:
        return CollectionError(str(self._problem(why, reason)), reason=reason)


def _line(data: t.Mapping[str, t.Any]) -> str:
    return json.dumps(data, ensure_ascii=True, separators=(",", ":")) + "\n"
