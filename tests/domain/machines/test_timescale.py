import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.machines.timescale import LEAST_SPAN, TimeScale, Window, day_window

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(["Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]).map(
    ZoneInfo
)
DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))


def scale(day: date = date(2026, 11, 20), width: float = 960) -> TimeScale:
    return TimeScale(day_window(day, BERLIN), width, left=40)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 20), 24)]
)
def test_a_day_is_as_long_as_the_clocks_of_its_plant_say(day: date, hours: int) -> None:
    assert day_window(day, BERLIN).span == timedelta(hours=hours)


@given(DAYS, ZONES)
def test_days_tile_time(day: date, zone: ZoneInfo) -> None:
    assert day_window(day, zone).end == day_window(day + timedelta(days=1), zone).start


@given(DAYS, st.floats(0, 1), st.floats(100, 4000))
def test_a_pixel_and_its_moment_are_each_others_inverse(day: date, share: float, width: float) -> None:
    axis = scale(day, width)
    x = axis.left + share * width
    assert axis.x(axis.moment(x)) == pytest.approx(x, abs=0.01)


@given(st.floats(0.05, 40), st.floats(0, 1), st.floats(0.05, 40), st.floats(0, 1), st.floats(-3000, 3000))
def test_zoom_and_pan_never_leave_the_day(f1: float, a1: float, f2: float, a2: float, dx: float) -> None:
    day = day_window(date(2026, 11, 20), BERLIN)
    axis = scale()
    for factor, at in ((f1, a1), (f2, a2)):
        axis = axis.zoomed(factor, axis.left + at * axis.width, day).panned(dx, day)
        assert day.start <= axis.window.start < axis.window.end <= day.end
        assert axis.window.span >= LEAST_SPAN


def test_zooming_in_keeps_the_moment_under_the_pointer() -> None:
    axis = scale()
    under = axis.moment(333)
    assert axis.zoomed(4, 333, axis.window).x(under) == pytest.approx(333, abs=0.01)


def test_ticks_of_the_autumn_day_name_the_repeated_hour_twice() -> None:
    labels = [tick.label for tick in scale(date(2026, 10, 25), width=2500).ticks(BERLIN, least_pixels=60)]
    assert labels[:5] == ["00:00", "01:00", "02:00", "02:00", "03:00"]
    assert len(labels) == 26


def test_ticks_of_the_spring_day_leave_out_the_hour_that_never_was() -> None:
    labels = [tick.label for tick in scale(date(2026, 3, 29), width=2500).ticks(BERLIN, least_pixels=60)]
    assert labels[:3] == ["00:00", "01:00", "03:00"]


@given(st.floats(1, 2880), st.floats(20, 200), ZONES)
def test_ticks_keep_their_distance_on_ordinary_days(factor: float, least: float, zone: ZoneInfo) -> None:
    day = day_window(date(2026, 11, 20), zone)
    axis = TimeScale(day, 960).zoomed(factor, 480, day)
    places = [axis.x(tick.moment) for tick in axis.ticks(zone, least)]
    assert all(b - a >= least - 0.01 for a, b in itertools.pairwise(places))


def test_a_part_outside_is_brought_into_sight() -> None:
    day = day_window(date(2026, 11, 20), BERLIN)
    part = Window(datetime(2026, 11, 20, 3, tzinfo=UTC), datetime(2026, 11, 20, 3, 10, tzinfo=UTC))
    axis = scale().zoomed(12, 900, day)
    shown = axis.showing(part, day).window
    assert shown.start <= part.start
    assert part.end <= shown.end


def test_clip_keeps_the_common_part_alone() -> None:
    day = day_window(date(2026, 11, 20), BERLIN)
    assert day.clip(day.start - timedelta(hours=2), day.start) is None
    assert day.clip(day.start - timedelta(hours=2), day.start + timedelta(hours=1)) == Window(
        day.start, day.start + timedelta(hours=1)
    )


@pytest.mark.parametrize("end", [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2)])  # noqa: DTZ001 - is refused
def test_a_window_without_length_or_zone_is_refused(end: datetime) -> None:
    with pytest.raises(ValueError, match="2026-01-0"):
        Window(datetime(2026, 1, 1, tzinfo=UTC), end)
