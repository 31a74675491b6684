# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Reads the journal of generated passwords (``credentials_file``), for a file that hands them over."""

from __future__ import annotations

import json
import os
import stat
import typing as t

from ..module_utils.common.secrets import Secret
from ..module_utils.partner_center.names import upn_key


class JournalError(Exception):
    """The journal cannot be used; the message names no password."""


class Journal:
    """The last line about each user.

    :param path: the file; one that is not there has no lines.
    :raises JournalError: when others can read it, or it is no such journal.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.exists = True
        self._last: dict[tuple[str, str], dict[str, t.Any]] = {}
        for number, line in enumerate(self._read().split(b"\n"), 1):
            if line.strip():
                self._take(number, line)

    def password(self, customer_id: t.Any, user_principal_name: t.Any) -> Secret | None:
        """The password that this user got, None if nobody knows or it was not generated.

        :raises JournalError: when it is there, but encrypted.
        """
        record = self._last.get(_key(customer_id, user_principal_name))
        if record is None or record.get("status") != "delivered":
            return None
        if not isinstance(record.get("password"), str):
            who = f"{self.path!r} has the password of {user_principal_name} in encrypted form."
            raise JournalError(f"{who} Leave credentials_file out, and hand that file over.")
        return Secret(record["password"])

    def _read(self) -> bytes:
        try:
            # The checks are on the open file, so that it cannot be another one when it is read; and a pipe is not waited for.
            descriptor = os.open(os.path.expanduser(self.path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            self.exists = False
            return b""
        except OSError as exc:
            raise JournalError(f"credentials_file {self.path!r} cannot be read ({exc.strerror}).") from None
        try:
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
                raise JournalError(f"credentials_file {self.path!r} is not a regular file.")
            if mode & 0o077:
                raise JournalError(f"credentials_file {self.path!r} can be read by other users of this machine; run chmod 600 on it.")
            with open(descriptor, "rb", closefd=False) as handle:
                return handle.read()
        finally:
            os.close(descriptor)

    def _take(self, number: int, line: bytes) -> None:
        try:
            record = json.loads(line)
        except ValueError:
            # A crash can cut a line off. It was then the last one about its user, and the one before it says less: no password is shown.
            if line.startswith(b"{"):
                return
            record = None
        if not isinstance(record, dict):
            raise JournalError(f"credentials_file {self.path!r}, line {number}: not a line of a journal of passwords.")
        self._last[_key(record.get("customer_id"), record.get("user_principal_name"))] = record


def _key(customer_id: t.Any, user_principal_name: t.Any) -> tuple[str, str]:
    return str(customer_id).lower(), upn_key(str(user_principal_name))
