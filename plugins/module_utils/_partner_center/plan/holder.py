# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Who has what a row declares, while it may end: the user by id, by one of the names, or as the record knows. Pure."""

from __future__ import annotations

import typing as t

from ..._common.identifiers import Guid
from ..declare.user import UserDeclaration
from ..model.users import User
from .ownership import renamed_own
from .snapshot import Snapshot

if t.TYPE_CHECKING:
    from .ends import Ends


def holder_of(row: UserDeclaration, snapshot: Snapshot, ends: Ends) -> User | None:
    """The active user whom the row is about. The plan reads the same. :raises Refused, Unread, Unreadable:"""
    if row.user_id:
        same = snapshot.user(row.user_id)
        return _made_anew(row, snapshot, ends) if same is None and row.comes_anew else same
    found = snapshot.holders(row.own_key, *([row.previous_key] if row.previous_key else []))
    return next(filter(None, found), None) or renamed_own(row, snapshot)


def _made_anew(row: UserDeclaration, snapshot: Snapshot, ends: Ends) -> User | None:
    """Who was made in the place of the declared id, by the plan or by the record. Once the id is gone for good, anybody
    may have the name."""
    (holder,) = snapshot.holders(row.own_key)
    if holder and holder.id not in ends.ids_under_the_name(snapshot.customer_id, row):
        return holder if snapshot.deleted_with_id(t.cast(Guid, row.user_id)) else None
    return holder
