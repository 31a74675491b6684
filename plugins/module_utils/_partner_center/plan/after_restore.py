# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What of a restored user is taken away once it is seen what came back, as a plan, check mode and a diff say it. Pure.

Nobody can read before a restore which licenses and roles it brings back. What has to go is known all the same.
"""

from __future__ import annotations

import typing as t

from ..model.roles import Role
from .operations import Operation, RowPlan

_ONE = {"licenses": "license", "roles": "role"}


def removed_after_restore(made: RowPlan) -> dict[str, t.Any]:
    """By ``licenses`` and ``roles``: those that go by name, as they were declared, and whether all others go that are
    not declared. Empty where nothing is restored, or nothing goes."""
    return removed_by(made, made.operations)


def removed_by(made: RowPlan, operations: t.Iterable[Operation]) -> dict[str, t.Any]:
    """The same, if these of its operations are made. :param operations: those that were made, or would be; what was
    made after a restore is not conditional any more."""
    row = made.row
    waiting = {
        "roles" if isinstance(operation.target, Role) else "licenses"
        for operation in operations
        if operation.conditional
    }
    if not waiting:
        return {}
    # Who gets no seat for a declared license keeps the others.
    held = bool(made.unseated)
    asked = {
        "licenses": (row.purge_licenses and not held, (*row.ended_licenses, *(() if held else row.removed_licenses))),
        "roles": (row.purge_roles, (*row.ended_roles, *row.removed_roles)),
    }
    return {
        name: {"all_others": exact, "remove": list(take)}
        for name, (exact, take) in asked.items()
        if name in waiting and (exact or take)
    }


def sentence(removed: t.Mapping[str, t.Any]) -> str:
    """What goes, for a person; empty where nothing does."""
    words = [
        each
        for name, what in removed.items()
        for each in (
            *(f"{_ONE[name]} {one}" for one in what["remove"]),
            *([f"all {name} that are not declared"] if what["all_others"] else []),
        )
    ]
    return f"Removed after the restore, if the user has it then: {', '.join(words)}." if words else ""
