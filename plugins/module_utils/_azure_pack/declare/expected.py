# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""What a declaration expects to find, because somebody has looked and decided on that ground: pure comparison, no I/O.

The service has no ids of users and no preconditions. What was shown is bound to what is then done by the date of
creation and the subscriptions.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._common.identifiers import guid_key
from ..._common.problem import Problem
from ..._common.row_options import coerce, null_problems
from ..model.accounts import is_another, moment
from ..model.users import Subscription, User

EXPECTED_SPEC: dict[str, dict[str, t.Any]] = {
    "exists": {"type": "bool", "default": True},
    "created": {"type": "str"},
    "subscriptions": {"type": "list", "elements": "str"},
}
"""The option ``expected``, which has the form of the result ``seen``."""
NOT_SAID = "unknown"
"""``created`` of somebody of whom the service does not say it."""


@dataclass(frozen=True)
class Expected:
    """What has to be found. ``created`` and ``subscriptions`` (ids in normal form) are None where anything may be;
    ``created`` is NOT_SAID where somebody was seen of whom the service did not say it."""

    exists: bool = True
    created: str | None = None
    subscriptions: frozenset[str] | None = None


def declare_expected(raw: t.Any) -> tuple[Expected | None, list[str]]:
    """The option ``expected`` of a row, and what is wrong with it; null, too: a guard that is empty is none."""
    if not isinstance(raw, dict):
        return None, ["expected must be a dictionary, such as seen in an earlier result."]
    problems = [f"expected: {problem}" for problem in null_problems(raw, EXPECTED_SPEC)]
    params, found = coerce(raw, EXPECTED_SPEC, "expected")
    problems += [f"expected: {problem}" for problem in found]
    created, ids = params["created"], params["subscriptions"]
    if ids is not None and not isinstance(ids, list):
        problems.append(
            Problem(
                "expected.subscriptions must be a list of ids, or an empty list for a user that owns none.",
                "not_a_list",
                option="expected",
            )
        )
        ids = None
    if not raw:
        problems.append(
            Problem("expected is empty; leave it out if anything may be found.", "empty", option="expected")
        )
    if created not in (None, NOT_SAID) and moment(created) is None:
        problems.append(
            Problem(
                "expected.created is not a date as in created of an earlier result, such as 2026-06-27T21:15:30.787.",
                "not_a_date",
                option="expected",
            )
        )
    if ids is not None and not all(isinstance(each, str) and each.strip() for each in ids):
        problems.append(
            Problem(
                "expected.subscriptions holds something that is not a subscription id.", "not_an_id", option="expected"
            )
        )
    if params["exists"] is False and (created is not None or ids):
        problems.append(
            Problem(
                "expected has exists: false together with properties of a user. Remove one of them.",
                "contradiction",
                option="expected",
            )
        )
    return Expected(
        params["exists"] is not False, created, None if ids is None else frozenset(guid_key(each or "") for each in ids)
    ), problems


def seen(user: User | None, subscriptions: t.Sequence[Subscription] | None) -> dict[str, t.Any]:
    """What was found, in the form of the option ``expected``.

    :param subscriptions: None if nobody has looked.
    """
    if user is None:
        return {"exists": False}
    made: dict[str, t.Any] = {"exists": True, "created": user.created if moment(user.created) else NOT_SAID}
    return made if subscriptions is None else {**made, "subscriptions": [each.id for each in subscriptions]}


def deviation(expected: Expected, user: User | None, subscriptions: t.Sequence[Subscription]) -> tuple[str, str] | None:
    """A reason and a sentence if what is found is not what was expected. Somebody who is gone, or owns less, is no
    deviation."""
    if user is None:
        return None
    if not expected.exists:
        return (
            "unexpected_user",
            f"{user.name} exists (created {user.created or 'at an unknown time'}), although no user was expected.",
        )
    if expected.created == NOT_SAID:
        return (
            "unexpected_user",
            f"The service did not report when {user.name} was created, so expected cannot be checked. Verify the "
            "user, then declare it without expected.",
        )
    if expected.created is not None:
        another = is_another(expected.created, user.created)
        if another is None:
            return (
                "unexpected_user",
                f"{user.name} should have been created at {expected.created}, but the service did not return when it "
                "was.",
            )
        if another:
            return (
                "made_anew",
                f"{user.name} is another user of the same name: created at {user.created}, not at {expected.created}.",
            )
    if expected.subscriptions is not None:
        more = [subscription.label for subscription in subscriptions if subscription.key not in expected.subscriptions]
        if more:
            return (
                "unexpected_subscriptions",
                f"{user.name} owns unexpected subscriptions: "
                f"{', '.join(more[:10])}{(' and more' if len(more) > 10 else '')}.",
            )
    return None
