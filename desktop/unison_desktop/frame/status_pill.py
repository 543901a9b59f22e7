"""How the program stands with the server, always in sight."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.theme import Theme
from unison_desktop.kernel.events import EventStream, Link, LinkState
from unison_desktop.kernel.texts import _


class StatusPill(QPushButton):
    """Online, reconnecting, or offline since when; a click tries at once."""

    def __init__(self, events: EventStream, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._events = events
        self.setProperty("role", "pill")
        self.clicked.connect(events.retry_now)
        events.link_changed.connect(self._show)
        theme.changed.connect(self._recolour)
        self._recolour()

    def _recolour(self) -> None:
        self._show(self._events.link)

    def _show(self, link: Link) -> None:
        since = link.since.strftime("%H:%M")
        match link.state:
            case LinkState.ONLINE:
                text, tone, icon = _("Online"), Tone.GOOD, "online"
                tip = _("Connected since {time}. What you see is live.").format(time=since)
            case LinkState.RECONNECTING:
                text, tone, icon = _("Reconnecting…"), Tone.WARNING, "reload"
                tip = _("The connection is being made. What you see may be old.")
            case LinkState.OFFLINE:
                text, tone, icon = _("Offline since {time}").format(time=since), Tone.BAD, "offline"
                tip = _("No connection since {time}; what you see is from then. Click to try now.").format(time=since)
        colours = self._theme.tone(tone)
        self.setText(text)
        self.setIcon(self._theme.icon(icon, colours.ink))
        self.setToolTip(tip)
        self.setAccessibleName(_("Connection: {text}").format(text=text))
        self.setStyleSheet(
            f"background: {colours.tint}; color: {colours.ink}; border: 1px solid {colours.tint};"
            "border-radius: 13px; padding: 3px 12px 3px 9px; font-weight: 600;"
        )
