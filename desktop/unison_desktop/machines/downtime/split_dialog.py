"""Where a stop is cut in two: picked on its band or typed."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QPen, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget
from unison_domain.machines.downtime_contracts import DowntimeEvent, DowntimeSplit

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.moments import moment_text
from unison_desktop.kernel.texts import _
from unison_desktop.machines.downtime.book import Book
from unison_desktop.machines.downtime.moments import read_moments
from unison_desktop.machines.downtime.picker import ReasonPicker
from unison_desktop.machines.downtime.which_one import WhichOne
from unison_desktop.machines.durations import clock_text

_STEP, _LEAP = timedelta(seconds=10), timedelta(minutes=1)


class CutBand(QWidget):
    """The stop as a band with the cut in it; arrow keys move it by ten seconds, with Shift by a minute.

    Signals:
        moved: the moment of the cut.
    """

    moved = Signal(object)

    def __init__(self, start: datetime, end: datetime, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._start, self._end, self._theme = start, end, theme
        self.at = start + (end - start) / 2
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(_("Moment of the cut"))

    def move_to(self, moment: datetime) -> None:
        """Cut there, or as near as the stop allows."""
        edge = min(timedelta(seconds=1), (self._end - self._start) / 4)
        self.at = min(max(moment, self._start + edge), self._end - edge)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, round(3 * self.fontMetrics().height()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._move_by_hand(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._move_by_hand(event.position().x())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _LEAP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else _STEP
        match event.key():
            case Qt.Key.Key_Left:
                self.move_to(self.at - step)
            case Qt.Key.Key_Right:
                self.move_to(self.at + step)
            case _:
                super().keyPressEvent(event)
                return
        self.moved.emit(self.at)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        band = QRectF(self.rect()).adjusted(1, 6, -1, -6)
        cut = band.left() + band.width() * ((self.at - self._start) / (self._end - self._start))
        earlier, later = self._theme.tone(Tone.BAD), self._theme.tone(Tone.CARE)
        painter.fillRect(QRectF(band.left(), band.top(), cut - band.left(), band.height()), QColor(earlier.fill))
        painter.fillRect(QRectF(cut, band.top(), band.right() - cut, band.height()), QColor(later.fill))
        painter.setPen(QPen(self._theme.colour("accent" if self.hasFocus() else "text"), 3))
        painter.drawLine(round(cut), 0, round(cut), self.height())
        painter.end()

    def _move_by_hand(self, x: float) -> None:
        share = min(1.0, max(0.0, (x - 1) / max(1, self.width() - 2)))
        moment = self._start + (self._end - self._start) * share
        self.move_to(moment)
        self.moved.emit(self.at)


class SplitDialog(QDialog):
    """Cuts one stop in two; the later part may get a reason of its own.

    Signals:
        confirmed: the event and a `DowntimeSplit`.
    """

    confirmed = Signal(object, object)

    def __init__(
        self, desk: Desk, book: Book, event: DowntimeEvent, parent: QWidget, cut: DowntimeSplit | None = None
    ) -> None:
        """It begins with `cut`, or in the middle."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Split the stop") + " - Unison")
        self._event, self._zone = event, book.zone_of(event)
        self._start, self._end = event.started_at, event.ended_at or book.now()
        heading = QLabel(_("Split the stop of {machine}").format(machine=event.machine_name), self)
        heading.setFont(desk.theme.font(Type.TITLE))
        self.band = CutBand(self._start, self._end, desk.theme, self)
        self.line = QLineEdit(self)
        self.line.setAccessibleName(_("Time of the cut"))
        self._span = QLabel(self)
        self._span.setProperty("role", "muted")
        self._error = QLabel(self)
        self._error.setProperty("role", "bad")
        self.which = WhichOne(self)
        self.which.chosen.connect(self._on_chosen)
        self.picker = ReasonPicker(self)
        self.picker.line.setPlaceholderText(_("Reason of the later part; empty: both keep the cause"))
        self.picker.offer(book.offered([book.type_of(event)]), lacks=book.lacks_reasons)
        self.picker.picked.connect(self._on_picked)
        self.picker.left.connect(self.reject)
        self.yes, no = QPushButton(_("Split"), self), QPushButton(_("Cancel"), self)
        self.yes.setProperty("role", "primary")
        self.yes.setAutoDefault(False)
        no.setAutoDefault(False)
        self.yes.setToolTip(_("Ctrl+S"))
        for keys in ("Ctrl+S", "Ctrl+Return"):
            QShortcut(QKeySequence(keys), self).activated.connect(self._confirm)
        self.yes.clicked.connect(self._confirm)
        no.clicked.connect(self.reject)
        self.line.returnPressed.connect(self._confirm)
        self.line.textEdited.connect(self._on_typed)
        self.band.moved.connect(self._on_moved)
        self._lay_out(heading, no)
        self._on_moved(cut.at if cut is not None else self.band.at)
        if cut is not None and cut.later_reason_id is not None:
            self.picker.choose(cut.later_reason_id)
        self.line.setFocus()
        self.line.selectAll()

    def _lay_out(self, heading: QLabel, no: QPushButton) -> None:
        when = QHBoxLayout()
        label = QLabel(_("Cut at"), self)
        label.setBuddy(self.line)
        when.addWidget(label)
        when.addWidget(self.line)
        when.addWidget(self._span, 1)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(no)
        foot.addWidget(self.yes)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 18, 20, 16)
        column.setSpacing(10)
        column.addWidget(heading)
        column.addWidget(self.band)
        column.addLayout(when)
        column.addWidget(self.which)
        column.addWidget(self._error)
        column.addWidget(self.picker, 1)
        column.addLayout(foot)
        self._error.hide()
        self.resize(620, 520)

    def _on_moved(self, moment: datetime) -> None:
        self.band.move_to(self._whole(moment))
        self.line.setText(moment_text(self.band.at.astimezone(self._zone), "%H:%M:%S"))
        self.which.offer([])
        self._show_parts()

    def _on_typed(self) -> None:
        moments = read_moments(self.line.text(), self._start, self._end, self._zone)
        if moments:
            self.band.at = self._whole(moments[0])
            self.band.update()
            self._show_parts()
        self.which.offer([moment.astimezone(self._zone) for moment in moments])

    def _on_chosen(self, moment: datetime) -> None:
        self._on_moved(moment)
        self.line.setFocus()

    def _whole(self, moment: datetime) -> datetime:
        """Whole seconds after the start, still shown as the same time: so both parts add up to the stop as shown."""
        at = self._start + timedelta(seconds=ceil((moment.replace(microsecond=0) - self._start).total_seconds()))
        return at if self._start < at < self._end else moment

    def _show_parts(self) -> None:
        self._error.hide()
        first, last = ((self.band.at - self._start), (self._end - self.band.at))
        text = _("{first} before, {last} after")
        first_text, last_text = (clock_text(span.total_seconds()) for span in (first, last))
        self._span.setText(text.format(first=first_text, last=last_text))

    def _on_picked(self, _reason_id: UUID) -> None:
        self._confirm()

    def _confirm(self) -> None:
        typed = self.line.text()
        shown = moment_text(self.band.at.astimezone(self._zone), "%H:%M:%S")
        read = [] if typed == shown else read_moments(typed, self._start, self._end, self._zone)
        if len(read) > 1:
            self.which.offer([moment.astimezone(self._zone) for moment in read])
            self.which.setFocus()
            return
        at = self.band.at if typed == shown else self._whole(read[0]) if read else None
        if at is None:
            local = (moment.astimezone(self._zone) for moment in (self._start, self._end))
            first, last = (moment_text(moment, "%H:%M:%S") for moment in local)
            text = _("“{typed}” is no time between {first} and {last}. Type e.g. 14:05.")
            self._error.setText(text.format(typed=typed, first=first, last=last))
            self._error.show()
            return
        self.confirmed.emit(self._event, DowntimeSplit(at=at, later_reason_id=self.picker.chosen))
        self.accept()
