# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What is known about one customer at the moment of planning.

A snapshot never reads. When it is asked for something that has not been read yet it raises :class:`Unread`, and whoever
holds the connection reads that and plans again: so a run reads exactly what its declaration needs, and planning stays
free of I/O.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from datetime import datetime

from ..._common.errors import CollectionError
from ..._common.identifiers import Guid, Upn
from ..model.licenses import License, Sku
from ..model.roles import Role
from ..model.users import User


@dataclass(frozen=True, order=True)
class Need:
    """One thing to read: ``kind`` is ``user`` (value: its id), ``active`` (value: a name's normal form), ``everybody``
    (all active users that the purge is about), ``deleted``, ``domains``, ``skus``, ``licenses`` (a user's id),
    ``catalogue`` (the directory roles), ``user_roles`` (a user's id), ``members`` (a role's id).

    ``membership`` (a user's id, a space, a role's id or ``*`` for all roles) is a question that two reads can answer;
    the plan as a whole chooses the cheaper one, see :func:`memberships.cheapest`.

    ``guard`` (``catalogue``, or ``members`` for the catalogue and who is Global Administrator) is what deletions and
    removals of roles depend on: when it cannot be read they are refused, and the rest goes on.

    ``creators`` (a user's id) are the correlation ids under which audit records say that it was created.
    """

    kind: str
    value: str = ""


class Unreadable(Exception):
    """One thing could not be read, and others could. :param error: why."""

    def __init__(self, error: CollectionError) -> None:
        self.error = error
        super().__init__(error.message)


class Unread(Exception):
    """The plan depends on facts that have not been read. :param needs: all of them that are known by now."""

    def __init__(self, needs: t.Iterable[Need]) -> None:
        self.needs = frozenset(needs)
        super().__init__()

    def __str__(self) -> str:
        # Made when it is asked for: of a large customer these are hundreds of thousands.
        return ", ".join(f"{need.kind} {need.value}".strip() for need in sorted(self.needs))


