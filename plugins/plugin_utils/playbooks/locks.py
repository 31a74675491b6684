# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Locks of whole runs of ansible-playbook, longer than any of its processes that could hold one: a small file that
names its owner.

A run that was killed leaves its lock behind. On the same machine that is seen by the process that is no more; of
another machine nobody can tell, and such a
lock counts for as long as a run may take.
"""

from __future__ import annotations

import contextlib
import datetime
import errno
import fcntl
import json
import multiprocessing
import os
import socket
import stat
import typing as t

NAME = ".lock"
KIND = "tenantops.partner_center run"
FOREIGN_HOURS = 12
"""After so long a lock of another machine, or of another container, is one that was left behind."""

Owner = t.Mapping[str, t.Any]


class LockTaken(Exception):
    """Another run has the lock; the text says which."""


class Unusable(Exception):
    """There can be no lock at this place; the text says why."""


def this_run(of: str | None = None) -> dict[str, t.Any]:
    """The run that this process belongs to. Tasks are processes of their own; what lasts is the process that started
    them.

    :param of: the host of the play that the lock is for, where another host of the same run must not have it as well.
    """
    parent = multiprocessing.parent_process()
    pid = parent.pid if parent is not None and parent.pid else os.getpid()
    return {
        "kind": KIND,
        "host": socket.gethostname(),
        "machine": _read("/etc/machine-id") or None,
        "boot": _read("/proc/sys/kernel/random/boot_id"),
        "processes": _link("/proc/self/ns/pid"),
        "pid": pid,
        "started": _started(pid),
        "since": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **({"of": of} if of else {}),
    }


def claim(path: str, run: Owner) -> None:
    """Take the lock, for this run if it has it already. :raises LockTaken: Unusable:"""
    descriptor = _open(path)
    try:
        there = _record(descriptor, path)
        if there is not None and not same(there, run) and alive(there):
            raise LockTaken(_who(there))
        data = json.dumps(dict(run)).encode()
        os.pwrite(descriptor, data, 0)
        os.ftruncate(descriptor, len(data))
        os.fsync(descriptor)
    except OSError as exc:
        raise Unusable(exc.strerror or type(exc).__name__) from None
    finally:
        os.close(descriptor)


def claim_all(paths: t.Sequence[str], run: Owner) -> list[str]:
    """Take all locks or none of them. :return: a sentence for each that cannot be had."""
    problems, taken = [], []
    for path in paths:
        known = _mine(path, run)
        try:
            claim(path, run)
            taken += [] if known else [path]
        except LockTaken as held:
            problems.append(f"{held}. If it has ended, remove {path}.")
        except Unusable as unusable:
            problems.append(f"{path} cannot be a lock ({unusable}).")
    for path in taken if problems else ():
        release(path, run)
    return problems


def _mine(path: str, run: Owner) -> bool:
    """Whether this run has the lock already."""
    there = _seen(path)
    return there is not None and same(there, run)


def _seen(path: str) -> dict[str, t.Any] | None:
    """The record at this path, if there is one; nothing is waited for and nothing changed."""
    with contextlib.suppress(OSError, Unusable):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return _record(descriptor, path)
        finally:
            os.close(descriptor)
    return None


def release(path: str, run: Owner) -> None:
    """Give the lock back, if this run has it."""
    with contextlib.suppress(OSError, Unusable, LockTaken):
        if not os.path.lexists(path):
            return
        descriptor = _open(path)
        try:
            there = _record(descriptor, path)
            if there is not None and same(there, run):
                os.unlink(path)
        finally:
            os.close(descriptor)


def holder(path: str, run: Owner) -> str | None:
    """Which other run has the lock, without touching anything; None if there is none."""
    there = _seen(path)
    if there is None or same(there, run) or not alive(there):
        return None
    return _who(there)


def same(one: Owner, other: Owner) -> bool:
    """Whether two records are of one run."""
    return all(one.get(name) == other.get(name) for name in ("host", "boot", "processes", "pid", "started", "of"))


def _who(owner: Owner) -> str:
    of = f" (for the host {owner['of']})" if owner.get("of") else ""
    return f"process {owner.get('pid')} on {owner.get('host')}{of} has used it since {owner.get('since')}"


def alive(owner: Owner, now: datetime.datetime | None = None) -> bool:
    """Whether the run of a record may still be at work."""
    here = this_run()
    if all(owner.get(name) and owner[name] == here[name] for name in ("host", "machine")) and (
        owner.get("boot") and here["boot"] and owner["boot"] != here["boot"]
    ):
        return False  # the machine was started anew since; a name alone is that of many (localhost, runner)
    pid = owner.get("pid")
    if (
        isinstance(pid, int)
        and pid > 0
        and all(owner.get(name) == here[name] for name in ("host", "boot", "processes"))
    ):
        started = _started(pid)
        if not _exists(pid) or (owner.get("started") and started):
            return _exists(pid) and owner.get("started") == started
    # Another machine, or it cannot be told: it counts for as long as a run may take.
    try:
        since = datetime.datetime.strptime(str(owner.get("since")), "%Y-%m-%dT%H:%M:%SZ").replace(
            tzinfo=datetime.timezone.utc
        )
    except ValueError:
        return True
    return (now or datetime.datetime.now(datetime.timezone.utc)) - since < datetime.timedelta(hours=FOREIGN_HOURS)


def _open(path: str) -> int:
    """The file of the lock, held against others who look at it at this moment. :raises Unusable:"""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    while True:
        try:
            descriptor = os.open(path, flags, 0o600)
        except OSError as exc:
            raise Unusable(exc.strerror or type(exc).__name__) from None
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise Unusable("it is not a regular file")
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            except OSError as exc:
                if exc.errno not in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
                    raise Unusable(exc.strerror or type(exc).__name__) from None
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.lstat(path), os.fstat(descriptor)):
                    return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # it was given back in the meantime, and the name is free again


def _record(descriptor: int, path: str) -> dict[str, t.Any] | None:
    """Who has the lock; None for an empty one. :raises Unusable: the file is something else."""
    data = os.pread(descriptor, 4097, 0)
    if not data:
        return None
    try:
        there = json.loads(data)
    except (ValueError, RecursionError):
        there = None
    if not isinstance(there, dict) or there.get("kind") != KIND:
        raise Unusable(f"{path} is not a lock file of this collection")
    return there


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _started(pid: int) -> str | None:
    """When a process was started, because numbers are used again; None where that cannot be told."""
    text = _read(f"/proc/{pid}/stat")
    return text.rpartition(")")[2].split()[19] if text else None


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as handle:
            return handle.read().strip()
    except OSError:
        return None


def _link(path: str) -> str | None:
    try:
        return os.readlink(path)
    except OSError:
        return None
