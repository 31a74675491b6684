# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Many users: what was declared, row by row, with every problem of every row at once."""

from __future__ import annotations

import typing as t

from ..._common.change_reference import reference_problems, task_reference
from ..._common.plausible import text_problems
from ..._common.problem import Problem, placed
from ..._common.row_options import common_values, label
from ..._common.text import shown
from .foreign_names import FOREIGN
from .user import KINDS, USER_SPEC, UserDeclaration, declare_user

ROW_SPEC: dict[str, dict[str, t.Any]] = {**USER_SPEC, "source": {"type": "str"}}
"""The options of a row: those of ``azure_pack_user``, and where the row came from."""
NOT_IN_DEFAULTS = frozenset({"name", "email", "source", "expected"})
"""What cannot be the same for several users."""


def declare_rows(given: t.Mapping[str, t.Any]) -> tuple[list[UserDeclaration], list[str]]:
    """The rows of ``users`` with ``defaults`` below them; and everything that is wrong with them.

    :param given: the options as they were written.
    """
    problems: list[str] = []
    reference = task_reference(given, problems)
    defaults = {"change_reference": reference} if reference else {}
    defaults |= common_values(given.get("defaults"), "defaults", problems, ROW_SPEC, NOT_IN_DEFAULTS, "a user", FOREIGN)
    users = given.get("users")
    if not isinstance(users, list):
        if users is None:
            return [], [*problems, Problem.about("users", "is missing.", "users_missing")]
        return [], [*problems, Problem.about("users", "must be a list.", "not_a_list")]
    rows = []
    for index, raw in enumerate(users):
        row, found = _declare_row(raw, defaults, index)
        rows.append(row)
        problems += found
    problems += reference_problems(given, rows)
    first: dict[str, UserDeclaration] = {}
    for row in rows:
        if row.name and row.key in first:
            said = f"{label(first[row.key])} and {label(row)} declare the same user."
            problems.append(Problem(said, "declared_twice"))
        first.setdefault(row.key, row)
    return rows, problems


def _declare_row(raw: t.Any, defaults: t.Mapping[str, t.Any], index: int) -> tuple[UserDeclaration, list[Problem]]:
    place = f"users[{index}]"
    if not isinstance(raw, dict):
        wrong = placed(
            f"{place}: ", Problem("must be a dictionary with the options of a user.", "not_a_dictionary"), row=index
        )
        return UserDeclaration("present", "", index=index), [wrong]
    source = str(raw["source"]) if raw.get("source") is not None else None
    row, found = declare_user(
        {**defaults, **{name: value for name, value in raw.items() if name != "source"}}, index=index, source=source
    )
    who = shown(row.name) if row.name else ""
    where = (f"{place} ({source})" if source else place) + (f" {who}" if who else "")
    found = text_problems("source", raw.get("source"), KINDS["source"]) + found
    return row, [placed(f"{where}: ", problem, row=index, source=source, who=who) for problem in found]
