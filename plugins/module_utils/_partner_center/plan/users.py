# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Declaration and snapshot in, plan out.

A pure function: no I/O, no clock, no randomness; the same input gives the same plan. It imports no client. What it
would need to know and the snapshot does not hold, it asks for by raising :class:`snapshot.Unread`.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..._common.identifiers import Guid, ascii_domain, without_prefix
from ..._common.text import are_or_is
from ..declare.user import UserDeclaration
from ..model.attributes import SYNCED_ATTRIBUTES, same_value
from ..model.users import User, iso, unidentified_users
from .absent import plan_absent
from .after import after_all, user_after
from .cloud_limits import NOT_OFFERED, not_offered, only_offered, purge_only_offered, ways_to_appear
from .collisions import mentioned, without_collisions
from .directory_gate import check_new_name, check_password
from .ended_parts import each_ended, with_ended
from .ends import only_ends, refuse_too_long, settled, with_open_ends
from .entitlements import entitle
from .guards import keep_an_administrator
from .memberships import cheapest
from .named import CONTRADICT
from .new_names import check_domain, check_rename, is_foreign
from .operations import ACTIONS, Operation, Plan, Refused, RowPlan
from .ownership import check_own, check_rename_held, renamed_own
from .policy import Policy
from .seats import fit_seats
from .snapshot import Need, Snapshot, Unread, Unreadable
from .unresolved_customers import keep_while_unresolved, purge_unless_unresolved
from .wording import synced, until

if t.TYPE_CHECKING:
    from ..declare.purge import PurgePolicy


def plan(
    declared: t.Iterable[UserDeclaration],
    snapshot: Snapshot,
    policy: Policy = Policy(),
    purge: PurgePolicy | None = None,
) -> Plan:
    """What has to be written so that the declaration holds.

    :param purge: which users that nobody declared may be deleted, if any.
    :raises Unread: with everything that the rows need and the snapshot does not know.
    """
    try:
        return _plan(declared, snapshot, policy, purge)
    except Unread as unread:
        # Who holds which role can be read in two ways. Which one is cheaper shows when everything else is known.
        open_questions = {need for need in unread.needs if need.kind == "membership"}
        raise Unread(unread.needs - open_questions or cheapest(open_questions, snapshot.catalogue)) from None


def _plan(declared: t.Iterable[UserDeclaration], snapshot: Snapshot, policy: Policy, purge: PurgePolicy | None) -> Plan:
    rows = []
    needs: set[Need] = set()
    newcomers = 0
    for row in declared:
        try:
            rows.append(with_open_ends(plan_user(row, snapshot, policy)))
        except Unread as unread:
            needs |= unread.needs
            newcomers += row.state == "present" and Need("deleted") in unread.needs
    if newcomers > 1 and not snapshot.domains_read:
        # Of several users who are not there, hardly all will turn out to be deleted ones: the domains are asked for in
        # the same round.
        needs.add(Need("domains"))
    if purge and not policy.ends.only and not purge.unplanned and snapshot.all_active is None:
        needs.add(Need("everybody"))
    if needs:
        raise Unread(needs)
    rows = keep_while_unresolved(without_collisions(rows), snapshot, policy.unresolved)
    rows = keep_an_administrator(rows, snapshot, policy)
    rows = fit_seats(rows, snapshot, policy)
    warnings = (unidentified_users(snapshot.customer_id, snapshot.unidentified),) if snapshot.unidentified else ()
    if not purge or policy.ends.only:  # nothing is done then but to take away what has ended
        return Plan(snapshot.customer_id, tuple(rows), warnings=warnings)
    from .purge import ended_all, plan_purge, unplanned  # a single user is never purged

    refused = sum(row.refusal is not None for row in rows)
    purged = unplanned(purge) or ended_all(rows) or plan_purge(purge, snapshot, policy, mentioned(rows), refused)
    purged = purge_unless_unresolved(purged, snapshot, policy.unresolved)
    return Plan(snapshot.customer_id, tuple(rows), purge_only_offered(policy.facts, purged), warnings)


