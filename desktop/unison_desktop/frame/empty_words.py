"""What stands in the middle of a page where there is nothing to show yet, and how that changes."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from unison_desktop.frame.theme import Theme, Type


class EmptyWords(QWidget):
    """What is missing, and who or what brings it; it stays until that is there.

    Attributes:
        words: what is missing. how: what to do about it.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.words, self.how = QLabel(self), QLabel(self)
        self.words.setFont(theme.font(Type.HEADING))
        self.how.setProperty("role", "muted")
        self.how.setWordWrap(True)
        for label in (self.words, self.how):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(12)
        self._column.addStretch(1)
        self._column.addWidget(self.words, 0, Qt.AlignmentFlag.AlignHCenter)
        self._column.addWidget(self.how)
        self._column.addStretch(2)

    def say(self, words: str, how: str) -> None:
        """Say what is missing, and how that changes."""
        self.words.setText(words)
        self.how.setText(how)

    def add_widget(self, widget: QWidget) -> None:
        """Put something of the page below the words."""
        self._column.insertWidget(self._column.count() - 1, widget, 0, Qt.AlignmentFlag.AlignHCenter)
