# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The portal's CSV file: its columns, its limits, and how a cell is kept from running as a formula.

Source of columns and limits: Partner Center documentation, "Add multiple users to a customer account". Its limit of 100
users in a file is one of the upload form, not of the format, and does not hold here.
"""

from __future__ import annotations

import re
import unicodedata

from ...module_utils._common.problem import Problem

NAMES = {
    "First name": "first_name",
    "Last name": "last_name",
    "Display name": "display_name",
    "Email": "user_principal_name",
}
"""Column: the option of a user that it fills."""

STATUS = "Status update"
PASSWORD = "Temporary password"
"""A column of this collection, in files with results only. The portal hands its passwords out separately."""

COLUMNS = (*NAMES, STATUS)
REQUIRED = ("Display name", "Email")
LONGEST = 50
"""Characters in a first, last or display name; the address has the limits of a user principal name."""

SEPARATORS = (",", ";", "\t")

# What a spreadsheet takes for a formula (OWASP, "CSV Injection"), with the full-width forms that some input methods
# make, and with white space in front, which some programs take off. Apostrophes in front count too, so that taking off
# the one that guard() put there always gives the same text again.
_FORMULA = re.compile(r"[\s']*[=+\-@\uff1d\uff0b\uff0d\uff20]|'*[\t\r\n]")


def problem_in(file: str, said: str, reason: str, line: int | None = None, column: str | None = None) -> Problem:
    """Why a file, a line or a cell is refused. Its option is the column.

    :param said: what is said about it, without the place.
    :param reason: a stable word for the cause.
    :param line: the physical line, counted from 1.
    """
    place = file if line is None else f"{file}:{line}"
    where = f"{place}: " if column is None else f'{place}, column "{column}": '
    return Problem(said, reason, option=column).at(where, source=place, line=line)


def column_key(name: str) -> str:
    """The form in which the names of columns are compared: without case, white space of any kind as one blank, and
    nothing that is not seen."""
    return " ".join("".join(char for char in name if unicodedata.category(char) != "Cf").split()).casefold()


def guard(text: str) -> str:
    """The text as a cell that no spreadsheet runs: an apostrophe in front if it begins like a formula."""
    return "'" + text if _FORMULA.match(text) else text


def unguard(cell: str) -> str:
    """The text that :func:`guard` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