def plan_user(row: UserDeclaration, snapshot: Snapshot, policy: Policy = Policy()) -> RowPlan:
    """The plan of one row. :raises Unread:"""
    declared = row
    try:
        row = settled(row, snapshot, policy.ends)
        if policy.ends.only:
            if not row.ended:
                return RowPlan(row, skipped=_AGAINST, details=_NOT_BEGUN) if policy.ends.against else RowPlan(row)
            row = only_ends(row, snapshot, policy.ends)
        else:
            refuse_too_long(row, snapshot, policy.ends.policy)
        made = plan_absent(row, snapshot, policy) if row.state == "absent" else _wanted(row, snapshot, policy)
        made = only_offered(policy.facts, made, snapshot.customer_id)
        if not made.refusal and row.state != "absent":
            # Not before: what cannot be done anyway costs no reads of licences and roles.
            made = only_offered(policy.facts, entitle(made, snapshot, policy), snapshot.customer_id)
        if policy.ends.only:
            made = _under_the_names_of(declared, made)
    except Unreadable as unreadable:
        return RowPlan(
            row,
            refusal=f"{row.name}: {unreadable.error.message}",
            details={"reason": "user_unreadable", **unreadable.error.details},
        )
    except Refused as refused:
        if policy.ends.only and row.ended and refused.details["reason"] in _NOBODY:
            # Who is not there has nothing that could be taken away; who was deleted may come back with it.
            gone = refused.candidates[0] if refused.candidates else None
            return _under_the_names_of(declared, RowPlan(row, before=gone, after=gone))
        # A refusal that is about one existing user shows that user.
        one = (
            refused.candidates[0] if len(refused.candidates) == 1 and refused.candidates[0].state == "active" else None
        )
        made = RowPlan(
            row, before=one, after=one, refusal=str(refused), candidates=refused.candidates, details=refused.details
        )
        return _under_the_names_of(declared, _with_ended(made, snapshot, policy))
    return made


def _under_the_names_of(declared: UserDeclaration, made: RowPlan) -> RowPlan:
    """A plan whose row is called as it was declared."""
    row = replace(
        made.row,
        user_principal_name=declared.user_principal_name,
        previous_user_principal_name=declared.previous_user_principal_name,
    )
    return replace(made, row=row)


_AGAINST = "The declaration violates the policy for how long access may last. This row was not started."
_NOT_BEGUN = {"reason": "not_attempted"}
_NOBODY = ("no_such_user", "attributes_missing", "deleted_namesake")
"""Why a user cannot be there as declared, who is not there now."""


def _with_ended(refused: RowPlan, snapshot: Snapshot, policy: Policy) -> RowPlan:
    """A refused row with what has ended of it, which is taken away all the same. :raises Unread:"""
    row = refused.row
    contradicted = refused.details.get("reason") == CONTRADICT
    if not row.ended or row.state == "absent" or contradicted:
        return refused
    alone = only_ends(row, snapshot, policy.ends)
    made = _taken_away(alone, snapshot, policy)
    if made is None:
        able = [part for part in each_ended(alone) if _taken_away(part, snapshot, policy)]
        roles, licenses = ([name for part in able for name in names(part)] for names in _ENDED)
        made = _taken_away(with_ended(alone, tuple(roles), tuple(licenses)), snapshot, policy) if able else None
    if made is None:
        return refused
    return replace(refused, before=made.before, after=made.after, operations=made.operations)


_ENDED: tuple[t.Callable[[UserDeclaration], tuple[str, ...]], ...] = (
    lambda row: row.ended_roles,
    lambda row: row.ended_licenses,
)


def _taken_away(alone: UserDeclaration, snapshot: Snapshot, policy: Policy) -> RowPlan | None:
    """The plan of a row of which only what has ended is left, None if it is refused. :raises Unread:"""
    try:
        made = only_offered(
            policy.facts, entitle(_wanted(alone, snapshot, policy), snapshot, policy), snapshot.customer_id
        )
    except (Refused, Unreadable):
        return None
    return made if made.before and not made.refusal else None


def _wanted(row: UserDeclaration, snapshot: Snapshot, policy: Policy) -> RowPlan:
    if row.user_id:
        return _wanted_by_id(row, snapshot, policy)
    key = row.own_key
    if row.previous_key:
        holder, previous = snapshot.holders(key, row.previous_key)
        if holder and previous:
            raise Refused(
                f"{row.previous_user_principal_name} cannot be renamed to {row.user_principal_name}: both names "
                f"exist, for different users ({previous.id} and {holder.id}).",
                [previous, holder],
                reason="name_taken",
            )
        if holder or previous:
            return _converge(row, snapshot, t.cast(User, holder or previous))
        _check_cloud(row, snapshot, policy)
        return _from_deleted(row, snapshot, snapshot.deleted_named(key, row.previous_key))
    (holder,) = snapshot.holders(key)
    holder = holder or renamed_own(row, snapshot)
    if holder is None:
        _check_cloud(row, snapshot, policy)
        return _from_deleted(row, snapshot, snapshot.deleted_named(key))
    shared = snapshot.deleted_named(key) if row.state == "restored" else ()
    warnings = tuple(
        f"{row.name} is active, so nothing is restored; a deleted user has the same name (id {user.id}, "
        f"{until(user, snapshot)})."
        for user in shared
    )
    return _converge(row, snapshot, holder, warnings=warnings)


