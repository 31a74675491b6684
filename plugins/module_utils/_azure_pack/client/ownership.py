# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Whose subscriptions a listing holds. What is shown before a deletion has to be what the user owns, and nobody else's.

Source: Windows Azure Pack REST reference, "AdminSubscription": ``AccountAdminLiveEmailId`` is the owner,
``CoAdminNames`` are who helps.
"""

from __future__ import annotations

import typing as t

from ..._common.errors import TransportError
from ..identifiers import name_key
from ..model.users import Subscription


def owned_by(name: str, email: str | None, listed: t.Iterable[Subscription]) -> list[Subscription]:
    """Those that a user owns. One that it only helps with is not its own, and does not go with it.

    :raises TransportError: one belongs to somebody else, so that the answer is not about this user.
    """
    owned = []
    names = {name_key(each) for each in (name, email) if each}
    for subscription in listed:
        if subscription.owner is None or name_key(subscription.owner) in names:
            owned.append(subscription)
        elif not names & {name_key(each) for each in subscription.co_admins}:
            raise TransportError(
                f"Windows Azure Pack was asked for the subscriptions of {name} and returned "
                f"{subscription.label} of {subscription.owner}. The response was not used.",
                reason="answer_about_another",
            )
    return owned
