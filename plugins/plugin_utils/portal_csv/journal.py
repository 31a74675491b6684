# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Reads the journal of generated passwords (``credentials_file``), for a file that hands them over."""

from __future__ import annotations

import os
import stat
import typing as t

from ...module_utils._common.secrets import Secret
from ...module_utils._partner_center.run.password_attempts import Attempts


class JournalError(Exception):
    """The journal cannot be used; the message names no password."""


class Journal:
    """What the lines say about each user.

    :param path: the file; one that is not there has no lines.
    :raises JournalError: when others can read it, or it is no such journal.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.exists = True
        self._attempts = Attempts(self._read())
        if self._attempts.foreign is not None:
            raise JournalError(
                f"credentials_file {self.path!r}, line {self._attempts.foreign}: not a line of a journal of passwords."
            )

    def password(self, customer_id: t.Any, user_principal_name: t.Any, user_id: t.Any = None) -> Secret | None:
        """The password that works for this user. None if none was generated; an empty one if it is not known which
        one works.

        :raises JournalError: when it is there, but encrypted.
        """
        standing = self._attempts.standing(customer_id, user_principal_name, user_id)
        if standing is None:
            return None
        if not standing.works:
            return Secret("")
        if not isinstance(standing.record.get("password"), str):
            who = f"{self.path!r} has the password of {user_principal_name} in encrypted form."
            raise JournalError(f"{who} Remove credentials_file, and hand over that file.")
        return Secret(standing.record["password"])

    def _read(self) -> bytes:
        try:
            # The checks are on the open file, so that it cannot be another one when it is read; and a pipe is not
            # waited for.
            descriptor = os.open(os.path.expanduser(self.path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            self.exists = False
            return b""
        except OSError as exc:
            raise JournalError(f"credentials_file {self.path!r} cannot be read ({exc.strerror}).") from None
        try:
            status = os.fstat(descriptor)
            mode = status.st_mode
            if not stat.S_ISREG(mode):
                raise JournalError(f"credentials_file {self.path!r} is not a regular file.")
            if mode & 0o077:
                raise JournalError(
                    f"credentials_file {self.path!r} can be read by other users of this machine; run chmod 600 on it."
                )
            with open(descriptor, "rb", closefd=False) as handle:
                return handle.read()
        finally:
            os.close(descriptor)
