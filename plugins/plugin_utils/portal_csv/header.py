# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Why a file has no header that is of use: one cause, in one sentence, in the place of all that follows from it."""

from __future__ import annotations

import csv
import typing as t

from .problem import SEPARATORS, column_key
from .templates import TEMPLATES, Template

_NAMES = {",": "a comma", ";": "a semicolon", "\t": "a tab"}
_OTHER_SEPARATORS = "|:^~"
_SHOWN = 12
"""Columns of a header that are shown at most."""


def header_cause(
    cells: t.Sequence[str], missing: t.Sequence[str], known: t.Collection[str], separator: str, template: Template
) -> tuple[str, str]:
    """The cause and its stable word.

    :param cells: the header as it was read.
    :param missing: names of the columns that are required and not there.
    :param known: keys of columns that would have been understood.
    """
    filled = [cell for cell in cells if cell.strip()]
    for name, other in TEMPLATES.items():
        if other is not template and other.fits(cells) and not _overlap(cells, known):
            return f"is a file in the template of {other.title}; load it with template='{name}'", "other_template"
    if any("@" in cell for cell in filled):
        names = f"({_quoted(missing)} and others)"
        return (f"starts with a user, not a header; add a line with the column names first {names}", "no_header")
    if len(filled) == 1:
        inside = filled[0]
        for sign in SEPARATORS:
            if _understood(inside, sign, known):
                return (
                    "has quotes around each whole line; split the lines into columns (Excel: Data, Text to Columns) "
                    "and save again"
                ), "quoted_lines"
        for sign in _OTHER_SEPARATORS:
            if _understood(inside, sign, known):
                return f"is separated by {sign!r}; a comma, a semicolon or a tab is possible", "wrong_separator"
    columns = ", ".join(cell.strip()[:40] for cell in cells[:_SHOWN]) + (", ..." if len(cells) > _SHOWN else "")
    return (
        f"has no column {_quoted(missing)}. The header was read as: {columns} (separated by "
        f"{_NAMES.get(separator, repr(separator))}). Correct it, or set columns or template"
    ), "missing_columns"


def _overlap(cells: t.Sequence[str], known: t.Collection[str]) -> bool:
    """Whether the one column that tells the portal's own template from others is there."""
    return any(column_key(cell) in known and column_key(cell) == "email" for cell in cells)


def _understood(text: str, separator: str, known: t.Collection[str]) -> bool:
    parts = next(csv.reader([text], delimiter=separator), [])
    return sum(column_key(part) in known for part in parts) >= 2


def _quoted(names: t.Sequence[str]) -> str:
    return " and ".join(f'"{name}"' for name in names)
