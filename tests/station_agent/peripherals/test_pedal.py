"""A pedal at a gauge asks once each time it goes down, however it bounces."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from unison_domain.stations.gauge_settings import FootSwitch, GaugeFormat
from unison_station.agent import Agent
from unison_station.peripherals.asking import Asking
from unison_station.peripherals.gauge import PEDAL_SECONDS, Gauge
from unison_station.peripherals.outlet import Outlet
from unison_station.peripherals.peripheral import Standing, Surroundings

from tests.station_agent.peripherals.station import (
    WEIGHT,
    gauge,
    refusals,
    station,
    values,
)
from tests.station_agent.waiting import until


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
        try:
            yield agent
        finally:
            ending.set()
            thread.join(60)


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
