"""The stations page: every PC of the shop floor, how it is, and what its devices say."""

from __future__ import annotations

from datetime import timedelta, tzinfo
from functools import partial
from typing import ClassVar
from uuid import UUID

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget
from unison_domain.sites.contracts import PlantAnswer
from unison_domain.stations.contracts import AgentAnswer, AgentState, DeviceAnswer, EnrolmentAnswer, StationAnswer
from unison_domain.stations.peripheral_contracts import PeripheralAnswer

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.contact import Contact, ContactBar
from unison_desktop.frame.desk import Desk
from unison_desktop.frame.page import Page
from unison_desktop.frame.place import Place
from unison_desktop.frame.plant_rights import against_all
from unison_desktop.kernel.changes import Change
from unison_desktop.kernel.errors import ApiError
from unison_desktop.kernel.own_clock import own_zone
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.time_zones import zones_of
from unison_desktop.sites.calls import plants
from unison_desktop.stations import calls
from unison_desktop.stations.columns import AgentRow, agent_columns
from unison_desktop.stations.enrolment import EnrolmentDialog
from unison_desktop.stations.health import Concern
from unison_desktop.stations.panel import AgentPanel
from unison_desktop.stations.peripherals.calls import peripherals
from unison_desktop.stations.renaming import AgentDialog
from unison_desktop.stations.revoking import RevokeQuestion
from unison_desktop.tables.table import Table

TICK = timedelta(seconds=10)
"""How often "2 min ago" is said anew."""
REPORTS = timedelta(seconds=3)
"""Each agent reports every few seconds: reports that come within this time are read together."""
_REPORTED = (
    "stations.agent.reported",
    "stations.agent.incident_told",
    "stations.agent.quarantined",
    "stations.agent.quarantine_decided",
    "stations.device.changed",
)


