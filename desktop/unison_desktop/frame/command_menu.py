"""Several commands behind one button."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from unison_desktop.frame.command import Command
from unison_desktop.frame.theme import Theme


class CommandMenu(QPushButton):
    """Opens a menu of commands; those that can't be done now say why in their tool tip."""

    def __init__(
        self, text: str, commands: Sequence[Command], theme: Theme, parent: QWidget, *, icon: str = ""
    ) -> None:
        super().__init__(text, parent)
        self._theme, self._commands, self._icon = theme, commands, icon
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.addActions(list(commands))
        self.setMenu(menu)
        theme.changed.connect(self._recolour)
        self._recolour()

    def _recolour(self) -> None:
        if self._icon:
            self.setIcon(self._theme.icon(self._icon))
        for command in self._commands:
            if command.icon_name:
                command.setIcon(self._theme.icon(command.icon_name))
