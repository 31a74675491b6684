# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What to say about a file whose code page is a guess that its cells do not bear out."""

from __future__ import annotations

import typing as t

from ...module_utils._common.problem import Problem
from ...module_utils._common.text import counted, shown
from .guess import UNDEFINED, doubt
from .problem import problem_in
from .text import Decoded, line_of

Cell = tuple[int, str, str]
"""Line, name of the column, text."""


def code_page_problem(file: str, decoded: Decoded, cells: t.Sequence[Cell]) -> Problem | None:
    """The one problem of a file that cannot have been written in the code page that it was read in.

    :param cells: those that fill an option.
    """
    if not decoded.guessed:
        return None
    found = doubt([text for _line, _column, text in cells])
    if found is None:
        position = next((place for place, char in enumerate(decoded.text) if char in UNDEFINED), None)
        if position is None:
            return None
        byte = f"0x{ord(decoded.text[position]):02x}"
        reason = (
            f"is neither UTF-8 nor Windows-1252 (byte {byte}). Set encoding to its code page, or save it as CSV UTF-8"
        )
        return problem_in(file, reason, "code_page", line_of(decoded.text[:position]))
    line, column, text = cells[found.position]
    more = f", and {counted(found.count - 1, 'cell')} more like it" if found.count > 1 else ""
    likelier = " or ".join(f"encoding='{encoding}' ({shown(reading)})" for encoding, reading in found.readings)
    reason = (
        f"reads {shown(text)} in Windows-1252, which is a guess, because the file is not UTF-8{more}. That is not a "
        f"name. Save the file as CSV UTF-8, or set {likelier or 'with encoding which code page it is in'}; if the "
        "text is correct, set encoding='cp1252'"
    )
    return problem_in(file, reason, "code_page", line, column)
