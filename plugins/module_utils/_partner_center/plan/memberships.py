# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Who holds which role can be read for each user or for each role; which is cheaper follows from the plan as a
whole."""

from __future__ import annotations

import typing as t

from ..model.roles import Role
from .snapshot import Need


def cheapest(questions: t.Iterable[Need], catalogue: t.Sequence[Role] | None) -> frozenset[Need]:
    """The fewest reads that answer all questions about memberships.

    Three ways are compared: the roles of each user; the members of each role; and the roles of those users who need all
    their roles known, with the members of the roles that the others are asked about. A role with more than 500 members
    costs more than is counted here.

    :param questions: of kind ``membership``.
    :param catalogue: all roles, None if they are not known; then a user whose roles must all be known is read as a
        user.
    """
    pairs = sorted(tuple(question.value.split(" ")) for question in questions)
    users = {user for user, _role in pairs}
    whole = {user for user, role in pairs if role == "*"}
    asked = {role for user, role in pairs if role != "*"}
    apart = {role for user, role in pairs if role != "*" and user not in whole}
    by_user = frozenset(Need("user_roles", user) for user in users)
    mixed = frozenset(Need("user_roles", user) for user in whole) | frozenset(Need("members", role) for role in apart)
    ways = [by_user, mixed]
    if catalogue is not None or not whole:
        roles = asked | ({role.id for role in catalogue or ()} if whole else set())
        ways.append(frozenset(Need("members", role) for role in roles))
    return min(ways, key=len)
