"""What the board says before there is a machine."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.texts import _


class EmptyBoard(QWidget):
    """How to begin.

    Signals:
        begun: the person wants to set up a machine.
    """

    begun = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        words = QLabel(_("There is no machine yet."), self)
        words.setFont(theme.font(Type.HEADING))
        how = QLabel(_("Set up a machine, then tell a PC what to read of it under Configuration."), self)
        how.setProperty("role", "muted")
        self.begin = QPushButton(_("Set up a machine"), self)
        self.begin.setProperty("role", "primary")
        self.begin.setAutoDefault(True)
        self.begin.clicked.connect(self.begun)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(1)
        for widget in (words, how, self.begin):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        self.setFocusProxy(self.begin)
        self.hide()
