"""A scale or gauge that sends by itself, ten values a second, is nobody's hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from unison_domain.stations.framing import Frame
from unison_domain.stations.gauge_settings import GaugeChannel, GaugeFormat
from unison_station.agent import Agent
from unison_station.peripherals import streams as rule
from unison_station.peripherals.asking import Occasion
from unison_station.peripherals.gauge import BEAT_SECONDS, Gauge
from unison_station.peripherals.outlet import Outlet
from unison_station.peripherals.streams import PRESSES, Streams
from unison_station.simulate.instruments import Caliper, Scale

from tests.station_agent.peripherals.station import (
    DIAMETER,
    WEIGHT,
    gauge,
    refusals,
    states,
    station,
    values,
)
from tests.station_agent.waiting import until


class Clock:
    """What gauges are timed by; each message is sent some seconds after the one before was dealt with."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.heard = 0

    def send(self, after: float, press: Callable[[], None]) -> None:
        self.now += after
        before = self.heard
        press()
        until(lambda: self.heard > before)

    def rests(self, agent: Agent) -> str:
        """Nothing follows on the beat of a stream; what is told then."""
        before = len(refusals(agent))
        self.now += BEAT_SECONDS
        until(lambda: len(refusals(agent)) > before)
        return refusals(agent)[-1]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock, take = Clock(), Gauge._take

    def taking(gauge: Gauge, frame: Frame, occasion: Occasion) -> None:
        take(gauge, frame, occasion)
        clock.heard += 1

    monkeypatch.setattr(Gauge, "_take", taking)
    monkeypatch.setattr(Outlet, "monotonic", lambda _outlet: clock.now)
    return clock


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream is one however slowly this PC takes it."""
    for seconds in ("PRESS_SECONDS", "SILENCE_SECONDS"):
        monkeypatch.setattr(rule, seconds, 30.0)


@pytest.fixture
def scale(tmp_path: Path) -> Iterator[Scale]:
    device = Scale(tmp_path / "scale", swing_seconds=0.0)
    device.cable.plug()
    yield device
    device.cable.unplug()


@pytest.mark.usefixtures("patient")
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


@pytest.mark.usefixtures("patient")
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


def test_each_press_after_a_stream_is_kept_or_refused_in_words(tmp_path: Path, caliper: Caliper, clock: Clock) -> None:
    configured = gauge(caliper.cable.link, GaugeFormat.MITUTOYO, DIAMETER, "1")

    def press() -> None:
        caliper.press(Decimal("12.000"))

    with Agent(tmp_path / "data", configuration=station(configured)) as agent:
        until(lambda: states(agent) == ["online"])
        for _ in range(PRESSES):
            clock.send(0.1, press)
        assert (len(values(agent)), len(refusals(agent))) == (PRESSES - 1, 1)
        for _ in range(PRESSES - 1):
            clock.send(60.0, press)
        assert (len(values(agent)), len(refusals(agent))) == (2 * PRESSES - 2, 1), "the stream is over"
        for _ in range(PRESSES - 1):
            clock.send(0.1, press)
        assert "until it is set to send on its key" in refusals(agent)[-1], "one that begins again is told again"
        kept = len(values(agent))
        clock.send(3.0, press)
        assert "press the key once more" in clock.rests(agent)
        clock.send(3.0, press)
        assert len(values(agent)) == kept + 1
        for _ in range(PRESSES - 1):
            clock.send(0.1, press)
        kept = len(values(agent))
    with Agent(tmp_path / "data", configuration=station(configured)) as agent:
        until(lambda: states(agent) == ["online"])
        for _ in range(2 * PRESSES):
            clock.send(1.5, press)
        assert ["press the key once more" in told for told in refusals(agent)] == [True, True]
        assert len(values(agent)) == kept + 2 * PRESSES - 2
        clock.send(60.0, press)
        for _ in range(PRESSES - 1):
            clock.send(0.1, press)
        kept = len(values(agent))
    differs = configured.model_copy(update={"timeout_seconds": configured.timeout_seconds + 1})
    with Agent(tmp_path / "data", configuration=station(differs, version=2)) as agent:
        until(lambda: states(agent) == ["online"])
        clock.send(1.0, press)
        assert len(values(agent)) == kept + 1, "set to send on its key since"


@pytest.mark.parametrize("pause", [0.5, 1.0, 1.6])
@pytest.mark.parametrize("again", [1.5, 3.0, 6.0])
def test_a_press_a_moment_after_a_stream_is_told_and_the_next_one_taken(
    tmp_path: Path, caliper: Caliper, clock: Clock, pause: float, again: float
) -> None:
    configured = gauge(caliper.cable.link, GaugeFormat.MITUTOYO, DIAMETER, "1")
    with Agent(tmp_path / "data", configuration=station(configured)) as agent:
        until(lambda: states(agent) == ["online"])
        for _ in range(PRESSES):
            clock.send(0.1, lambda: caliper.press(Decimal("12.000")))
        kept = len(values(agent))
        clock.send(pause, lambda: caliper.press(Decimal("13.000")))
        told = clock.rests(agent)
        assert "13.000" in told
        assert "press the key once more" in told
        clock.send(again - BEAT_SECONDS, lambda: caliper.press(Decimal("13.000")))
        until(lambda: values(agent)[kept:] == ["13.000"])


def test_the_same_load_is_refused_in_words_where_a_streaming_scale_fell_silent(
    tmp_path: Path, scale: Scale, clock: Clock
) -> None:
    configured = gauge(scale.cable.link, GaugeFormat.MT_SICS, WEIGHT)
    with Agent(tmp_path / "data", configuration=station(configured)) as agent:
        until(lambda: states(agent) == ["online"])
        scale.load(Decimal("200.00"))
        for _ in range(PRESSES - 1):
            clock.send(0.1, scale.print_value)
        scale.load(Decimal("300.00"))
        clock.send(0.1, scale.print_value)
        clock.send(3.0, scale.print_value)
        assert "press the key once more" in clock.rests(agent)
        assert len(refusals(agent)) == 1
        clock.send(3.0, scale.print_value)
        assert values(agent) == ["200.00"] * (PRESSES - 1) + ["300.00"] * 2


@pytest.mark.parametrize("gap", [0.6, 1.6, 3.0])
def test_a_stream_that_stutters_is_nobodys_hand(tmp_path: Path, caliper: Caliper, clock: Clock, gap: float) -> None:
    configured = gauge(caliper.cable.link, GaugeFormat.MITUTOYO, DIAMETER, "1")

    def press() -> None:
        caliper.press(Decimal("12.000"))

    with Agent(tmp_path / "data", configuration=station(configured)) as agent:
        until(lambda: states(agent) == ["online"])
        for after in (0.1, 0.1, 0.1, 0.1, gap) * 4:
            clock.send(after, press)
        for _ in range(PRESSES):
            clock.send(0.1, press)
        clock.send(3.0, press)
        assert "press the key once more" in clock.rests(agent)
        assert not any("press the key" in told for told in refusals(agent)[:-1])


@pytest.mark.parametrize("gap", [0.6, 1.6, 3.0])
@pytest.mark.parametrize("swings", [False, True])
def test_a_scale_whose_stream_stutters_is_nobodys_hand(
    tmp_path: Path, scale: Scale, clock: Clock, gap: float, swings: bool
) -> None:
    configured = gauge(scale.cable.link, GaugeFormat.MT_SICS, WEIGHT)

    def swing() -> None:
        scale.cable.send(b"S D    155.00 g\r\n")

    with Agent(tmp_path / "data", configuration=station(configured)) as agent:
        until(lambda: states(agent) == ["online"])
        scale.load(Decimal("200.00"))
        for _ in range(PRESSES + 1):
            clock.send(0.1, scale.print_value)
        for after in (gap, 0.1, 0.1, 0.1, 0.1, 0.1) * 4:
            clock.send(after, swing if swings else scale.print_value)
        scale.load(Decimal("300.00"))
        clock.send(0.1, scale.print_value)
        assert refusals(agent) == []
        assert values(agent)[-1] == "300.00", "the next load all the same"


def test_a_key_of_another_channel_counts_each_time_it_is_pressed(tmp_path: Path, scale: Scale, clock: Clock) -> None:
    pattern = r"(?P<channel>[AB]) +(?P<status>\S) +(?P<value>[\d.]+) g"
    channels = tuple(GaugeChannel(channel=name, characteristic_id=WEIGHT) for name in ("A", "B"))
    configured = gauge(
        scale.cable.link, GaugeFormat.PATTERN, WEIGHT, "A", pattern=pattern, stable_statuses=("S",)
    ).model_copy(update={"channels": channels})
    with Agent(tmp_path / "data", configuration=station(configured)) as agent:
        until(lambda: states(agent) == ["online"])
        for weight in ("200.00", "250.00", "300.00", "350.00", "400.00"):
            clock.send(0.1, partial(scale.cable.send, f"A S {weight} g\r\n".encode()))
        for _ in range(3):
            clock.send(3.0, lambda: scale.cable.send(b"B S 100.00 g\r\n"))
        clock.send(3.0, lambda: scale.cable.send(b"B D 100.00 g\r\n"))
        assert values(agent)[PRESSES:] == ["100.00"] * 3
        assert "still moving" in refusals(agent)[-1]


def after(times: list[float], channel: str = "1") -> Streams:
    streams = Streams()
    for at in times:
        streams = streams.after(channel, at)
    return streams


def test_hands_are_slower_than_streams_and_probes_that_send_together_are_told_apart() -> None:
    assert not after([0.0, 0.6, 1.2, 1.8, 2.4, 3.0]).on
    assert after([0.0, 0.1, 0.2, 0.3, 0.4]).is_sure("1")
    streams = Streams()
    for channel in ("1", "2", "3", "4", "5", "6"):
        streams = streams.after(channel, 0.0)
    assert not streams.on


def test_a_stream_is_left_by_the_rule_it_is_entered_by() -> None:
    fast = [0.0, 0.1, 0.2, 0.3, 0.4]
    assert not after([*fast, 60.0]).on
    assert not after([*fast, 1.9, 3.4]).on
    paused = after([*fast, 3.4])
    assert paused.on
    assert not paused.is_sure("1")
    assert not paused.after("1", 6.4).on
    assert after([*fast, 3.4, 3.5, 3.6, 3.7, 3.8]).is_sure("1"), "it only paused, on a busy PC"


def test_what_keeps_the_beat_of_a_stream_is_of_it() -> None:
    slow = [0.0, 0.45, 0.9, 1.35, 1.8]
    assert after(slow).is_sure("1")
    assert not after(slow).is_off_beat("1")
    assert not after([*slow[:4], 1.95]).is_off_beat("1"), "a little late, as a busy PC has it"
    assert after([0.0, 0.1, 0.2, 0.3, 0.8]).is_off_beat("1")


def test_another_start_knows_what_streamed_while_the_settings_are_the_same() -> None:
    stored = Streams(frozenset({"1", None})).dump("some")
    again = Streams.load(stored, "some")
    assert again.on == {"1", None}
    assert not again.is_sure("1")
    assert Streams.load(stored, "others").on == frozenset()
    assert Streams.load(b"{", "some").on == frozenset()
    assert Streams.load(b'["1"]', "some").on == frozenset()