def _wanted_by_id(row: UserDeclaration, snapshot: Snapshot, policy: Policy) -> RowPlan:
    user_id = row.user_id or Guid("")
    found = snapshot.user(user_id)
    if found:
        return _converge(row, snapshot, found)
    if not row.comes_anew:
        _check_cloud(row, snapshot, policy)
    gone = snapshot.deleted_with_id(user_id)
    if gone is None:
        raise Refused(
            f"No active or soft-deleted user has the id {user_id}. Omit user_id to create a new user."
            if row.state == "present"
            else f"User {user_id} cannot be restored: no active or soft-deleted user has this id. Microsoft "
            "permanently deletes users after 30 days.",
            reason="no_such_user",
        )
    if row.comes_anew:
        # The id cannot be had again; a user who has the name by now is the one that an earlier run created.
        (holder,) = snapshot.holders(row.own_key)
        return _converge(row, snapshot, holder) if holder else _create(row, snapshot, [gone])
    return _from_deleted(row, snapshot, (gone,))


def _check_cloud(row: UserDeclaration, snapshot: Snapshot, policy: Policy) -> None:
    """Refuse a user who is not active where no operation of this cloud could change that; nothing further has to be
    read then."""
    ways = ways_to_appear(row)
    if policy.facts.unsupported.issuperset(ways):
        raise Refused(not_offered(row, policy.facts, " or ".join(ways), snapshot.customer_id), reason=NOT_OFFERED)


def _from_deleted(row: UserDeclaration, snapshot: Snapshot, candidates: tuple[User, ...]) -> RowPlan:
    """Nothing active was found; ``candidates`` are the deleted users that may be meant."""
    if row.state == "restored":
        if not candidates:
            raise Refused(
                f"{row.name} cannot be restored: no active or soft-deleted user has this UPN. Microsoft permanently "
                "deletes users after 30 days; state: present creates a new one.",
                reason="no_such_user",
            )
        return _restore(row, snapshot, _only(row, snapshot, candidates))
    if not candidates:
        return _create(row, snapshot, [])
    if row.on_deleted == "create":
        return _create(row, snapshot, candidates)
    if row.on_deleted == "restore":
        return _restore(row, snapshot, _only(row, snapshot, candidates))
    listed = "; ".join(f"id {user.id}, {until(user, snapshot)}" for user in candidates)
    choose = "on_deleted: restore" if len(candidates) == 1 else "on_deleted: restore and user_id"
    names = sorted({user.key for user in candidates})
    which = "this UPN" if names == [row.own_key] else f"the UPN {' or '.join(names)}"
    raise Refused(
        f"{row.name}: there {are_or_is(len(candidates), 'deleted user')} with {which}: {listed}. Set {choose} "
        "to restore mailbox and data, or on_deleted: create to make a new user and give up the restore.",
        candidates,
        reason="deleted_namesake",
    )


def _only(row: UserDeclaration, snapshot: Snapshot, candidates: tuple[User, ...]) -> User:
    if len(candidates) == 1:
        return candidates[0]
    listed = "; ".join(f"{user.id} ({user.user_principal_name}, {until(user, snapshot)})" for user in candidates)
    raise Refused(
        f"{row.name}: {len(candidates)} deleted users match. Specify one with user_id: {listed}.",
        candidates,
        reason="several_deleted_users",
    )


def _create(row: UserDeclaration, snapshot: Snapshot, shadowed: t.Iterable[User]) -> RowPlan:
    upn = row.user_principal_name
    missing = []
    if not upn:
        missing.append("user_principal_name")
    if "display_name" not in row.attributes:
        missing.append("display_name")
    if not row.has_password:
        missing.append("password (or credentials_file for a generated one)")
    if missing or not upn:
        raise Refused(
            f"{row.name} does not exist and cannot be created without {' and '.join(missing)}.",
            reason="attributes_missing",
        )
    check_new_name(ascii_domain(upn))
    check_domain(upn, snapshot)
    upn = ascii_domain(upn)
    check_password(row, upn)
    fields: dict[str, tuple[t.Any, t.Any]] = {"user_principal_name": (None, upn)}
    fields.update({name: (None, value) for name, value in row.attributes.items() if value})  # an empty one clears
    fields["password"] = (None, True)
    if row.force_change_password is not None:
        fields["force_change_password"] = (None, row.force_change_password)
    shadowed = tuple(shadowed)
    operation = Operation(
        "create", upn, None, fields, "no active user has this name" + (", on_deleted is create" if shadowed else "")
    )
    warnings = tuple(
        f"Created {upn} although a soft-deleted user has this UPN (id {user.id}, {until(user, snapshot)}); that user "
        "can no longer be restored under it."
        for user in shadowed
    )
    return RowPlan(row, after=user_after(None, operation), operations=(operation,), warnings=warnings)


