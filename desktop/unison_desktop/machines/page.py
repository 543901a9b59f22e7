"""One machine: what it does, its day as a band of states, its parts over time, every interval."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from functools import partial
from operator import attrgetter
from typing import ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget
from unison_domain.machines.contracts import CountSeries, MachineAnswer, MachineState, StateInterval
from unison_domain.machines.downtime_contracts import DowntimeEvent
from unison_domain.machines.timescale import Window, day_window
from unison_domain.sites.contracts import PlantAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.contact import Contact, ContactBar
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.printing.commands import PrintCommands
from unison_desktop.frame.printing.paper import Paper
from unison_desktop.frame.theme import Look
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.errors import ApiError, Trouble
from unison_desktop.kernel.one_at_a_time import OneAtATime
from unison_desktop.kernel.texts import _
from unison_desktop.machines import calls
from unison_desktop.machines.columns import PlantClock, StateIcons, interval_columns
from unison_desktop.machines.counts_chart import bucket_for
from unison_desktop.machines.day_card import DayCard
from unison_desktop.machines.day_paper import Day
from unison_desktop.machines.day_place import pictures_of, read_argument
from unison_desktop.machines.day_readings import DayReadings
from unison_desktop.machines.day_stops import DayStops
from unison_desktop.machines.day_totals import DayTotals
from unison_desktop.machines.downtime.editing import TOPIC
from unison_desktop.machines.headline import Headline
from unison_desktop.machines.renewal import SIGNALLED_TOPIC, Renewal
from unison_desktop.machines.set_state import StateCommand
from unison_desktop.machines.states import LOOKS
from unison_desktop.machines.strayed import StrayedBar
from unison_desktop.machines.time_axis import DayAxis
from unison_desktop.stations.calls import PICTURE_RIGHT
from unison_desktop.tables.export_notice import ExportNotice
from unison_desktop.tables.printed import PrintedTable
from unison_desktop.tables.table import Table

_COUNTS_EVERY_MS = 2_000
"""A machine may count every second; its chart needs no more than this."""

READ_STOPS = "machines.downtime.read"
_MACHINE, _COUNTS, _UTILIZATION, _STOPS = "machine", "counts", "utilization", "stops"
"""What failures are told about."""
_STATE_TOPIC, _COUNT_TOPIC = "machines.machine.state_changed", "machines.machine.counted"


class MachinePage(Page):
    """A machine's day. `Place("machine", id)` is today, `Place("machine", "id/2026-11-19")` that day."""

    topics: ClassVar[tuple[str, ...]] = ("machines.machine", TOPIC)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._id, self._wanted_day = read_argument(place.argument)
        self._machine: MachineAnswer | None = None
        self._zone: tzinfo | None = None
        self._machine_reading = OneAtATime(partial(calls.machine, desk.session.client), self)
        self._day_due = False
        self._readings: DayReadings | None = None
        self._intervals: list[StateInterval] = []
        self._bucket = 0
        self.contact = Contact(desk.session, self)
        self._now = self.contact.now
        self._ticked_at = self._now()
        self._clock, self._icons = PlantClock(self._now), StateIcons(desk.theme)
        self.axis = DayAxis(day_window(self._today(), self._zone_now()), self._zone_now(), self)
        self.headline = Headline(desk.theme, self._now, self)
        self.day = DayCard(self.axis, desk.theme, self._now, self)
        if not desk.session.may(READ_STOPS):
            self.day.reasons.refuse(desk.session.lacks(READ_STOPS))
        self.stops = DayStops(desk.theme)
        self.totals = DayTotals(self.headline, self.day.legend, self._clock)
        self.table = Table(
            interval_columns(self._clock, self._icons, self.stops),
            attrgetter("id"),
            desk.theme,
            title=_("Intervals"),
            nothing=_("Nothing is known of this day."),
            parent=self,
        )
        self.table.remember(desk.layout, "machine.intervals")
        ExportNotice(self.table, desk.messages)
        self._counts_due = QTimer(self, singleShot=True, interval=_COUNTS_EVERY_MS)
        self.renewal = Renewal(desk.session, self)
        self._second = QTimer(self, interval=1000)
        self.strayed = StrayedBar(desk, self)
        self.strayed.go.connect(self.go)
        self._lay_out()
        self._connect()
        self.set_title(_("Machine"))

    def trail(self) -> list[tuple[str, Place]]:
        return [(_("Machines"), Place("machines"))]

    def gestures(self) -> list[tuple[str, str]]:
        return self.day.timeline.gestures()

    def load(self) -> None:
        """Read the machine; its day follows as soon as its plant's zone is known."""
        if self._id is None:
            text = _("“{argument}” names no machine. Choose one on the board.").format(argument=self.place.argument)
            self.tell(ApiError(Trouble.REFUSED, text))
            return
        self._day_due = True
        self._machine_reading.ask(self._id)

    def on_change(self, change: Change) -> None:
        """Read again only what the change concerns."""
        if change.topic == SIGNALLED_TOPIC:
            self.renewal.hear()
        elif change.topic and (self._id is None or not change.names(self._id)) and _is_of_one(change.topic):
            return
        elif change.topic.startswith(TOPIC):
            self._read_stops()
        elif change.topic == _COUNT_TOPIC:
            if not self._counts_due.isActive():
                self._counts_due.start()
        else:
            self.reload()

    def save_layout(self) -> None:
        self.table.save_layout()
        self.desk.layout.save_splitter(self._splitter, "machine")

    def _lay_out(self) -> None:
        self._splitter = QSplitter(Qt.Orientation.Vertical, self)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self.day)
        self._splitter.addWidget(self.table)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setHandleWidth(12)
        self.desk.layout.restore_splitter(self._splitter, "machine")
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(ContactBar(self.contact, self.desk.theme, self))
        column.addWidget(self.headline)
        column.addWidget(self.strayed)
        column.addWidget(self._splitter, 1)
        self.set_content(content)

    def _connect(self) -> None:
        self.add_command(
            "machine.previous_day", _("Previous day"), self.day.bar.go_back, shortcuts="Ctrl+Left", in_head=False
        )
        self.add_command("machine.next_day", _("Next day"), self.day.bar.go_on, shortcuts="Ctrl+Right", in_head=False)
        self.add_command("machine.today", _("Today"), self.day.bar.go_to_today, shortcuts="Ctrl+T", in_head=False)
        self.add_command("machine.stops", _("Stops and reasons"), self._see_stops, shortcuts="F2", needs=READ_STOPS)
        self.add_command("machine.pictures", _("Pictures"), self._see_pictures, shortcuts="F6", needs=PICTURE_RIGHT)
        self.set_state = StateCommand(self, "machine", self._machine_reading.read)
        PrintCommands(self, self._paper)
        self.addAction(self.table.filter_bar.find_action)  # from wherever on the page the keyboard is
        self.day.bar.day_chosen.connect(self._on_day_chosen)
        self.axis.changed.connect(self._on_axis)
        self.day.zoom_buttons.latest_asked.connect(self._see_latest)
        self.day.timeline.interval_chosen.connect(self._on_interval_chosen)
        self.table.selection_told.connect(self.day.timeline.choose)
        self.table.retry_asked.connect(self.reload)
        self.day.reasons.chosen.connect(self._on_reason_chosen)
        self.day.reasons.opened.connect(self._see_stop)
        self.day.legend.state_pressed.connect(self._on_state_pressed)
        self.follow(self._machine_reading, self._show_machine, _MACHINE)
        self._counts_due.timeout.connect(self._on_counted)
        self.renewal.due.connect(self._on_renewal_due)
        self.contact.changed.connect(self._on_contact)
        self._second.timeout.connect(self._on_second)
        self._second.start()

    def _paper(self, look: Look, parent: QWidget) -> Paper:
        day = Day(self.axis, self._now(), self._intervals, self.stops.given(), self.day.counts.series)
        title = f"{self.title} {self.day.bar.day.isoformat()}"
        notes = (self.head.subtitle, _("Times of {zone}").format(zone=self._zone_now()))
        return Paper(title, notes, (*day.parts(look, parent), PrintedTable(self.table)), look)

    def _see_stops(self) -> None:
        """The stop that is meant, else all of the machine."""
        meant = (stop for one in self._chosen() for stop in self.stops.of(one))
        stop = self.day.reasons.current if self.day.reasons.hasFocus() else next(meant, None)
        if stop is not None:
            self._see_stop(stop)
        elif self._id is not None:
            self.go.emit(Place("downtime", str(self._id)))

    def _chosen(self) -> list[StateInterval]:
        chosen = set(self.table.view.selected_ids())
        return [one for one in self._intervals if one.id in chosen]

    def _see_pictures(self) -> None:
        if self._id is not None and self._readings is not None:
            self.go.emit(pictures_of(self._id, self._chosen(), self._readings.day))

    def _see_stop(self, stop: DowntimeEvent) -> None:
        self.go.emit(Place("downtime", f"{stop.machine_id}/{stop.id}"))

    def _on_reason_chosen(self, stop: DowntimeEvent) -> None:
        """Show the states of its time too."""
        ids = [one.id for one in self._intervals if stop in self.stops.of(one)]
        self.table.view.select_ids(ids)
        self.day.timeline.choose(ids)

    def _on_renewal_due(self) -> None:
        if self._id is not None and self.isVisible():
            self._machine_reading.ask(self._id)

    def _show_machine(self, machine: MachineAnswer) -> None:
        self._machine = machine
        self.renewal.renewed()
        self.contact.renewed()
        self.headline.state.show_live(machine.live)
        places = (machine.name, machine.plant_name, machine.work_center_name)
        self.set_title(machine.machine_code, " · ".join(part for part in places if part))
        self.head.set_as_of(self._now())
        if self._day_due:
            self._day_due = False
            self._read_zone_and_day(machine)
        self.loaded.emit()

    def _read_zone_and_day(self, machine: MachineAnswer) -> None:
        if self._zone is not None:
            self._read_day()
            return
        call = calls.plant(self.desk.session.client, machine.plant_id, owner=self)
        self.ask(call, self._on_plant)
        call.failed.connect(self._on_no_plant)

    def _on_plant(self, plant: PlantAnswer) -> None:
        self.strayed.plant = plant
        self.set_state.know_plants([plant])
        try:
            self._use_zone(ZoneInfo(plant.time_zone))
        except (ZoneInfoNotFoundError, ValueError):
            text = _("This PC does not know the time zone {zone} of {plant}; times are those of this PC.")
            self.desk.messages.say(text.format(zone=plant.time_zone, plant=plant.name), Tone.WARNING)
            self._use_zone(self._zone_now())

    def _on_no_plant(self) -> None:
        """Told on the page already; the day is read all the same, and the zone asked for with the next reload."""
        self._read_day()

    def _use_zone(self, zone: tzinfo) -> None:
        self._zone = self._clock.zone = self.headline.state.zone = self.contact.zone = zone
        self.set_zone(zone)
        self.head.set_as_of(self._now())
        self._read_day()

    def _read_day(self) -> None:
        """Reads the wanted day, or today; asked again for the day that is shown, what is shown stays until then."""
        if self._machine is None:
            return
        zone, today = self._zone_now(), self._today()
        day = min(self._wanted_day or today, today)
        window = day_window(day, zone)
        self.day.bar.show_day(day, today, str(zone))
        self.day.zoom_buttons.latest.setVisible(day == today)
        self.table.name_file(f"{self._machine.machine_code} {day.isoformat()}")
        if self._readings is None or self._readings.day != window:
            self._begin(DayReadings(self.desk.session.client, self._machine.id, window, self))
        self.axis.set_day(window, zone)
        self._read_states()
        self._read_counts()
        self.strayed.show_day(self._machine.id, window, zone)

    def _begin(self, readings: DayReadings) -> None:
        if self._readings is not None:
            self._readings.drop()
            self._intervals = []
            self.table.show_loading()
            self.stops.know([])
            self.day.clear()
        self._readings = readings
        self._clock.day = readings.day
        self._bucket = bucket_for(readings.day.span)
        readings.history.read.connect(self._show_history)
        readings.history.failed.connect(self._on_history_failed)
        readings.tail.read.connect(self._show_tail)
        readings.tail.failed.connect(self._on_history_failed)
        self.follow(readings.utilization, self.totals.know, _UTILIZATION)
        self.follow(readings.counts, self._show_counts, _COUNTS)
        self.follow(readings.stops, self._show_stops, _STOPS)

    def _read_states(self) -> None:
        if self._readings is not None:
            self._readings.history.ask()
            self._readings.utilization.ask()
            self._read_stops()

    def _read_stops(self) -> None:
        if self._readings is not None and self.desk.session.may(READ_STOPS):
            self._readings.stops.ask()

    def _read_counts(self) -> None:
        if self._readings is not None:
            self._bucket = bucket_for(self.axis.shown.span)
            self._readings.counts.ask(self._bucket)

    def _on_counted(self) -> None:
        """Counting changes the bars and the parts of the last interval, and fills in what was unknown; nothing else."""
        self._read_counts()
        if self._readings is None or not self._intervals:
            return
        if self._intervals[0].state is MachineState.UNKNOWN:
            self._readings.history.ask()
        else:
            begun = max(self._intervals[0].started_at, self._readings.day.start)
            self._readings.tail.ask(Window(begun, self._readings.day.end))

    def _show_history(self, intervals: list[StateInterval]) -> None:
        self._intervals = intervals
        self.day.timeline.show_intervals(intervals)
        self.table.set_rows(intervals)
        self._begin_axis()

    def _see_latest(self) -> None:
        self.axis.is_chosen = False
        self._begin_axis()

    def _begin_axis(self) -> None:
        known = (one.started_at for one in self._intervals if one.state is not MachineState.UNKNOWN)
        self.axis.begin(self._now(), min(known, default=None))

    def _show_tail(self, newer: list[StateInterval]) -> None:
        """Of an interval that is known to have ended an answer from before that tells nothing."""
        ended = {one.id for one in self._intervals if one.ended_at is not None}
        fresh = {one.id: one for one in newer if one.ended_at is not None or one.id not in ended}
        known = {one.id: one for one in self._intervals}
        self._show_history(sorted({**known, **fresh}.values(), key=lambda one: one.started_at, reverse=True))

    def _on_history_failed(self, error: ApiError) -> None:
        self.table.show_error(error.message)

    def _show_stops(self, events: list[DowntimeEvent]) -> None:
        self.stops.know(events)
        self.day.reasons.show_events(self.stops.given())
        self.table.model.tick()

    def _show_counts(self, series: CountSeries) -> None:
        self.day.counts.show_counts(series)
        self.headline.show_counts(series)

    def _on_day_chosen(self, day: date) -> None:
        self._wanted_day = None if day == self._today() else day
        self._read_day()

    def _on_axis(self) -> None:
        if self._readings is not None and bucket_for(self.axis.shown.span) != self._bucket:
            self._read_counts()

    def _on_interval_chosen(self, interval_id: UUID | None) -> None:
        self.table.view.select_ids([] if interval_id is None else [interval_id])

    def _on_state_pressed(self, state: MachineState) -> None:
        self.table.filter_bar.add_condition("state", f"={LOOKS[state].text}")

    def _on_contact(self) -> None:
        """While the connection is lost, everything ends at what was read last."""
        self.headline.state.update()
        self.day.refresh()
        self.totals.tick()
        self.table.model.tick()

    def _on_second(self) -> None:
        """Moves the now line; at midnight the page that shows today shows the new day."""
        if not self.isVisible() or self._wanted_day is not None:
            return
        before, self._ticked_at = self._ticked_at, self._now()
        if self._readings is not None and self._ticked_at >= self._readings.day.end:
            self._read_day()
        self.axis.keep_up(before, self._ticked_at)
        self.day.refresh()
        self.totals.tick()
        if self._intervals and self._intervals[0].ended_at is None:
            self.table.model.tick()

    def _zone_now(self) -> tzinfo:
        """The plant's zone, or that of this PC while it isn't known."""
        return self._zone or datetime.now().astimezone().tzinfo or UTC

    def _today(self) -> date:
        return self._now().astimezone(self._zone_now()).date()


def _is_of_one(topic: str) -> bool:
    """Whether what changed concerns the machine it names alone."""
    return topic in (_STATE_TOPIC, _COUNT_TOPIC) or topic.startswith(TOPIC)
