# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""To whom something was granted that has ended, and who was deleted: a restore may bring it back. Pure.

The record has the id. Under another name than the declared one such a user is not found by name, and is not gone.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..declare.ends import End
from ..declare.user import UserDeclaration
from ..model.users import User
from .operations import Refused, RowPlan
from .snapshot import Snapshot
from .wording import until

if t.TYPE_CHECKING:
    from .ends import Ends


def if_restored(end: End, row: UserDeclaration, snapshot: Snapshot, ends: Ends) -> End:
    """An end of a row whose user is not there: whoever had it may come back with it. :raises Unread:"""
    return replace(end, may_come_back=end.ended and bool(_deleted_holders(row, [end], snapshot, ends)))


def refuse_deleted_holder(row: UserDeclaration, snapshot: Snapshot, ends: Ends) -> None:
    """Where the user was renamed and then deleted, nobody is made in that one's place unasked.

    :param row: with what it means now. :raises Refused, Unread:
    """
    over = [end for end in row.ends if end.may_come_back]
    if ends.only or row.on_deleted == "create" or not over:
        return
    for gone in _deleted_holders(row, over, snapshot, ends):
        if not _is_named(row, gone):
            raise Refused(
                f"{row.name} is no longer the name of a user, and the record is about {gone.user_principal_name} (id "
                f"{gone.id}, {until(gone, snapshot)}). After a restore, that user may have what has ended. Nothing was "
                "changed. Declare the user with user_id, set on_deleted: create, or specify another granted_for.",
                [gone],
                reason="id_contradicts_name",
            )


def told(made: RowPlan) -> RowPlan:
    """The plan of a row with such ends says that they stay open."""
    return replace(made, note=f"{made.note} {_STAYS_OPEN}".strip())


_STAYS_OPEN = (
    "The user in access_file was deleted. What has ended stays open there until the user can no longer be restored."
)


def _deleted_holders(row: UserDeclaration, over: t.Iterable[End], snapshot: Snapshot, ends: Ends) -> list[User]:
    """Deleted users to whom the record says that these were granted, and does not say that they ended. Who was deleted
    under the declared name has ended as a user. :raises Unread:"""
    found = {}
    for end in over:
        for user_id in sorted(ends.open_ids(snapshot.customer_id, row, end)):
            gone = snapshot.deleted_with_id(user_id)
            if gone and (end.what != "user" or not _is_named(row, gone)):
                found[user_id] = gone
    return list(found.values())


def _is_named(row: UserDeclaration, user: User) -> bool:
    return user.key in (row.own_key, row.previous_key)