@dataclass(frozen=True)
class Snapshot:
    """Facts about one customer.

    :param now: the service's time.
    :param timed: whether the service has said it; this machine's time is none to take anything away by.
    :param by_id: users that were read one by one, by id; None where there is no active user.
    :param active: active users by the normal form of their name.
    :param known_keys: names about which the listing has given an answer (they are in ``active``, or nobody has them).
    :param deleted: the deleted users, or None when they have not been read.
    :param unreadable: why users that were to be read one by one could not be, by id.
    :param unidentified: users in the listings that could not be identified, in words.
    :param domains: the customer's domains in lower case, or None when the service does not say.
    :param licenses: licences of users, by id.
    :param user_roles: directory roles of users, by id; ``members`` the ids of users by a role's id.
    """

    customer_id: Guid
    now: datetime
    by_id: t.Mapping[Guid, User | None] = field(default_factory=dict)
    active: t.Mapping[Upn, User] = field(default_factory=dict)
    known_keys: t.Collection[Upn] = frozenset()
    deleted: tuple[User, ...] | None = None
    domains: tuple[str, ...] | None = None
    domains_read: bool = False
    all_active: tuple[User, ...] | None = None
    skus: tuple[Sku, ...] | None = None
    licenses: t.Mapping[Guid, tuple[License, ...]] = field(default_factory=dict)
    catalogue: tuple[Role, ...] | None = None
    user_roles: t.Mapping[Guid, tuple[Role, ...]] = field(default_factory=dict)
    members: t.Mapping[Guid, frozenset[Guid]] = field(default_factory=dict)
    unreadable: t.Mapping[Guid, CollectionError] = field(default_factory=dict)
    unidentified: tuple[str, ...] = ()
    matched: frozenset[str] | None = None
    """Which patterns of a purge matched an active user; None if not all users were read."""
    creators: t.Mapping[Guid, frozenset[str]] = field(default_factory=dict)
    """Correlation ids under which audit records say that a user was created; none where they say nothing."""
    timed: bool = True
    guard_error: CollectionError | None = None
    """Why the roles that a guard depends on could not be read."""

    def everybody(self) -> tuple[User, ...]:
        """All active users in the scope of a purge, from a listing that was read to its end. :raises Unread:"""
        if self.all_active is None:
            raise Unread([Need("everybody")])
        return self.all_active

    def user(self, user_id: Guid) -> User | None:
        """The active user with this id. :raises Unread, Unreadable:"""
        if user_id in self.unreadable:
            raise Unreadable(self.unreadable[user_id])
        if user_id not in self.by_id:
            raise Unread([Need("user", user_id)])
        return self.by_id[user_id]

    def holders(self, *keys: Upn) -> tuple[User | None, ...]:
        """The active users that have these names (normal forms), None for a name that is free. :raises Unread: all at
        once."""
        missing = [Need("active", key) for key in keys if key not in self.active and key not in self.known_keys]
        if missing:
            raise Unread(missing)
        return tuple(self.active.get(key) for key in keys)

    def deleted_named(self, *keys: Upn) -> tuple[User, ...]:
        """Deleted users with one of these names, the newest first. :raises Unread:"""
        return tuple(user for user in self._deleted() if user.key in keys)

    def deleted_with_id(self, user_id: Guid) -> User | None:
        """The deleted user with this id. :raises Unread:"""
        return next((user for user in self._deleted() if user.id == user_id), None)

    def customer_domains(self) -> tuple[str, ...] | None:
        """The customer's domains, None if the service keeps them to itself. :raises Unread:"""
        if not self.domains_read:
            raise Unread([Need("domains")])
        return self.domains

    def subscribed(self) -> tuple[Sku, ...]:
        """The products that the customer has bought. :raises Unread:"""
        if self.skus is None:
            raise Unread([Need("skus")])
        return self.skus

    def sku(self, sku_id: str) -> Sku | None:
        """A product by its id, None if it is not known or the products have not been read."""
        return next((sku for sku in self.skus or () if sku.id == sku_id), None)

    def licenses_of(self, user_id: Guid) -> tuple[License, ...]:
        """The licences of an active user. :raises Unread:"""
        if user_id not in self.licenses:
            raise Unread([Need("licenses", user_id)])
        return self.licenses[user_id]

    def directory_roles(self) -> tuple[Role, ...]:
        """All roles that the customer can give. :raises Unread:"""
        if self.catalogue is None:
            raise Unread([Need("catalogue")])
        return self.catalogue

    def has_role(self, user_id: Guid, role_id: Guid) -> bool:
        """Whether an active user holds a role. :raises Unread:"""
        if user_id in self.user_roles:
            return any(role.id == role_id for role in self.user_roles[user_id])
        if role_id in self.members:
            return user_id in self.members[role_id]
        raise Unread([Need("membership", f"{user_id} {role_id}")])

    def roles_of(self, user_id: Guid) -> tuple[Role, ...]:
        """All roles of an active user. :raises Unread:"""
        if user_id in self.user_roles:
            return self.user_roles[user_id]
        if self.catalogue and all(role.id in self.members for role in self.catalogue):
            return tuple(role for role in self.catalogue if user_id in self.members[role.id])
        raise Unread([Need("membership", f"{user_id} *")])

    def role_members(self, role_id: Guid) -> frozenset[Guid]:
        """Ids of the users who hold a role. :raises Unread:"""
        if role_id not in self.members:
            raise Unread([Need("members", role_id)])
        return self.members[role_id]

    def creators_of(self, user_id: Guid) -> frozenset[str]:
        """Under which correlation ids a user was created. :raises Unread:"""
        if user_id not in self.creators:
            raise Unread([Need("creators", user_id)])
        return self.creators[user_id]

    def guarding_catalogue(self) -> tuple[Role, ...]:
        """All roles, for a guard. :raises Unread, Unreadable:"""
        if self.catalogue is not None:
            return self.catalogue
        if self.guard_error:
            raise Unreadable(self.guard_error)
        raise Unread([Need("guard", "catalogue")])

    def guarding_members(self, roles: t.Collection[Guid]) -> frozenset[Guid]:
        """Ids of the users who hold one of these roles, for a guard. :raises Unread, Unreadable:"""
        if not all(role in self.members for role in roles):
            if self.guard_error:
                raise Unreadable(self.guard_error)
            raise Unread([Need("guard", "members")])
        return frozenset(member for role in roles for member in self.members[role])

    def _deleted(self) -> tuple[User, ...]:
        if self.deleted is None:
            raise Unread([Need("deleted")])
        # Newest first, the id decides between equals, so that the same state always gives the same text.
        return tuple(sorted(self.deleted, key=lambda user: (-_moment(user), user.id)))


def _moment(user: User) -> float:
    return user.soft_deletion_time.timestamp() if user.soft_deletion_time else 0.0
