"""A line of text that offers what is known, and takes anything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QCompleter, QLineEdit, QWidget

from unison_desktop.frame.form.editors import CalmBox, Editor


class OfferingEditor(Editor):
    """The arrow keys go through what is offered; what is typed is looked for anywhere in it.

    Attributes:
        box: what is offered. line: what is typed.
    """

    def __init__(self, parent: QWidget, *, hint: str = "", longest: int = 200) -> None:
        self.box = CalmBox()
        super().__init__(self.box, parent)
        self.box.setEditable(True)
        self.box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.line = QLineEdit()
        self.box.setLineEdit(self.line)
        self.line.setPlaceholderText(hint)
        self.line.setMaxLength(longest)
        completer = QCompleter(self.box.model(), self.box)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.box.setCompleter(completer)
        self.line.textEdited.connect(self.changed)
        self.box.activated.connect(self._take)

    def offer(self, known: Mapping[str, str]) -> None:
        """Offer these values, each with what tells more of it; what is typed stays."""
        typed, place = self.line.text(), self.line.cursorPosition()
        self.box.clear()
        for value, more in known.items():
            self.box.addItem(value)
            self.box.setItemData(self.box.count() - 1, more, Qt.ItemDataRole.ToolTipRole)
        self.box.setCurrentIndex(self.box.findText(typed, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchCaseSensitive))
        self.line.setText(typed)
        self.line.setCursorPosition(place)

    def value(self) -> Any:
        return self.line.text().strip() or None

    def set_value(self, value: Any) -> None:
        self._show("" if value is None else str(value))

    def _take(self, place: int) -> None:
        self._show(self.box.itemText(place))
        self.changed.emit()

    def _show(self, text: str) -> None:
        """From its beginning: names of devices are longer than the box."""
        self.line.setText(text)
        self.line.home(False)
