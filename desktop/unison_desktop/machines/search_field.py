"""The search of the board."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from unison_desktop.kernel.texts import _

_CLEAR_BUTTON = 3.4
"""Room for frame and clear button, in heights of text."""


class SearchField(QLineEdit):
    """Escape clears it; Enter and Down lead to what was found.

    Signals:
        left: the person wants to go to what was found.
    """

    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        hint = _("Machine, line, alarm…")
        self.setPlaceholderText(hint)
        self.setAccessibleName(_("Search machines"))
        self.setClearButtonEnabled(True)
        metrics = self.fontMetrics()
        self.setMinimumWidth(metrics.horizontalAdvance(hint) + round(metrics.height() * _CLEAR_BUTTON))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Escape if self.text():
                self.clear()
            case Qt.Key.Key_Escape | Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Down:
                self.left.emit()
            case _:
                super().keyPressEvent(event)
