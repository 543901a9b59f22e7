"""What people said of the one chosen stop, newest first."""

from __future__ import annotations

from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget, QWidget
from unison_domain.kernel.contracts import Page
from unison_domain.machines.downtime_contracts import DowntimeChange, DowntimeEvent

from unison_desktop.kernel.client import ApiClient, Call
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.machines.downtime import calls
from unison_desktop.machines.downtime.book import Book


class StopHistory(QListWidget):
    """Never another stop's: empty until its own is read, and where it can't be, that it is not known."""

    def __init__(self, book: Book, parent: QWidget) -> None:
        super().__init__(parent)
        self._book = book
        self._event: DowntimeEvent | None = None
        self._read: tuple[UUID, int] | None = None
        self._call: Call | None = None
        self.setAccessibleName(_("History of the changes"))
        self.setWordWrap(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMaximumHeight(self.fontMetrics().lineSpacing() * 7)

    def turn_to(self, event: DowntimeEvent | None) -> None:
        """Be about this stop from now on."""
        if event is None or self._event is None or event.id != self._event.id:
            self.clear()
            self.expire()
        self._event = event

    def expire(self) -> None:
        """What is shown may be old."""
        self._read = None
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def read(self, client: ApiClient) -> Call | None:
        """What reads it, its answer for `show_changes`; None where it is read, or no stop is chosen."""
        if self._event is None or self._read == (self._event.id, self._event.version):
            return None
        self.expire()
        self._read = self._event.id, self._event.version
        self._call = calls.changes(client, self._event.id, owner=self)
        self._call.failed.connect(self._on_failed)
        return self._call

    def show_changes(self, page: Page[DowntimeChange]) -> None:
        """The answer."""
        if self._event is None:
            return
        zone = self._book.zone_of(self._event)
        self.clear()
        self.addItems([self._book.change_text(change, zone) for change in page.items])
        if not page.items:
            self.addItem(_("Nobody said anything yet."))

    def _on_failed(self, error: ApiError) -> None:
        self._read = None
        if not self.count():
            self.addItem(_("Not known while the server is away.") if error.is_temporary else _("It could not be read."))
