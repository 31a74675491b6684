# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The files of a task: what lies at each path is looked at before anything is sent, and no path leads to the file of
another one.

Nothing here waits: a pipe, a socket or a device is recognised without opening it, and whatever is opened is opened so
that it cannot block.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import typing as t
from dataclasses import dataclass

from .errors import OptionError
from .files import NotPlain, opened

OTHERS_WRITE = 0o022


@dataclass(frozen=True)
class Place:
    """A path that a task was given.

    :param option: how the user calls it.
    :param written: whether the task writes there, now or in another mode.
    :param directory: True for a directory, None for a directory or a file.
    :param beside: endings of the files that are kept next to it.
    """

    option: str
    path: t.Any
    written: bool = False
    directory: bool | None = False
    beside: tuple[str, ...] = ()


def problems(places: t.Iterable[Place]) -> list[str]:
    """What is wrong with the paths of a task: empty ones, what is there and is no file, and two that mean the same
    file."""
    found: list[str] = []
    sound: list[Place] = []
    for place in places:
        if place.path is None:
            continue
        path = str(place.path)
        why = _blank(path) or _kind(path, place.directory)
        if why:
            found.append(f"{place.option} {why}")
        else:
            sound.append(place)
    seen: dict[t.Any, Place] = {}
    for place in sound:
        # What is written comes with what is kept next to it; two that are only read may be the same.
        for path in (str(place.path), *(str(place.path) + ending for ending in place.beside)):
            for mark in _marks(path):
                other = seen.setdefault(mark, place)
                if other.option != place.option and (other.written or place.written):
                    pair = f"{other.option} and {place.option} are the same file"
                    if not any(text.startswith(pair) for text in found):
                        found.append(f"{pair} ({path!r}), and one would overwrite the other; use separate files.")
    return found


def _blank(path: str) -> str:
    if not path.strip():
        return "is empty. Leave it out, or specify a file."
    return "holds a NUL character, which no path can have." if "\0" in path else ""


def _kind(path: str, directory: bool | None) -> str:
    try:
        mode = os.stat(path).st_mode
    except ValueError:
        return f"{path!r} has characters that no path can have."
    except OSError as exc:
        if exc.errno == errno.ELOOP:
            return f"{path!r} is a symbolic link that leads to itself."
        return f"{path!r} cannot be a path: its name is too long." if exc.errno == errno.ENAMETOOLONG else ""
    if stat.S_ISREG(mode):
        return f"{path!r} is a file; a folder is needed." if directory else ""
    if stat.S_ISDIR(mode):
        return f"{path!r} is a folder; a file is needed." if directory is False else ""
    return f"{path!r} is a pipe, a socket or a device; a regular file is needed."


def _marks(path: str) -> t.Iterator[t.Any]:
    """What two paths have in common if they are the same file: the place, and of one that is there its inode."""
    yield os.path.realpath(os.path.expanduser(path))
    try:
        status = os.stat(path)
    except OSError:
        return
    yield status.st_dev, status.st_ino


def distrust(status: os.stat_result) -> str | None:
    """Why a file that says what shall be done must not be believed, or None: somebody else can have written it. It is
    so for root as well."""
    if status.st_uid not in (os.geteuid(), 0):
        return "belongs to another user of this machine, who may have written it; check the content, then run chown"
    if status.st_mode & OTHERS_WRITE:
        return (
            "can be written by other users of this machine, who may have changed it; check the content, then run "
            "chmod go-w on it"
        )
    return None


def read(path: str, *, follow: bool = True) -> tuple[bytes, os.stat_result]:
    """The content of a regular file, and what the system says about it. :raises OSError: it cannot be read; NotPlain:
    it is none."""
    descriptor = opened(path, os.O_RDONLY | (0 if follow else os.O_NOFOLLOW))
    with os.fdopen(descriptor, "rb") as handle:
        status = os.fstat(handle.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise NotPlain(errno.EINVAL, "it is not a regular file")
        return handle.read(), status


def check_regular(path: str) -> None:
    """For what is opened by somebody else's code, which would wait. :raises NotPlain: it is no regular file; OSError:
    it is not there."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise NotPlain(errno.EINVAL, "it is not a regular file")


def replace(path: str, text: str, mode: int) -> None:
    """Put a file in the place of what is there, as a whole or not at all, with just this mode. A link is replaced,
    and what it leads to left alone.

    :raises OSError: then the old content is still there.
    """
    directory, name = os.path.split(os.path.abspath(path))
    temporary = os.path.join(directory, f".{name[:100]}.{secrets.token_hex(8)}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            os.fchmod(handle.fileno(), mode)
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(temporary, path)
    except BaseException:
        try:
            os.unlink(temporary)
        except OSError:
            pass
        raise


def refuse(places: t.Iterable[Place], more: t.Sequence[str] = ()) -> None:
    """:raises OptionError: with everything that is wrong with the paths, and what is known already."""
    found = [*more, *problems(places)]
    if found:
        raise OptionError(found)
