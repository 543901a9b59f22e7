"""A station with a press that has signals, a bench without any, and reasons for both."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

from unison_domain.stations.configuration import (
    AgentConfiguration,
    DeviceConfiguration,
    MachineConfiguration,
    ReasonConfiguration,
    SignalRole,
    StationConfiguration,
)

from tests.station_agent.configurations import MACHINE, SPACE, STATION, configuration, device, machine_tags, tag

BENCH = uuid5(SPACE, "bench")
OTHER_STATION = uuid5(SPACE, "other station")


def reason_id(name: str) -> UUID:
    """The id of the reason of this name."""
    return uuid5(SPACE, f"reason {name}")


def reason(number: int, name: str, parent: str | None = None, *machine_types: str) -> ReasonConfiguration:
    """One of the tree."""
    parent_id = None if parent is None else reason_id(parent)
    return ReasonConfiguration(
        id=reason_id(name), parent_id=parent_id, number=number, name=name, machine_types=machine_types
    )


REASONS = (
    reason(100, "Failure"),
    reason(110, "Mechanical", "Failure"),
    reason(111, "Spindle", "Mechanical"),
    reason(112, "Hydraulics", "Mechanical", "press"),
    reason(120, "Electrical", "Failure"),
    reason(121, "Sensor", "Electrical"),
    reason(122, "Drive", "Electrical"),
    reason(200, "Tool change"),
    reason(300, "Material"),
    reason(310, "No material", "Material"),
    reason(311, "Wrong material", "Material"),
    reason(400, "Waiting for inspection"),
    reason(500, "Nobody here"),
    reason(800, "Break"),
    reason(810, "Glue pot empty", None, "bench"),
)


def shop(port: int | None = None, **more: Any) -> AgentConfiguration:
    """The configuration; without a port the press has no device, so no signals either."""
    press: tuple[DeviceConfiguration, ...] = ()
    if port is not None:
        scrap = tag("press", "scrap", 4, role=SignalRole.COUNT_SCRAP, machine_id=MACHINE)
        press = (device("press", port, *machine_tags("press"), scrap),)
    base = configuration(*press)
    machines = (
        base.machines[0].model_copy(
            update={"code": "P1", "name": "Press 1", "machine_type": "press", "micro_stop_seconds": 0.0}
        ),
        MachineConfiguration(id=BENCH, station_id=STATION, code="B1", name="Glue bench", machine_type="bench"),
    )
    stations = (
        StationConfiguration(id=STATION, code="S1", name="Hall 1, press line", time_zone="Europe/Berlin"),
        StationConfiguration(id=OTHER_STATION, code="S/2 ü", name="Hall <2>"),
    )
    given = {"stations": stations, "machines": machines, "reasons": REASONS, **more}
    return base.model_copy(update=given)
