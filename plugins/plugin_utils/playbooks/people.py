# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Who is affected by a task, a line for each user, for a terminal. Deletions come first."""

from __future__ import annotations

import typing as t

from ...module_utils._common.outcomes import Status
from ...module_utils._common.summary import kind_of, kind_words
from ...module_utils._common.visible import person

_SIGNS = {"delete": "-", "create": "+", "restore": "<", "rename": ">", "update": "~"}
"""Deletions first. None of them is that of another one."""
_BAD = {Status.FAILED.value: "failed", Status.UNKNOWN.value: "unknown", Status.SKIPPED.value: "not attempted"}


def predicted(result: t.Mapping[str, t.Any]) -> bool:
    """Whether nothing was written."""
    return result.get("check_mode") is True or result.get("mode") == "plan"


def affected(result: t.Any) -> list[str]:
    """A line for every user to whom something is or would be done, and for everybody who is not as declared.

    :param result: of ``customer_users``, whatever became of it.
    """
    if not isinstance(result, t.Mapping):
        return []
    lines: dict[str, list[str]] = {key: [] for key in (*_SIGNS, *_BAD)}
    for key in ("rows", "purged"):
        rows = result.get(key)
        for row in rows if isinstance(rows, (list, tuple)) else ():
            kind = _kind(row)
            if kind:
                lines[kind].append(_line(kind, row, predicted(result)))
    return [line for found in lines.values() for line in found]


def _kind(row: t.Any) -> str | None:
    if not isinstance(row, t.Mapping):
        return None
    if row.get("status") == Status.CHANGED:
        return kind_of(_text(row.get("action"))) or "update"
    return str(row["status"]) if row.get("status") in tuple(_BAD) else None


def _line(kind: str, row: t.Mapping[str, t.Any], prediction: bool) -> str:
    name = _text(row.get("user_principal_name")) or _text(row.get("user_id")) or "name not known"
    who = person(_text(row.get("display_name")), name)
    if kind in _BAD:
        action = _text(row.get("action"))
        return f"! {_BAD[kind]}{f' ({action})' if action not in (None, 'none') else ''}: {who}"
    return f"{_SIGNS[kind]} {kind_words(kind, prediction)}: {who}"


def _text(value: t.Any) -> str | None:
    return str(value) if value else None
