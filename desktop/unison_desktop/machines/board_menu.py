"""The menu of a tile: what can be done with its machine."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QMenu

from unison_desktop.frame.command import Command
from unison_desktop.frame.page import Page
from unison_desktop.kernel.texts import _
from unison_desktop.machines.board_view import BoardView


class BoardMenu(QObject):
    """Opens for the tile under the mouse, and with the menu key for the tile the keyboard is at."""

    def __init__(self, board: BoardView, page: Page, commands: Sequence[Command]) -> None:
        """`commands` of `page` are for the machine that is chosen; one that can't be done says why in its tool tip."""
        super().__init__(board)
        self._board, self._page, self._commands = board, page, commands
        board.installEventFilter(self)
        board.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QContextMenuEvent):
            return super().eventFilter(watched, event)
        chosen = self._board.current_id()
        is_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        if chosen is not None and (is_key or self._board.machine_at(event.pos()) == chosen):  # a press chose it before
            middle = self._board.viewport().mapToGlobal(self._board.tile_rect(chosen).center())
            self._open(middle if is_key else event.globalPos())
        return True

    def _open(self, at: QPoint) -> None:
        menu = QMenu(self._board)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        menu.addAction(_("Open the machine")).triggered.connect(self._open_machine)
        self._page.guard()  # what it does may be another than when it was chosen
        menu.addActions(self._commands)
        menu.popup(at)

    def _open_machine(self) -> None:
        self._board.machine_opened.emit(self._board.current_id())
