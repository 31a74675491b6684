# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The identity that is doing this: it is not deleted, not purged, and keeps its roles.

Pure: how it is found out is in ``claims``.
"""

from __future__ import annotations

import typing as t

from ..model.users import User

UNKNOWN_REASON = "acting_identity_unknown"
OWN_REASON = "acting_identity"


class AnyBody(frozenset):  # type: ignore[type-arg]
    """An access token that does not say whose it is: everybody may be the one."""

    def __contains__(self, _item: object) -> bool:
        return True


ANYBODY: frozenset[str] = AnyBody()


def is_acting(user: User, acting: t.Collection[str]) -> bool:
    """Whether the user is, or may be, the identity that is doing this.

    :param acting: lower-case ids and normal-form names.
    """
    return user.id in acting or user.key in acting


def is_unknown(acting: t.Collection[str]) -> bool:
    """Whether it cannot be told who is doing this."""
    return isinstance(acting, AnyBody)


UNKNOWN = (
    "the access token does not name its account, so this may be the signed-in account. Sign in with a refresh token, "
    "or use an access token that can be read."
)
