# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The licenses and directory roles of one user, as declared: each by its name, or with what ends it."""

from __future__ import annotations

import typing as t

from ..._common.plausible import text_problems
from ..._common.problem import Problem
from ..._common.text import nfc, shown
from ..model.licenses import LicenseDeclaration
from .ends import END_SPEC, End, end_of


def licenses(value: t.Any, problems: list[str], reason: str, ends: list[End]) -> tuple[LicenseDeclaration, ...] | None:
    """The declared licences; a SKU is only checked for being a text, because what it names depends on the customer.

    :param reason: what the row is granted for.
    :param ends: takes the ends of those that have one.
    """
    if value is None:
        return None
    if not isinstance(value, list):
        problems.append(Problem.about("licenses", "must be a list.", "not_a_list"))
        return None
    made: list[LicenseDeclaration] = []
    for number, item in enumerate(value):
        place = f"licenses[{number}]"
        fields = item if isinstance(item, dict) else {"sku": item}
        strange = [name for name in fields if name not in ("sku", "excluded_plans", *END_SPEC)]
        problems += [
            Problem(
                f"{place}: {shown(str(name))} is not known; a license has sku, excluded_plans, and what ends it.",
                "unknown_option",
                option="licenses",
            )
            for name in strange
        ]
        sku = _word(
            fields.get("sku"),
            "licenses",
            f"{place}.sku" if isinstance(item, dict) else place,
            "a part number, a product name or an id",
            problems,
        )
        plans = fields.get("excluded_plans")
        if "excluded_plans" in fields and not isinstance(plans, list):
            problems.append(
                f"{place}.excluded_plans must be a list; leave it out if the plans should not be managed; [] enables "
                "all plans."
            )
            plans = None
        names = (
            None
            if plans is None
            else [
                _word(plan, "licenses", f"{place}.excluded_plans", "the name or the id of a service plan", problems)
                for plan in plans
            ]
        )
        made.append(LicenseDeclaration(sku, None if names is None else tuple(names)))
        ends += filter(None, [end_of(fields, "license", problems, name=sku, place=f"{place}.", reason=reason)])
    problems += _doubles("licenses", [item.sku for item in made])
    return tuple(made)


def roles(value: t.Any, problems: list[str], reason: str, ends: list[End]) -> tuple[str, ...] | None:
    """The declared roles, only checked for being texts: what they name depends on the customer. The parameters are
    those of :func:`licenses`."""
    if value is None:
        return None
    if not isinstance(value, list):
        problems.append(Problem.about("roles", "must be a list.", "not_a_list"))
        return None
    made: list[str] = []
    for number, item in enumerate(value):
        place = f"roles[{number}]"
        fields = item if isinstance(item, dict) else {"name": item}
        problems += [
            Problem(
                f"{place}: {shown(str(key))} is not known; a role has name, and what ends it.",
                "unknown_option",
                option="roles",
            )
            for key in fields
            if key not in ("name", *END_SPEC)
        ]
        where = f"{place}.name" if isinstance(item, dict) else place
        name = _word(fields.get("name"), "roles", where, "the name or the id of a directory role", problems)
        made.append(name)
        ends += filter(None, [end_of(fields, "role", problems, name=name, place=f"{place}.", reason=reason)])
    problems += _doubles("roles", made)
    return tuple(made)


def _word(value: t.Any, option: str, place: str, what: str, problems: list[str]) -> str:
    """:param option: the list that the value is in. :param place: where in it."""
    text = nfc(value.strip()) if isinstance(value, str) else ""
    if not text:
        quote = ". Put it in quotes" if isinstance(value, (int, float)) else ""
        said = f"{place} must be {what}, as a string{quote}."
        problems.append(Problem(said, "not_a_text", option=option))
    else:
        problems += [problem.of(option) for problem in text_problems(place, value)]
    return text


def _doubles(what: str, names: t.Sequence[str]) -> list[str]:
    keys = [name.casefold() for name in names if name]
    return [
        Problem.about(what, f"names {shown(name)} twice.", "named_twice")
        for position, name in enumerate(names)
        if name and name.casefold() in keys[:position]
    ]
