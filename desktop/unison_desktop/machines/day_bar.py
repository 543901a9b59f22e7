"""Which day is looked at."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QDateEdit, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.texts import _


class DayBar(QWidget):
    """Previous day, date, next day, today. Days after today can't be chosen.

    Signals:
        day_chosen: a `date`.
    """

    day_chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.previous = self._step(_("Previous day"))
        self.next = self._step(_("Next day"))
        self.edit = QDateEdit(self)
        self.edit.setCalendarPopup(True)
        self.edit.setDisplayFormat("ddd yyyy-MM-dd")
        self.edit.setKeyboardTracking(False)
        self.edit.setAccessibleName(_("Day"))
        self.today = QPushButton(_("Today"), self)
        self._zone = QLabel(self)
        self._zone.setProperty("role", "muted")
        self._zone.setFont(theme.font(Type.SMALL))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (self.previous, self.edit, self.next, self.today, self._zone):
            row.addWidget(widget)
        row.addStretch(1)
        self._row = row
        self.previous.clicked.connect(self.go_back)
        self.next.clicked.connect(self.go_on)
        self.today.clicked.connect(self.go_to_today)
        self.edit.dateChanged.connect(self._on_date)
        theme.changed.connect(self._recolour)
        self._recolour()

    def add_widget(self, widget: QWidget) -> None:
        """Put something of the page at the right."""
        self._row.addWidget(widget)

    @property
    def day(self) -> date:
        """The day that is shown."""
        return _python_date(self.edit.date())

    def show_day(self, day: date, today: date, zone: str) -> None:
        """Show this day without telling it as chosen; `zone` is said beside it."""
        blocked = self.edit.blockSignals(True)
        self.edit.setMaximumDate(QDate(today.year, today.month, today.day))
        self.edit.setDate(QDate(day.year, day.month, day.day))
        self.edit.blockSignals(blocked)
        self._zone.setText(_("times of {zone}").format(zone=zone))
        self._refresh()

    def go_back(self) -> None:
        """Look at the day before."""
        self.edit.setDate(self.edit.date().addDays(-1))

    def go_on(self) -> None:
        """Look at the day after, up to today."""
        self.edit.setDate(self.edit.date().addDays(1))

    def go_to_today(self) -> None:
        """Look at today."""
        self.edit.setDate(self.edit.maximumDate())

    def _on_date(self, _day: QDate) -> None:
        self._refresh()
        self.day_chosen.emit(self.day)

    def _refresh(self) -> None:
        later = self.day + timedelta(days=1) <= _python_date(self.edit.maximumDate())
        self.next.setEnabled(later)
        self.today.setEnabled(later)

    def _step(self, text: str) -> QToolButton:
        button = QToolButton(self)
        button.setToolTip(text)
        button.setAccessibleName(text)
        return button

    def _recolour(self) -> None:
        self.previous.setIcon(self._theme.icon("back"))
        self.next.setIcon(self._theme.icon("forward"))


def _python_date(day: QDate) -> date:
    return date(day.year(), day.month(), day.day())
