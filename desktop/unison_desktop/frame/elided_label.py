"""A line of text that gives way in a small window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget


class ElidedLabel(QLabel):
    """Ends in an ellipsis where there is no room for all of it; the tool tip has the whole then."""

    def __init__(self, parent: QWidget | None, *, least: int = 0) -> None:
        """`least`: so many digits wide it stays, where its text is as long."""
        super().__init__("", parent)
        self._least = least
        self.setTextFormat(Qt.TextFormat.PlainText)

    @property
    def is_cut(self) -> bool:
        """Whether some of it is not seen."""
        return self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()

    def minimumSizeHint(self) -> QSize:
        metrics, whole = self.fontMetrics(), super().minimumSizeHint()
        return QSize(min(whole.width(), metrics.horizontalAdvance("0") * self._least), whole.height())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            self.setToolTip(self.text() if self.is_cut else "")
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.is_cut:
            super().paintEvent(event)
            return
        painter, room = QPainter(self), self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        flags = int(self.alignment().value) | Qt.TextFlag.TextSingleLine.value
        self.style().drawItemText(painter, room, flags, self.palette(), self.isEnabled(), text, self.foregroundRole())
