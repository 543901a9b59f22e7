"""A choice that is typed or picked: many things, of which a part of the name finds one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QLineEdit, QWidget


class OfferBox(QComboBox):
    """Offers all, or one of several.

    Attributes:
        line: what is typed into.

    Signals:
        chosen: the person chose another one.
    """

    chosen = Signal()

    def __init__(
        self, name: str, everything: str, read: Callable[[str], str | None], parent: QWidget, *, width: int = 14
    ) -> None:
        """`everything` is what stands there where nothing is chosen. `read` makes a value of a text that is not
        offered, or None.
        """
        super().__init__(parent)
        self._everything, self._read = everything, read
        self._value: str | None = None
        self._words: dict[str, str] = {}
        self.line = QLineEdit(self)
        self.setLineEdit(self.line)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(width)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.addItem(everything, None)
        completer = QCompleter(self.model(), self)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setCompleter(completer)
        self.activated.connect(self._pick)
        self.line.editingFinished.connect(self._take)

    @property
    def value(self) -> str | None:
        """What is chosen; None for all."""
        return self._value

    def offer(self, words: Mapping[str, str]) -> None:
        """Offer these beside what is offered already; what is chosen, or being typed, stays."""
        if words.items() <= self._words.items():
            return
        self._words |= words
        typed = self.line.text()
        while self.count() > 1:
            self.removeItem(1)
        for value, text in sorted(self._words.items(), key=lambda one: one[1].casefold()):
            self.addItem(text, value)
        self.setCurrentIndex(max(0, self.findData(self._value)))
        if self.line.hasFocus() or self.findData(self._value) < 0:
            self.line.setText(typed)

    def choose(self, value: str | None) -> None:
        """Choose it; tells nobody."""
        self._value = value
        self.setCurrentIndex(max(0, self.findData(value)))
        self.line.setText(self.words())

    def words(self) -> str:
        """What is chosen, as it stands there."""
        return self._everything if self._value is None else self._words.get(self._value, self._value)

    def _pick(self, place: int) -> None:
        self._set(self.itemData(place))

    def _take(self) -> None:
        text = self.line.text().strip()
        if text == self.words():
            return  # of two with one name the second may have been picked
        place = self.findText(text, Qt.MatchFlag.MatchFixedString)
        self._set(self.itemData(place) if place >= 0 else (self._read(text) if text else None))

    def _set(self, value: str | None) -> None:
        was, self._value = self._value, value
        self.line.setText(self.words())
        if value != was:
            self.chosen.emit()
