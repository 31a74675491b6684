# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The ticket, the change or the pull request under which something is written: what it may be, and where one is
required."""

from __future__ import annotations

import re
import typing as t

from .plausible import text_problems
from .problem import Problem
from .row_options import Row, label
from .text import counted, first_few, nfc, shown, unprintable

OPTION = "change_reference"
REQUIRE = "require_change_reference"
REFERENCE_SPEC: dict[str, dict[str, t.Any]] = {OPTION: {"type": "str"}, REQUIRE: {"type": "str"}}
"""The options of a task that writes."""
LONGEST = 100
"""Characters of a reference; those of every ticket system have fewer."""
NAMED = 5


class Referenced(Row, t.Protocol):
    """A declared user of any system, with its reference."""

    @property
    def change_reference(self) -> str | None:
        """Under which it is written."""


def reference_of(value: t.Any, problems: list[str]) -> str | None:
    """A reference in its normal form; None where there is none, or where it cannot be meant.

    :param value: as it was written. What is no text was found by whoever has judged all texts of a row or a task.
    """
    if not isinstance(value, str) or text_problems(OPTION, value):
        return None
    text = nfc(value.strip())
    if not text:
        problems.append(Problem.about(OPTION, "is empty; leave it out (in a template: default(omit, true)).", "empty"))
    elif len(text) > LONGEST:
        problems.append(Problem.about(OPTION, f"has {len(text)} characters, {LONGEST} are allowed.", "too_long"))
    elif unprintable(text):
        problems.append(Problem.about(OPTION, f"{shown(text)} holds control characters.", "control_characters"))
    else:
        return text
    return None


def task_reference(given: t.Mapping[str, t.Any], problems: list[str]) -> str | None:
    """The reference of the whole task. :param given: the options as they were written."""
    if given.get(OPTION, "") is None:
        said = "is null; leave it out if there is none (in a template: default(omit, true))."
        problems.append(Problem.about(OPTION, said, "null"))
    return reference_of(given.get(OPTION), problems)


def reference_problems(
    given: t.Mapping[str, t.Any], rows: t.Sequence[Referenced], others: t.Mapping[str, str | None] | None = None
) -> list[str]:
    """Who is declared without the reference that the task requires.

    :param given: the options as they were written: a pattern that a template left empty would require nothing.
    :param others: what else the task writes, by its name, with its reference.
    """
    if REQUIRE not in given:
        return []
    wanted = given[REQUIRE]
    if not isinstance(wanted, str) or not wanted.strip():
        said = "is empty; omit it if nothing is required (in a template: omit)."
        return [Problem.about(REQUIRE, said, "empty")]
    try:
        pattern = re.compile(wanted)
    except (re.error, RecursionError, OverflowError) as exc:
        return [Problem.about(REQUIRE, f"{shown(wanted)} is not a regular expression ({exc}).", "not_a_pattern")]
    found = [(label(row), row.change_reference) for row in rows] + list((others or {}).items())
    missing = [name for name, reference in found if reference is None]
    strange = [(name, reference) for name, reference in found if reference and not pattern.fullmatch(reference)]
    problems: list[str] = []
    if missing:
        problems.append(
            Problem.about(
                OPTION,
                f"is required ({shown(wanted)}), and missing for {first_few(missing, NAMED)}. Set it in the task or "
                "in the row.",
                "change_reference_missing",
            )
        )
    if strange:
        values = first_few([shown(value) for value in dict.fromkeys(reference for _name, reference in strange)], NAMED)
        problems.append(
            Problem.about(
                OPTION,
                f"must match {shown(wanted)} as a whole, and {values} of {counted(len(strange), 'row')} "
                f"({first_few([name for name, _reference in strange], NAMED)}) does not.",
                "change_reference_mismatch",
            )
        )
    return problems


def references_result(rows: t.Iterable[t.Mapping[str, t.Any]], correlation_id: str) -> list[dict[str, t.Any]]:
    """The key ``change_references``: under which id of the service each of them is found."""
    found: dict[str, dict[str, t.Any]] = {}
    for row in rows:
        reference = row.get(OPTION)
        if reference:
            entry = found.setdefault(
                reference, {OPTION: reference, "correlation_id": correlation_id, "rows": 0, "changed": 0}
            )
            entry["rows"] += 1
            entry["changed"] += row["status"] == "changed"
    return list(found.values())
