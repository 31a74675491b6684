# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Small files that hold a secret: read without being held up, replaced as a whole or not at all, one writer at a time.

What lies at a path may be anything: a pipe that nobody writes to, a directory, somebody else's file. Nothing here waits
for it.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import tempfile
import time
import typing as t

from .interruption import UNINTERRUPTED, Interrupted, Stopper

LIMIT = 65536
"""Bytes that are read at most; what is longer is not one of these files."""
ROOM = 16384
"""Bytes that have to be free for a token, the one before it and their state."""
LOCK_WAIT = 60.0
"""Seconds to wait for another process."""

_REASONS = {
    errno.EROFS: "the file system is read-only",
    errno.ENOSPC: "no space is left on the disk",
    errno.EDQUOT: "the disk quota of this user is used up",
    errno.EACCES: "this user may not write there",
    errno.EPERM: "this user may not write there",
    errno.EBUSY: "the file itself is a mount, which cannot be replaced; mount its folder",
    errno.ETIMEDOUT: "another process holds its lock",
    errno.ENOENT: "its folder does not exist",
    **dict.fromkeys((errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP), "the file system has no locks"),
    **dict.fromkeys(
        (errno.EISDIR, errno.ELOOP, errno.ENXIO, errno.EINVAL),
        "it, or a file next to it with .lock, .new or .previous, is not a regular file",
    ),
}
_MOUNTS = "/proc/self/mountinfo"


class NotPlain(OSError):
    """What lies there is a pipe, a directory, a device, or too long."""


def opened(path: str, flags: int, mode: int = 0o600) -> int:
    """``os.open`` that never waits, and has one kind of error. :raises OSError: also for what no path can be."""
    try:
        return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC, mode)
    except ValueError:  # a zero character, or half a surrogate pair
        raise NotPlain(errno.EINVAL, "no path has such characters") from None


def reason(error: OSError) -> str:
    """Why something could not be written: constant words, which may go into a warning."""
    return _REASONS.get(error.errno or 0, f"it failed with {type(error).__name__}")


def obstacle(path: str) -> str | None:
    """Why :func:`replace` could not put a file there, or None. Found out by writing more than that next to it; nothing
    is left of it.

    To be asked before something is done that cannot be done again, because permissions alone do not tell: a disk can be
    full or mounted read-only.
    """
    directory = os.path.dirname(os.path.abspath(path))
    there = _status(path)
    try:
        _try_to_write(directory, ROOM + (there.st_size if there else 0))
        _refuse_mounted(path)
    except OSError as exc:
        return reason(exc)
    return "the file belongs to another user" if there and os.geteuid() not in (0, there.st_uid) else None


def closed(path: str) -> str | None:
    """The same, as far as it can be seen without writing anything."""
    directory = os.path.dirname(os.path.abspath(path))
    try:
        system = os.statvfs(directory)
        if system.f_flag & os.ST_RDONLY:
            return _REASONS[errno.EROFS]
        if not os.access(directory, os.W_OK | os.X_OK):
            return _REASONS[errno.EACCES]
        if system.f_frsize * system.f_bavail < ROOM:
            return _REASONS[errno.ENOSPC]
        _refuse_mounted(path)
    except OSError as exc:
        return reason(exc)
    return None


def _try_to_write(directory: str, size: int) -> None:
    """:raises OSError:"""
    try:
        # A file without a name vanishes by itself, also when this process dies. Not every file system can do that.
        descriptor = os.open(directory, os.O_WRONLY | os.O_TMPFILE | os.O_CLOEXEC, 0o600)
        name = None
    except (AttributeError, OSError):
        descriptor, name = tempfile.mkstemp(prefix=".trial-", dir=directory)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(bytes(size))
            handle.flush()
            os.fsync(handle.fileno())
    finally:
        if name is not None:
            os.unlink(name)


