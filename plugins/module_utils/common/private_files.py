# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Small files that hold a secret: read without being held up, replaced as a whole or not at all, one writer at a time.

What lies at a path may be anything: a pipe that nobody writes to, a directory, somebody else's file. Nothing here waits for it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import time
import typing as t

LIMIT = 65536
"""Bytes that are read at most; what is longer is not one of these files."""
LOCK_WAIT = 60.0
"""Seconds to wait for another process."""


class NotPlain(OSError):
    """What lies there is a pipe, a directory, a device, or too long."""


def read(path: str, *, follow: bool = True) -> tuple[bytes, os.stat_result]:
    """The content and what the system says about the file.

    :param follow: whether a symbolic link may lead to it.
    :raises OSError: it cannot be read; NotPlain: it is no file that could hold a token.
    """
    # Without O_NONBLOCK, opening a pipe waits for a writer, for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW))
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LIMIT:
            raise NotPlain(errno.EINVAL, "not a small regular file")
        content = b""
        while len(content) <= LIMIT:
            part = os.read(descriptor, LIMIT)
            if not part:
                break
            content += part
        return content, status
    finally:
        os.close(descriptor)


def replace(path: str, text: str) -> None:
    """Put a file with mode 0600 in the place of what is there; whoever reads sees all of the old content or all of the new one.

    To be called by one writer at a time (:func:`lock`), because what an interrupted writer left behind is overwritten. A file that belongs to
    another user goes on belonging to that user, who could not read it any more otherwise. A symbolic link is replaced, and what it leads to left alone.

    :raises OSError: then the old content is still there.
    """
    temporary = path + ".new"
    try:
        owner: os.stat_result | None = os.lstat(path)
    except FileNotFoundError:
        owner = None
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            if owner is not None and owner.st_uid != os.geteuid() and stat.S_ISREG(owner.st_mode):
                os.fchown(handle.fileno(), owner.st_uid, owner.st_gid)
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _settle(os.path.dirname(path))


def remove(path: str) -> None:
    """Take a file away, if it is there. :raises OSError:"""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
        _settle(os.path.dirname(path))


def _settle(directory: str) -> None:
    """Have the name itself survive a power failure; file systems that cannot do that are not worth an error."""
    with contextlib.suppress(OSError):
        descriptor = os.open(directory or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def lock(path: str, seconds: float = LOCK_WAIT) -> t.Iterator[None]:
    """Be the only one who works on this file. The lock lies next to it, is never removed, and ends with the process however that ends.

    :raises OSError: there can be no lock here; TimeoutError: another process has held it for so long.
    """
    descriptor = os.open(path + ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotPlain(errno.EINVAL, "not a regular file")
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TimeoutError(errno.ETIMEDOUT, "another process holds the lock") from None
                time.sleep(0.02)
        yield
    finally:
        os.close(descriptor)
