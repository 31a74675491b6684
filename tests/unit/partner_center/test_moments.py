"""Times and durations as people write them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from ansible_collections.tenantops.partner_center.plugins.module_utils._common.moments import (
    LONGEST,
    NotATime,
    duration,
    length,
    moment,
)
from hypothesis import given
from hypothesis import strategies as st

SECONDS = st.integers(1, int(LONGEST.total_seconds()))
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=ZONES)


@given(MOMENTS)
def test_a_moment_is_the_same_in_every_zone_and_form(when: datetime) -> None:
    exact = when.replace(microsecond=0)
    utc = exact.astimezone(timezone.utc)
    forms = [when, when.isoformat(), exact.isoformat(" "), utc.strftime("%Y-%m-%dT%H:%M:%SZ"), exact.isoformat() + " "]
    forms.append(exact.strftime("%Y-%m-%dT%H:%M:%S%z"))
    assert {moment(form) for form in forms} == {utc}


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))
def test_without_a_time_zone_it_is_no_moment(when: datetime) -> None:
    for form in (when, when.isoformat(), when.isoformat(" "), when.date(), when.date().isoformat()):
        with pytest.raises(NotATime):
            moment(form)


@pytest.mark.parametrize(
    "text",
    [
        "", "tomorrow", "2026-02-30T10:00:00Z", "2026-12-31T24:30:00Z", "2026-12-31T10:00:00 Europe/Berlin",
        "2026-12-31T10:00:00+25:00", "31.12.2026 10:00 Z", "1798700000", 1798700000, True, None, [], "0001-01-01T00:00:00+14:00",
    ],
)  # fmt: skip
def test_no_moment(text: object) -> None:
    with pytest.raises(NotATime):
        moment(text)


@given(SECONDS)
def test_a_duration_reads_as_it_is_written(seconds: int) -> None:
    whole = timedelta(seconds=seconds)
    days, rest = divmod(seconds, 86400)
    hours, minutes = divmod(rest, 3600)
    iso = f"P{days}DT{hours}H{minutes // 60}M{minutes % 60}S"
    assert duration(length(whole)) == duration(iso) == duration(iso.lower()) == duration(f" {seconds}S") == whole


@pytest.mark.parametrize(
    ("text", "hours"),
    [("2h", 2), ("30d", 720), ("1w", 168), ("1d12h", 36), ("90m", 1.5), ("PT2H", 2), ("P30D", 720), ("P1W", 168)],
)
def test_durations(text: str, hours: float) -> None:
    assert duration(text) == timedelta(hours=hours)


@pytest.mark.parametrize(
    "text",
    ["", "2", 2, 2.5, None, True, "0h", "PT0S", "-2h", "2 hours", "1.5h", "P1M", "P1Y", "P", "PT", "P1DT", "2h1d", "99999d", [], date(2026, 1, 1)],
)  # fmt: skip
def test_no_duration(text: object) -> None:
    with pytest.raises(NotATime):
        duration(text)
