# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Rows for those whom nobody declares: whom a purge deletes, and whom a reviewed plan would have deleted."""

from __future__ import annotations

import typing as t
from types import MappingProxyType

from ..._common.errors import CollectionError, SignInError
from ..._common.identifiers import Guid, guid_key
from ..._common.interruption import Interrupted
from ..._common.outcomes import Outcome
from ..client.meaning import reading
from ..client.protocol import CustomerClient
from ..declare.user import UserDeclaration
from ..model.users import User
from ..plan.after import user_after
from ..plan.operations import Plan, RowPlan
from .held_to_plan import CHANGED, RestrictedPlan
from .unwritten import predicted


def purge_rows(plan: Plan | None, change_reference: str | None) -> list[RowPlan]:
    """The purge in the form of rows that nobody declared. :param change_reference: that of the task."""
    if not plan or not plan.purge:
        return []
    rows = []
    for user, operation in zip(plan.purge.users, plan.purge.operations):
        after, row = user_after(user, operation), _undeclared(user.id, user.user_principal_name, change_reference)
        rows.append(RowPlan(row, before=user, after=after, operations=(operation,)))
    return rows


def refused_deletions(
    held: RestrictedPlan, client: CustomerClient, change_reference: str | None
) -> t.Iterator[Outcome]:
    """What becomes of planned deletions that a purge would not make any more; of users who are gone by now, nothing.

    A user who cannot be read is no reason to do nothing for the others, among whom something may have ended.

    :raises SignInError, Interrupted:
    """
    for user, why in held.changed:
        yield _refused(user.id, user.user_principal_name, user, why, change_reference)
    spared = {user.id: reason for user, reason in (held.plan.purge.spared if held.plan.purge else ())}
    for entry in held.missing:
        user_id, name = guid_key(entry["user_id"]), entry["user_principal_name"]
        try:
            with reading("user", client):
                found = client.user(user_id)
        except (SignInError, Interrupted):
            raise
        except CollectionError as exc:
            why = f"{name}: the plan deletes this user, but it is unknown whether it still exists. {exc.message}"
            details = {"reason": "user_unreadable", **exc.details}
            yield _refused(user_id, name, None, f"{why} Nothing was done.", change_reference, details)
            continue
        if found:
            reason = spared.get(found.id, "not in the scope of the purge")
            why = f"{name} has changed since the plan was made, which deletes this user. Now it is"
            why = f"{why} {found.user_principal_name}: {reason}. Nothing was done."
            yield _refused(found.id, found.user_principal_name, found, why, change_reference)


def _refused(
    user_id: Guid,
    name: str,
    user: User | None,
    why: str,
    change_reference: str | None,
    details: t.Mapping[str, t.Any] = MappingProxyType({"reason": CHANGED}),
) -> Outcome:
    row = _undeclared(user_id, name, change_reference)
    return predicted(RowPlan(row, before=user, after=user, refusal=why, details=details))


def _undeclared(user_id: Guid, name: str, change_reference: str | None) -> UserDeclaration:
    """The place of such rows is -1 in the results."""
    return UserDeclaration(
        "absent", user_id=user_id, user_principal_name=name, index=-1, change_reference=change_reference
    )
