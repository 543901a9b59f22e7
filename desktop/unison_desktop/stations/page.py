"""The stations page: every PC of the shop floor, how it is, and what its devices say."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QSplitter, QVBoxLayout, QWidget
from unison_domain.stations.contracts import AgentAnswer, DeviceAnswer, DeviceReport, EnrolmentAnswer, StationAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.theme import Type
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.texts import _
from unison_desktop.stations import calls
from unison_desktop.stations.columns import AgentRow, agent_columns
from unison_desktop.stations.devices import DeviceRow, device_columns, device_rows
from unison_desktop.stations.enrolment import EnrolmentDialog
from unison_desktop.stations.health import Concern
from unison_desktop.tables.table import Table

TICK = timedelta(seconds=10)
"""How often "2 min ago" is said anew."""
REPORTS = timedelta(seconds=3)
"""Each agent reports every few seconds: reports that come within this time are read together."""
_REPORTED = ("stations.agent.reported", "stations.agent.quarantined", "stations.device.changed")


class StationsPage(Page):
    """Agents above, the devices of the chosen one below."""

    topics: ClassVar[tuple[str, ...]] = ("stations.",)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._agents: list[AgentAnswer] = []
        self._stations: list[StationAnswer] = []
        self._devices: list[DeviceAnswer] = []
        self._reports: list[DeviceReport] = []
        self._chosen: UUID | None = None
        self._table = Table(
            agent_columns(desk.theme),
            _agent_id,
            desk.theme,
            title=_("Stations"),
            nothing=_("No PC is enrolled yet. “Enrol a PC…” makes the code for the first one."),
            parent=self,
        )
        self._devices_heading = QLabel(self)
        self._devices_heading.setFont(desk.theme.font(Type.HEADING))
        self._device_table = Table(
            device_columns(desk.theme),
            _device_row_id,
            desk.theme,
            title=_("Devices"),
            nothing=_("This PC has no devices."),
            parent=self,
        )
        self._splitter = QSplitter(Qt.Orientation.Vertical, self)
        self._lay_out()
        self.add_command(
            "agent.enrol",
            _("Enrol a PC…"),
            self._enrol,
            icon="plus",
            shortcuts="Ctrl+N",
            primary=True,
            needs="stations.agent.create",
        )
        self.add_command(
            "agent.new_code", _("New code…"), self._make_new_code, icon="key", needs="stations.agent.update"
        )
        self._tick = QTimer(self, interval=int(TICK.total_seconds() * 1000))
        self._tick.timeout.connect(self._show)
        self._tick.start()
        self._reported = QTimer(self, singleShot=True, interval=int(REPORTS.total_seconds() * 1000))
        self._reported.timeout.connect(self.reload)
        self._table.selection_told.connect(self._choose)
        for table in (self._table, self._device_table):
            table.failed.connect(self._on_export_failed)
            table.exported.connect(self._on_exported)
        desk.theme.changed.connect(self._show)
        self.set_title(_("Stations"), _("PCs on the shop floor"))

    def load(self) -> None:
        client = self.desk.session.client
        self.ask(calls.agents(client, owner=self), self._show_agents)
        self.ask(calls.stations(client, owner=self), self._show_stations)
        self.ask(calls.devices(client, owner=self), self._show_devices)
        self._load_reports()

    def on_change(self, change: Change) -> None:
        if change.topic not in _REPORTED:
            self.reload()
        elif not self._reported.isActive():
            self._reported.start()

    def save_layout(self) -> None:
        self._table.save_layout()
        self._device_table.save_layout()
        self.desk.layout.save_splitter(self._splitter, "stations")

    def _show_agents(self, agents: list[AgentAnswer]) -> None:
        self._agents = agents
        self._show()

    def _show_stations(self, stations: list[StationAnswer]) -> None:
        self._stations = stations
        self._show()

    def _show_devices(self, devices: list[DeviceAnswer]) -> None:
        self._devices = devices
        self._show_chosen()

    def _show_reports(self, reports: list[DeviceReport]) -> None:
        self._reports = reports
        self._show_chosen()

    def _show(self) -> None:
        now = self.desk.session.clock.now()
        rows = [AgentRow(agent, self._station_names(agent.id), now) for agent in self._agents]
        self._table.set_rows(sorted(rows, key=_name))
        concerned = sum(row.health.concern >= Concern.ATTENTION for row in rows)
        words = _("{all} PCs, {some} to look after") if concerned else _("{all} PCs, none to look after")
        self.set_title(_("Stations"), words.format(all=len(rows), some=concerned))
        self._show_chosen()

    def _show_chosen(self) -> None:
        agent = next((agent for agent in self._agents if agent.id == self._chosen), None)
        self._device_panel.setVisible(agent is not None)
        if agent is None:
            return
        self._devices_heading.setText(_("Devices of {name}").format(name=agent.name))
        stations = {station.id for station in self._stations if station.agent_id == agent.id}
        own = [device for device in self._devices if device.station_id in stations]
        self._device_table.set_rows(device_rows(own, self._reports))

    def _choose(self, ids: list[UUID]) -> None:
        self._chosen = ids[0] if ids else None
        self._reports = []
        self._load_reports()
        self._show_chosen()

    def _load_reports(self) -> None:
        if self._chosen is not None:
            self.ask(calls.device_reports(self.desk.session.client, self._chosen, owner=self), self._show_reports)

    def _enrol(self) -> None:
        self._open_enrolment(None)

    def _make_new_code(self) -> None:
        agent = next((agent for agent in self._agents if agent.id == self._chosen), None)
        if agent is None:
            self.desk.messages.say(_("Choose the PC that is to get a new code."))
        else:
            self._open_enrolment(agent)

    def _open_enrolment(self, agent: AgentAnswer | None) -> None:
        dialog = EnrolmentDialog(self.desk, agent, self)
        dialog.made.connect(self._on_made)
        dialog.open()

    def _on_made(self, answer: EnrolmentAnswer) -> None:
        self.desk.session.changes.announce("stations.agent.created", [answer.agent_id])

    def _on_export_failed(self, text: str) -> None:
        self.desk.messages.say(text, Tone.BAD)

    def _on_exported(self, path: object) -> None:
        self.desk.messages.say(_("Saved as {path}.").format(path=path), Tone.GOOD)

    def _station_names(self, agent_id: UUID) -> str:
        return ", ".join(sorted(station.name for station in self._stations if station.agent_id == agent_id))

    def _lay_out(self) -> None:
        self._device_panel = QWidget(self)
        below = QVBoxLayout(self._device_panel)
        below.setContentsMargins(0, 10, 0, 0)
        below.setSpacing(8)
        below.addWidget(self._devices_heading)
        below.addWidget(self._device_table, 1)
        self._splitter.addWidget(self._table)
        self._splitter.addWidget(self._device_panel)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setSizes([500, 300])
        self._device_panel.hide()
        self.set_content(self._splitter)
        self._table.remember(self.desk.layout, "stations.agents")
        self._device_table.remember(self.desk.layout, "stations.devices")
        self.desk.layout.restore_splitter(self._splitter, "stations")


def _agent_id(row: AgentRow) -> UUID:
    return row.agent.id


def _device_row_id(row: DeviceRow) -> tuple[UUID, UUID | None]:
    return row.id


def _name(row: AgentRow) -> str:
    return row.agent.name.casefold()
