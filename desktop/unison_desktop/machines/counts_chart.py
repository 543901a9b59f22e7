"""Parts counted over the day, on the same axis as the states."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from html import escape

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget
from unison_domain.machines.contracts import CountPoint, CountSeries
from unison_domain.machines.timescale import Window

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Look, Type
from unison_desktop.kernel.texts import _, pgettext
from unison_desktop.machines.durations import total_text
from unison_desktop.machines.time_axis import AxisView, DayAxis
from unison_desktop.tables.columns import quantity_text

_HEIGHT_EM = 7.9
_TOP_EM = 1.5
_LINES = 3
_BUCKETS = ((timedelta(hours=2), 60), (timedelta(hours=8), 300))
_WIDEST_BUCKET = 900
_ROUND_TOPS = (3, 6, 9, 12, 15)


def bucket_for(span: timedelta) -> int:
    """Seconds per bar at which a span shows some hundred bars at most."""
    return next((seconds for limit, seconds in _BUCKETS if span <= limit), _WIDEST_BUCKET)


def round_top(highest: Decimal) -> int:
    """The least of 3, 6, 9, 12, 15, 30, 60, 90 … that is not below `highest`: thirds of it are round numbers."""
    factor = 1
    while True:
        top = next((n * factor for n in _ROUND_TOPS if n * factor >= highest), None)
        if top is not None:
            return top
        factor *= 10


class CountsChart(AxisView):
    """Bars of good parts with scrap on top; parts that were counted without being judged are drawn apart."""

    def __init__(
        self,
        axis: DayAxis,
        theme: Look,
        now: Callable[[], datetime],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(axis, theme, now, parent)
        self.series: CountSeries | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(_("Parts over time"))

    def show_counts(self, series: CountSeries | None) -> None:
        """Show these, or nothing."""
        self.series = series
        self.update()

    @property
    def heading(self) -> str:
        """What a bar stands for."""
        if self.series is None:
            return _("Parts")
        return _("Parts per {time}").format(time=total_text(self.series.bucket_seconds))

    def plot(self) -> QRectF:
        """Where the bars are drawn."""
        top = _TOP_EM * self.em
        return QRectF(self.scale.left, top, self.scale.width, max(1.0, self.height() - top - 0.3 * self.em))

    def bar_of(self, point: CountPoint) -> QRectF | None:
        """Where the bar of a bucket stands, None if it is out of sight."""
        if self.series is None:
            return None
        end = point.started_at + timedelta(seconds=self.series.bucket_seconds)
        part = self.axis.shown.clip(point.started_at, end)
        if part is None:
            return None
        left, right = self.scale.x(part.start), self.scale.x(part.end)
        gap = min(2.0, (right - left) * 0.15)
        high = self.plot().height() * float(_all_parts(point) / self._top())
        return QRectF(left + gap / 2, self.plot().bottom() - high, max(1.0, right - left - gap), high)

    def sizeHint(self) -> QSize:
        return QSize(600, round(_HEIGHT_EM * self.em))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, round(4.9 * self.em))

    def tell_at(self, point: QPointF, at: QPointF) -> None:
        found = self._point_at(point.x()) if self.plot().contains(point) else None
        if found is None or self.series is None:
            QToolTip.hideText()
            return
        QToolTip.showText(at.toPoint() + QPoint(0, round(self.em)), self._tool_tip(found, self.series), self)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        plot = self.plot()
        self.draw_grid(painter, plot, None)
        self._draw_levels(painter, plot)
        painter.setPen(self.theme.colour("muted"))
        above = QRectF(plot.left(), 0, plot.width(), plot.top())
        painter.drawText(above, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.heading)
        if self.series is not None:
            for point in self.series.points:
                if _all_parts(point) and (bar := self.bar_of(point)) is not None:
                    self._draw_bar(painter, point, bar)
        self.draw_now(painter, plot)
        painter.end()

    def _top(self) -> int:
        points = self.series.points if self.series is not None else []
        return round_top(max((_all_parts(point) for point in points), default=Decimal(0)))

    def _draw_levels(self, painter: QPainter, plot: QRectF) -> None:
        painter.setFont(self.theme.font(Type.SMALL))
        high = painter.fontMetrics().height()
        for n in range(_LINES + 1):
            y = round(plot.bottom() - plot.height() * n / _LINES) + 0.5
            painter.setPen(QPen(self.theme.colour("edge" if n == 0 else "line"), 1.0))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(self.theme.colour("muted"))
            place = QRectF(0, y - high / 2, plot.left() - 0.6 * self.em, high)
            text = quantity_text(Decimal(self._top() * n // _LINES))
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    def _draw_bar(self, painter: QPainter, point: CountPoint, bar: QRectF) -> None:
        whole = _all_parts(point)
        unjudged = max(Decimal(0), whole - point.good - point.scrap)
        bottom = bar.bottom()
        for amount, tone in ((point.good, Tone.GOOD), (unjudged, Tone.INFO), (point.scrap, Tone.BAD)):
            if amount <= 0:
                continue
            high = max(1.0, bar.height() * float(amount / whole))
            part = QRectF(bar.left(), bottom - high, bar.width(), high)
            colours = self.theme.tone(tone)
            painter.fillRect(part, QColor(colours.fill))
            if tone is Tone.BAD:
                painter.fillRect(part, QBrush(QColor(colours.tint), Qt.BrushStyle.BDiagPattern))
            bottom -= high

    def _point_at(self, x: float) -> CountPoint | None:
        if self.series is None:
            return None
        moment, length = self.scale.moment(x), timedelta(seconds=self.series.bucket_seconds)
        return next((p for p in self.series.points if moment in Window(p.started_at, p.started_at + length)), None)

    def _tool_tip(self, point: CountPoint, series: CountSeries) -> str:
        start = point.started_at.astimezone(self.axis.zone)
        end = (point.started_at + timedelta(seconds=series.bucket_seconds)).astimezone(self.axis.zone)
        rows = [(pgettext("parts", "Good"), point.good), (_("Scrap"), point.scrap), (_("Total"), _all_parts(point))]
        cells = "".join(
            f"<tr><td>{escape(label)}&nbsp;&nbsp;</td><td align='right'><b>{quantity_text(n)}</b></td></tr>"
            for label, n in rows
        )
        return f"<b>{start:%H:%M} - {end:%H:%M}</b><table>{cells}</table>"


def _all_parts(point: CountPoint) -> Decimal:
    """All parts of the bucket, whether a machine counts its total or only good and scrap."""
    return max(point.total, point.good + point.scrap)
