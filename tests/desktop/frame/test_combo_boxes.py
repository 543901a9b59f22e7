"""What can be chosen is seen."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot
from unison_desktop.frame.choice_box import ChoiceBox
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page_entry import PageEntry
from unison_desktop.frame.pages import ENTRIES
from unison_desktop.frame.theme import Scheme, Theme
from unison_desktop.frame.window import MainWindow

from tests.desktop.test_pages_leave_nothing import place_of


def assert_all_seen(box: QComboBox) -> None:
    """The popup, opened as people do, shows each choice whole, or a scroll bar where there are many."""
    box.setFocus()
    box.showPopup()
    view, rows = box.view(), min(box.count(), box.maxVisibleItems())
    name = box.accessibleName()
    last = view.visualRect(view.model().index(rows - 1, box.modelColumn(), view.rootIndex()))
    assert last.bottom() <= view.viewport().rect().bottom(), f"{name}: the last choice is cut"
    assert box.count() > rows or view.verticalScrollBar().maximum() == 0, f"{name}: there is something to scroll to"
    assert view.window().height() == view.height(), f"{name}: a bit of frame hangs beside the choices"
    box.hidePopup()


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
@pytest.mark.parametrize("choices", [1, 2, 3, 10, 12])
def test_the_last_choice_is_seen(qtbot: QtBot, theme: Theme, scheme: Scheme, choices: int) -> None:
    theme.choose(scheme)
    box = QComboBox()
    qtbot.addWidget(box)
    box.addItems([f"Choice {n}" for n in range(choices)])
    box.show()
    box.activateWindow()
    qtbot.waitUntil(box.isActiveWindow)
    assert_all_seen(box)


def test_a_narrow_box_has_a_list_that_can_be_read(qtbot: QtBot, theme: Theme) -> None:
    theme.choose(Scheme.LIGHT)
    box = ChoiceBox()
    qtbot.addWidget(box)
    box.addItems(["All machines", "MILL-01 Five axis machining center of hall two", *"abcdefghijk"])
    box.setFixedWidth(110)
    box.show()
    box.showPopup()
    view = box.view()
    assert view.viewport().width() >= view.sizeHintForColumn(0)
    box.hidePopup()


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
def test_no_page_hides_a_choice(qtbot: QtBot, shop_desk: Desk, entry: PageEntry) -> None:
    window = MainWindow(shop_desk)
    window.show()
    window.go(place_of(entry))
    page = window.page
    assert page is not None
    with qtbot.waitSignal(page.loaded):
        pass
    for box in page.findChildren(QComboBox):
        if box.isVisible() and box.isEnabled() and box.count():
            assert_all_seen(box)
    window.close()
    window.deleteLater()
