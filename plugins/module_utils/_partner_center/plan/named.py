# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The licenses and directory roles that a row names, as its customer has them: those that are to be there, those that
are not, and those that have ended. What cannot be found, or is both by two names, is refused. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._common.identifiers import Guid
from ..declare.asked import BOTH_REASON
from ..declare.user import UserDeclaration
from ..model.licenses import Sku, Unresolved, find_plan, find_sku
from ..model.roles import Role, find_role
from .operations import Refused
from .snapshot import Snapshot

CONTRADICT = "ends_contradict"
"""The reason of a row in which the same role or license has ended and has not."""


# Licences


def wanted_skus(row: UserDeclaration, snapshot: Snapshot) -> dict[str, tuple[Sku, tuple[str, ...] | None]]:
    """The declared SKUs by their id, with the ids of excluded plans (None: not managed), in the order of the
    declaration."""
    wanted: dict[str, tuple[Sku, tuple[str, ...] | None]] = {}
    for declared in row.licenses or ():
        sku = _assignable(row, declared.sku, snapshot)
        try:
            plans = (
                None
                if declared.excluded_plans is None
                else tuple(sorted({find_plan(name, sku).id for name in declared.excluded_plans}))
            )
        except Unresolved as unresolved:
            raise Refused(f"{row.name}: licenses: {unresolved}.", reason=unresolved.reason) from None
        if sku.id in wanted:
            raise _named_twice(row, declared.sku, sku)
        wanted[sku.id] = (sku, plans)
    return wanted


def ended_skus(row: UserDeclaration, wanted: t.Mapping[str, t.Any], snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    """What of the declared licences has ended, by the id of the SKU. :raises Refused: it cannot be told."""
    over: dict[str, tuple[str, ...]] = {}
    for name in row.ended_licenses:
        try:
            sku = find_sku(name, snapshot.subscribed())
        except Unresolved as unresolved:
            raise Refused(
                f"{row.name}: licenses: {unresolved}. It has ended and cannot be removed.", reason=unresolved.reason
            ) from None
        if sku.id in wanted:
            raise _contradicted(row, name)
        over[sku.id] = (*over.get(sku.id, ()), f"license:{name}")
    return over


def removed_skus(row: UserDeclaration, wanted: t.Container[str], snapshot: Snapshot) -> frozenset[str]:
    """The ids of the SKUs that are to be taken away by name. :raises Refused: it cannot be told."""
    found: dict[str, str] = {}
    for name in row.removed_licenses:
        sku = _assignable(row, name, snapshot)
        if sku.id in wanted:
            raise _added_and_removed(row, "licenses", name)
        if sku.id in found:
            raise _named_twice(row, name, sku)
        found[sku.id] = name
    return frozenset(found)


def _assignable(row: UserDeclaration, name: str, snapshot: Snapshot) -> Sku:
    """The SKU of this name. :raises Refused: there is none that a user can have."""
    try:
        sku = find_sku(name, snapshot.subscribed())
    except Unresolved as unresolved:
        raise Refused(f"{row.name}: licenses: {unresolved}.", reason=unresolved.reason) from None
    if sku.tenant_wide:
        raise Refused(
            f"{row.name}: licenses: {sku.label} is for the whole tenant and cannot be assigned to users.",
            reason="license_for_tenant",
        )
    return sku


# Directory roles


@dataclass(frozen=True)
class NamedRoles:
    """The roles that a row names.

    :param wanted: in the order of the declaration, each once.
    :param ended: what has ended; ``marks`` say as what it was declared.
    :param removed: what is to be taken away.
    """

    wanted: tuple[Role, ...]
    ended: t.Mapping[Guid, Role]
    marks: t.Mapping[Guid, tuple[str, ...]]
    removed: t.Mapping[Guid, Role]

    @property
    def all(self) -> tuple[Role, ...]:
        """Each once."""
        return tuple({**{role.id: role for role in self.wanted}, **self.ended, **self.removed}.values())


def named_roles(row: UserDeclaration, snapshot: Snapshot) -> NamedRoles:
    """:raises Refused: one cannot be found, or is to be there and not there."""
    wanted = _roles(row, row.roles or (), snapshot)
    ended = _roles(row, row.ended_roles, snapshot)
    marks: dict[Guid, tuple[str, ...]] = {}
    for name in row.ended_roles:
        for role_id in _roles(row, (name,), snapshot):
            marks[role_id] = (*marks.get(role_id, ()), f"role:{name}")
    removed = _roles(row, row.removed_roles, snapshot)
    for role in wanted.values():
        if role.id in ended:
            raise _contradicted(row, role.name)
        if role.id in removed:
            raise _added_and_removed(row, "roles", role.name)
    return NamedRoles(tuple(wanted.values()), ended, marks, removed)


def _roles(row: UserDeclaration, names: t.Iterable[str], snapshot: Snapshot) -> dict[Guid, Role]:
    """The roles of these names by their ids, in their order."""
    found: dict[Guid, Role] = {}
    for name in names:
        try:
            role = find_role(name, snapshot.directory_roles())
        except Unresolved as unresolved:
            raise Refused(f"{row.name}: roles: {unresolved}.", reason=unresolved.reason) from None
        found.setdefault(role.id, role)
    return found


# Refusals


def _named_twice(row: UserDeclaration, name: str, sku: Sku) -> Refused:
    return Refused(f"{row.name}: licenses: {name} is {sku.label}, which is listed twice.", reason="license_named_twice")


def _added_and_removed(row: UserDeclaration, option: str, name: str) -> Refused:
    """The refusal of a row that says of one license or role, by two names, that it is to be there and not there."""
    return Refused(
        f"{row.name}: {option}: {name} is in add under one name, and in remove under another.", reason=BOTH_REASON
    )


def _contradicted(row: UserDeclaration, name: str) -> Refused:
    return Refused(
        f"{row.name}: {name} has ended, but is declared again under another name, which has not. Declare it once.",
        reason=CONTRADICT,
    )
