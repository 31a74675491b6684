# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""Which account a name stands for: a name is the only id, and may belong to another account tomorrow. The date of its
creation tells them apart.

Source: Windows Azure Pack REST reference, "User (Common object)": ``CreatedTime`` is UTC, with or without a
fraction and a zone suffix.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

SAME = timedelta(seconds=1)
"""Two dates that are no further apart are one: a value may be rounded to what the database keeps."""
_WRITTEN = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|\+00:00)?")
_NEVER = datetime(1, 1, 2)
"""The default of .NET, year 1, means that there is no date."""


def moment(created: str | None) -> datetime | None:
    """When an account was created; None if that cannot be read."""
    found = _WRITTEN.fullmatch((created or "").strip())
    if not found:
        return None
    try:
        second = datetime.strptime(found[1].replace(" ", "T"), "%Y-%m-%dT%H:%M:%S")
    except ValueError:
        return None
    return None if second < _NEVER else second + timedelta(microseconds=int((found[2] or "0").ljust(6, "0")[:6]))


def is_another(before: str | None, now: str | None) -> bool | None:
    """Whether two accounts of one name are different ones, by the dates of their creation; None if these do not
    tell."""
    first, second = moment(before), moment(now)
    return None if first is None or second is None else abs(first - second) > SAME
