# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The folder in which a playbook puts its reports and results: made, held by one run at a time, and nothing in it
touched that is not of an earlier run.
"""

from __future__ import annotations

import csv
import json
import os
import stat
import typing as t

from ...module_utils._partner_center.run.record_kinds import PLAN
from ..portal_csv.problem import COLUMNS, PASSWORD
from . import locks as run_locks

_HEAD = 4096


def refusal(path: str, handover: bool = False, kind: str | None = None) -> str | None:
    """Why a file that a playbook writes must not be overwritten, or None: there is none, or an earlier run has made it.

    :param handover: whether it is the file with passwords; else its name says which kind it is.
    :param kind: the name of a file of that kind, where its own name may be any.
    """
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return "is a broken link" if os.path.islink(path) else None
    except OSError as exc:
        return f"cannot be read ({exc.strerror})"
    if not stat.S_ISREG(status.st_mode):
        return "is a folder" if stat.S_ISDIR(status.st_mode) else "is not a regular file"
    if not status.st_size:
        return None
    try:
        with open(path, "rb") as handle:
            head = handle.read(_HEAD).decode("utf-8-sig", errors="replace")
            kind = kind or os.path.basename(path)
            rest = handle.read(_HEAD * 256) if kind == "result.json" else b""
    except OSError as exc:
        return f"cannot be read ({exc.strerror})"
    ours = _is_handover if handover else _KINDS[kind]
    return (
        None
        if ours(head + rest.decode("utf-8", errors="replace"))
        else "exists and was not written by an earlier run of this playbook"
    )


def _is_result(text: str) -> bool:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and isinstance(data.get("status"), str) and isinstance(data.get("message"), str)


def _is_markdown(text: str) -> bool:
    lines = text.split("\n", 3)
    return len(lines) > 2 and lines[0].startswith("## ") and lines[2].startswith("**") and "** (" in lines[2]


def _is_handover(text: str) -> bool:
    """The file with passwords has its own column for them at the end of the portal's."""
    return next(csv.reader([text.split("\n", 1)[0].rstrip("\r")]), []) == [*COLUMNS, PASSWORD]


def _is_license_csv(text: str) -> bool:
    return text.removeprefix("\ufeff").startswith("Customer,Customer id,Domain,")


_KINDS: dict[str, t.Callable[[str], bool]] = {
    "result.json": _is_result,
    "plan.json": lambda text: text.startswith("{") and PLAN in text[:300],
    "report.json": lambda text: text.startswith("{") and '"schema_version"' in text[:300],
    "report.md": _is_markdown,
    "report.html": lambda text: (
        text.startswith("<!DOCTYPE html>") and 'http-equiv="Content-Security-Policy"' in text[:300]
    ),
    "report.csv": _is_license_csv,
    "report.users.csv": _is_license_csv,
    "report.findings.csv": _is_license_csv,
    "reconcile.env": lambda text: text.startswith("RECONCILE_STATUS="),
}


def problems_of(directory: str, files: t.Iterable[str], run: run_locks.Owner) -> list[str]:
    """Why a run must not write there; nothing is touched."""
    if os.path.lexists(directory) and not os.path.isdir(directory):
        return [f"{directory} is not a folder."]
    if not os.path.isdir(directory):
        return []
    held = run_locks.holder(os.path.join(directory, run_locks.NAME), run)
    return [_held(directory, held)] if held else _foreign(directory, files)


def claim(directory: str, files: t.Iterable[str], forget: t.Iterable[str], run: run_locks.Owner) -> list[str]:
    """Make the folder, take its lock, and remove what an earlier run said at its end.

    :param files: the names that this run writes.
    :param forget: those of them that must not be taken for a result of this run if it is killed.
    :return: why nothing was done; empty when the folder is this run's until :func:`leave`.
    """
    problems = problems_of(directory, files, run)
    if problems:
        return problems
    lock = os.path.join(directory, run_locks.NAME)
    try:
        if not os.path.isdir(directory):
            os.makedirs(directory, mode=0o700, exist_ok=True)
            os.chmod(directory, 0o700)
        run_locks.claim(lock, run)
    except run_locks.LockTaken as held:
        return [_held(directory, str(held))]
    except run_locks.Unusable as unusable:
        return [f"The folder {directory} cannot be locked ({unusable}). Nothing was written."]
    except OSError as exc:
        return [f"The folder {directory} cannot be created ({exc.strerror})."]
    try:
        # Again, because another run may have ended between the first look and the lock.
        problems = _foreign(directory, files)
        for name in forget if not problems else ():
            if os.path.lexists(os.path.join(directory, name)):
                os.unlink(os.path.join(directory, name))
    except OSError as exc:
        problems = [f"The results of an earlier run in {directory} cannot be removed ({exc.strerror})."]
    if problems:
        run_locks.release(lock, run)
    return problems


def leave(directory: str, run: run_locks.Owner) -> None:
    """Let the next run into the folder."""
    run_locks.release(os.path.join(directory, run_locks.NAME), run)


def _held(directory: str, by: str) -> str:
    lock = os.path.join(directory, run_locks.NAME)
    return (
        f"Another run uses the folder {directory}: {by}. Nothing was written. Wait for it, or use another folder; if "
        f"it has ended, remove {lock}."
    )


def _foreign(directory: str, files: t.Iterable[str]) -> list[str]:
    found = []
    for name in files:
        why = refusal(os.path.join(directory, name))
        if why:
            found.append(
                f"{os.path.join(directory, name)} {why}, and was not overwritten. Use another folder, or move the "
                "file away."
            )
    return found
