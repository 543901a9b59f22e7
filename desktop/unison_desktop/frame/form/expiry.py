"""Until when something is good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, QDateTime, QTime
from PySide6.QtWidgets import QComboBox, QDateTimeEdit, QHBoxLayout, QLabel, QWidget

from unison_desktop.frame.form.editors import Editor
from unison_desktop.kernel.texts import _

Span = tuple[timedelta, str]
"""So long from now, and how people say that."""


class ExpiryEditor(Editor):
    """So long from now, a moment, or what None means; shows the last span at first.

    Attributes:
        box: the choices. edit: the moment, where one is wanted. clocks: by whose clocks.
    """

    def __init__(
        self, parent: QWidget, *, now: datetime, zone: ZoneInfo, spans: Sequence[Span], nothing: str = ""
    ) -> None:
        """`zone`: by whose clocks. `nothing` is the text of None, which can't be chosen without it."""
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
        self._moment = QWidget(self)
        self.edit = QDateTimeEdit(self._moment)
        self.clocks = QLabel(self._moment)
        self.clocks.setProperty("role", "muted")
        self.set_zone(zone)
        self._show(self._now + spans[-1][0])
        self.edit.setCalendarPopup(True)
        self.edit.setDisplayFormat("yyyy-MM-dd HH:mm")
        self.edit.setAccessibleName(_("Expires at"))
        row = QHBoxLayout(self._moment)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.edit)
        row.addWidget(self.clocks)
        row.addStretch(1)
        self._moment.hide()
        layout = self.layout()
        assert layout is not None  # noqa: S101 - every editor has one
        layout.addWidget(self._moment)
        self.box.activated.connect(self._on_choice)
        self.edit.dateTimeChanged.connect(self._on_edit)

    def value(self) -> Any:
        if self.box.currentIndex() != self._at:
            return self.box.currentData()
        day, at = self.edit.date(), self.edit.time()
        wall = datetime(day.year(), day.month(), day.day(), at.hour(), at.minute(), tzinfo=self._zone)
        return wall.isoformat()

    def set_zone(self, zone: ZoneInfo) -> None:
        """The moment is by the clocks there; what was typed stays as it was typed."""
        self._zone = zone
        self.clocks.setText(_("clocks of {zone}").format(zone=zone.key))

    def set_value(self, value: Any) -> None:
        place = self.box.findData(value)
        if place < 0 or place == self._at:
            place = self._at
            self._show(datetime.fromisoformat(str(value)))
        self.box.setCurrentIndex(place)
        self._moment.setVisible(place == self._at)

    def _show(self, moment: datetime) -> None:
        there = moment.astimezone(self._zone)
        self.edit.setDateTime(QDateTime(QDate(there.year, there.month, there.day), QTime(there.hour, there.minute)))

    def _on_choice(self) -> None:
        self._moment.setVisible(self.box.currentIndex() == self._at)
        self.changed.emit()

    def _on_edit(self) -> None:
        self.changed.emit()
