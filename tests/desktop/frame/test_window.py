from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMenu, QWidget
from pytestqt.qtbot import QtBot
from unison_desktop.frame import window as window_module
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.page_entry import PageEntry
from unison_desktop.frame.page_head import PageHead
from unison_desktop.frame.palette import Palette, entries_of
from unison_desktop.frame.place import Place, Record
from unison_desktop.frame.shortcut_sheet import ShortcutSheet
from unison_desktop.frame.status_pill import StatusPill
from unison_desktop.frame.theme import Theme
from unison_desktop.frame.window import MainWindow
from unison_desktop.kernel.client import ApiClient, ListCall
from unison_desktop.kernel.texts import _
from unison_domain.stations.contracts import AgentAnswer

from tests.desktop.fake_server import FakeServer

TOPIC = "stations.agent.changed"


class PcsPage(Page):
    """A page as rooms write them."""

    topics = ("stations.agent",)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self.loads = 0
        self.names: list[str] = []
        self.set_title(_("PCs"))
        self.add_command("pc.count", _("Count the PCs"), self.count, shortcuts="Ctrl+T")
        self.counted = 0

    def load(self) -> None:
        self.loads += 1
        client = self.desk.session.client
        self.ask(client.get_all("/agents", item=AgentAnswer, owner=self), self._show)

    def count(self) -> None:
        self.counted += 1

    def _show(self, agents: list[AgentAnswer]) -> None:
        self.names = [agent.name for agent in agents]


class PcPage(Page):
    """A page reached from another."""

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self.set_title(f"PC {place.argument}")

    def trail(self) -> list[tuple[str, Place]]:
        return [("PCs", Place("pcs"))]


def pcs(client: ApiClient, *, owner: QWidget) -> ListCall:
    return client.get_all("/agents", item=AgentAnswer, owner=owner)


def pc_record(item: object) -> Record:
    assert isinstance(item, AgentAnswer)
    return Record(item.name, item.hostname or "", Place("pc", str(item.id)), "stations")


ENTRIES = (
    PageEntry("pcs", "PCs", "stations", f"{__name__}:PcsPage", "pcs", (f"{__name__}:pcs", f"{__name__}:pc_record")),
    PageEntry("pc", "PC", "stations", f"{__name__}:PcPage", "pcs"),
    PageEntry("more", "More", "machines", f"{__name__}:PcPage", "more"),
    PageEntry("secret", "Secret", "key", f"{__name__}:PcPage", "secret", needs="identity.user.create"),
)


