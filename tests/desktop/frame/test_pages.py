"""Names of pages are told apart, and lead to what they say."""

from collections import Counter

import pytest
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page_entry import PageEntry
from unison_desktop.frame.pages import ENTRIES
from unison_desktop.frame.window import MainWindow

from tests.desktop.test_pages_leave_nothing import place_of

ROOMS = [entry for entry in ENTRIES if entry.in_navigation]


def test_no_room_begins_as_another_does() -> None:
    begin = Counter(entry.title.split()[0].casefold() for entry in ROOMS)
    assert [name for name, times in begin.items() if times > 1] == []


@pytest.mark.parametrize("entry", ROOMS, ids=[entry.name for entry in ROOMS])
def test_a_page_bears_the_name_that_leads_to_it(qtbot: QtBot, shop_desk: Desk, entry: PageEntry) -> None:
    window = MainWindow(shop_desk)
    window.show()
    window.go(place_of(entry))
    page = window.page
    assert page is not None
    with qtbot.waitSignal(page.loaded):
        pass
    title = page.title
    window.close()
    window.deleteLater()
    assert title == entry.title
