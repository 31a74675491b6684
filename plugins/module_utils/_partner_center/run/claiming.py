# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Whether a user who is there after the answer to a create was lost is the one that this create has made.

Nobody had the name before the run. That does not say that nobody else has taken it since, under the same display
name even, and a password of somebody else must not be reset. What counts is, in this order: what the audit records
say, and if they say nothing, whether the user carries anything that the create did not put there.

Source: Partner Center developer documentation, "Get a record of Partner Center activity". Records come late, so that
one that is missing says nothing; and they are of what the partner did, so that an administrator of the customer
shows in what the user carries alone.
"""

from __future__ import annotations

import typing as t
from datetime import timedelta

from ..._common.errors import CollectionError
from ..._common.identifiers import Guid, guid_key
from ..._common.waits import attempts
from ..client.protocol import CustomerClient
from ..model.attributes import ATTRIBUTES
from ..model.users import User
from .creators import created_by

LOOKS = 2
"""How often the audit records are read."""
PAGES = 10
"""How many pages of them; the newest come first."""

BY_AUDIT = "claimed_by_audit"
BY_LIKENESS = "claimed_by_likeness"
SOMEBODY_ELSE = "created_by_somebody_else"
UNCLEAR = "creator_unknown"

WORDS = {
    BY_AUDIT: "an audit record of Partner Center names this run as the creator",
    BY_LIKENESS: "the audit records name no creator, and the user has only what was sent: no role, no license, no "
    "other attribute",
}
"""The grounds on which a user is taken for ours, for a person."""


def whose(
    client: CustomerClient, found: User, sent: t.Mapping[str, t.Any], wrong: t.Collection[str]
) -> tuple[str, str]:
    """Who has created a user: one of the words above, and what speaks against ours where it is unclear.

    :param sent: the attributes that were sent.
    :param wrong: those of them that the user does not have.
    """
    try:
        creators = _creators(client, found.id)
    except CollectionError as exc:
        return UNCLEAR, f"the audit records cannot be read now ({exc.message})"
    if creators:
        return (BY_AUDIT if guid_key(client.session.correlation_id) in creators else SOMEBODY_ELSE), ""
    against = _against(client, found, sent, wrong)
    return (UNCLEAR, against) if against else (BY_LIKENESS, "")


def _creators(client: CustomerClient, user_id: Guid) -> frozenset[str]:
    """The correlation ids under which the audit records say that a user was created; none when they say nothing (yet),
    or are refused to this partner or in this cloud.

    :raises CollectionError: they may well say something, and could not be read.
    """
    today = client.session.now().date()
    if today.year < 2000:
        return frozenset()  # the date of an answer that cannot be meant
    for _attempt in attempts(client.session.budget, LOOKS):
        found = created_by(client, user_id, today - timedelta(days=1), PAGES)
        if found or found is None:
            return found or frozenset()
    return frozenset()


def _against(client: CustomerClient, found: User, sent: t.Mapping[str, t.Any], wrong: t.Collection[str]) -> str:
    """What the user has that the create did not put there, or that cannot be told; empty if nothing."""
    if wrong:
        return f"it differs from the declaration ({', '.join(wrong)})"
    more = [name for name in ATTRIBUTES if name not in sent and getattr(found, name)]
    if more:
        return f"it has attributes that were not sent ({', '.join(more)})"
    if found.directory_synced:
        return "it is synced from Active Directory"
    try:
        if client.user_roles(found.id):
            return "it holds a directory role"
        if client.licenses(found.id):
            return "it holds a license"
    except CollectionError as exc:
        return f"its roles and licenses cannot be read ({exc.message})"
    return ""
