# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""From CSV files to rows, each one the options of a user, with every problem of all files at once."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ...module_utils._common.identifiers import upn_domain, upn_key
from ...module_utils._common.problem import Problem
from ...module_utils._common.text import nfc, shown
from ...module_utils._partner_center.declare.user import declare_user
from .cells import COLUMN_SPEC, convert, leftovers, option_of, text_of, with_dictionaries
from .code_page import code_page_problem
from .header import header_cause
from .problem import LONGEST, NAMES, PASSWORD, STATUS, column_key, problem_in
from .table import Record, Table, read_table
from .templates import ENTRA, PORTAL, Template, is_example
from .text import UnreadableText, decode

EXTRA_OPTIONS = frozenset(name for name, spec in COLUMN_SPEC.items() if not spec.get("no_log")) - frozenset(
    NAMES.values()
)
"""What a further column may fill. No secret is read from a spreadsheet."""

_STATUS, _PASSWORD = column_key(STATUS), column_key(PASSWORD)


@dataclass(frozen=True)
class Rules:
    """How files are read. ``columns`` and ``extra_columns`` map the name of a column to an option; ``domains`` are in
    their normal form."""

    usage_location: str | None = None
    extra_columns: t.Mapping[str, str] = field(default_factory=dict)
    domains: t.Collection[str] = ()
    ignore_status: bool = False
    encoding: str | None = None
    template: Template = PORTAL
    columns: t.Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Column:
    """A column of a file: its name, and the option that it fills, None if it fills none."""

    name: str
    key: str
    option: str | None


_NAMELESS = _Column("", "", None)


