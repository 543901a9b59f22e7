"""The top of the machine page: what it does now, and the day in figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from decimal import Decimal

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget
from unison_domain.machines.contracts import CountSeries, Live, MachineState, Utilization

from unison_desktop.frame.elided_label import ElidedLabel
from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.moments import moment_text
from unison_desktop.kernel.texts import _
from unison_desktop.machines.durations import clock_text, total_text
from unison_desktop.machines.shares import share_text
from unison_desktop.machines.states import LOOKS, shown_since, shown_state
from unison_desktop.machines.tile import paint_hatch
from unison_desktop.machines.tile_text import main_count, why_text
from unison_desktop.tables.columns import quantity_text

_BASES = {"clock_time": _("against clock time: nights and breaks count")}
_WHOLE = 0.995
"""Share of a period that is known from which it is taken for the whole."""


class StateCard(QWidget):
    """The state in its colour with icon, since when, and why; ticks by itself."""

    def __init__(self, theme: Theme, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._now = theme, now
        self._live: Live | None = None
        self.zone: tzinfo | None = None
        """Whose clocks are shown: the plant's, once it is known; None is this PC's."""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        theme.changed.connect(self.update)
        self._second = QTimer(self, interval=1000)
        self._second.timeout.connect(self.update)
        self._second.start()

    def show_live(self, live: Live) -> None:
        """Show this."""
        self._live = live
        self.setAccessibleName(_("State: {state}").format(state=LOOKS[shown_state(live, self._now())].text))
        self._claim_height()
        self.update()

    def shown(self, now: datetime) -> MachineState:
        """The state that may honestly be said; unknown while nothing is."""
        return MachineState.UNKNOWN if self._live is None else shown_state(self._live, now)

    def sizeHint(self) -> QSize:
        em = self.fontMetrics().height()
        return QSize(22 * em, round(5.2 * em))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._claim_height()

    def _claim_height(self) -> None:
        """Lines that don't fit beside one another stand below one another."""
        lines = len(self._lines(self._live, self._now())) + 1 if self._live else 2
        self.setMinimumHeight(round((1.4 * lines + 1) * self.fontMetrics().height()))

    def _room(self) -> QRectF:
        em = float(self.fontMetrics().height())
        left = em + round(2.6 * em) + 0.8 * em
        return QRectF(left, 0.5 * em, max(1.0, self.width() - left - em), self.height() - em)

    def _lines(self, live: Live, now: datetime) -> list[tuple[str, str, Type]]:
        """What stands below the state: text left, text right, and their font."""
        since = shown_since(live, now)
        begun = _("since {time}").format(time=self._clock(since, now)) if since else ""
        signalled = live.last_signal_at
        heard = _("last signal {time}").format(time=self._clock(signalled, now)) if signalled else ""
        metrics = QFontMetricsF(self._theme.font(Type.BODY))
        wanted = metrics.horizontalAdvance(begun) + metrics.horizontalAdvance(heard) + metrics.height()
        fits = wanted <= self._room().width()
        lines = [(begun, heard, Type.BODY)] if fits else [(begun, "", Type.BODY), (heard, "", Type.BODY)]
        why = why_text(live, shown_state(live, now))
        return [*lines, (why, "", Type.STRONG)] if why else lines

    def _clock(self, moment: datetime, now: datetime) -> str:
        """Time of today, or the whole date."""
        local = moment.astimezone(self.zone)
        is_today = local.date() == now.astimezone(self.zone).date()
        return moment_text(local, "%H:%M:%S") if is_today else moment_text(local)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._live is not None:
            self._paint(painter, self._live, self._now())
        painter.end()

    def _paint(self, painter: QPainter, live: Live, now: datetime) -> None:
        em = float(self.fontMetrics().height())
        state = shown_state(live, now)
        look, tone = LOOKS[state], self._theme.tone(LOOKS[state].tone)
        unknown = state is MachineState.UNKNOWN
        ink = QColor(tone.ink if unknown else tone.on_fill)
        box = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tone.tint if unknown else tone.fill))
        painter.drawRoundedRect(box, 8, 8)
        if unknown:
            paint_hatch(painter, box, QColor(tone.fill), 0.55 * em)
        size = round(2.6 * em)
        painter.drawPixmap(round(em), round((box.height() - size) / 2), self._theme.pixmap(look.icon, size, ink.name()))
        room = self._room()
        painter.setPen(ink)
        painter.setFont(self._theme.font(Type.TITLE))
        since = shown_since(live, now)
        lines = self._lines(live, now)
        high = room.height() / (len(lines) + 1)
        first = QRectF(room.left(), room.top(), room.width(), high)
        painter.drawText(first, _LEFT, look.text)
        painter.drawText(first, _RIGHT, clock_text((now - since).total_seconds()) if since else "")
        for place, (left, right, font) in enumerate(lines, start=1):
            painter.setFont(self._theme.font(font))
            line = first.translated(0, place * high)
            text = painter.fontMetrics().elidedText(left, Qt.TextElideMode.ElideRight, int(line.width()))
            painter.drawText(line, _LEFT, text)
            painter.drawText(line, _RIGHT, right)


