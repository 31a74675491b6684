# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Access tokens between tasks, in a small file per sign-in.

Only the access token is kept, never a refresh token or a client credential; the file's name is a hash of everything that must
match, so that another (also a wrong) credential never gets this token. Readers need no lock; a writer holds one, looks again and
replaces the file atomically.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import stat
import tempfile
import time
import typing as t

SKEW = 300
"""Seconds before its end at which a token counts as expired, as msal and azure-identity do."""
LOCK_WAIT = 60.0


def default_directory() -> str:
    """A directory of this user: in memory where the system offers one, otherwise below the home directory."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and os.path.isdir(runtime):
        return os.path.join(runtime, "ansible-partner-center")
    return os.path.join(os.path.expanduser("~"), ".cache", "ansible-partner-center")


class TokenCache:
    """One cached access token.

    :param directory: made with mode 0700 when missing.
    :param identity: everything that must match, secrets as their hashes; JSON types.
    """

    def __init__(self, directory: str, identity: t.Mapping[str, t.Any]) -> None:
        digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:32]
        self.directory = directory
        self.path = os.path.join(directory, digest + ".json")

    def read(self) -> str | None:
        """The token, if it is there, ours alone, and good for more than five minutes."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return None
        with os.fdopen(descriptor, encoding="utf-8") as handle:
            status = os.fstat(handle.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o077:
                return None
            try:
                data = json.load(handle)
                token, expires = data["access_token"], float(data["expires_on"])
            except (ValueError, KeyError, TypeError):
                return None
        return token if isinstance(token, str) and token and expires - SKEW > time.time() else None

    def get(self, fetch: t.Callable[[], tuple[str, float]], rejected: str | None = None) -> str:
        """The cached token, or a fetched one that is then cached.

        :param fetch: gives a token and the epoch second at which it ends; its errors pass through.
        :param rejected: a token that the API did not accept; it is not served again.
        """
        token = self.read()
        if token and token != rejected:
            return token
        with contextlib.ExitStack() as stack:
            usable = self._lock(stack)
            if usable:
                token = self.read()
                if token and token != rejected:
                    return token
            token, expires = fetch()
            if usable:
                self._write(token, expires)
        return token

    def _lock(self, stack: contextlib.ExitStack) -> bool:
        """Take the lock; False when the directory cannot be used, and then the run goes on without a cache."""
        try:
            os.makedirs(self.directory, mode=0o700, exist_ok=True)
            status = os.stat(self.directory)
            if status.st_uid != os.geteuid() or status.st_mode & 0o022:
                return False
            descriptor = os.open(self.path + ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError:
            return False
        stack.callback(os.close, descriptor)
        deadline = time.monotonic() + LOCK_WAIT
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.02)

    def _write(self, token: str, expires: float) -> None:
        temporary = None
        try:
            descriptor, temporary = tempfile.mkstemp(dir=self.directory)
            with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
                json.dump({"access_token": token, "expires_on": expires}, handle)
                handle.flush()
                os.fsync(handle.fileno())
            os.replace(temporary, self.path)
        except OSError:
            # A full disk must not fail a run that has its token.
            if temporary:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
