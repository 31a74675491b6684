# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Licences and directory roles of one user: declared and held in, operations out. A pure function of a row and a
snapshot."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..._common.identifiers import Guid
from ..declare.user import UserDeclaration
from ..model.licenses import GROUPS, License, LicenseChange, ServicePlan, Sku, brief, excluded
from ..model.roles import Role
from ..model.users import User
from .acting import OWN_REASON, UNKNOWN, UNKNOWN_REASON, is_acting, is_unknown
from .after import after_all
from .ends import since
from .named import ended_skus, named_roles, removed_skus, wanted_skus
from .operations import ACTIONS, Operation, Refused, RowPlan
from .policy import Policy
from .snapshot import Need, Snapshot, Unread

_AFTER_RESTORE = "read after the restore, which may bring it back by itself"
# What a restore brings back is known only after it. Until then these stand for all that is not declared, in a plan that
# takes it away.
_ALL_LICENSES = LicenseChange(GROUPS[0])
_ALL_ROLES = Role("", Guid(""))


def entitle(made: RowPlan, snapshot: Snapshot, policy: Policy) -> RowPlan:
    """A row's plan with what its licences and roles need.

    :param made: the plan of the user itself.
    :raises Unread: with everything that is needed for both.
    :raises Refused:
    """
    row, user = made.row, made.after
    if user is None or not (row.manages_licenses or row.manages_roles):
        return made
    plain = tuple(operation for operation in made.operations if not operation.entitles)
    needs: set[Need] = set()
    added: list[Operation] = []
    before, after = made.before, user
    restored = any(operation.action == "restore" for operation in plain)
    if row.manages_licenses:
        try:
            held = _held(user, snapshot, restored, policy)
        except Unread as unread:
            # Both reads are needed, and can be made at once.
            named = row.licenses or row.removed_licenses or row.ended_licenses
            needs |= unread.needs | ({Need("skus")} if named and snapshot.skus is None else set())
        else:
            operations = license_operations(row, snapshot, user, held, made.unseated)
            added += operations
            unknown = held is None and (made.unseated or not row.purge_licenses)
            after = after.with_values({"licenses": None if unknown else held_licenses(held or (), snapshot)})
            if before and held is not None:
                before = before.with_values({"licenses": held_licenses(held, snapshot)})
    if row.manages_roles:
        try:
            operations, current = role_operations(row, snapshot, user, restored, policy)
        except Unread as unread:
            needs |= unread.needs
        else:
            added += operations
            after = after.with_values({"roles": current})
            if before and current is not None and not restored:
                before = before.with_values({"roles": current})
    if needs:
        raise Unread(needs)
    operations = sorted((*plain, *added), key=_order)
    return replace(made, before=before, after=after_all(after, sorted(added, key=_order)), operations=tuple(operations))


def _order(operation: Operation) -> tuple[bool, int]:
    # What has ended comes first of all; what a restore may bring back can only be taken away after it.
    return not operation.ended or operation.conditional, ACTIONS.index(operation.action)


def _if_it_comes_back(names: t.Iterable[str] = ()) -> str:
    """Why something is taken away of which nobody knows whether it is there; without names: what is not declared."""
    return f"removed after the restore, if the user has it then: {', '.join(names) or 'what is not declared'}"


# Licences


def _held(user: User, snapshot: Snapshot, restored: bool, policy: Policy) -> tuple[License, ...] | None:
    """The licences of a user by then; None if they can be read only after a restore. :raises Unread:"""
    if restored:
        return None if policy.facts.restores_licenses else ()
    return snapshot.licenses_of(user.id) if user.id else ()


