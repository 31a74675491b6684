# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What holds for a whole plan. Pure data."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..model.facts import Facts
from .ends import Ends


@dataclass(frozen=True)
class Policy:
    """What holds for every row.

    :param facts: what is special about the service.
    :param on_no_seats: what a lack of seats means.
    :param unresolved: domains of customers of the task that could not be found.
    :param ends: what is known and demanded of what ends by itself.
    :param acting: ids in lower case and normal-form names of the identity that is doing this.
    """

    facts: Facts = field(default_factory=Facts)
    on_no_seats: str = "fail"
    unresolved: tuple[str, ...] = ()
    acting: t.Collection[str] = ()
    ends: Ends = field(default_factory=Ends)
