# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The file that a refresh token lives in: its age, its rotation, and the token before it.

A refresh token ends 90 days after its own issue, however often it is used, and each redemption gives a new one without
ending the old one. So the new one is stored on purpose, now and then. At every moment of that, the file holds a token
that works: it is replaced as a whole, after the new token is there, and the old one stays next to it until the new one
has been accepted once. Source: Microsoft Entra documentation, "Refresh tokens in the Microsoft identity platform".

Next to ``FILE`` lie ``FILE.previous`` (the token before, only until the new one has worked), ``FILE.state`` (dates and
the beginning of a hash; no secret) and ``FILE.lock``.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import time
import typing as t

from .._common import files as private_files
from .._common.interruption import UNINTERRUPTED, Stopper
from .._common.secrets import Secret

DAY = 86400.0
LIFETIME_DAYS = 90
WARN_DAYS = 60
FORMAT = "tenantops.partner_center refresh token state"


class RefreshTokenFile:
    """A refresh token on a disk.

    :param path: the file; a symbolic link is followed.
    :param clock: epoch seconds.
    :param interruption: ends the wait for another process.
    """

    def __init__(
        self, path: str, clock: t.Callable[[], float] = time.time, interruption: Stopper = UNINTERRUPTED
    ) -> None:
        self.path = os.path.realpath(path)
        self.previous_path = self.path + ".previous"
        self.state_path = self.path + ".state"
        self._clock = clock
        self._interruption = interruption

    def read(self) -> Secret | None:
        """The token; None when there is none that could be one. :raises OSError: the file is there and cannot be
        read."""
        return _token(self.path)

    def previous(self) -> Secret | None:
        """The token before, as long as the present one has not worked yet. Only the owner of the token or this user can
        have put it there."""
        try:
            content, status = private_files.read(self.previous_path, follow=False)
            trusted = status.st_uid in (os.geteuid(), os.stat(self.path).st_uid) and not status.st_mode & 0o022
        except OSError:
            return None
        return Secret(_text(content)) if trusted and _text(content) else None

    def lock(self) -> t.ContextManager[None]:
        """Be the only one who rotates. :raises OSError:"""
        return private_files.lock(self.path, stop=self._interruption)

    def stored_on(self) -> float | None:
        """When the token came here: as recorded with it, or else when the file was written. None when there is no
        file."""
        try:
            content, status = private_files.read(self.path)
        except OSError:
            return None
        state = self._state()
        moment = state.get("stored_on")
        if state.get("token") == _mark(_text(content)) and isinstance(moment, (int, float)) and math.isfinite(moment):
            return float(moment)
        return status.st_mtime

    def age_days(self) -> float | None:
        """Days since the token came here; it can be older, never younger."""
        stored = self.stored_on()
        return None if stored is None else (self._clock() - stored) / DAY

    def due(self, rotate_after: int) -> bool:
        """Whether the token is that many days old. A date in the future, of a clock that was wrong, tells nothing, and
        then it may be."""
        age = self.age_days()
        return age is not None and not -1 < age < rotate_after

    def put(self, token: Secret, origin: str) -> None:
        """Store a token that has worked already; whatever was there goes. Under :meth:`lock`. :raises OSError:"""
        private_files.replace(self.path, token.reveal() + "\n")
        self._record(token, origin)
        private_files.remove(self.previous_path)

    def rotate(self, old: Secret, new: Secret) -> None:
        """Store a token that has not been used yet; the old one stays next to it. Under :meth:`lock`.

        :raises OSError: the file still holds the old token.
        """
        private_files.replace(self.previous_path, old.reveal() + "\n", owner_of=self.path)
        private_files.replace(self.path, new.reveal() + "\n")
        self._record(new, "renewal")

    def confirm(self, token: Secret) -> None:
        """The token has worked: the one before is not needed any more. What fails here is tried again the next time."""
        with contextlib.suppress(OSError), self.lock():
            if self.read() == token:
                private_files.remove(self.previous_path)

    def put_back(self, refused: Secret) -> bool:
        """The token was refused, and the one before works: that is the token again. False when it could not be
        written."""
        try:
            with self.lock():
                before = self.previous()
                if before is None or self.read() != refused:
                    return True  # somebody else has done it
                stored = os.stat(self.previous_path).st_mtime
                private_files.replace(self.path, before.reveal() + "\n")
                self._record(before, "put back", stored)
                private_files.remove(self.previous_path)
        except OSError:
            return False
        return True

    def warning(self, rotate_after: int | None) -> str | None:
        """What to say about the token's age, if anything. Constant words and a number: warnings are not masked
        everywhere."""
        age = self.age_days()
        if age is None or age < WARN_DAYS or (rotate_after is not None and age >= rotate_after):
            return None
        return aging(age, "refresh_token_file")

    def _state(self) -> dict[str, t.Any]:
        try:
            data = json.loads(private_files.read(self.state_path, follow=False)[0])
        except (OSError, ValueError, RecursionError):
            return {}
        return data if isinstance(data, dict) and data.get("format") == FORMAT else {}

    def _record(self, token: Secret, origin: str, stored: float | None = None) -> None:
        """Write the state. Without it the date of the file counts, so a failure is none."""
        moment = round(self._clock() if stored is None else stored)
        data = {"format": FORMAT, "version": 1, "token": _mark(token.reveal()), "stored_on": moment, "origin": origin}
        with contextlib.suppress(OSError):
            private_files.replace(self.state_path, json.dumps(data) + "\n", owner_of=self.path)


def aging(age: float, what: str) -> str:
    """The warning about a refresh token that is this many days old. :param what: where it is."""
    if age >= LIFETIME_DAYS:
        return (
            f"The refresh token of {what} is {int(age)} days old here; it expires after {LIFETIME_DAYS} days, and "
            f"this may be its last day. {ROTATE}"
        )
    return (
        f"The refresh token of {what} is {int(age)} days old here and expires {LIFETIME_DAYS} days after its issue. "
        f"{ROTATE}"
    )


ROTATE = "Rotate it while it works: set rotate_after, or run the playbook tenantops.partner_center.rotate."


def _token(path: str) -> Secret | None:
    try:
        text = _text(private_files.read(path)[0])
    except FileNotFoundError:
        return None
    return Secret(text) if text else None


def _text(content: bytes) -> str:
    return content.decode("utf-8-sig", "replace").strip()


def _mark(text: str) -> str:
    """The beginning of the token's hash: enough to see whether it is the same token, of no use to anybody else."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
