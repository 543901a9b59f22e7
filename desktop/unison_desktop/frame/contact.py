"""Whether what a page shows is still how it is."""

from __future__ import annotations

from datetime import datetime, tzinfo

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QWidget

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme, Type
from unison_desktop.identity.session import Session
from unison_desktop.kernel.events import Link, LinkState
from unison_desktop.kernel.moments import zoned_text
from unison_desktop.kernel.texts import _

PATIENCE_MS = 3_000
"""A connection that comes back sooner was a hiccup nobody needs to see."""


class Contact(QObject):
    """Follows the connection to the server.

    Signals:
        changed: the connection was lost or came back, or something newer was read without it.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.zone: tzinfo | None = None
        """Whose clock the page shows; None is this PC's."""
        self._read_at: datetime | None = None
        self._lost = False
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._lose)
        session.events.link_changed.connect(self._on_link)
        self._on_link(session.link)

    @property
    def as_of(self) -> datetime | None:
        """The moment of what is shown, by the server's clock; None while it is live."""
        return (self._read_at or self._session.clock.now()) if self._lost else None

    @property
    def lost_since(self) -> datetime:
        """When the connection was lost, by the clock of this PC."""
        return self._session.link.since

    def now(self) -> datetime:
        """The moment to compare what is shown with, by the server's clock; it stands still without a connection."""
        return self.as_of or self._session.clock.now()

    def renewed(self) -> None:
        """What is shown was read just now."""
        self._read_at = self._session.clock.now()
        if self._lost:
            self.changed.emit()

    def _on_link(self, link: Link) -> None:
        match link.state:
            case LinkState.OFFLINE:
                self._lose()
            case LinkState.RECONNECTING if not self._patience.isActive() and not self._lost:
                self._patience.start()
            case LinkState.ONLINE:
                self._patience.stop()
                if self._lost:
                    self._lost = False
                    self.changed.emit()

    def _lose(self) -> None:
        self._patience.stop()
        if not self._lost:
            self._lost = True
            self.changed.emit()


class ContactBar(QLabel):
    """Says across the whole width that the connection is lost; hidden while it stands."""

    def __init__(self, contact: Contact, theme: Theme, parent: QWidget, *, scale: float = 1.0) -> None:
        super().__init__(parent)
        self._contact, self._theme = contact, theme
        font = theme.font(Type.STRONG)
        font.setPointSizeF(font.pointSizeF() * scale)
        self.setFont(font)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        contact.changed.connect(self._show)
        theme.changed.connect(self._recolour)
        self._recolour()
        self._show()

    def _show(self) -> None:
        as_of = self._contact.as_of
        if as_of is not None:
            lost_since = self._contact.lost_since
            text = _("No connection to the server since {lost}. This is how it was at {time}, not how it is now.")
            if as_of > lost_since:
                text = _("Since {lost} changes don't come in by themselves. This is how it was at {time}.")
            zone = self._contact.zone
            lost, time = (zoned_text(one.astimezone(zone), "%H:%M:%S") for one in (lost_since, as_of))
            self.setText(text.format(lost=lost, time=time))
            self.setAccessibleName(self.text())
        self.setVisible(as_of is not None)

    def _recolour(self) -> None:
        tone = self._theme.tone(Tone.BAD)
        self.setStyleSheet(f"background: {tone.fill}; color: {tone.on_fill}; border-radius: 6px; padding: 8px 12px;")