@pytest.fixture
def window(qtbot: QtBot, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    monkeypatch.setattr(window_module, "ENTRIES", ENTRIES)
    monkeypatch.setattr(window_module, "BY_NAME", {entry.name: entry for entry in ENTRIES})
    monkeypatch.setattr(window_module, "HOME", Place("pcs"))
    made = MainWindow(desk)
    made.open_start()
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()
    made.deleteLater()


def pcs_page(window: MainWindow) -> PcsPage:
    page = window.page
    assert isinstance(page, PcsPage)
    return page


def command(window: MainWindow, id_: str) -> Command:
    return next(command for command in window.commands if command.id == id_)


def key(qtbot: QtBot, window: MainWindow, key: Qt.Key, control: bool = True) -> None:
    QTest.keyClick(window, key, Qt.KeyboardModifier.ControlModifier if control else Qt.KeyboardModifier.NoModifier)


def test_it_opens_at_home_and_loads(qtbot: QtBot, window: MainWindow) -> None:
    page = pcs_page(window)
    qtbot.waitUntil(lambda: page.names == ["Line 1", "Line 2", "Packing"])
    assert window.windowTitle() == "PCs - Unison"


def test_back_and_forward(window: MainWindow) -> None:
    home = window.page
    window.go(Place("pc", "1"))
    window.go(Place("pc", "2"))
    assert window.page is not None
    assert window.page.title == "PC 2"
    command(window, "go.back").trigger()
    command(window, "go.back").trigger()
    assert window.page is home
    assert not command(window, "go.back").isEnabled()
    command(window, "go.forward").trigger()
    assert window.page.title == "PC 1"


def test_the_breadcrumb_names_the_places_above(window: MainWindow) -> None:
    window.go(Place("pc", "1"))
    crumbs = window._bar.breadcrumb
    assert [label.text() for label in crumbs.findChildren(QLabel) if label.text()][-1] == "PC 1"
    crumbs.go.emit(Place("pcs"))
    assert isinstance(window.page, PcsPage)


def test_an_unknown_page_is_told_not_opened(window: MainWindow, desk: Desk) -> None:
    before = window.page
    window.go(Place("nowhere"))
    assert window.page is before
    assert "nowhere" in desk.messages.history[-1].text


def test_what_the_person_may_not_see_is_there_and_says_what_is_lacking(window: MainWindow, desk: Desk) -> None:
    lacks = "You lack the right “make people” (identity.user.create); ask an administrator."
    barred = window._navigation.barred
    assert (barred.fold.text(), barred.is_open) == ("Not for you (1)", False)
    barred.fold.click()
    assert barred.is_open
    (secret,) = barred.buttons
    assert (secret.entry.name, secret.isVisible(), secret.isEnabled(), secret.toolTip()) == (
        "secret",
        True,
        False,
        lacks,
    )
    told = next(entry for entry in entries_of(window.commands, []) if entry.title == "Secret")
    assert (told.refused, told.detail, told.keys) == (True, lacks, "")
    window._fill_menu()
    (folded,) = [action.menu() for action in window._bar.menu.actions() if action.menu() is not None]
    assert isinstance(folded, QMenu)
    assert [(action.text(), action.isEnabled()) for action in folded.actions()] == [("Secret", False)]
    window.go(Place("secret"))
    assert isinstance(window.page, PcsPage)
    assert desk.messages.history[-1].text == f"Secret: {lacks}"


def test_who_may_open_every_room_sees_no_fold(qtbot: QtBot, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window_module, "ENTRIES", ENTRIES[:3])
    made = MainWindow(desk)
    assert made._navigation.barred.isHidden()
    made._fill_menu()
    assert not [action for action in made._bar.menu.actions() if action.menu() is not None]
    made.deleteLater()


def test_a_command_the_person_may_not_use_says_so(qtbot: QtBot, window: MainWindow, server: FakeServer) -> None:
    page = pcs_page(window)
    allowed = page.add_command("pc.enrol", "Enrol", page.count, needs="stations.agent.create")
    forbidden = page.add_command("pc.revoke", "Revoke", page.count, needs="stations.agent.revoke")
    assert allowed.isEnabled()
    assert not forbidden.isEnabled()
    assert "stations.agent.revoke" in forbidden.toolTip()
    server.stream_status = 503
    server.cut_streams()
    qtbot.waitUntil(lambda: not allowed.isEnabled())
    assert "server is away" in allowed.toolTip()


def test_only_so_many_pages_are_kept(window: MainWindow) -> None:
    for number in range(20):
        window.go(Place("pc", str(number)))
    assert window._stack.count() == window_module._KEPT_PAGES


def test_a_change_reloads_the_visible_page_and_others_when_shown(
    qtbot: QtBot, window: MainWindow, server: FakeServer
) -> None:
    page = pcs_page(window)
    loads = page.loads
    server.happen(TOPIC, UUID(int=1))
    qtbot.waitUntil(lambda: page.loads == loads + 1)
    window.go(Place("more"))
    with qtbot.waitSignal(window.desk.session.changes.changed):
        server.happen(TOPIC, UUID(int=1))
    assert page.loads == loads + 1
    window.go(Place("pcs"))
    assert page.loads == loads + 2


def test_a_failed_load_is_told_on_the_page_with_a_retry(qtbot: QtBot, window: MainWindow, server: FakeServer) -> None:
    page = pcs_page(window)
    qtbot.waitUntil(lambda: bool(page.names))
    server.refuse("GET /agents", 503, "unavailable", "The database is starting.")
    page.reload()
    qtbot.waitUntil(page._errors.isVisible)
    assert page.names
    server.answer("GET /agents", [])
    page._errors.retry.emit()
    qtbot.waitUntil(page._errors.isHidden)
    assert page.names == []


def test_ctrl_k_finds_records_and_commands(qtbot: QtBot, window: MainWindow) -> None:
    key(qtbot, window, Qt.Key.Key_K)
    palette = window.findChild(Palette)
    assert palette is not None
    assert palette.isVisible()
    typed = palette.findChild(QLineEdit)
    assert typed is not None
    qtbot.waitUntil(lambda: bool(window._records.records))
    QTest.keyClicks(typed, "line 2")
    QTest.keyClick(typed, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert window.page is not None
    assert window.page.title == f"PC {UUID(int=102)}"


def test_ctrl_k_runs_commands_of_the_page(qtbot: QtBot, window: MainWindow) -> None:
    page = pcs_page(window)
    key(qtbot, window, Qt.Key.Key_K)
    typed = window._palette.findChild(QLineEdit)
    assert typed is not None
    QTest.keyClicks(typed, "count")
    QTest.keyClick(typed, Qt.Key.Key_Return)
    assert page.counted == 1


def test_escape_closes_the_palette_and_gives_the_focus_back(qtbot: QtBot, window: MainWindow) -> None:
    field = QLineEdit(window)
    field.show()
    window.activateWindow()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    window._open_palette()
    assert not field.hasFocus()
    QTest.keyClick(window._palette.first_focus(), Qt.Key.Key_Escape)
    assert not window._palette.isVisible()
    assert field.hasFocus()


def test_tab_stays_on_the_card(qtbot: QtBot, window: MainWindow) -> None:
    window._person.open()
    card = window._person.card
    for _n in range(6):
        focused = QApplication.focusWidget()
        assert focused is not None
        assert card.isAncestorOf(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)


def test_one_card_at_a_time_and_none_after_going_elsewhere(window: MainWindow) -> None:
    window._person.open()
    window._open_sheet()
    assert window._person.isHidden()
    window.go(Place("more"))
    assert window._sheet.isHidden()


def test_forgetting_layouts_forgets_what_is_open_too(window: MainWindow, desk: Desk) -> None:
    desk.layout.save_text("pcs.filter", "x")
    before = window.page
    command(window, "view.reset").trigger()
    assert desk.layout.text("pcs.filter") == ""
    assert window.page is not before
    assert isinstance(window.page, PcsPage)


def test_shortcuts_of_a_page_work_only_while_it_is_seen(qtbot: QtBot, window: MainWindow) -> None:
    page = pcs_page(window)
    key(qtbot, window, Qt.Key.Key_T)
    assert page.counted == 1
    window.go(Place("more"))
    key(qtbot, window, Qt.Key.Key_T)
    assert page.counted == 1


def test_no_window_is_larger_than_its_screen(desk: Desk) -> None:
    window = MainWindow(desk)
    window.resize(9000, 7000)
    window.move(-300, 5000)
    window.save_layout()
    again = MainWindow(desk)
    assert again.screen().availableGeometry().contains(again.geometry())
    window.deleteLater()
    again.deleteLater()


def test_records_are_known_before_the_server_is_lost(qtbot: QtBot, window: MainWindow, server: FakeServer) -> None:
    qtbot.waitUntil(lambda: bool(window._records.records))
    server.refuse("GET /agents", 503, "busy", "Away.")
    window.desk.session.changes.announce_all()
    with qtbot.waitSignal(window._records.grown):
        window._open_palette()
    window._palette._typed.setText("line 2")
    assert window._palette._model.rowCount() == 1


def test_ctrl_k_says_that_records_could_not_be_read(qtbot: QtBot, desk: Desk, server: FakeServer) -> None:
    server.refuse("GET /machines", 503, "busy", "Away.")
    server.refuse("GET /agents", 503, "busy", "Away.")
    window = MainWindow(desk)
    window.show()
    window._open_palette()
    window._palette._typed.setText("press-1")
    qtbot.waitUntil(lambda: "not reachable" in window._palette._nothing.text())
    window.deleteLater()


def test_no_two_commands_share_keys_or_ids(window: MainWindow) -> None:
    keys = [sequence.toString() for command in window.commands for sequence in command.shortcuts()]
    assert sorted(keys) == sorted(set(keys))
    ids = [command.id for command in window.commands]
    assert sorted(ids) == sorted(set(ids))


def test_the_bar_tells_of_messages_not_seen_yet(window: MainWindow, desk: Desk) -> None:
    messages = command(window, "view.messages")
    desk.messages.say("Line 2 is silent.")
    assert messages.text() == "Messages, some are new"
    messages.trigger()
    assert messages.text() == "Messages"
    assert window._history.isVisible()


def test_f1_shows_every_shortcut(qtbot: QtBot, window: MainWindow) -> None:
    key(qtbot, window, Qt.Key.Key_F1, control=False)
    sheet = window.findChild(ShortcutSheet)
    assert sheet is not None
    texts = {label.text() for label in sheet.findChildren(QLabel)}
    assert {"Count the PCs", "Ctrl+T", "Search or jump", "Ctrl+K"} <= texts


def test_the_menu_has_every_command(window: MainWindow) -> None:
    window._fill_menu()
    shown = [action for action in window._bar.menu.actions() if not action.isSeparator()]
    folded = shown.pop().menu()
    assert isinstance(folded, QMenu)
    told = {*shown, *folded.actions()}
    assert told == {command for command in window.commands if command.id != "view.menu"}


def test_the_pill_tells_when_the_server_is_gone(qtbot: QtBot, window: MainWindow, server: FakeServer) -> None:
    pill = window.findChild(StatusPill)
    assert pill is not None
    assert pill.text() == "Online"
    server.stream_status = 503
    server.cut_streams()
    qtbot.waitUntil(lambda: pill.text().startswith("Offline since "))
    server.stream_status = 200
    qtbot.waitUntil(lambda: pill.text() == "Online")


def test_it_opens_where_it_was_left(window: MainWindow, desk: Desk) -> None:
    window.go(Place("pc", "5"))
    window._toggle_navigation()
    window.save_layout()
    again = MainWindow(desk)
    again.open_start()
    assert again.page is not None
    assert again.page.title == "PC 5"
    assert again._navigation.is_narrow
    again.deleteLater()


def test_a_disabled_command_says_why_wherever_it_stands(qtbot: QtBot, window: MainWindow, desk: Desk) -> None:
    count = command(window, "pc.count")
    count.allow(False, "You may not count.")
    assert count.toolTip() == "You may not count."
    told = next(entry for entry in entries_of(window.commands, []) if entry.target is count)
    assert (told.refused, told.detail) == (True, "You may not count.")
    key(qtbot, window, Qt.Key.Key_K)
    typed = window._palette.findChild(QLineEdit)
    assert typed is not None
    QTest.keyClicks(typed, "count the")
    QTest.keyClick(typed, Qt.Key.Key_Return)
    assert pcs_page(window).counted == 0
    assert desk.messages.history[-1].text == "Count the PCs: You may not count."


@pytest.mark.parametrize(("width", "said"), [(600, "as of 12:00:00 UTC+00:00"), (110, "as of 12:00:00"), (20, "")])
def test_no_age_is_cut(qtbot: QtBot, theme: Theme, width: int, said: str) -> None:
    head = PageHead(theme)
    qtbot.addWidget(head)
    head.zone = UTC
    head.set_as_of(datetime(2026, 11, 20, 12, tzinfo=UTC))
    head.show()
    head._as_of.resize(width, head._as_of.height())
    assert head._as_of.text() == said
    assert head._as_of.toolTip() == "as of 12:00:00 UTC+00:00"
