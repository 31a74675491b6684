# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Generated passwords and the file that receives them.

The file is a journal of JSON lines: a password is on the disk (mode 0600, fsynced) before the create is sent, so that
neither a lost answer nor a
crash can make an account whose password nobody has. Which of a user's passwords works is told by ``password_attempts``.

Several runs may write to one file. Each line goes to the file that has the name at that moment, under a lock. Another
lock, held from ``pending`` to what
became of it, has one run at a time set a password of a user: nobody could say afterwards which of two came last. Both
are locks on bytes far behind the end
of the file (fcntl), so that they need no file of their own and end with the process.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import re
import secrets
import stat
import threading
import time
import typing as t

from ..._common.errors import CredentialsFileError
from ..._common.files import await_turn
from ..._common.identifiers import guid_key, upn_key
from ..._common.interruption import UNINTERRUPTED, Interrupted, Stopper
from ..._common.secrets import Secret
from .password_attempts import Attempts, is_record, parsed
from .password_encryption import PasswordEncryption

LENGTH = 20
# No look-alikes (l, I, 1, O, 0), and no symbol that a shell, a CSV file or a URL would take for something else.
CLASSES = ("abcdefghijkmnopqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "!#*+-=?_")
LOCK_WAIT = 30.0
"""Seconds to wait for another run."""
_APPENDING = 1 << 40
"""The byte that is locked while a line is written; those of the users come behind it."""
_BEGINNING = b'{"time": "'
_HEAD = 65536
"""Bytes at the beginning that tell what kind of a file it is."""


def generate(*avoid: str | None) -> Secret:
    """A random password of 20 characters with all four classes, beginning with a letter.

    :param avoid: names of the user; no part of three or more letters of them occurs in the password, as directories
        demand.
    """
    parts = [part.lower() for text in avoid if text for part in re.split(r"[^\w]+", text) if len(part) >= 3]
    alphabet = "".join(CLASSES)
    while True:
        text = secrets.choice(CLASSES[0] + CLASSES[1]) + "".join(
            secrets.choice(alphabet) for _position in range(LENGTH - 1)
        )
        if all(set(text) & set(letters) for letters in CLASSES) and not any(part in text.lower() for part in parts):
            return Secret(text)


class CredentialsFile:
    """The journal of generated passwords.

    :param path: made with mode 0600 when the first password is about to be used.
    :param seal: encrypts each password; without it they are in clear, protected by the file's mode alone.
    :param interruption: ends the wait for another run, as long as nothing has been sent.
    """

    def __init__(
        self, path: str, seal: PasswordEncryption | None = None, interruption: Stopper = UNINTERRUPTED
    ) -> None:
        self.path = path
        self._interruption = interruption
        self._seal = seal
        self._mutex = threading.RLock()
        self._descriptor: int | None = None
        # Closing any descriptor of a file ends all of a process's locks on it, so there is this one only, and it
        # stays open.
        self._claimed: set[int] = set()

    def __del__(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    def protected(self, password: Secret) -> dict[str, str]:
        """The part of a record that holds the password: ``password``, or ``cms`` with a certificate."""
        return {"cms": self._seal.encrypt(password)} if self._seal else {"password": password.reveal()}

    def check(self) -> None:
        """Make sure that a password could be written, without writing. :raises CredentialsFileError:"""
        try:
            status = os.lstat(self.path)
        except FileNotFoundError:
            parent = os.path.dirname(os.path.abspath(self.path))
            if not os.path.isdir(parent):
                raise self._error(f"the folder {parent!r} does not exist") from None
            if not os.access(parent, os.W_OK | os.X_OK):
                raise self._error(f"the folder {parent!r} cannot be written by this user") from None
            return
        except (OSError, ValueError) as exc:  # a ValueError: no path has such characters
            raise self._error(f"it cannot be examined ({type(exc).__name__})") from None
        self._check_status(status)
        if not os.access(self.path, os.W_OK):
            raise self._error("it cannot be written by this user")
        with self._mutex:
            if self._descriptor is None:
                try:
                    self._descriptor = self._opened(os.O_RDWR)
                except FileNotFoundError:
                    return
                except OSError as exc:
                    raise self._error(f"it cannot be opened ({exc.strerror or type(exc).__name__})") from None

    def attempts(self) -> Attempts:
        """What the lines tell by now; nothing if there is no file, or none that can be read."""
        content = b""
        with self._mutex, contextlib.suppress(OSError, CredentialsFileError):
            if self._descriptor is None or self._replaced():
                try:
                    self._reopen(os.O_RDWR)
                except PermissionError:
                    self._reopen(os.O_RDONLY)
            while part := os.pread(self._descriptor or 0, 1 << 20, len(content)):
                content += part
        return Attempts(content)

    def _check_status(self, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            raise self._error("it is a symbolic link, a folder or a device; a regular file is needed")
        if status.st_uid != os.geteuid():
            raise self._error("it belongs to another user")
        if status.st_mode & 0o077:
            raise self._error("other users of this machine can read it; run chmod 600 on it")

    def append(
        self,
        status: str,
        *,
        customer_id: str,
        user_principal_name: str,
        user_id: str | None,
        request_id: str | None,
        protected: t.Mapping[str, str],
    ) -> None:
        """Add a line and return when it is on the disk.

        :param status: ``pending`` before the request, then ``delivered`` (the password works), ``rejected`` (it was
            not set) or
            ``reset_needed`` (nobody knows). From ``pending`` on, no other run can set a password of this user through
            this file.
        :param protected: the password in the form of :meth:`protected`.
        :raises CredentialsFileError:
        :raises Interrupted: only for ``pending``, which another run holds up while this one is to end.
        """
        record = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "customer_id": customer_id,
            "user_principal_name": user_principal_name,
            "user_id": user_id,
            **protected,
            "request_id": request_id,
            "status": status,
        }
        line = json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        key = f"{guid_key(customer_id)}\n{upn_key(user_principal_name)}"
        who = hashlib.sha256(key.encode("utf-8", "replace")).digest()
        place = _APPENDING + 1 + int.from_bytes(who[:5], "big")
        done = status != "pending"
        try:
            self.check()
            if status == "pending":
                self._claim(place, user_principal_name)
            # What became of a password is noted also when the run is to end.
            with self._mutex, self._alone(UNINTERRUPTED if done else self._interruption):
                self._write(line)
        except OSError as exc:
            done = True
            raise self._error(f"it cannot be written ({exc.strerror or type(exc).__name__})") from None
        except (CredentialsFileError, Interrupted):
            done = True
            raise
        finally:
            if done:
                self._release(place)

    def _claim(self, place: int, name: str) -> None:
        """Be the only one who sets a password of a user. :raises CredentialsFileError: another one is; OSError:"""
        deadline = time.monotonic() + LOCK_WAIT
        while True:
            with self._mutex:
                if self._descriptor is None or self._replaced():
                    self._reopen()
                if place not in self._claimed and self._locked(place):
                    self._claimed.add(place)
                    return
            if time.monotonic() > deadline:
                raise CredentialsFileError(
                    f"{name}: another run that uses credentials_file {self.path!r} is setting a password of this user. "
                    "Nothing was sent; run again when that one has ended.",
                    reason="password_being_set",
                )
            await_turn(self._interruption, 0.05)

    def _release(self, place: int) -> None:
        with self._mutex:
            if place in self._claimed:
                self._claimed.discard(place)
                self._unlock(place)

    @contextlib.contextmanager
    def _alone(self, stop: Stopper) -> t.Iterator[None]:
        """Be the only one who writes, in the file that has the name now. :raises OSError:"""
        deadline = time.monotonic() + LOCK_WAIT
        while True:
            if self._descriptor is None or self._replaced():
                self._reopen()
            if self._locked(_APPENDING):
                if not self._replaced():
                    break
                self._unlock(_APPENDING)
            elif time.monotonic() > deadline:
                raise TimeoutError(errno.ETIMEDOUT, "another process holds its lock")
            else:
                await_turn(stop, 0.01)
        try:
            yield
        finally:
            self._unlock(_APPENDING)

    def _locked(self, place: int) -> bool:
        try:
            fcntl.lockf(t.cast(int, self._descriptor), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def _unlock(self, place: int) -> None:
        with contextlib.suppress(OSError):
            fcntl.lockf(t.cast(int, self._descriptor), fcntl.LOCK_UN, 1, place)

    def _replaced(self) -> bool:
        """Whether the name stands for another file by now: somebody has handed the passwords over and deleted it, or
        has put another one there."""
        there = os.fstat(t.cast(int, self._descriptor))
        try:
            now = os.lstat(self.path)
        except FileNotFoundError:
            return True
        return (there.st_dev, there.st_ino) != (now.st_dev, now.st_ino)

    def _reopen(self, flags: int = os.O_RDWR | os.O_CREAT) -> None:
        """Open what is there now, and take the locks of the users along. :raises CredentialsFileError, OSError:"""
        new = not os.path.lexists(self.path)
        fresh = self._opened(flags)
        before, self._descriptor = self._descriptor, fresh
        if before is not None:
            os.close(before)
        for place in self._claimed:
            self._locked(place)
        if new:
            self._sync_directory()

    def _opened(self, flags: int) -> int:
        descriptor = os.open(self.path, flags | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
        try:
            # What was checked by name may have been replaced since; what is open cannot be.
            self._check_status(os.fstat(descriptor))
            self._check_kind(os.pread(descriptor, _HEAD, 0))
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _check_kind(self, head: bytes) -> None:
        """Lines are not added to a file of another kind. A first line that was cut off is one of ours all the same."""
        first = next((line for line in head.split(b"\n") if line.strip(b" \t\r\0")), b"").strip(b" \t\r\0")
        torn = first.startswith(_BEGINNING) or (len(first) > 1 and _BEGINNING.startswith(first))
        if first and not torn and not is_record(parsed(first)):
            raise self._error("it holds something other than generated passwords; use a separate file")

    def _write(self, line: bytes) -> None:
        """Add a line, whole or not at all. :raises OSError:"""
        descriptor = t.cast(int, self._descriptor)
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            line = b"\n" + line  # a line that a crash cut off must not swallow this one
        try:
            if os.write(descriptor, line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, size)
            raise

    def _sync_directory(self) -> None:
        with contextlib.suppress(OSError):
            descriptor = os.open(os.path.dirname(os.path.abspath(self.path)), os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _error(self, why: str) -> CredentialsFileError:
        words = f"credentials_file {self.path!r} cannot take a password: {why}."
        return CredentialsFileError(words, reason="credentials_file")
