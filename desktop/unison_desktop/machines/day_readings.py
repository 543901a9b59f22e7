"""What is read about one day of one machine."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from PySide6.QtCore import QObject
from unison_domain.machines.timescale import Window

from unison_desktop.kernel.client import ApiClient
from unison_desktop.kernel.one_at_a_time import OneAtATime
from unison_desktop.machines import calls
from unison_desktop.machines.downtime import calls as downtime_calls


class DayReadings(QObject):
    """States, counts and totals of a day. Made anew for another day, so that an answer that comes late can't be taken
    for another day's.

    Attributes:
        history: reads a list of `StateInterval`.
        tail: reads those from a moment on, which is what counting changes; asked with the window.
        utilization: reads a `Utilization`.
        counts: reads a `CountSeries`; asked with the seconds of a bucket.
        stops: reads a list of `DowntimeEvent`.
    """

    def __init__(self, client: ApiClient, machine_id: UUID, day: Window, parent: QObject) -> None:
        super().__init__(parent)
        self.day = day
        self.history = OneAtATime(partial(calls.history, client, machine_id, day), self)
        self.tail = OneAtATime(partial(calls.history, client, machine_id), self)
        self.utilization = OneAtATime(partial(calls.utilization, client, machine_id, day), self)
        self.counts = OneAtATime(partial(calls.counts, client, machine_id, day), self)
        span = {"machine_id": machine_id, "from": day.start.isoformat(), "to": day.end.isoformat()}
        self.stops = OneAtATime(partial(downtime_calls.events, client, span), self)

    def drop(self) -> None:
        """Nothing more is heard of this day."""
        for reading in (self.history, self.tail, self.utilization, self.counts, self.stops):
            reading.blockSignals(True)
        self.deleteLater()
