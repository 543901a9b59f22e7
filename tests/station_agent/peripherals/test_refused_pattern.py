"""A stored pattern that is refused by now stops nothing else, and its instrument says why it rests."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid5

import pytest
from unison_domain.kernel.written_pattern import STORED
from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.gauge_settings import GaugeFormat, GaugeSettings
from unison_domain.stations.peripherals import CameraConfiguration, PeripheralConfiguration
from unison_station.agent import Agent

from tests.station_agent.configurations import SPACE, STATION
from tests.station_agent.peripherals.station import DIAMETER, gauge, station
from tests.station_agent.waiting import until

AHEAD = r"(?=ST)(?P<value>.+)"
GAUGE = gauge("/dev/none", GaugeFormat.PATTERN, DIAMETER, pattern=AHEAD)
CAMERA = CameraConfiguration(
    id=uuid5(SPACE, "eye"),
    station_id=STATION,
    name="eye",
    source="/srv/none",
    expected=({"name": "part", "pattern": AHEAD},),
)


@pytest.mark.parametrize("peripheral", [GAUGE, CAMERA], ids=["gauge", "camera"])
def test_it_says_why_it_is_not_used(tmp_path: Path, peripheral: PeripheralConfiguration) -> None:
    told = AgentConfiguration.model_validate_json(station(peripheral).model_dump_json())
    with Agent(tmp_path, configuration=told) as agent:
        until(lambda: [one.state for one in agent.peripherals.reports] == ["refused"])
        assert "looks around itself" in (agent.peripherals.reports[0].message or "")


def test_what_is_stored_is_read_and_what_is_written_is_refused() -> None:
    given = GAUGE.model_dump(mode="json", exclude={"id", "station_id"})
    assert GaugeSettings.model_validate(given, context=STORED).pattern == AHEAD
    with pytest.raises(ValueError, match="looks around itself"):
        GaugeSettings.model_validate(given)
