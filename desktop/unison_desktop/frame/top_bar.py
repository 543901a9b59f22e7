"""The bar above the page: way back, where you are, search, connection, inbox, messages, menu."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from unison_desktop.frame.breadcrumb import Breadcrumb
from unison_desktop.frame.command import Command
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.status_pill import StatusPill
from unison_desktop.kernel.texts import _

_MOST = 100
"""More than so many are not told apart."""


class TopBar(QFrame):
    """Shows the commands it is given; decides nothing.

    Attributes:
        breadcrumb: where the person is.
        menu: filled by the window just before it opens.
    """

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._commands: list[Command] = []
        self.setProperty("role", "bar")
        self.breadcrumb = Breadcrumb(desk.theme, self)
        self.menu = QMenu(self)
        self.menu.setToolTipsVisible(True)
        self._menu = QToolButton(self)
        self._menu.setMenu(self.menu)
        self._menu.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu.setIconSize(QSize(20, 20))
        self._menu.setToolTip(_("Menu (F10)"))
        self._menu.setAccessibleName(_("Menu"))
        self._search = QPushButton(self)
        self._search.setProperty("role", "search")
        self._search.setMinimumWidth(260)
        self._search.setText(_("Search or jump…   Ctrl+K"))
        self._pill = StatusPill(desk.session.events, desk.theme, self)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 8, 14, 8)
        self._row.setSpacing(4)
        desk.theme.changed.connect(self._recolour)

    def fill(
        self, back: Command, forward: Command, search: Command, inbox: Command, messages: Command, person: Command
    ) -> None:
        """Lay out the commands that are always in sight."""
        self._inbox, self._messages = inbox, messages
        self._search.clicked.connect(search.trigger)
        back_, forward_, inbox_, messages_, person_ = map(self._button, (back, forward, inbox, messages, person))
        self._inbox_button = inbox_
        self._add(back_)
        self._add(forward_)
        self._row.addSpacing(6)
        self._add(self.breadcrumb)
        self._row.addStretch(1)
        self._add(self._search)
        self._row.addSpacing(8)
        self._add(self._pill)
        self._row.addSpacing(4)
        self._add(inbox_)
        self._add(messages_)
        self._add(person_)
        self._add(self._menu)
        for one, next_ in pairwise((back_, forward_, self._search, self._pill, inbox_, messages_, person_, self._menu)):
            QWidget.setTabOrder(one, next_)  # the keyboard goes as the eye does
        self._recolour()

    def show_inbox(self, new: int) -> None:
        """Count what is new in the inbox, beside its bell."""
        style = Qt.ToolButtonStyle
        self._inbox.rename(_("Inbox, {n} new").format(n=new) if new else _("Inbox"))
        self._inbox.setIconText(str(new) if new < _MOST else _("{n}+").format(n=_MOST - 1))
        self._inbox_button.setToolButtonStyle(style.ToolButtonTextBesideIcon if new else style.ToolButtonIconOnly)
        self._inbox_button.setAccessibleName(self._inbox.text())
        self._inbox.icon_name = "bell-new" if new else "bell"
        self._recolour()

    def show_unread(self, unread: bool) -> None:
        """Mark that something was said since the messages were last opened."""
        self._messages.icon_name = "messages-new" if unread else "messages"
        self._messages.setText(_("Messages, some are new") if unread else _("Messages"))
        self._recolour()

    def open_menu(self) -> None:
        """Open the menu with the keyboard."""
        self._menu.showMenu()

    def _add(self, widget: QWidget) -> None:
        self._row.addWidget(widget)

    def _button(self, command: Command) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(command)
        button.setIconSize(QSize(20, 20))
        button.setAccessibleName(command.text())
        self._commands.append(command)
        return button

    def _recolour(self) -> None:
        self._search.setIcon(self._desk.theme.icon("search", "muted"))
        self._menu.setIcon(self._desk.theme.icon("menu"))
        for command in self._commands:
            command.setIcon(self._desk.theme.icon(command.icon_name))
