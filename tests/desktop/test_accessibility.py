"""Everything that can be used has a name a screen reader can say, and can be reached without a mouse."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.login_window import LoginWindow
from unison_desktop.frame.page_entry import PageEntry
from unison_desktop.frame.pages import ENTRIES
from unison_desktop.frame.theme import Theme
from unison_desktop.frame.window import MainWindow
from unison_desktop.identity.session import Session
from unison_desktop.kernel.preferences import Preferences

from tests.desktop.test_pages_leave_nothing import place_of

USABLE = (QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox, QAbstractItemView)


def nameless(window: QWidget) -> list[QWidget]:
    """What can be used and has neither a name nor a text."""
    return [widget for widget in _usable(window) if not (widget.accessibleName() or _text(widget))]


def reached_by_tab(window: QWidget) -> set[QWidget]:
    """What gets the keyboard when Tab is pressed often enough."""
    reached: set[QWidget] = set()
    widget = window.nextInFocusChain()
    while widget is not None and widget is not window:
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            reached.add(widget)
        widget = widget.nextInFocusChain()
    return reached


def _usable(window: QWidget) -> list[QWidget]:
    found = [widget for kind in USABLE for widget in window.findChildren(kind)]
    return [widget for widget in found if widget.isVisible() and widget.isEnabled() and not _is_inner(widget)]


def _is_inner(widget: QWidget) -> bool:
    """Parts Qt makes inside its own widgets: corner of a table, clear button of a field, line of a combo box."""
    parent = widget.parentWidget()
    return isinstance(parent, QLineEdit | QComboBox | QAbstractSpinBox | QAbstractItemView | QScrollBar)


def _text(widget: QWidget) -> str:
    return widget.text() if isinstance(widget, QAbstractButton) else ""


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.name for entry in ENTRIES])
def test_every_page_can_be_read_out(qtbot: QtBot, shop_desk: Desk, entry: PageEntry) -> None:
    window = MainWindow(shop_desk)
    window.show()
    window.go(place_of(entry))
    assert window.page is not None
    with qtbot.waitSignal(window.page.loaded):
        pass
    assert nameless(window) == []
    window.close()
    window.deleteLater()


def test_signing_in_needs_no_mouse(qtbot: QtBot, session: Session, theme: Theme, preferences: Preferences) -> None:
    login = LoginWindow(session, theme, preferences)
    qtbot.addWidget(login)
    login.show()
    assert nameless(login) == []
    reached = reached_by_tab(login)
    wanted = {login.server, login.organization, login.user, login.password, login.keep, login.button}
    assert wanted <= reached
