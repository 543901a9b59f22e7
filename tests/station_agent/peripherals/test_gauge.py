"""Gauges and scales on real pseudo-terminals: each value with its digits, refused values with their reason."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from unison_domain.quality.contracts import CharacteristicConfiguration
from unison_domain.stations.framing import Frame
from unison_domain.stations.gauge_reading import GaugeReading, read_for
from unison_domain.stations.gauge_settings import FootSwitch, GaugeChannel, GaugeFormat
from unison_domain.stations.peripheral_reports import REFUSED_KEPT
from unison_domain.stations.peripherals import GaugeConfiguration
from unison_station.agent import Agent
from unison_station.peripherals.asking import Asking
from unison_station.peripherals.gauge import PEDAL_SECONDS, Gauge
from unison_station.peripherals.outlet import Outlet
from unison_station.peripherals.peripheral import Standing, Surroundings
from unison_station.simulate.instruments import Caliper, Scale

from tests.station_agent.peripherals.station import (
    CHARACTERISTICS,
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
def caliper(tmp_path: Path) -> Iterator[Caliper]:
    device = Caliper(tmp_path / "caliper")
    device.cable.plug()
    yield device
    device.cable.unplug()


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


class PedalPort:
    """A port whose control line is a test's to set, as pseudo-terminals have none; it answers with 7.50 g.

    Attributes:
        settles_at: monotonic seconds before which it does not answer.
    """

    def __init__(self) -> None:
        self.pressed = deque[bool]()
        self.asked = 0
        self.settles_at = 0.0
        self._content = b""

    def read(self, seconds: float) -> bytes:
        if not self._content or time.monotonic() < self.settles_at:
            time.sleep(min(seconds, 0.001))
            return b""
        content, self._content = self._content, b""
        return content

    def write(self, data: bytes) -> None:
        assert data == b"S\r\n"
        self.asked += 1
        self._content += b"S S       7.50 g\r\n"

    def is_on(self, line: FootSwitch) -> bool:
        assert line is FootSwitch.CTS
        return self.pressed.popleft() if self.pressed else False

    def close(self) -> None:
        """Nothing is held."""


@contextmanager
def with_pedal(folder: Path, port: PedalPort, told: list[Standing], **more: Any) -> Iterator[Agent]:
    configured = gauge("port", GaugeFormat.MT_SICS, WEIGHT, foot_switch=FootSwitch.CTS, **more)
    ending = Flag()
    with Agent(folder, configuration=station()) as agent:
        surroundings = Surroundings(Outlet(agent.desk, agent.engine), folder, lambda: station(configured))
        thread = Thread(target=Gauge(configured, surroundings, lambda _: port).run, args=(ending, told.append))
        thread.start()
        yield agent
        ending.set()
        thread.join()


def test_the_pedal_asks_once_each_time_it_goes_down(tmp_path: Path) -> None:
    port = PedalPort()
    port.pressed.extend([True, True, False, True, True, True, False, False, True, False])
    with with_pedal(tmp_path, port, []) as agent:
        until(lambda: not port.pressed and len(values(agent)) == 2)
        assert values(agent) == ["7.50", "7.50"]
    assert port.asked == 2, "held while it was opened counts as nothing, held down counts once"


class Line:
    """A control line as somebody's foot moves it, by a clock that a test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *changes: float) -> None:
        self.now, self._changes = 0.0, changes
        monkeypatch.setattr("unison_station.peripherals.asking.time", SimpleNamespace(monotonic=lambda: self.now))

    def is_down(self) -> bool:
        return sum(at <= self.now for at in self._changes) % 2 == 1


