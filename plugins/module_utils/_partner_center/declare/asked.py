# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The two forms in which ``licenses`` and ``roles`` are declared, and the one that everything else sees.

A list appends, or is all that there may be (``purge_licenses``, ``purge_roles``). A dictionary says itself what it
does: ``add`` and ``remove``, or ``set``. Both become :class:`Asked`; the plan does not know which one it was.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._common.foreign_names import Foreign, hint
from ..._common.problem import Problem
from ..._common.text import shown

FORMS = ("add", "remove", "set")
"""The keys of the dictionary form."""
BOTH_REASON = "added_and_removed"
"""The reason of a declaration in which the same license or role is to be there and not to be there."""
_MEANT: Foreign = {
    "addlicenses": "add",
    "addroles": "add",
    "append": "add",
    "present": "add",
    "absent": "remove",
    "delete": "remove",
    "removelicenses": "remove",
    "removeroles": "remove",
    "exact": "set",
    "only": "set",
    "replace": "set",
    **dict.fromkeys(("sku", "name", "id"), "a single one is an element of a list (begin it with '- ')"),
}
"""What Microsoft Graph (assignLicense) and others call them, and what the mark of a list was left out of."""

Item = t.TypeVar("Item")


@dataclass(frozen=True)
class Asked(t.Generic[Item]):
    """What is declared about the licenses, or the directory roles, of one user.

    :param give: what the user must have; None where nothing is managed.
    :param take: what the user must not have, by name.
    :param exact: whether the user may have nothing else than ``give``.
    """

    give: tuple[Item, ...] | None = None
    take: tuple[str, ...] = ()
    exact: bool = False


@dataclass(frozen=True)
class Lists:
    """The lists of a declaration, each as it was written and with its place (``licenses``, ``licenses.add``).

    :param remove: None if it was left out.
    """

    place: str
    give: list[t.Any]
    remove: list[t.Any] | None = None
    exact: bool = False


def lists_of(option: str, value: t.Any, purge: bool, problems: list[str]) -> Lists | None:
    """The lists of either form, as far as they are lists; None if there is none.

    :param option: ``licenses`` or ``roles``.
    :param purge: whether ``purge_licenses`` or ``purge_roles`` is true, by itself or in ``defaults``.
    :param problems: takes what is wrong.
    """
    if value is None:
        return None
    if isinstance(value, list):
        return Lists(option, value, exact=purge)
    if not isinstance(value, dict):
        said = "must be a list, or a dictionary with add and remove, or with set."
        problems.append(Problem.about(option, said, "not_a_list"))
        return None
    if not value:
        said = (
            "is an empty dictionary. Specify add and remove, or set; leave the option out if it should not be managed."
        )
        problems.append(Problem.about(option, said, "empty"))
    for name in value:
        if name not in FORMS:
            said = f"{option}: {shown(str(name))} is not one of {', '.join(FORMS)}{hint(str(name), FORMS, _MEANT)}."
            problems.append(Problem(said, "unknown_option", option=option))
    for name in FORMS:
        if name in value:
            problems += _not_a_list(option, name, value[name])
    if "set" in value and ("add" in value or "remove" in value):
        said = f"{option}: set is the complete list, and is mutually exclusive with add and remove."
        problems.append(Problem(said, "contradiction", option=option))
    if purge:
        said = (
            f"{option} is a dictionary, and purge_{option}: true works only with a list. "
            f"Use set instead. If purge_{option} is in defaults, add purge_{option}: false to the row."
        )
        problems.append(Problem(said, "contradiction", option=option))
    # Whatever is wrong with the entries is said in the same breath.
    lists = {name: value[name] for name in FORMS if isinstance(value.get(name), list)}
    if "set" in value:
        return Lists(f"{option}.set", lists.get("set", []), exact=True)
    return Lists(f"{option}.add", lists.get("add", []), lists.get("remove"))


def entries(value: t.Any) -> list[t.Any]:
    """What a valid option says that is to be there, in either form."""
    if not isinstance(value, dict):
        return list(value or ())
    return [*value.get("add", ()), *value.get("set", ())]


def name_of(entry: t.Any) -> str:
    """The license or role that a valid entry is about, as it was written."""
    return str(entry.get("sku", entry.get("name")) if isinstance(entry, dict) else entry)


def _not_a_list(option: str, name: str, value: t.Any) -> list[str]:
    if isinstance(value, list):
        return []
    # Whatever a template has left in the place of a list takes nothing away.
    if value is None:
        said = f"{option}.{name} is null; leave it out if it is not needed (in a template: omit if x is none else x)."
        return [Problem(said, "null", option=option)]
    return [Problem(f"{option}.{name} must be a list.", "not_a_list", option=option)]


def as_list(value: t.Any) -> t.Any:
    """What the argument spec makes of a text for an option of type list, which these options were in 0.2. Lists and
    dictionaries stay, and so does what was meant to be one."""
    return value.split(",") if isinstance(value, str) and value.lstrip()[:1] not in ("{", "[") else value
