"""Widgets in a line that breaks where the width ends."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Hidden widgets take no place; all in a line are as high as the highest of them asks for."""

    def __init__(self, parent: QWidget, *, spacing: int = 6) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(width, QPoint(0, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect.width(), rect.topLeft(), move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            if not item.isEmpty():
                size = size.expandedTo(item.minimumSize())
        return size

    def _place(self, width: int, origin: QPoint, *, move: bool) -> int:
        """Puts the items from `origin` on, line by line; answers with the height they need."""
        line: list[tuple[QLayoutItem, int]] = []
        x = y = 0
        for item in self._items:
            if item.isEmpty():
                continue
            wide = item.sizeHint().width()
            if line and x + wide > width:
                y += self._end_line(line, origin + QPoint(0, y), move=move) + self.spacing()
                line, x = [], 0
            line.append((item, x))
            x += wide + self.spacing()
        return y + self._end_line(line, origin + QPoint(0, y), move=move)

    def _end_line(self, line: list[tuple[QLayoutItem, int]], origin: QPoint, *, move: bool) -> int:
        high = max((item.sizeHint().height() for item, _x in line), default=0)
        if move:
            for item, x in line:
                item.setGeometry(QRect(origin + QPoint(x, 0), QSize(item.sizeHint().width(), high)))
        return high
