# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Generated passwords and the file that receives them.

The file is a journal of JSON lines: a password is on the disk (mode 0600, fsynced) before the create is sent, so that neither a lost answer nor a
crash can make an account whose password nobody has. The last line about a user counts.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import re
import secrets
import stat
import time
import typing as t

from ..common.errors import CredentialsFileError
from ..common.secrets import Secret
from .names import upn_key
from .sealing import Seal

LENGTH = 20
# No look-alikes (l, I, 1, O, 0), and no symbol that a shell, a CSV file or a URL would take for something else.
CLASSES = ("abcdefghijkmnopqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "!#*+-=?_")
STATUSES = ("pending", "delivered", "rejected", "reset_needed")


def generate(*avoid: str | None) -> Secret:
    """A random password of 20 characters with all four classes, beginning with a letter.

    :param avoid: names of the user; no part of three or more letters of them occurs in the password, as directories demand.
    """
    parts = [part.lower() for text in avoid if text for part in re.split(r"[^\w]+", text) if len(part) >= 3]
    alphabet = "".join(CLASSES)
    while True:
        text = secrets.choice(CLASSES[0] + CLASSES[1]) + "".join(secrets.choice(alphabet) for _position in range(LENGTH - 1))
        if all(set(text) & set(letters) for letters in CLASSES) and not any(part in text.lower() for part in parts):
            return Secret(text)


class CredentialsFile:
    """The journal of generated passwords.

    :param path: made with mode 0600 when the first password is about to be used.
    :param seal: encrypts each password; without it they are in clear, protected by the file's mode alone.
    """

    def __init__(self, path: str, seal: Seal | None = None) -> None:
        self.path = path
        self._seal = seal

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
                raise self._error(f"the directory {parent!r} does not exist") from None
            if not os.access(parent, os.W_OK | os.X_OK):
                raise self._error(f"the directory {parent!r} cannot be written by this user") from None
            return
        except OSError as exc:
            raise self._error(f"it cannot be examined ({type(exc).__name__})") from None
        self._check_status(status)
        if not os.access(self.path, os.W_OK):
            raise self._error("it cannot be written by this user")

    def unsettled(self) -> dict[tuple[str, str], str]:
        """Users whose last line says that nobody noted whether the password works: lower-case customer id and normal-form name, with the status."""
        last: dict[tuple[str, str], str] = {}
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, encoding="utf-8", errors="replace") as handle:
                for line in handle:
                    with contextlib.suppress(ValueError, KeyError, TypeError):
                        record = json.loads(line)
                        last[record["customer_id"].lower(), upn_key(record["user_principal_name"])] = record["status"]
        except (OSError, AttributeError):
            return {}
        return {who: status for who, status in last.items() if status in ("pending", "reset_needed")}

    def _check_status(self, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            raise self._error("it is a symbolic link, a directory or a device; a regular file is needed")
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

        :param status: ``pending`` before the request, then ``delivered`` (the password works), ``rejected`` (it was not set) or
            ``reset_needed`` (nobody knows).
        :param protected: the password in the form of :meth:`protected`.
        :raises CredentialsFileError:
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
        self.check()
        new = not os.path.exists(self.path)
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "r+b", buffering=0) as handle:
                # What was checked by name may have been replaced since; what is open cannot be.
                self._check_status(os.fstat(descriptor))
                fcntl.flock(handle, fcntl.LOCK_EX)
                line = json.dumps(record, ensure_ascii=False).encode("utf-8") + b"\n"
                # A line that a crash cut off must not swallow this one.
                line = line if self._complete(handle) else b"\n" + line
                if handle.write(line) != len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(handle.fileno())
            if new:
                self._sync_directory()
        except OSError as exc:
            raise self._error(f"it cannot be written ({exc.strerror or type(exc).__name__})") from None

    @staticmethod
    def _complete(handle: t.Any) -> bool:
        size = handle.seek(0, os.SEEK_END)
        if not size:
            return True
        handle.seek(size - 1)
        return bool(handle.read(1) == b"\n")

    def _sync_directory(self) -> None:
        with contextlib.suppress(OSError):
            descriptor = os.open(os.path.dirname(os.path.abspath(self.path)), os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _error(self, why: str) -> CredentialsFileError:
        return CredentialsFileError(f"credentials_file {self.path!r} cannot take a password: {why}.")
