# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Parts of sentences that several refusals share."""

from __future__ import annotations

from ..._common.text import counted
from ..model.users import User, iso
from .snapshot import Snapshot


def synced(user: User, what: str) -> str:
    """Why a user who comes from Active Directory is left alone. :param what: what would have been done."""
    return (
        f"{user.user_principal_name} is synced from Active Directory and was not {what}: the next sync would undo it. "
        "Change it there, or set allow_synced: true."
    )


def until(user: User, snapshot: Snapshot) -> str:
    """When a user was deleted, and how long it can still be restored."""
    days = user.days_left(snapshot.now)
    if days is None:
        return "deleted at an unknown time"
    left = f"{counted(days, 'day')} left to restore"
    return f"deleted {iso(user.soft_deletion_time)}, {left}" if user.soft_deletion_time else left
