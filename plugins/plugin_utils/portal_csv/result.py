# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""From the rows of a result to a CSV file in the portal's columns, with the result in words."""

from __future__ import annotations

import csv
import io
import typing as t
import unicodedata

from ...module_utils._common.identifiers import Upn, upn_key
from ...module_utils._common.outcomes import Status
from ...module_utils._common.text import row_words
from .problem import COLUMNS, NAMES, PASSWORD, guard

Row = t.Mapping[str, t.Any]

_DONE = {
    "create": "Created",
    "restore": "Restored",
    "rename": "Renamed",
    "update": "Updated",
    "reset_password": "Password reset",
    "assign_licenses": "Licenses assigned",
    "remove_licenses": "Licenses removed",
    "add_role": "Role added",
    "remove_role": "Role removed",
    "delete": "Deleted",
}
UNKNOWN_PASSWORD = "The password is not known: set a new one (update_password: always)"
"""What is said of a user with whom a password was begun to be set, and nobody noted whether it was."""
_STATUSES = {
    Status.OK.value: "Already as declared",
    Status.CHANGED.value: "Changed",
    Status.FAILED.value: "Failed",
    Status.SKIPPED.value: "Not attempted",
    Status.UNKNOWN.value: "Unknown whether it was done",
}


def status_words(row: Row, planned: bool = False) -> str:
    """What happened to a user, for a person.

    :param planned: whether nothing has happened yet.
    :raises ValueError: when the row has no status that is known.
    """
    status = row.get("status")
    if status not in _STATUSES:
        raise ValueError(f"has the status {status!r}; known are {', '.join(_STATUSES)}")
    if status == Status.OK:
        return _STATUSES[status]
    if status == Status.CHANGED:
        words = [_DONE[action] for action in str(row.get("action")).split("+") if action in _DONE] or [
            _STATUSES[status]
        ]
        return ("Would be: " if planned else "") + ", ".join(words[:1] + [word.lower() for word in words[1:]])
    message = str(row.get("message") or "")
    return f"{_STATUSES[status]}: {message}" if message else _STATUSES[status]


def to_csv(
    rows: t.Sequence[Row],
    users: t.Sequence[Row] = (),
    *,
    bom: bool = True,
    separator: str = ",",
    planned: bool = False,
    passwords: t.Sequence[str | None] | None = None,
) -> str:
    """The text of a file, with CR LF at the end of each line.

    :param rows: results, as ``customer_users`` returns them.
    :param users: what was declared, for the names; matched by ``index`` if that is the same user, else by address.
    :param planned: whether the rows are a plan, or the result of a run in check mode.
    :param passwords: one for each row, empty where there is none, None where it is not known which one works; None for
        no such column.
    :raises ValueError: when a row is not a result, with its number from 1.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
    writer.writerow([*COLUMNS, PASSWORD][: None if passwords is not None else -1])
    by_name = {
        upn_key(str(user["user_principal_name"])): user for user in reversed(users) if user.get("user_principal_name")
    }
    for position, row in enumerate(rows):
        try:
            cells = [*_names(row, _declared(row, users, by_name)), status_words(row, planned)]
        except ValueError as exc:
            raise ValueError(f"{row_words(position)} {exc}") from None
        if passwords is not None:
            if passwords[position] is None:
                cells[-1] = f"{cells[-1]}. {UNKNOWN_PASSWORD}"
            cells.append(passwords[position] or "")
        writer.writerow([guard(one_line(cell)) for cell in cells])
    return ("\ufeff" if bom else "") + text.getvalue()


def _declared(row: Row, users: t.Sequence[Row], by_name: t.Mapping[Upn, Row]) -> Row:
    """The declaration that a result belongs to; the index alone could be that of another list."""
    name = row.get("user_principal_name")
    index = row.get("index")
    if isinstance(index, int) and 0 <= index < len(users):
        user = users[index]
        if not name or upn_key(str(user.get("user_principal_name") or "")) == upn_key(str(name)):
            return user
    return by_name.get(upn_key(str(name)), {}) if name else {}


def _names(row: Row, declared: Row) -> list[str]:
    """The cells of the portal's columns that name a user: as declared, else as this run has set them."""
    fields = row.get("fields")
    cells = []
    for option in NAMES.values():
        value = row.get(option) if option == "user_principal_name" else declared.get(option)
        if value is None and isinstance(fields, t.Mapping) and isinstance(fields.get(option), t.Mapping):
            value = fields[option].get("after")
        cells.append("" if value is None else str(value))
    if not cells[-1]:
        cells[-1] = str(declared.get("user_principal_name") or "")
    return cells


def one_line(text: str) -> str:
    """The text without characters that would break a line, or act on a terminal."""
    if not any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in text):
        return text
    return " ".join("".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in text).split())
