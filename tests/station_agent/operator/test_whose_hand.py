"""What needs a hand keeps who signed on there; what a camera sees or is asked for on a beat does not."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import cv2
import pytest
from unison_domain.stations.gauge_settings import GaugeFormat
from unison_station.agent import Agent
from unison_station.operator.actions import AskGauge
from unison_station.operator.people import Named, SignOn
from unison_station.peripherals import streams
from unison_station.peripherals.streams import PRESSES
from unison_station.simulate.instruments import Caliper, Scale, Scanner

from tests.station_agent.cameras.test_camera import EMPTY, camera, table
from tests.station_agent.configurations import STATION
from tests.station_agent.operator.badges import ADA, signed_on, who
from tests.station_agent.peripherals.station import DIAMETER, WEIGHT, gauge, scanner, station, taken, values
from tests.station_agent.waiting import until


def sign_on(agent: Agent, idle_seconds: int) -> datetime:
    """Ada signs on; when that was."""

    def ada(now: datetime) -> Named:
        sign_on = SignOn(person_id=ADA, is_verified=True, seen_at=now, idle_seconds=idle_seconds)
        return Named(name="Ada", sign_on=sign_on)

    agent.desk.staff(lambda people, now: people.named(STATION, ada(now)), agent.engine)
    return signed_on(agent).seen_at


def test_readings_on_a_beat_keep_nobody_signed_on(tmp_path: Path) -> None:
    scale = Scale(tmp_path / "scale", swing_seconds=0.0)
    scale.cable.plug()
    warm = gauge(
        scale.cable.link, GaugeFormat.PATTERN, WEIGHT, pattern=r"S S +(?P<value>\S+) g", poll_seconds=0.05, poll="530a"
    )
    with Agent(tmp_path / "data", configuration=station(warm)) as agent:
        until(lambda: bool(taken(agent, "reading_taken")))
        sign_on(agent, idle_seconds=3)
        until(lambda: any(one["person_id"] == str(ADA) for one in taken(agent, "reading_taken")))
        until(lambda: who(agent) is None)
        until(lambda: taken(agent, "reading_taken")[-1]["person_id"] is None)
    scale.cable.unplug()


def test_a_scale_that_streams_keeps_nobody_signed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for seconds in ("PRESS_SECONDS", "SILENCE_SECONDS"):
        monkeypatch.setattr(streams, seconds, 30.0)
    scale = Scale(tmp_path / "scale", swing_seconds=0.0)
    scale.cable.plug()
    streaming = gauge(scale.cable.link, GaugeFormat.MT_SICS, WEIGHT)
    with Agent(tmp_path / "data", configuration=station(streaming)) as agent:
        until(lambda: [one.state.value for one in agent.peripherals.reports] == ["online"])
        for _ in range(2 * PRESSES):
            scale.print_value()
        until(lambda: values(agent) == ["0.00"] * (PRESSES - 1))
        seen_at = sign_on(agent, idle_seconds=3600)
        scale.load(Decimal("100.00"))
        for _ in range(2 * PRESSES):
            scale.print_value()
        until(lambda: values(agent)[-1] == "100.00")
        assert signed_on(agent).seen_at == seen_at
    scale.cable.unplug()


def test_a_camera_over_a_belt_keeps_nobody_signed_on(tmp_path: Path) -> None:
    place = tmp_path / "seen"
    place.mkdir()
    cv2.imwrite(str(place / "1.png"), EMPTY)
    with Agent(tmp_path / "data", configuration=station(camera(place))) as agent:
        until(lambda: [one.state.value for one in agent.peripherals.reports] == ["online"])
        seen_at = sign_on(agent, idle_seconds=3600)
        cv2.imwrite(str(tmp_path / "2.png"), table(tmp_path, "PART-1"))
        (tmp_path / "2.png").replace(place / "2.png")
        until(lambda: len(taken(agent, "scan_taken")) == 1)
        assert taken(agent, "scan_taken")[0]["person_id"] == str(ADA)
        assert signed_on(agent).seen_at == seen_at


def test_a_trigger_a_key_of_a_gauge_and_a_tap_that_asks_it_do(tmp_path: Path) -> None:
    hand, caliper = Scanner(tmp_path / "scanner"), Caliper(tmp_path / "caliper")
    hand.cable.plug()
    caliper.cable.plug()
    measures = gauge(caliper.cable.link, GaugeFormat.MITUTOYO, DIAMETER, "1", poll="0d")
    with Agent(tmp_path / "data", configuration=station(scanner(hand.cable.link), measures)) as agent:
        until(lambda: [one.state.value for one in agent.peripherals.reports] == ["online", "online"])
        first = sign_on(agent, idle_seconds=3600)
        hand.scan("PART-1")
        until(lambda: signed_on(agent).seen_at > first)
        second = signed_on(agent).seen_at
        caliper.press(Decimal("12.000"))
        until(lambda: signed_on(agent).seen_at > second)
        third = signed_on(agent).seen_at
        tap = AskGauge(do="ask", id=uuid4(), peripheral_id=measures.id)
        assert agent.desk.ask(tap, lambda: True, agent.engine)
        fourth = signed_on(agent).seen_at
        assert fourth > third
        assert agent.desk.ask(tap, lambda: True, agent.engine)
        assert signed_on(agent).seen_at == fourth, "the same tap, told again"
    hand.cable.unplug()
    caliper.cable.unplug()
