# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The plan of a user who is declared absent."""

from __future__ import annotations

from ..declare.user import UserDeclaration
from .acting import OWN_REASON, UNKNOWN, UNKNOWN_REASON, is_acting, is_unknown
from .after import user_after
from .ends import since
from .new_names import check_domain
from .operations import Operation, Refused, RowPlan
from .ownership import check_own
from .policy import Policy
from .snapshot import Snapshot
from .wording import synced


def plan_absent(row: UserDeclaration, snapshot: Snapshot, policy: Policy) -> RowPlan:
    """The plan of a row that is declared absent. :raises Refused, Unread:"""
    if row.user_id:
        found = snapshot.user(row.user_id)
        if found and row.key and found.key != row.key:
            raise Refused(
                f"User {row.user_id} is named {found.user_principal_name}, not {row.user_principal_name}; not "
                "deleted. Correct user_id or user_principal_name.",
                [found],
                reason="id_contradicts_name",
            )
        gone = () if found else tuple(filter(None, [snapshot.deleted_with_id(row.user_id)]))
    else:
        (found,) = snapshot.holders(row.own_key)
        gone = () if found else snapshot.deleted_named(row.own_key)
    if not found:
        if row.key and not row.user_id:
            # "Absent" is said only where it is known: not of a name that nobody here can have, because then somebody
            # else is meant, and not of one that may be that of a user in the listing who could not be identified.
            # That somebody of that name was deleted once says nothing about such a user.
            if not gone:
                check_domain(str(row.user_principal_name), snapshot)
            if snapshot.unidentified:
                raise Refused(
                    f"{row.name} was not found, and may be one of the listed users without a valid id or name.",
                    reason="listing_not_understood",
                )
        return RowPlan(row, before=gone[0] if gone else None, after=gone[0] if gone else None)
    check_own(row, found, snapshot)
    if is_unknown(policy.acting):
        raise Refused(f"{found.user_principal_name} is not deleted: {UNKNOWN}", [found], reason=UNKNOWN_REASON)
    if is_acting(found, policy.acting):
        raise Refused(
            f"{found.user_principal_name} is the signed-in account and was not deleted. Delete it with another "
            "account.",
            [found],
            reason=OWN_REASON,
        )
    if found.directory_synced and not row.allow_synced:
        raise Refused(synced(found, "deleted"), [found], reason="directory_synced")
    operation = Operation(
        "delete",
        found.user_principal_name,
        found.id,
        {"state": ("active", "deleted")},
        f"ended {since(row)}" if row.ended else "declared absent",
        ended=("user:",) if row.ended else (),
    )
    return RowPlan(row, before=found, after=user_after(found, operation), operations=(operation,))
