"""What is wrong with a value, in a word, a colour and a shape."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from unison_domain.quality.contracts import MeasurementAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Look
from unison_desktop.kernel.texts import _
from unison_desktop.quality.digits import limits_text

_HALF = 5.0
"""Half the width of a mark, in pixels."""


class Mark(Enum):
    """How a point stands out."""

    PLAIN = "plain"
    BEYOND_LIMITS = "beyond_limits"
    """Of control: the process is another than before."""
    OUT_OF_TOLERANCE = "out_of_tolerance"
    """Of specification: the part is bad, whatever the process does."""
    BOTH = "both"


MARK_TEXTS = {
    Mark.BEYOND_LIMITS: _("beyond the control limits"),
    Mark.OUT_OF_TOLERANCE: _("out of tolerance"),
}


def mark_of(one: MeasurementAnswer, is_beyond: bool) -> Mark:
    """How a value is marked."""
    if one.within_tolerance is False:
        return Mark.BOTH if is_beyond else Mark.OUT_OF_TOLERANCE
    return Mark.BEYOND_LIMITS if is_beyond else Mark.PLAIN


def tolerance_text(one: MeasurementAnswer) -> str:
    """Whether a value keeps its tolerance, in words; empty where there is none."""
    if one.undone_at is not None:
        return _("taken back")
    if one.within_tolerance is None:
        return ""
    return _("in tolerance") if one.within_tolerance else _("out of tolerance")


def judged_text(one: MeasurementAnswer) -> str:
    """A value's tolerance, with the limits it was judged by where its characteristic has others now."""
    text = tolerance_text(one)
    if not one.limits_changed or one.undone_at is not None:
        return text
    if one.lsl is None and one.usl is None:
        return _("without limits when it was measured")
    return _("{judgement} by limits {limits}").format(judgement=text, limits=limits_text(one.lsl, one.usl))


def paint_mark(painter: QPainter, look: Look, mark: Mark, at: QPointF) -> None:
    """A diamond for beyond the limits, a square with a cross for out of tolerance, both for both."""
    if mark in (Mark.BEYOND_LIMITS, Mark.BOTH):
        size = _HALF * (1.7 if mark is Mark.BOTH else 1.2)
        corners = [QPointF(0, -size), QPointF(size, 0), QPointF(0, size), QPointF(-size, 0)]
        painter.setPen(QPen(QColor(look.tone(Tone.WARNING).fill), 2.0))
        painter.setBrush(look.colour("surface"))
        painter.drawPolygon(QPolygonF([at + corner for corner in corners]))
    if mark in (Mark.OUT_OF_TOLERANCE, Mark.BOTH):
        bad = look.tone(Tone.BAD)
        half = _HALF * 0.9
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(bad.fill))
        painter.drawRect(QRectF(at.x() - half, at.y() - half, 2 * half, 2 * half))
        painter.setPen(QPen(QColor(bad.on_fill), 1.4))
        arm = half * 0.55
        painter.drawLine(at + QPointF(-arm, -arm), at + QPointF(arm, arm))
        painter.drawLine(at + QPointF(-arm, arm), at + QPointF(arm, -arm))
    painter.setBrush(Qt.BrushStyle.NoBrush)
