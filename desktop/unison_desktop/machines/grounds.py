"""What lies under a state, or a class of reasons: its tone and the mark that tells it from others of that tone."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from unison_domain.machines.contracts import MachineState

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Look
from unison_desktop.machines.states import LOOKS, Mark
from unison_desktop.machines.tile import paint_hatch

_MARK_ALPHA = 150
_MARK_PERIOD_EM = {Mark.STRIPES: 0.36, Mark.BARS: 0.95}
_FOOT = 0.4
"""Share of the height."""


def paint_state(painter: QPainter, theme: Look, state: MachineState, box: QRectF, em: float) -> None:
    """The ground of a state: its tone and mark, or hatching where nothing is known."""
    look = LOOKS[state]
    tone = theme.tone(look.tone)
    if state is MachineState.UNKNOWN:
        painter.fillRect(box, QColor(tone.tint))
        painter.save()
        painter.setClipRect(box, Qt.ClipOperation.IntersectClip)
        paint_hatch(painter, box, QColor(tone.fill), 0.55 * em)
        painter.restore()
        return
    paint_ground(painter, theme, look.tone, look.mark, box, em)


def paint_ground(painter: QPainter, theme: Look, tone: Tone, mark: Mark, box: QRectF, em: float) -> None:
    """A tone with its mark over it."""
    colours = theme.tone(tone)
    painter.fillRect(box, QColor(colours.fill))
    ink = QColor(colours.on_fill)
    ink.setAlpha(_MARK_ALPHA)
    for part in _mark_parts(mark, box, em):
        painter.fillRect(part, ink)


def _mark_parts(mark: Mark, box: QRectF, em: float) -> list[QRectF]:
    if mark is Mark.PLAIN:
        return []
    if mark is Mark.FOOT:
        return [box.adjusted(0, (1 - _FOOT) * box.height(), 0, 0)]
    period = max(4, round(_MARK_PERIOD_EM[mark] * em))
    high = max(2, round(period * (0.4 if mark is Mark.STRIPES else 0.5)))
    tops = range(round(box.top()) + period - high, round(box.bottom()), period)
    return [QRectF(box.left(), top, box.width(), min(high, box.bottom() - top)) for top in tops]
