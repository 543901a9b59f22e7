"""A machine's day on paper: the same drawings over the same time, what their patterns mean, and every interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QWidget
from unison_domain.machines.contracts import CountSeries, MachineState, StateInterval
from unison_domain.machines.downtime_contracts import DowntimeCategory, DowntimeEvent

from unison_desktop.frame.printing.paper import Block, Drawing, Part
from unison_desktop.frame.theme import Look, Type
from unison_desktop.machines.counts_chart import CountsChart
from unison_desktop.machines.downtime.book import CATEGORIES
from unison_desktop.machines.downtime.class_looks import CLASS_LOOKS
from unison_desktop.machines.grounds import paint_ground, paint_state
from unison_desktop.machines.reason_band import ReasonBand
from unison_desktop.machines.states import LOOKS
from unison_desktop.machines.time_axis import DayAxis
from unison_desktop.machines.timeline import Timeline

_SWATCH, _ROOM, _LINE = 22.0, 150.0, 20.0
_COUNTS_HEIGHT = 150.0


@dataclass(frozen=True, slots=True)
class Day:
    """What of a machine's day is printed, as it stands at `now`."""

    axis: DayAxis
    now: datetime
    intervals: Sequence[StateInterval]
    reasons: Sequence[DowntimeEvent]
    counts: CountSeries | None

    def parts(self, look: Look, parent: QWidget) -> list[Part]:
        """The drawings, as children of `parent`."""
        axis = DayAxis(self.axis.bounds, self.axis.zone, parent)
        axis.shown = self.axis.shown
        timeline = Timeline(axis, look, self._now, parent)
        timeline.show_intervals(self.intervals)
        reasons = ReasonBand(axis, look, self._now, parent)
        reasons.show_events(self.reasons)
        counts = CountsChart(axis, look, self._now, parent)
        counts.show_counts(self.counts)
        return [Drawing(timeline), Drawing(reasons), Drawing(counts, _COUNTS_HEIGHT), self._key()]

    def _now(self) -> datetime:
        return self.now

    def _key(self) -> Key:
        states = {interval.state for interval in self.intervals}
        classes = {event.downtime_category for event in self.reasons if event.downtime_category}
        return Key(
            tuple(state for state in LOOKS if state in states), tuple(one for one in CATEGORIES if one in classes)
        )


@dataclass(frozen=True, slots=True)
class Key:
    """What the patterns of states and of classes of reasons mean."""

    states: tuple[MachineState, ...]
    classes: tuple[DowntimeCategory, ...]

    def blocks(self, look: Look, width: float) -> Iterator[Block]:
        entries: list[MachineState | DowntimeCategory] = [*self.states, *self.classes]
        beside = max(1, int(width // _ROOM))
        for first in range(0, len(entries), beside):
            yield Block(_LINE, partial(_paint_entries, entries[first : first + beside], look))


def _paint_entries(entries: list[MachineState | DowntimeCategory], look: Look, painter: QPainter) -> None:
    font = look.font(Type.SMALL)
    painter.setFont(font)
    high = QFontMetricsF(font).height()
    for place, entry in enumerate(entries):
        box = QRectF(place * _ROOM, (_LINE - high) / 2, _SWATCH, high)
        if isinstance(entry, MachineState):
            paint_state(painter, look, entry, box, high)
            text = LOOKS[entry].text
        else:
            tone, mark = CLASS_LOOKS[entry]
            paint_ground(painter, look, tone, mark, box, high)
            text = CATEGORIES[entry]
        painter.setPen(look.colour("text"))
        words = box.adjusted(_SWATCH + 6, 0, _ROOM - _SWATCH - 8, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
