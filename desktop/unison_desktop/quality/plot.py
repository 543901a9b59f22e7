"""One of the two drawings of a chart: its lines with their values, its points and their marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, starmap

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Look, Type
from unison_desktop.kernel.numbers import fixed_text
from unison_desktop.quality.judging import Mark, paint_mark
from unison_desktop.quality.value_axis import ValueAxis

_DOT_PIXELS = 6.0
_LEAST_DOT_ROOM = 5.0
"""Points closer than this are a line alone; marks are always drawn."""
LABEL_GAP = 12.0
"""Pixels between a drawing and the labels right of it."""
BEYOND_ABOVE, _BEYOND_BELOW = "  ↑", "  ↓"
"""After the label of a line that is out of sight."""
_FAR = 1.5
"""A limit further off than so many spans of the values is told at the edge: in sight it would squash them."""


@dataclass(frozen=True, slots=True)
class Line:
    """A limit or mean, with its value written beside it.

    Attributes:
        tone: None is the ink of ordinary text.
        always: kept in sight however far off.
    """

    value: float
    text: str
    style: Qt.PenStyle
    tone: Tone | None = None
    always: bool = True


@dataclass(frozen=True, slots=True)
class Points:
    """What is drawn; `first` is the place of the first value on the shared axis.

    Attributes:
        room: how many places there are.
        marks: of places that stand out, by place on the axis.
    """

    values: Sequence[float]
    room: int
    first: int = 0
    marks: Mapping[int, Mark] | None = None


class Plot:
    """Points and lines in a box; `box` is where points are, labels of lines stand right of it, of ticks left."""

    def __init__(self, box: QRectF, title: str, points: Points, lines: Sequence[Line], *, least: float | None) -> None:
        """`least` is the least value there can be, None where there is none."""
        self.box, self._title, self._points, self._lines = box, title, points, lines
        self.axis = _axis(box, points.values, lines, least)
        self._curve = self._polygon()
        self._lines_between = list(starmap(QLineF, pairwise(self._curve)))

    def x(self, place: int) -> float:
        """The pixel of a place on the shared axis."""
        return self.box.left() + (place + 0.5) * self.box.width() / self._points.room

    def place_at(self, x: float) -> int:
        """The place at a pixel, perhaps none that has a value."""
        return int((x - self.box.left()) * self._points.room // self.box.width())

    def point(self, place: int) -> QPointF:
        """Where the value of a place is drawn."""
        return QPointF(self.x(place), self.axis.y(self._points.values[place - self._points.first]))

    def has(self, place: int) -> bool:
        """Whether the place has a value."""
        return 0 <= place - self._points.first < len(self._points.values)

    def paint(self, painter: QPainter, look: Look, left: float, right: float) -> None:
        """All of it; texts reach from `left` to `right`."""
        painter.setFont(look.font(Type.SMALL))
        painter.fillRect(self.box, look.colour("surface"))
        self._paint_ticks(painter, look, left)
        self._paint_points(painter, look)
        for line in self._lines:
            self._paint_line(painter, look, line)
        self._paint_marks(painter, look)
        self._paint_labels(painter, look, right)
        painter.setPen(QPen(look.colour("edge"), 1.0))
        painter.drawLine(self.box.bottomLeft(), self.box.topLeft())
        painter.drawLine(self.box.bottomLeft(), self.box.bottomRight())
        painter.setPen(look.colour("muted"))
        high = painter.fontMetrics().height()
        above = QRectF(self.box.left(), self.box.top() - high - 3, self.box.width(), high)
        painter.drawText(above, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._title)

    def _paint_ticks(self, painter: QPainter, look: Look, left: float) -> None:
        high = painter.fontMetrics().height()
        ticks, decimals = self.axis.ticks(2.2 * high)
        for value in ticks:
            y = round(self.axis.y(value)) + 0.5
            painter.setPen(QPen(look.colour("line"), 1.0))
            painter.drawLine(QPointF(self.box.left(), y), QPointF(self.box.right(), y))
            painter.setPen(look.colour("muted"))
            place = QRectF(left, y - high / 2, self.box.left() - left - 6, high)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(place, flags, fixed_text(value + 0.0, decimals))

    def _paint_line(self, painter: QPainter, look: Look, line: Line) -> None:
        if self.axis.shows(line.value):
            y = self.axis.y(line.value)
            painter.setPen(QPen(_ink(look, line), 1.4, line.style))
            painter.drawLine(QPointF(self.box.left(), y), QPointF(self.box.right(), y))

    def _paint_labels(self, painter: QPainter, look: Look, right: float) -> None:
        high = painter.fontMetrics().height()
        lines = sorted(self._lines, key=lambda line: -line.value)
        wanted = [self.axis.y(line.value) - high / 2 for line in lines]
        for line, y in zip(lines, apart(wanted, high, self.box.top(), self.box.bottom() - high), strict=True):
            away = BEYOND_ABOVE if line.value > self.axis.high else _BEYOND_BELOW
            beyond = "" if self.axis.shows(line.value) else away
            painter.setPen(_ink(look, line))
            place = QRectF(self.box.right() + LABEL_GAP, y, right - self.box.right() - LABEL_GAP, high)
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, line.text + beyond)

    def _paint_points(self, painter: QPainter, look: Look) -> None:
        colour = QColor(look.tone(Tone.INFO).fill)
        is_sparse = self.box.width() >= _LEAST_DOT_ROOM * self._points.room
        painter.setPen(QPen(colour, 1.2))
        painter.drawLines(self._lines_between)  # a polyline of as many points takes a hundred times as long
        if is_sparse:
            painter.setPen(QPen(colour, _DOT_PIXELS, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoints(self._curve)

    def _paint_marks(self, painter: QPainter, look: Look) -> None:
        for place, mark in (self._points.marks or {}).items():
            if self.has(place):
                paint_mark(painter, look, mark, self.point(place))

    def _polygon(self) -> list[QPointF]:
        """The points in order; of more than two a pixel only the lowest and highest."""
        values, first = self._points.values, self._points.first
        each = max(1, int(2 * self._points.room // max(1.0, self.box.width())))
        places = range(len(values)) if each == 1 else _extremes(values, each)
        return [QPointF(self.x(first + n), self.axis.y(values[n])) for n in places]


def apart(wanted: Sequence[float], high: float, top: float, bottom: float) -> list[float]:
    """Upper edges of labels, from top to bottom as near as can be to where they are wanted, none over another."""
    placed: list[float] = []
    for y in wanted:
        placed.append(max(y, top if not placed else placed[-1] + high))
    below = bottom
    for n in range(len(placed) - 1, -1, -1):
        placed[n] = min(placed[n], below)
        below = placed[n] - high
    return placed


def _axis(box: QRectF, values: Sequence[float], lines: Sequence[Line], least: float | None) -> ValueAxis:
    seen = [*values, *(line.value for line in lines if line.always)]
    if not seen:
        seen = [line.value for line in lines] or [0.0, 1.0]
    low, high = min(seen), max(seen)
    far = _FAR * (high - low)
    near = [line.value for line in lines if low - far <= line.value <= high + far]
    axis = ValueAxis.around(min([low, *near]), max([high, *near]), box.top(), box.bottom())
    return axis if least is None else ValueAxis(max(least, axis.low), axis.high, box.top(), box.bottom())


def _extremes(values: Sequence[float], each: int) -> list[int]:
    places: list[int] = []
    for start in range(0, len(values), each):
        part = range(start, min(start + each, len(values)))
        places += sorted({min(part, key=values.__getitem__), max(part, key=values.__getitem__)})
    return places


def _ink(look: Look, line: Line) -> QColor:
    return look.colour("text") if line.tone is None else QColor(look.tone(line.tone).ink)
