# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Which users that nobody declared may be deleted, and when none may.

A pure function with guards: off unless asked for, a scope that must be given, two caps above which nobody is deleted,
protected names, and never a user who is synchronised, a guest, the identity that is doing this, or the holder of a
privileged role.
"""

from __future__ import annotations

import typing as t
from fnmatch import fnmatchcase

from ..._common.text import counted
from ..declare.purge import GUEST_MARK, PurgePolicy
from ..model.roles import GLOBAL_ADMINISTRATOR, PRIVILEGED, Role, administrator_roles, role_key
from ..model.users import User
from .acting import UNKNOWN, UNKNOWN_REASON, is_acting, is_unknown
from .guards import NOT_UNDERSTOOD, not_understood
from .operations import Operation, PurgePlan, RowPlan
from .policy import Policy
from .snapshot import Need, Snapshot, Unread

ROWS_REFUSED = "rows_refused"
_PRIVILEGED_NAMES = frozenset(role_key(name) for name in PRIVILEGED.values())


def unplanned(purge: PurgePolicy) -> PurgePlan | None:
    """The refusal of a purge at a customer for which rows are declared that are not in its plan; None if all are."""
    return PurgePlan(refusal=_rows_refused(purge.unplanned), reason=ROWS_REFUSED) if purge.unplanned else None


def ended_all(rows: t.Iterable[RowPlan]) -> PurgePlan | None:
    """The refusal of a purge at a customer of whose declared users nobody is left, because the last ones have ended;
    None if somebody is."""
    # People are declared beside the users of a customer, and say nothing about whom these are.
    rows = [row for row in rows if row.row.ownership is None]
    if not any(row.row.ended for row in rows) or not all(row.row.state == "absent" for row in rows):
        return None
    return PurgePlan(
        refusal="No user was purged: all declared users have ended. A purge needs at least one user declared present "
        "or restored.",
        reason="purge_of_everybody",
    )


def plan_purge(
    purge: PurgePolicy, snapshot: Snapshot, policy: Policy, declared: t.Collection[str], failed_rows: int
) -> PurgePlan:
    """Whom to delete.

    :param snapshot: must know every active user in scope (:meth:`Snapshot.everybody`).
    :param declared: lower-case ids and normal-form names of all users that a row declares or has found, whatever its
        state.
    :param failed_rows: rows that could not be planned; a purge is based on a declaration that is right.
    """
    everybody = [user for user in snapshot.everybody() if purge.in_scope(user)]
    if is_unknown(policy.acting):
        return PurgePlan(refusal=f"No user was purged: {UNKNOWN}", reason=UNKNOWN_REASON)
    to_delete, spared = [], []
    for user in sorted(everybody, key=lambda item: (item.key, item.id)):
        if user.id in declared or user.key in declared:
            continue
        reason = _protection(user, purge, policy)
        if reason:
            spared.append((user, reason))
        else:
            to_delete.append(user)
    # Roles cost requests, and are not asked for when nobody is going to be purged anyway.
    privileged: dict[str, str] = {}
    if to_delete and not (failed_rows or snapshot.unidentified):
        if not administrator_roles(snapshot.directory_roles()):
            why = f"No user was purged. {not_understood(policy.facts, snapshot.customer_id)}"
            return PurgePlan(refusal=why, spared=tuple(spared), reason=NOT_UNDERSTOOD)
        privileged = _privileged(to_delete, snapshot)
    spared += [(user, privileged[user.key]) for user in to_delete if user.key in privileged]
    spared.sort(key=lambda item: (item[0].key, item[0].id))
    to_delete = [user for user in to_delete if user.key not in privileged]
    refusal, reason = _refusal(purge, len(to_delete), len(everybody), failed_rows, len(snapshot.unidentified))
    if refusal:
        return PurgePlan(refusal=refusal, spared=tuple(spared), reason=reason)
    operations = tuple(
        Operation("delete", user.user_principal_name, user.id, {"state": ("active", "deleted")}, "purge: not declared")
        for user in to_delete
    )
    return PurgePlan(operations, tuple(to_delete), spared=tuple(spared))


def _protection(user: User, purge: PurgePolicy, policy: Policy) -> str | None:
    if user.directory_synced:
        return "synced from Active Directory"
    if GUEST_MARK in user.key:
        return "a guest"
    if is_acting(user, policy.acting):
        return "the signed-in account"
    if any(fnmatchcase(user.key, glob) for glob in purge.protected):
        return "protected by purge_protected"
    if user.id in purge.people or user.key in purge.people:
        return "in the record of a declaration of people"
    return None


_ENOUGH = 5000
"""Of so many open questions the cheapest way is to read the members of each role, which answers all others, too."""


def _privileged(to_delete: t.Sequence[User], snapshot: Snapshot) -> dict[str, str]:
    """The users of these who hold a privileged role, by the normal form of their name, with the reason why they are
    kept.

    :raises Unread: with the questions that are open, or enough of them.
    """
    catalogue = [role for role in snapshot.directory_roles() if _is_privileged(role)]
    needs: set[Need] = set()
    found: dict[str, str] = {}
    for user in to_delete:
        if len(needs) > _ENOUGH:
            break
        for role in sorted(catalogue, key=lambda role: (role.id != GLOBAL_ADMINISTRATOR, role)):
            try:
                if snapshot.has_role(user.id, role.id):
                    found.setdefault(user.key, f"holds the privileged role {role.name}")
            except Unread as unread:
                needs |= unread.needs
        # Whose roles were read one by one may hold one that the catalogue does not list.
        for role in snapshot.user_roles.get(user.id, ()):
            if _is_privileged(role):
                found.setdefault(user.key, f"holds the privileged role {role.name}")
    if needs:
        raise Unread(needs)
    return found


def _is_privileged(role: Role) -> bool:
    return role.id in PRIVILEGED or role_key(role.name) in _PRIVILEGED_NAMES


def _rows_refused(rows: int) -> str:
    return (
        f"No user was purged: {counted(rows, 'declared row')} cannot be carried out. A purge needs a "
        "declaration without problems."
    )


def _refusal(
    purge: PurgePolicy, to_delete: int, in_scope: int, failed_rows: int, unidentified: int
) -> tuple[str | None, str]:
    if not to_delete:
        return None, ""
    if failed_rows:
        return _rows_refused(failed_rows), ROWS_REFUSED
    if unidentified:
        return (
            f"No user was purged: {counted(unidentified, 'user')} in the listing "
            f"{('has' if unidentified == 1 else 'have')} no valid id or name. A purge needs a complete listing.",
            "listing_not_understood",
        )
    if to_delete > purge.max_delete:
        return (
            f"No user was purged: {counted(to_delete, 'user')} would be deleted, max_delete allows {purge.max_delete}.",
            "max_delete",
        )
    share = 100 * to_delete / in_scope
    if share > purge.max_delete_percentage:
        return (
            f"No user was purged: {to_delete} of {counted(in_scope, 'user')} in scope ({share:.0f} %) would be "
            f"deleted, max_delete_percentage allows {purge.max_delete_percentage:g}.",
            "max_delete_percentage",
        )
    return None, ""
