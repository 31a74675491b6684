# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Ansible's diff of a task: how many users of which kind, then each user by what becomes of it. Deletions come first.

Each user has a heading of its own, with the word for what is done. Whoever is deleted has a before and no after, so
that a terminal shows nothing but lines that are taken away.
Source: ansible-core, ``CallbackBase._get_diff`` and ``_serialize_diff`` (keys ``before``, ``after``, their headers, and
``prepared``).
"""

from __future__ import annotations

import json
import typing as t

from .outcomes import Outcome
from .summary import action_of, kind_of
from .visible import person

_FIRST = ("delete", "create", "restore", "rename", "update")


def user_headers(outcome: Outcome, diff: dict[str, t.Any], display_name: str | None, name: str) -> dict[str, t.Any]:
    """The diff of one user with its headings; both are the same in check mode and in the run."""
    heading = f"{kind_of(action_of(outcome.done)) or 'unchanged'} {person(display_name, name)}"
    # Without an after there is nothing that a second heading could be about.
    after = {} if diff["after"] == "" else {"after_header": heading}
    return {"before_header": heading, **after, **{side: _lines(value) for side, value in diff.items()}}


def _lines(value: t.Any) -> str:
    """One side as text. Of anything else Ansible makes text itself, and writes letters beyond ASCII as numbers."""
    if isinstance(value, str):
        return value
    return json.dumps(value, indent=4, sort_keys=True, ensure_ascii=False) + "\n"


def task_diff(outcomes: t.Sequence[Outcome], diff: t.Callable[[t.Any], dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """The diff of many users.

    :param diff: makes the one of one user, with its headings.
    """
    by_kind: dict[str, list[Outcome]] = {kind: [] for kind in _FIRST}
    for outcome in outcomes:
        kind = kind_of(action_of(outcome.done))
        if kind:
            by_kind[kind].append(outcome)
    counts = ", ".join(f"{len(found)} {kind}" for kind, found in by_kind.items() if found)
    if not counts:
        return []
    return [{"prepared": f"{counts}\n\n"}, *(diff(outcome) for found in by_kind.values() for outcome in found)]