def _refuse_mounted(path: str) -> None:
    """A single file that was mounted into a container cannot be replaced, whatever the permissions. :raises OSError: it
    is one."""
    path = os.path.join(os.path.realpath(os.path.dirname(os.path.abspath(path))), os.path.basename(path))
    places: set[str] = set()
    with contextlib.suppress(OSError), open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as mounts:
        # The fifth field is the place, with white space and backslashes as octal numbers (proc_pid_mountinfo(5)).
        places = {line.split(" ")[4] for line in mounts if line.count(" ") > 4}
    if "".join(f"\\{ord(char):03o}" if char in " \t\n\\" else char for char in path) in places:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))


def read(path: str, *, follow: bool = True) -> tuple[bytes, os.stat_result]:
    """The content and what the system says about the file.

    :param follow: whether a symbolic link may lead to it.
    :raises OSError: it cannot be read; NotPlain: it is no file that could hold a token.
    """
    # Without O_NONBLOCK, opening a pipe waits for a writer, for ever.
    descriptor = opened(path, os.O_RDONLY | (0 if follow else os.O_NOFOLLOW))
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


def may_be_token(path: str) -> bool:
    """Whether nothing would be lost if a token took the place of what is there: nothing or one word, not what cannot be
    read."""
    try:
        content = read(path)[0].strip()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return not any(byte in b" \t\r\n" for byte in content)


def replace(path: str, text: str, *, owner_of: str | None = None) -> None:
    """Put a file with mode 0600 in the place of what is there; whoever reads sees all of the old content or all of the
    new one.

    To be called by one writer at a time (:func:`lock`), because what an interrupted writer left behind is overwritten.
    A file that belongs to another user goes on belonging to that user, who could not read it any more otherwise. A
    symbolic link is replaced, and what it leads to left alone.

    :param owner_of: the file whose owner this one gets as well; by default itself.
    :raises OSError: then the old content is still there.
    """
    temporary = path + ".new"
    owner = _status(owner_of or path)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            _give(handle.fileno(), owner)
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _settle(os.path.dirname(path))


def _status(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _give(descriptor: int, owner: os.stat_result | None) -> None:
    """Give a file that was just made to the owner of another one. :raises OSError: this user may not do that."""
    if owner is not None and owner.st_uid != os.geteuid() and stat.S_ISREG(owner.st_mode):
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


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
def lock(path: str, seconds: float = LOCK_WAIT, stop: Stopper = UNINTERRUPTED) -> t.Iterator[None]:
    """Be the only one who works on this file. The lock lies next to it, is never removed, and ends with the process
    however that ends.

    :param stop: ends the wait for another process.
    :raises Interrupted: the run is to end, and another process still holds it.
    :raises OSError: there can be no lock here; TimeoutError: another process has held it for so long.
    """
    descriptor = _open_lock(path)
    try:
        status, owner = os.fstat(descriptor), _status(path)
        if not stat.S_ISREG(status.st_mode):
            raise NotPlain(errno.EINVAL, "not a regular file")
        if status.st_uid not in (os.geteuid(), owner.st_uid if owner else os.geteuid()):
            # Whoever put it there, in a directory like /tmp, could hold it for ever.
            raise PermissionError(errno.EPERM, "the lock belongs to another user")
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TimeoutError(errno.ETIMEDOUT, "another process holds the lock") from None
                await_turn(stop, 0.02)
        yield
    finally:
        os.close(descriptor)


def await_turn(stop: Stopper, seconds: float) -> None:
    """Wait a moment for another process, which comes first. :raises Interrupted: the run is to end meanwhile."""
    if stop.wait(seconds):
        raise Interrupted(f"Waited for another process. {stop.reached()}")


def _open_lock(path: str) -> int:
    """The lock of a file, made if there is none. What root makes is given to the file's owner, who could never take it
    otherwise. :raises OSError:"""
    name, flags = path + ".lock", os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    while True:
        with contextlib.suppress(FileNotFoundError):
            return os.open(name, flags)
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(name, flags | os.O_CREAT | os.O_EXCL, 0o600)
            break
    try:
        if os.geteuid() == 0:
            _give(descriptor, _status(path))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
