"""From when to when something is looked at: the last hours or days, all times, or two moments a person gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from PySide6.QtCore import QDate, QDateTime, QTime, QTimeZone, Signal
from PySide6.QtWidgets import QComboBox, QDateTimeEdit, QHBoxLayout, QLabel, QWidget

from unison_desktop.frame.choice_box import place_of
from unison_desktop.kernel.moments import moment_text
from unison_desktop.kernel.texts import _

_MINUTES = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time: of the length `span` up to now, or from `begins` to before `ends`; what is None has no end there."""

    span: timedelta | None = None
    begins: datetime | None = None
    ends: datetime | None = None

    def begins_at(self, now: datetime) -> datetime | None:
        """Since when it is, at this moment."""
        return self.begins if self.span is None else now - self.span


ALWAYS = Stretch()


class StretchField(QWidget):
    """Offers some spans, all times, and two moments, whose fields are there when they are wanted.

    Attributes:
        zone: whose clocks the moments are of; None is this PC's.
        choice: the spans. begin, end: the moments.

    Signals:
        changed: the person chose another time.
    """

    changed = Signal()

    def __init__(
        self, spans: Iterable[tuple[timedelta | None, str]], chosen: int, parent: QWidget, *, yesterday: str = ""
    ) -> None:
        """`spans` with their words, None for all times; the one at place `chosen` is chosen first.

        Args:
            yesterday: what the choice is called that gives the two moments of that day; without it there is none.
        """
        super().__init__(parent)
        self.zone: tzinfo | None = None
        self.choice = QComboBox(self)
        self.choice.setAccessibleName(_("Time"))
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for span, words in spans:
            self.choice.addItem(words, span)
        self._yesterday = self.choice.count() if yesterday else -1
        if yesterday:
            self.choice.addItem(yesterday)
        self.choice.addItem(_("From … to …"))
        self._between = self.choice.count() - 1
        self.choice.setCurrentIndex(chosen)
        today = QDateTime(QDate.currentDate(), QTime(0, 0), QTimeZone.utc())
        self.begin, self.end = self._edit(_("From"), today), self._edit(_("To"), today.addDays(1))
        self.begin.dateTimeChanged.connect(self._on_begin)
        self.end.dateTimeChanged.connect(self._on_end)
        self._dash = QLabel("\N{EN DASH}", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (self.choice, self.begin, self._dash, self.end):
            row.addWidget(widget)
        self._show_moments()
        self.choice.activated.connect(self._on_choice)

    def stretch(self) -> Stretch:
        """What is chosen."""
        if self.choice.currentIndex() == self._between:
            return Stretch(begins=self._moment(self.begin), ends=self._moment(self.end))
        return Stretch(self.choice.currentData())

    def choose(self, span: timedelta | None) -> None:
        """Another one of the spans, None for all times; tells nobody."""
        self.choice.setCurrentIndex(place_of(self.choice, span))
        self._show_moments()

    def show_between(self, begins: datetime, ends: datetime) -> None:
        """Another time, in whole minutes that hold it; tells nobody."""
        for edit, moment in ((self.begin, begins), (self.end, ends + timedelta(seconds=59))):
            at = moment.astimezone(self.zone)
            clock = QTime(at.hour, at.minute)
            _set_silently(edit, QDateTime(QDate(at.year, at.month, at.day), clock, QTimeZone.utc()))
        self.choice.setCurrentIndex(self._between)
        self._show_moments()

    def words(self) -> str:
        """The same as it stands on paper."""
        if self.choice.currentIndex() != self._between:
            return self.choice.currentText()
        begin, end = (moment_text(self._moment(edit), _MINUTES) for edit in (self.begin, self.end))
        return _("{begin} to {end}").format(begin=begin, end=end)

    def _edit(self, name: str, first: QDateTime) -> QDateTimeEdit:
        """In UTC for Qt: this PC's clocks may leave out an hour that the zone's have."""
        edit = QDateTimeEdit(self)
        edit.setTimeZone(QTimeZone.utc())
        edit.setCalendarPopup(True)
        edit.setDisplayFormat("yyyy-MM-dd HH:mm")
        edit.setKeyboardTracking(False)
        edit.setAccessibleName(name)
        edit.setToolTip(name)
        edit.setDateTime(first)
        return edit

    def _moment(self, edit: QDateTimeEdit) -> datetime:
        day, clock = edit.date(), edit.time()
        read = datetime(day.year(), day.month(), day.day(), clock.hour(), clock.minute(), tzinfo=self.zone)
        return read if self.zone is not None else read.astimezone()

    def _on_choice(self) -> None:
        if self.choice.currentIndex() == self._yesterday:
            self._give_yesterday()
        self._show_moments()
        self.changed.emit()

    def _show_moments(self) -> None:
        is_shown = self.choice.currentIndex() == self._between
        for widget in (self.begin, self._dash, self.end):
            widget.setVisible(is_shown)

    def _give_yesterday(self) -> None:
        """From midnight to midnight by the zone's clocks; the moments are seen and can be moved."""
        now = datetime.now(self.zone)
        midnight = QDateTime(QDate(now.year, now.month, now.day), QTime(0, 0), QTimeZone.utc())
        _set_silently(self.begin, midnight.addDays(-1))
        _set_silently(self.end, midnight)
        self.choice.setCurrentIndex(self._between)

    def _on_begin(self) -> None:
        """What was not touched follows: a time ends after its beginning."""
        if self.end.dateTime() <= self.begin.dateTime():
            _set_silently(self.end, self.begin.dateTime().addDays(1))
        self.changed.emit()

    def _on_end(self) -> None:
        if self.end.dateTime() <= self.begin.dateTime():
            _set_silently(self.begin, self.end.dateTime().addDays(-1))
        self.changed.emit()


def _set_silently(edit: QDateTimeEdit, moment: QDateTime) -> None:
    blocked = edit.blockSignals(True)
    edit.setDateTime(moment)
    edit.blockSignals(blocked)
