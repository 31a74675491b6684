# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What differs between services that serve the same users, and is no behavior of theirs.

The plan and the run ask here, and never which service it is.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .attributes import WIRE_NAMES

Roles: t.TypeAlias = "tuple[str, ...]"
"""Directory roles of which one is enough."""


@dataclass(frozen=True)
class Facts:
    """One service, in one cloud.

    :param name: what it is called in messages.
    :param cloud: the cloud that it is in.
    :param unsupported: actions (names as in ``operations``, and ``read_licenses``) that it does not offer there.
    :param reads: for a kind of :class:`snapshot.Need` the roles that reading it needs.
    :param writes: for an action the roles that it needs.
    :param attributes: the attributes of a user that it has, and their names on the wire.
    :param idempotent_create: whether a create that is sent again under the same id is carried out once.
    :param answers_with_user: whether the answer to a write holds the user; where it does not, the user is read.
    :param restores_licenses: whether a restored user may have the earlier licenses again without anybody assigning
        them.
    """

    name: str = "the service"
    cloud: str = ""
    unsupported: frozenset[str] = frozenset()
    reads: t.Mapping[str, Roles] = field(default_factory=dict)
    writes: t.Mapping[str, Roles] = field(default_factory=dict)
    attributes: t.Mapping[str, str] = field(default_factory=lambda: WIRE_NAMES)
    idempotent_create: bool = True
    answers_with_user: bool = True
    restores_licenses: bool = True
