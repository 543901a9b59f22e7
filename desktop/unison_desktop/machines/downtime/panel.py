"""All about the chosen stops: what is known, who said what, and the reasons that can be given."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget
from unison_domain.machines.contracts import CauseSource
from unison_domain.machines.downtime_contracts import DowntimeEvent

from unison_desktop.frame.command import Command
from unison_desktop.frame.theme import Theme, Type
from unison_desktop.kernel.texts import _
from unison_desktop.machines.downtime.book import CATEGORIES, SOURCES, Book, cause_text
from unison_desktop.machines.downtime.columns import machine_says
from unison_desktop.machines.downtime.history import StopHistory
from unison_desktop.machines.downtime.picker import ReasonPicker
from unison_desktop.machines.durations import running_text


class StopPanel(QFrame):
    """Facts above, the reasons in the middle, the history below.

    Attributes:
        picker: where a reason is given.
        history: what people said of the one that is chosen.
    """

    def __init__(self, theme: Theme, book: Book, load: Command, parent: QWidget) -> None:
        """`load` brings the usual reasons where there are none."""
        super().__init__(parent)
        self.setProperty("role", "card")
        self._book = book
        self._events: list[DowntimeEvent] = []
        self._heading = QLabel(self)
        self._heading.setFont(theme.font(Type.HEADING))
        self._heading.setWordWrap(True)
        self._facts = QLabel(self)
        self._facts.setWordWrap(True)
        self._facts.setTextFormat(Qt.TextFormat.PlainText)
        self._facts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.picker = ReasonPicker(self)
        self._load = load
        self.no_reasons = QLabel(_("No reasons yet: nobody can say why a machine stands."), self)
        self.no_reasons.setWordWrap(True)
        self.load_button = QPushButton(load.text(), self)
        self.load_button.setProperty("role", "primary")
        self.load_button.clicked.connect(load.trigger)
        load.changed.connect(self._show_lack)
        self._history_title = QLabel(_("History"), self)
        self._history_title.setFont(theme.font(Type.STRONG))
        self.history = StopHistory(book, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(8)
        column.addWidget(self._heading)
        column.addWidget(self._facts)
        for widget in (self.no_reasons, self.load_button):
            column.addWidget(widget)
        column.addWidget(self.picker, 1)
        column.addWidget(self._history_title)
        column.addWidget(self.history)
        self.show_events([])

    def show_events(self, events: Sequence[DowntimeEvent]) -> None:
        """Show these as chosen; what is typed for a reason stays."""
        self._events = list(events)
        self._heading.setText(self._title())
        self._facts.setText("\n".join(self._lines()))
        self._show_lack()
        reasons = self._book.offered(self._book.type_of(event) for event in events)
        self.picker.offer(reasons, for_reading=not events)
        self.history.turn_to(events[0] if len(events) == 1 else None)
        self._history_title.setVisible(len(events) == 1)
        self.history.setVisible(len(events) == 1)

    def _show_lack(self) -> None:
        """That there are no reasons is said here, where one is wanted."""
        for widget in (self.no_reasons, self.load_button):
            widget.setVisible(self._book.lacks_reasons)
        self.load_button.setEnabled(self._load.isEnabled())
        self.load_button.setToolTip(self._load.toolTip())

    def _title(self) -> str:
        if not self._events:
            return _("No stop is chosen")
        if len(self._events) > 1:
            return _("{n} stops").format(n=len(self._events))
        return self._events[0].machine_name

    def _lines(self) -> list[str]:
        if not self._events:
            return [_("Choose a stop, press Enter, type a reason, press Enter again.")]
        if len(self._events) > 1:
            seconds = sum(self._book.seconds(event) for event in self._events)
            return [_("{time} in all; one reason is given to all of them.").format(time=running_text(seconds))]
        event = self._events[0]
        start, end = self._book.start(event), self._book.end(event)
        until = self._book.moment(end, "%H:%M:%S") if end else _("goes on")
        lines = [f"{self._book.moment(start)} → {until}  ({running_text(self._book.seconds(event))})"]
        lines.append(_("Cause: {cause}").format(cause=self._cause(event)))
        if said := machine_says(event, self._book):
            lines.append(_("Machine says: {said}").format(said=said))
        if event.notes:
            lines.append(_("Notes: {notes}").format(notes=event.notes))
        if event.resolution_notes:
            lines.append(_("Resolution: {notes}").format(notes=event.resolution_notes))
        return lines

    def _cause(self, event: DowntimeEvent) -> str:
        text = cause_text(event)
        if not text:
            return _("none yet")
        if event.downtime_reason_code and event.downtime_category:
            text = f"{text} ({CATEGORIES[event.downtime_category]})"
        if event.cause_source is CauseSource.PERSON:
            return f"{text}, {self._book.reporter(event)}"
        return f"{text}, {SOURCES[event.cause_source]}" if event.cause_source else text
