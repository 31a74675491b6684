# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The file of an audit log: lines are added at its end, by one writer at a time, and are on the disk before it goes on.

Next to it lie the lock and the *head*, a copy of the last line's number and hash. It tells a log whose end was cut off
from one that is as it was left, and lets the chain go on when somebody has moved the file away (logrotate does).
"""

from __future__ import annotations

import errno
import glob
import os
import re
import stat
import threading
import typing as t
from dataclasses import dataclass

from .. import files, paths
from ..errors import CollectionError
from ..interruption import UNINTERRUPTED, Stopper
from ..problem import Problem
from .chain import CONTINUED, GENESIS, STARTED, Entry, line_of, read_line, torn_of

OPTION = "audit_log"
FORMAT = "partner_center_audit_log"
BESIDE = (".lock", ".head")
"""Endings of what is kept next to the log."""
UNWRITABLE = "audit_log_unwritable"
"""The reason of what was not done because nobody could have proven it."""
DAMAGED = "audit_log_damaged"
"""The log is not as the last run left it, so nothing is added to it."""
WRONG_KIND = "wrong_file_kind"
_ADVICE = "Check it with verify_audit_log. To start a new log, move this file and its .head file away, and keep both."
_HEAD = re.compile(rb"(\d{20}) ([0-9a-f]{64})\n")
_ROTATED = re.compile(r"\.\d{12}")
_CHUNK = 65536
_local = threading.Lock()
"""Threads of one process wait here for each other, and not at the file, where waiting is polling."""


@dataclass(frozen=True)
class Place:
    """Where a line is: what a later verification is anchored at."""

    seq: int
    hash: str


class Refusal(Exception):
    """The log cannot be used; ``reason`` is a stable word."""

    def __init__(self, sentence: str, reason: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class ChainedFile:
    """An audit log that lines are added to. May be used from several threads and processes.

    :param max_bytes: a file that would become longer is renamed, and a new one continues it; None: never.
    """

    def __init__(self, path: str, max_bytes: int | None = None) -> None:
        self.path = path
        self.max_bytes = max_bytes

    def check(self, writes: bool) -> Problem | None:
        """Why lines cannot be added, as far as it can be seen without writing, or None. :param writes: False where
        nothing is to be written."""
        try:
            if writes:
                why = files.closed(self.path)
                if why:
                    raise Refusal(f"cannot be written ({why}).", "file_unwritable")
            descriptor = files.opened(self.path, os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            return None
        except OSError as exc:
            return self._problem(Refusal(f"cannot be read ({files.reason(exc)}).", "file_unreadable"))
        except Refusal as exc:
            return self._problem(exc)
        try:
            self._last(descriptor)
        except Refusal as exc:
            return self._problem(exc)
        except OSError as exc:
            return self._problem(Refusal(f"cannot be read ({files.reason(exc)}).", "file_unreadable"))
        finally:
            os.close(descriptor)
        return None

    def _problem(self, refusal: Refusal) -> Problem:
        return Problem(f"{OPTION} {self.path!r} {refusal}", refusal.reason, option=OPTION)

    def append(self, values: t.Mapping[str, t.Any], stop: Stopper = UNINTERRUPTED) -> Place:
        """Add one line. When this returns, it is on the disk.

        :param stop: ends the wait for another process.
        :raises CollectionError: it is not there, or nobody can say whether it is.
        :raises Interrupted: the run is to end; nothing was written.
        """
        try:
            with _local, files.lock(self.path, stop=stop):
                return self._append(values)
        except Refusal as exc:
            raise CollectionError(f"{OPTION} {self.path!r} {exc}", reason=exc.reason) from None
        except OSError as exc:
            raise CollectionError(
                f"{OPTION} {self.path!r} cannot be written ({files.reason(exc)}).", reason=UNWRITABLE
            ) from None

    def _append(self, values: t.Mapping[str, t.Any]) -> Place:
        descriptor = self._opened()
        try:
            last, rest = self._last(descriptor)
            size = os.fstat(descriptor).st_size
            if rest:
                closing, last = self._line(torn_of(rest), last)
                self._write(descriptor, closing)
            elif size == 0:
                last = self._begin(descriptor, last)
            elif last and self.max_bytes is not None and size + len(self._line(values, last)[0]) > self.max_bytes:
                fresh = self._rotate(last)
                os.close(descriptor)
                descriptor = fresh
                last = self._begin(descriptor, last)
            line, place = self._line(values, last)
            self._write(descriptor, line)
        finally:
            os.close(descriptor)
        self._note(place)
        return place

    @staticmethod
    def _line(values: t.Mapping[str, t.Any], last: Place | None) -> tuple[bytes, Place]:
        seq = last.seq + 1 if last else 1
        line, digest = line_of(values, seq, last.hash if last else GENESIS)
        return line, Place(seq, digest)

    @staticmethod
    def _write(descriptor: int, line: bytes) -> None:
        """At once and to the disk. What could be written only in part is closed by whoever comes next. :raises
        OSError:"""
        if os.write(descriptor, line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)

    def _opened(self) -> int:
        """The log, made if there is none. :raises OSError:"""
        flags = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW
        try:
            return files.opened(self.path, flags)
        except FileNotFoundError:
            descriptor = files.opened(self.path, flags | os.O_CREAT | os.O_EXCL, 0o600)
        # The name itself has to survive a power failure.
        directory = os.open(os.path.dirname(os.path.abspath(self.path)), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
        return descriptor

    def _begin(self, descriptor: int, before: Place | None) -> Place:
        """The first line of a file. :param before: the last line of the file before this one."""
        values: dict[str, t.Any] = {"kind": STARTED, "format": FORMAT, "version": 1}
        if before is not None:
            # Who moved it away by hand may have given it any name.
            old = self._rotated(before)
            named = os.path.basename(old) if os.path.lexists(old) else None
            values.update(kind=CONTINUED, previous_file=named, previous_seq=before.seq)
        line, place = self._line(values, before)
        self._write(descriptor, line)
        return place

    def _rotated(self, last: Place) -> str:
        return f"{self.path}.{last.seq:012d}"

    def _rotate(self, last: Place) -> int:
        """Rename the log after its last line, and make a new one. :raises OSError:"""
        name = self._rotated(last)
        if os.path.lexists(name):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        self._note(last)  # should this be the end of the process, the head is what the next one goes on from
        os.rename(self.path, name)
        return self._opened()

    def _last(self, descriptor: int) -> tuple[Place | None, bytes]:
        """The last line of an open log, and what stands behind it.

        :raises Refusal: it is no log, or not as it was left.
        """
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Refusal("is not a regular file.", WRONG_KIND)
        why = paths.distrust(status)
        if why:
            raise Refusal(f"{why}.", "untrusted_file")
        line, rest = _tail(descriptor, status.st_size)
        head = self._head()
        if line is None:
            if rest and not (rest.startswith(b'{"seq":') or b'{"seq":'.startswith(rest)):
                raise Refusal("is not an audit log, so nothing was added. Use another file.", WRONG_KIND)
            # An empty file goes on where the head is: the log was moved away and made anew, or a crash came in
            # between. Whether lines are missing, the verification tells.
            return head, rest
        last = read_line(line)
        if last is None:
            if not _begins_as_log(descriptor):
                raise Refusal("is not an audit log, so nothing was added. Use another file.", WRONG_KIND)
            raise Refusal(f"is damaged: its last line was changed. {_ADVICE}", DAMAGED)
        self._compare(last, head)
        return Place(last.seq, last.hash), rest

    @staticmethod
    def _compare(last: Entry, head: Place | None) -> None:
        """The head is written after the line, so it may be behind, and never ahead. :raises Refusal:"""
        if head is not None and (head.seq > last.seq or (head.seq == last.seq and head.hash != last.hash)):
            raise Refusal(
                f"is damaged: it ends with the line number {last.seq}, and the last line that was written had the "
                f"number {head.seq}{'' if head.seq > last.seq else ' and another hash'}. {_ADVICE}",
                DAMAGED,
            )

    def _head(self) -> Place | None:
        """What the head says, None if there is none. :raises Refusal: it cannot be read."""
        try:
            content, status = files.read(self.path + ".head", follow=False)
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise Refusal(f"has a .head that cannot be read ({files.reason(exc)}). {_ADVICE}", DAMAGED) from None
        found = _HEAD.fullmatch(content)
        if found is None or paths.distrust(status):
            raise Refusal(f"has a .head that no run has written. {_ADVICE}", DAMAGED)
        return Place(int(found[1]), found[2].decode("ascii"))

    def _note(self, place: Place) -> None:
        """Bring the head up to the line that was just written. :raises OSError:"""
        name = self.path + ".head"
        text = f"{place.seq:020d} {place.hash}\n".encode("ascii")
        try:
            descriptor = files.opened(name, os.O_WRONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            files.replace(name, text.decode("ascii"))
            return
        try:
            # In one piece and without waiting for the disk: after a power failure it may be behind the log.
            if os.pwrite(descriptor, text, 0) != len(text):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            os.close(descriptor)


def files_of(path: str) -> list[str]:
    """The files that a log was renamed to, the oldest first, and the log itself."""
    found = glob.glob(glob.escape(path) + ".*")
    return [*sorted(name for name in found if _ROTATED.fullmatch(name[len(path) :])), path]


def _tail(descriptor: int, size: int) -> tuple[bytes | None, bytes]:
    """The last line that has an end, None if there is none, and what stands behind it."""
    content, at = b"", size
    while at > 0:
        step = min(_CHUNK, at)
        at -= step
        content = os.pread(descriptor, step, at) + content
        end = content.rfind(b"\n")
        begin = content.rfind(b"\n", 0, end) if end >= 0 else -1
        if begin >= 0 or (end >= 0 and at == 0):
            return content[begin + 1 : end], content[end + 1 :]
    return None, content


def _begins_as_log(descriptor: int) -> bool:
    return os.pread(descriptor, 7, 0) == b'{"seq":'