class Figure(QFrame):
    """One number with what it is and against what it is measured."""

    def __init__(self, label: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        caption = QLabel(label, self)
        caption.setProperty("role", "muted")
        self._value = QLabel("–", self)  # noqa: RUF001 - an en dash stands for no value
        self._value.setFont(theme.font(Type.FIGURE))
        self._value.setAccessibleName(label)
        self._note = ElidedLabel(self)
        self._note.setProperty("role", "muted")
        self._note.setFont(theme.font(Type.SMALL))
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 14, 8)
        column.setSpacing(0)
        for part in (caption, self._value, self._note):
            column.addWidget(part)

    def show_value(self, value: str, note: str = "", *, muted: bool = False) -> None:
        """Show this; an empty value reads as not known, a muted one as little to go by."""
        self._value.setText(value or "–")  # noqa: RUF001 - as above
        self._value.setProperty("role", "muted" if muted else "")
        self._value.style().polish(self._value)
        self._note.setText(note)

    @property
    def value(self) -> str:
        return self._value.text()

    @property
    def note(self) -> str:
        return self._note.text()


class Headline(QWidget):
    """State, parts, scrap and utilization, side by side."""

    def __init__(self, theme: Theme, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = StateCard(theme, now, self)
        self.parts = Figure(_("Parts"), theme, self)
        self.scrap = Figure(_("Scrap"), theme, self)
        self.utilization = Figure(_("In production"), theme, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.state, 5)
        row.addWidget(self.parts, 2)
        row.addWidget(self.scrap, 2)
        row.addWidget(self.utilization, 3)

    def show_counts(self, series: CountSeries) -> None:
        """Show the day's parts."""
        good = sum((point.good for point in series.points), Decimal(0))
        scrap = sum((point.scrap for point in series.points), Decimal(0))
        total = sum((point.total for point in series.points), Decimal(0))
        kind, count = main_count(good, scrap, total)
        parts = max(total, good + scrap)
        share = share_text(scrap / parts) if parts else ""
        self.parts.show_value(quantity_text(count), _("{kind}, on this day").format(kind=kind))
        self.scrap.show_value(quantity_text(scrap), _("{share} of the parts").format(share=share) if share else "")

    def show_utilization(self, found: Utilization) -> None:
        """Show the share in production and of what; muted where less than half of the period is known."""
        share = "" if found.utilization is None else share_text(found.utilization)
        basis = _BASES.get(found.basis, found.basis)
        known, period = total_text(found.known_seconds), total_text(found.period_seconds)
        is_whole = found.known_seconds >= _WHOLE * found.period_seconds
        note = basis if is_whole else _("of {period}, {known} with data").format(period=period, known=known)
        self.utilization.show_value(share, note, muted=found.known_seconds < found.period_seconds / 2)
        told = _("known: {known} of {period}").format(known=known, period=period)
        self.utilization.setToolTip(f"{basis}\n{told}")


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
