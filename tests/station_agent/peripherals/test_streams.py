"""A scale or gauge that sends by itself, ten values a second, is nobody's hand."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from unison_domain.stations.gauge_settings import GaugeFormat
from unison_station.agent import Agent
from unison_station.peripherals.streams import PRESSES, Streams
from unison_station.simulate.instruments import Caliper, Scale

from tests.station_agent.peripherals.station import DIAMETER, WEIGHT, gauge, refusals, states, station, values
from tests.station_agent.waiting import until


@pytest.fixture
def scale(tmp_path: Path) -> Iterator[Scale]:
    device = Scale(tmp_path / "scale", swing_seconds=0.0)
    device.cable.plug()
    yield device
    device.cable.unplug()


def test_a_scale_that_streams_gives_one_value_for_each_load(tmp_path: Path, scale: Scale) -> None:
    configured = gauge(scale.cable.link, GaugeFormat.MT_SICS, WEIGHT)
    by_hand = ["100.00"] * (PRESSES - 1)

    def streams(weight: str) -> None:
        scale.load(Decimal(weight))
        for _ in range(2 * PRESSES):
            scale.cable.send(b"S D    155.00 g\r\n")
            scale.print_value()

    with Agent(tmp_path / "data", configuration=station(configured)) as agent:
        until(lambda: states(agent) == ["online"])
        scale.load(Decimal("100.00"))
        for _ in range(2 * PRESSES):
            scale.print_value()
        streams("200.00")
        until(lambda: values(agent) == [*by_hand, "200.00"])
        assert refusals(agent) == [], "a load that swings in a stream is nothing anybody did"
    with Agent(tmp_path / "data", configuration=station(configured)) as agent:
        until(lambda: states(agent) == ["online"])
        streams("200.00")
        streams("300.00")
        until(lambda: values(agent)[-1] == "300.00")
        assert values(agent) == [*by_hand, "200.00", "300.00"], (
            "another start knows that it streams, and what lay there"
        )


def test_a_gauge_that_streams_and_tells_no_rest_is_refused_once_with_the_way_out(tmp_path: Path) -> None:
    caliper = Caliper(tmp_path / "caliper")
    caliper.cable.plug()
    configured = gauge(caliper.cable.link, GaugeFormat.MITUTOYO, DIAMETER, "1")
    with Agent(tmp_path / "data", configuration=station(configured)) as agent:
        until(lambda: states(agent) == ["online"])
        for _ in range(4 * PRESSES):
            caliper.press(Decimal("12.000"))
        caliper.fail()
        until(lambda: len(refusals(agent)) >= 2)
        streaming, failed = refusals(agent)
        assert "until it is set to send on its key" in streaming
        assert "is not connected" in failed
        assert values(agent) == ["12.000"] * (PRESSES - 1)
    caliper.cable.unplug()


def after(times: list[float], channel: str = "1") -> bool:
    streams = Streams()
    for at in times:
        streams = streams.after(channel, at)
    return channel in streams.on


def test_hands_are_slower_than_streams_and_probes_that_send_together_are_told_apart() -> None:
    assert not after([0.0, 0.6, 1.2, 1.8, 2.4, 3.0])
    assert after([0.0, 0.1, 0.2, 0.3, 0.4])
    streams = Streams()
    for channel in ("1", "2", "3", "4", "5", "6"):
        streams = streams.after(channel, 0.0)
    assert not streams.on


def test_a_stream_lasts_through_silence_until_values_are_sent_alone_again() -> None:
    fast = [0.0, 0.1, 0.2, 0.3, 0.4]
    assert after([*fast, 60.0])
    assert not after([*fast, 60.0, 65.0])
    assert Streams.load(Streams(frozenset({"1", None})).dump()).on == {"1", None}
    assert Streams.load(b"{").on == frozenset()