@pytest.mark.parametrize(
    ("changes", "presses"),
    [
        ((1.0, 1.5), 1),
        ((1.0, 1.01, 1.03, 1.5), 1),
        ((1.0, 1.03, 1.05, 1.07, 1.09, 1.5), 1),
        ((1.0, 1.5, 1.53, 1.55), 1),
        ((1.0, 1.08), 1),
        ((1.0, 1.3, 1.6, 1.9), 2),
    ],
)
def test_a_pedal_that_bounces_is_pressed_once(
    monkeypatch: pytest.MonkeyPatch, changes: tuple[float, ...], presses: int
) -> None:
    line = Line(monkeypatch, *changes)
    asks = Asking(gauge("port", GaugeFormat.MT_SICS, WEIGHT, foot_switch=FootSwitch.CTS), line.is_down)
    asked = 0
    while line.now < 3.0:
        line.now += PEDAL_SECONDS
        if asks.is_due(is_wanted=False):
            asks.begins()
            asks.is_answered()
            asked += 1
    assert asked == presses


def test_who_presses_again_while_the_scale_settles_takes_the_part_once(tmp_path: Path) -> None:
    port, told = PedalPort(), list[Standing]()
    port.settles_at = float("inf")
    with with_pedal(tmp_path, port, told, timeout_seconds=3.0) as agent:
        port.pressed.extend([False, True, False, True, False])
        until(lambda: len(told) == 2)
        assert (port.asked, told[-1].message) == (1, "no answer within 3 s")
        port.pressed.extend([True, False])
        until(lambda: port.asked == 2)
        port.settles_at = 0.0
        until(lambda: len(refusals(agent)) == 1)
        assert values(agent) == ["7.50"]
        assert "it counts once" in refusals(agent)[0]
        port.pressed.extend([True, False])
        until(lambda: len(values(agent)) == 2)


def read_one(
    frame: Frame, gauge: GaugeConfiguration, characteristics: Sequence[CharacteristicConfiguration]
) -> GaugeReading:
    """The one reading of a message; raises what is wrong with it."""
    (read,) = read_for(frame, gauge, characteristics)
    if isinstance(read, ValueError):
        raise read
    return read


@pytest.mark.parametrize("noise", [b"\0", b"\xff\xff\0", b"\0\xfe"])
def test_line_noise_before_a_value_is_no_part_of_it(noise: bytes) -> None:
    configured = gauge("port", GaugeFormat.MITUTOYO, DIAMETER, "1")
    if b"\xfe" in noise:
        with pytest.raises(ValueError, match="not of the format"):
            read_one(Frame(noise + b"01A+0012.120"), configured, CHARACTERISTICS)
        return
    read = read_one(Frame(noise + b"01A+0012.120"), configured, CHARACTERISTICS)
    assert str(read.value) == "12.120"
    assert read.raw.endswith("01A+0012.120")
    assert read.raw != "01A+0012.120", "what came is kept as it came"


def test_each_value_of_a_message_is_of_its_channel_and_one_that_is_wrong_stops_no_other() -> None:
    pattern = r"X(?P<sign_x>[+-])\s*(?P<value_x>[\d.]+)(?P<unit_x>mm|in);Y(?P<value_y>[\d.]+)g;Z(?P<value_z>[\d.]+)"
    several = gauge("port", GaugeFormat.PATTERN, DIAMETER, "x", pattern=pattern).model_copy(
        update={
            "channels": (
                GaugeChannel(channel="x", characteristic_id=DIAMETER),
                GaugeChannel(channel="y", characteristic_id=WEIGHT),
            )
        }
    )
    x, y, z = read_for(Frame(b"X- 12.120mm;Y0.120;Z9".replace(b"0.120;", b"0.120g;")), several, CHARACTERISTICS)
    assert isinstance(x, GaugeReading)
    assert (str(x.value), x.characteristic.id) == ("-12.120", DIAMETER)
    assert isinstance(y, GaugeReading)
    assert (str(y.value), y.characteristic.id) == ("0.120", WEIGHT)
    assert "channel z, which measures nothing" in str(z)
    x, y, _ = read_for(Frame(b"X+0.5in;Y0.120g;Z9"), several, CHARACTERISTICS)
    assert "set the gauge to that unit" in str(x)
    assert isinstance(y, GaugeReading)


