"""When the ages of what is on screen are read again."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from unison_desktop.identity.session import Session

SIGNALLED_TOPIC = "machines.machine.signalled"
"""Signals of a plant's machines arrived: nothing else changed, but what is known of them is younger."""

GATHER_MS = 5_000
"""Signals only renew ages, so those of all stations within a while are read together."""

SILENCE_MS = 20_000
"""Without a word for this long ages are read unasked: well before `STALE_AFTER` calls good data old."""


class Renewal(QObject):
    """Tells when to read ages again: some seconds after signals came, and after a silence while the server is there.

    Signals:
        due: read now.
    """

    due = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.gather = QTimer(self, singleShot=True, interval=GATHER_MS)
        self.gather.timeout.connect(self.due)
        self.silence = QTimer(self, interval=SILENCE_MS)
        self.silence.timeout.connect(self._on_silence)
        self.silence.start()

    def hear(self) -> None:
        """Signals came."""
        if not self.gather.isActive():
            self.gather.start()

    def renewed(self) -> None:
        """All ages were read just now."""
        self.silence.start()

    def _on_silence(self) -> None:
        if self._session.is_online:
            self.due.emit()
