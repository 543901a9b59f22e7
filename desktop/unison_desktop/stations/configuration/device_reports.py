"""How the devices of all PCs answer."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from PySide6.QtCore import QObject, Signal

from unison_desktop.kernel.client import ApiClient
from unison_desktop.kernel.one_at_a_time import OneAtATime
from unison_desktop.stations.calls import device_reports


class DeviceReports(QObject):
    """Reads the reports of one PC after the other, of each one at a time.

    Signals:
        read: a list of `DeviceReport` of one PC.
    """

    read = Signal(object)

    def __init__(self, client: ApiClient, parent: QObject) -> None:
        super().__init__(parent)
        self._send = partial(device_reports, client)
        self._readings: dict[UUID, OneAtATime] = {}

    def ask(self, agent_id: UUID) -> None:
        """Read those of this PC; `read` follows."""
        if agent_id not in self._readings:
            self._readings[agent_id] = OneAtATime(self._send, self)
            self._readings[agent_id].read.connect(self.read)
        self._readings[agent_id].ask(agent_id)
