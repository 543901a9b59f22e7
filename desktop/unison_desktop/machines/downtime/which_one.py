"""Which of two moments is meant, where the clocks were put back and showed the same time twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from unison_desktop.kernel.moments import moment_text
from unison_desktop.kernel.texts import _


class WhichOne(QWidget):
    """Offers both with their UTC offsets; hidden where there is no doubt.

    Attributes:
        buttons: the earlier one and the later one.

    Signals:
        chosen: the moment that is meant.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._moments: Sequence[datetime] = ()
        self._words = QLabel(_("The clocks were put back and showed that twice. Which one?"), self)
        self._words.setWordWrap(True)
        self.buttons = QPushButton(self), QPushButton(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._words, 1)
        for button in self.buttons:
            button.setAutoDefault(False)
            row.addWidget(button)
        self.buttons[0].clicked.connect(self._choose_earlier)
        self.buttons[1].clicked.connect(self._choose_later)
        self.setFocusProxy(self.buttons[0])
        self.hide()

    def offer(self, moments: Sequence[datetime]) -> None:
        """These could be meant, by the clocks of their zone."""
        self._moments = moments if len(moments) == len(self.buttons) else ()
        for button, moment in zip(self.buttons, self._moments, strict=False):
            button.setText(moment_text(moment, "%H:%M:%S"))
        self.setVisible(bool(self._moments))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses the button it is on; a default button would take the Enter of the whole dialog."""
        pressed = next((button for button in self.buttons if button.hasFocus()), None)
        if pressed is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            pressed.click()
        else:
            super().keyPressEvent(event)

    def _choose_earlier(self) -> None:
        self.chosen.emit(self._moments[0])

    def _choose_later(self) -> None:
        self.chosen.emit(self._moments[1])
