"""Individuals chart above, moving-range chart below, over the same values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from math import ceil
from uuid import UUID

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from unison_domain.quality.contracts import CharacteristicAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Look, Type
from unison_desktop.kernel.moments import moment_text
from unison_desktop.kernel.numbers import fixed_text, number_text
from unison_desktop.kernel.own_units import beside, beside_difference, with_unit
from unison_desktop.kernel.texts import _
from unison_desktop.quality.digits import decimals_of
from unison_desktop.quality.judging import MARK_TEXTS, Mark, mark_of, paint_mark
from unison_desktop.quality.plot import BEYOND_ABOVE, LABEL_GAP, Line, Plot, Points
from unison_desktop.quality.series import Series

_LEFT_EM, _RIGHT_EM, _LEAST_PLACES = 5.5, 8.5, 20
_MOST_FOR_LABELS = 0.4
"""Of the width."""
_SHARE = 0.64
"""Of the height for the upper chart."""
_WIDE_DAY = datetime(2026, 12, 28, tzinfo=UTC)
_STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_PageUp: -10,
    Qt.Key.Key_PageDown: 10,
    Qt.Key.Key_Home: -(10**9),
    Qt.Key.Key_End: 10**9,
}


class IndividualsView(QWidget):
    """Points are told by mouse and arrow keys; the newest is followed until another is pointed at.

    Attributes:
        series: what is drawn, None before it is there.
        zone: whose clocks the times are of; None is this PC's.

    Signals:
        pointed: id of the measurement that is pointed at, None for none.
        opened: id of one that was clicked, or Enter pressed on.
    """

    pointed = Signal(object)
    opened = Signal(object)

    def __init__(self, theme: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.series: Series | None = None
        self.zone: tzinfo | None = None
        self._current: UUID | None = None
        self._follows = True
        self._plots: tuple[Plot, Plot] | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(_("Individuals and moving-range chart"))
        theme.changed.connect(self.update)

    def show_series(self, series: Series | None) -> None:
        """Draw these; who looked at the newest goes on looking at the newest."""
        self.series = series
        self._plots = None
        if self._follows or self.place is None:
            self._point(self._newest())
        self.update()

    @property
    def place(self) -> int | None:
        """Place of the value that is pointed at."""
        return None if self.series is None or self._current is None else self.series.place_of(self._current)

    def point_at(self, measurement_id: UUID) -> None:
        """Point at a measurement, where it is on the chart."""
        if self.series is not None and (place := self.series.place_of(measurement_id)) is not None:
            self._point(place)

    def plots(self) -> tuple[Plot, Plot] | None:
        """Both drawings as they are at this size."""
        if self._plots is None and self.series is not None and self.series.values:
            self._plots = self._make_plots(self.series)
        return self._plots

    def sizeHint(self) -> QSize:
        return QSize(800, round(26 * self._em))

    def minimumSizeHint(self) -> QSize:
        return QSize(320, round(15 * self._em))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._plots = None
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        self._plots = None  # another font is another size
        super().changeEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point_under(event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._point_under(event.position())
        if event.button() is Qt.MouseButton.LeftButton and self._current is not None:
            self.opened.emit(self._current)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, count = Qt.Key(event.key()), len(self.series.values) if self.series else 0
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current is not None:
            self.opened.emit(self._current)
        elif key in _STEPS and count:
            self._point(min(count - 1, max(0, (self.place or 0) + _STEPS[key])))
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self.theme.colour("surface"))
        plots = self.plots()
        if plots is None or self.series is None:
            self._paint_nothing(painter)
        else:
            for plot in plots:
                plot.paint(painter, self.theme, 0.0, float(self.width()))
            self._paint_legend(painter, plots[0])
            self._paint_times(painter, plots[1], self.series)
            self._paint_current(painter, plots)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.theme.colour("accent"), 2.0))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    @property
    def _em(self) -> float:
        return float(self.fontMetrics().height())

    def _newest(self) -> int | None:
        return len(self.series.values) - 1 if self.series and self.series.values else None

    def _point(self, place: int | None) -> None:
        values = self.series.values if self.series else []
        self._follows = place == self._newest()
        chosen = None if place is None or not 0 <= place < len(values) else values[place].id
        if chosen == self._current:
            return
        self._current = chosen
        self.pointed.emit(chosen)
        self.update()

    def _point_under(self, at: QPointF) -> None:
        if (plots := self.plots()) is not None:
            place = plots[0].place_at(at.x())
            if plots[0].has(place):
                self._point(place)

    def _make_plots(self, series: Series) -> tuple[Plot, Plot]:
        em, high = self._em, float(self.height())
        upper_lines, lower_lines = _value_lines(series), _range_lines(series)
        left = _LEFT_EM * em
        width = self.width() - left - self._room_of((*upper_lines, *lower_lines))
        top, bottom, between = 1.9 * em, high - 1.8 * em, 1.9 * em
        room = bottom - top - between
        upper = QRectF(left, top, width, room * _SHARE)
        lower = QRectF(left, upper.bottom() + between, width, room * (1 - _SHARE))
        values, unit = series.values, series.characteristic.measurement_unit
        places = max(_LEAST_PLACES, len(values))
        kinds = {n: mark_of(one, n in series.outside) for n, one in enumerate(values)}
        marks = {n: mark for n, mark in kinds.items() if mark is not Mark.PLAIN}
        read = [float(one.measured_value) for one in values]
        ranges = series.chart.ranges if series.chart else ()
        beyond = {n + 1: Mark.BEYOND_LIMITS for n in series.ranges_outside}
        titles = (_with_unit(_("Individual values"), unit), _with_unit(_("Moving range"), unit))
        return (
            Plot(upper, titles[0], Points(read, places, marks=marks), upper_lines, least=None),
            Plot(lower, titles[1], Points(ranges, places, first=1, marks=beyond), lower_lines, least=0.0),
        )

    def _room_of(self, lines: Sequence[Line]) -> float:
        """Pixels right of the drawings: what is beside a limit in other units is longer than most."""
        metrics = QFontMetricsF(self.theme.font(Type.SMALL))
        longest = max((metrics.horizontalAdvance(f"{line.text}{BEYOND_ABOVE}") for line in lines), default=0.0)
        return max(_RIGHT_EM * self._em, min(longest + LABEL_GAP, _MOST_FOR_LABELS * self.width()))

    def _paint_nothing(self, painter: QPainter) -> None:
        painter.setPen(self.theme.colour("muted"))
        if self.series is None:
            text = _("Loading…")
        elif self.series.begins is not None:
            text = _("Nothing was measured in this time.")
        else:
            text = _("Nothing is measured yet: press the gauge, or type a value.")
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)

    def _paint_legend(self, painter: QPainter, plot: Plot) -> None:
        painter.setFont(self.theme.font(Type.SMALL))
        metrics = painter.fontMetrics()
        right, y = plot.box.right(), plot.box.top() - metrics.height() / 2 - 3
        for mark, text in reversed(MARK_TEXTS.items()):
            wide = metrics.horizontalAdvance(text)
            painter.setPen(self.theme.colour("muted"))
            place = QRectF(right - wide, y - metrics.height() / 2, wide + 1, metrics.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)
            paint_mark(painter, self.theme, mark, QPointF(right - wide - 12, y))
            right -= wide + 34

    def _paint_times(self, painter: QPainter, plot: Plot, series: Series) -> None:
        """The time of some values, as many as there is room for; the day where it is another than before, and seconds
        where only they tell two apart.
        """
        painter.setFont(self.theme.font(Type.SMALL))
        clock, wide, moments = self._times(plot, series)
        day = None
        for place, moment in moments.items():
            x = plot.x(place)
            form = clock if moment.date() == day else f"%Y-%m-%d {clock}"
            painter.setPen(self.theme.colour("muted"))
            box = QRectF(x - wide / 2, plot.box.bottom() + 4, wide, painter.fontMetrics().height())
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, moment_text(moment, form))
            painter.setPen(QPen(self.theme.colour("edge"), 1.0))
            painter.drawLine(QPointF(x, plot.box.bottom()), QPointF(x, plot.box.bottom() + 4))
            day = moment.date()

    def _times(self, plot: Plot, series: Series) -> tuple[str, float, dict[int, datetime]]:
        """How the clock is written, how wide a day with it is, and the moments there is room for, by their places."""
        metrics = QFontMetricsF(self.theme.font(Type.SMALL))
        for clock in ("%H:%M", "%H:%M:%S"):
            wide = metrics.horizontalAdvance(_WIDE_DAY.strftime(f"%Y-%m-%d {clock}")) + 16
            step = ceil(wide / (plot.x(1) - plot.x(0)))
            places = range(0, len(series.values), step)
            moments = {place: series.values[place].measured_at.astimezone(self.zone) for place in places}
            if len({one.replace(second=0, microsecond=0) for one in moments.values()}) == len(moments):
                break
        return clock, wide, moments

    def _paint_current(self, painter: QPainter, plots: tuple[Plot, Plot]) -> None:
        place = self.place
        if place is None:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for plot in plots:
            x = plot.x(place)
            painter.setPen(QPen(self.theme.colour("accent"), 1.0, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x, plot.box.top()), QPointF(x, plot.box.bottom()))
            if plot.has(place):
                painter.setPen(QPen(self.theme.colour("accent"), 2.0))
                painter.drawEllipse(plot.point(place), 8.0, 8.0)


def _value_lines(series: Series) -> list[Line]:
    chart, about = series.chart, series.characteristic
    decimals = decimals_of(about.resolution, (one.measured_value for one in series.values))
    solid, dotted = (Qt.PenStyle.SolidLine, Tone.BAD), (Qt.PenStyle.DotLine, Tone.GOOD)
    given = ((_("USL"), about.usl, solid), (_("LSL"), about.lsl, solid), (_("Target"), about.target, dotted))
    lines = [
        Line(float(value), _limit_text(name, value, about), *looks, always=False)
        for name, value, looks in given
        if value is not None
    ]
    if chart is not None:
        named = ((_("UCL"), chart.upper, Qt.PenStyle.DashLine), (_("LCL"), chart.lower, Qt.PenStyle.DashLine))
        for name, value, style in (*named, (_("Mean"), chart.mean, Qt.PenStyle.SolidLine)):
            tone = Tone.WARNING if style is Qt.PenStyle.DashLine else None
            text = f"{name} {fixed_text(value, decimals)}{beside(_fixed(value, decimals), about.measurement_unit)}"
            lines.append(Line(value, text, style, tone))
    return lines


def _range_lines(series: Series) -> list[Line]:
    chart = series.chart
    if chart is None:
        return []
    about = series.characteristic
    decimals = decimals_of(about.resolution, (one.measured_value for one in series.values))
    upper, mean = (
        f"{fixed_text(value, decimals)}{beside_difference(_fixed(value, decimals), about.measurement_unit)}"
        for value in (chart.range_upper, chart.mean_range)
    )
    return [
        Line(chart.range_upper, f"{_('UCL')} {upper}", Qt.PenStyle.DashLine, Tone.WARNING),
        Line(chart.mean_range, f"{_('Mean')} {mean}", Qt.PenStyle.SolidLine),
    ]


def _limit_text(name: str, value: Decimal, about: CharacteristicAnswer) -> str:
    return f"{name} {number_text(value)}{beside(value, about.measurement_unit, about.resolution)}"


def _fixed(value: float, decimals: int) -> Decimal:
    return Decimal(f"{value:.{decimals}f}")


def _with_unit(title: str, unit: str) -> str:
    return with_unit(f"{title},", unit) if unit else title
