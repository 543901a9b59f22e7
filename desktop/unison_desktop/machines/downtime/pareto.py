"""Horizontal bars, the greatest on top."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from unison_domain.machines.contracts import StopClass
from unison_domain.machines.downtime_contracts import DowntimeTotal

from unison_desktop.frame.theme import Look
from unison_desktop.kernel.texts import _
from unison_desktop.machines.downtime.book import CATEGORIES
from unison_desktop.machines.downtime.class_looks import CLASS_LOOKS
from unison_desktop.machines.durations import total_text
from unison_desktop.machines.grounds import paint_ground

_MOST = 12


def total_name(total: DowntimeTotal) -> str:
    """What the time was lost to."""
    if total.downtime_reason_code is not None:
        return f"{total.downtime_reason_code} {total.downtime_reason_name or ''}".strip()
    if total.downtime_reason_name is not None:
        return total.downtime_reason_name
    if total.downtime_category is not None:
        return CATEGORIES[total.downtime_category]
    return _("Micro-stops") if total.stop_class is StopClass.MICRO_STOP else _("No reason")


def without_reason(total: DowntimeTotal) -> DowntimeTotal:
    """Of the totals by reason, one whose class is known without a reason says so: mostly the state alone tells it."""
    if total.downtime_category is None or total.downtime_reason_id is not None:
        return total
    name = _("{category}, without a reason").format(category=CATEGORIES[total.downtime_category])
    return total.model_copy(update={"downtime_reason_name": name})


class ParetoChart(QWidget):
    """Name, bar, time and share of each cause; as many as there is room for, twelve at most."""

    def __init__(self, theme: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._totals: Sequence[DowntimeTotal] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(_("Downtime by cause"))
        theme.changed.connect(self.update)

    def show_totals(self, totals: Sequence[DowntimeTotal]) -> None:
        """Show these, the greatest first."""
        self._totals = totals
        told = (f"{total_name(one)} {total_text(one.seconds)}" for one in totals[:_MOST])
        self.setAccessibleDescription("; ".join(told))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(500, 12 + min(_MOST, max(4, len(self._totals))) * self._line())

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 4 * self._line())

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self._theme.colour("surface"))
        fitting = self._totals[: min(_MOST, max(1, (self.height() - 12) // self._line()))]
        metrics = QFontMetricsF(self.font())
        names = min(
            self.width() * 0.32, max((metrics.horizontalAdvance(total_name(one)) for one in fitting), default=0)
        )
        for place, one in enumerate(fitting):
            self._paint_bar(painter, one, 6 + place * self._line(), names)
        painter.end()

    def _paint_bar(self, painter: QPainter, total: DowntimeTotal, top: float, names: float) -> None:
        metrics, high = QFontMetricsF(self.font()), self._line()
        figures = f"{total_text(total.seconds)}  {100 * total.share:.0f} %"
        room = metrics.horizontalAdvance("000 h 00 min  100 %")
        longest = max(1.0, self.width() - names - room - 44)
        greatest = max(self._totals[0].seconds, 1e-9)
        bar = QRectF(names + 24, top + 0.18 * high, max(2.0, longest * total.seconds / greatest), 0.64 * high)
        painter.setPen(self._theme.colour("text"))
        name = metrics.elidedText(total_name(total), Qt.TextElideMode.ElideRight, names)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(12, top, names, high), middle | Qt.AlignmentFlag.AlignRight, name)
        tone, mark = CLASS_LOOKS[total.downtime_category]
        paint_ground(painter, self._theme, tone, mark, bar, metrics.height())
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(QRectF(bar.right() + 8, top, room, high), middle | Qt.AlignmentFlag.AlignLeft, figures)

    def _line(self) -> int:
        return round(1.9 * self.fontMetrics().height())
