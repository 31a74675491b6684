# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""From a cell to the value of an option, or to what is wrong with the cell."""

from __future__ import annotations

import re
import typing as t

from ansible.module_utils.parsing.convert_bool import boolean

from ...module_utils._common.plausible import TextKind, text_problems
from ...module_utils._common.text import shown
from ...module_utils._partner_center.declare.asked import FORMS
from ...module_utils._partner_center.declare.user import USER_SPEC
from .problem import NAMES, unguard

# ="..." is how an export makes a spreadsheet take digits for a text; a quote inside is written twice.
_FORCED_TEXT = re.compile(r'=\s*"((?:[^"]|"")*)"')
_KINDS = {option: TextKind.ADDRESS if option == "user_principal_name" else TextKind.NAME for option in NAMES.values()}
_KINDS["previous_user_principal_name"] = TextKind.ADDRESS
_LISTS = ("licenses", "roles")
COLUMN_SPEC: dict[str, dict[str, t.Any]] = {
    **USER_SPEC,
    **{name: {"type": "list"} for name in _LISTS},
    **{f"{name}.{form}": {"type": "list"} for name in _LISTS for form in FORMS},
}
"""What a column can fill: an option of a user, or one of the lists of which its dictionary is made."""


def text_of(cell: str) -> str:
    """What a cell says: without white space around, the apostrophe of a guarded formula, and what forces it to be a
    text."""
    cell = cell.strip()
    text = unguard(cell)
    if text != cell:
        return text.strip()
    forced = _FORCED_TEXT.fullmatch(text)
    return forced[1].replace('""', '"').strip() if forced else text


def leftovers(option: str, text: str, cell: str) -> tuple[str, str | None] | None:
    """Why a text cannot be meant, and the word for it; None if it can.

    :param text: what the cell says.
    :param cell: the cell itself; an apostrophe in front says that the text is no formula, however it begins.
    """
    kind = COLUMN_SPEC[option].get("type", "str")
    if kind == "bool":
        return None
    guarded = unguard(cell.strip()) != cell.strip()
    for part in parts(text) if kind == "list" else [text]:
        for problem in text_problems(
            "", part.lstrip("=+-@' \t") if guarded else part, _KINDS.get(option, TextKind.WORD)
        ):
            return problem.strip().rstrip("."), problem.reason
    return None


def parts(text: str) -> list[str]:
    """The items of a list in a cell."""
    return [part.strip() for part in re.split(r"[;|]", text) if part.strip()]


def convert(text: str, spec: t.Mapping[str, t.Any]) -> t.Any:
    """The value that the text of a cell stands for.

    :param spec: the option's entry in an argument spec. The items of a list are divided by ``;`` or ``|``.
    :raises ValueError: with the reason.
    """
    kind = spec.get("type", "str")
    if kind == "bool":
        try:
            return boolean(text)
        except TypeError:
            raise ValueError(f"{shown(text)} is neither yes nor no") from None
    if kind == "list":
        return parts(text)
    choices = spec.get("choices")
    if choices and text.lower() not in choices:
        raise ValueError(f"{shown(text)} is not possible, only {', '.join(choices)}")
    return text.lower() if choices else text


def option_of(column: str) -> str:
    """The option that a column is about (``licenses`` of ``licenses.add``)."""
    return column.partition(".")[0]


def with_dictionaries(values: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The options of a user from what the columns hold: ``licenses.add`` is a part of ``licenses``."""
    made: dict[str, t.Any] = {}
    for name, value in values.items():
        option, _dot, form = name.partition(".")
        if form:
            made.setdefault(option, {})[form] = value
        else:
            made[name] = value
    return made
