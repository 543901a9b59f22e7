"""A load on a scale that is asked on a beat counts once, through new starts and changed settings."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.stations.gauge_settings import GaugeChannel, GaugeFormat
from unison_domain.stations.scale_load import Load
from unison_station.agent import Agent
from unison_station.peripherals.loads import Loads
from unison_station.simulate.instruments import Scale

from tests.station_agent.peripherals import killed_weighing
from tests.station_agent.peripherals.killed_weighing import WEIGHED, scale_at
from tests.station_agent.peripherals.station import DIAMETER, WEIGHT, refusals, states, station, values
from tests.station_agent.waiting import until
from tests.station_agent.warm import Child

MEASURED = (
    GaugeChannel(channel="x", characteristic_id=WEIGHT),
    GaugeChannel(channel="y", characteristic_id=WEIGHT),
    GaugeChannel(channel=None, characteristic_id=DIAMETER),
)
VALUES = st.none() | st.decimals(allow_nan=False, allow_infinity=False)


@pytest.fixture
def scale(tmp_path: Path) -> Iterator[Scale]:
    device = Scale(tmp_path / "scale", swing_seconds=0.0)
    device.cable.plug()
    yield device
    device.cable.unplug()


def looked(scale: Scale) -> None:
    """Until what lies there now was seen some times."""
    asked = scale.asked
    until(lambda: scale.asked > asked + 5)


def says(child: Child) -> bool:
    return WEIGHED in child.lines


def test_killed_after_a_load_was_weighed_it_is_not_weighed_again(tmp_path: Path, scale: Scale) -> None:
    folder = tmp_path / "agent"
    for loads in (1, 2, 3):
        scale.load(Decimal(100 * loads).quantize(Decimal("0.01")))
        with Child(tmp_path / f"said-{loads}", killed_weighing.main, folder, scale.cable.link, loads) as child:
            until(partial(says, child))
            child.end(signal.SIGKILL)
    with Agent(folder, configuration=station(scale_at(scale.cable.link))) as agent:
        until(lambda: states(agent) == ["online"])
        looked(scale)
        assert values(agent) == ["100.00", "200.00", "300.00"]


def test_what_was_taken_off_before_a_new_start_counts_when_it_comes_back(tmp_path: Path, scale: Scale) -> None:
    configuration = station(scale_at(scale.cable.link))
    scale.load(Decimal("100.00"))
    with Agent(tmp_path / "agent", configuration=configuration) as agent:
        until(lambda: values(agent) == ["100.00"])
        scale.load(Decimal("0.00"))
        looked(scale)
    scale.load(Decimal("100.00"))
    with Agent(tmp_path / "agent", configuration=configuration) as agent:
        until(lambda: values(agent) == ["100.00", "100.00"])


def test_saved_settings_weigh_nothing_again(tmp_path: Path, scale: Scale) -> None:
    before = scale_at(scale.cable.link)
    scale.load(Decimal("100.00"))
    with Agent(tmp_path / "agent", configuration=station(before)) as agent:
        until(lambda: values(agent) == ["100.00"])
        first = agent.peripherals.find(before.id)
        agent.engine.configure(station(before.model_copy(update={"name": "other"}), version=2))
        until(lambda: agent.peripherals.find(before.id) is not first and states(agent) == ["online"])
        looked(scale)
        assert values(agent) == ["100.00"]


def test_where_loads_do_not_count_none_is_remembered(tmp_path: Path, scale: Scale) -> None:
    weighs = scale_at(scale.cable.link)
    by_hand = weighs.model_copy(update={"poll_seconds": None})
    scale.load(Decimal("100.00"))
    with Agent(tmp_path / "agent", configuration=station(weighs)) as agent:
        until(lambda: values(agent) == ["100.00"])
        agent.engine.configure(station(by_hand, version=2))
        until(lambda: agent.store.load_state()[f"gauge:{weighs.id}"] == b"[]")
        agent.engine.configure(station(weighs, version=3))
        until(lambda: values(agent) == ["100.00", "100.00"])


def test_a_scale_below_zero_is_told_once(tmp_path: Path, scale: Scale) -> None:
    scale.load(Decimal("-50.00"))
    told = []
    for _ in range(2):
        with Agent(tmp_path / "agent", configuration=station(scale_at(scale.cable.link))) as agent:
            until(lambda: states(agent) == ["online"])
            looked(scale)
            told.append([words.partition(",")[0] for words in refusals(agent)])
            assert values(agent) == []
    assert told == [["mt_sics rests at -50.00 g"], []], "another start tells it no more"


def test_two_channels_of_one_characteristic_have_a_load_each(tmp_path: Path, scale: Scale) -> None:
    both = scale_at(scale.cable.link).model_copy(
        update={
            "format": GaugeFormat.PATTERN,
            "pattern": r"S (?P<status>S) +(?P<value_x>\d+)(?P<value_y>\.\d+) g",
            "stable_statuses": ("S",),
            "poll": "530d0a",
            "channels": MEASURED[:2],
        }
    )
    scale.load(Decimal("200.50"))
    with Agent(tmp_path / "agent", configuration=station(both)) as agent:
        until(lambda: len(values(agent)) >= 2)
        looked(scale)
        assert values(agent) == ["200", "0.50"]


@given(st.dictionaries(st.sampled_from(["x", "y", None]), st.builds(Load, VALUES, st.booleans(), VALUES)))
def test_loads_come_back_as_they_were(known: dict[str | None, Load]) -> None:
    loads = Loads()
    for channel, load in known.items():
        loads = loads.having(channel, load)
    assert Loads.load(loads.dump(MEASURED), MEASURED) == loads


def test_a_channel_that_measures_something_else_has_nothing_on_it_and_nobody_reads_what_is_damaged() -> None:
    loads = Loads().having("x", Load(Decimal(5))).having("y", Load(Decimal(6)))
    changed = (GaugeChannel(channel="x", characteristic_id=DIAMETER), MEASURED[1])
    assert Loads.load(loads.dump(MEASURED), changed).channels == {"y": Load(Decimal(6))}
    assert Loads.load(b"{", MEASURED) == Loads.load(None, MEASURED) == Loads()
