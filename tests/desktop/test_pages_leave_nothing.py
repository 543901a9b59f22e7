"""Every page of the program, opened and closed twenty times: it works offscreen and leaves nothing behind."""

import gc
import weakref

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.page_entry import PageEntry
from unison_desktop.frame.pages import ENTRIES
from unison_desktop.frame.place import Place
from unison_desktop.frame.theme import Scheme
from unison_desktop.frame.travel import Travel
from unison_desktop.frame.unread import Unread
from unison_desktop.frame.waiting import Waiting
from unison_desktop.frame.window import MainWindow

from tests.desktop.conftest import end_deletions
from tests.desktop.machines.samples import machine_id

TIMES, EVERY = 20, 7
"""How often it is opened, and every which time until it has loaded; else it is closed while it waits for answers."""


def place_of(entry: PageEntry) -> Place:
    """The page with something to show, where it needs to be told what."""
    return Place(entry.name, "" if entry.in_navigation else str(machine_id(0)))


def children_of(qtbot: QtBot, window: MainWindow) -> int:
    """How much the window holds once what it counts for itself is counted: that is of no page."""
    counters: list[Waiting | Unread] = [*window.findChildren(Waiting), *window.findChildren(Unread)]
    qtbot.waitUntil(lambda: not any(one.is_counting for one in counters))
    end_deletions()
    return len(window.findChildren(QObject))


def open_and_close(qtbot: QtBot, window: MainWindow, place: Place, *, loaded: bool) -> "weakref.ref[Page]":
    """Open a page and drop it, once it has loaded or while its requests are under way."""
    window.go(place)
    page = window.page
    assert page is not None
    assert page.place == place
    if loaded:
        with qtbot.waitSignal(page.loaded):
            pass
        page.grab()
    gone = weakref.ref(page)
    del page
    window._drop(place)
    window._travel = Travel()
    end_deletions()
    return gone


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
def test_a_page_opened_and_closed_leaves_nothing(qtbot: QtBot, shop_desk: Desk, entry: PageEntry) -> None:
    place = place_of(entry)
    window = MainWindow(shop_desk)
    window.show()
    open_and_close(qtbot, window, place, loaded=True)  # what is made once, for all pages of a kind, is made now
    window_children = children_of(qtbot, window)
    session_children = len(shop_desk.session.findChildren(QObject))
    left = [open_and_close(qtbot, window, place, loaded=n % EVERY == 0) for n in range(TIMES)]
    gc.collect()
    end_deletions()
    assert [gone() for gone in left] == [None] * TIMES
    assert children_of(qtbot, window) == window_children
    assert len(shop_desk.session.findChildren(QObject)) <= session_children
    window.close()
    window.deleteLater()


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
def test_a_page_lives_through_changes_and_a_change_of_theme(
    qtbot: QtBot, qapp: QApplication, shop_desk: Desk, entry: PageEntry
) -> None:
    window = MainWindow(shop_desk)
    window.show()
    window.go(place_of(entry))
    for scheme in (Scheme.DARK, Scheme.LIGHT):
        shop_desk.theme.choose(scheme)
        shop_desk.session.changes.announce_all()
        assert not window.grab().isNull()
    window.close()
    window.deleteLater()
