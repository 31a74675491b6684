# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Rows of a task with many users, read from what was written.

They are not left to the argument spec, because a problem has to name its row, and the argument spec stops at the first
one without saying where.
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.parsing.convert_bool import boolean

from .foreign_names import Foreign, hint
from .plausible import Kinds, Spec, problems_by_option
from .problem import Problem
from .text import row_words, shown


def null_problems(raw: t.Mapping[str, t.Any], spec: Spec) -> list[str]:
    """Options that are null, which shows only in what was written."""
    if None not in raw.values():
        return []
    nulls = sorted(name for name, value in raw.items() if value is None and name in spec)
    return [Problem.about(name, f"is null; {leave_out(spec[name])}.", "null") for name in nulls]


def sound(raw: t.Mapping[str, t.Any], spec: Spec, kinds: Kinds) -> tuple[dict[str, t.Any], list[str]]:
    """The options of one user without those whose texts cannot be what they claim to be; and what is wrong with these.

    Only what was written shows that: a conversion would have made texts of numbers and lists already.
    """
    problems = problems_by_option(raw, spec, kinds)
    kept = {name: value for name, value in raw.items() if name not in problems} if problems else dict(raw)
    return kept, [problem for found in problems.values() for problem in found]


def leave_out(option: t.Mapping[str, t.Any]) -> str:
    """What to do about an option that is null. ``default(omit)`` alone lets a null pass; with ``true`` it takes
    false and an empty list for nothing, too."""
    way = "default(omit, true)" if option["type"] in ("str", "path") else "omit if x is none else x"
    return f"omit it if it should not be managed (in a template: {way})"


def coerce(
    raw: t.Mapping[str, t.Any], spec: Spec, of: str, foreign: Foreign | None = None
) -> tuple[dict[str, t.Any], list[str]]:
    """The options of a row in the types of the argument spec, with defaults filled in; and what cannot be converted.

    :param of: what the options are options of, such as ``a user``.
    :param foreign: what others call them.
    """
    params: dict[str, t.Any] = dict.fromkeys(spec)
    problems: list[str] = [
        Problem(
            f"{shown(str(name))} is not an option of {of}{hint(str(name), spec, foreign or {})}.",
            "unknown_option",
            option=str(name),
        )
        for name in raw
        if name not in spec
    ]
    for name, option in spec.items():
        value = raw.get(name)
        if "default" in option:
            params[name] = option["default"]
        if value is None or (option["type"] == "str" and not isinstance(value, str)):
            continue  # what is wrong with it was said by plausible.problems_by_option
        if option["type"] == "bool":
            try:
                params[name] = bool(boolean(value))
            except TypeError:
                problems.append(Problem.about(name, f"{shown(str(value))} is neither true nor false.", "not_a_choice"))
            continue
        if option["type"] in ("list", "raw"):
            params[name] = value  # whoever reads it says what is wrong with it
            continue
        text = str(value)
        if "choices" in option and text not in option["choices"]:
            said = f"{shown(text)} is not one of {', '.join(option['choices'])}."
            problems.append(Problem.about(name, said, "not_a_choice"))
            continue
        params[name] = text
    return params, problems


def common_values(
    value: t.Any,
    what: str,
    problems: list[str],
    spec: Spec,
    never: t.Collection[str],
    of: str,
    foreign: Foreign | None = None,
) -> dict[str, t.Any]:
    """The option ``defaults``: values for all rows that do not give them.

    :param never: options that cannot be the same for several rows.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        problems.append(Problem.about(what, "must be a dictionary.", "not_a_dictionary"))
        return {}
    for name in value:
        if name in never:
            said = f"{what}: {name} cannot be the same for all users."
            problems.append(Problem(said, "not_for_all", option=str(name)))
        elif name not in spec:
            said = f"{what}: {shown(str(name))} is not an option of {of}{hint(str(name), spec, foreign or {})}."
            problems.append(Problem(said, "unknown_option", option=str(name)))
    return {name: item for name, item in value.items() if name in spec and name not in never}


class Row(t.Protocol):
    """A declared user of any system."""

    @property
    def index(self) -> int:
        """Its number."""

    @property
    def source(self) -> str | None:
        """Where it came from."""

    @property
    def name(self) -> str:
        """How to call it."""


def label(row: Row) -> str:
    """A row in a message: where it came from, or its place as people count, and its name."""
    return f"{row.source or row_words(row.index)} ({row.name})"
