"""Stops with their causes: the queue of those without one, and all of them."""

from __future__ import annotations

from functools import partial
from typing import ClassVar
from uuid import UUID

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QTabBar, QVBoxLayout, QWidget
from unison_domain.machines.contracts import MachineAnswer
from unison_domain.machines.downtime_contracts import DowntimeEvent, DowntimeReasonAnswer
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.command_menu import CommandMenu
from unison_desktop.frame.contact import Contact, ContactBar
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.frame.printing.paper import Paper
from unison_desktop.frame.theme import Look
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.one_at_a_time import OneAtATime
from unison_desktop.kernel.texts import _
from unison_desktop.machines import calls as machine_calls
from unison_desktop.machines.downtime import calls
from unison_desktop.machines.downtime.actions import StopActions
from unison_desktop.machines.downtime.book import Book
from unison_desktop.machines.downtime.clash_bar import ClashBar
from unison_desktop.machines.downtime.editing import TAKEN_BACK, TOPIC, Clash, Editing
from unison_desktop.machines.downtime.loading import ALARM_TOPIC, REASON_TOPIC, LoadReasons
from unison_desktop.machines.downtime.panel import StopPanel
from unison_desktop.machines.downtime.scope import ScopeBar
from unison_desktop.machines.downtime.stop_list import StopList
from unison_desktop.machines.downtime.thresholds import Thresholds, waiting_text
from unison_desktop.sites.calls import plants
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.printed import PrintedTable

_STATES = "machines.machine.state_changed"
_QUEUE, _ALL = range(2)
_STATES_EVERY_MS = 2_000
"""A hall of machines changes its state all the time: what came within this time is read together."""
_QUEUE_EVERY_MS = 60_000
"""A stop that goes on waits once it is no micro-stop any more, which no change tells."""
_ROWS, _WAITING = "rows", "waiting"
"""What failures are told about."""


