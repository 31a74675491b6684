"""Times and durations as people declare them. Pure.

Source: ISO 8601; of a duration only the parts whose length is the same everywhere (no months, no years).
"""

from __future__ import annotations

import re
import typing as t
from datetime import date, datetime, timedelta, timezone

_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt\x20](\d{2}:\d{2}(?::\d{2})?)(?:[.,]\d{1,9})?\s*([Zz]|[+-]\d{2}(?::?\d{2})?)?", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_SHORT = re.compile(r"(?:(\d{1,9})w)?(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?", re.ASCII)
_ISO = re.compile(
    r"p(?:(\d{1,9})w)?(?:(\d{1,9})d)?(?:t(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?)?(?<![pt])", re.ASCII
)
LONGEST = timedelta(days=3660)
"""What lasts longer is not temporary, and most likely a slip."""


class NotATime(ValueError):
    """What is wrong with a time or a duration, in the words that follow its option."""


def moment(value: t.Any) -> datetime:
    """A moment in UTC, in whole seconds.

    :param value: a text in ISO 8601 with a time zone, or what YAML makes of one.
    :raises NotATime:
    """
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, date) or (isinstance(value, str) and _DATE.fullmatch(value.strip())):
        raise NotATime("is a date without a time; add the time and the time zone, as in 2026-12-31T18:00:00Z")
    else:
        match = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
        if match is None:
            raise NotATime("is not a time; write it as 2026-12-31T18:00:00Z or 2026-12-31T18:00:00+01:00")
        day, clock, zone = match.groups()
        try:
            found = datetime.fromisoformat(f"{day}T{clock}{_offset(zone)}")
        except ValueError:
            raise NotATime("is not a valid time; write it as 2026-12-31T18:00:00Z") from None
    if found.tzinfo is None or found.utcoffset() is None:
        raise NotATime("has no time zone; add Z for UTC, or an offset such as +01:00")
    try:
        return found.astimezone(timezone.utc).replace(microsecond=0)
    except OverflowError:
        raise NotATime("is not a valid time; write it as 2026-12-31T18:00:00Z") from None


def _offset(zone: str | None) -> str:
    if not zone:
        return ""
    if zone in "Zz":
        return "+00:00"
    digits = zone[1:].replace(":", "").ljust(4, "0")
    if int(digits[:2]) > 14 or int(digits[2:]) > 59:
        raise NotATime("has an offset that no time zone has")
    return f"{zone[0]}{digits[:2]}:{digits[2:]}"


def duration(value: t.Any) -> timedelta:
    """A duration such as ``2h``, ``1d12h``, ``30d`` or ``PT2H``. ``m`` are minutes. :raises NotATime:"""
    text = value.strip().lower() if isinstance(value, str) else ""
    match = (_ISO if text.startswith("p") else _SHORT).fullmatch(text)
    if not text or match is None:
        raise NotATime(
            "is not a duration; write a number with its unit: 2h, 30d, 1d12h, 90m (minutes), or PT2H. Months and "
            "years differ in length; use days"
        )
    seconds = sum(int(number) * unit for number, unit in zip(match.groups(), _UNITS.values()) if number)
    if not seconds:
        raise NotATime("is not a duration")
    if seconds > LONGEST.total_seconds():
        raise NotATime(f"is longer than {LONGEST.days} days; omit it for permanent access")
    return timedelta(seconds=seconds)


def length(value: timedelta) -> str:
    """A duration in the form in which it is declared."""
    rest, parts = int(value.total_seconds()), []
    for name, unit in list(_UNITS.items())[1:]:
        count, rest = divmod(rest, unit)
        parts += [f"{count}{name}"] if count else []
    return "".join(parts) or "0s"
