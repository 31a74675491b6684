# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Options that do not exist, and what was probably meant: other modules and APIs call the same things otherwise. Pure.

They are no aliases: with two names for one thing, a row could give both, and a declaration could be searched for one
of them only.
"""

from __future__ import annotations

import typing as t

from .text import nearest

Foreign = t.Mapping[str, str]
"""By the name that others use, as :func:`key` has it: the option that it is here, or why there is none."""


def key(name: str) -> str:
    """A name without what the styles of writing names differ in: "givenName" and "given_name" are one."""
    return name.casefold().replace("_", "").replace("-", "")


def hint(name: str, known: t.Iterable[str], foreign: Foreign) -> str:
    """What was probably meant by an option that does not exist, as a part of a sentence; empty if nobody knows.

    :param known: the options that there are.
    """
    by_key = {key(each): each for each in known}
    meant = foreign.get(key(name), "")
    if key(name) in by_key or meant in by_key.values():
        return f"; did you mean {by_key.get(key(name), meant)}"
    # What is for an option that is not known here is of no use here.
    return f"; {meant}" if " " in meant else nearest(name, by_key.values())


def hints(given: t.Iterable[str], spec: t.Mapping[str, t.Any], foreign: Foreign) -> list[str]:
    """A sentence for each option of a task that does not exist although it is known what was meant."""
    names = {name for each, option in spec.items() for name in (each, *option.get("aliases", ()))}
    found = ((name, hint(name, spec, foreign)) for name in given if name not in names)
    return [f"{name} is not an option{said}." for name, said in found if said]
