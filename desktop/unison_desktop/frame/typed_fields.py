"""Fields that narrow a list while somebody types in them."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QLineEdit

_TYPING_MS = 300


class TypedFields(QObject):
    """Waits until nobody types for a moment.

    Signals:
        changed: another text is meant.
    """

    changed = Signal()

    def __init__(self, fields: Mapping[QLineEdit, str], parent: QObject) -> None:
        """`fields` with what each is called."""
        super().__init__(parent)
        self._pause = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._pause.timeout.connect(self.changed)
        for field, name in fields.items():
            field.setPlaceholderText(name)
            field.setAccessibleName(name)
            field.setClearButtonEnabled(True)
            field.textEdited.connect(self._pause.start)
            field.textChanged.connect(self._on_text)

    def _on_text(self, text: str) -> None:
        """Cleared by its button, a field tells no edit."""
        if not text:
            self._pause.start()
