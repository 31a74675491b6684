"""The emulator's time: real time plus an offset that a test can move."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime


class Clock:
    """Runs with real time. `advance` and `set` only change the offset, so time never stands still."""

    def __init__(self) -> None:
        self.offset_seconds = 0.0

    def timestamp(self) -> float:
        """Seconds since 1970 in the emulator's time."""
        return time.time() + self.offset_seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.timestamp(), tz=timezone.utc)

    def advance(self, seconds: float) -> None:
        self.offset_seconds += seconds

    def set(self, moment: datetime) -> None:
        self.offset_seconds = moment.timestamp() - time.time()

    def reset(self) -> None:
        self.offset_seconds = 0.0


def parse_time(text: str | datetime) -> datetime:
    """Reads `2026-11-02T08:00:00Z` (or what YAML made of it). A time without a zone is UTC."""
    moment = (
        text
        if isinstance(text, datetime)
        else datetime.fromisoformat(text.strip().replace("Z", "+00:00").replace("z", "+00:00"))
    )
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)


def format_time(moment: datetime | float | None) -> str | None:
    """`2017-01-20T00:33:34Z`, the form of dates in answers and in the log."""
    if moment is None:
        return None
    if isinstance(moment, (int, float)):
        moment = datetime.fromtimestamp(moment, tz=timezone.utc)
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def days_before(moment: datetime, days: float) -> datetime:
    return moment - timedelta(days=days)


def http_date(now: datetime) -> bytes:
    return format_datetime(now, usegmt=True).encode()
