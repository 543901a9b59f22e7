"""A day is over by the clocks of its place, also where these change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.sites.local_days import day_over, last_day, today_over, zone_of_somebody

ZONES = [
    *("UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo", "America/Havana"),
    *("Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati", "Africa/Cairo", "Asia/Beirut"),
]
zones = st.sampled_from(ZONES).map(ZoneInfo)
days = st.dates(date(1990, 1, 1), date(2100, 1, 1))


@given(days, zones)
def test_it_is_the_first_moment_that_is_not_of_the_day_any_more(day: date, zone: ZoneInfo) -> None:
    end = day_over(day, zone)
    assert end.astimezone(zone).date() > day
    assert (end - timedelta(microseconds=1)).astimezone(zone).date() <= day
    assert end.tzinfo is UTC


@given(days, zones)
def test_days_follow_one_another_without_gap(day: date, zone: ZoneInfo) -> None:
    before, after = day_over(day, zone), day_over(day + timedelta(days=1), zone)
    assert timedelta(0) <= after - before <= timedelta(hours=25)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)), zones)  # noqa: DTZ001
def test_today_is_over_later_and_within_a_day_of_25_hours(now: datetime, zone: ZoneInfo) -> None:
    assert timedelta(0) < today_over(now, zone) - now <= timedelta(hours=25)


@given(days, zones)
def test_a_day_is_read_back_from_its_end(day: date, zone: ZoneInfo) -> None:
    end = day_over(day, zone)
    assert day_over(last_day(end, zone) or date.min, zone) == end
    assert last_day(end + timedelta(hours=1), zone) is None


@pytest.mark.parametrize(
    ("day", "zone", "end"),
    [
        (date(2026, 3, 28), "Europe/Berlin", "2026-03-28T23:00"),
        (date(2026, 3, 29), "Europe/Berlin", "2026-03-29T22:00"),  # 23 hours
        (date(2026, 10, 25), "Europe/Berlin", "2026-10-25T23:00"),  # 25 hours
        (date(2018, 11, 3), "America/Sao_Paulo", "2018-11-04T03:00"),  # no midnight
        (date(2026, 10, 31), "America/Havana", "2026-11-01T04:00"),  # midnight twice
        (date(2026, 7, 1), "Asia/Kolkata", "2026-07-01T18:30"),
    ],
)
def test_published_changes_of_clocks(day: date, zone: str, end: str) -> None:
    assert f"{day_over(day, ZoneInfo(zone)):%Y-%m-%dT%H:%M}" == end


def test_who_works_in_plants_of_one_zone_has_its_days_and_else_those_of_the_organization() -> None:
    assert zone_of_somebody(["Asia/Tokyo", "Asia/Tokyo"], "Europe/Berlin").key == "Asia/Tokyo"
    assert zone_of_somebody(["Asia/Tokyo", "Europe/Paris"], "Europe/Berlin").key == "Europe/Berlin"
    assert zone_of_somebody([], "Europe/Berlin").key == "Europe/Berlin"


def test_the_last_day_of_all_has_no_end() -> None:
    with pytest.raises(ValueError, match="too far away"):
        day_over(date.max, UTC)