@pytest.mark.parametrize(
    ("sent", "unit", "says"),
    [
        (b"S S     100.00 kg", None, "is measured in g: set the gauge to that unit"),
        (b"S S     100.00", None, None),
        (b"S S     100,00 g", None, "a point is configured as its decimal sign"),
        (b"S D     100.00 g", None, "still moving"),
        (b"S +", None, "overloaded"),
    ],
)
def test_units_and_signs_must_agree(sent: bytes, unit: str | None, says: str | None) -> None:
    configured = gauge("port", GaugeFormat.MT_SICS, WEIGHT, unit=unit)
    if says is None:
        assert str(read_one(Frame(sent), configured, CHARACTERISTICS).value) == "100.00"
        return
    with pytest.raises(ValueError, match=says):
        read_one(Frame(sent), configured, CHARACTERISTICS)


@pytest.mark.parametrize(
    ("sent", "unit", "resolution", "says"),
    [
        (b"01A+00.47244", "mm", "0.001", "finer than steps of 0.001 mm: set the gauge to mm"),
        (b"01A+00.47244", "mm", None, "5 decimals are not those of a gauge set to mm"),
        (b"01A+000.5000", "mm", "0.01", "4 decimals are not those of a gauge set to mm"),
        (b"01A+0012.000", "in", None, "3 decimals are not those of a gauge set to in"),
        (b"01A+0012.120", "mm", "0.001", None),
        (b"01A+000.1205", "mm", "0.0005", None),
        (b"01A+00.47244", "in", None, None),
        (b"01A+00000.12", "in", "0.01", None),
        (b"01A+0.123456", "um", None, None),
    ],
)
def test_digits_tell_a_gauge_that_is_set_to_another_unit(
    sent: bytes, unit: str, resolution: str | None, says: str | None
) -> None:
    measured = CHARACTERISTICS[0].model_copy(update={"unit": unit, "resolution": resolution and Decimal(resolution)})
    for own in (unit, None):
        configured = gauge("port", GaugeFormat.MITUTOYO, DIAMETER, "1", unit=own)
        if says is None:
            assert read_one(Frame(sent), configured, [measured]).characteristic is measured
            continue
        with pytest.raises(ValueError, match=says):
            read_one(Frame(sent), configured, [measured])


@pytest.mark.parametrize(
    ("sent", "unit", "says"),
    [
        (b"S S 0.00000001 kg", None, "sent 0.00000001 kg, but Weight is measured in g"),
        (b"S S 0.00000001", "g", "sent 0.00000001, which is finer than steps of 0.0000001 g"),
    ],
)
def test_no_value_is_told_with_an_exponent(sent: bytes, unit: str | None, says: str) -> None:
    fine = CHARACTERISTICS[1].model_copy(update={"resolution": Decimal("1E-7")})
    with pytest.raises(ValueError, match=says):
        read_one(Frame(sent), gauge("port", GaugeFormat.MT_SICS, WEIGHT, unit=unit), [fine])


def test_a_gauge_that_names_its_unit_may_show_more_than_is_asked() -> None:
    fine = CHARACTERISTICS[1].model_copy(update={"resolution": Decimal("0.1")})
    configured = gauge("port", GaugeFormat.MT_SICS, WEIGHT)
    assert str(read_one(Frame(b"S S     100.002 g"), configured, [fine]).value) == "100.002"


def test_a_decimal_comma_keeps_its_digits_and_both_signs_of_micro_are_one() -> None:
    comma = gauge("port", GaugeFormat.MITUTOYO, DIAMETER, "1", decimal_comma=True, unit="mm")
    assert str(read_one(Frame(b"01A+0000,120"), comma, CHARACTERISTICS).value) == "0.120"
    micro = gauge("port", GaugeFormat.MITUTOYO, DIAMETER, "1", unit="\N{MICRO SIGN}m")
    mu = CHARACTERISTICS[0].model_copy(update={"unit": "\N{GREEK SMALL LETTER MU}m"})
    assert read_one(Frame(b"01A+00000.12"), micro, [mu]).characteristic is mu
    with pytest.raises(ValueError, match="is not in use any more"):
        read_one(Frame(b"01A+00000.12"), micro, [])
