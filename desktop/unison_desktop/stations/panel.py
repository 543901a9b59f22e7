"""The chosen PC: devices and signals, what happened to it, what of it was set aside here or there, its log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QTabBar, QVBoxLayout, QWidget
from unison_domain.kernel.contracts import Page
from unison_domain.sites.contracts import PlantAnswer
from unison_domain.stations.contracts import (
    AgentAnswer,
    AgentEventAnswer,
    DeviceAnswer,
    DeviceReport,
    SignalAnswer,
)
from unison_domain.stations.peripheral_contracts import PeripheralAnswer
from unison_domain.stations.quarantine_contracts import QuarantinedAnswer

from unison_desktop.frame.desk import Desk
from unison_desktop.frame.theme import Type
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.texts import _
from unison_desktop.stations.agent_log import AgentLog
from unison_desktop.stations.calls import NEWEST
from unison_desktop.stations.devices import ReadRow, device_columns, device_rows
from unison_desktop.stations.happenings import HappeningRow, happening_columns, happening_row
from unison_desktop.stations.health import is_silent
from unison_desktop.stations.letters import DeadLetters
from unison_desktop.stations.readings import AgentReadings
from unison_desktop.stations.set_aside import SetAside
from unison_desktop.stations.signals import signal_columns
from unison_desktop.tables.table import Table

_DEVICES, _SIGNALS, _HAPPENED, _SET_ASIDE, _LETTERS, _LOG = range(6)
"""Places of the tabs."""


class AgentPanel(QWidget):
    """All of one PC, each on its tab; reads for itself what is seen. Hidden while no PC is chosen.

    Attributes:
        tabs: which part is seen.
        devices, signals, happened, set_aside: tables of what the server knows.
        letters, log: what the PC itself is asked for.
    """

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._readings: AgentReadings | None = None
        self._devices: Sequence[DeviceAnswer] = ()
        self._peripherals: Sequence[PeripheralAnswer] = ()
        self._reports: list[DeviceReport] = []
        self._events: list[AgentEventAnswer] = []
        self._signals: list[SignalAnswer] = []
        self._told: timedelta | None = None
        self._told_waiting: int | None = None
        self._zone: tzinfo | None = None
        self._name = QLabel(self)
        self._name.setFont(desk.theme.font(Type.HEADING))
        self._newest = QLabel(_("the newest {n}").format(n=NEWEST), self)
        self._newest.setProperty("role", "muted")
        self._longer: dict[int, bool] = {}
        self._wrong: dict[int, ApiError] = {}
        self.tabs = QTabBar(self)
        self.tabs.setUsesScrollButtons(False)  # what is in the same line gives way, and no name is cut
        self.tabs.setAccessibleName(_("What is shown of the PC"))
        self.tabs.setDrawBase(False)
        self.tabs.setUsesScrollButtons(False)
        self._stack = QStackedWidget(self)
        theme = desk.theme
        self.devices = self._table(
            device_columns(theme), _device_id, _("Devices"), _("This PC has no devices."), "stations.devices"
        )
        self.signals = self._table(
            signal_columns(desk.session.clock.now, self._clock),
            _signal_id,
            _("Signals"),
            _("This PC reads no tags."),
            "stations.signals",
        )
        self.happened = self._table(
            happening_columns(theme, self._clock),
            _row_id,
            _("Incidents"),
            _("Nothing was told yet."),
            "stations.happened",
        )
        self._aside = SetAside(desk, self._clock, self)
        self.set_aside = self._aside.table
        self.letters = DeadLetters(desk, self._clock, self)
        self.log = AgentLog(desk, self)
        for title, part in ((_("Set aside"), self._aside), (_("Refused events"), self.letters), (_("Log"), self.log)):
            self.tabs.addTab(title)
            self._stack.addWidget(part)
        self._aside.decided.connect(self.load)
        self._aside.wanted.connect(self.load)
        self.set_aside.retry_asked.connect(self.load)
        self._lay_out()
        self.tabs.currentChanged.connect(self._on_tab)
        theme.changed.connect(self._show_rows)
        self.hide()

    @property
    def tables(self) -> tuple[Table, ...]:
        """All of them, in the order of their tabs."""
        return self.devices, self.signals, self.happened, self.set_aside, self.letters.table

    def show_agent(
        self,
        agent: AgentAnswer | None,
        devices: Sequence[DeviceAnswer],
        now: datetime,
        zone: tzinfo | None,
        peripherals: Sequence[PeripheralAnswer] = (),
        plants: Sequence[PlantAnswer] = (),
    ) -> None:
        """Show this PC with what is at its stations, by the clock of their plant (None: of this PC); another one
        than before is read at once. What it takes a right for it takes in all of its `plants`.
        """
        for part in (self._aside, self.letters, self.log):
            part.show_plants(plants)
        self._zone = zone
        self.setVisible(agent is not None)
        self._devices, self._peripherals = devices, peripherals
        heard = agent.last_seen_at if agent is not None and is_silent(agent, now) else None
        self._told = now - heard if heard is not None else None
        if agent is None or self._readings is None or self._readings.agent_id != agent.id:
            self._begin(agent)
        if agent is not None:
            self._name.setText(agent.name)
            self.letters.tell_count(agent.dead_letters)
            text = _("Refused events ({n})").format(n=agent.dead_letters) if agent.dead_letters else _("Refused events")
            self.tabs.setTabText(_LETTERS, text)
            if agent.waiting_events != self._told_waiting:
                self._told_waiting = agent.waiting_events
                self._count_waiting(agent.waiting_events)
            self._show_rows()
            if self.tabs.currentIndex() == _LETTERS and self.letters.is_due:
                self.letters.load()

    def load(self) -> None:
        """Read again what is seen."""
        if self._readings is None:
            return
        match self.tabs.currentIndex():
            case place if place == _LETTERS:
                if self.letters.is_due:
                    self.letters.load()
            case place if place != _LOG:
                readings = self._readings
                aside = readings.quarantine if self._aside.all_box.isChecked() else readings.waiting
                (readings.reports, readings.signals, readings.events, aside)[place].ask()
                if place == _HAPPENED and not self._signals:
                    readings.signals.ask()  # for the names of tags

    def ask_pc(self) -> None:
        """A person wants it read again, also what is asked of the PC itself."""
        if self.tabs.currentIndex() == _LETTERS:
            self.letters.read_again()

    def save_layout(self) -> None:
        """Remember the columns."""
        for table in self.tables:
            table.save_layout()

    def _clock(self) -> tzinfo | None:
        return self._zone

    def _begin(self, agent: AgentAnswer | None) -> None:
        if self._readings is not None:
            self._readings.drop()
            self._readings = None
        self._reports, self._events, self._signals = [], [], []
        self._told_waiting = None
        self._longer.clear()
        self._wrong.clear()
        for table in (self.signals, self.happened):
            table.show_loading()
        agent_id = None if agent is None else agent.id
        for part in (self._aside, self.letters, self.log):
            part.show_agent(agent_id)
        if agent is None:
            return
        readings = self._readings = AgentReadings(self._desk.session.client, agent.id, self)
        readings.reports.read.connect(self._show_reports)
        readings.reports.failed.connect(self._on_reports_failed)
        readings.events.read.connect(self._show_events)
        readings.events.failed.connect(self._on_events_failed)
        readings.signals.read.connect(self._show_signals)
        readings.signals.failed.connect(self._on_signals_failed)
        readings.quarantine.read.connect(self._show_quarantine)
        readings.quarantine.failed.connect(self._on_quarantine_failed)
        readings.waiting.read.connect(self._show_waiting)
        readings.waiting.failed.connect(self._on_quarantine_failed)
        self.load()

    def _show_reports(self, reports: list[DeviceReport]) -> None:
        self._wrong.pop(_DEVICES, None)
        self._reports = reports
        self._fill(_DEVICES, self._device_rows())

    def _show_signals(self, signals: list[SignalAnswer]) -> None:
        self._wrong.pop(_SIGNALS, None)
        self._signals = signals
        self._fill(_SIGNALS, signals)
        if self._events:
            self._fill(_HAPPENED, self._happening_rows())

    def _show_events(self, page: Page[AgentEventAnswer]) -> None:
        self._wrong.pop(_HAPPENED, None)
        self._note_length(_HAPPENED, page)
        self._events = page.items
        self._fill(_HAPPENED, self._happening_rows())

    def _count_waiting(self, number: int) -> None:
        self.tabs.setTabText(_SET_ASIDE, _("Set aside ({n})").format(n=number) if number else _("Set aside"))

    def _show_waiting(self, events: list[QuarantinedAnswer]) -> None:
        self._count_waiting(len(events))
        if not self._aside.all_box.isChecked():
            self._show_quarantine(Page(items=events))

    def _show_quarantine(self, page: Page[QuarantinedAnswer]) -> None:
        self._wrong.pop(_SET_ASIDE, None)
        self._note_length(_SET_ASIDE, page)
        self._fill(_SET_ASIDE, page.items)

    def _show_rows(self) -> None:
        """What was read already, with other names or colours, and as old as it is by now."""
        self._fill(_DEVICES, self._device_rows())
        if self._events:
            self._fill(_HAPPENED, self._happening_rows())
        for table in (self.signals, self.letters.table):
            table.model.tick()

    def _device_rows(self) -> list[ReadRow]:
        return device_rows(self._devices, self._reports, self._told, self._peripherals)

    def _happening_rows(self) -> list[HappeningRow]:
        names = {device.id: device.name for device in self._devices}
        names |= {one.id: one.name for one in self._peripherals}
        names |= {one.tag_id: f"{one.device_name}, {one.tag_name}" for one in self._signals}
        return [happening_row(event, names, self._zone) for event in self._events]

    def _on_reports_failed(self, error: ApiError) -> None:
        self._show_failure(_DEVICES, error)

    def _on_signals_failed(self, error: ApiError) -> None:
        self._show_failure(_SIGNALS, error)

    def _on_events_failed(self, error: ApiError) -> None:
        self._show_failure(_HAPPENED, error)

    def _on_quarantine_failed(self, error: ApiError) -> None:
        self._show_failure(_SET_ASIDE, error)

    def _fill(self, place: int, rows: Sequence[Any]) -> None:
        self.tables[place].set_rows(rows)
        if place in self._wrong:
            self._show_failure(place, self._wrong[place])

    def _show_failure(self, place: int, error: ApiError) -> None:
        """A server older than this program does not tell everything: that is no error anybody could mend here."""
        if error.status == 404 and place != _DEVICES:
            self.tables[place].set_rows([])
            self.tables[place].view.set_notice(_("This server does not tell it."))
            return
        self._wrong[place] = error
        self.tables[place].show_error(error.message)

    def _on_tab(self, place: int) -> None:
        self._stack.setCurrentIndex(place)
        self._newest.setVisible(self._longer.get(place, False))
        self.load()

    def _note_length(self, place: int, page: Page[Any]) -> None:
        self._longer[place] = page.next_cursor is not None
        self._newest.setVisible(self._longer.get(self.tabs.currentIndex(), False))

    def _table(self, columns: Sequence[Any], id_of: Any, title: str, nothing: str, key: str) -> Table:
        table = Table(columns, id_of, self._desk.theme, title=title, nothing=nothing, parent=self)
        table.remember(self._desk.layout, key)
        table.retry_asked.connect(self.load)
        self.tabs.addTab(title)
        self._stack.addWidget(table)
        return table

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(self._name)
        top.addWidget(self.tabs)
        top.addStretch(1)
        top.addWidget(self._newest)
        self._newest.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self._stack, 1)


def _device_id(row: ReadRow) -> object:
    return row.id


def _row_id(row: HappeningRow) -> object:
    return row.id


def _signal_id(row: SignalAnswer) -> object:
    return row.tag_id
