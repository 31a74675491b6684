# Copyright: (c) 2026, tenantops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: may change without notice.
"""The service's time."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime


class Clock:
    """The service's time as its last answer gave it, so that "days left" does not depend on this machine's clock."""

    def __init__(self) -> None:
        self._said: datetime | None = None
        self.ahead: timedelta | None = None
        """How far this machine's clock was ahead of the service's at the last answer; None until one has come."""

    def now(self) -> datetime:
        """What time it is there; this machine's time until an answer has come."""
        return self._said or datetime.now(timezone.utc)

    @property
    def known(self) -> bool:
        """Whether the service has said what time it is."""
        return self._said is not None

    def learn(self, date: str | None) -> None:
        """:param date: the header ``Date`` of an answer; what cannot be read is passed over."""
        try:
            if date:
                moment = parsedate_to_datetime(date)
                moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
                self._said, self.ahead = moment, datetime.now(timezone.utc) - moment
        except (TypeError, ValueError):
            pass
