from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QWheelEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.theme import Theme
from unison_desktop.machines.counts_chart import CountsChart, bucket_for, round_top
from unison_desktop.machines.grounds import paint_state
from unison_desktop.machines.states import LOOKS
from unison_desktop.machines.time_axis import DayAxis, latest_sight
from unison_desktop.machines.timeline import Timeline
from unison_domain.machines.contracts import CountPoint, CountSeries, MachineState, StateInterval
from unison_domain.machines.timescale import Window, day_window

from tests.desktop.machines.samples import interval, machine_id

S = MachineState
BERLIN = ZoneInfo("Europe/Berlin")
DAY = date(2026, 11, 20)
MIDNIGHT = datetime(2026, 11, 20, tzinfo=BERLIN)
NOON = MIDNIGHT + timedelta(hours=12)

Show = Callable[..., Timeline]


@pytest.fixture
def show(qtbot: QtBot, theme: Theme) -> Show:
    """A timeline of the day with these intervals; it is noon."""

    def make(*intervals: StateInterval, day: date = DAY) -> Timeline:
        axis = DayAxis(day_window(day, BERLIN), BERLIN)
        view = Timeline(axis, theme, lambda: NOON.astimezone(UTC))
        axis.setParent(view)
        qtbot.addWidget(view)
        view.resize(1200, 120)
        view.show_intervals(intervals)
        view.show()
        return view

    return make


def at(hours: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hours)


def middle_colours(view: Timeline, left: float, right: float) -> set[str]:
    picture = view.grab().toImage()
    band = view.band()
    columns = range(round(left) + 2, round(right) - 2)
    return {picture.pixelColor(x, y).name() for x in columns for y in range(int(band.top()) + 2, int(band.top()) + 9)}


def test_an_interval_is_drawn_where_its_time_is(show: Show, theme: Theme) -> None:
    stop = interval(1, S.FAULT, at(6), at(12))
    view = show(stop)
    box, band = view.box_of(stop), view.band()
    assert box is not None
    assert box.left() == pytest.approx(band.left() + band.width() / 4)
    assert box.width() == pytest.approx(band.width() / 4)
    assert middle_colours(view, box.left(), box.right()) == {theme.tone(LOOKS[S.FAULT].tone).fill}


def test_a_stop_of_a_second_is_still_seen_in_front_of_a_day_of_running(show: Show, theme: Theme) -> None:
    stop = interval(2, S.FAULT, at(6), at(6) + timedelta(seconds=1))
    view = show(interval(1, S.RUNNING, at(0), at(6)), stop, interval(3, S.RUNNING, stop.ended_at or at(6), at(12)))
    box = view.box_of(stop)
    assert box is not None
    assert box.width() == 1.0
    assert len(middle_colours(view, box.left() - 5, box.right() + 5)) > 1
    found = view.interval_at(box.center().x())
    assert found is not None
    assert found.id == stop.id


def test_states_of_one_tone_are_told_apart_in_the_thinnest_band(show: Show) -> None:
    looks: dict[tuple[str, ...], MachineState] = {}
    view = show()
    band = view.band()
    for state in LOOKS:
        picture = QImage(1, round(band.height()), QImage.Format.Format_RGB32)
        painter = QPainter(picture)
        paint_state(painter, view.theme, state, QRectF(0, 0, 1, band.height()), view.em)
        painter.end()
        column = tuple(picture.pixelColor(0, y).name() for y in range(picture.height()))
        assert column not in looks, (state, looks[column])
        looks[column] = state


@pytest.mark.parametrize("intervals", [[], [interval(1, S.UNKNOWN, at(0), at(12))]])
def test_no_data_is_hatched(show: Show, intervals: list[StateInterval]) -> None:
    view = show(*intervals)
    assert len(middle_colours(view, view.band().left(), view.band().left() + 60)) > 1


def test_the_open_interval_ends_now_and_what_was_before_midnight_is_cut(show: Show) -> None:
    going = interval(1, S.RUNNING, at(-3), None)
    view = show(going)
    box, band = view.box_of(going), view.band()
    assert box is not None
    assert box.left() == pytest.approx(band.left())
    assert box.right() == pytest.approx(band.center().x())
    assert view.box_of(interval(2, S.FAULT, at(-3), at(0))) is None


