from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot
from unison_desktop.frame.contact import ContactBar
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.place import Place
from unison_desktop.identity.session import Session
from unison_desktop.kernel.events import Link, LinkState
from unison_desktop.machines.board import BoardPage
from unison_desktop.machines.records import record
from unison_desktop.machines.renewal import SIGNALLED_TOPIC
from unison_desktop.machines.set_state import SET_STATE, StateDialog
from unison_desktop.machines.states import LOOKS
from unison_desktop.machines.tile import Density
from unison_domain.machines.contracts import MachineState, StateSource

from tests.desktop import samples as people
from tests.desktop.fake_server import FakeServer
from tests.desktop.machines.samples import live, machine, machine_id, plant, serve_machines, set_live
from tests.desktop.signing_in import sign_in_with

S = MachineState
Open = Callable[[], BoardPage]


@pytest.fixture
def open_board(qtbot: QtBot, desk: Desk, server: FakeServer) -> Open:
    """Eight machines in two plants; 2 has a fault, 6 is in set-up, the others run. Pages live as long as the test."""
    pages = []
    lives = [live(n, {2: S.FAULT, 6: S.SETUP}.get(n, S.RUNNING)) for n in range(8)]
    serve_machines(server, [machine(n, one) for n, one in enumerate(lives)])

    def make() -> BoardPage:
        page = BoardPage(desk, Place("machines"))
        pages.append(page)
        qtbot.addWidget(page)
        page.resize(1200, 800)
        page.show()
        with qtbot.waitSignal(page.board.painted):
            page.load()
        return page

    return make


def numbers(page: BoardPage) -> list[int]:
    return [machine_id_.int - machine_id(0).int for machine_id_ in page.board.shown_ids()]


def band_colours(page: BoardPage, machine_id_: UUID) -> set[str]:
    tile = page.board.tile_rect(machine_id_)
    picture = page.board.viewport().grab(QRect(tile.left() + 6, tile.top() + 6, tile.width() - 12, 4)).toImage()
    return {picture.pixelColor(x, 1).name() for x in range(picture.width())}


def test_machines_stay_current_for_somebody_without_rights_on_stations(
    qtbot: QtBot, open_board: Open, server: FakeServer, desk: Desk
) -> None:
    server.answer("GET /auth/me", people.me(roles=["operator"], permissions=["machines.machine.read"]))
    with qtbot.waitSignal(desk.session.signed_in):
        desk.session.sign_in(server.url, "DEMO", "olga", "secret", keep=False)
    qtbot.waitUntil(lambda: desk.session.is_online)
    long_ago = datetime.now(UTC) - timedelta(minutes=2)
    serve_machines(server, [machine(0, live(0, last_signal_at=long_ago))])
    page = open_board()
    qtbot.waitUntil(lambda: page.summary._counts == {S.UNKNOWN: 1})
    page.fleet.renewal.gather.setInterval(20)
    set_live(server, [live(0)])
    server.happen(SIGNALLED_TOPIC)
    qtbot.waitUntil(lambda: page.summary._counts == {S.RUNNING: 1})
    assert not [asked for asked in server.asked if asked.path.startswith(("/agents", "/stations"))]


def test_a_pc_with_a_wrong_clock_shows_what_the_machines_do(
    qtbot: QtBot, open_board: Open, server: FakeServer, desk: Desk
) -> None:
    ahead = timedelta(hours=-1)
    server.clock_ahead = ahead
    just_now = datetime.now(UTC) + ahead
    serve_machines(server, [machine(0, live(0, last_signal_at=just_now, since=just_now))])
    page = open_board()
    qtbot.waitUntil(lambda: page.summary._counts == {S.RUNNING: 1})
    later = datetime.now(UTC)
    serve_machines(server, [machine(0, live(0, last_signal_at=later, since=later))])
    server.clock_ahead = timedelta(0)
    page.reload()
    qtbot.waitUntil(lambda: page.fleet.live(machine_id(0)).last_signal_at == later)
    assert page.summary._counts == {S.RUNNING: 1}


def test_a_change_on_the_server_is_painted(qtbot: QtBot, open_board: Open, server: FakeServer, desk: Desk) -> None:
    page = open_board()
    set_live(server, [live(0, S.EMERGENCY_STOP, alarms=["Guard door open"])])
    server.happen("machines.machine.state_changed", machine_id(0))
    wanted = desk.theme.tone(LOOKS[S.EMERGENCY_STOP].tone).fill
    qtbot.waitUntil(lambda: wanted in band_colours(page, machine_id(0)))