def _restore(row: UserDeclaration, snapshot: Snapshot, gone: User) -> RowPlan:
    check_own(row, gone, snapshot)
    extra: tuple[str, ...] = ()
    renamed = row.key is not None and row.key != gone.key
    holder, *others = snapshot.holders(gone.key, *([row.own_key] if renamed else []))
    if others and others[0]:
        raise Refused(
            f"{gone.user_principal_name} cannot come back as {row.user_principal_name}: an active user has that name "
            f"(id {others[0].id}).",
            [gone, others[0]],
            reason="name_taken",
        )
    if holder and not renamed:
        raise Refused(
            f"User {gone.id} cannot be restored: the name {gone.user_principal_name} is taken by an active user (id "
            f"{holder.id}). To restore it under another name, set user_id and a free user_principal_name.",
            [gone, holder],
            reason="name_taken",
        )
    fields: dict[str, tuple[t.Any, t.Any]] = {"state": ("deleted", "active")}
    name = without_prefix(gone.user_principal_name, gone.id)
    if renamed and (holder or is_foreign(gone.key, snapshot)):
        # Alone, the restore would be refused for the name; with the new name in the same request it is not.
        name = ascii_domain(str(row.user_principal_name))
        fields["user_principal_name"] = (gone.user_principal_name, name)
        if gone.directory_synced and not row.allow_synced:
            raise Refused(synced(gone, "changed (user_principal_name)"), [gone], reason="directory_synced")
        extra = check_rename(row, snapshot, gone)
    reason = "declared restored" if row.state == "restored" else "on_deleted is restore"
    # The date and not the days left: the plan of the same state is the same text tomorrow.
    when = f", deleted {iso(gone.soft_deletion_time)}" if gone.soft_deletion_time else ""
    operation = Operation("restore", name, gone.id, fields, reason + when)
    then = _converge(row, snapshot, user_after(gone, operation))
    return RowPlan(
        row, before=gone, after=then.after, operations=(operation, *then.operations), warnings=extra + then.warnings
    )


def _converge(row: UserDeclaration, snapshot: Snapshot, found: User, warnings: tuple[str, ...] = ()) -> RowPlan:
    """Bring an active user to the declared attributes."""
    check_own(row, found, snapshot)
    operations = []
    changes = {
        name: value for name, value in row.attributes.items() if not same_value(name, getattr(found, name), value)
    }
    renamed = row.key is not None and row.key != found.key
    protected = sorted(SYNCED_ATTRIBUTES & ({*changes} | ({"user_principal_name"} if renamed else set())))
    if protected and found.directory_synced and not row.allow_synced:
        raise Refused(synced(found, f"changed ({', '.join(protected)})"), [found], reason="directory_synced")
    name = found.user_principal_name
    if renamed:
        check_rename_held(row, found)
        warnings += check_rename(row, snapshot, found)
        name = ascii_domain(str(row.user_principal_name))
        fields: dict[str, tuple[t.Any, t.Any]] = {"user_principal_name": (found.user_principal_name, name)}
        operations.append(
            Operation("rename", found.user_principal_name, found.id, fields, "declared under another name")
        )
    if changes:
        fields = {name: (getattr(found, name), value) for name, value in changes.items()}
        operations.append(Operation("update", name, found.id, fields, "differs from the declaration"))
    if row.update_password == "always" and row.has_password:
        check_password(row, name)
        fields = {"password": (True, True)}
        if row.force_change_password is not None:
            fields["force_change_password"] = (None, row.force_change_password)
        operations.append(Operation("reset_password", name, found.id, fields, "update_password is always"))
    operations.sort(key=lambda operation: ACTIONS.index(operation.action))
    after = after_all(found, operations)
    return RowPlan(row, before=found, after=after, operations=tuple(operations), warnings=warnings)
