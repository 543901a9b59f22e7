"""How much waits for people on a page, for its button in the navigation. Counted when the event stream tells of it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page_entry import PageEntry
from unison_desktop.kernel.changes import Change

SOON_MS, LATER_MS, ALWAYS_MS = 500, 20_000, 60_000
"""After a change of the thing itself, and after one that may make such a thing: a hall of machines changes all the
time, and each change does not make a request. Always, because a stop that goes on grows over its limit without any."""


class Waiting(QObject):
    """Counts for one page entry that has something to count; a failure leaves what is known.

    Signals:
        counted: name of the page, and how many.
    """

    counted = Signal(str, int)

    def __init__(self, desk: Desk, entry: PageEntry, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._entry = desk, entry
        self._is_asking = self._is_due = False
        self._soon = QTimer(self, singleShot=True, interval=SOON_MS)
        self._later = QTimer(self, singleShot=True, interval=LATER_MS)
        self._soon.timeout.connect(self.ask)
        self._later.timeout.connect(self.ask)
        self._always = QTimer(self, interval=ALWAYS_MS)
        self._always.timeout.connect(self.ask)
        self._always.start()
        desk.session.changes.changed.connect(self._on_change)
        self._soon.start()  # after the first page has asked for what it shows

    @property
    def is_counting(self) -> bool:
        """Whether an answer is awaited, or will be soon."""
        return self._is_asking or self._soon.isActive()

    def ask(self) -> None:
        """Count now, or after the answer that is under way."""
        self._soon.stop()
        self._later.stop()
        if self._is_asking:
            self._is_due = True
            return
        self._is_asking = True
        call = self._entry.ask_waiting(self._desk, self)
        call.done.connect(self._on_done)
        call.failed.connect(self._on_answered)

    def _on_done(self, items: list[object]) -> None:
        self.counted.emit(self._entry.name, len(items))
        self._on_answered()

    def _on_answered(self) -> None:
        self._is_asking = False
        if self._is_due:
            self._is_due = False
            self._soon.start()

    def _on_change(self, change: Change) -> None:
        counting = self._entry.waiting
        if counting is None:
            return
        timer = self._soon if change.concerns(counting.topics) else self._later
        if (timer is self._soon or change.concerns(counting.slow_topics)) and not timer.isActive():
            timer.start()
