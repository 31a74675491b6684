# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Many users: what was declared, row by row, with every problem of every row at once."""

from __future__ import annotations

import typing as t

from ..._common.plausible import placed, text_problems
from ..._common.row_options import common_values, label
from ..._common.text import shown
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
    defaults = common_values(given.get("defaults"), "defaults", problems, ROW_SPEC, NOT_IN_DEFAULTS, "a user")
    users = given.get("users")
    if not isinstance(users, list):
        return [], [*problems, "users is missing." if users is None else "users must be a list."]
    rows = []
    for index, raw in enumerate(users):
        row, found = _declare_row(raw, defaults, index)
        rows.append(row)
        problems += found
    first: dict[str, UserDeclaration] = {}
    for row in rows:
        if row.name and row.key in first:
            problems.append(f"{label(first[row.key])} and {label(row)} declare the same user.")
        first.setdefault(row.key, row)
    return rows, problems


def _declare_row(raw: t.Any, defaults: t.Mapping[str, t.Any], index: int) -> tuple[UserDeclaration, list[str]]:
    place = f"users[{index}]"
    if not isinstance(raw, dict):
        return UserDeclaration("present", "", index=index), [
            f"{place}: must be a dictionary with the options of a user."
        ]
    source = str(raw["source"]) if raw.get("source") is not None else None
    row, found = declare_user(
        {**defaults, **{name: value for name, value in raw.items() if name != "source"}}, index=index, source=source
    )
    where = f"{place} ({source})" if source else place
    if row.name:
        where += f" {shown(row.name)}"
    found = text_problems("source", raw.get("source"), KINDS["source"]) + found
    return row, [placed(f"{where}: ", problem) for problem in found]
