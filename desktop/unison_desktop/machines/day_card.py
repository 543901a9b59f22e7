"""A machine's day as drawings over one time axis."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from unison_desktop.frame.theme import Theme
from unison_desktop.machines.counts_chart import CountsChart
from unison_desktop.machines.day_bar import DayBar
from unison_desktop.machines.legend import Legend
from unison_desktop.machines.reason_band import ReasonBand
from unison_desktop.machines.time_axis import DayAxis
from unison_desktop.machines.timeline import Timeline
from unison_desktop.machines.zoom_buttons import ZoomButtons


class DayCard(QFrame):
    """Which day it is, its states, the reasons people gave, its parts, and what the patterns mean."""

    def __init__(self, axis: DayAxis, theme: Theme, now: Callable[[], datetime], parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.bar = DayBar(theme, self)
        self.zoom_buttons = ZoomButtons(axis, now, self)
        self.bar.add_widget(self.zoom_buttons)
        self.timeline = Timeline(axis, theme, now, self)
        self.reasons = ReasonBand(axis, theme, now, self)
        self.counts = CountsChart(axis, theme, now, self)
        self.legend = Legend(theme, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(8)
        column.addWidget(self.bar)
        column.addWidget(self.timeline)
        column.addWidget(self.reasons)
        column.addWidget(self.counts, 1)
        column.addWidget(self.legend)

    def clear(self) -> None:
        """Nothing is known of the day yet."""
        self.timeline.show_intervals([])
        self.reasons.show_events([])
        self.counts.show_counts(None)

    def refresh(self) -> None:
        """Time went on."""
        for shown in (self.timeline, self.reasons, self.counts):
            shown.update()
