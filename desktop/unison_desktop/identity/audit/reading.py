"""The audit log as far as it was read: a page, and the next one when somebody comes to its end."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from unison_domain.identity.audit_contracts import AuditEntry
from unison_domain.kernel.contracts import Page

from unison_desktop.identity.audit import calls
from unison_desktop.kernel.client import ApiClient, Call, Query
from unison_desktop.kernel.errors import ApiError


class AuditReading(QObject):
    """Reads from the newest entry on.

    Attributes:
        entries: those that were read, newest first.

    Signals:
        read: there are other entries, or more of them.
        failed: an `ApiError`; what was read stays.
    """

    read = Signal()
    failed = Signal(object)

    def __init__(self, client: ApiClient, parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._query: Query = {}
        self._cursor: str | None = None
        self._call: Call | None = None
        self.entries: list[AuditEntry] = []

    @property
    def has_more(self) -> bool:
        """Whether older entries match."""
        return self._cursor is not None

    @property
    def is_open(self) -> bool:
        """Whether entries are on their way."""
        return self._call is not None

    def begin(self, query: Query) -> None:
        """Read the newest entries that match; the answer to what was asked before is forgotten."""
        self._give_up()
        self._query = query
        self._ask(None).done.connect(self._on_begun)

    def forget(self) -> None:
        """Nothing was read, and nothing is on its way."""
        self._give_up()
        self.entries = []
        self.read.emit()

    def more(self) -> None:
        """Read the entries after those that are there, unless they are on their way."""
        if self._call is None and self._cursor is not None:
            self._ask(self._cursor).done.connect(self._on_more)

    def _give_up(self) -> None:
        if self._call is not None:
            self._call.cancel()
        self._call = self._cursor = None

    def _ask(self, cursor: str | None) -> Call:
        self._call = calls.entries(self._client, self._query, cursor, owner=self)
        self._call.failed.connect(self._on_failed)
        return self._call

    def _on_begun(self, page: Page[AuditEntry]) -> None:
        self.entries = []
        self._on_more(page)

    def _on_more(self, page: Page[AuditEntry]) -> None:
        self._call = None
        self._cursor = page.next_cursor
        self.entries = [*self.entries, *page.items]
        self.read.emit()

    def _on_failed(self, error: ApiError) -> None:
        self._call = None
        self.failed.emit(error)
