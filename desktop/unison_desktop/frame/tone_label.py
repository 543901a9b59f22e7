"""Words on the ground of what they mean."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme


class ToneLabel(QLabel):
    """Says how something went, in words and colour; read out too."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._tone = theme, Tone.INFO
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        theme.changed.connect(self._recolour)

    def say(self, text: str, tone: Tone = Tone.INFO) -> None:
        """Show these words in this tone."""
        self.setText(text)
        self.setAccessibleName(text)
        self._tone = tone
        self._recolour()

    def _recolour(self) -> None:
        colours = self._theme.tone(self._tone)
        self.setStyleSheet(f"background: {colours.tint}; color: {colours.ink}; border-radius: 6px; padding: 8px 12px;")
