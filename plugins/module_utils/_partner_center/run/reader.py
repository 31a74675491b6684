# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Reads what a plan asks for, each thing at most once per run, and keeps only what concerns the declaration."""

from __future__ import annotations

import typing as t

from ..._common.errors import CollectionError, ServiceError
from ..._common.identifiers import Guid, Upn
from ..._common.threads import Pool
from ..client.meaning import about_all, forbidden, reading
from ..client.protocol import CustomerClient
from ..declare.user import UserDeclaration
from ..model.licenses import License, Sku
from ..model.roles import Role, administrator_roles
from ..model.users import UnidentifiedUser, User
from ..plan.snapshot import Need, Snapshot

if t.TYPE_CHECKING:
    from ..declare.purge import PurgePolicy


class CustomerReader:
    """One customer, read on demand.

    The listing of active users is read page by page and only until the names that are asked for are found, so a user on
    the first page costs one request. Of each page only users whose names the declaration mentions are kept.

    :param parallel: how many single users or roles are read side by side.
    """

    def __init__(
        self,
        client: CustomerClient,
        rows: t.Sequence[UserDeclaration] = (),
        purge: PurgePolicy | None = None,
        parallel: int = 1,
    ) -> None:
        self.client = client
        self.purge = purge
        self.parallel = parallel
        self._skus: tuple[Sku, ...] | None = None
        self._catalogue: tuple[Role, ...] | None = None
        self._licenses: dict[Guid, tuple[License, ...]] = {}
        self._user_roles: dict[Guid, tuple[Role, ...]] = {}
        self._members: dict[Guid, frozenset[Guid]] = {}
        self._guard_error: CollectionError | None = None
        self._matched: frozenset[str] | None = None
        self._everybody: tuple[User, ...] | None = None
        self._interest = {key for row in rows for key in (row.key, row.previous_key) if key}
        self._ids = {row.user_id for row in rows if row.user_id}
        self._by_id: dict[Guid, User | None] = {}
        self._alone = len(rows) == 1
        self._unreadable: dict[Guid, CollectionError] = {}
        self._unidentified: list[str] = []
        self._unidentified_deleted: list[str] = []
        self._active: dict[Upn, User] = {}
        self._known: set[Upn] = set()
        self._pages: t.Iterator[list[User]] | None = None
        self._read_to_end = False
        self._deleted: tuple[User, ...] | None = None
        self._domains: tuple[str, ...] | None = None
        self._domains_read = False
        self._creators: dict[Guid, frozenset[str]] = {}
        self._begun = [day for row in rows if row.ownership for day in row.ownership.begun.values()]

    def keep(self, ids: t.Iterable[Guid]) -> None:
        """Of the deleted users keep these as well, whatever their names."""
        self._ids |= set(ids)

    def snapshot(self) -> Snapshot:
        """What is known by now."""
        return Snapshot(
            customer_id=self.client.customer_id,
            timed=self.client.session.knows_time(),
            now=self.client.session.now(),
            by_id=dict(self._by_id),
            active=dict(self._active),
            known_keys=frozenset(self._known),
            deleted=self._deleted,
            domains=self._domains,
            domains_read=self._domains_read,
            all_active=self._everybody,
            skus=self._skus,
            licenses=dict(self._licenses),
            catalogue=self._catalogue,
            user_roles=dict(self._user_roles),
            members=dict(self._members),
            unreadable=dict(self._unreadable),
            unidentified=(*self._unidentified, *self._unidentified_deleted),
            matched=self._matched,
            creators=dict(self._creators),
            guard_error=self._guard_error,
        )

    def read(self, needs: t.Collection[Need]) -> None:
        """Read what a plan needs. :raises ServiceError, TransportError, SignInError:"""
        for need in sorted(need for need in needs if need.kind == "user"):
            with reading("user", self.client):
                self._read_one(Guid(need.value))
        names = {Upn(need.value) for need in needs if need.kind == "active"}
        with reading("active", self.client):
            if Need("everybody") in needs and self.purge:
                self._read_everybody(names)
            elif names:
                self._read_active(names)
        reads = {
            "deleted": self._read_deleted,
            "domains": self._read_domains,
            "skus": self._read_skus,
            "catalogue": self._read_catalogue,
        }
        independent = [read for kind, read in reads.items() if Need(kind) in needs]
        if len(independent) == 1:
            independent[0]()
        elif independent:
            with Pool(len(independent)) as pool:
                for done in [pool.submit(read) for read in independent]:
                    done.result()
        self._read_each([need for need in sorted(needs) if need.kind in ("licenses", "user_roles", "members")])
        for need in sorted(need for need in needs if need.kind == "creators"):
            from .creators import creators_since  # only after a crash

            found = creators_since(self.client, Guid(need.value), min(self._begun, default=""))
            self._creators[Guid(need.value)] = found
        guards = {need.value for need in needs if need.kind == "guard"}
        if guards:
            self._read_guard("members" in guards)

    def _read_deleted(self) -> None:
        self._unidentified_deleted.clear()
        with reading("deleted", self.client):
            pages = self.client.deleted_users(self._unidentified_deleted)
            self._deleted = tuple(
                user for page in pages for user in page if user.key in self._interest or user.id in self._ids
            )

    def _read_domains(self) -> None:
        self._domains, self._domains_read = self.client.domains(), True

    def _read_skus(self) -> None:
        with reading("skus", self.client):
            self._skus = self.client.subscribed_skus()

    def _read_catalogue(self) -> None:
        with reading("catalogue", self.client):
            self._catalogue = self.client.directory_roles()

    def _read_guard(self, members: bool) -> None:
        """What deletions and removals of roles depend on. Who may not read it may still do the rest."""
        try:
            if self._catalogue is None:
                self._read_catalogue()
            if members:
                unknown = administrator_roles(self._catalogue or ()) - self._members.keys()
                self._read_each([Need("members", role) for role in sorted(unknown)])
        except ServiceError as exc:
            if about_all(exc):
                raise
            self._guard_error = exc

    def _read_each(self, needs: list[Need]) -> None:
        """What takes one request for each user or role."""
        if not needs:
            return
        reads: dict[str, tuple[t.Callable[[Guid], t.Any], dict[Guid, t.Any]]] = {
            "licenses": (self.client.licenses, self._licenses),
            "user_roles": (self.client.user_roles, self._user_roles),
            "members": (self.client.role_members, self._members),
        }

        def one(need: Need) -> None:
            read, known = reads[need.kind]
            with reading(need.kind, self.client):
                known[Guid(need.value)] = read(Guid(need.value))

        with Pool(min(self.parallel, len(needs))) as pool:
            list(pool.map(one, needs))

    def _read_one(self, user_id: Guid) -> None:
        """One user by id. What is wrong with only this one does not stop the others."""
        try:
            self._by_id[user_id] = self.client.user(user_id)
        except (UnidentifiedUser, ServiceError) as exc:
            if self._alone or (isinstance(exc, ServiceError) and (forbidden(exc) or about_all(exc))):
                raise
            self._unreadable[user_id] = exc

    def _read_everybody(self, names: set[Upn]) -> None:
        """One listing to its end, for the names that are asked for and for the scope of the purge."""
        self._interest |= names
        kept: dict[Guid, User] = {}
        waiting = set(self.purge.patterns) if self.purge else set()
        if self.purge:
            from ..declare.purge import matched
        self._unidentified.clear()
        for page in self.client.users(self._unidentified):
            for user in page:
                if user.state != "active":
                    continue
                if user.key in self._interest:
                    self._active[user.key] = user
                if waiting:
                    waiting -= matched(waiting, user)
                if self.purge and self.purge.in_scope(user):
                    # Somebody who moves while the pages are read is on two of them, and still one user.
                    kept[user.id] = user
        self._everybody, self._read_to_end = tuple(kept.values()), True
        self._known |= self._interest
        if self.purge:
            self._matched = frozenset(self.purge.patterns) - waiting

    def _read_active(self, names: set[Upn]) -> None:
        if names - self._interest:
            # A name that nobody mentioned before (the name of a deleted user who is chosen by id): pages that went by
            # may have held it.
            self._interest |= names
            self._pages, self._read_to_end = None, False
        if self._pages is None:
            self._unidentified.clear()
            self._pages = self.client.users(self._unidentified)
        missing = names - self._active.keys()
        while missing and not self._read_to_end:
            page = next(self._pages, None)
            if page is None:
                self._read_to_end = True
                break
            for user in page:
                if user.key in self._interest and user.state == "active":
                    self._active[user.key] = user
            missing -= self._active.keys()
        self._known |= self._interest if self._read_to_end else names - missing


def read_again(client: CustomerClient, row: UserDeclaration) -> User | None:
    """The active user who has the row's name at this moment, past all that was remembered."""
    fresh = CustomerReader(client, (row,))
    fresh.read([Need("active", row.own_key)])
    return fresh.snapshot().active.get(row.own_key)
