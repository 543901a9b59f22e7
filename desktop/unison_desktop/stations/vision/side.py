"""What stands beside the picture."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QGroupBox, QScrollArea, QVBoxLayout, QWidget

WIDTH = 400
"""At least: words of some languages need more."""


class _Side(QScrollArea):
    """Scrolls where the window is low, and is as wide as what it holds."""

    def __init__(self, held: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._held = held
        self.setWidget(held)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        held.installEventFilter(self)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Other fields belong to another tool."""
        if event.type() is QEvent.Type.LayoutRequest and watched is self._held:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        needed = self._held.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        self.setFixedWidth(max(WIDTH, needed))


def beside(parts: Mapping[str, QWidget], parent: QWidget) -> QScrollArea:
    """Parts by their titles, one above the other."""
    side = QWidget(parent)
    column = QVBoxLayout(side)
    for title, part in parts.items():
        box = QGroupBox(title, side)
        QVBoxLayout(box).addWidget(part)
        column.addWidget(box)
    column.addStretch(1)
    return _Side(side, parent)
