# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""From the text of a CSV file to its cells, each row with the number of the line that it begins on."""

from __future__ import annotations

import csv
import io
import re
import typing as t
from dataclasses import dataclass, field

from .problem import SEPARATORS, column_key
from .templates import VERSION_LINE

# Excel takes this as the first line of a file, whatever the regional settings say.
_SEPARATOR_LINE = re.compile(r'"?sep=(?P<separator>.)"?[,;\s]*', re.IGNORECASE)
# What Export-Csv of Windows PowerShell puts first.
_TYPE_LINE = re.compile(r'"?#TYPE\b.*')
_PREAMBLE = 3
"""Such lines at most."""
_BLANK = "".join(SEPARATORS) + ' "\r\n\xa0'


@dataclass(frozen=True)
class Record:
    """The cells of a row, and the physical line that it begins on (from 1)."""

    line: int
    cells: tuple[str, ...]


@dataclass
class Table:
    """``header`` is None if the file has none. ``problems`` are (line, reason) of what is not CSV; such rows are not
    among the records."""

    header: Record | None = None
    records: list[Record] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    separator: str = ","


def read_table(text: str, known: t.Collection[str], key: t.Callable[[str], str] = column_key) -> Table:
    """Read the rows that are not blank; the first one is the header, after lines that say something about the file.

    :param known: keys of columns, by which the separator is found.
    :param key: makes the key of a name.
    """
    # Only CR, LF and CR LF end a line: str.splitlines() knows more, and Excel does not.
    lines = list(io.StringIO(text, newline=""))
    table = Table()
    start = 0
    separator = None
    while start < len(lines) and start < _PREAMBLE:
        line = lines[start].rstrip("\r\n")
        declared = _SEPARATOR_LINE.fullmatch(line)
        if declared:
            separator = declared["separator"]
            if separator not in SEPARATORS:
                table.problems.append(
                    (start + 1, f"specifies the separator {separator!r}; a comma, a semicolon or a tab is possible")
                )
                return table
        elif not _TYPE_LINE.match(line) and not VERSION_LINE.fullmatch(line):
            break
        start += 1
    while start < len(lines) and not lines[start].strip(_BLANK):
        start += 1
    if start == len(lines):
        return table
    table.separator = separator or _separator(lines[start], known, key)
    for record in _records(lines[start:], start, table.separator, table.problems):
        if table.header is None:
            table.header = record
        elif any(cell.strip() for cell in record.cells):
            table.records.append(record)
    return table


def _separator(line: str, known: t.Collection[str], key: t.Callable[[str], str]) -> str:
    """The separator that makes the most known columns of a header, and of equals the one that makes the most
    columns."""

    def score(separator: str) -> tuple[int, int]:
        cells = next(csv.reader([line], delimiter=separator), [])
        return sum(key(cell) in known for cell in cells), len(cells)

    return max(SEPARATORS, key=score)


def _records(
    lines: t.Sequence[str], offset: int, separator: str, problems: list[tuple[int, str]]
) -> t.Iterator[Record]:
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        line = offset + reader.line_num + 1
        try:
            yield Record(line, tuple(next(reader)))
        except StopIteration:
            return
        except csv.Error as exc:
            problems.append((line, _reason(str(exc))))


def _reason(message: str) -> str:
    if "expected after" in message:
        return "has a closing quote that is followed by more text; a quote inside a cell is written twice"
    if "end of data" in message:
        return "opens a quote that is never closed"
    if "field limit" in message:
        return f"has a cell with more than {csv.field_size_limit()} characters; a closing quote may be missing"
    return f"is not CSV ({message})"
