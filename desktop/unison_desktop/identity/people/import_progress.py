"""How far the server is with a file of people, asked again and again while its answer is waited for."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import QObject, QTimer, Signal
from unison_domain.identity.people_csv import PeopleImportProgress

from unison_desktop.identity import calls
from unison_desktop.kernel.client import ApiClient, Call

_ASKED_EVERY_MS = 1000


class ImportProgress(QObject):
    """Follows one file at a time.

    Signals:
        told: a `PeopleImportProgress` of one that is under way.
    """

    told = Signal(object)

    def __init__(self, client: ApiClient, parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._id: UUID | None = None
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_ASKED_EVERY_MS)
        self._again.timeout.connect(self._ask)

    def follow(self, call: Call, progress_id: UUID) -> None:
        """Until the call is answered."""
        self._id = progress_id
        for answered in (call.done, call.failed):
            answered.connect(self._end)
        self._again.start()

    def _ask(self) -> None:
        if self._id is None:
            return
        asked = calls.people_progress(self._client, self._id, owner=self)
        asked.done.connect(self._take)
        asked.failed.connect(self._on_failed)

    def _take(self, progress: PeopleImportProgress) -> None:
        if self._id is None:
            return
        if progress.is_under_way:
            self.told.emit(progress)
        self._again.start()

    def _on_failed(self, _error: object) -> None:
        """What it waits for says what is wrong with the server."""
        if self._id is not None:
            self._again.start()

    def _end(self, _answer: object) -> None:
        self._id = None
        self._again.stop()
