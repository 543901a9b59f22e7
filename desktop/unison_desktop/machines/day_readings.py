"""What is read about one day of one machine."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QObject, Signal
from unison_domain.machines.timescale import Window

from unison_desktop.kernel.client import ApiClient
from unison_desktop.machines import calls


class DayReadings(QObject):
    """Asks for states, counts and totals of a day. Made anew for another day and the old one deleted, so that an
    answer that comes late can't be taken for another day's.

    Signals:
        history_read: list of `StateInterval`.
        counts_read: a `CountSeries`.
        utilization_read: a `Utilization`.
        history_failed, counts_failed, utilization_failed: an `ApiError`.
    """

    history_read = Signal(object)
    counts_read = Signal(object)
    utilization_read = Signal(object)
    history_failed = Signal(object)
    counts_failed = Signal(object)
    utilization_failed = Signal(object)

    def __init__(self, client: ApiClient, machine_id: UUID, day: Window, parent: QObject) -> None:
        super().__init__(parent)
        self.day = day
        self._client, self._machine_id = client, machine_id

    def read_states(self) -> None:
        """Read the intervals and their totals."""
        history = calls.history(self._client, self._machine_id, self.day, owner=self)
        history.done.connect(self.history_read)
        history.failed.connect(self.history_failed)
        totals = calls.utilization(self._client, self._machine_id, self.day, owner=self)
        totals.done.connect(self.utilization_read)
        totals.failed.connect(self.utilization_failed)

    def read_counts(self, bucket_seconds: int) -> None:
        """Read the parts per bucket."""
        counts = calls.counts(self._client, self._machine_id, self.day, bucket_seconds, owner=self)
        counts.done.connect(self.counts_read)
        counts.failed.connect(self.counts_failed)

    def drop(self) -> None:
        """Nothing more is heard of this day."""
        self.blockSignals(True)
        self.deleteLater()