class StationsPage(Page):
    """Agents above, all about the chosen one below."""

    topics: ClassVar[tuple[str, ...]] = ("stations.",)

    def __init__(self, desk: Desk, place: Place, parent: QWidget | None = None) -> None:
        super().__init__(desk, place, parent)
        self._agents: list[AgentAnswer] = []
        self._stations: list[StationAnswer] = []
        self._devices: list[DeviceAnswer] = []
        self._peripherals: list[PeripheralAnswer] = []
        self._plants: dict[UUID, PlantAnswer] = {}
        self._zones: dict[UUID, tzinfo] = {}
        self._chosen: UUID | None = None
        self._wanted = place.argument
        self._table = Table(
            agent_columns(desk.theme),
            _agent_id,
            desk.theme,
            title=_("Stations"),
            nothing=_("No PC is enrolled yet. “Enrol a PC…” makes the code for the first one."),
            parent=self,
        )
        self._panel = AgentPanel(desk, self)
        self.contact = Contact(desk.session, self)
        self.contact.changed.connect(self._on_contact)
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
        change = partial(self.add_command, against=self._against_change)
        change("agent.edit", _("Edit…"), self._edit, shortcuts="F2")
        change("agent.new_code", _("New code…"), self._make_new_code, icon="key")
        change("agent.revoke", _("Revoke…"), self._ask_revoke, icon="close")
        self.add_command(
            "agent.overrides", _("Overrides"), self._go_to_overrides, shortcuts="F7", needs="stations.override.read"
        )
        self._tick = QTimer(self, interval=int(TICK.total_seconds() * 1000))
        self._tick.timeout.connect(self._show)
        self._tick.start()
        self._reported = QTimer(self, singleShot=True, interval=int(REPORTS.total_seconds() * 1000))
        self._reported.timeout.connect(self.reload)
        self._table.selection_told.connect(self._choose)
        for table in (self._table, *self._panel.tables):
            table.failed.connect(self._on_export_failed)
            table.exported.connect(self._on_exported)
        desk.theme.changed.connect(self._show)
        self.set_title(_("Stations"), _("PCs on the shop floor"))

    def load(self) -> None:
        client = self.desk.session.client
        self.ask(calls.agents(client, owner=self), self._show_agents)
        self.ask(calls.stations(client, owner=self), self._show_stations)
        self.ask(calls.devices(client, owner=self), self._show_devices)
        if self.desk.session.may("stations.peripheral.read"):
            self.ask(peripherals(client, owner=self), self._show_peripherals)
        if self.desk.session.may("sites.plant.read"):
            self.ask(plants(client, owner=self), self._show_plants)
        self._panel.load()

    def read_again(self) -> None:
        self.reload()
        self._panel.ask_pc()

    def on_change(self, change: Change) -> None:
        if change.topic not in _REPORTED:
            self.reload()
        elif not self._reported.isActive():
            self._reported.start()

    def save_layout(self) -> None:
        self._table.save_layout()
        self._panel.save_layout()
        self.desk.layout.save_splitter(self._splitter, "stations")

    def _show_agents(self, agents: list[AgentAnswer]) -> None:
        self._agents = agents
        self.contact.renewed()
        self._show()
        wanted = [agent.id for agent in agents if str(agent.id) == self._wanted]
        if wanted:
            self._wanted = ""  # from now on the person chooses
            self._table.view.select_ids(wanted)
            self._choose(wanted)

    def _show_stations(self, stations: list[StationAnswer]) -> None:
        self._stations = stations
        self._show()

    def _show_devices(self, devices: list[DeviceAnswer]) -> None:
        self._devices = devices
        self._show_chosen()

    def _show_peripherals(self, found: list[PeripheralAnswer]) -> None:
        self._peripherals = found
        self._show_chosen()

    def _show_plants(self, known: list[PlantAnswer]) -> None:
        self._plants = {plant.id: plant for plant in known}
        self._zones = zones_of(known)
        self._show_chosen()

    def _show(self) -> None:
        now = self.contact.now()
        rows = [AgentRow(agent, self._station_names(agent.id), now) for agent in self._agents]
        self._table.set_rows(sorted(rows, key=_name))
        concerned = sum(row.health.concern >= Concern.ATTENTION for row in rows)
        pcs = _("1 PC") if len(rows) == 1 else _("{n} PCs").format(n=len(rows))
        care = _("{n} to look after").format(n=concerned) if concerned else _("none to look after")
        self.set_title(_("Stations"), f"{pcs}, {care}")
        self._show_chosen()

    def _on_contact(self) -> None:
        """Without a connection nobody knows how PCs are now: silence is the server's to tell, not ours to guess."""
        stale = self.contact.as_of is not None
        for table in (self._table, *self._panel.tables):
            table.view.set_stale(stale)
        self._show()

    def _show_chosen(self) -> None:
        stations = {station.id for station in self._stations if station.agent_id == self._chosen}
        own = [device for device in self._devices if device.station_id in stations]
        beside = [one for one in self._peripherals if one.station_id in stations]
        now = self.contact.now()
        used = self._plants_of_chosen()
        clocks = {now.astimezone(zone).utcoffset(): zone for zone in map(self._zones.get, used)}
        zone = next(iter(clocks.values())) if len(clocks) == 1 else own_zone()
        self._panel.show_agent(self._chosen_agent(), own, now, zone, beside, self._known_plants())
        self.guard()

    def _plants_of_chosen(self) -> set[UUID]:
        return {
            station.plant_id
            for station in self._stations
            if self._chosen is not None and station.agent_id == self._chosen
        }

    def _known_plants(self) -> list[PlantAnswer]:
        known = (self._plants.get(plant_id) for plant_id in self._plants_of_chosen())
        return sorted((plant for plant in known if plant is not None), key=lambda plant: plant.code)

    def _against_change(self) -> str:
        """A PC is changed by who may in every plant it serves."""
        return against_all(self.desk.session, "stations.agent.update", self._known_plants())

    def _choose(self, ids: list[UUID]) -> None:
        self._chosen = ids[0] if ids else None
        self._show_chosen()

    def _enrol(self) -> None:
        self._open_enrolment(None)

    def _edit(self) -> None:
        if (agent := self._chosen_agent()) is None:
            self.desk.messages.say(_("Choose the PC that is to get another name or note."))
            return
        dialog = AgentDialog(self.desk, agent, self)
        dialog.saved.connect(self._on_saved)
        dialog.open()

    def _on_saved(self, agent: AgentAnswer) -> None:
        self.desk.session.changes.announce("stations.agent.updated", [agent.id])

    def _make_new_code(self) -> None:
        if (agent := self._chosen_agent()) is None:
            self.desk.messages.say(_("Choose the PC that is to get a new code."))
        else:
            self._open_enrolment(agent)

    def _go_to_overrides(self) -> None:
        self.go.emit(Place("overrides"))

    def _ask_revoke(self) -> None:
        agent = self._chosen_agent()
        if agent is None:
            self.desk.messages.say(_("Choose the PC that is to lose its access."))
        elif agent.state is AgentState.REVOKED:
            self.desk.messages.say(_("{name} has no access any more.").format(name=agent.name))
        else:
            question = RevokeQuestion(agent, self.desk.theme, self)
            question.confirmed.connect(self._revoke)
            question.open()

    def _revoke(self, agent: AgentAnswer) -> None:
        call = calls.revoke(self.desk.session.client, agent, owner=self)
        call.done.connect(self._on_revoked)
        call.failed.connect(self._on_not_revoked)

    def _on_not_revoked(self, error: ApiError) -> None:
        """Somebody may have changed it meanwhile: what is asked next is asked of what is there now."""
        self.desk.messages.say(error.message, Tone.BAD)
        self.reload()

    def _on_revoked(self, agent: AgentAnswer) -> None:
        self.desk.messages.say(_("{name} has no access any more.").format(name=agent.name), Tone.GOOD)
        self.desk.session.changes.announce("stations.agent.revoked", [agent.id])

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

    def _chosen_agent(self) -> AgentAnswer | None:
        return next((agent for agent in self._agents if agent.id == self._chosen), None)

    def _station_names(self, agent_id: UUID) -> str:
        return ", ".join(sorted(station.name for station in self._stations if station.agent_id == agent_id))

    def _lay_out(self) -> None:
        self._splitter.addWidget(self._table)
        self._splitter.addWidget(self._panel)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setSizes([350, 450])
        content = QWidget(self)
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(ContactBar(self.contact, self.desk.theme, self))
        column.addWidget(self._splitter, 1)
        self.set_content(content)
        self._table.remember(self.desk.layout, "stations.agents")
        self.desk.layout.restore_splitter(self._splitter, "stations")


def _agent_id(row: AgentRow) -> UUID:
    return row.agent.id


def _name(row: AgentRow) -> str:
    return row.agent.name.casefold()
