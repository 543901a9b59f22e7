"""The one time axis that all drawings of a machine's day share: what is seen, and how it is zoomed and moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget
from unison_domain.machines.timescale import TimeScale, Window

from unison_desktop.frame.theme import Look, Type

ZOOM_STEP = 1.25
"""One notch of the wheel."""
_WHEEL_NOTCH = 120
_GUTTER_EM = 4.2
_RIGHT_EM = 1.2
_TICK_EM = 5.0
_EDGE = 0.1
"""The newest end of what is seen, as a share of it."""
DRAG_PIXELS = 5
"""A press that moves less is a click."""

_LATELY = timedelta(hours=8)
_LEAST_SIGHT = timedelta(hours=1)
_AHEAD = 0.08
"""Share of what is seen that is still to come, so that the newest isn't at the very edge."""


def latest_sight(day: Window, now: datetime, first: datetime | None) -> Window:
    """What people want to see of the day that is not over: the last 8 h, or less where data begin later at `first`,
    at least an hour. A day that is over is seen as a whole.
    """
    if now >= day.end:
        return day
    start = max(day.start, now - _LATELY, min(first, now) if first is not None else day.start)
    span = max(_LEAST_SIGHT, (now - start) * (1 + _AHEAD))
    end = min(day.end, max(start, day.start) + span)
    return Window(max(day.start, min(start, end - _LEAST_SIGHT)), end)


class DayAxis(QObject):
    """What is seen of a day.

    Attributes:
        bounds: the day; shown: the part of it that is seen.
        is_chosen: somebody chose what of the day is seen.
        zone: whose clocks the labels show.

    Signals:
        changed: `shown`, `bounds` or `zone` is another now.
    """

    changed = Signal()

    def __init__(self, bounds: Window, zone: tzinfo, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bounds, self.shown, self.zone = bounds, bounds, zone
        self.is_chosen = False

    def set_day(self, bounds: Window, zone: tzinfo) -> None:
        """Another day, seen as a whole until `begin`; the same day keeps its zoom."""
        if (bounds, zone) == (self.bounds, self.zone):
            return
        self.bounds = self.shown = bounds
        self.zone, self.is_chosen = zone, False
        self.changed.emit()

    def begin(self, now: datetime, first: datetime | None) -> None:
        """See what `latest_sight` says, unless somebody chose what to see."""
        if not self.is_chosen:
            self.show_part(latest_sight(self.bounds, now, first))

    def zoom(self, factor: float, now: datetime) -> None:
        """See `1 / factor` of it around now where that is in sight, for nothing is known of what follows; else around
        the middle.
        """
        scale = TimeScale(self.shown, 1.0)
        kept = scale.x(now) if now in self.shown else 0.5
        self.show_part(scale.zoomed(factor, kept, self.bounds).window)

    def show_part(self, part: Window) -> None:
        """See this part from now on."""
        self.is_chosen = True
        if part != self.shown:
            self.shown = part
            self.changed.emit()

    def keep_up(self, before: datetime, now: datetime) -> None:
        """Time went on from `before` to `now`: whoever looks at the newest end of a part goes on looking at it."""
        if self.shown.end - self.shown.span * _EDGE <= before < self.shown.end < self.bounds.end:
            end = min(self.shown.end + (now - before), self.bounds.end)
            self.show_part(Window(end - self.shown.span, end))

    def fit(self) -> None:
        """See the whole day."""
        self.show_part(self.bounds)


class AxisView(QWidget):
    """A drawing over the axis: wheel zooms, dragging moves, double click shows the whole day; so do +, -, 0.

    A subclass paints in `paint_content` and says in `clicked_at` and `tell_at` what is under the pointer.
    """

    def __init__(
        self,
        axis: DayAxis,
        theme: Look,
        now: Callable[[], datetime],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.axis, self.theme, self.now = axis, theme, now
        self._pressed_at: QPointF | None = None
        self._dragging = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        axis.changed.connect(self.update)
        theme.changed.connect(self.update)

    @property
    def em(self) -> float:
        """Height of ordinary text in pixels."""
        return float(self.fontMetrics().height())

    @property
    def scale(self) -> TimeScale:
        """Where moments are on this widget."""
        left = _GUTTER_EM * self.em
        return TimeScale(self.axis.shown, max(1.0, self.width() - left - _RIGHT_EM * self.em), left)

    def zoom(self, factor: float, at_x: float) -> None:
        """Show `1 / factor` of what is seen; the moment at `at_x` stays."""
        self.axis.show_part(self.scale.zoomed(factor, at_x, self.axis.bounds).window)

    def clicked_at(self, point: QPointF) -> None:
        """A click that was no drag."""

    def tell_at(self, point: QPointF, at: QPointF) -> None:
        """The pointer rests over `point`; `at` is the same on the screen."""

    def draw_grid(self, painter: QPainter, box: QRectF, labels_at: float | None) -> None:
        """Lines at round times through `box`; their labels with the upper edge at `labels_at`."""
        painter.setFont(self.theme.font(Type.SMALL))
        high = painter.fontMetrics().height()
        for tick in self.scale.ticks(self.axis.zone, _TICK_EM * self.em):
            x = round(self.scale.x(tick.moment)) + 0.5
            painter.setPen(QPen(self.theme.colour("line"), 1.0))
            painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
            if labels_at is not None:
                painter.setPen(self.theme.colour("text" if tick.major else "muted"))
                place = QRectF(x - 3 * self.em, labels_at, 6 * self.em, high)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, tick.label)

    def draw_now(self, painter: QPainter, box: QRectF) -> None:
        """The line of now, and the ground of what has not been yet."""
        now = self.now()
        scale = self.scale
        if now < self.axis.shown.end and self.axis.bounds.start <= now:
            x = max(scale.x(now), scale.left)
            future = QRectF(x, box.top(), scale.left + scale.width - x, box.height())
            painter.fillRect(future, self.theme.colour("window"))
        if now in self.axis.shown:
            painter.setPen(QPen(self.theme.colour("accent"), 2.0))
            painter.drawLine(QPointF(scale.x(now), box.top() - 3), QPointF(scale.x(now), box.bottom() + 3))

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.angleDelta()
        if abs(delta.x()) > abs(delta.y()) or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._pan(float(delta.x() or delta.y()))
        else:
            self.zoom(ZOOM_STEP ** (delta.y() / _WHEEL_NOTCH), event.position().x())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed_at, self._dragging = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is None:
            self.tell_at(event.position(), event.globalPosition())
            return
        moved = event.position().x() - self._pressed_at.x()
        if self._dragging or abs(moved) > DRAG_PIXELS:
            self._dragging = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._pan(moved)
            self._pressed_at = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is not None and not self._dragging:
            self.clicked_at(event.position())
        self._pressed_at = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        del event
        self.axis.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.axis.zoom(ZOOM_STEP**2, self.now())
            case Qt.Key.Key_Minus:
                self.axis.zoom(ZOOM_STEP**-2, self.now())
            case Qt.Key.Key_0 | Qt.Key.Key_Home:
                self.axis.fit()
            case _:
                super().keyPressEvent(event)

    def _pan(self, dx: float) -> None:
        self.axis.show_part(self.scale.panned(dx, self.axis.bounds).window)
