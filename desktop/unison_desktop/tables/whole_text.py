"""The chosen row of a list in whole sentences, below it."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget


class WholeText(QLabel):
    """Text of any length from anywhere, shown as it is, to be read and copied."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setWordWrap(True)

    def show_lines(self, lines: Iterable[str]) -> None:
        """Show these; what is empty takes no line."""
        self.setText("\n".join(filter(None, lines)))
