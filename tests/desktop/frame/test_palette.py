"""Ctrl+K finds records and commands."""

from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.palette import Palette
from unison_desktop.frame.place import Place
from unison_desktop.frame.window import MainWindow

from tests.desktop.fake_server import FakeServer
from tests.desktop.frame.window_pages import key, pcs_page


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
