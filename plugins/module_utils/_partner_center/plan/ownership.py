# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""A row of a declaration of people writes its own users only: those that its record says were made or adopted here."""

from __future__ import annotations

import typing as t

from ..declare.user import UserDeclaration
from ..model.users import User
from .operations import Refused
from .snapshot import Snapshot

NOT_OURS = "not_made_by_this_declaration"
TOO_MANY_RENAMES = "renames_not_approved"
PERHAPS_OURS = "perhaps_made_by_this_declaration"


def check_own(row: UserDeclaration, found: User, snapshot: Snapshot) -> None:
    """Refuse a user whom this row must not write. :raises Refused, Unread:"""
    own = row.ownership
    if own is None or found.id in own.made:
        return
    if row.state == "absent" and (found.id in own.adopted or own.adopt):
        raise Refused(
            f"{found.user_principal_name} existed before {own.declaration} and was adopted (id {found.id}); not "
            "deleted. To delete it, declare it in users with state: absent.",
            [found],
            reason=NOT_OURS,
        )
    if found.id in own.adopted:
        return
    if found.state == "active" and own.begun:
        creators = snapshot.creators_of(found.id)
        if not creators.isdisjoint(own.begun):
            return
        if not creators and not own.adopt:
            raise Refused(
                f"{found.user_principal_name} exists (id {found.id}). An interrupted run of {own.declaration} may "
                "have created it; the audit records of Partner Center do not show it. Nothing was done. To manage "
                f"it, add {own.person} to adopt.",
                [found],
                reason=PERHAPS_OURS,
            )
    if own.adopt and found.state == "active":
        return
    raise Refused(
        f"{found.user_principal_name} exists (id {found.id}), but was not created by {own.declaration}, according to "
        f"its record. Nothing was done. To manage it, add {own.person} to adopt.",
        [found],
        reason=NOT_OURS,
    )


def check_rename_held(row: UserDeclaration, found: User) -> None:
    """Refuse a new name for a user while so many would get one that it may be a mistake. :raises Refused:"""
    if row.ownership and row.ownership.held:
        said = f"{found.user_principal_name} is not renamed to {row.user_principal_name}: {row.ownership.held}"
        raise Refused(said, [found], reason=TOO_MANY_RENAMES)


def renamed_own(row: UserDeclaration, snapshot: Snapshot) -> User | None:
    """The active user of this row who has another name by now, so that nobody else is made.

    :raises Refused: the record says that this one is gone: under the new name it may be somebody else's.
    :raises Unread:
    """
    own = row.ownership
    ids = sorted((*own.made, *own.adopted), key=lambda user_id: user_id in own.gone) if own else ()
    users = (snapshot.user(user_id) for user_id in ids)
    found = next((user for user in t.cast("t.Iterable[User | None]", users) if user), None)
    if found and own and found.id in own.gone:
        raise Refused(
            f"{row.name}: the user that {own.declaration} had for {own.person} was deleted, and is there again as "
            f"{found.user_principal_name} (id {found.id}). Nothing was done. Rename it back if it is meant.",
            [found],
            reason="id_contradicts_name",
        )
    return found
