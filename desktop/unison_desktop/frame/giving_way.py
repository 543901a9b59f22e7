"""What messages lie over for a while, and makes room for them, so that nothing is covered that can't be brought up."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QWidget


class GivesWay(QWidget):
    """A part of a page whose end could lie under messages."""

    def give_way(self, covered: QRect) -> None:
        """Leave this part of the screen (global pixels, empty for none) free, as far as something would lie there."""


def give_way_to(messages: QWidget, around: QWidget) -> None:
    """Have all in this window make room for the messages, or take it back where none are shown."""
    covered = QRect(messages.mapToGlobal(QPoint(0, 0)), messages.size()) if messages.isVisibleTo(around) else QRect()
    for part in around.findChildren(GivesWay):
        part.give_way(covered if part.isVisible() and part.window() is around.window() else QRect())