def test_the_summary_counts_and_filters_by_state(open_board: Open) -> None:
    page = open_board()
    page.summary.choose(frozenset({S.FAULT, S.SETUP}))
    assert numbers(page) == [2, 6]
    page.summary.choose(frozenset())
    assert len(numbers(page)) == 8


def test_a_machine_that_leaves_the_chosen_state_leaves_the_board(
    qtbot: QtBot, open_board: Open, server: FakeServer
) -> None:
    page = open_board()
    page.summary.choose(frozenset({S.FAULT}))
    set_live(server, [live(2, S.RUNNING)])
    with qtbot.waitSignal(page.fleet.changed):
        server.happen("machines.machine.state_changed", machine_id(2))
    assert numbers(page) == []
    assert page.board.notice == "No machine passes the filter."


def test_plant_and_search_narrow_it(open_board: Open) -> None:
    page = open_board()
    page.plants.setCurrentIndex(page.plants.findText("Mannheim"))
    assert numbers(page) == [4, 5, 6, 7]
    page.search.setText("cnc set-up")
    assert numbers(page) == [6]


def test_plant_and_size_come_back_as_they_were_left(open_board: Open) -> None:
    page = open_board()
    page.plants.setCurrentIndex(1)
    page.densities.setCurrentIndex(page.densities.findText("Compact"))
    page.save_layout()
    again = open_board()
    assert again.board.density is Density.COMPACT
    assert numbers(again) == [0, 1, 2, 3]


def test_enter_goes_to_the_machine(qtbot: QtBot, open_board: Open) -> None:
    page = open_board()
    with qtbot.waitSignal(page.go) as gone:
        QTest.keyClick(page.board, Qt.Key.Key_Return)
    assert gone.args == [Place("machine", str(machine_id(0)))]


def test_the_wall_stays_live_while_the_page_is_hidden(qtbot: QtBot, open_board: Open, server: FakeServer) -> None:
    page = open_board()
    page.open_wall()
    wall = page._wall
    assert wall is not None
    page.hide()
    set_live(server, [live(0, S.BLOCKED)])
    with qtbot.waitSignal(wall.board.painted):
        server.happen("machines.machine.state_changed", machine_id(0))
    qtbot.waitUntil(lambda: page.fleet.live(machine_id(0)).state is S.BLOCKED)
    with qtbot.waitSignal(wall.closed):
        QTest.keyClick(wall, Qt.Key.Key_Escape)
    assert page._wall is None


@pytest.mark.parametrize("hiccup", [True, False])
def test_a_lost_connection_is_seen_at_once_on_board_and_wall(
    qtbot: QtBot, open_board: Open, server: FakeServer, desk: Desk, hiccup: bool
) -> None:
    page = open_board()
    page.open_wall()
    wall = page._wall
    assert wall is not None
    bars = [*page.findChildren(ContactBar), *wall.findChildren(ContactBar)]
    assert not any(bar.isVisibleTo(bar.window()) for bar in bars)
    if hiccup:
        page.contact._patience.setInterval(1)
        page.contact._on_link(Link(LinkState.RECONNECTING, datetime.now().astimezone()))
        qtbot.waitUntil(lambda: page.contact.as_of is not None)
        page.contact._on_link(Link(LinkState.ONLINE, datetime.now().astimezone()))
    else:
        server.stream_status = 503
        server.cut_streams()
        qtbot.waitUntil(lambda: page.contact.as_of is not None)
        as_of = page.contact.as_of
        assert as_of is not None
        assert page.fleet.read_at is not None
        assert timedelta(0) <= as_of - page.fleet.read_at < timedelta(seconds=1)
        assert all(bar.isVisibleTo(bar.window()) for bar in bars)
        assert all(f"{as_of.astimezone():%H:%M:%S}" in bar.text() for bar in bars)
        green = desk.theme.tone(LOOKS[S.RUNNING].tone).fill
        for board in (page.board, wall.board):
            shown = board.viewport().grab().toImage()
            points = product(range(0, shown.width(), 7), range(0, shown.height(), 3))
            assert green not in {shown.pixelColor(x, y).name() for x, y in points}
        assert all("No connection" in bar.text() for bar in bars)
        page.contact.renewed()
        assert all("changes don't come in by themselves" in bar.text() for bar in bars)
        server.stream_status = 200
    qtbot.waitUntil(lambda: page.contact.as_of is None)
    assert not any(bar.isVisibleTo(bar.window()) for bar in bars)
    wall.close()


