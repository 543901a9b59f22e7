"""The reasons people gave for the stops of a day, under the states that signals tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget
from unison_domain.machines.downtime_contracts import DowntimeEvent

from unison_desktop.frame.theme import Look
from unison_desktop.kernel.persons import person_text
from unison_desktop.kernel.texts import _
from unison_desktop.machines.day_stops import given_text
from unison_desktop.machines.downtime.class_looks import CLASS_LOOKS
from unison_desktop.machines.grounds import paint_ground
from unison_desktop.machines.span_facts import Facts, span_facts, spoken, tool_tip
from unison_desktop.machines.time_axis import AxisView, DayAxis

_BAND_EM = 1.7
_TOP_EM = 0.15
_LEAST_WORDS_EM = 5
"""With less room the number says more than the beginning of the name."""


class ReasonBand(AxisView):
    """A box per stop with a reason: colour and pattern of its class, and its words as far as they fit.

    Signals:
        chosen: the `DowntimeEvent` that was clicked or reached with the arrow keys.
        opened: one that is to be seen with all that is known of it (Enter).
    """

    chosen = Signal(object)
    opened = Signal(object)

    def __init__(
        self,
        axis: DayAxis,
        theme: Look,
        now: Callable[[], datetime],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(axis, theme, now, parent)
        self._events: list[DowntimeEvent] = []
        self._chosen: UUID | None = None
        self._why_not = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(_("Reasons people gave"))

    def show_events(self, events: Iterable[DowntimeEvent]) -> None:
        """Show these, in order of time."""
        self._events = list(events)
        self.update()

    def refuse(self, why: str) -> None:
        """The person may not see them."""
        self._why_not = why
        self.setEnabled(False)
        self.setToolTip(why)
        self.setAccessibleDescription(why)
        self.update()

    @property
    def current(self) -> DowntimeEvent | None:
        """The one that was chosen last, while it is there."""
        return next((event for event in self._events if event.id == self._chosen), None)

    def choose(self, event_id: UUID | None) -> None:
        """Mark this one."""
        self._chosen = event_id
        current = self.current
        self.setAccessibleDescription(self._spoken(current) if current is not None else "")
        self.update()

    def box_of(self, event: DowntimeEvent) -> QRectF | None:
        """Where it is drawn, at least a pixel wide; None if none of it is in sight."""
        part = self.axis.shown.clip(event.started_at, event.ended_at or max(self.now(), event.started_at))
        if part is None:
            return None
        left = self.scale.x(part.start)
        return QRectF(left, _TOP_EM * self.em, max(1.0, self.scale.x(part.end) - left), _BAND_EM * self.em)

    def sizeHint(self) -> QSize:
        return QSize(600, round((_TOP_EM + _BAND_EM + 0.3) * self.em))

    def clicked_at(self, point: QPointF) -> None:
        self._go_to(self._event_at(point))

    def tell_at(self, point: QPointF, at: QPointF) -> None:
        found = self._event_at(point)
        if found is None:
            QToolTip.hideText()
            return
        QToolTip.showText(at.toPoint() + QPoint(0, round(self.em)), self._tool_tip(found), self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.opened.emit(self.current)
        elif step is not None and self._events:
            last = len(self._events) - 1
            place = next((n for n, one in enumerate(self._events) if one.id == self._chosen), None)
            place = (0 if step > 0 else last) if place is None else min(max(place + step, 0), last)
            self._go_to(self._events[place])
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        band = QRectF(self.scale.left, _TOP_EM * self.em, self.scale.width, _BAND_EM * self.em)
        self.draw_grid(painter, band, None)
        painter.setFont(self.font())
        for one in self._events:
            if (box := self.box_of(one)) is not None:
                self._paint_event(painter, one, box)
        painter.setPen(self.theme.colour("muted"))
        if self._why_not:
            words = painter.fontMetrics().elidedText(self._why_not, Qt.TextElideMode.ElideRight, round(band.width()))
            painter.drawText(band.adjusted(0.4 * self.em, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
        self.draw_now(painter, band)
        painter.setPen(self.theme.colour("muted"))
        side = QRectF(0, band.top(), band.left() - 0.6 * self.em, band.height())
        painter.drawText(side, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, _("Reason"))
        if self.hasFocus():
            painter.setPen(QPen(self.theme.colour("accent"), 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(band.adjusted(-1, -1, 1, 1))
        painter.end()

    def _paint_event(self, painter: QPainter, event: DowntimeEvent, box: QRectF) -> None:
        tone, mark = CLASS_LOOKS[event.downtime_category]
        paint_ground(painter, self.theme, tone, mark, box, self.em)
        colours, metrics = self.theme.tone(tone), painter.fontMetrics()
        room, number = round(box.width() - 12), event.downtime_reason_code or ""
        text = metrics.elidedText(given_text(event), Qt.TextElideMode.ElideRight, room)
        if room < _LEAST_WORDS_EM * self.em:
            text = number if metrics.horizontalAdvance(number) <= room else ""
        if text:
            wide = metrics.horizontalAdvance(text) + 6
            high = metrics.height()
            painter.fillRect(QRectF(box.left() + 3, box.center().y() - high / 2, wide, high), QColor(colours.fill))
            painter.setPen(QColor(colours.on_fill))
            place = box.adjusted(6, 0, -6, 0)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        if event.id == self._chosen:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.theme.colour("text"), 2.0))
            painter.drawRect(box.adjusted(0, -1, 0, 1))

    def _event_at(self, point: QPointF) -> DowntimeEvent | None:
        boxes = ((event, self.box_of(event)) for event in self._events)
        return next((event for event, box in boxes if box and box.adjusted(-1, 0, 1, 0).contains(point)), None)

    def _go_to(self, event: DowntimeEvent | None) -> None:
        self.choose(event.id if event is not None else None)
        if event is not None:
            self.chosen.emit(event)

    def _facts(self, event: DowntimeEvent) -> Facts:
        said_by = person_text(event.reported_by_name, event.reported_by_is_verified)
        others = ((_("Said by"), said_by), (_("Note"), event.notes))
        return span_facts(event.started_at, event.ended_at, self.now(), self.axis.zone, others)

    def _tool_tip(self, event: DowntimeEvent) -> str:
        return tool_tip(given_text(event), self._facts(event))

    def _spoken(self, event: DowntimeEvent) -> str:
        return spoken(given_text(event), self._facts(event))
