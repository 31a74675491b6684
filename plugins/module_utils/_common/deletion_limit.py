# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""How many users one task may delete, and the approval that lets exactly one set of them pass.

A pure decision over the deletions of all customers, made before the first of them. What a task declares absent and
what it purges count together.
"""

from __future__ import annotations

import hashlib
import re
import typing as t
from collections import Counter
from dataclasses import dataclass

from .identifiers import guid_key
from .problem import Problem
from .text import counted, first_few

REASON = "deletions_not_approved"
DEFAULT = 25
_DIGEST = re.compile(r"d[0-9a-f]{19}")
"""Begins with a letter, so that YAML can never take one for a number."""
_NAMES = 5
_CUSTOMERS = 10

LIMIT_SPEC: dict[str, dict[str, t.Any]] = {
    "max_delete_total": {"type": "int", "default": DEFAULT},
    "approve_deletions": {"type": "str"},
}


@dataclass(frozen=True)
class Deletion:
    """One user who would be deleted. ``customer_id`` and ``user_id`` are put into their normal form; the names are for
    people.
    """

    customer_id: str
    user_id: str
    name: str
    customer: str = ""

    def __post_init__(self) -> None:
        for name in ("customer_id", "user_id"):
            object.__setattr__(self, name, guid_key(getattr(self, name)))


@dataclass(frozen=True)
class Verdict:
    """``refusal`` is why nobody may be deleted; empty if all of them may be."""

    deletions: tuple[Deletion, ...]
    digest: str
    refusal: str = ""

    def details(self) -> dict[str, t.Any]:
        """The stable word, as keys of an outcome."""
        return {"reason": REASON} if self.refusal else {}

    def result(self, limit: int) -> dict[str, t.Any]:
        """The key ``deletions`` of a result."""
        by_customer = [
            {
                "customer_id": customer or None,
                "count": len(found),
                "first": [deletion.name for deletion in found[:_NAMES]],
            }
            for customer, found in _by_customer(self.deletions)
        ]
        digest = self.digest if self.deletions else None
        return {
            "count": len(self.deletions),
            "digest": digest,
            "allowed": not self.refusal,
            "max_delete_total": limit,
            "by_customer": by_customer,
        }


def digest_of(deletions: t.Iterable[Deletion]) -> str:
    """The same for the same set of (customer, user), in whatever order and case."""
    keys = sorted({f"{deletion.customer_id}/{deletion.user_id}" for deletion in deletions})
    return "d" + hashlib.sha256("\n".join(keys).encode("utf-8")).hexdigest()[:19]


def limit_problems(params: t.Mapping[str, t.Any]) -> list[str]:
    """What is wrong with ``max_delete_total`` and ``approve_deletions``."""
    problems: list[str] = []
    if params["max_delete_total"] < 0:
        problems.append(Problem("max_delete_total must not be negative.", "out_of_range", option="max_delete_total"))
    approved = params["approve_deletions"]
    if approved is not None and not _DIGEST.fullmatch(approved.strip()):
        problems.append(
            Problem(
                "approve_deletions must be the digest from a result: the letter d and 19 hexadecimal digits.",
                "not_a_digest",
                option="approve_deletions",
            )
        )
    return problems


def decide(
    deletions: t.Iterable[Deletion], limit: int, approved: str | None, planned: t.Collection[str] = ()
) -> Verdict:
    """Whether these users may be deleted. All of them may, or nobody.

    An approval of another set is none, also below the limit: somebody has looked at other users.

    :param approved: the option ``approve_deletions``.
    :param planned: digests of sets that were reviewed as a whole and of which these are a part (the plan that is
        applied).
    """
    found = tuple(
        sorted(set(deletions), key=lambda deletion: (deletion.customer_id, deletion.name.lower(), deletion.user_id))
    )
    digest = digest_of(found)
    approved = approved.strip() if approved else None
    if not found or approved in (digest, *planned):
        return Verdict(found, digest)
    right = next(iter(planned), digest)
    if approved is not None:
        return Verdict(
            found,
            digest,
            f"No user was deleted: approve_deletions is for other users. {_summary(found)} {_next_step(right)}",
        )
    if len(found) > limit:
        return Verdict(
            found,
            digest,
            f"No user was deleted: {_summary(found)} max_delete_total allows {limit}. {_next_step(right)}",
        )
    return Verdict(found, digest)


def _next_step(digest: str) -> str:
    return f"Check them, and run again with approve_deletions: {digest} to delete all of them."


def _summary(found: t.Sequence[Deletion]) -> str:
    parts = []
    groups = _by_customer(found)
    for customer, ones in groups[:_CUSTOMERS]:
        names = first_few([deletion.name for deletion in ones], _NAMES)
        called = ones[0].customer or customer
        parts.append(f"{called}: {len(ones)} ({names})" if called else names)
    more = f"; and {counted(len(groups) - _CUSTOMERS, 'more customer')}" if len(groups) > _CUSTOMERS else ""
    return f"{counted(len(found), 'user')} would be deleted: {'; '.join(parts)}{more}."


def _by_customer(found: t.Sequence[Deletion]) -> list[tuple[str, list[Deletion]]]:
    """Those with most deletions first."""
    groups: dict[str, list[Deletion]] = {}
    for deletion in found:
        groups.setdefault(deletion.customer_id, []).append(deletion)
    sizes = Counter({customer: len(ones) for customer, ones in groups.items()})
    return [(customer, groups[customer]) for customer, _size in sizes.most_common()]
