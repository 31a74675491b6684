# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What a task did, or would do, in numbers and in one sentence. Pure: of rows and operations as a result has them.

The numbers are of rows by status, and of operations by action. The sentence counts users, each of them once, by the
weightiest thing that is done to them: "2 to create, 1 to update, 1 to delete, 496 unchanged".
"""

from __future__ import annotations

import typing as t

from .outcomes import Status

KINDS = ("create", "restore", "update", "rename", "delete")
"""The kinds of change that a person thinks in, in the order in which a sentence counts them."""

_WEIGHT = ("delete", "create", "restore", "rename")
_PREDICTED = {
    "create": "to create",
    "restore": "to restore",
    "update": "to update",
    "rename": "to rename",
    "delete": "to delete",
}
_DONE = {
    "create": "created",
    "restore": "restored",
    "update": "updated",
    "rename": "renamed",
    "delete": "deleted",
    # 202 is no deletion yet.
    "deletion": "with a deletion under way",
}
_STATUSES = {
    Status.OK.value: "unchanged",
    Status.FAILED.value: "failed",
    Status.UNKNOWN.value: "with an unknown outcome",
    Status.SKIPPED.value: "not attempted",
}
_UNDER_WAY = ("accepted", "running")


def counted_operations(
    operations: t.Iterable[t.Mapping[str, t.Any]], actions: t.Sequence[str], classes: t.Mapping[str, str]
) -> dict[str, int]:
    """How many operations there are of each action, all actions in their order.

    :param operations: as in the key ``operations`` of a result.
    :param actions: the words under which they are counted.
    :param classes: the words for those actions that are counted under another one.
    """
    found = dict.fromkeys(actions, 0)
    for operation in operations:
        action = str(operation["action"])
        found[classes.get(action, action)] += 1
    return found


def action_of(operations: t.Iterable[t.Any]) -> str:
    """The key ``action`` of a row: each action once, in the order in which they are carried out."""
    return "+".join(dict.fromkeys(operation.action for operation in operations)) or "none"


def kind_of(action: str | None) -> str | None:
    """The kind of change that the key ``action`` of a row stands for ("create+assign_licenses" is a creation); None if
    nothing is done.
    """
    actions = [word for word in (action or "none").split("+") if word != "none"]
    if not actions:
        return None
    return next((kind for kind in _WEIGHT if kind in actions), "update")


def kind_words(kind: str, predicted: bool) -> str:
    """One of :data:`KINDS` as a sentence has it: "to create", "created"."""
    return (_PREDICTED if predicted else _DONE)[kind]


def summary_text(rows: t.Iterable[t.Mapping[str, t.Any]], *, predicted: bool) -> str:
    """The sentence about all users of a task, each of them counted once.

    :param rows: as in the key ``rows`` of a result, with those who are purged.
    :param predicted: whether nothing was written (check mode, a plan).
    """
    found: dict[str, int] = {}
    for row in rows:
        key = _key(row, predicted)
        found[key] = found.get(key, 0) + 1
    words = {**(_PREDICTED if predicted else _DONE), **_STATUSES}
    return ", ".join(f"{found[key]} {word}" for key, word in words.items() if key in found) or "0 unchanged"


def _key(row: t.Mapping[str, t.Any], predicted: bool) -> str:
    status = Status(row["status"])
    deletion = row.get("deletion") or {}
    if status.good and not predicted and deletion.get("status") in _UNDER_WAY:
        return "deletion"
    return kind_of(row.get("action")) or "update" if status is Status.CHANGED else status.value
