"""What stands beside the picture."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGroupBox, QScrollArea, QVBoxLayout, QWidget

WIDTH = 400


def beside(parts: Mapping[str, QWidget], parent: QWidget) -> QScrollArea:
    """Parts by their titles, one above the other, that scroll where the window is low."""
    side = QWidget(parent)
    column = QVBoxLayout(side)
    for title, part in parts.items():
        box = QGroupBox(title, side)
        QVBoxLayout(box).addWidget(part)
        column.addWidget(box)
    column.addStretch(1)
    scroll = QScrollArea(parent)
    scroll.setWidget(side)
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QScrollArea.Shape.NoFrame)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setFixedWidth(WIDTH)
    return scroll
