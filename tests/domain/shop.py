"""Short ways to make tags, machines, moments and readings for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from unison_domain.stations.configuration import DeviceConfiguration, MachineConfiguration, TagConfiguration
from unison_domain.stations.events import Quality
from unison_domain.stations.readings import Moment, Reading, Value

NAMESPACE = UUID("00000000-0000-0000-0000-0000000000aa")
DEVICE = uuid5(NAMESPACE, "device")
MACHINE = uuid5(NAMESPACE, "machine")
START = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)


def moment(seconds: float, clock_ahead: float = 0.0) -> Moment:
    """So many seconds after the start, with a wall clock that may be wrong."""
    return Moment(START + timedelta(seconds=seconds + clock_ahead), 1000.0 + seconds)


def tag(name: str = "tag", **fields: Any) -> TagConfiguration:
    """A tag of the test machine: a uint16 holding register at 0 unless said otherwise."""
    defaults = {"table": "holding_register", "address": 0, "type": "uint16", "machine_id": MACHINE}
    return TagConfiguration.model_validate(
        {"id": uuid5(NAMESPACE, name), "device_id": DEVICE, "name": name, **defaults, **fields}
    )


def device(*tags: TagConfiguration, **fields: Any) -> DeviceConfiguration:
    """A device with these tags."""
    ids = {"id": DEVICE, "station_id": NAMESPACE, "name": "slave", "host": "127.0.0.1"}
    return DeviceConfiguration.model_validate({**ids, "tags": tags, **fields})


def machine(**fields: Any) -> MachineConfiguration:
    """The test machine."""
    return MachineConfiguration.model_validate({"id": MACHINE, "code": "M1", "name": "Machine 1", **fields})


def read(of: TagConfiguration, value: Value, seconds: float, quality: Quality = Quality.GOOD, **at: float) -> Reading:
    """A reading whose raw number is its value."""
    raw = int(value) if isinstance(value, bool) else value
    return Reading(of.id, value, raw, quality, None, *moment(seconds, **at))


def missed(of: TagConfiguration, seconds: float, reason: str = "no reply within 0.5 s") -> Reading:
    """A reading that gave nothing."""
    return Reading(of.id, None, None, Quality.STALE, reason, *moment(seconds))
