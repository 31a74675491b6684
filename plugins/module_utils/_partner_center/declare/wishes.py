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
from .asked import BOTH_REASON, Asked, lists_of
from .ends import END_SPEC, End, end_of

_SKU = "a part number, a product name or an id"
_ROLE = "the name or the id of a directory role"


def licenses(value: t.Any, purge: bool, problems: list[str], reason: str, ends: list[End]) -> Asked[LicenseDeclaration]:
    """The declared licences; a SKU is only checked for being a text, because what it names depends on the customer.

    :param value: a list or a dictionary, as it was written.
    :param purge: whether a list is all that there may be.
    :param reason: what the row is granted for.
    :param ends: takes the ends of those that have one.
    """
    lists = lists_of("licenses", value, purge, problems)
    if lists is None:
        return Asked()
    made: list[LicenseDeclaration] = []
    for number, item in enumerate(lists.give):
        place = f"{lists.place}[{number}]"
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
        where = f"{place}.sku" if isinstance(item, dict) else place
        sku = _word(fields.get("sku"), "licenses", where, _SKU, problems)
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
    names_given = [item.sku for item in made]
    taken = _taken("licenses", lists.remove, "sku", _SKU, names_given, problems)
    problems += _doubles("licenses", names_given)
    return Asked(tuple(made), taken, lists.exact)


def roles(value: t.Any, purge: bool, problems: list[str], reason: str, ends: list[End]) -> Asked[str]:
    """The declared roles, only checked for being texts: what they name depends on the customer. The parameters are
    those of :func:`licenses`."""
    lists = lists_of("roles", value, purge, problems)
    if lists is None:
        return Asked()
    made: list[str] = []
    for number, item in enumerate(lists.give):
        place = f"{lists.place}[{number}]"
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
        name = _word(fields.get("name"), "roles", where, _ROLE, problems)
        made.append(name)
        ends += filter(None, [end_of(fields, "role", problems, name=name, place=f"{place}.", reason=reason)])
    taken = _taken("roles", lists.remove, "name", _ROLE, made, problems)
    problems += _doubles("roles", made)
    return Asked(tuple(made), taken, lists.exact)


def _taken(
    option: str, items: list[t.Any] | None, key: str, what: str, given: t.Sequence[str], problems: list[str]
) -> tuple[str, ...]:
    """The names of what is taken away.

    :param key: under which an entry has its name. All else would say nothing there, and is refused.
    :param given: what is to be there.
    """
    names: list[str] = []
    for number, item in enumerate(items or ()):
        place = f"{option}.remove[{number}]"
        fields = item if isinstance(item, dict) else {key: item}
        problems += [
            Problem(
                f"{place}: {shown(str(name))} has no meaning in remove, which takes only {key}.",
                "unknown_option",
                option=option,
            )
            for name in fields
            if name != key
        ]
        names.append(_word(fields.get(key), option, f"{place}.{key}" if fields is item else place, what, problems))
    problems += _doubles(f"{option}.remove", names, option)
    keys = {name.casefold() for name in given if name}
    problems += [
        Problem(f"{option}: {shown(name)} is in add and in remove.", BOTH_REASON, option=option)
        for name in names
        if name.casefold() in keys
    ]
    return tuple(names)


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


def _doubles(what: str, names: t.Sequence[str], option: str | None = None) -> list[str]:
    keys = [name.casefold() for name in names if name]
    return [
        Problem.about(what, f"names {shown(name)} twice.", "named_twice").of(option or what)
        for position, name in enumerate(names)
        if name and name.casefold() in keys[:position]
    ]
