# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The people of a report in Markdown: a table by person, and one by person and customer, as far as there is room."""

from __future__ import annotations

import typing as t

from .markdown_text import code
from .model import MARKS, Customer, Report, marked
from .people import matrix, people_of


def people_tables(report: Report, customers: t.Sequence[Customer], room: int) -> tuple[str, bool]:
    """Both tables, or the first one, or nothing; and whether something is missing for want of room.

    :param customers: in the order in which they are shown.
    :param room: characters.
    """
    people = people_of(report)
    if not people:
        return "", False
    total = marked(entry for person in people for entry in person.entries)
    rows = [[code(person.name), *(f"{marked(person.entries).get(key, 0):,}" for key in total)] for person in people]
    by_person = _table(["Person", *(MARKS[key].words for key in total)], rows)
    lines = [
        [code(line.customer.label), *(MARKS[cell.mark.key].words if cell else "" for cell in line.cells)]
        for line in matrix(report, people, customers)
    ]
    by_both = _table(["Customer", *(code(person.name) for person in people)], lines)
    both = by_person + f"<details><summary>By person and by customer</summary>\n\n{by_both}</details>\n\n"
    fitting = next((text for text in (both, by_person) if len(text) <= room), "")
    return fitting, fitting != both


def _table(head: t.Sequence[str], rows: t.Sequence[t.Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"
