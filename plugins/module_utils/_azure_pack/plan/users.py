# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Declaration and what was found in, plan out.

A pure function: no I/O, no clock, no randomness; the same input gives the same plan. It imports no client.
docs/azure-pack-states.md has every case.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from ..._common.text import counted, same_text
from ..declare.expected import deviation
from ..declare.user import UserDeclaration
from ..identifiers import name_key
from ..model.users import Subscription, User
from .operations import Operation, RowPlan

DECLARED = {"present": "active", "suspended": "suspended"}
"""What a declared state means for a user's own state."""


def needs_subscriptions(row: UserDeclaration, user: User | None) -> bool:
    """Whether the plan has to know what the user owns: only before somebody goes, who owns something or may."""
    return row.state == "absent" and user is not None and user.subscription_count != 0


def plan_user(
    row: UserDeclaration, user: User | None, subscriptions: t.Sequence[Subscription] = (), *, acting: str | None = None
) -> RowPlan:
    """What has to be written so that the declaration holds.

    :param user: the user as it is, None if there is none.
    :param subscriptions: what it owns, if :func:`needs_subscriptions` asked for it.
    :param acting: the name of who is signed in and must neither be suspended nor deleted; None where nobody is
        protected.
    """
    made = _judged(row, user, tuple(subscriptions), acting)
    return replace(made, looked=True)


def _judged(
    row: UserDeclaration, user: User | None, subscriptions: tuple[Subscription, ...], acting: str | None
) -> RowPlan:
    """The plan, unless who is found must not be touched."""
    made = _plan(row, user, subscriptions)
    wrong = deviation(row.expected, user, subscriptions) if row.expected else None
    if wrong and not made.refusal:
        return _refused(
            row,
            user,
            f"{wrong[1]} Nothing was sent. Check the user and correct the declaration.",
            wrong[0],
            made.subscriptions,
        )
    if acting is not None and row.state != "present" and row.key == name_key(acting) and made.operations:
        why = (
            f"{row.name} is the signed-in account and cannot suspend or delete itself. Use another administrator's "
            "token."
        )
        return _refused(row, user, why, "acting_identity", made.subscriptions)
    return made


def _plan(row: UserDeclaration, user: User | None, subscriptions: tuple[Subscription, ...]) -> RowPlan:
    if user is not None and user.state not in ("pending_validation", "active", "suspended", "delete_pending"):
        why = f"{row.name} is in the unknown state {user.state!r}. Nothing was sent."
        return _refused(row, user, why, "unknown_state")
    if row.state == "absent":
        return _plan_absence(row, user, subscriptions)
    if user is None:
        return _plan_creation(row)
    return _plan_change(row, user)


def _refused(
    row: UserDeclaration, user: User | None, why: str, reason: str, subscriptions: tuple[Subscription, ...] = ()
) -> RowPlan:
    return RowPlan(row, user, user, refusal=why, details={"reason": reason}, subscriptions=subscriptions)


def _plan_creation(row: UserDeclaration) -> RowPlan:
    if not row.create:
        why = f"{row.name} does not exist (create: false). Check the name."
        return _refused(row, None, why, "no_such_user")
    email = row.email
    if email is None and "@" not in row.name:
        why = f"{row.name} does not exist and cannot be created without email (the name is not an address)."
        return _refused(row, None, why, "email_missing")
    values = {"name": row.name, "email": email or row.name, "state": DECLARED[row.state]}
    operation = Operation(
        "create", row.name, {name: (None, value) for name, value in values.items()}, "there is no user of this name"
    )
    return RowPlan(row, after=User(row.name, values["email"], values["state"]), operations=(operation,))


