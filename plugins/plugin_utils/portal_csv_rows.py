# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""From CSV files to rows, each one the options of a user, with every problem of all files at once."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from ansible.module_utils.parsing.convert_bool import boolean

from ..module_utils.common.text import nfc, shown
from ..module_utils.partner_center.declaration import USER_SPEC, declare_user
from ..module_utils.partner_center.names import upn_domain, upn_key
from .portal_csv import LONGEST, NAMES, PASSWORD, REQUIRED, STATUS, Problem, column_key, unguard
from .portal_csv_table import Record, read_table
from .portal_csv_text import UnreadableText, decode

EXTRA_OPTIONS = frozenset(name for name, spec in USER_SPEC.items() if not spec.get("no_log")) - frozenset(NAMES.values())
"""What a further column may fill. No secret is read from a spreadsheet."""

_OWN = {column_key(name): option for name, option in NAMES.items()}
_STATUS, _PASSWORD = column_key(STATUS), column_key(PASSWORD)
_REQUIRED = [NAMES[name] for name in REQUIRED]
# A sentence about one option begins with its name, which the column says better.
_ABOUT = re.compile(r"(?P<option>\w+) (?=['\"]|has |is |holds )")


@dataclass(frozen=True)
class Rules:
    """How files are read. ``extra_columns`` maps the name of a column to an option; ``domains`` are in their normal form."""

    usage_location: str | None = None
    extra_columns: t.Mapping[str, str] = field(default_factory=dict)
    domains: t.Collection[str] = ()
    ignore_status: bool = False
    encoding: str | None = None


@dataclass(frozen=True)
class _Column:
    """A column of a file: its name, and the option that it fills, None if it fills none."""

    name: str
    key: str
    option: str | None


_NAMELESS = _Column("", "", None)


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
        return [part.strip() for part in re.split(r"[;|]", text) if part.strip()]
    choices = spec.get("choices")
    if choices and text.lower() not in choices:
        raise ValueError(f"{shown(text)} is not possible, only {', '.join(choices)}")
    return text.lower() if choices else text


class Loader:
    """Reads one file after the other; ``rows`` and ``problems`` are of all of them."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.rows: list[dict[str, t.Any]] = []
        self.problems: list[Problem] = []
        self._options = {**{column_key(name): option for name, option in rules.extra_columns.items()}, **_OWN}
        self._places: dict[str, str] = {}

    def load(self, file: str, data: bytes) -> None:
        """Read a file.

        :param file: its name, as it is to appear in messages and in ``source``.
        """
        try:
            text = decode(data, self.rules.encoding)
        except UnreadableText as exc:
            self.problems.append(Problem(file, exc.reason, exc.line))
            return
        found: list[Problem] = []
        table = read_table(text, {*self._options, _STATUS, _PASSWORD})
        found += [Problem(file, reason, line) for line, reason in table.problems]
        if table.header is not None:
            columns = self._header(file, table.header, found)
            for record in table.records:
                self._row(file, columns, record, found)
        elif not table.problems:
            found.append(Problem(file, "is empty; a header line with the names of the columns is needed"))
        self.problems += sorted(found, key=lambda problem: problem.line or 0)

    def _header(self, file: str, header: Record, problems: list[Problem]) -> list[_Column]:
        columns: list[_Column] = []
        for cell in header.cells:
            key = column_key(cell)
            column = _Column(cell.strip(), key, self._options.get(key))
            if key and key in [other.key for other in columns]:
                problems.append(Problem(file, "appears twice in the header", header.line, column.name))
            elif key == _PASSWORD and not self.rules.ignore_status:
                problems.append(Problem(file, "belongs to a file with results; ignore_status loads one", header.line, column.name))
            elif key and key not in (_STATUS, _PASSWORD) and column.option is None:
                reason = f"column {shown(column.name)} is not one of the portal's; remove it, or name it in extra_columns"
                problems.append(Problem(file, reason, header.line))
            columns.append(column)
        keys = [column.key for column in columns]
        problems += [Problem(file, "is missing from the header", header.line, name) for name in REQUIRED if column_key(name) not in keys]
        # Without it every user of the file would silently get the value for all, or none.
        missing = [name for name in self.rules.extra_columns if column_key(name) not in keys]
        problems += [Problem(file, "is missing from the header, but extra_columns names it", header.line, name) for name in missing]
        return columns

    def _row(self, file: str, columns: t.Sequence[_Column], record: Record, problems: list[Problem]) -> None:
        before = len(problems)
        values: dict[str, t.Any] = {}

        def refuse(reason: str, column: str | None = None) -> None:
            problems.append(Problem(file, reason, record.line, column))

        cells = [*record.cells, *[""] * (len(columns) - len(record.cells))]
        for position, cell in enumerate(cells):
            column = columns[position] if position < len(columns) else _NAMELESS
            if column.option:
                self._cell(column, cell, values, refuse)
            elif not column.key and cell.strip():
                refuse(f"has data in column {position + 1}, which has no name in the header")
            elif column.key == _STATUS and cell.strip() and not self.rules.ignore_status:
                refuse("must be empty, because it is for the result; ignore_status loads a file that has been used", column.name)
        if self.rules.usage_location is not None:
            values.setdefault("usage_location", self.rules.usage_location)
        self._declare(values, {column.option: column.name for column in columns if column.option}, refuse)
        if "user_principal_name" in values:
            self._address(values["user_principal_name"], f"{file}:{record.line}", len(problems) == before, refuse)
        if len(problems) == before:
            self.rows.append({**values, "source": f"{file}:{record.line}"})

    @staticmethod
    def _cell(column: _Column, cell: str, values: dict[str, t.Any], refuse: t.Callable[[str, str], None]) -> None:
        """Put the value of a cell among the values, unless it is empty: what is left out is not managed."""
        option = column.option or ""
        if "\n" in cell or "\r" in cell:
            # At its end too, where trimming would hide it: somebody pasted more than a value.
            refuse("holds a line break", column.name)
            return
        text = unguard(cell.strip()).strip()
        if not text:
            if option in _REQUIRED:
                refuse("is empty", column.name)
            return
        if option in ("first_name", "last_name", "display_name") and len(nfc(text)) > LONGEST:
            refuse(f"has {len(nfc(text))} characters, the portal allows {LONGEST}", column.name)
            return
        try:
            values[option] = convert(text, USER_SPEC[option])
        except ValueError as exc:
            refuse(str(exc), column.name)

    def _declare(self, values: t.Mapping[str, t.Any], names: t.Mapping[str, str], refuse: t.Callable[..., None]) -> None:
        """Refuse what the modules would refuse. Whether passwords have somewhere to go is a matter of the task."""
        for problem in declare_user(values, credentials_file=True)[1]:
            about = _ABOUT.match(problem)
            if about and about["option"] in names:
                refuse(problem[about.end():].rstrip("."), names[about["option"]])
            elif "user_principal_name" in values:  # otherwise this is only about the address, which was refused above
                refuse(problem.rstrip("."))

    def _address(self, email: str, place: str, valid: bool, refuse: t.Callable[..., None]) -> None:
        """Refuse a foreign domain, unless the row is refused already, and an address that was seen before, whatever else is wrong."""
        if valid and self.rules.domains and upn_domain(email) not in self.rules.domains:
            refuse(f"{shown(email)} is not in one of the domains {', '.join(sorted(self.rules.domains))}", "Email")
        first = self._places.setdefault(upn_key(email), place)
        if first != place:
            refuse(f"{shown(email)} is in {first} already", "Email")
