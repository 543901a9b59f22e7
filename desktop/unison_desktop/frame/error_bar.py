"""A bar that says on the page what went wrong."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _


class ErrorBar(QFrame):
    """Hidden until there is something to tell.

    Signals:
        retry: the person wants it tried again.
    """

    retry = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("role", "error")
        self._icon = QLabel(self)
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._retry = QPushButton(_("Try again"), self)
        self._retry.clicked.connect(self.retry)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 8, 8)
        row.setSpacing(10)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        row.addWidget(self._retry)
        theme.changed.connect(self._recolour)
        self._recolour()
        self.hide()

    def show_error(self, error: ApiError) -> None:
        """Show what failed; the text is announced to screen readers."""
        self._text.setText(error.message)
        self._text.setAccessibleName(_("Error: {text}").format(text=error.message))
        self.show()

    def _recolour(self) -> None:
        self._icon.setPixmap(self._theme.pixmap("warning", 20, self._theme.tone(Tone.BAD).ink))
