# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""A file that takes what was sent and what came back, one JSON object a line, so that somebody can send what happened.

It is written while things happen: whatever goes wrong with it ends the recording of an exchange, and never the run.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import threading
import time
import typing as t
import uuid
from urllib.parse import parse_qsl, urlsplit

from ..errors import OptionError
from ..files import NotPlain, opened, reason
from ..pseudonyms import Pseudonyms
from ..secrets import Secrets
from .dialect import Dialect

FORMAT = "tenantops.partner_center.traffic"
Observer = t.Callable[[str, str, t.Mapping[str, t.Any], t.Any], None]
"""Is told method, address, the other arguments of requests, and the answer or the exception in its place."""


class Recording:
    """The recording of one task. Stand-ins are the same for the same value, whichever service it went to.

    Nothing is opened before the first :meth:`observer`. May be used from several threads.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.names = Pseudonyms()
        self._lock = threading.Lock()
        self._begun = time.monotonic()
        self._task = str(uuid.uuid4())
        self._claimed = False
        self._ended = False

    def observer(self, dialect: type[Dialect], origin: str = "", secrets: Secrets | None = None) -> Observer:
        """Who is told the exchanges with a server.

        :param origin: its address; what it has of a path is not in the recording.
        :param secrets: what must not be in the file, whatever else is known of it.
        :raises OptionError: something lies at the path that is no recording, or it cannot be written.
        """
        self.claim()
        shown = dialect(self.names)
        own = urlsplit(origin).path.rstrip("/")

        def seen(method: str, url: str, arguments: t.Mapping[str, t.Any], answer: t.Any) -> None:
            # Whatever it is that cannot be shown, the exchange itself has happened: a write may have been carried out.
            try:
                parts = urlsplit(url)
                params = arguments.get("params") or ()
                query = [
                    *parse_qsl(parts.query, keep_blank_values=True),
                    *(params.items() if isinstance(params, dict) else params),
                ]
                record = shown.record(
                    method,
                    parts.path.removeprefix(own).lstrip("/"),
                    query,
                    arguments.get("headers") or {},
                    shown.read(arguments.get("data")),
                    answer,
                )
                if secrets is not None:
                    record = secrets.clean(record)
            except Exception as exc:
                record = {"service": dialect.SERVICE, "method": method, "unrecorded": type(exc).__name__}
            self._write(record)

        return seen

    def claim(self) -> None:
        """Begin the file, or find that what is there was written by this. :raises OptionError:"""
        with self._lock:
            if not self._claimed:
                self._claim()
                self._claimed = True

    def _claim(self) -> None:
        try:
            descriptor = opened(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                status = os.fstat(descriptor)
                if not stat.S_ISREG(status.st_mode):
                    raise NotPlain(errno.EINVAL, "no file")
                head = os.pread(descriptor, 4096, 0).split(b"\n")[0]
                if head and not _is_ours(head):
                    raise OptionError(
                        [f"record_traffic {self.path!r} is a file of another kind; it is not written to."]
                    )
                os.fchmod(descriptor, 0o600)
                if not head:
                    os.write(descriptor, json.dumps({"format": FORMAT, "version": 1}).encode() + b"\n")
            finally:
                os.close(descriptor)
        except OSError as exc:
            raise OptionError([f"record_traffic {self.path!r} cannot be written: {reason(exc)}."]) from None

    def _write(self, record: dict[str, t.Any]) -> None:
        record.update(task=self._task, seconds=round(time.monotonic() - self._begun, 3))
        try:
            line = json.dumps(record, ensure_ascii=True, sort_keys=True).encode() + b"\n"
        except (ValueError, RecursionError):
            return
        with self._lock:
            if not self._ended:
                self._ended = not self._appended(line)

    def _appended(self, line: bytes) -> bool:
        """Whether the whole line is there. A disk that is full ends the recording, and not the run."""
        try:
            descriptor = opened(self.path, os.O_WRONLY | os.O_APPEND)
            try:
                return os.write(descriptor, line) == len(line)
            finally:
                os.close(descriptor)
        except OSError:
            return False


def _is_ours(head: bytes) -> bool:
    try:
        found = json.loads(head)
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("format") == FORMAT
