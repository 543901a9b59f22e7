"""Until when somebody gets in: the end of a day, or a moment, by the clocks of where they work."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QDate, QTime
from PySide6.QtWidgets import QCheckBox, QDateEdit, QHBoxLayout, QLabel, QTimeEdit, QVBoxLayout, QWidget
from unison_domain.sites.local_days import day_over, last_day

from unison_desktop.frame.form.editors import Editor
from unison_desktop.identity.people.ends import end_text
from unison_desktop.kernel.texts import _


class AccessEndEditor(Editor):
    """When somebody's access ends, if it does.

    Attributes:
        ends: whether it does. day: the last day. within: whether it ends within it, at `at`.
    """

    def __init__(self, parent: QWidget, *, zone: ZoneInfo) -> None:
        """`zone`: by whose clocks."""
        self._zone = zone
        self.ends = QCheckBox(_("It ends"))
        super().__init__(self.ends, parent)
        self.day = QDateEdit(QDate.currentDate().addDays(30), self)
        self.day.setCalendarPopup(True)
        self.day.setDisplayFormat("yyyy-MM-dd")
        self.day.setAccessibleName(_("Last day of the access"))
        self.within = QCheckBox(_("on that day at"), self)
        self.at = QTimeEdit(QTime(17, 0), self)
        self.at.setDisplayFormat("HH:mm")
        self.at.setAccessibleName(_("Access ends at"))
        clocks = QLabel(_("clocks of {zone}").format(zone=zone.key), self)
        clocks.setProperty("role", "muted")
        self._parts = QWidget(self)
        lines = QVBoxLayout(self._parts)
        lines.setContentsMargins(0, 0, 0, 0)
        for widgets in ((self.day, clocks), (self.within, self.at)):
            line = QHBoxLayout()
            for widget in widgets:
                line.addWidget(widget)
            line.addStretch(1)
            lines.addLayout(line)
        layout = self.layout()
        assert layout is not None  # noqa: S101 - every editor has one
        layout.setContentsMargins(0, 6, 0, 6)
        layout.addWidget(self._parts)
        self.ends.toggled.connect(self._parts.setVisible)
        self.within.toggled.connect(self.at.setEnabled)
        self._parts.hide()
        self.at.setEnabled(False)
        for box in (self.ends, self.within):
            box.clicked.connect(self._on_edit)
        self.day.dateChanged.connect(self._on_edit)
        self.at.timeChanged.connect(self._on_edit)

    def value(self) -> Any:
        if not self.ends.isChecked():
            return None
        chosen = self.day.date()
        day = date(chosen.year(), chosen.month(), chosen.day())
        if not self.within.isChecked():
            return day_over(day, self._zone).isoformat()
        at = self.at.time()
        return datetime.combine(day, time(at.hour(), at.minute()), self._zone).isoformat()

    def set_value(self, value: Any) -> None:
        self.ends.setChecked(value is not None)
        if value is None:
            return
        moment = datetime.fromisoformat(str(value))
        local = moment.astimezone(self._zone)
        day = last_day(moment, self._zone)
        shown = day or local.date()
        self.within.setChecked(day is None)
        self.at.setTime(QTime(local.hour, local.minute))
        self.day.setDate(QDate(shown.year, shown.month, shown.day))

    def words(self, value: Any) -> str:
        if value is None:
            return _("never")
        return end_text(datetime.fromisoformat(str(value)), self._zone)

    def _on_edit(self) -> None:
        self.changed.emit()