def license_operations(
    row: UserDeclaration,
    snapshot: Snapshot,
    user: User,
    held: tuple[License, ...] | None,
    without: t.Collection[str] = frozenset(),
) -> list[Operation]:
    """What licences need, one operation for each licence group.

    :param user: the user as it is by then.
    :param held: the user's licences; None if they can be read only after a restore.
    :param without: ids of SKUs that are declared and are not assigned, for lack of seats.
    """
    wanted = wanted_skus(row, snapshot)
    over = ended_skus(row, wanted, snapshot)
    unwanted = removed_skus(row, wanted, snapshot)
    conditional = held is None
    # Who gets no seat for a new licence keeps what there is: the old one may be the one in whose place it comes.
    if any(sku_id in without for sku_id in wanted):
        purging, unwanted = False, frozenset()
    else:
        purging = row.purge_licenses
    has = {license.sku_id: license for license in held or ()}
    if conditional:
        # What has to go is planned as if it came back. Nothing else is shown of what the user has by then.
        has = {sku_id: _bare(sku_id, snapshot) for sku_id in (*over, *unwanted)}
    changes = []
    for group in GROUPS:
        assign, new = [], []
        for sku, plans in wanted.values():
            if sku.group != group or (sku.id not in has and sku.id in without):
                continue
            if sku.id not in has:
                new.append(sku.id)
                assign.append((sku.id, plans or ()))
            elif plans is not None and not _are_excluded(plans, excluded(has[sku.id], sku)):
                assign.append((sku.id, plans))
        remove = [
            license.sku_id
            for license in has.values()
            if license.group == group
            and license.sku_id not in wanted
            and license.sku_id not in over
            and (purging or license.sku_id in unwanted)
        ]
        if assign or remove:
            changes.append(LicenseChange(group, tuple(assign), tuple(sorted(remove)), tuple(new)))
    if conditional and purging:
        changes.append(_ALL_LICENSES)
    if any(change.assign for change in changes) and not user.usage_location:
        raise Refused(
            f"{row.name} has no usage location, which licenses require. Set usage_location, the country where the "
            "user works.",
            reason="no_usage_location",
        )
    # Requests that assign come first: that is the order in which the operations of a user are carried out.
    changes.sort(key=lambda change: not change.assign)
    ended = [
        LicenseChange(
            group, (), tuple(sorted(sku_id for sku_id in over if sku_id in has and has[sku_id].group == group))
        )
        for group in GROUPS
    ]
    ended = [change for change in ended if change.remove]
    has = {} if conditional else has
    operations = []
    for change in (*ended, *changes):
        marks = tuple(mark for sku_id in change.remove for mark in over.get(sku_id, ()))
        before = held_licenses(has.values(), snapshot)
        has = _changed(has, change, snapshot)
        after = held_licenses(has.values(), snapshot)
        assigns = bool(change.assign)
        fields = {"licenses": (None if conditional else list(before), list(after))}
        if conditional and change.remove and not assigns:
            fields = {}  # what is there without it is not known
        operations.append(
            Operation(
                "assign_licenses" if assigns else "remove_licenses",
                user.user_principal_name,
                user.id or None,
                fields,
                _AFTER_RESTORE
                if conditional and assigns
                else _if_it_comes_back(_bare(sku_id, snapshot).part_number for sku_id in change.remove)
                if conditional
                else f"ended {since(row)}"
                if marks
                else "licenses differ from the declaration"
                if assigns
                else "purge_licenses: not declared"
                if purging
                else "declared in remove",
                change,
                conditional,
                marks,
            )
        )
    return operations


def _bare(sku_id: str, snapshot: Snapshot) -> License:
    """A license of which no more is known than its product."""
    sku = t.cast(Sku, snapshot.sku(sku_id))
    return License(sku.id, sku.part_number, sku.name, sku.group)


def _are_excluded(plans: t.Collection[str], off: t.Collection[ServicePlan] | None) -> bool:
    """Whether these are the plans that are off. What is not known is not so, and is sent."""
    return off is not None and set(plans) == {plan.id for plan in off}


