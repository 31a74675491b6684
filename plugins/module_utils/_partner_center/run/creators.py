# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Under which correlation ids audit records say that a user was created.

Source: Partner Center developer documentation, "Get a record of Partner Center activity": records are kept for 90 days,
come late, and are of what the partner did.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice

from ..._common.errors import CollectionError, ServiceError, SignInError
from ..._common.identifiers import Guid
from ..._common.interruption import Interrupted
from ..client.meaning import about_all
from ..client.protocol import CustomerClient

KEPT = timedelta(days=89)
PAGES = 40
"""How many pages of records are read at most."""


def created_by(client: CustomerClient, user_id: Guid, first: date, pages: int) -> frozenset[str] | None:
    """What the records since a day say, None where they are refused to this partner or in this cloud.

    :raises CollectionError: they may well say something, and could not be read.
    """
    found: set[str] = set()
    try:
        for creators in islice(client.creators(user_id, first, client.session.now().date()), pages):
            found |= creators
    except (Interrupted, SignInError):
        raise
    except CollectionError as exc:
        if found:
            return frozenset(found)  # what was read before a page failed counts
        if isinstance(exc, ServiceError) and not about_all(exc):
            return None
        raise
    return frozenset(found)


def creators_since(client: CustomerClient, user_id: Guid, day: str) -> frozenset[str]:
    """What the records since a day (ISO 8601) say; nothing where they say nothing, or are refused to this partner or in
    this cloud.

    :raises CollectionError: they may well say something, and cannot be read now.
    """
    today = client.session.now().date()
    try:
        first = max(date.fromisoformat(day) - timedelta(days=1), today - KEPT)
    except (ValueError, OverflowError):
        return frozenset()
    return created_by(client, user_id, first, PAGES) or frozenset()