def _plan_change(row: UserDeclaration, user: User) -> RowPlan:
    if user.state == "delete_pending":
        failed = f" That deletion has failed: {user.reason}." if user.deletion_failed else ""
        way = "Finish it with state absent" if user.deletion_failed else "Wait until it is gone"
        why = f"{row.name} is being deleted and can only be deleted.{failed} {way}, then run this again."
        return _refused(row, user, why, "being_deleted")
    wanted = {"state": DECLARED[row.state], **({} if row.email is None else {"email": row.email})}
    fields = {
        name: (getattr(user, name), value)
        for name, value in wanted.items()
        if not same_text(getattr(user, name), value)
    }
    warnings = []
    if user.sync_state == "out_of_sync":
        warnings.append(f"{user.name} is not in sync with the resource providers. The last error is: {user.reason}.")
    if fields.get("state", ("",))[0] == "pending_validation":
        warnings.append(f"{user.name} was not validated yet; the declared state skips the validation.")
    if not fields:
        return RowPlan(row, user, user, warnings=tuple(warnings))
    operation = Operation(
        "update", user.name, fields, f"{' and '.join(sorted(fields))} {'differs' if len(fields) == 1 else 'differ'}"
    )
    after = user.with_values({name: new for name, (old, new) in fields.items()})
    return RowPlan(row, user, after, (operation,), warnings=tuple(warnings))


def _plan_absence(row: UserDeclaration, user: User | None, subscriptions: tuple[Subscription, ...]) -> RowPlan:
    if user is None:
        return RowPlan(row)
    begun = user.state == "delete_pending"
    if begun and not user.deletion_failed and row.subscriptions != "orphan":
        return RowPlan(row, user, running=True, subscriptions=subscriptions)
    owns = max(user.subscription_count or 0, len(subscriptions))
    if owns and row.subscriptions == "fail":
        return _refused(row, user, _owner(user, owns, subscriptions), "owns_subscriptions", subscriptions)
    hidden = owns - len(subscriptions)
    if owns and hidden > 0 and not begun:
        # What goes has to be known before it goes. While a deletion is under way the count and the list may differ, so
        # there it is no sign of anything.
        why = (
            f"{user.name} owns {owns} subscriptions, and the service lists only {len(subscriptions)}. Nothing was "
            "sent. Run again."
        )
        return _refused(row, user, why, "unexpected_subscriptions", subscriptions)
    # Somebody without subscriptions is deleted without either flag: if one appears in the meantime, the service refuses
    # instead of destroying it. What is left of a deletion that has begun is not seen in the count, so there the policy
    # decides.
    counts = owns or begun
    reason = (
        "the deletion that was started is forced"
        if begun and not user.deletion_failed
        else "the deletion that was started has failed"
        if begun
        else ""
    )
    operation = Operation(
        "delete",
        user.name,
        {"state": (user.state, "absent")},
        reason or "declared absent",
        delete_subscriptions=bool(counts and row.subscriptions == "delete"),
        force=bool(counts and row.subscriptions == "orphan"),
    )
    warnings: tuple[str, ...] = ()
    if operation.force and owns:
        warnings = (
            f"The resources of {owns} subscription(s) of {user.name} stay behind without an owner: "
            f"{_list(subscriptions, owns)}.",
        )
    return RowPlan(row, user, operations=(operation,), subscriptions=subscriptions, warnings=warnings)


def _owner(user: User, owns: int, subscriptions: tuple[Subscription, ...]) -> str:
    begun = f" A deletion that was started has failed: {user.reason}." if user.deletion_failed else ""
    return (
        f"{user.name} owns {counted(owns, 'subscription')}: {_list(subscriptions, owns)}.{begun} Set subscriptions: "
        "delete to permanently delete them with their virtual machines, databases and websites, or subscriptions: "
        "orphan to drop the records and leave the resources behind."
    )


def _list(subscriptions: tuple[Subscription, ...], owns: int) -> str:
    shown = [subscription.label for subscription in subscriptions[:10]]
    more = owns - len(shown)
    return ", ".join(shown + ([f"and {more} more" if shown else "they cannot be listed"] if more > 0 else []))
