"""How much in the inbox is new, for the bell of the bar; counted when the event stream tells of it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal
from unison_domain.identity.notification_contracts import InboxPage

from unison_desktop.identity import calls
from unison_desktop.identity.session import Session
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.one_at_a_time import OneAtATime

TOPIC = "identity.inbox"
_SOON_MS = 500
"""After the first page has asked for what it shows."""


class Unread(QObject):
    """Counts what is new; a failure leaves what is known.

    Signals:
        counted: how many.
    """

    counted = Signal(int)

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._reading = OneAtATime(partial(calls.unread, session.client), self)
        self._reading.read.connect(self._on_read)
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._reading.ask)
        session.changes.changed.connect(self._on_change)
        self._soon.start()

    @property
    def is_counting(self) -> bool:
        """Whether an answer is awaited, or will be soon."""
        return self._reading.is_under_way or self._soon.isActive()

    def _on_change(self, change: Change) -> None:
        if change.concerns((TOPIC,)):
            self._reading.ask()

    def _on_read(self, page: InboxPage) -> None:
        self.counted.emit(page.unread)
