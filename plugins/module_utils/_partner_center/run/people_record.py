# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The record of a declaration of people: which users it has made, on the disk before and after each create.

A journal of JSON lines with mode 0600. Each line is synchronized to the disk before the run goes on. One run at a time
writes; the lock lies next to it. What cannot be read as a whole is not believed at all: whom a record does not name is
not deleted, so nothing is deleted because of a record that was not understood.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import threading
import typing as t

from ..._common import files, paths
from ..._common.errors import CollectionError
from ..._common.interruption import UNINTERRUPTED, Stopper
from ..._common.problem import Problem
from ..plan.made_accounts import Accounts, Event, event_of
from .record_kinds import PEOPLE, VERSION

OPTION = "people.record_file"
LOCK_WAIT = 10.0
"""Seconds to wait for another run, which may take an hour."""


class RecordError(CollectionError):
    """The record cannot be used."""

    REASON = "people_record"


class PeopleRecord:
    """The record of one declaration.

    :param path: made when the first run that writes begins.
    :param name: of the declaration; a record of another one is refused.
    """

    def __init__(self, path: str, name: str, interruption: Stopper = UNINTERRUPTED) -> None:
        self.path = path
        self.accounts = Accounts()
        self.unwritten: list[Event] = []
        """What could not be written down after it had happened."""
        self._name = name
        self._called = f"{OPTION} {path!r}"
        self._interruption = interruption
        self._mutex = threading.Lock()
        self._descriptor: int | None = None

    def check(self, writes: bool) -> Problem | None:
        """Why it cannot be used, or None; asked before the first request. :param writes: whether the run writes."""
        parent = os.path.dirname(os.path.abspath(self.path))
        if writes and not (os.path.isdir(parent) and os.access(parent, os.W_OK | os.X_OK)):
            said = f"{self._called}: its folder does not exist or cannot be written."
            return Problem(said, "file_unwritable", option="people")
        try:
            self.load()
            if writes and os.path.lexists(self.path) and not os.access(self.path, os.W_OK):
                return Problem(f"{self._called} cannot be written.", "file_unwritable", option="people")
        except CollectionError as exc:
            return Problem(exc.message, exc.details["reason"], option="people")
        return None

    def load(self) -> int | None:
        """Read it. :returns: its length without a line that was cut off; None if there is none. :raises RecordError:"""
        try:
            content, status = paths.read(self.path, follow=False)
        except FileNotFoundError:
            self.accounts = Accounts()
            return None
        except OSError as exc:
            raise RecordError(f"{self._called} cannot be read ({exc.strerror or type(exc).__name__}).") from None
        why = paths.distrust(status)
        if why:
            raise RecordError(f"{self._called} {why}.", reason="untrusted_file")
        whole = content[: content.rfind(b"\n") + 1]  # what comes behind was cut off while it was written
        lines = [_parsed(line) for line in whole.splitlines()]
        head = lines[0] if lines else None
        if not isinstance(head, dict) or head.get("format") != PEOPLE:
            said = f"{self._called} is a file of another kind and was not changed. Use another file."
            raise RecordError(said, reason="wrong_file_kind")
        if head.get("version") != VERSION or isinstance(head.get("version"), bool):
            raise RecordError(
                f"{self._called} is of another version ({head.get('version')!r}).", reason="wrong_file_kind"
            )
        if head.get("name") != self._name:
            raise RecordError(
                f"{self._called} is the record of {head.get('name')!r}, not of {self._name!r}. Each declaration needs "
                "its own record.",
                reason="record_of_another_declaration",
            )
        events = [event_of(line) for line in lines[1:]]
        if None in events:
            raise RecordError(
                f"{self._called}: line {events.index(None) + 2} is invalid, so the file was not used. Restore it from "
                "a backup."
            )
        self.accounts = Accounts(t.cast("list[Event]", events))
        return len(whole)

    @contextlib.contextmanager
    def held(self) -> t.Iterator[None]:
        """Be the only run that writes it, with what it says now. :raises RecordError: Interrupted:"""
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(files.lock(self.path, LOCK_WAIT, self._interruption))
            except TimeoutError:
                raise RecordError(
                    f"{self._called} is in use by another run. Nothing was sent; run again when that one has ended.",
                    reason="people_record_in_use",
                ) from None
            except OSError as exc:
                raise RecordError(f"{self._called} cannot be locked: {files.reason(exc)}.") from None
            length = self.load()
            try:
                if length is None:
                    head = json.dumps({"format": PEOPLE, "version": VERSION, "name": self._name}, ensure_ascii=False)
                    paths.replace(self.path, head + "\n", 0o600)
                self._descriptor = files.opened(self.path, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW)
                if length is not None:
                    os.ftruncate(self._descriptor, length)
            except OSError as exc:
                raise RecordError(f"{self._called} cannot be written: {files.reason(exc)}.") from None
            finally:
                stack.callback(self._close)
            yield

    def note(self, event: Event) -> None:
        """Write a line, and return when it is on the disk. :raises RecordError:"""
        line = json.dumps(event.line(), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        with self._mutex:
            try:
                self._append(line)
            except OSError as exc:
                why = exc.strerror or type(exc).__name__
                raise RecordError(f"{self._called} cannot be written ({why}). Nothing was sent.") from None
            self.accounts.add(event)

    def note_afterwards(self, event: Event) -> None:
        """The same about what has happened already, and which stays as it is if it cannot be written down."""
        try:
            self.note(event)
        except RecordError:
            self.unwritten.append(event)

    def try_again(self) -> list[Event]:
        """Write what could not be written. :returns: what still cannot be."""
        waiting, self.unwritten = self.unwritten, []
        for event in waiting:
            self.note_afterwards(event)
        return self.unwritten

    def _append(self, line: bytes) -> None:
        """:raises OSError: then nothing was added."""
        if self._descriptor is None:
            raise OSError(errno.EBADF, "it is not open")
        there, now = os.fstat(self._descriptor), os.lstat(self.path)
        if (there.st_dev, there.st_ino) != (now.st_dev, now.st_ino):
            raise OSError(errno.ESTALE, "another file replaced it during the run")
        try:
            if os.write(self._descriptor, line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, there.st_size)
            raise

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _parsed(line: bytes) -> t.Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
