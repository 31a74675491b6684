# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The records of users who leave: a file for each user, in a folder for each customer.

A record lies in the folder ``unfinished`` until its user is deleted. One that is found there is of a run that was
interrupted after it had taken something, and knows what that was.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import typing as t
from dataclasses import dataclass

from ...module_utils._common import paths
from ..export.declaration import NotExportable, declaration_of
from ..task_files.declared import Read, Unreadable
from . import locks

SUFFIX = ".yml"
User = t.Mapping[str, t.Any]


class Impossible(Exception):
    """The records cannot be had as they have to be; the text says why."""


class InUse(Exception):
    """Another run is about to offboard some of these users; the text says which run."""


@dataclass(frozen=True)
class Found:
    """What lies in the folders.

    :ivar finished: records of users who were deleted.
    :ivar unfinished: paths of the others by the id of the user.
    """

    finished: tuple[str, ...]
    unfinished: t.Mapping[str, str]


class Records:
    """The records of one customer.

    :param directory: the folder of the customer.
    :param host: the host of the play that works in it; another host of the same run must not have the same users.
    """

    def __init__(self, directory: str, host: str = "") -> None:
        self.directory = directory
        self._host = host
        self.unfinished = os.path.join(directory, "unfinished")

    def found(self) -> Found:
        """The records that are there; nothing is made."""
        there = _records_in(self.unfinished)
        return Found(_records_in(self.directory), {id_of(path): path for path in there if id_of(path)})

    def begin(self, users: t.Sequence[User], began: float) -> Found:
        """Keep other runs away from these users.

        :param began: when this run began. Whoever was read while another run was about to delete them has been read
            without what that run had taken already.
        :return: what lay there before.
        :raises Impossible, InUse: then this run has none of them.
        """
        ids = [str(user["id"]) for user in users]
        try:
            _make(self.unfinished)
        except OSError as exc:
            raise Impossible(_said(self.unfinished, exc)) from None
        held = locks.claim_all([self._lock(user_id) for user_id in ids], locks.this_run(self._host))
        if held:
            raise InUse(" ".join(held))
        found = self.found()
        just_now = [path for path in found.finished if id_of(path) in ids and _since(path, began)]
        if just_now:
            self.end(ids)
            raise InUse(" ".join(just_now))
        return found

    def write(
        self,
        customer: t.Mapping[str, t.Any],
        users: t.Sequence[User],
        unfinished: t.Mapping[str, str],
        read: Read,
        change_reference: str | None = None,
    ) -> dict[str, str]:
        """Write down what the users have, with what earlier runs took from them, and have it on the disk.

        :param unfinished: records of earlier runs by the id of the user.
        :param change_reference: under which change they leave.
        :return: the paths by the id of the user.
        :raises Impossible: then nothing must be taken from any of them.
        """
        written = {str(user["id"]): unfinished.get(str(user["id"])) or self._path(user) for user in users}
        for user in users:
            path = written[str(user["id"])]
            try:
                earlier = read("declarations", [path]) if str(user["id"]) in unfinished else []
                text = declaration_of(
                    {"customer_id": customer["id"], "users": [user]},
                    "yaml",
                    state="restored",
                    name=customer.get("name"),
                    earlier=earlier,
                    change_reference=change_reference,
                )
                paths.replace(path, str(text), 0o600)
            except OSError as exc:
                raise Impossible(_said(path, exc)) from None
            except (Unreadable, NotExportable) as exc:
                raise Impossible(str(exc)) from None
        try:
            _sync(self.unfinished)
        except OSError as exc:
            raise Impossible(_said(self.unfinished, exc)) from None
        return written

    def settle(self, deleted: t.Sequence[str], obsolete: t.Sequence[str]) -> list[str]:
        """Put the records of users who are deleted in their place, in that of records under earlier names, too, and
        remove those that are none.

        :param deleted: records in the folder ``unfinished``.
        :return: a sentence for each file that is where it was.
        """
        wrong = []
        finished = self.found().finished
        for path in deleted:
            place = os.path.join(self.directory, os.path.basename(path))
            try:
                os.replace(path, place)
            except OSError as exc:
                wrong.append(f"{path} could not be moved to {self.directory} ({exc.strerror or type(exc).__name__}).")
                continue
            wrong += _removed(other for other in finished if other != place and id_of(other) == id_of(path))
        wrong += _removed(obsolete)
        for directory in (self.directory, self.unfinished) if deleted or obsolete else ():
            with contextlib.suppress(OSError):  # then the file is in one of them, and both are read
                _sync(directory)
        return wrong

    def end(self, ids: t.Iterable[str]) -> None:
        """Let other runs go on with these users."""
        run = locks.this_run(self._host)
        for user_id in ids:
            locks.release(self._lock(user_id), run)

    def _lock(self, user_id: str) -> str:
        return os.path.join(self.unfinished, f".{user_id}.lock")

    def _path(self, user: User) -> str:
        name = re.sub(r"[^A-Za-z0-9.@_+-]|^[.]", "_", str(user["user_principal_name"]))
        return os.path.join(self.unfinished, f"{name}.{user['id']}{SUFFIX}")


def id_of(path: str) -> str:
    """The id of the user in the name of a record."""
    return os.path.basename(path).removesuffix(SUFFIX).rpartition(".")[2]


def _records_in(directory: str) -> tuple[str, ...]:
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return ()
    named = [os.path.join(directory, name) for name in names if name.endswith(SUFFIX) and not name.startswith(".")]
    return tuple(path for path in named if _is_file(path))


def _is_file(path: str) -> bool:
    with contextlib.suppress(OSError):
        return stat.S_ISREG(os.lstat(path).st_mode)
    return False


def _since(path: str, moment: float) -> bool:
    with contextlib.suppress(OSError):
        return os.lstat(path).st_ctime >= moment
    return False


def _make(directory: str) -> None:
    """:raises OSError:"""
    if os.path.isdir(directory):
        return
    _make(os.path.dirname(directory))
    with contextlib.suppress(FileExistsError):
        os.mkdir(directory, 0o700)
        _sync(os.path.dirname(directory))
    if not os.path.isdir(directory):
        raise NotADirectoryError("not a folder")


def _removed(files: t.Iterable[str]) -> list[str]:
    """Remove files. :return: a sentence for each that is still there."""
    wrong = []
    for path in files:
        try:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        except OSError as exc:
            wrong.append(f"{path} is no longer a record and could not be removed ({exc.strerror}).")
    return wrong


def _sync(directory: str) -> None:
    """Have the names in a folder survive a power failure; where a file system cannot do that, nobody can.

    :raises OSError:
    """
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as exc:
        if exc.errno not in (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
            raise
    finally:
        os.close(descriptor)


def _said(path: str, exc: OSError) -> str:
    return f"{path} cannot be written ({exc.strerror or type(exc).__name__})."
