"""A station with instruments, made in one line, and what came of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import orjson
from unison_domain.quality.contracts import CharacteristicConfiguration
from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.gauge_settings import GaugeChannel, GaugeFormat
from unison_domain.stations.peripherals import GaugeConfiguration, PeripheralConfiguration, ScannerConfiguration
from unison_domain.stations.serial_settings import SerialSettings
from unison_station.agent import Agent
from unison_station.store import Store

from tests.station_agent.configurations import SPACE, STATION, configuration

DIAMETER, WEIGHT = uuid5(SPACE, "diameter"), uuid5(SPACE, "weight")
CHARACTERISTICS = (
    CharacteristicConfiguration(id=DIAMETER, plant_id=SPACE, name="Diameter", unit="mm", lsl="11.9", usl="12.1"),
    CharacteristicConfiguration(id=WEIGHT, plant_id=SPACE, name="Weight", unit="g"),
)


def scanner(port: Path | str, name: str = "scanner", **more: Any) -> ScannerConfiguration:
    """A serial scanner at the station, set as scanners come."""
    serial = SerialSettings(port=str(port))
    return ScannerConfiguration(id=uuid5(SPACE, name), station_id=STATION, name=name, serial=serial, **more)


def gauge(
    port: Path | str, format_: GaugeFormat, measures: UUID, channel: str | None = None, **more: Any
) -> GaugeConfiguration:
    """A gauge at the station whose one channel measures one characteristic."""
    return GaugeConfiguration(
        id=uuid5(SPACE, format_),
        station_id=STATION,
        name=format_,
        serial=SerialSettings(port=str(port)),
        format=format_,
        channels=(GaugeChannel(channel=channel, characteristic_id=measures),),
        **more,
    )


def station(*peripherals: PeripheralConfiguration, version: int = 1) -> AgentConfiguration:
    """An agent with these at its one station."""
    return configuration(version=version).model_copy(
        update={"peripherals": peripherals, "characteristics": CHARACTERISTICS}
    )


def taken(source: Agent | Store, kind: str) -> list[dict[str, Any]]:
    """Events of one kind that are on disk, oldest first."""
    store = source.store if isinstance(source, Agent) else source
    return [orjson.loads(row.body) for row in store.outgoing.pending(10**6, 1 << 40) if row.kind == kind]


def scans(source: Agent | Store) -> list[str]:
    """Texts that were scanned."""
    return [event["text"] for event in taken(source, "scan_taken")]


def values(source: Agent | Store) -> list[str]:
    """Values that were measured, as they are kept."""
    return [event["value"] for event in taken(source, "reading_taken")]


def refusals(agent: Agent) -> list[str]:
    """Why something was not taken, oldest first."""
    return [refusal.words for refusal in agent.desk.refusals]


def states(agent: Agent) -> list[str]:
    """How the peripherals fare."""
    return [report.state.value for report in agent.peripherals.reports]
