"""A box of choices that may get narrow, and which of its choices is the one of a value."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox


class ChoiceBox(QComboBox):
    """Its list is as wide as its texts, however narrow the box is: what can't be read can't be chosen."""

    def showPopup(self) -> None:
        view = self.view()
        view.ensurePolished()
        margins = view.contentsMargins()
        bar = view.verticalScrollBar().sizeHint().width() if self.count() > self.maxVisibleItems() else 0
        wanted = view.sizeHintForColumn(self.modelColumn()) + margins.left() + margins.right() + bar
        view.setMinimumWidth(min(wanted, self.screen().availableGeometry().width()))
        super().showPopup()


def place_of(box: QComboBox, value: object) -> int:
    """Where the choice with this value stands, else the first: Qt knows objects by which they are, and ids of another
    answer are equal and others.
    """
    return next((place for place in range(box.count()) if box.itemData(place) == value), 0)