def test_the_search_leads_to_the_tiles_and_escape_clears_it(qtbot: QtBot, open_board: Open) -> None:
    page = open_board()
    page.activateWindow()
    page.search.setFocus()
    QTest.keyClicks(page.search, "set-up")
    QTest.keyClick(page.search, Qt.Key.Key_Escape)
    assert page.search.text() == ""
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    qtbot.waitUntil(page.board.hasFocus)


def test_tab_goes_as_the_eye_does(open_board: Open) -> None:
    page = open_board()
    reached, widget = [], page.search.nextInFocusChain()
    while widget is not None and widget is not page.search:
        reached.append(widget)
        widget = widget.nextInFocusChain()
    wanted = [page.plants, page.densities, *page.summary.buttons(), page.board]
    assert [one for one in reached if one in wanted] == wanted


def test_going_to_the_page_puts_the_keyboard_on_the_tiles(qtbot: QtBot, open_board: Open) -> None:
    page = open_board()
    page.activateWindow()
    page.take_keyboard(Qt.FocusReason.OtherFocusReason)
    qtbot.waitUntil(page.board.hasFocus)


def test_a_server_that_cant_answer_is_told_on_the_page(qtbot: QtBot, desk: Desk, server: FakeServer) -> None:
    server.refuse("GET /machines", 503, "busy", "The database is starting.")
    page = BoardPage(desk, Place("machines"))
    qtbot.addWidget(page)
    page.show()
    page.load()
    qtbot.waitUntil(page._errors.isVisible)
    serve_machines(server, [machine(0)])
    with qtbot.waitSignal(page.loaded):
        page.reload()
    assert numbers(page) == [0]


def test_a_machine_can_be_jumped_to() -> None:
    found = record(machine(4))
    assert (found.title, found.detail) == ("CNC-05", "Machining center 5 · Mannheim, Line 2")
    assert found.place == Place("machine", str(machine_id(4)))


def test_who_has_no_plant_is_told_who_gives_one(qtbot: QtBot, server: FakeServer, desk: Desk) -> None:
    rights = ["machines.machine.read", "machines.machine.create"]
    server.answer("GET /auth/me", people.me(permissions=rights, all_plants=False, plants=[]))
    with qtbot.waitSignal(desk.session.signed_in):
        desk.session.sign_in(server.url, "DEMO", "olga", "secret", keep=False)
    qtbot.waitUntil(lambda: desk.session.is_online)
    serve_machines(server, [])
    page = BoardPage(desk, Place("machines"))
    qtbot.addWidget(page)
    page.show()
    with qtbot.waitSignal(page.loaded):
        page.load()
    assert page.empty.words.text() == "You have no plant yet: an administrator gives it under People."
    assert page.empty.begin.isVisible()
    assert not page.empty.begin.isEnabled()
    assert page.empty.begin.toolTip() == "You have no plant to set one up in."
    server.answer("GET /auth/me", people.me(permissions=rights))
    server.cut_streams()
    qtbot.waitUntil(page.empty.begin.isEnabled)
    assert page.empty.begin.toolTip() == ""
    assert page.empty.words.text() == "There is no machine yet."


def test_who_may_not_set_up_machines_is_told_that_others_do(qtbot: QtBot, server: FakeServer, desk: Desk) -> None:
    serve_machines(server, [])
    page = BoardPage(desk, Place("machines"))
    qtbot.addWidget(page)
    page.show()
    with qtbot.waitSignal(page.loaded):
        page.load()
    assert page.empty.words.text() == "There is no machine yet in the plants you see."
    assert not page.empty.begin.isEnabled()
    assert (
        page.empty.begin.toolTip()
        == "You may not do this: it needs the right “make machines” (machines.machine.create)."
    )


def test_board_and_wall_outlive_all_their_machines(qtbot: QtBot, open_board: Open, server: FakeServer) -> None:
    """The first answer after a lost connection that names no machine any more: the views turn to the present before
    they hear that theirs are gone."""
    page = open_board()
    page.open_wall()
    wall = page._wall
    assert wall is not None
    page.contact._patience.setInterval(1)
    page.contact._on_link(Link(LinkState.RECONNECTING, datetime.now().astimezone()))
    qtbot.waitUntil(lambda: page.contact.as_of is not None)
    serve_machines(server, [])
    page.contact._on_link(Link(LinkState.ONLINE, datetime.now().astimezone()))
    with qtbot.waitSignal(page.loaded):
        page.load()
    for board in (page.board, wall.board):
        board.tick()
        assert board.shown_ids() == []
    assert page.contact.as_of is None
    wall.close()


