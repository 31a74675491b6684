# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The last Global Administrator of a customer keeps the role and the account.

Who that is can be told only from a catalogue of roles in which Global Administrator is found, and from the members of
that role. As long as one of them could not be read, or was not understood, nobody is deleted and nobody loses a role.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace
from functools import partial

from ..._common.identifiers import Guid
from ..model.facts import Facts
from ..model.roles import Role, administrator_roles
from .after import after_all
from .ended_parts import kept_ended
from .operations import Operation, RowPlan
from .policy import Policy
from .snapshot import Snapshot, Unreadable

NOT_UNDERSTOOD = "roles_not_understood"
UNREADABLE = "roles_unreadable"
LAST = "last_administrator"


def keep_an_administrator(rows: list[RowPlan], snapshot: Snapshot, policy: Policy) -> list[RowPlan]:
    """Refuse the rows that together would leave nobody who has been Global Administrator before.

    Somebody who is about to become one is not counted: that can fail, and the others happen beside it.

    :raises Unread: when a row deletes somebody or takes a role away, and the catalogue or the members are not known.
    """
    if not any(_is_guarded(operation) for row in rows for operation in row.operations):
        return rows
    about: t.Callable[[Operation], bool] = _is_guarded
    try:
        found = administrator_roles(snapshot.guarding_catalogue())
        if not found:
            why = not_understood(policy.facts, snapshot.customer_id)
            return [_refused(row, _is_guarded, f": {why}", {"reason": NOT_UNDERSTOOD}) for row in rows]
        # Whoever is restored holds none yet, and is looked at again before one is taken away.
        about = partial(_concerns_now, administrators=found)
        if not any(about(operation) for row in rows for operation in row.operations):
            return rows
        # Whoever is about to lose the role is known to hold it, also where the members lack them (yet).
        members = snapshot.guarding_members(found) | leaving_role(rows, found)
    except Unreadable as unreadable:
        details = {**unreadable.error.details, "reason": UNREADABLE}
        return [_refused(row, about, f": {unread(unreadable)}", details) for row in rows]
    if members - leaving(rows, found):
        return rows

    def takes_one_of_the_last(operation: Operation) -> bool:
        return about(operation) and operation.user_id in members

    return [_refused(row, takes_one_of_the_last, _LAST, {"reason": LAST}) for row in rows]


def leaving_role(rows: t.Iterable[RowPlan], administrators: t.Collection[Guid]) -> frozenset[Guid]:
    """Ids of users who are not deleted and lose one of these roles."""
    operations = (operation for row in rows for operation in row.operations if operation.action == "remove_role")
    return frozenset(
        operation.user_id for operation in operations if operation.user_id and _concerns_now(operation, administrators)
    )


def leaving(rows: t.Iterable[RowPlan], administrators: t.Collection[Guid]) -> frozenset[Guid]:
    """Ids of users who lose one of these roles or are deleted, also of those who are restored first."""
    return frozenset(
        operation.user_id
        for row in rows
        for operation in row.operations
        if operation.user_id
        and (_concerns(operation, administrators) or _takes_the_rest(operation, row, administrators))
    )


def not_understood(facts: Facts, customer_id: str) -> str:
    """Why a guard refuses that found no Global Administrator in the catalogue."""
    return (
        f"The directory roles that {facts.name} lists for customer {customer_id} do not include Global Administrator, "
        "so the administrators to keep are unknown. No user was deleted and no role removed. Run again later."
    )


def unread(unreadable: Unreadable) -> str:
    """Why a guard refuses that could not read the roles."""
    return (
        "The last Global Administrator is unknown, so no user was deleted and no such role removed. "
        f"{unreadable.error.message}"
    )


_LAST = (
    " is one of the last Global Administrators, and this declaration would leave the customer none. Assign the role "
    "to another user in an earlier run."
)


def _is_guarded(operation: Operation) -> bool:
    return operation.action in ("delete", "remove_role")


def _concerns(operation: Operation, administrators: t.Collection[str]) -> bool:
    """Whether it takes one of these roles away, by itself or with the user."""
    if operation.action == "delete":
        return True
    if operation.action != "remove_role" or not isinstance(operation.target, Role):
        return False
    return operation.target.id in administrators


def _takes_the_rest(operation: Operation, row: RowPlan, administrators: t.Collection[str]) -> bool:
    """Whether it takes away all roles that come back with a restore, these among them."""
    if operation.action != "remove_role" or not isinstance(operation.target, Role) or operation.target.id:
        return False
    kept = {each.target.id for each in row.operations if isinstance(each.target, Role) and each.action == "add_role"}
    return kept.isdisjoint(administrators)


def _concerns_now(operation: Operation, administrators: t.Collection[str]) -> bool:
    """The same of somebody who is there, and so may hold the role."""
    return not operation.conditional and _concerns(operation, administrators)


def _refused(row: RowPlan, about: t.Callable[[Operation], bool], why: str, details: t.Mapping[str, t.Any]) -> RowPlan:
    if not any(about(operation) for operation in row.operations):
        return row
    name = row.before.user_principal_name if row.before else row.row.name
    text = f"{name}{why}"
    # What else has ended goes all the same.
    kept = kept_ended(row.operations, about)
    return replace(
        row, after=row.before and after_all(row.before, kept), operations=kept, refusal=text, details=details
    )
