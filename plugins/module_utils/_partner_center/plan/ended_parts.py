# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What has ended of one row, thing by thing: one that cannot be taken away holds up no other. Pure."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..declare.user import UserDeclaration
from .operations import Operation


def each_ended(row: UserDeclaration) -> t.Iterator[UserDeclaration]:
    """The row once for each role and license that has ended, without the others.

    :param row: with nothing but what has ended (``ends.only_ends``).
    """
    for name in row.ended_roles:
        yield with_ended(row, (name,), ())
    for name in row.ended_licenses:
        yield with_ended(row, (), (name,))


def with_ended(row: UserDeclaration, roles: tuple[str, ...], licenses: tuple[str, ...]) -> UserDeclaration:
    """The row with only these of what has ended."""
    return replace(
        row, ended_roles=roles, ended_licenses=licenses, roles=() if roles else None, licenses=() if licenses else None
    )


def kept_ended(operations: t.Iterable[Operation], dropped: t.Callable[[Operation], bool]) -> tuple[Operation, ...]:
    """What has ended and can be taken away now, although the rest of the row is not done.

    :param dropped: whether an operation must not be made. Those that come after it say what is there with it.
    """
    kept: list[Operation] = []
    staying: list[Operation] = []
    for operation in operations:
        if dropped(operation):
            staying.append(operation)
        elif operation.ended and not operation.conditional:
            kept.append(beside(operation, staying))
    return tuple(kept)


def beside(operation: Operation, staying: t.Sequence[Operation]) -> Operation:
    """An operation as it is where these before it were not made: what they take away is still there.

    Only of what has ended, which takes away and never gives.
    """
    fields = dict(operation.fields)
    for name in ("roles", "licenses"):
        left = [each.fields[name] for each in staying if name in each.fields and each.ended]
        if name not in fields or not left or fields[name][0] is None or left[0][0] is None:
            continue
        before, after = fields[name]
        gone = [item for was, becomes in left for item in was if item not in becomes]
        fields[name] = (_sorted([*before, *gone]), _sorted([*after, *gone]))
    return replace(operation, fields=fields)


def _sorted(items: list[t.Any]) -> list[t.Any]:
    """Names of roles, and licenses in the form of declarations."""
    return sorted(items, key=lambda item: str(item["sku"] if isinstance(item, dict) else item).lower())
