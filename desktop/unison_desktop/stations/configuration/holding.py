"""What is configured, as it was read, and how it hangs together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import TypeVar
from uuid import UUID

from unison_domain.machines.contracts import MachineAnswer
from unison_domain.sites.contracts import PlantAnswer
from unison_domain.stations.contracts import (
    AgentAnswer,
    AgentState,
    DeviceAnswer,
    DeviceReport,
    StationAnswer,
    TagAnswer,
)
from unison_domain.stations.events import DeviceState

from unison_desktop.frame.colours import Tone
from unison_desktop.frame.outline import Node
from unison_desktop.kernel.moments import moment_text
from unison_desktop.kernel.texts import _
from unison_desktop.kernel.time_zones import zones_of

Thing = TypeVar("Thing", AgentAnswer, StationAnswer, DeviceAnswer)

NOWHERE = "agent/"
"""Key of the node with stations no PC serves."""

_FIRST_MOMENT = 1_000_000_000_000
"""Smaller configuration versions are no moments."""

NO_TAGS = _("There is no tag yet. “New”, then “New tag…” (Ctrl+N) makes the first, a template makes many at once.")
_NO_PC = _("There is no PC yet: “Enrol a PC…” under Stations brings the first one in.")
_NO_STATION = _("There is no station here yet. “New”, then “New station…”: the workplace; its devices come next.")
_CHOOSE_STATION = _("There is no device here yet. Choose a station, then “New”, “New device…”.")
_NO_DEVICES = _("There is no device here yet. “New”, then “New device…” or “Device from a template…”.")

_LOOKS = {
    DeviceState.ONLINE: ("device", Tone.GOOD),
    DeviceState.DEGRADED: ("warning", Tone.WARNING),
    DeviceState.OFFLINE: ("error", Tone.BAD),
}


@dataclass
class Holding:
    """All lists of the configuration page."""

    agents: list[AgentAnswer] = field(default_factory=list)
    stations: list[StationAnswer] = field(default_factory=list)
    devices: list[DeviceAnswer] = field(default_factory=list)
    tags: list[TagAnswer] = field(default_factory=list)
    machines: list[MachineAnswer] = field(default_factory=list)
    plants: list[PlantAnswer] = field(default_factory=list)
    reports: dict[UUID, DeviceReport] = field(default_factory=dict)
    """How devices answer, by their id."""

    def agent(self, key: str) -> AgentAnswer | None:
        """The PC a node is, or belongs to."""
        kind, _slash, id_ = key.partition("/")
        if kind == "agent":
            return _found(self.agents, id_)
        station = self.station(key)
        return None if station is None else _found(self.agents, str(station.agent_id))

    def station(self, key: str) -> StationAnswer | None:
        """The workplace a node is, or belongs to."""
        kind, _slash, id_ = key.partition("/")
        if kind == "station":
            return _found(self.stations, id_)
        device = self.device(key)
        return None if device is None else _found(self.stations, str(device.station_id))

    def device(self, key: str) -> DeviceAnswer | None:
        """The device a node is."""
        kind, _slash, id_ = key.partition("/")
        return _found(self.devices, id_) if kind == "device" else None

    def devices_below(self, key: str) -> list[DeviceAnswer]:
        """The device a node is, or those that belong to it."""
        kind, _slash, id_ = key.partition("/")
        if kind == "device":
            return [device for device in self.devices if str(device.id) == id_]
        if kind == "station":
            return [device for device in self.devices if str(device.station_id) == id_]
        of_agent = {station.id for station in self.stations if str(station.agent_id or "") == id_}
        return [device for device in self.devices if device.station_id in of_agent]

    def on_line_of(self, device: DeviceAnswer) -> list[DeviceAnswer]:
        """The other devices of the same PC that share the line of one."""
        station = self.station(f"station/{device.station_id}")
        if station is None:
            return []
        key = f"agent/{station.agent_id}" if station.agent_id else f"station/{station.id}"
        return [one for one in self.devices_below(key) if one.line == device.line and one.id != device.id]

    def agent_of(self, device: DeviceAnswer) -> AgentAnswer | None:
        """The PC that reads a device."""
        return self.agent(f"device/{device.id}")

    def likely_machine(self, device: DeviceAnswer) -> str | None:
        """The machine a new tag of this device is most likely of: that of its other tags, or of its station."""
        of_device = {tag.machine_id for tag in self.tags if tag.device_id == device.id and tag.machine_id}
        if not of_device:
            return self.likely_machine_at(device.station_id)
        return str(next(iter(of_device))) if len(of_device) == 1 else None

    def likely_machine_at(self, station_id: UUID) -> str | None:
        """The only machine of a station."""
        at_station = [machine.id for machine in self.machines if machine.station_id == station_id]
        return str(at_station[0]) if len(at_station) == 1 else None

    def likely_station(self, key: str) -> str | None:
        """The station a new device is at: that of the node, or the only one of the PC; None where that is not known."""
        kind, _slash, id_ = key.partition("/")
        of_agent = [one for one in self.stations if kind == "agent" and str(one.agent_id or "") == id_]
        station = of_agent[0] if len(of_agent) == 1 else self.station(key)
        return None if station is None else str(station.id)

    def likely_plant(self, agent: AgentAnswer | None) -> str | None:
        """The plant of a PC's stations, or the only plant; a new station stays in its plant, so it is never guessed."""
        of_agent = {one.plant_id for one in self.stations if agent is not None and one.agent_id == agent.id}
        likely = of_agent or {one.id for one in self.plants}
        return str(next(iter(likely))) if len(likely) == 1 else None

    def agents_in_use(self) -> list[AgentAnswer]:
        """The PCs that read, or will once they are enrolled."""
        return [one for one in self.agents if one.is_active and one.state is not AgentState.REVOKED]

    def nodes(self) -> list[Node]:
        """PCs with their stations with their devices."""
        agents = self.agents_in_use()
        known = {agent.id for agent in agents}
        alone = any(station.agent_id not in known for station in self.stations)
        found = [Node(f"agent/{agent.id}", agent.name, "stations") for agent in _by_name(agents)]
        if alone:
            found.append(Node(NOWHERE, _("Without a PC"), "offline"))
        for station in _by_name(self.stations):
            under = f"agent/{station.agent_id}" if station.agent_id in known else NOWHERE
            found.append(Node(f"station/{station.id}", station.name, "machines", under, hint=station.code))
        for device in _by_name(self.devices):
            report = self.reports.get(device.id)
            icon, tone = _LOOKS.get(report.state, ("device", None)) if report else ("device", None)
            hint = f"{device.line_words} #{device.unit_id}"
            found.append(Node(f"device/{device.id}", device.name, icon, f"station/{device.station_id}", tone, hint))
        return found

    def names(self) -> dict[str, str]:
        """What people call all these things."""
        devices = {str(one.id): one.name for one in self.devices}
        return devices | self.machine_names() | self.plant_names() | self.agent_names() | self.station_names()

    def machine_names(self) -> dict[str, str]:
        """Machines for choosing."""
        return {str(one.id): f"{one.machine_code} {one.name}" for one in self.machines}

    def machine_choices(self, station_id: UUID, kept: UUID | None = None) -> dict[str, str]:
        """The machines a tag at a station may be of: those of the station first, then the others of its plant.

        `kept` is that of the tag that is changed, wherever it stands.
        """
        plant = next((one.plant_id for one in self.stations if one.id == station_id), None)
        devices = {one.id for one in self.devices if one.station_id == station_id}
        of_tags = {tag.machine_id for tag in self.tags if tag.device_id in devices}
        fitting = (one for one in self.machines if plant in (None, one.plant_id) or one.id == kept)
        first = sorted(fitting, key=lambda one: one.station_id != station_id and one.id not in of_tags)
        names = self.machine_names()
        return {str(one.id): names[str(one.id)] for one in first}

    def plant(self, id_: UUID) -> PlantAnswer | None:
        """The plant, where it is known."""
        return next((one for one in self.plants if one.id == id_), None)

    def zone_at(self, device: DeviceAnswer) -> tzinfo | None:
        """The clock of the plant a device is in; None where it is not known."""
        station = self.station(f"station/{device.station_id}")
        return None if station is None else zones_of(self.plants).get(station.plant_id)

    def plant_names(self) -> dict[str, str]:
        """Plants for choosing."""
        return {str(one.id): one.name for one in self.plants}

    def agent_names(self) -> dict[str, str]:
        """PCs for choosing."""
        return {str(one.id): one.name for one in self.agents if one.state is not AgentState.REVOKED}

    def station_names(self) -> dict[str, str]:
        """Workplaces for choosing."""
        return {str(one.id): one.name for one in self.stations}