def test_the_autumn_day_has_twenty_five_hours(show: Show) -> None:
    """Nine in the morning is ten hours after midnight on the day the clocks go back."""
    day = date(2026, 10, 25)
    nine = datetime(2026, 10, 25, 9, tzinfo=BERLIN)
    view = show(day=day)
    assert view.scale.x(nine) == pytest.approx(view.band().left() + view.band().width() * 10 / 25)


def test_wheel_zooms_where_the_pointer_is_and_double_click_fits(show: Show) -> None:
    view = show()
    place = QPointF(700, 40)
    under = view.scale.moment(700)
    wheel = QWheelEvent(
        place,
        view.mapToGlobal(place),
        QPoint(),
        QPoint(0, 360),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    view.wheelEvent(wheel)
    assert view.axis.shown.span < timedelta(hours=13)
    assert view.scale.x(under) == pytest.approx(700, abs=0.01)
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(700, 40))
    assert view.axis.shown == view.axis.bounds


def test_dragging_moves_and_is_no_click(show: Show, qtbot: QtBot) -> None:
    view = show(interval(1, S.FAULT, at(0), at(12)))
    view.zoom(4, 700)
    before = view.scale.moment(700)
    with qtbot.assertNotEmitted(view.interval_chosen):
        QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(700, 30))
        QTest.mouseMove(view, QPoint(720, 30))
        QTest.mouseMove(view, QPoint(760, 30))
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(760, 30))
    assert view.scale.x(before) == pytest.approx(760, abs=1.5)


def test_click_and_arrows_choose(show: Show, qtbot: QtBot) -> None:
    first, second = interval(1, S.FAULT, at(0), at(6)), interval(2, S.RUNNING, at(6), at(12))
    view = show(second, first)
    box = view.box_of(first)
    assert box is not None
    with qtbot.waitSignal(view.interval_chosen) as chosen:
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=box.center().toPoint())
    assert chosen.args == [first.id]
    with qtbot.waitSignal(view.interval_chosen) as chosen:
        QTest.keyClick(view, Qt.Key.Key_Right)
    assert chosen.args == [second.id]
    assert view.accessibleDescription().startswith("Running: From 06:00:00, To 12:00:00, Duration 6:00:00")


def test_what_is_chosen_elsewhere_is_brought_into_sight(show: Show) -> None:
    late = interval(1, S.FAULT, at(20), at(20.5))
    view = show(late)
    view.zoom(12, view.scale.x(at(3)))
    assert view.box_of(late) is None
    view.choose([late.id])
    assert view.box_of(late) is not None


@pytest.mark.parametrize(("highest", "top"), [("0", 3), ("3", 3), ("4", 6), ("75", 90), ("151", 300), ("1600", 3000)])
def test_the_scale_of_counts_ends_at_a_round_number(highest: str, top: int) -> None:
    assert round_top(Decimal(highest)) == top


@pytest.mark.parametrize(("hours", "seconds"), [(25, 900), (9, 900), (8, 300), (2, 60), (0.01, 60)])
def test_bars_get_finer_as_one_zooms_in(hours: float, seconds: int) -> None:
    assert bucket_for(timedelta(hours=hours)) == seconds


def test_bars_stand_where_their_parts_were_made(qtbot: QtBot, theme: Theme) -> None:
    axis = DayAxis(day_window(DAY, BERLIN), BERLIN)
    chart = CountsChart(axis, theme, lambda: NOON.astimezone(UTC))
    axis.setParent(chart)
    qtbot.addWidget(chart)
    chart.resize(1200, 200)
    points = [
        CountPoint(started_at=at(n), good=Decimal(n), scrap=Decimal(1), total=Decimal(n + 1)) for n in range(0, 12, 2)
    ]
    chart.show_counts(CountSeries(machine_id=machine_id(0), bucket_seconds=7200, points=points))
    bars = [bar for point in points if (bar := chart.bar_of(point)) is not None]
    assert len(bars) == 6
    assert bars[-1].height() == pytest.approx(chart.plot().height() * 11 / 12)
    assert bars[3].center().x() == pytest.approx(chart.scale.x(at(7)), abs=1)
    chart.show()
    assert theme.tone(LOOKS[S.RUNNING].tone).fill in {
        chart.grab().toImage().pixelColor(int(bars[-1].center().x()), y).name() for y in range(200)
    }


