# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The refresh token among the options: as a value or in a file, and what is to be said about that file."""

from __future__ import annotations

import os
import stat
import typing as t

from .._common.options import Sources, readable, secret_text, token_problem
from .._common.plausible import TextKind, text_problems
from .._common.problem import Problem
from .refresh_token_file import LIFETIME_DAYS, RefreshTokenFile


def refresh_token_values(sources: Sources, problems: list[str], warnings: list[str]) -> dict[str, t.Any]:
    """The refresh token, and the file that it is kept in if it is."""
    token, file = sources.rank("refresh_token"), sources.rank("refresh_token_file")
    rotate = _rotate_after(sources, problems)
    if token == file == 0:
        problems.append(
            Problem(
                "refresh_token and refresh_token_file are mutually exclusive. Specify one of them.",
                "contradiction",
                option="refresh_token_file",
            )
        )
        return {}
    if token == file == 2:
        problems.append(
            Problem(
                "refresh_token or refresh_token_file is missing; auth_method refresh_token needs one of them.",
                "option_missing",
                option="refresh_token",
            )
        )
        return {}
    if token <= file:
        if sources.rank("rotate_after") == 0:
            problems.append(
                Problem(
                    "rotate_after needs refresh_token_file: a token that is set as a value cannot be replaced.",
                    "contradiction",
                    option="rotate_after",
                )
            )
        return {"refresh_token": secret_text(sources, "refresh_token", problems)}
    path = str(sources.get("refresh_token_file"))
    if not readable(path, f"refresh_token_file ({sources.where('refresh_token_file')})", problems):
        return {}
    store = RefreshTokenFile(path)
    try:
        warnings += exposed(path, "refresh_token_file") + _replaceable(store.path)
        value = store.read()
    except OSError as exc:
        problems.append(
            Problem(
                f"refresh_token_file {path!r} cannot be read ({type(exc).__name__}).",
                "file_unreadable",
                option="refresh_token_file",
            )
        )
        return {}
    if value is None:
        problems.append(Problem(f"refresh_token_file {path!r} is empty.", "file_empty", option="refresh_token_file"))
        return {}
    wrong = token_problem("refresh_token", f"refresh_token_file {path!r}: its content", value.reveal())
    if wrong:
        problems.append(wrong)
        return {}
    if not value.reveal().isascii() or any(not 33 <= ord(char) <= 126 for char in value.reveal()):
        problems.append(
            Problem(f"refresh_token_file {path!r} holds something other than one refresh token.", "token_white_space")
        )
        return {}
    old = store.warning(rotate)
    warnings += [old] if old else []
    # What a template wrote into it is looked at like what a template gives to an option.
    problems += text_problems(f"refresh_token_file {path!r}: its content", value.reveal(), TextKind.SECRET)
    return {"refresh_token": value, "refresh_token_file": path, "rotate_after": rotate}


def exposed(path: str, what: str) -> list[str]:
    """What to say about a file that others can read. Constant words."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return []  # whoever reads it says so
    return [f"{what} can be read by other users of this machine; run chmod 600 on it."] if mode & 0o077 else []


def _replaceable(path: str) -> list[str]:
    """What to say about a token that others can exchange for one of theirs: the run would act for another account.
    :raises OSError:"""
    directory = os.stat(os.path.dirname(path)).st_mode
    if directory & stat.S_IWOTH and not directory & stat.S_ISVTX:
        return [
            "refresh_token_file is in a folder where every user of this machine can replace it; run chmod o-w on the "
            "folder."
        ]
    if os.stat(path).st_uid not in (os.geteuid(), 0) and os.geteuid() != 0:
        return [
            "refresh_token_file belongs to another user of this machine, who can replace the token; run chown on it."
        ]
    return []


def _rotate_after(sources: Sources, problems: list[str]) -> int | None:
    if sources.rank("rotate_after") == 2:
        return None
    try:
        days = int(sources.get("rotate_after"))
    except (TypeError, ValueError):
        days = 0
    if not 1 <= days < LIFETIME_DAYS:
        problems.append(
            Problem(
                f"rotate_after ({sources.where('rotate_after')}) must be a whole number of days from 1 to "
                f"{LIFETIME_DAYS - 1}.",
                "out_of_range",
                option="rotate_after",
            )
        )
    return days
