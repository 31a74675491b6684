# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The table of an examination for a person: wrapped, and nothing in it twice. Pure."""

from __future__ import annotations

import textwrap
import typing as t
from dataclasses import dataclass, field
from itertools import zip_longest

from .sign_in_checks import Check

WIDTH = 88
"""Columns of a line. Ansible prints a list of lines with an indentation and quotes, and then they are 100."""
_STATUS, _NAMES = 9, 30
_TO_DO = "To do: "


@dataclass
class _Entry:
    """Checks that ended alike: several of them with the same finding, or one with several."""

    status: str
    action: str
    names: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)


def table(checks: t.Sequence[Check]) -> list[str]:
    """The lines of a table, in the order of the checks. What was said is not said again: checks with the same finding
    share it, and an action that is in a line above is named by the check that it stands at."""
    entries = _entries(checks)
    # A long name, such as a customer's domain, has a line of its own and stays whole.
    width = max((size for size in map(_size, entries) if size <= _NAMES), default=0)
    said: dict[str, str] = {}
    lines: list[str] = []
    for entry in entries:
        texts = [line for finding in entry.findings for line in _wrapped(finding, WIDTH - _STATUS - width - 2)]
        if entry.action:
            first = said.setdefault(entry.action, entry.names[0])
            action = entry.action if first == entry.names[0] else f"see {first}"
            texts += _wrapped(action, WIDTH - _STATUS - width - 2, _TO_DO)
        names = [", ".join(entry.names)]
        if _size(entry) > _NAMES:
            names = _wrapped(names[0], WIDTH - _STATUS)
            lines += _columns(entry.status, names, [], width)
            lines += _columns("", [], texts, width)
        else:
            lines += _columns(entry.status, names, texts, width)
    return lines


def _size(entry: _Entry) -> int:
    return len(", ".join(entry.names))


def _columns(status: str, names: t.Sequence[str], texts: t.Sequence[str], width: int) -> t.Iterator[str]:
    for name, text in zip_longest(names, texts, fillvalue=""):
        yield f"{status:<{_STATUS}}{name:<{width}}  {text}".rstrip()
        status = ""


def _entries(checks: t.Sequence[Check]) -> list[_Entry]:
    entries: list[_Entry] = []
    for check in checks:
        alike = [entry for entry in entries if (entry.status, entry.action) == (check.status, check.action)]
        for entry in alike:
            if entry.findings == [check.finding]:
                entry.names += [check.name] if check.name not in entry.names else []
                break
            if entry.names == [check.name]:
                entry.findings.append(check.finding)
                break
        else:
            entries.append(_Entry(check.status, check.action, [check.name], [check.finding]))
    return entries


def _wrapped(text: str, width: int, first: str = "") -> list[str]:
    """The lines of a text; those after the first are indented as much as the first has in front. A word longer than a
    line is cut, as a terminal would do; a hyphen is no place to break, because options and commands have them."""
    return textwrap.wrap(
        text, max(width, 1), initial_indent=first, subsequent_indent=" " * len(first), break_on_hyphens=False
    )