def menu_of(page: BoardPage) -> dict[str, QAction]:
    (menu,) = page.board.findChildren(QMenu)
    return {action.text(): action for action in menu.actions()}


def test_the_menu_of_a_tile_sets_the_state_of_its_machine(
    qtbot: QtBot, session: Session, open_board: Open, server: FakeServer
) -> None:
    sign_in_with(qtbot, session, server, ["machines.machine.read", SET_STATE])
    page = open_board()
    tile = page.board.tile_rect(machine_id(6)).center()
    QTest.mouseClick(page.board.viewport(), Qt.MouseButton.RightButton, pos=tile)
    asked = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, tile, page.board.viewport().mapToGlobal(tile))
    QApplication.sendEvent(page.board.viewport(), asked)
    menu = menu_of(page)
    assert list(menu) == ["Open the machine", "Set state…", "Take back the state that was set"]
    assert menu["Take back the state that was set"].toolTip() == "Its signals tell its state, nobody set it."
    assert menu["Set state…"].isEnabled()
    menu["Set state…"].trigger()
    (dialog,) = page.findChildren(StateDialog)
    assert dialog.form.editor("state").value() == "setup", "what the machine of this tile does"
    server.answer(f"PUT /machines/{machine_id(6)}/status", live(6, S.MAINTENANCE))
    dialog.form.editor("state").set_value("maintenance")
    with qtbot.waitSignal(dialog.saved):
        dialog.save_button.click()


def test_ctrl_z_takes_back_what_was_set_last_and_nothing_after_that(
    qtbot: QtBot, session: Session, open_board: Open, server: FakeServer
) -> None:
    sign_in_with(qtbot, session, server, ["machines.machine.read", SET_STATE])
    page = open_board()
    chosen = page.board.current_id()
    assert chosen is not None
    status, said = f"/machines/{chosen}/status", page.desk.messages
    word = live(0, S.MAINTENANCE, source=StateSource.PERSON, word_id=UUID(int=77), machine_id=chosen)
    server.answer(f"PUT {status}", word)
    page.set_state.command.trigger()
    (dialog,) = page.findChildren(StateDialog)
    dialog.form.editor("state").set_value("maintenance")
    with qtbot.waitSignal(dialog.saved):
        dialog.save_button.click()
    undone = f"POST {status}/{word.word_id}/undo"
    server.answer(undone, live(0, machine_id=chosen))
    assert page.undo.keys == "Ctrl+Z"
    page.undo.trigger()
    qtbot.waitUntil(lambda: "Maintenance was taken back" in said.history[-1].text)
    page.undo.trigger()
    assert said.history[-1].text == "No state was set here that could be taken back."
    assert len(server.asked_for(undone)) == 1


def test_the_menu_key_opens_the_menu_of_the_chosen_tile_and_says_why_not(
    qtbot: QtBot, session: Session, open_board: Open, server: FakeServer
) -> None:
    sign_in_with(qtbot, session, server, ["machines.machine.read"])
    page = open_board()
    middle = page.board.rect().center()
    QApplication.sendEvent(page.board, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, middle, middle))
    action = menu_of(page)["Set state…"]
    assert not action.isEnabled()
    assert "set the state of machines" in action.toolTip()
    with qtbot.waitSignal(page.board.machine_opened) as opened:
        menu_of(page)["Open the machine"].trigger()
    assert opened.args == [page.board.current_id()]


def test_whose_right_is_for_other_plants_is_told_so_of_the_chosen_machine(
    qtbot: QtBot, session: Session, open_board: Open, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Session, "holds_in", lambda _session, _right, plant_id, _department=None: plant_id.int == 901)
    server.answer("GET /plants", [plant(UUID(int=number), "Europe/Berlin") for number in (900, 901)])
    sign_in_with(qtbot, session, server, ["machines.machine.read", "sites.plant.read", SET_STATE])
    page = open_board()
    command = page.set_state.command
    qtbot.waitUntil(lambda: command.why_not.endswith("not for P (Plant)."))
    other = next(id_ for id_, one in page.fleet.machines.items() if one.plant_id.int == 901)
    QTest.mouseClick(page.board.viewport(), Qt.MouseButton.LeftButton, pos=page.board.tile_rect(other).center())
    assert command.isEnabled()
