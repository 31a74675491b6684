# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Access tokens between tasks, in a small file per sign-in.

Only the access token is kept, never a refresh token or a client credential; the file's name is a hash of everything
that must match, so that another (also a wrong) credential never gets this token. Readers need no lock; a writer holds
one, looks again and replaces the file atomically. What cannot be used is treated as if it was not there: a cache must
never be the reason of a failure.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import re
import time
import typing as t

from .._common import files as private_files
from .._common.interruption import UNINTERRUPTED, Stopper

KEEP = 90 * 86400.0
"""Seconds after which an entry that nobody renewed is removed: the refresh token that it belongs to has ended by
then."""
ENTRY = re.compile(r"[0-9a-f]{32}\.json(\.lock)?")
SKEW = 300
"""Seconds before its end at which a token counts as expired, as msal and azure-identity do."""


def default_directory() -> str:
    """A folder of this user: in memory where the system offers one, otherwise below the home directory."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and os.path.isdir(runtime):
        return os.path.join(runtime, "ansible-partner-center")
    return os.path.join(os.path.expanduser("~"), ".cache", "ansible-partner-center")


class Entry(t.NamedTuple):
    """An access token, the epoch second at which it ends, and the one at which its refresh token was first seen
    here."""

    token: str
    expires_on: float
    first_seen: float


class TokenCache:
    """One cached access token.

    :param directory: made with mode 0700 when missing.
    :param identity: everything that must match, secrets as their hashes; JSON types.
    :param notify: is told, in constant words, why nothing can be kept here.
    """

    def __init__(
        self,
        directory: str,
        identity: t.Mapping[str, t.Any],
        notify: t.Callable[[str], None] = lambda _why: None,
        interruption: Stopper = UNINTERRUPTED,
    ) -> None:
        digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:32]
        self.directory = directory
        self.path = os.path.join(directory, digest + ".json")
        self._notify = notify
        self._interruption = interruption

    def entry(self) -> Entry | None:
        """What is kept, also when its token has ended; None when it is not there, not ours alone, or damaged."""
        try:
            content, status = private_files.read(self.path, follow=False)
            if status.st_uid != os.geteuid() or status.st_mode & 0o077:
                return None
            data = json.loads(content)
            token, expires, seen = (
                data["access_token"],
                float(data["expires_on"]),
                float(data.get("refresh_token_first_seen", time.time())),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            return None
        sound = (
            isinstance(token, str)
            and token.isascii()
            and token.isprintable()
            and " " not in token
            and math.isfinite(expires)
            and math.isfinite(seen)
        )
        return Entry(token, expires, seen) if sound and token else None

    def read(self) -> Entry | None:
        """The same, if the token is good for more than five minutes."""
        found = self.entry()
        return found if found and found.expires_on - SKEW > time.time() else None

    def get(self, fetch: t.Callable[[], tuple[str, float]], rejected: str | None = None) -> Entry:
        """The cached token, or a fetched one that is then cached.

        :param fetch: gives a token and the epoch second at which it ends; its errors pass through.
        :param rejected: a token that the API did not accept; it is not served again.
        """
        found = self.read()
        if found and found.token != rejected:
            return found
        with contextlib.ExitStack() as stack:
            usable = self._lock(stack)
            if usable:
                found = self.read()
                if found and found.token != rejected:
                    return found
            token, expires = fetch()
            return self._write(token, expires) if usable else Entry(token, expires, time.time())

    def store(self, token: str, expires: float) -> None:
        """Keep a token that was fetched under another key."""
        with contextlib.ExitStack() as stack:
            if self._lock(stack):
                self._write(token, expires)

    def _lock(self, stack: contextlib.ExitStack) -> bool:
        """Take the lock; False when the folder cannot be used, and then the run goes on without a cache."""
        try:
            os.makedirs(self.directory, mode=0o700, exist_ok=True)
            status = os.stat(self.directory)
            if status.st_uid != os.geteuid() or status.st_mode & 0o022:
                self._notify("its folder belongs to another user, or others can write to it")
                return False
            stack.enter_context(private_files.lock(self.path, stop=self._interruption))
        except OSError as exc:
            self._notify(private_files.reason(exc))
            return False
        return True

    def _write(self, token: str, expires: float) -> Entry:
        before = self.entry()
        written = Entry(token, expires, before.first_seen if before else time.time())
        try:
            private_files.replace(
                self.path,
                json.dumps(
                    {
                        "access_token": token,
                        "expires_on": expires,
                        "refresh_token_first_seen": round(written.first_seen),
                    }
                ),
            )
        except OSError as exc:
            # A full disk, or something that cannot be replaced, must not fail a run that has its token.
            self._notify(private_files.reason(exc))
        self._tidy()
        return written

    def _tidy(self) -> None:
        """Remove what belongs to sign-ins of long ago: each renewed refresh token and each assertion has entries of its
        own.

        A lock can be removed while somebody takes it; then two fetch a token at once, and both are good.
        """
        oldest = time.time() - KEEP
        with contextlib.suppress(OSError), os.scandir(self.directory) as files:
            for file in files:
                if ENTRY.fullmatch(file.name) and file.stat(follow_symlinks=False).st_mtime < oldest:
                    with contextlib.suppress(OSError):
                        os.unlink(file.path)