def nothing_words(holding: Holding, key: str) -> str:
    """What is made next where a node has no tags: a PC has stations, a station devices, a device tags."""
    if holding.devices_below(key):
        return NO_TAGS
    if holding.station(key) is not None:
        return _NO_DEVICES
    if not holding.agents and not holding.stations:
        return _NO_PC
    agent = holding.agent(key)
    has_station = any(agent is None or one.agent_id == agent.id for one in holding.stations)
    return _CHOOSE_STATION if has_station else _NO_STATION


def no_device_words(holding: Holding, key: str) -> str:
    """What is to be chosen or made before a tag is, where the device it would be in is not known."""
    return _("Choose the device the tag is in.") if holding.devices_below(key) else nothing_words(holding, key)


def drift_words(agent: AgentAnswer) -> str:
    """Whether the PC does what it is told: its configuration, and the one it should have."""
    if agent.configuration_version == 0:
        return _("has nothing to read yet")
    wanted = version_words(agent.configuration_version)
    if agent.configuration_running is None:
        return _("has no configuration yet; the newest is {wanted}").format(wanted=wanted)
    if agent.configuration_running == agent.configuration_version:
        return _("runs the newest configuration, {wanted}").format(wanted=wanted)
    running = version_words(agent.configuration_running)
    return _("runs {running}, and not yet the newest, {wanted}").format(running=running, wanted=wanted)


def version_words(version: int) -> str:
    """A version is the millisecond of its change."""
    if version < _FIRST_MOMENT:
        return _("version {n}").format(n=version)
    return _("that of {time}").format(time=moment_text(datetime.fromtimestamp(version / 1000, UTC).astimezone()))


def _found(things: Iterable[Thing], id_: str) -> Thing | None:
    return next((one for one in things if str(one.id) == id_), None)


def _by_name(things: Iterable[Thing]) -> list[Thing]:
    return sorted(things, key=_name)


def _name(thing: AgentAnswer | StationAnswer | DeviceAnswer) -> str:
    return thing.name.casefold()
