"""The main window: its pages, where they lead, and what stands around them."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu
from pytestqt.qtbot import QtBot
from unison_desktop.frame import rooms as rooms_module
from unison_desktop.frame import window as window_module
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page_head import PageHead
from unison_desktop.frame.palette import entries_of
from unison_desktop.frame.place import Place
from unison_desktop.frame.shortcut_sheet import ShortcutSheet
from unison_desktop.frame.status_pill import StatusPill
from unison_desktop.frame.theme import Theme
from unison_desktop.frame.window import MainWindow

from tests.desktop import samples
from tests.desktop.fake_server import FakeServer
from tests.desktop.frame.window_pages import ENTRIES, TOPIC, PcsPage, command, key, pcs_page


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


def test_a_room_comes_with_its_right_and_what_is_open_stays(
    qtbot: QtBot, window: MainWindow, desk: Desk, server: FakeServer
) -> None:
    page, secret = pcs_page(window), Place("secret")
    keys = [(one.id, one.shortcut().toString()) for one in window.commands]
    assert not command(window, "go.secret").isEnabled()
    server.answer("GET /auth/me", samples.me(permissions=[*samples.me().permissions, "identity.user.create"]))
    with qtbot.waitSignal(desk.session.rights_changed):
        server.cut_streams()  # the server ends the stream of whom it concerns
    assert window.page is page
    assert command(window, "go.secret").isEnabled()
    assert not window._barred_ways
    assert [(one.text(), one.isChecked()) for one in window._navigation._buttons] == [
        ("PCs", True),
        ("More", False),
        ("Secret", False),
    ]
    window.go(secret)
    assert window.page is not None
    assert window.page.place == secret
    server.answer("GET /auth/me", samples.me())
    with qtbot.waitSignal(desk.session.rights_changed):
        server.cut_streams()
    assert not command(window, "go.secret").isEnabled()
    assert [(one.id, one.shortcut().toString()) for one in window.commands if one in window._ways] == [
        one for one in keys if one[0] in ("go.pcs", "go.more", "go.secret")
    ]


def test_who_may_open_every_room_sees_no_fold(qtbot: QtBot, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms_module, "ENTRIES", ENTRIES[:3])
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
