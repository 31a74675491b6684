# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Rows of a task with many users, read from what was written.

They are not left to the argument spec, because a problem has to name its row, and the argument spec stops at the first one without saying where.
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.parsing.convert_bool import boolean

from .text import shown

Spec = t.Mapping[str, t.Mapping[str, t.Any]]


def null_problems(raw: t.Mapping[str, t.Any], spec: Spec) -> list[str]:
    """Options that are null, and texts that YAML took for a boolean: both show only in what was written."""
    problems = [
        f"{name} is null; leave it out if it is not to be managed (in a template: default(omit))." for name in sorted(spec) if raw.get(name, "") is None
    ]
    return problems + [
        f"{name} is the boolean {str(raw[name]).lower()}, not a text; put it in quotes (YAML takes NO, the code of Norway, for false)."
        for name, option in spec.items()
        if option["type"] == "str" and isinstance(raw.get(name), bool)
    ]


def coerce(raw: t.Mapping[str, t.Any], spec: Spec, of: str) -> tuple[dict[str, t.Any], list[str]]:
    """The options of a row in the types of the argument spec, with defaults filled in; and what cannot be converted.

    :param of: what the options are options of, such as ``a user``.
    """
    params: dict[str, t.Any] = {name: option.get("default") for name, option in spec.items()}
    problems = [f"{shown(str(name))} is not an option of {of}." for name in raw if name not in spec]
    for name, option in spec.items():
        value = raw.get(name)
        if value is None or (option["type"] == "str" and isinstance(value, bool)):
            continue
        if option["type"] == "bool":
            try:
                params[name] = bool(boolean(value))
            except TypeError:
                problems.append(f"{name} {shown(str(value))} is neither true nor false.")
            continue
        if option["type"] == "list":
            params[name] = value  # whoever reads it says what is wrong with it
            continue
        if isinstance(value, (dict, list)):
            problems.append(f"{name} must be a text.")
            continue
        text = str(value)
        if "choices" in option and text not in option["choices"]:
            problems.append(f"{name} {shown(text)} is not one of {', '.join(option['choices'])}.")
            continue
        params[name] = text
    return params, problems


def common_values(value: t.Any, what: str, problems: list[str], spec: Spec, never: t.Collection[str], of: str) -> dict[str, t.Any]:
    """The option ``defaults``: values for all rows that do not give them.

    :param never: options that cannot be the same for several rows.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        problems.append(f"{what} must be a dictionary.")
        return {}
    for name in value:
        if name in never:
            problems.append(f"{what}: {name} cannot be the same for all users.")
        elif name not in spec:
            problems.append(f"{what}: {shown(str(name))} is not an option of {of}.")
    return {name: item for name, item in value.items() if name in spec and name not in never}


class Row(t.Protocol):
    """A declared user of any system."""

    index: int
    source: str | None

    @property
    def name(self) -> str:
        """How to call it."""


def label(row: Row) -> str:
    """A row in a message: its number, where it came from, its name."""
    return f"row {row.index}" + (f" ({row.source})" if row.source else "") + f" {row.name}"
