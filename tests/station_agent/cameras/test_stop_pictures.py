"""The seconds around a stop, of a press that stops while a camera looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4, uuid5

import cv2
import pytest
from unison_domain.machines.contracts import MachineState
from unison_domain.stations.configuration import SignalRole, ValueType
from unison_domain.stations.peripherals import CameraConfiguration
from unison_station.agent import Agent
from unison_station.cameras.ring import Ring, Shot
from unison_station.operator.actions import SayState

from tests.station_agent.cameras.printing import on_table
from tests.station_agent.configurations import MACHINE, SPACE, STATION, configuration, device, machine_tags, tag
from tests.station_agent.engine.press import Press, connected
from tests.station_agent.operator.shop import BENCH, shop
from tests.station_agent.peripherals.station import states, taken
from tests.station_agent.waiting import until

OFF_DELAY = 1.5
RING = 1
START = datetime(2026, 11, 21, tzinfo=UTC)
ONE, OTHER = UUID(int=1), UUID(int=2)


def shot(at: float) -> Shot:
    return Shot(b"x", START + timedelta(seconds=at), at)


def watching(source: Path, ring_seconds: int = RING) -> CameraConfiguration:
    return CameraConfiguration(
        id=uuid5(SPACE, "camera"), station_id=STATION, name="camera", source=str(source), ring_seconds=ring_seconds
    )


@contextmanager
def watched(folder: Path, ring_seconds: int = RING) -> Iterator[tuple[Agent, Press]]:
    """A press whose stops are told `OFF_DELAY` late, running before a camera."""
    cv2.imwrite(str(folder / "table.png"), on_table(size=(120, 160)))
    camera = watching(folder / "table.png", ring_seconds)
    press = Press()
    press.registers += [0, 0]
    with connected(press) as slave:
        waits = tag("press", "waits", 4, type=ValueType.BOOL, role=SignalRole.STARVED, machine_id=MACHINE)
        button = tag("press", "button", 5, type=ValueType.BOOL, role=SignalRole.EMERGENCY_STOP, machine_id=MACHINE)
        tags = (*machine_tags("press"), waits, button)
        told = configuration(device("press", slave.port, *tags), off_delay_seconds=OFF_DELAY)
        told = told.model_copy(update={"peripherals": (camera,)})
        with Agent(folder / "data", configuration=told) as agent:
            until(lambda: states(agent) == ["online"])
            until(lambda: opened(agent) == ["running"])
            yield agent, press


def opened(agent: Agent) -> list[str]:
    return [event["opened"]["state"] for event in taken(agent, "state_changed")]


def moment(text: Any) -> datetime:
    return datetime.fromisoformat(text)


def test_the_seconds_around_the_beginning_of_a_stop_are_kept(tmp_path: Path) -> None:
    with watched(tmp_path) as (agent, press):
        press.registers[0] = 0
        until(lambda: opened(agent) == ["running", "stopped"])
        until(lambda: bool(taken(agent, "picture_kept")))
        began = moment(taken(agent, "state_changed")[-1]["opened"]["started_at"])
        kept = taken(agent, "picture_kept")
    assert {(one["reason"], one["machine_id"]) for one in kept} == {("stop", str(MACHINE))}
    ages = [(moment(one["at"]) - began).total_seconds() for one in kept]
    assert all(abs(age) <= RING + 0.1 for age in ages)
    assert min(ages) < 0 < max(ages)
    assert len(list((tmp_path / "data" / "pictures").iterdir())) == 1, "one file, a row per picture and stop"


@pytest.mark.parametrize(("register", "state"), [(4, "starved"), (5, "emergency_stop")])
def test_the_seconds_around_a_stop_of_any_kind_are_kept(tmp_path: Path, register: int, state: str) -> None:
    with watched(tmp_path) as (agent, press):
        press.registers[register] = 1
        until(lambda: opened(agent) == ["running", state])
        until(lambda: bool(taken(agent, "picture_kept")))


def test_a_stop_whose_seconds_are_not_over_is_kept_when_the_agent_ends(tmp_path: Path) -> None:
    with watched(tmp_path, ring_seconds=60) as (agent, press):
        press.registers[0] = 0
        until(lambda: opened(agent) == ["running", "stopped"])
        assert not taken(agent, "picture_kept")
    with Agent(tmp_path / "data", configuration=configuration()) as agent:
        assert len(taken(agent, "picture_kept")) >= 2


def test_the_seconds_around_a_stop_that_a_person_says_are_kept(tmp_path: Path) -> None:
    place = tmp_path / "table.png"
    cv2.imwrite(str(place), on_table(size=(120, 160)))
    with Agent(tmp_path / "data", configuration=shop(peripherals=(watching(place),))) as agent:
        until(lambda: states(agent) == ["online"])
        said = SayState(do="state", id=uuid4(), machine_id=BENCH, state=MachineState.STOPPED)
        agent.desk.act(said, agent.engine)
        until(lambda: bool(taken(agent, "picture_kept")))
        (stop,) = taken(agent, "state_set")
        kept = taken(agent, "picture_kept")
    assert {(one["reason"], one["machine_id"]) for one in kept} == {("stop", str(BENCH))}
    assert all(abs((moment(one["at"]) - moment(stop["started_at"])).total_seconds()) <= RING + 0.1 for one in kept)


def test_a_stop_whose_seconds_are_not_over_is_kept_when_settings_change(tmp_path: Path) -> None:
    with watched(tmp_path, ring_seconds=60) as (agent, press):
        press.registers[0] = 0
        until(lambda: opened(agent) == ["running", "stopped"])
        agent.peripherals.want(configuration())
        until(lambda: bool(taken(agent, "picture_kept")))


def test_pictures_around_two_machines_that_stop_together_belong_to_both() -> None:
    ring = Ring(5)
    for at in range(30):
        if at == 10:
            ring.stopped(ONE, 10.0)
            ring.stopped(OTHER, 10.1)
        ring.add(shot(float(at)))
    due = [ring.due(29.0), ring.due(29.0)]
    assert [(one[0], len(one[1])) for one in due if one is not None] == [(ONE, 11), (OTHER, 10)]


def test_a_stop_that_is_told_late_still_has_what_came_before_it() -> None:
    ring = Ring(5)
    for at in range(30):
        ring.add(shot(float(at)), late=12.0)
    ring.stopped(ONE, 17.5)
    due = ring.due(29.0)
    assert due is not None
    assert [one.at for one in due[1]] == [float(n) for n in range(13, 23)]
