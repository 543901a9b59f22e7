"""A machine's day as a band of states."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget
from unison_domain.machines.contracts import MachineState, StateInterval
from unison_domain.machines.timescale import Window

from unison_desktop.frame.theme import Look
from unison_desktop.kernel.persons import person_text
from unison_desktop.kernel.texts import _
from unison_desktop.machines.grounds import paint_state
from unison_desktop.machines.span_facts import Facts, span_facts, spoken, tool_tip
from unison_desktop.machines.states import LOOKS, RANK, said_reason
from unison_desktop.machines.time_axis import AxisView, DayAxis

_BAND_EM = 3.4
_TOP_EM = 0.5
_LABELS_EM = 1.5


class Timeline(AxisView):
    """The intervals of a day. States of one tone are told apart by a pattern; no data is hatched.

    Signals:
        interval_chosen: id of the interval that was clicked or reached with the arrow keys, or None.
    """

    interval_chosen = Signal(object)

    def __init__(
        self,
        axis: DayAxis,
        theme: Look,
        now: Callable[[], datetime],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(axis, theme, now, parent)
        self._intervals: list[StateInterval] = []
        self._chosen: frozenset[UUID] = frozenset()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("States of the day"))

    def gestures(self) -> list[tuple[str, str]]:
        """What keys and mouse do on it, as meaning and gesture."""
        return [
            (_("Timeline: narrow or widen the time shown"), _("Wheel, + and -")),
            (_("Timeline: earlier or later"), _("Drag, Shift+Wheel")),
            (_("Timeline: the whole day"), _("Double click")),
            (_("Timeline: from state to state"), _("Left, Right")),
        ]

    def show_intervals(self, intervals: Iterable[StateInterval]) -> None:
        """Show these, in any order."""
        self._intervals = sorted(intervals, key=lambda interval: interval.started_at)
        self.update()

    def choose(self, ids: Iterable[UUID]) -> None:
        """Mark these and bring the first of them into sight."""
        self._chosen = frozenset(ids)
        chosen = [interval for interval in self._intervals if interval.id in self._chosen]
        if chosen and (part := self._clipped(chosen[0], self.axis.bounds)) is not None:
            self.axis.show_part(self.scale.showing(part, self.axis.bounds).window)
        self.setAccessibleDescription("; ".join(self._spoken(interval) for interval in chosen[:3]))
        self.update()

    def band(self) -> QRectF:
        """Where the states are drawn."""
        return QRectF(self.scale.left, _TOP_EM * self.em, self.scale.width, _BAND_EM * self.em)

    def box_of(self, interval: StateInterval) -> QRectF | None:
        """Where an interval is drawn, at least a pixel wide; None if none of it is in sight."""
        part = self._clipped(interval, self.axis.shown)
        if part is None:
            return None
        band, left = self.band(), self.scale.x(part.start)
        return QRectF(left, band.top(), max(1.0, self.scale.x(part.end) - left), band.height())

    def interval_at(self, x: float) -> StateInterval | None:
        """The interval under a pixel; of several so short that they share it, the most urgent."""
        near = [i for i in self._intervals if (box := self.box_of(i)) and box.left() - 0.5 <= x <= box.right() + 0.5]
        return min(near, key=lambda i: (abs(self._centre(i) - x) > 2, RANK[i.state]), default=None)

    def sizeHint(self) -> QSize:
        return QSize(600, round((_TOP_EM + _BAND_EM + _LABELS_EM + 0.2) * self.em))

    def clicked_at(self, point: QPointF) -> None:
        found = self.interval_at(point.x()) if self.band().contains(point) else None
        self._tell_chosen(found)

    def tell_at(self, point: QPointF, at: QPointF) -> None:
        found = self.interval_at(point.x()) if self.band().contains(point) else None
        if found is None:
            QToolTip.hideText()
            return
        QToolTip.showText(at.toPoint() + QPoint(0, round(self.em)), self._tool_tip(found), self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or not self._intervals:
            super().keyPressEvent(event)
            return
        places = [n for n, interval in enumerate(self._intervals) if interval.id in self._chosen]
        last = len(self._intervals) - 1
        place = min(max(places[0] + step, 0), last) if places else (0 if step > 0 else last)
        self._tell_chosen(self._intervals[place])

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        band = self.band()
        self._paint_unknown(painter, band)
        self.draw_grid(painter, band.adjusted(0, 0, 0, 0.3 * self.em), band.bottom() + 0.35 * self.em)
        painter.save()
        painter.setClipRect(band)
        for interval in sorted(self._intervals, key=lambda i: -RANK[i.state]):
            if (box := self.box_of(interval)) is not None:
                self._paint_interval(painter, interval.state, box)
        painter.restore()
        self.draw_now(painter, band)
        self._paint_chosen(painter)
        self._paint_side(painter, band)
        painter.end()

    def _paint_unknown(self, painter: QPainter, band: QRectF) -> None:
        """The ground under all intervals: of time without any, nothing is known. `draw_now` covers what is to come."""
        paint_state(painter, self.theme, MachineState.UNKNOWN, band, self.em)

    def _paint_interval(self, painter: QPainter, state: MachineState, box: QRectF) -> None:
        paint_state(painter, self.theme, state, box, self.em)
        look, tone = LOOKS[state], self.theme.tone(LOOKS[state].tone)
        size = round(1.2 * self.em)
        if box.width() < size + 8:
            return
        ink = tone.ink if state is MachineState.UNKNOWN else tone.on_fill
        left = QPointF(box.left() + 5, box.center().y() - size / 2)
        room = box.right() - left.x() - size - 8
        wide = painter.fontMetrics().horizontalAdvance(look.text)
        if state is not MachineState.UNKNOWN:
            ground = QRectF(left.x() - 3, left.y() - 2, size + 6 + (wide + 5 if room > wide else 0), size + 4)
            painter.fillRect(ground, QColor(tone.fill))
        painter.drawPixmap(left, self.theme.pixmap(look.icon, size, ink))
        if room > wide:
            painter.setPen(QColor(ink))
            place = QRectF(left.x() + size + 5, box.top(), room, box.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, look.text)

    def _paint_chosen(self, painter: QPainter) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for interval in self._intervals:
            box = self.box_of(interval) if interval.id in self._chosen else None
            if box is not None:
                painter.setPen(QPen(self.theme.colour("surface"), 4.0))
                painter.drawRect(box.adjusted(-2, -2, 2, 2))
                painter.setPen(QPen(self.theme.colour("text"), 2.0))
                painter.drawRect(box.adjusted(-2, -2, 2, 2))

    def _paint_side(self, painter: QPainter, band: QRectF) -> None:
        painter.setFont(self.font())
        painter.setPen(self.theme.colour("muted"))
        side = QRectF(0, band.top(), band.left() - 0.6 * self.em, band.height())
        painter.drawText(side, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, _("State"))
        if self.hasFocus():
            painter.setPen(QPen(self.theme.colour("accent"), 1.0))
            painter.drawRect(band.adjusted(-1, -1, 1, 1))

    def _clipped(self, interval: StateInterval, window: Window) -> Window | None:
        return window.clip(interval.started_at, interval.ended_at or max(self.now(), interval.started_at))

    def _centre(self, interval: StateInterval) -> float:
        box = self.box_of(interval)
        return box.center().x() if box is not None else -1.0

    def _tell_chosen(self, interval: StateInterval | None) -> None:
        self.choose([] if interval is None else [interval.id])
        self.interval_chosen.emit(None if interval is None else interval.id)

    def _facts(self, interval: StateInterval) -> Facts:
        others = (
            (_("Reason"), said_reason(interval)),
            *((_("Alarm"), alarm) for alarm in interval.alarms),
            (_("Said by"), person_text(interval.person, interval.person_is_verified)),
            (_("Confirmed by"), interval.confirmed_by_name),
            (_("Note"), interval.note),
        )
        return span_facts(interval.started_at, interval.ended_at, self.now(), self.axis.zone, others)

    def _tool_tip(self, interval: StateInterval) -> str:
        return tool_tip(LOOKS[interval.state].text, self._facts(interval))

    def _spoken(self, interval: StateInterval) -> str:
        return spoken(LOOKS[interval.state].text, self._facts(interval))
