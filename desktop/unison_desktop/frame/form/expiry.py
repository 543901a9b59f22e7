"""Until when something is good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import QDateTime
from PySide6.QtWidgets import QComboBox, QDateTimeEdit, QWidget

from unison_desktop.frame.form.editors import Editor
from unison_desktop.kernel.texts import _

Span = tuple[timedelta, str]
"""So long from now, and how people say that."""


class ExpiryEditor(Editor):
    """So long from now, a moment, or what None means; shows the last span at first.

    Attributes:
        box: the choices. edit: the moment, where one is wanted.
    """

    def __init__(self, parent: QWidget, *, now: datetime, spans: Sequence[Span], nothing: str = "") -> None:
        """`nothing` is the text of None, which can't be chosen without it."""
        self.box = QComboBox()
        super().__init__(self.box, parent)
        self._now = now.replace(microsecond=0)
        for span, words in spans:
            self.box.addItem(words, (self._now + span).isoformat())
        if nothing:
            self.box.addItem(nothing, None)
        self.box.addItem(_("at a moment…"))
        self.box.setCurrentIndex(len(spans) - 1)
        self._at = self.box.count() - 1
        self.edit = QDateTimeEdit(QDateTime.fromSecsSinceEpoch(int((self._now + spans[-1][0]).timestamp())), self)
        self.edit.setCalendarPopup(True)
        self.edit.setDisplayFormat("yyyy-MM-dd HH:mm")
        self.edit.setAccessibleName(_("Expires at"))
        self.edit.hide()
        layout = self.layout()
        assert layout is not None  # noqa: S101 - every editor has one
        layout.addWidget(self.edit)
        self.box.activated.connect(self._on_choice)
        self.edit.dateTimeChanged.connect(self._on_edit)

    def value(self) -> Any:
        if self.box.currentIndex() != self._at:
            return self.box.currentData()
        return datetime.fromtimestamp(self.edit.dateTime().toSecsSinceEpoch(), self._now.tzinfo).isoformat()

    def set_value(self, value: Any) -> None:
        place = self.box.findData(value)
        if place < 0 or place == self._at:
            place = self._at
            moment = datetime.fromisoformat(str(value))
            self.edit.setDateTime(QDateTime.fromSecsSinceEpoch(int(moment.timestamp())))
        self.box.setCurrentIndex(place)
        self.edit.setVisible(place == self._at)

    def _on_choice(self) -> None:
        self.edit.setVisible(self.box.currentIndex() == self._at)
        self.changed.emit()

    def _on_edit(self) -> None:
        self.changed.emit()
