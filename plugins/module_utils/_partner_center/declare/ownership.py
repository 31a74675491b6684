# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Which users a row may write: those that its declaration of people has made or adopted, as its record says.

A row without it may write whoever has the name.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..._common.identifiers import Guid


@dataclass(frozen=True)
class Ownership:
    """One person at one customer.

    :param declaration: the name of the declaration, for messages.
    :param person: the person's key in it.
    :param made: ids of the users that it has created, the last one first.
    :param adopted: ids of users who were there before, and were adopted by name.
    :param gone: those of both that were deleted since, or lost their name to another one.
    :param adopt: whether a user who is there may be adopted now.
    :param held: why no user gets another name now; empty if that may be.
    :param begun: creates whose end was never written down, by their correlation ids, each with its day (ISO 8601).
    """

    declaration: str
    person: str
    made: tuple[Guid, ...] = ()
    adopted: tuple[Guid, ...] = ()
    gone: tuple[Guid, ...] = ()
    adopt: bool = False
    held: str = ""
    begun: t.Mapping[str, str] = field(default_factory=dict)