@pytest.mark.parametrize(
    ("part", "moved"),
    [
        (Window(at(10), at(12.05)), True),
        (Window(at(11.5), at(13)), False),
        (Window(at(10), at(12)), False),
        (Window(at(8), at(10)), False),
        (Window(at(0), at(24)), False),
    ],
    ids=["now at the right edge", "now in the middle", "now just out of sight", "now out of sight", "the whole day"],
)
def test_who_looks_at_the_newest_end_goes_on_looking_at_it(part: Window, moved: bool) -> None:
    axis = DayAxis(day_window(DAY, BERLIN), BERLIN)
    axis.show_part(part)
    step = timedelta(seconds=30)
    axis.keep_up(NOON, NOON + step)
    assert axis.shown == (Window(part.start + step, part.end + step) if moved else part)


def test_following_ends_at_midnight() -> None:
    axis = DayAxis(day_window(DAY, BERLIN), BERLIN)
    axis.show_part(Window(at(22), at(23.9)))
    axis.keep_up(at(23.85), at(23.99))
    assert axis.shown.end == axis.bounds.end
    assert axis.shown.span == timedelta(hours=1.9)


@pytest.mark.parametrize(
    ("now", "first", "start", "span"),
    [
        (20, None, 12, 8.64),
        (20, 17, 17, 3.24),
        (20, 19.95, 19.95, 1),
        (0.05, 0, 0, 1),
        (0.05, None, 0, 1),
        (23.9, 23.8, 23, 1),
        (24.5, 23, 0, 24),
    ],
    ids=["8 h", "from the first data", "first data now", "after midnight", "nothing known", "before midnight", "over"],
)
def test_today_is_opened_where_something_is(now: float, first: float | None, start: float, span: float) -> None:
    sight = latest_sight(day_window(DAY, BERLIN), at(now), at(first) if first is not None else None)
    assert abs(sight.start - at(start)) < timedelta(seconds=1)
    assert abs(sight.span - timedelta(hours=span)) < timedelta(seconds=1)


def test_what_somebody_chose_to_see_stays() -> None:
    axis = DayAxis(day_window(DAY, BERLIN), BERLIN)
    axis.begin(NOON, at(9))
    opened = axis.shown
    axis.zoom(2, NOON)
    axis.begin(NOON, at(9))
    assert axis.shown.span == opened.span / 2
    axis.fit()
    axis.begin(NOON, at(9))
    assert axis.shown == axis.bounds


def test_zooming_in_leads_to_now_and_not_into_what_is_to_come(show: Show) -> None:
    view = show()
    view.axis.begin(NOON, at(4))
    for _n in range(8):
        before = view.scale.x(NOON)
        QTest.keyClick(view, Qt.Key.Key_Plus)
        assert NOON in view.axis.shown
        assert abs(view.scale.x(NOON) - before) < 1
    assert view.axis.shown.span < timedelta(minutes=30)


def test_without_now_in_sight_zooming_keeps_the_middle() -> None:
    axis = DayAxis(day_window(DAY, BERLIN), BERLIN)
    axis.show_part(Window(at(2), at(6)))
    axis.zoom(2, NOON)
    assert axis.shown == Window(at(3), at(5))


def test_the_chart_says_what_a_bar_stands_for(qtbot: QtBot, theme: Theme) -> None:
    axis = DayAxis(day_window(DAY, BERLIN), BERLIN)
    chart = CountsChart(axis, theme, lambda: NOON)
    axis.setParent(chart)
    qtbot.addWidget(chart)
    chart.show_counts(CountSeries(machine_id=machine_id(0), bucket_seconds=900, points=[]))
    assert chart.heading == "Parts per 15 min"
