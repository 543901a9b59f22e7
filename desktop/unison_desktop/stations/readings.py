"""What is read about one chosen PC."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from PySide6.QtCore import QObject

from unison_desktop.kernel.client import ApiClient
from unison_desktop.kernel.one_at_a_time import OneAtATime
from unison_desktop.stations import calls


class AgentReadings(QObject):
    """Made anew for another PC, so that an answer that comes late can't be taken for another PC's.

    Attributes:
        reports: reads a list of `DeviceReport`.
        events: reads a `Page[AgentEventAnswer]`.
        quarantine: reads a `Page[QuarantinedAnswer]`. waiting: reads a list of those that wait for a person.
        signals: reads a list of `SignalAnswer`.
    """

    def __init__(self, client: ApiClient, agent_id: UUID, parent: QObject) -> None:
        super().__init__(parent)
        self.agent_id = agent_id
        self.reports = OneAtATime(partial(calls.device_reports, client, agent_id), self)
        self.events = OneAtATime(partial(calls.events, client, agent_id), self)
        self.quarantine = OneAtATime(partial(calls.quarantine, client, agent_id), self)
        self.waiting = OneAtATime(partial(calls.waiting_events, client, agent_id), self)
        self.signals = OneAtATime(partial(calls.signals, client, agent_id), self)

    def drop(self) -> None:
        """Nothing more is heard of this PC."""
        for reading in (self.reports, self.events, self.quarantine, self.waiting, self.signals):
            reading.blockSignals(True)
        self.deleteLater()
