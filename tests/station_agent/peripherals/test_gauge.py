"""Gauges and scales on real pseudo-terminals: each value with its digits, refused values with their reason."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from unison_domain.stations.gauge_settings import FootSwitch, GaugeFormat
from unison_domain.stations.peripheral_reports import REFUSED_KEPT
from unison_domain.stations.peripherals import GaugeConfiguration
from unison_station.agent import Agent
from unison_station.simulate.instruments import Caliper, Scale

from tests.station_agent.peripherals.station import (
    DIAMETER,
    WEIGHT,
    gauge,
    refusals,
    states,
    station,
    taken,
    values,
)
from tests.station_agent.waiting import until


@contextmanager
def at_work(folder: Path, configuration: GaugeConfiguration) -> Iterator[Agent]:
    with Agent(folder / "data", configuration=station(configuration)) as agent:
        until(lambda: states(agent) == ["online"])
        yield agent


@pytest.fixture
def scale(tmp_path: Path) -> Iterator[Scale]:
    device = Scale(tmp_path / "scale", swing_seconds=0.0)
    device.cable.plug()
    yield device
    device.cable.unplug()


def test_a_pressed_caliper_keeps_every_digit(tmp_path: Path, caliper: Caliper) -> None:
    with at_work(tmp_path, gauge(caliper.cable.link, GaugeFormat.MITUTOYO, DIAMETER, "1")) as agent:
        caliper.press(Decimal("12.120"))
        caliper.press(Decimal("-0.500"))
        until(lambda: values(agent) == ["12.120", "-0.500"])
        (event, _) = taken(agent, "reading_taken")
    assert (event["unit"], event["source"], event["raw"]) == ("mm", "gauge", "01A+0012.120")


def test_a_pause_inside_a_value_does_not_make_another_of_it(tmp_path: Path, scale: Scale) -> None:
    with at_work(tmp_path, gauge(scale.cable.link, GaugeFormat.MARK_10, WEIGHT)) as agent:
        scale.cable.send(b"-18")
        time.sleep(0.15)
        scale.cable.send(b"7.55 g\r\n")
        until(lambda: values(agent) == ["-187.55"])
        assert refusals(agent) == []


def test_what_is_refused_is_shown_with_its_reason(tmp_path: Path, caliper: Caliper) -> None:
    with at_work(tmp_path, gauge(caliper.cable.link, GaugeFormat.MITUTOYO, DIAMETER, "2")) as agent:
        caliper.fail()
        caliper.press(Decimal("1.0"))
        caliper.press(Decimal("1.0"), "garbled")
        until(lambda: len(refusals(agent)) == 3)
        assert values(agent) == []
        (told,) = agent.peripheral_reports()
    (failed, lost, garbled) = refusals(agent)
    assert "is not connected" in failed
    assert "channel 1, which measures nothing" in lost
    assert "not of the format mitutoyo" in garbled
    assert [one.reason for one in told.refused] == [failed, lost, garbled]
    assert told.refused[1].raw == "01A+000001.0"


def test_of_many_refused_values_the_last_are_told(tmp_path: Path, caliper: Caliper) -> None:
    with at_work(tmp_path, gauge(caliper.cable.link, GaugeFormat.MITUTOYO, DIAMETER, "2")) as agent:
        for number in range(REFUSED_KEPT + 3):
            caliper.press(Decimal(number))
        last = f"01A+{REFUSED_KEPT + 2:08d}"
        until(lambda: bool(told := agent.peripheral_reports()[0].refused) and told[-1].raw == last)
        assert len(agent.peripheral_reports()[0].refused) == REFUSED_KEPT


def test_a_number_too_long_to_be_one_is_refused_in_one_line(tmp_path: Path, caliper: Caliper) -> None:
    configured = gauge(caliper.cable.link, GaugeFormat.PATTERN, DIAMETER, pattern=r"(?P<value>\d+)")
    with at_work(tmp_path, configured) as agent:
        caliper.cable.send(b"1" * 40 + b"\r")
        until(lambda: len(refusals(agent)) == 1)
        assert refusals(agent)[0].startswith("pattern sent what is no value: value: ")
        caliper.cable.send(b"12\r")
        until(lambda: values(agent) == ["12"])


def test_a_scale_that_is_asked_on_a_beat_takes_each_load_once(tmp_path: Path, scale: Scale) -> None:
    scale.swing_seconds = 0.1
    asked = gauge(scale.cable.link, GaugeFormat.MT_SICS, WEIGHT, poll_seconds=0.05)

    def rest() -> None:
        until(lambda: scale.rests)
        answered = scale.asked
        until(lambda: scale.asked > answered + 5)

    with at_work(tmp_path, asked) as agent:
        scale.load(Decimal("100.00"))
        until(lambda: values(agent) == ["100.00"])
        scale.load(Decimal("100.00"))  # bumped: it swings and rests at the same value
        rest()
        assert values(agent) == ["100.00"]
        scale.load(Decimal("0.00"))
        rest()
        scale.load(Decimal("100.00"))
        until(lambda: len(values(agent)) == 2)
        peripheral = agent.peripherals.find(asked.id)
        assert peripheral is not None
        assert peripheral.ask(), "a person may want one more"
        until(lambda: len(values(agent)) == 3)
        scale.load(Decimal("0.02"))
        rest()
        assert refusals(agent) == []
        scale.load(Decimal("0.15"))
        rest()
        assert values(agent) == ["100.00"] * 3
        (words,) = refusals(agent)
        assert words.startswith("mt_sics shows 0.15 g, and less than 20 steps of its last digit is no load")


def test_a_gauge_that_does_not_tell_rest_is_read_on_every_beat(tmp_path: Path, scale: Scale) -> None:
    warm = gauge(
        scale.cable.link, GaugeFormat.PATTERN, WEIGHT, pattern=r"S S +(?P<value>\S+) g", poll_seconds=0.05, poll="530a"
    )
    with at_work(tmp_path, warm) as agent:
        until(lambda: len(values(agent)) >= 3)
        assert set(values(agent)) == {"0.00"}


def test_a_scale_sends_by_itself_and_answers_a_person(tmp_path: Path, scale: Scale) -> None:
    configured = gauge(scale.cable.link, GaugeFormat.MT_SICS, WEIGHT)
    scale.load(Decimal("5.10"))
    with at_work(tmp_path, configured) as agent:
        scale.print_value()
        until(lambda: values(agent) == ["5.10"])
        peripheral = agent.peripherals.find(configured.id)
        assert peripheral is not None
        assert peripheral.ask()
        until(lambda: values(agent) == ["5.10", "5.10"])


def test_a_scale_that_does_not_answer_is_offline_until_it_does(tmp_path: Path, scale: Scale) -> None:
    asked = gauge(
        scale.cable.link, GaugeFormat.MT_SICS, WEIGHT, poll=b"?".hex(), poll_seconds=0.05, timeout_seconds=0.1
    )
    scale.load(Decimal("5.10"))
    with Agent(tmp_path / "data", configuration=station(asked)) as agent:
        until(lambda: [one.message for one in agent.peripherals.reports] == ["no answer within 0.1 s"])
        assert states(agent) == ["offline"]
        scale.print_value()
        until(lambda: values(agent) == ["5.10"])


def test_a_pedal_without_a_way_to_ask_is_refused_in_words(tmp_path: Path, caliper: Caliper) -> None:
    pedal = gauge(caliper.cable.link, GaugeFormat.MITUTOYO, DIAMETER, "1", foot_switch=FootSwitch.CTS)
    with Agent(tmp_path / "data", configuration=station(pedal)) as agent:
        until(lambda: states(agent) == ["refused"])
        assert "give it in `poll`" in (agent.peripherals.reports[0].message or "")


def test_a_pedal_on_a_port_without_control_lines_is_refused_in_words(tmp_path: Path, scale: Scale) -> None:
    pedal = gauge(scale.cable.link, GaugeFormat.MT_SICS, WEIGHT, foot_switch=FootSwitch.CTS)
    with Agent(tmp_path / "data", configuration=station(pedal)) as agent:
        until(lambda: states(agent) == ["refused"])
        assert "has no line CTS for a foot switch" in (agent.peripherals.reports[0].message or "")
        agent.engine.configure(station(pedal.model_copy(update={"foot_switch": None}), version=2))
        until(lambda: states(agent) == ["online"])
