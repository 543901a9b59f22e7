from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from PySide6.QtCore import QObject, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot
from unison_desktop.frame.theme import Scheme, Theme
from unison_desktop.machines.board_view import BoardView
from unison_desktop.machines.states import LOOKS, shown_state
from unison_desktop.machines.tile import Density, TileStyle
from unison_domain.machines.contracts import Live, MachineAnswer, MachineState, StateSource

from tests.desktop.machines.samples import live, machine, machine_id

S = MachineState
PLANT = UUID(int=900)


class StillFleet(QObject):
    """Machines that change when a test says so."""

    listed = Signal()
    changed = Signal(object)
    failed = Signal(object)

    def __init__(self, machines: list[MachineAnswer]) -> None:
        super().__init__()
        self.machines = {one.id: one for one in machines}
        self.lives = {one.id: one.live for one in machines}

    def live(self, wanted: object) -> Live:
        return self.lives[wanted]  # type: ignore[index]  # as Fleet: ids only

    def change(self, fresh: Live) -> None:
        self.lives[fresh.machine_id] = fresh
        self.changed.emit(frozenset({fresh.machine_id}))


class Clock:
    """A clock a test moves."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


Shown = tuple[BoardView, StillFleet]
Make = Callable[..., Shown]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def show(qtbot: QtBot, theme: Theme, clock: Clock) -> Iterator[Make]:
    fleets = []

    def make(*lives: Live, size: tuple[int, int] = (1000, 700), fill_screen: bool = False) -> Shown:
        machines = [machine(n, one, plant_id=PLANT, plant_name="Hamburg") for n, one in enumerate(lives)]
        fleet = StillFleet(machines)
        fleets.append(fleet)
        view = BoardView(fleet, theme, fill_screen=fill_screen, now=clock)  # type: ignore[arg-type]  # looks like one
        qtbot.addWidget(view)
        view._second.stop()
        view.set_density(Density.NORMAL)
        view.resize(*size)
        view.show_machines(machines)
        view.show()
        view.clearFocus()
        settle(qtbot, view)
        return view, fleet

    yield make
    for fleet in fleets:
        fleet.deleteLater()


def settle(qtbot: QtBot, view: BoardView) -> None:
    """Wait until everything that was to be painted is."""
    with qtbot.waitSignal(view.painted):
        view.viewport().update(QRect(0, 0, 1, 1))


def colours(view: BoardView, box: QRect) -> set[str]:
    picture = view.viewport().grab(box).toImage()
    return {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(0, picture.height(), 3)}


def band(view: BoardView, number: int) -> QRect:
    tile = view.tile_rect(machine_id(number))
    return QRect(tile.left() + 4, tile.top() + 4, tile.width() - 8, 8)


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
def test_each_state_is_painted_in_its_tone(show: Make, theme: Theme, scheme: Scheme) -> None:
    theme.choose(scheme)
    known = [state for state in S if state is not S.UNKNOWN]
    view, _fleet = show(*(live(n, state) for n, state in enumerate(known)))
    for number, state in enumerate(known):
        assert theme.tone(LOOKS[state].tone).fill in colours(view, band(view, number)), state


def test_no_data_is_hatched_and_data_that_grows_old_becomes_no_data(
    show: Make, qtbot: QtBot, theme: Theme, clock: Clock
) -> None:
    view, _fleet = show(live(0, S.UNKNOWN), live(1, S.RUNNING, last_signal_at=clock.now))
    body = view.tile_rect(machine_id(0)).adjusted(8, 60, -8, -40)
    assert len(colours(view, body)) > 1
    fresh = view.tile_rect(machine_id(1)).adjusted(8, 60, -8, -40)
    assert theme.tone(LOOKS[S.RUNNING].tone).fill in colours(view, band(view, 1))
    clock.now += timedelta(seconds=61)
    with qtbot.waitSignal(view.states_aged):
        view.tick()
    settle(qtbot, view)
    assert theme.tone(LOOKS[S.RUNNING].tone).fill not in colours(view, band(view, 1))
    assert len(colours(view, fresh)) > 1


def test_data_also_grows_old_where_nobody_has_scrolled_to(show: Make, qtbot: QtBot, clock: Clock) -> None:
    heard = [clock.now] * 59 + [clock.now - timedelta(seconds=30)]
    view, _fleet = show(*(live(n, last_signal_at=at) for n, at in enumerate(heard)), size=(500, 400))
    assert machine_id(59) not in view.visible_ids()
    clock.now += timedelta(seconds=45)
    with qtbot.waitSignal(view.states_aged):
        view.tick()


def test_a_change_paints_its_tile_and_no_other(show: Make, qtbot: QtBot, theme: Theme) -> None:
    view, fleet = show(*(live(n) for n in range(6)))
    before = view.paint_count
    with qtbot.waitSignal(view.painted):
        fleet.change(live(3, S.FAULT, alarms=["Oil"]))
    assert view.paint_count == before + 1
    assert theme.tone(LOOKS[S.FAULT].tone).fill in colours(view, band(view, 3))


def test_a_second_moves_the_clocks_without_painting_tiles_anew(show: Make, qtbot: QtBot, clock: Clock) -> None:
    view, _fleet = show(live(0, since=clock.now - timedelta(seconds=5)))
    before, count = picture(view), view.paint_count
    clock.now += timedelta(seconds=1)
    with qtbot.waitSignal(view.painted):
        view.tick()
    assert view.paint_count == count
    assert picture(view) != before


def test_a_tick_that_changes_no_text_paints_nothing(show: Make, qtbot: QtBot, clock: Clock) -> None:
    view, _fleet = show(live(0, since=clock.now))
    with qtbot.assertNotEmitted(view.painted, wait=60):
        view.tick()


def picture(view: BoardView) -> QImage:
    return view.viewport().grab().toImage()


def test_the_keyboard_walks_and_opens(show: Make, qtbot: QtBot) -> None:
    view, _fleet = show(*(live(n) for n in range(8)))
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.current_id() == machine_id(0)  # now one sees where the keyboard is
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.current_id() == machine_id(1)
    QTest.keyClick(view, Qt.Key.Key_End)
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert view.current_id() == machine_id(6)
    assert "CNC-07" in view.accessibleDescription()
    with qtbot.waitSignal(view.machine_opened) as opened:
        QTest.keyClick(view, Qt.Key.Key_Return)
    assert opened.args == [machine_id(6)]


def test_a_double_click_opens_what_is_under_it(show: Make, qtbot: QtBot) -> None:
    view, _fleet = show(live(0), live(1))
    at = view.tile_rect(machine_id(1)).center()
    assert view.machine_at(at) == machine_id(1)
    assert view.machine_at(QPoint(1, 1)) is None
    with qtbot.waitSignal(view.machine_opened) as opened:
        QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert opened.args == [machine_id(1)]


def test_walking_brings_the_tile_into_sight(show: Make) -> None:
    view, _fleet = show(*(live(n) for n in range(60)), size=(500, 400))
    QTest.keyClick(view, Qt.Key.Key_End)
    assert view.viewport().rect().contains(view.tile_rect(machine_id(59)))


def test_the_keyboard_is_seen_when_it_comes_with_tab(show: Make, qtbot: QtBot, theme: Theme) -> None:
    view, _fleet = show(live(0), live(1))
    other = QLineEdit(view)
    other.show()
    view.activateWindow()
    other.setFocus()
    before = picture(view)
    with qtbot.waitSignal(view.painted):
        view.setFocus(Qt.FocusReason.TabFocusReason)
    assert picture(view) != before
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.current_id() == machine_id(1)


def test_a_moment_gone_by_is_grey_stands_still_and_says_so(
    show: Make, qtbot: QtBot, theme: Theme, clock: Clock
) -> None:
    view, _fleet = show(live(0, since=clock.now - timedelta(seconds=5)), live(1, S.FAULT))
    with qtbot.waitSignal(view.painted):
        view.set_as_of(clock.now)
    for number, state in enumerate((S.RUNNING, S.FAULT)):
        assert theme.tone(LOOKS[state].tone).fill not in colours(view, view.tile_rect(machine_id(number)))
    before = picture(view)
    clock.now += timedelta(minutes=5)
    with qtbot.assertNotEmitted(view.states_aged):
        view.tick()
    assert picture(view) == before
    painter = view._painter
    told = painter.age_of(live(0), clock.now)
    assert told.startswith("as of ")
    with qtbot.waitSignal(view.painted):
        view.set_as_of(None)
    assert picture(view) != before


def test_a_state_entered_by_hand_says_when_its_station_is_silent(show: Make, clock: Clock) -> None:
    by_hand = live(0, source=StateSource.PERSON, last_signal_at=None)
    silent = live(0, source=StateSource.PERSON, station_silent_since=clock.now - timedelta(days=2))
    view, _fleet = show(by_hand)
    assert view._painter.age_of(by_hand, clock.now) == ""
    told = view._painter.age_of(silent, clock.now)
    assert told.startswith("station silent 2 d")
    room = view._painter.age_box(QRectF(0, 0, 300, 200)).width()
    assert QFontMetricsF(view._painter._small_font).horizontalAdvance(told) <= room
    assert shown_state(silent, clock.now) is S.RUNNING


def test_no_data_is_never_called_live(show: Make, clock: Clock) -> None:
    view, _fleet = show(live(0))
    heard = live(0, S.UNKNOWN, last_signal_at=clock.now)
    assert "live" not in view._painter.age_of(heard, clock.now)
    assert view._painter.age_of(live(0, last_signal_at=clock.now), clock.now) == "live"


@pytest.mark.parametrize("size", [(780, 480), (1370, 800), (2300, 1250)])
@pytest.mark.parametrize("count", [1, 4, 7, 30])
def test_fit_shows_everything_at_once(show: Make, size: tuple[int, int], count: int) -> None:
    view, _fleet = show(*(live(n) for n in range(count)), size=size)
    view.set_density(Density.FIT)
    assert all(view.viewport().rect().contains(view.tile_rect(machine_id(n))) for n in range(count))


def test_few_machines_are_twice_as_large_as_usual_at_most_but_on_a_wall(show: Make) -> None:
    """One machine would fill a desk with headings that shout."""
    view, _fleet = show(live(0), size=(1100, 740))
    usual = TileStyle.of(view.font(), Density.FIT).em
    view.set_density(Density.FIT)
    assert usual < view._painter.style.em <= 2 * usual
    wall, _fleet = show(live(0), size=(1100, 740), fill_screen=True)
    assert wall._painter.style.em > 2 * usual


@pytest.mark.parametrize(("centers", "headings"), [((None, None), 1), ((None, "Line 1"), 3), (("Line 1", "Line 1"), 2)])
def test_a_plant_without_work_centers_is_not_told_so(
    show: Make, centers: tuple[str | None, ...], headings: int
) -> None:
    view, _fleet = show(live(0), live(1))
    view.show_machines(
        [machine(n, live(n), plant_id=PLANT, plant_name="Hamburg", work_center_name=c) for n, c in enumerate(centers)]
    )
    seen = [heading for heading in view._headings if not heading.box.isEmpty()]
    assert seen[0].text == "Hamburg"
    assert len(seen) == headings


def test_a_wall_shows_everything_at_once(show: Make) -> None:
    view, _fleet = show(*(live(n) for n in range(200)), size=(1920, 1000), fill_screen=True)
    assert len(view.visible_ids()) == 200
    assert all(view.viewport().rect().contains(view.tile_rect(machine_id(n))) for n in range(200))


def test_why_a_machine_stands_has_all_the_room_the_age_leaves(show: Make, clock: Clock) -> None:
    view, fleet = show(live(0, S.UNKNOWN, reason="no answer within 1.5 s", last_signal_at=clock.now))
    clock.now += timedelta(seconds=42)
    known = fleet.live(machine_id(0))
    tile = QRectF(0, 0, 210, 140)
    room = view._painter.why_box(tile, known, clock.now).width()
    assert room > QFontMetricsF(view._painter._small_font).horizontalAdvance(known.reason or "")
    clock.now += timedelta(minutes=30)
    assert view._painter.why_box(tile, known, clock.now).width() < room


def test_an_empty_board_says_why(show: Make, theme: Theme) -> None:
    view, _fleet = show(live(0))
    view.show_machines([])
    view.set_notice("No machine passes the filter.")
    assert len(colours(view, view.viewport().rect())) > 1
