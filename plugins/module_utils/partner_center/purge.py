# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Which users that nobody declared may be deleted, and when none may.

A pure function with guards: off unless asked for, a scope that must be given, two caps above which nobody is deleted, protected names, and
never a user who is synchronised, a guest, the identity that is doing this, or the holder of a privileged role.
"""

from __future__ import annotations

import math
import typing as t
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import MappingProxyType

from ansible.module_utils.parsing.convert_bool import boolean

from ..common.text import counted, shown
from . import guards
from .acting import UNKNOWN, UNKNOWN_REASON, is_acting, is_unknown
from .administrators import NOT_UNDERSTOOD, not_understood
from .model import User
from .names import upn_domain
from .operations import Operation, PurgePlan
from .roles import GLOBAL_ADMINISTRATOR, PRIVILEGED, Role, administrator_roles, role_key
from .snapshot import Need, Snapshot, Unread

GUEST_MARK = "#ext#"
"""The directory puts this into the names of guests."""


_PRIVILEGED_NAMES = frozenset(role_key(name) for name in PRIVILEGED.values())


@dataclass(frozen=True)
class PurgePolicy:
    """What may be purged. ``domains`` and ``names`` narrow the scope together; globs and domains are in normal form."""

    domains: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    max_delete: int = 5
    max_delete_percentage: float = 10

    def in_scope(self, user: User) -> bool:
        """Whether the user is one of those that the declaration claims to list completely."""
        if self.domains and upn_domain(user.user_principal_name) not in self.domains:
            return False
        return not self.names or any(fnmatchcase(user.key, glob) for glob in self.names)

    @property
    def patterns(self) -> tuple[str, ...]:
        """All that is meant to match somebody."""
        return tuple(dict.fromkeys((*self.protected, *self.names)))


def purge_policy(options: t.Mapping[str, t.Any], customer: t.Mapping[str, t.Any] = MappingProxyType({})) -> tuple[PurgePolicy | None, list[str]]:
    """The policy from the options ``purge*`` and ``max_delete*``, and what is wrong with them; None when purge is off.

    :param customer: what a customer says itself. It comes before the options of the task; ``purge_protected`` is added to theirs, because whoever
        protects an account everywhere means every customer.

    Those of a customer are as somebody wrote them, not as an argument spec converts them: a text "no" is not true, and a guard that a template left
    empty would not guard.
    """
    problems: list[str] = []
    protected_everywhere = options.get("purge_protected")
    options = {**options, **{name: value for name, value in customer.items() if name.startswith("purge")}}
    if not _is_on(options.get("purge"), problems):
        return None, problems
    scope = options.get("purge_scope")
    if scope is not None and not isinstance(scope, dict):
        problems.append("purge_scope must be a dictionary with domains or user_principal_names.")
    scope = scope if isinstance(scope, dict) else {}
    unknown = sorted(str(name) for name in scope.keys() - {"domains", "user_principal_names"})
    problems += [f"purge_scope has no {shown(name)}; it has domains and user_principal_names." for name in unknown]
    found = len(problems)
    domains = _given(guards.domains, "purge_scope.domains", scope.get("domains"), problems)
    named = scope.get("user_principal_names")
    names = _given(guards.name_patterns, "purge_scope.user_principal_names", named, problems)
    if len(problems) == found and not domains and not names:
        problems.append("purge needs purge_scope with domains or user_principal_names: it never means everybody.")
    if not options.get("undo_file"):
        problems.append("purge needs undo_file, so that it can be taken back.")
    lists = (protected_everywhere, options.get("purge_protected"))
    read = (_given(guards.name_patterns, "purge_protected", patterns, problems) for patterns in lists)
    protected = tuple(dict.fromkeys(pattern for patterns in read for pattern in patterns))
    problems = list(dict.fromkeys(problems))
    for name, highest in (("max_delete", math.inf), ("max_delete_percentage", 100)):
        value = options.get(name)
        # Not a number at all, "nan", is neither too small nor too large, and would be a cap that nothing is above.
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value <= highest:
            problems.append(f"{name} must be a number that is not negative" + (" and not above 100." if name.endswith("percentage") else "."))
    if problems:
        return None, problems
    return PurgePolicy(domains, names, protected, int(options["max_delete"]), float(options["max_delete_percentage"])), []


def matched(patterns: t.Iterable[str], user: User) -> set[str]:
    """Those of some patterns that match a user, inside or outside of the scope of a purge."""
    return {glob for glob in patterns if fnmatchcase(user.key, glob)}


def unmatched(customers: t.Iterable[tuple[PurgePolicy, t.Collection[str] | None]]) -> list[str]:
    """Patterns that matched nobody at any of the customers for which they were given, in the order of the options.

    :param customers: the policies, each with what :func:`matched` found at the customer; None if its users are not
        known, and then nothing is said about its patterns.
    """
    open_patterns: dict[str, None] = {}
    settled: set[str] = set()
    for policy, found in customers:
        open_patterns.update(dict.fromkeys(policy.patterns))
        settled |= set(policy.patterns if found is None else found)
    return [pattern for pattern in open_patterns if pattern not in settled]


def plan_purge(policy: PurgePolicy, snapshot: Snapshot, declared: t.Collection[str], failed_rows: int, acting: t.Collection[str] = ()) -> PurgePlan:
    """Whom to delete.

    :param snapshot: must know every active user in scope (:meth:`Snapshot.everybody`).
    :param declared: lower-case ids and normal-form names of all users that a row declares or has found, whatever its state.
    :param failed_rows: rows that could not be planned; a purge is based on a declaration that is right.
    :param acting: lower-case ids and normal-form names of the identity that is doing this.
    """
    everybody = [user for user in snapshot.everybody() if policy.in_scope(user)]
    if is_unknown(acting):
        return PurgePlan(refusal=f"Nobody is purged: {UNKNOWN}", reason=UNKNOWN_REASON)
    doomed, spared = [], []
    for user in sorted(everybody, key=lambda item: (item.key, str(item.id))):
        if str(user.id).lower() in declared or user.key in declared:
            continue
        reason = _protection(user, policy, acting)
        if reason:
            spared.append((user, reason))
        else:
            doomed.append(user)
    # Roles cost requests, and are not asked for when nobody is going to be purged anyway.
    privileged: dict[str, str] = {}
    if doomed and not (failed_rows or snapshot.odd):
        if not administrator_roles(snapshot.directory_roles()):
            why = f"Nobody is purged. {not_understood(snapshot.customer_id)}"
            return PurgePlan(refusal=why, spared=tuple(spared), reason=NOT_UNDERSTOOD)
        privileged = _privileged(doomed, snapshot)
    spared += [(user, privileged[user.key]) for user in doomed if user.key in privileged]
    spared.sort(key=lambda item: (item[0].key, str(item[0].id)))
    doomed = [user for user in doomed if user.key not in privileged]
    refusal, reason = _refusal(policy, len(doomed), len(everybody), failed_rows, len(snapshot.odd))
    if refusal:
        return PurgePlan(refusal=refusal, spared=tuple(spared), reason=reason)
    operations = tuple(
        Operation("delete", snapshot.customer_id, user.user_principal_name, user.id, {"state": ("active", "deleted")}, "purge: not declared") for user in doomed
    )
    return PurgePlan(operations, tuple(doomed), spared=tuple(spared))


def _protection(user: User, policy: PurgePolicy, acting: t.Collection[str]) -> str | None:
    if user.directory_synced:
        return "synchronised from an on-premises directory"
    if GUEST_MARK in user.key:
        return "a guest"
    if is_acting(user, acting):
        return "the acting identity"
    if any(fnmatchcase(user.key, glob) for glob in policy.protected):
        return "protected by purge_protected"
    return None


def _privileged(doomed: t.Sequence[User], snapshot: Snapshot) -> dict[str, str]:
    """The users of these who hold a privileged role, by the normal form of their name, with the reason why they are kept.

    :raises Unread: with every question that is open.
    """
    catalogue = [role for role in snapshot.directory_roles() if _is_privileged(role)]
    needs: set[Need] = set()
    found: dict[str, str] = {}
    for user in doomed:
        for role in sorted(catalogue, key=lambda role: (role.id != GLOBAL_ADMINISTRATOR, role)):
            try:
                if snapshot.has_role(str(user.id), role.id):
                    found.setdefault(user.key, f"holds the privileged role {role.name}")
            except Unread as unread:
                needs |= unread.needs
        # Whose roles were read one by one may hold one that the catalogue does not list.
        for role in snapshot.user_roles.get(str(user.id).lower(), ()):
            if _is_privileged(role):
                found.setdefault(user.key, f"holds the privileged role {role.name}")
    if needs:
        raise Unread(needs)
    return found


def _is_privileged(role: Role) -> bool:
    return role.id in PRIVILEGED or role_key(role.name) in _PRIVILEGED_NAMES


def _refusal(policy: PurgePolicy, doomed: int, in_scope: int, failed_rows: int, odd: int) -> tuple[str | None, str]:
    if not doomed:
        return None, ""
    if failed_rows:
        return (
            f"Nobody is purged, because {counted(failed_rows, 'declared row')} cannot be carried out; a purge needs a declaration that is right.",
            "rows_refused",
        )
    if odd:
        return (
            f"Nobody is purged, because {counted(odd, 'user')} in the listing {'has' if odd == 1 else 'have'} no valid id or name; a purge needs a "
            "listing that is understood completely.",
            "listing_not_understood",
        )
    if doomed > policy.max_delete:
        return f"Nobody is purged: {counted(doomed, 'user')} would be deleted, max_delete allows {policy.max_delete}.", "max_delete"
    share = 100 * doomed / in_scope
    if share > policy.max_delete_percentage:
        return (
            f"Nobody is purged: {doomed} of {counted(in_scope, 'user')} in scope ({share:.0f} %) would be deleted, max_delete_percentage allows "
            f"{policy.max_delete_percentage:g}.",
            "max_delete_percentage",
        )
    return None, ""


def _is_on(value: t.Any, problems: list[str]) -> bool:
    try:
        return value is not None and bool(boolean(value))
    except TypeError:
        problems.append(f"purge {shown(str(value))} is neither true nor false.")
        return False


def _given(
    read: t.Callable[[str, t.Any, list[str]], tuple[str, ...]], what: str, value: t.Any, problems: list[str]
) -> tuple[str, ...]:
    return () if value is None else read(what, value, problems)
