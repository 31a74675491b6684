# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The report about licenses as a comment of a merge request, within the length that such a comment may have: first what
is missing and the findings, then the products. What is left out is counted."""

from __future__ import annotations

import typing as t

from ..report.markdown_text import code
from ..report.markdown_text import title as heading
from .words import LABELS, THERE, Result, about, counts, findings_of, name_of, products, totals, verdict

LIMIT = 60000
_RESERVE = 300


def render(result: Result, title: str, limit: int = LIMIT) -> str:
    """At most ``limit`` characters, if it is not below a thousand."""
    summary = result["summary"]
    text = f"## {heading(title)}\n\n**{verdict(result)}** ({totals(result)})\n\n"
    text += f"{summary['bought']} seats bought, {summary['used']} used, {summary['free']} free.\n"
    for head, lines in (
        ("", list(_missing(result))),
        ("\n| Finding | Number |\n| --- | ---: |\n", list(_counts(result))),
        (
            "\n| Product | Customers | Bought | Used | Free |\n| --- | ---: | ---: | ---: | ---: |\n",
            list(_products(result)),
        ),
        ("\n| Customer | Finding |\n| --- | --- |\n", list(_findings(result))),
    ):
        text += _fitting(head, lines, limit - _RESERVE - len(text))
    return text


def _fitting(head: str, lines: t.Sequence[str], room: int) -> str:
    """As many lines as there is room for, and how many are left out."""
    if not lines:
        return ""
    used, shown = len(head), 0
    for line in lines:
        if used + len(line) > room:
            break
        used, shown = used + len(line), shown + 1
    left = len(lines) - shown
    more = f"\n{left} more {'line is' if left == 1 else 'lines are'} in the other reports.\n" if left else ""
    return (head if shown else "") + "".join(lines[:shown]) + more


def _missing(result: Result) -> t.Iterator[str]:
    for customer in result["customers"]:
        if customer["status"] not in THERE:
            yield f"\n\u274c {code(name_of(customer))}: {code(str(customer['message']))}\n"


def _counts(result: Result) -> t.Iterator[str]:
    for word, number in counts(result["findings"]):
        yield f"| {LABELS[word]} | {number} |\n"


def _products(result: Result) -> t.Iterator[str]:
    for each in products(result):
        numbers = " | ".join(str(each[name]) for name in ("customers", "bought", "used", "free"))
        yield f"| {code(str(each['sku']))} | {numbers} |\n"


def _findings(result: Result) -> t.Iterator[str]:
    found = findings_of(result)
    for customer in result["customers"]:
        for each in found.get(customer["customer_id"], ()):
            yield f"| {code(name_of(customer))} | {code(about(each))} |\n"
