"""What Ctrl+K can jump to, read when the window opens and again when wanted after it changed."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from unison_desktop.frame.page_entry import PageEntry
from unison_desktop.frame.place import Record
from unison_desktop.identity.session import Session
from unison_desktop.kernel.changes import Change


class RecordBook(QObject):
    """The records of all pages.

    Signals:
        grown: more or other records than before are known, or could not be read.
    """

    grown = Signal()

    def __init__(self, session: Session, entries: tuple[PageEntry, ...], parent: QObject) -> None:
        super().__init__(parent)
        self._shelves = [_Shelf(session, entry, self) for entry in entries if entry.records]
        for shelf in self._shelves:
            shelf.answered.connect(self.grown)

    @property
    def records(self) -> list[Record]:
        """What is known so far."""
        return [record for shelf in self._shelves for record in shelf.records]

    @property
    def is_lacking(self) -> bool:
        """Whether there are pages of whose records nothing could be read."""
        return any(shelf.is_lacking for shelf in self._shelves)

    def refresh(self) -> None:
        """Read what is missing or outdated; `grown` follows."""
        for shelf in self._shelves:
            shelf.refresh()


class _Shelf(QObject):
    """The records of one page entry; failures leave what is known, the next opening asks again."""

    answered = Signal()

    def __init__(self, session: Session, entry: PageEntry, parent: QObject) -> None:
        super().__init__(parent)
        self.records: list[Record] = []
        self.is_lacking = False
        self._session = session
        self._entry = entry
        self._current = False
        self._asking = False
        session.changes.changed.connect(self._on_change)

    def refresh(self) -> None:
        if self._current or self._asking:
            return
        call = self._entry.ask_records(self._session.client, self)
        if call is not None:
            self._asking = True
            call.done.connect(self._fill)
            call.failed.connect(self._on_failed)

    def _fill(self, items: list[object]) -> None:
        self._asking = False
        self._current = True
        self.is_lacking = False
        record_of = self._entry.record_of()
        self.records = [record for item in items if isinstance(record := record_of(item), Record)]
        self.answered.emit()

    def _on_failed(self) -> None:
        self._asking = False
        self.is_lacking = not self.records
        self.answered.emit()

    def _on_change(self, change: Change) -> None:
        if change.concerns(self._entry.topics):
            self._current = False
