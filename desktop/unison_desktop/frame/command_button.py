"""A button that stands where its command is wanted, beside a field or on a card."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget

from unison_desktop.frame.command import Command


class CommandButton(QPushButton):
    """Follows a command of the page."""

    def __init__(self, command: Command, parent: QWidget) -> None:
        super().__init__(parent)
        self._command = command
        self.clicked.connect(command.trigger)
        command.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        self.setText(self._command.text())
        self.setEnabled(self._command.isEnabled())
        self.setToolTip(self._command.toolTip())
