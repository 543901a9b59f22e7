"""Where the keyboard goes in the window, and what its keys do on each page."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot
from unison_desktop.frame import pages
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page_entry import PageEntry
from unison_desktop.frame.place import Place
from unison_desktop.frame.window import MainWindow
from unison_desktop.machines.board import BoardPage
from unison_desktop.tables.table import Table

from tests.desktop.machines.samples import machine_id
from tests.desktop.test_pages_leave_nothing import place_of


@pytest.mark.parametrize("entry", pages.ENTRIES, ids=[entry.name for entry in pages.ENTRIES])
def test_a_key_has_one_meaning_on_every_page(shop_desk: Desk, entry: PageEntry) -> None:
    window = MainWindow(shop_desk)
    window.go(place_of(entry))
    keys = [keys.toString() for one in window.commands for keys in one.shortcuts()]
    assert sorted(keys) == sorted(set(keys))
    assert window.page is not None
    of_tables = {action.shortcut().toString() for table in window.page.findChildren(Table) for action in inner(table)}
    assert not of_tables & set(keys)
    window.deleteLater()


def inner(table: Table) -> list[QAction]:
    """What a table does by keys."""
    return [action for action in table.findChildren(QAction) if not action.shortcut().isEmpty()]


def test_tab_reaches_everything_and_goes_as_the_eye_does(qtbot: QtBot, shop_desk: Desk) -> None:
    window = MainWindow(shop_desk)
    window.go(Place("machines"))
    window.show()
    window.activateWindow()
    page = window.page
    assert isinstance(page, BoardPage)
    with qtbot.waitSignal(page.loaded):
        pass
    qtbot.waitUntil(page.board.hasFocus)
    reached: list[QWidget] = []
    while (focused := QApplication.focusWidget()) not in reached:
        assert focused is not None
        reached.append(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    wanted = [window._bar._search, page.search, page.densities, page.board]
    assert sorted(wanted, key=lambda one: one.mapTo(window, QPoint()).toTuple()[::-1]) == wanted
    assert [one for one in [*reached[1:], reached[0]] if one in wanted] == wanted
    window.close()
    window.deleteLater()


def test_coming_back_shows_where_the_keyboard_is(qtbot: QtBot, shop_desk: Desk) -> None:
    window = MainWindow(shop_desk)
    window.go(Place("machines"))
    window.show()
    window.activateWindow()
    page = window.page
    assert isinstance(page, BoardPage)
    qtbot.waitUntil(page.board.hasFocus)
    window.go(Place("machine", str(machine_id(0))))
    next(command for command in window.commands if command.id == "go.back").trigger()
    assert page.board.hasFocus()
    assert page.board._ring
    window.close()
    window.deleteLater()


def test_f1_shows_the_keys_of_tables_once(shop_desk: Desk) -> None:
    shop = MainWindow(shop_desk)
    shop.go(Place("machine", str(machine_id(0))))
    shop._open_sheet()
    texts = [label.text() for label in shop._sheet.findChildren(QLabel)]
    assert {"Copy", "Ctrl+C", "Copy with headings", "Ctrl+Shift+C", "Ctrl+F"} <= set(texts)
    assert texts.count("Copy with headings") == 1
    assert "Timeline: the whole day" in texts
    shop.deleteLater()
