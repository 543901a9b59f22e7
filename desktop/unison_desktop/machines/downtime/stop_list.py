"""The table of stops in order of time; new ones that come while the mouse is over it wait."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget
from unison_domain.machines.downtime_contracts import DowntimeEvent

from unison_desktop.frame.desk import Desk
from unison_desktop.kernel.texts import _
from unison_desktop.machines.downtime.book import Book
from unison_desktop.machines.downtime.columns import event_columns
from unison_desktop.tables.table import Table


class StopList(QWidget):
    """No row moves away under a click because a machine stopped meanwhile.

    Attributes:
        table: the stops that are shown.
        fresh: how many wait, until it is pressed: who leaves with the mouse to type a reason comes back to the same
            rows. It stands beside the table, because above it would itself move the rows.
    """

    def __init__(self, desk: Desk, book: Book, parent: QWidget) -> None:
        super().__init__(parent)
        self._events: list[DowntimeEvent] = []
        self._known: set[UUID] = set()
        self._is_over = False
        self.table = Table(
            event_columns(book),
            _id_of,
            desk.theme,
            title=_("Downtime"),
            nothing=_("There is no such stop in this time."),
            parent=self,
        )
        self.fresh = QPushButton(self)
        self.fresh.setProperty("role", "link")
        self.fresh.clicked.connect(self.show_all)
        self.fresh.hide()
        self.table.view.viewport().installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table, 1)

    def begin(self) -> None:
        """Let nothing of what is shown next wait: somebody asked for it."""
        self._known.clear()

    def show_events(self, events: Sequence[DowntimeEvent], *, newest_first: bool) -> None:
        """Show these, whichever chain of stops they are part of."""
        self._events = sorted(events, key=lambda event: event.started_at, reverse=newest_first)
        self._fill()

    def show_all(self) -> None:
        """Also those that wait."""
        self.begin()
        self._fill()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Enter:
            self._is_over = True
        elif event.type() is QEvent.Type.Leave:
            self._is_over = False
        return super().eventFilter(watched, event)

    def _fill(self) -> None:
        is_held = bool(self._known) and (self._is_over or not self.fresh.isHidden())
        shown = [event for event in self._events if not is_held or event.id in self._known]
        waiting = len(self._events) - len(shown)
        words = _("{n} new stops: show them") if waiting != 1 else _("1 new stop: show it")
        self.fresh.setText(words.format(n=waiting))
        self.fresh.setVisible(waiting > 0)
        self._known = {event.id for event in shown}
        self.table.set_rows(shown)


def _id_of(event: DowntimeEvent) -> UUID:
    return event.id