def _changed(has: t.Mapping[str, License], change: LicenseChange, snapshot: Snapshot) -> dict[str, License]:
    """The licences after a request."""
    after = {sku_id: license for sku_id, license in has.items() if sku_id not in change.remove}
    for sku_id, plans in change.assign:
        sku = snapshot.sku(sku_id)
        if sku:
            enabled = frozenset(plan.id for plan in sku.plans) - frozenset(plans)
            after[sku_id] = License(sku_id, sku.part_number, sku.name, sku.group, enabled)
    return after


def held_licenses(held: t.Iterable[License], snapshot: Snapshot) -> tuple[t.Any, ...]:
    """Licences in the form in which they are declared, sorted by part number."""
    return tuple(
        brief(license, snapshot.sku(license.sku_id))
        for license in sorted(held, key=lambda license: (license.part_number.lower(), license.sku_id))
    )


# Roles


def role_operations(
    row: UserDeclaration, snapshot: Snapshot, user: User, restored: bool, policy: Policy
) -> tuple[list[Operation], tuple[str, ...] | None]:
    """What roles need, one operation for each role, additions first; and the names of all roles that the user has, None
    if only some were asked for.

    :param restored: the user is being restored, so that its roles cannot be read yet; what has to go is planned as if
        it came back.
    """
    named = named_roles(row, snapshot)
    needs: set[Need] = set()
    current: tuple[Role, ...] | None = ()
    if not user.id or restored:
        held: tuple[Role, ...] = ()
    elif row.purge_roles:
        held = current = snapshot.roles_of(user.id)
    else:
        found = []
        for role in named.all:
            try:
                found += [role] if snapshot.has_role(user.id, role.id) else []
            except Unread as unread:
                needs |= unread.needs
        held, current = tuple(found), snapshot.user_roles.get(user.id)
    if needs:
        raise Unread(needs)
    ids = {role.id for role in held}
    add = [role for role in named.wanted if role.id not in ids]
    wanted_ids = {role.id for role in named.wanted}
    remove = [
        role
        for role in sorted(held)
        if role.id in named.ended or role.id in named.removed or (row.purge_roles and role.id not in wanted_ids)
    ]
    if restored:
        remove = [*named.ended.values(), *(role for role in named.removed.values() if role.id not in named.ended)]
    if is_unknown(policy.acting) and (remove or (restored and row.purge_roles)):
        raise Refused(f"{row.name}: no role was removed: {UNKNOWN}", [user], reason=UNKNOWN_REASON)
    if remove and not restored and is_acting(user, policy.acting):
        raise Refused(
            f"{row.name} is the signed-in account and keeps its own roles "
            f"({', '.join(role.name for role in remove)}). Let the declaration keep them, or remove them with another "
            "account.",
            [user],
            reason=OWN_REASON,
        )
    names = sorted(role.name for role in held)
    operations = []
    # What has ended goes before anything is given.
    first = [role for role in remove if role.id in named.ended]
    then = [role for role in remove if role.id not in named.ended]
    steps = [("remove_role", first), ("add_role", add), ("remove_role", then)]
    for action, role in [(action, role) for action, roles in steps for role in roles]:
        after = sorted([*names, role.name] if action == "add_role" else (name for name in names if name != role.name))
        ended = named.marks.get(role.id, ()) if action == "remove_role" else ()
        why_not = "declared in remove" if role.id in named.removed else "purge_roles: not declared"
        reason = "declared" if action == "add_role" else f"ended {since(row)}" if ended else why_not
        fields = {"roles": (None if restored else names, after)}
        if restored:
            reason = _AFTER_RESTORE if action == "add_role" else _if_it_comes_back([role.name])
            fields = fields if action == "add_role" else {}  # what is there without it is not known
        made = Operation(action, user.user_principal_name, user.id or None, fields, reason, role, restored, ended)
        operations.append(made)
        names = after
    if restored and row.purge_roles:
        fields = {"roles": (None, names)}
        operations.append(
            Operation("remove_role", user.user_principal_name, user.id, fields, _if_it_comes_back(), _ALL_ROLES, True)
        )
    if restored and not add and not row.purge_roles:
        current = None
    return operations, None if current is None else tuple(sorted(role.name for role in current))