class DowntimePage(Page):
    """A list left, the chosen stops with the reasons right.

    `Place("downtime", machine)` is all stops of a machine, `Place("downtime", "machine/stop")` with that one chosen.
    """

    topics: ClassVar[tuple[str, ...]] = (TOPIC, _STATES, ALARM_TOPIC)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._rows: list[DowntimeEvent] = []
        self._chosen: list[UUID] = []
        self._looked: DowntimeEvent | None = None
        self.contact = Contact(desk.session, self)
        self.book = Book(self.contact.now)
        self.editing = Editing(desk, self)
        client = desk.session.client
        self._queue_reading = OneAtATime(partial(calls.queue, client), self)
        self._all_reading = OneAtATime(partial(calls.events, client), self)
        self.tabs = QTabBar(self)
        self.tabs.setUsesScrollButtons(False)  # what is in the same line gives way, and no name is cut
        self.tabs.addTab(_("Without a reason"))
        self.tabs.addTab(_("All stops"))
        machine_id, self._wanted = _read_argument(place.argument)
        self.tabs.setCurrentIndex(_QUEUE if machine_id is None else _ALL)
        self.tabs.setAccessibleName(_("Which stops"))
        self.scope = ScopeBar(self, desk.layout, machine_id, has_queue=True)
        self.stops = StopList(desk, self.book, self)
        self.table = self.stops.table
        self.load_reasons = LoadReasons(desk, self)
        self.panel = StopPanel(desk.theme, self.book, self.load_reasons.command(self), self)
        self.clashes = ClashBar(self.book, self)
        self.stop_actions = StopActions(
            desk,
            self.book,
            self.editing,
            self,
            rows=self._listed,
            chosen=self._meant,
            machine=self.scope.machine_id,
        )
        ExportNotice(self.table, desk.messages)
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._states_due = QTimer(self, singleShot=True, interval=_STATES_EVERY_MS)
        self._second = QTimer(self, interval=1000)
        self._minute = QTimer(self, interval=_QUEUE_EVERY_MS)
        self._lay_out()
        self._make_commands()
        self._connect()
        self.set_title(_("Downtime"))

    def take_keyboard(self, reason: Qt.FocusReason) -> None:
        self.scope.recall()
        self.table.view.setFocus(reason)

    def gestures(self) -> list[tuple[str, str]]:
        return [
            (_("Give the chosen stops a reason"), _("Enter, type, Enter")),
            (_("Move among the reasons"), _("Up, Down while typing")),
            (_("Back to the list"), _("Esc")),
        ]

    def load(self) -> None:
        client = self.desk.session.client
        self.stops.begin()
        self.ask(calls.reasons(client, owner=self), self._show_reasons)
        self.ask(machine_calls.machines(client, owner=self), self._show_machines)
        self.ask(plants(client, owner=self), self._show_plants)
        self._read_rows()
        if self._wanted is not None:
            call = calls.event(client, self._wanted, owner=self)
            self._wanted = None
            call.done.connect(self._on_wanted)
            call.failed.connect(self._on_unwanted)

    def on_change(self, change: Change) -> None:
        if change.topic.startswith(REASON_TOPIC):
            self.ask(calls.reasons(self.desk.session.client, owner=self), self._show_reasons)
        elif change.topic != _STATES:
            self.panel.history.expire()
            if change.topic == TAKEN_BACK:
                self.stops.begin()
            self._read_rows()
        elif not self._states_due.isActive():
            self._states_due.start()

    def save_layout(self) -> None:
        self.table.save_layout()
        self.desk.layout.save_splitter(self._splitter, "downtime")

    # What comes.

    def _read_rows(self) -> None:
        now = self.contact.now()
        self._queue_reading.ask({**self.scope.queue_query(now), **self._limits().of_queue()})
        if self.tabs.currentIndex() == _ALL:
            self._all_reading.ask(self.scope.query(now))

    def _limits(self) -> Thresholds:
        return Thresholds.remembered(self.desk.layout)

    def _show_queue(self, events: list[DowntimeEvent]) -> None:
        self.tabs.setTabText(_QUEUE, _("Without a reason ({n})").format(n=len(events)))
        self.set_title(_("Downtime"), waiting_text(len(events), self._limits().queue))
        if self.tabs.currentIndex() == _QUEUE:
            self._show_rows(events)

    def _show_all(self, events: list[DowntimeEvent]) -> None:
        if self.tabs.currentIndex() == _ALL:
            self._show_rows(events)

    def _show_rows(self, events: list[DowntimeEvent]) -> None:
        self.tell(None, _ROWS)
        looked = [self._looked] if self._looked is not None and self._looked.id in self._chosen else []
        self._rows = [*events, *(one for one in looked if all(one.id != event.id for event in events))]
        self.contact.renewed()
        self._use_zone()
        self.head.set_as_of(self.desk.session.clock.now())
        self._list()
        self._show_chosen()
        self.loaded.emit()

    def _use_zone(self) -> None:
        """The page has one clock, also while its list is empty."""
        zone = self.book.clock_of(self._rows)
        self.contact.zone = self.book.clock = zone
        self.set_zone(zone)

    def _list(self) -> None:
        self.stops.show_events(self._rows, newest_first=self.tabs.currentIndex() == _ALL)

    def _show_reasons(self, reasons: list[DowntimeReasonAnswer]) -> None:
        self.book.know_reasons(reasons)
        self._show_again()

    def _show_machines(self, machines: list[MachineAnswer]) -> None:
        self.book.know_machines(machines)
        self.scope.show_machines(machines)
        self._show_again()

    def _show_plants(self, known: list[PlantAnswer]) -> None:
        self.book.know_plants(known)
        self._use_zone()
        self.scope.show_plants(known)
        self._show_again()

    def _show_again(self) -> None:
        self.table.model.tick()
        self._show_chosen()

    # What is chosen.

    def _listed(self) -> list[DowntimeEvent]:
        return self._rows

    def _meant(self) -> list[DowntimeEvent]:
        return self.chosen

    @property
    def chosen(self) -> list[DowntimeEvent]:
        """The chosen stops, as they were read last."""
        wanted = set(self._chosen)
        return [event for event in self._rows if event.id in wanted]

    def _choose(self, ids: list[UUID]) -> None:
        self._chosen = list(ids)
        self.panel.picker.clear()
        self._show_chosen()

    def _show_chosen(self) -> None:
        self.panel.show_events(self.chosen)
        self.stop_actions.judge()
        history = self.panel.history
        if (call := history.read(self.desk.session.client)) is not None:
            self.ask(call, history.show_changes)

    def _on_opened(self, _event: DowntimeEvent) -> None:
        self.panel.picker.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_picker_left(self) -> None:
        self.table.view.setFocus(Qt.FocusReason.OtherFocusReason)

    # What is done.

    def _on_picked(self, reason_id: UUID) -> None:
        if not self._assign_command.isEnabled():
            self.desk.messages.say(self._assign_command.toolTip(), Tone.WARNING)
            return
        events = self.chosen
        if not events:
            return
        following = self._following(events)
        self.editing.assign(events, reason_id)
        self._go_to(following)

    def _following(self, events: list[DowntimeEvent]) -> UUID | None:
        """The row after the last of these as shown, else the one before the first."""
        places = [place for event in events if (place := self.table.model.place_of(event.id)) is not None]
        if not places:
            return None
        after, before = max(places) + 1, min(places) - 1
        if after < self.table.model.rowCount():
            before = after
        row: DowntimeEvent | None = self.table.model.row_at(before) if before >= 0 else None
        return row.id if row is not None else None

    def _go_to(self, event_id: UUID | None) -> None:
        ids = [event_id] if event_id is not None else []
        self.table.view.select_ids(ids)
        self._choose(ids)

    def _assign(self) -> None:
        if self.chosen:
            self.panel.picker.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            self.desk.messages.say(_("Choose the stop that is to get a reason."))

    def _on_looked(self, clash: Clash) -> None:
        """Show the stop as it is now, with the own choice ready."""
        self._see(clash.now)
        self.stop_actions.split_again(clash)
        if clash.wanted is not None:
            self.panel.picker.choose(clash.wanted)
            self.panel.picker.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _see(self, event: DowntimeEvent) -> None:
        """Go to a stop, also where the list has it not."""
        self._looked = event
        self._rows = [*(one for one in self._rows if one.id != event.id), event]
        self.stops.begin()
        self._list()
        self._go_to(event.id)

    def _on_wanted(self, event: DowntimeEvent) -> None:
        """What somebody came for: its reason can be typed at once."""
        self._see(event)
        self.panel.picker.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_unwanted(self, error: ApiError) -> None:
        self.desk.messages.say(error.message, Tone.WARNING)

    def _on_scope(self) -> None:
        self.stops.begin()
        self._read_rows()

    def _on_tab(self) -> None:
        self.table.show_loading()
        self.stops.begin()
        self._rows = []
        self._choose([])
        self._read_rows()

    def _on_second(self) -> None:
        if self.isVisible() and any(event.ended_at is None for event in self._rows):
            self.table.model.tick()

    def _on_minute(self) -> None:
        if self.isVisible() and self.desk.session.is_online:
            self._read_rows()

    def _on_contact(self) -> None:
        self.table.view.set_stale(self.contact.as_of is not None)

    def _see_reasons(self) -> None:
        self.go.emit(Place("downtime-reasons"))

    def _see_totals(self) -> None:
        self.go.emit(Place("downtime-totals"))

    def _make_commands(self) -> None:
        more = self.stop_actions.commands(self)
        PrintCommands(self, self._paper)
        see, may = self.add_command, self.stop_actions.against_assign
        self._assign_command = see(
            "downtime.assign", _("Give a reason"), self._assign, shortcuts="F2", primary=True, against=may
        )
        more.append(see("downtime.reasons", _("Reasons and alarms"), self._see_reasons, in_head=False))
        see("downtime.totals", _("Totals"), self._see_totals)
        self.head.add_widget(CommandMenu(_("More"), more, self.desk.theme, self))

    def _paper(self, look: Look, _parent: QWidget) -> Paper:
        notes = (self.tabs.tabText(self.tabs.currentIndex()), *self.scope.words(), self.head.subtitle)
        return Paper(_("Downtime"), notes, (PrintedTable(self.table),), look)

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(self._on_tab)
        self.scope.changed.connect(self._on_scope)
        self.table.selection_told.connect(self._choose)
        self.table.row_opened.connect(self._on_opened)
        self.table.retry_asked.connect(self.reload)
        self.panel.picker.picked.connect(self._on_picked)
        self.panel.picker.left.connect(self._on_picker_left)
        self.stop_actions.entered.connect(self._see)
        self.editing.changed.connect(self.stops.begin)
        self.editing.merged.connect(self._see)
        self.editing.clashed.connect(self.clashes.add)
        self.clashes.looked.connect(self._on_looked)
        self.contact.changed.connect(self._on_contact)
        self.follow(self._queue_reading, self._show_queue, _WAITING)
        self.follow(self._all_reading, self._show_all, _ROWS)
        self._states_due.timeout.connect(self._read_rows)
        self._second.timeout.connect(self._on_second)
        self._second.start()
        self._minute.timeout.connect(self._on_minute)
        self._minute.start()

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.addWidget(self.tabs)
        bar.addWidget(self.stops.fresh)
        bar.addStretch(1)
        bar.addWidget(self.scope)
        self._splitter.addWidget(self.stops)
        self._splitter.addWidget(self.panel)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setSizes([700, 330])
        self._splitter.setHandleWidth(12)
        self.table.remember(self.desk.layout, "downtime.events")
        self.desk.layout.restore_splitter(self._splitter, "downtime")
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(ContactBar(self.contact, self.desk.theme, self))
        column.addWidget(self.clashes)
        column.addLayout(bar)
        column.addWidget(self._splitter, 1)
        self.set_content(content)


def _read_argument(argument: str) -> tuple[UUID | None, UUID | None]:
    """Machine and stop a place names; None for what it does not name, or what can't be read."""
    machine, _slash, stop = argument.partition("/")
    return _id_in(machine), _id_in(stop)


def _id_in(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