class Loader:
    """Reads one file after the other; ``rows`` and ``problems`` are of all of them."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.rows: list[dict[str, t.Any]] = []
        self.problems: list[Problem] = []
        said = {rules.template.key(name): option for name, option in {**rules.extra_columns, **rules.columns}.items()}
        # What is said about an option counts in the place of the template's own column for it.
        own = {key: option for key, option in rules.template.options.items() if option not in rules.columns.values()}
        self._options = {**own, **said}
        self._places: dict[str, str] = {}

    def load(self, file: str, data: bytes) -> None:
        """Read a file.

        :param file: its name, as it is to appear in messages and in ``source``.
        """
        try:
            decoded = decode(data, self.rules.encoding)
        except UnreadableText as exc:
            self.problems.append(problem_in(file, exc.reason, "unreadable_text", exc.line))
            return
        found: list[Problem] = []
        known = {*self._options, *self.rules.template.others, _STATUS, _PASSWORD}
        table = read_table(decoded.text, known, self.rules.template.key)
        found += [problem_in(file, reason, "not_csv", line) for line, reason in table.problems]
        if table.header is not None:
            columns = self._header(file, table, found)
            if columns is not None:
                records = [
                    record
                    for record in table.records
                    if self.rules.template is not ENTRA or not is_example(record.cells)
                ]
                foreign = code_page_problem(file, decoded, list(_filled(columns, records)))
                if foreign is not None:
                    self.problems.append(foreign)
                    return
                for record in records:
                    self._row(file, columns, record, found)
        elif not table.problems:
            sentence = "is empty; a header line with the names of the columns is needed"
            found.append(problem_in(file, sentence, "file_empty"))
        self.problems += sorted(found, key=lambda problem: problem.line or 0)

    def _header(self, file: str, table: Table, problems: list[Problem]) -> list[_Column] | None:
        """The columns; None when the header is of no use, so that nothing can be said about the rows."""
        template = self.rules.template
        header = t.cast(Record, table.header)
        columns = [
            _Column(" ".join(cell.split()), template.key(cell), self._options.get(template.key(cell)))
            for cell in header.cells
        ]
        options = [column.option for column in columns]
        missing = [self._heading(option) for option in template.required if option not in options]
        if missing:
            known = {*self._options, *template.others, _STATUS, _PASSWORD}
            reason, word = header_cause(header.cells, missing, known, table.separator, template)
            problems[:] = [problem_in(file, reason, word, header.line)]
            return None
        for position, column in enumerate(columns):
            if column.key and column.key in [other.key for other in columns[:position]]:
                problems.append(
                    problem_in(file, "appears twice in the header", "column_twice", header.line, column.name)
                )
            elif column.option and column.option in options[:position]:
                sentence = f"fills {column.option}, as another column does"
                problems.append(problem_in(file, sentence, "column_twice", header.line, column.name))
            elif column.key == _PASSWORD and not self.rules.ignore_status:
                sentence = "belongs to a file with results; to load it, set ignore_status"
                problems.append(problem_in(file, sentence, "already_used", header.line, column.name))
            elif column.key and column.key not in (_STATUS, _PASSWORD, *template.others) and column.option is None:
                which = "the portal's" if template is PORTAL else f"of the template of {template.title}"
                reason = (
                    f"column {shown(column.name)} is not one {'of ' * (template is PORTAL)}{which}; remove it, or name "
                    "it in extra_columns"
                )
                problems.append(problem_in(file, reason, "unknown_column", header.line))
        keys = [column.key for column in columns]
        # Without it every user of the file would silently get the value for all, or none.
        for option, names in (("extra_columns", self.rules.extra_columns), ("columns", self.rules.columns)):
            absent = [name for name in names if template.key(name) not in keys]
            problems += [
                problem_in(
                    file, f"is missing from the header, but {option} names it", "missing_columns", header.line, name
                )
                for name in absent
            ]
        return columns

    def _heading(self, option: str) -> str:
        """What the column of an option is called in these files."""
        return next(
            (name for name, filled in self.rules.columns.items() if filled == option),
            self.rules.template.required[option],
        )

    def _row(self, file: str, columns: t.Sequence[_Column], record: Record, problems: list[Problem]) -> None:
        before = len(problems)
        values: dict[str, t.Any] = {}

        def refuse(said: str, reason: str, column: str | None = None) -> None:
            problems.append(problem_in(file, said, reason, record.line, column))

        blocks = self.rules.template.blocks
        cells = [*record.cells, *[""] * (len(columns) - len(record.cells))]
        for position, cell in enumerate(cells):
            column = columns[position] if position < len(columns) else _NAMELESS
            if column.option:
                self._cell(column, cell, values, refuse)
            elif not column.key and cell.strip():
                refuse(f"has data in column {position + 1}, which has no name in the header", "unknown_column")
            elif column.key == _STATUS and cell.strip() and not self.rules.ignore_status:
                refuse(
                    "must be empty: it is for the result. To load a used file, set ignore_status",
                    "already_used",
                    column.name,
                )
            elif blocks and column.key == blocks[0] and text_of(cell).lower() in blocks[1]:
                reason = (
                    "blocks the user's sign-in, which Partner Center cannot do; remove the user, or block the "
                    "sign-in later"
                )
                refuse(reason, "sign_in_blocked", column.name)
        if self.rules.usage_location is not None:
            values.setdefault("usage_location", self.rules.usage_location)
        values = with_dictionaries(values)
        names = {option_of(column.option): column.name for column in columns if column.option}
        self._declare(values, names, refuse)
        if "user_principal_name" in values:
            email, column_name = values["user_principal_name"], names["user_principal_name"]
            self._address(
                email,
                f"{file}:{record.line}",
                len(problems) == before,
                lambda said, reason: refuse(said, reason, column_name),
            )
        if len(problems) == before:
            self.rows.append({**values, "source": f"{file}:{record.line}"})

    def _cell(self, column: _Column, cell: str, values: dict[str, t.Any], refuse: t.Callable[..., None]) -> None:
        """Put the value of a cell among the values, unless it is empty: what is left out is not managed."""
        option = column.option or ""
        if "\n" in cell or "\r" in cell:
            # At its end too, where trimming would hide it: somebody pasted more than a value.
            refuse("holds a line break", "line_break", column.name)
            return
        text = text_of(cell)
        if not text:
            if option in self.rules.template.required:
                refuse("is empty", "empty", column.name)
            return
        if (
            self.rules.template is PORTAL
            and option in ("first_name", "last_name", "display_name")
            and len(nfc(text)) > LONGEST
        ):
            refuse(f"has {len(nfc(text))} characters, the portal allows {LONGEST}", "too_long", column.name)
            return
        wrong = leftovers(option, text, cell)
        if wrong:
            refuse(wrong[0], wrong[1], column.name)
            return
        try:
            values[option] = convert(text, COLUMN_SPEC[option])
        except ValueError as exc:
            refuse(str(exc), "not_a_choice", column.name)

    def _declare(
        self, values: t.Mapping[str, t.Any], names: t.Mapping[str, str], refuse: t.Callable[..., None]
    ) -> None:
        """Refuse what the modules would refuse. Whether passwords have somewhere to go is a matter of the task."""
        for problem in declare_user(values, credentials_file=True)[1]:
            if problem.option and problem.option in names:  # the column says better what it is about
                refuse(problem.said.rstrip("."), problem.reason, names[problem.option])
            elif "user_principal_name" in values:  # otherwise this is only about the address, which was refused above
                refuse(problem.rstrip("."), problem.reason)

    def _address(self, email: str, place: str, valid: bool, refuse: t.Callable[[str, str], None]) -> None:
        """Refuse a foreign domain, unless the row is refused already, and an address that was seen before, whatever
        else is wrong."""
        if valid and self.rules.domains and upn_domain(email) not in self.rules.domains:
            refuse(
                f"{shown(email)} is not in one of the domains {', '.join(sorted(self.rules.domains))}", "foreign_domain"
            )
        first = self._places.setdefault(upn_key(email), place)
        if first != place:
            refuse(f"{shown(email)} is in {first} already", "declared_twice")


def _filled(columns: t.Sequence[_Column], records: t.Iterable[Record]) -> t.Iterator[tuple[int, str, str]]:
    """Line, column and text of every cell that fills an option."""
    for record in records:
        for column, cell in zip(columns, record.cells):
            if column.option:
                yield record.line, column.name, cell
