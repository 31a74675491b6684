# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Which customers a report about licenses is about, and its numbers."""

from __future__ import annotations

import typing as t

from ..._common.identifiers import domain_key, guid_key, is_guid
from ..._common.problem import Problem
from ..._common.text import shown

NUMBERS = {
    "low_seats": (0, 1_000_000),
    "unused_seats": (1, 100_000_000),
    "read_max_age": (0, 720),
    "max_parallel": (1, 64),
}
"""Options with numbers, and what they may be."""


def report_problems(params: t.Mapping[str, t.Any], given: t.Mapping[str, t.Any]) -> list[str]:
    """What is wrong with the options.

    :param given: as they were written; a selector that a template left empty must not select everybody.
    """
    problems: list[str] = []
    if "customers" in given and not given["customers"]:
        said = "customers is empty; leave it out (in a template: default(omit, true)) to read all."
        problems.append(Problem(said, "empty", option="customers"))
    for name in params["customers"] or ():
        if not is_guid(name.strip()) and "." not in name:
            said = f"customers: {shown(str(name))} is neither an id nor a domain."
            problems.append(Problem(said, "customer_not_found", option="customers"))
    for name, (low, high) in NUMBERS.items():
        if not low <= params[name] <= high:
            problems.append(Problem(f"{name} must be from {low} to {high}.", "out_of_range", option=name))
    if given.get("read_max_age") is not None and not params["read_file"]:
        problems.append(Problem("read_max_age is for read_file, and there is none.", "contradiction"))
    return problems


def wanted(customers: t.Iterable[str]) -> dict[str, str]:
    """The customers that are asked for, each once: the normal form of an id or a domain, and how it was written."""
    found: dict[str, str] = {}
    for text in customers:
        name = text.strip()
        found.setdefault(guid_key(name) if is_guid(name) else domain_key(name), name)
    return found
