# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Which users a task lets be deleted although nobody declares them: the options of a purge."""

from __future__ import annotations

import math
import typing as t
from dataclasses import dataclass
from fnmatch import fnmatchcase
from types import MappingProxyType

from ansible.module_utils.parsing.convert_bool import boolean

from ..._common.identifiers import upn_domain
from ..._common.problem import Problem
from ..._common.text import shown
from ..model.users import User
from . import patterns as guards

GUEST_MARK = "#ext#"
"""The directory puts this into the names of guests."""


@dataclass(frozen=True)
class PurgePolicy:
    """What may be purged. ``domains`` and ``names`` narrow the scope together; globs and domains are in normal form.
    ``people``: ids, and names in normal form, of users of whom the record of a declaration of people speaks.
    ``unplanned``: rows that are declared for the customer beside those of its plan, because they cannot be carried
    out; then nobody is purged."""

    domains: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    protected: tuple[str, ...] = ()
    max_delete: int = 5
    max_delete_percentage: float = 10
    people: frozenset[str] = frozenset()
    unplanned: int = 0

    def in_scope(self, user: User) -> bool:
        """Whether the user is one of those that the declaration claims to list completely."""
        if self.domains and upn_domain(user.user_principal_name) not in self.domains:
            return False
        return not self.names or any(fnmatchcase(user.key, glob) for glob in self.names)

    @property
    def patterns(self) -> tuple[str, ...]:
        """All that is meant to match somebody."""
        return tuple(dict.fromkeys((*self.protected, *self.names)))


def purge_policy(
    options: t.Mapping[str, t.Any], customer: t.Mapping[str, t.Any] = MappingProxyType({})
) -> tuple[PurgePolicy | None, list[str]]:
    """The policy from the options ``purge*`` and ``max_delete*``, and what is wrong with them; None when purge is off.

    :param customer: what a customer says itself. It comes before the options of the task; ``purge_protected`` is added
        to theirs, because whoever protects an account everywhere means every customer.

    Those of a customer are as somebody wrote them, not as an argument spec converts them: a text "no" is not true, and
    a guard that a template left empty would not guard.
    """
    problems: list[str] = []
    protected_everywhere = options.get("purge_protected")
    options = {**options, **{name: value for name, value in customer.items() if name.startswith("purge")}}
    if not _is_on(options.get("purge"), problems):
        return None, problems
    scope = options.get("purge_scope")
    if scope is not None and not isinstance(scope, dict):
        problems.append(
            Problem(
                "purge_scope must be a dictionary with domains or user_principal_names.",
                "not_a_dictionary",
                option="purge_scope",
            )
        )
    scope = scope if isinstance(scope, dict) else {}
    unknown = sorted(str(name) for name in scope.keys() - {"domains", "user_principal_names"})
    problems += [
        Problem(
            f"purge_scope has no {shown(name)}; it has domains and user_principal_names.",
            "unknown_option",
            option="purge_scope",
        )
        for name in unknown
    ]
    found = len(problems)
    domains = _given(guards.domains, "purge_scope.domains", scope.get("domains"), problems)
    named = scope.get("user_principal_names")
    names = _given(guards.name_patterns, "purge_scope.user_principal_names", named, problems)
    if len(problems) == found and not domains and not names:
        problems.append(
            Problem(
                "purge needs purge_scope with domains or user_principal_names.", "scope_missing", option="purge_scope"
            )
        )
    if not options.get("undo_file"):
        problems.append(
            Problem("purge needs undo_file, which restores the purged users.", "undo_file_missing", option="undo_file")
        )
    lists = (protected_everywhere, options.get("purge_protected"))
    read = (_given(guards.name_patterns, "purge_protected", patterns, problems) for patterns in lists)
    protected = tuple(dict.fromkeys(pattern for patterns in read for pattern in patterns))
    problems = list(dict.fromkeys(problems))
    for name, highest in (("max_delete", math.inf), ("max_delete_percentage", 100)):
        value = options.get(name)
        # Not a number at all, "nan", is neither too small nor too large, and would be a cap that nothing is above.
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value <= highest:
            problems.append(
                f"{name} must be a number" + (" from 0 to 100." if name.endswith("percentage") else ", 0 or more.")
            )
    if problems:
        return None, problems
    return PurgePolicy(
        domains, names, protected, int(options["max_delete"]), float(options["max_delete_percentage"])
    ), []


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


def _is_on(value: t.Any, problems: list[str]) -> bool:
    try:
        return value is not None and bool(boolean(value))
    except TypeError:
        problems.append(
            Problem(f"purge {shown(str(value))} is neither true nor false.", "not_a_boolean", option="purge")
        )
        return False


def _given(
    read: t.Callable[[str, t.Any, list[str]], tuple[str, ...]], what: str, value: t.Any, problems: list[str]
) -> tuple[str, ...]:
    return () if value is None else read(what, value, problems)
