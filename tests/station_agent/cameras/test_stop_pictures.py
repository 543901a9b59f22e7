"""The seconds around a stop, of a press that stops while a camera looks."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from uuid import UUID, uuid4, uuid5

import cv2
import pytest
from unison_domain.machines.contracts import MachineState
from unison_domain.stations.configuration import SignalRole, ValueType
from unison_domain.stations.events import OpenedInterval, StateChanged
from unison_domain.stations.peripherals import CameraConfiguration
from unison_domain.stations.picture_events import PictureKept, PictureReason
from unison_station.agent import Agent
from unison_station.cameras.kept_pictures import KeptPictures
from unison_station.cameras.ring import Ring, Shot
from unison_station.cameras.stop_pictures import StopPictures
from unison_station.cameras.undecided_pictures import UndecidedPictures
from unison_station.operator.actions import SayState
from unison_station.peripherals.outlet import NotKept
from unison_station.peripherals.peripheral import Surroundings

from tests.station_agent.cameras.printing import on_table
from tests.station_agent.configurations import MACHINE, SPACE, STATION, configuration, device, machine_tags, tag
from tests.station_agent.engine.press import Press, connected
from tests.station_agent.operator.shop import BENCH, shop
from tests.station_agent.peripherals.station import states, taken
from tests.station_agent.test_agent import Program
from tests.station_agent.waiting import until

OFF_DELAY = 1.5
RING = 1
START = datetime(2026, 11, 21, tzinfo=UTC)
JPEG = b"\xff\xd8\xff\xd9"
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
        told = configuration(device("press", slave.port, *tags), off_delay_seconds=OFF_DELAY, micro_stop_seconds=0.0)
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


def test_a_stop_counts_once_it_is_longer_than_a_micro_stop() -> None:
    ring = Ring(2)
    for at in range(40):
        if at == 10:
            ring.stopped(ONE, 10.0, beyond=20.0, late=3.0)
            ring.stopped(OTHER, 10.0, beyond=20.0, late=3.0)
        if at == 20:
            ring.over(ONE, 20.0)
        ring.add(shot(float(at)))
        if at in (11, 22):
            assert ring.due(float(at)) is None, "whether it lasts is not known yet"
        if at == 22:
            assert [one.at for one in ring._shots] == [8.0, 9.0, 10.0, 11.0, 12.0, 20.0, 21.0, 22.0]
    ring.over(OTHER, 30.0)
    due = ring.due(40.0)
    assert due is not None
    assert (due[0], [one.at for one in due[1]]) == (OTHER, [8.0, 9.0, 10.0, 11.0, 12.0])
    assert ring.due(40.0) is None, "the other was a micro-stop"


class Floor:
    """A camera before the bench, which is told of states; `kept` are the stops whose pictures are on disk."""

    def __init__(self, folder: Path, ring_seconds: int = RING) -> None:
        self.kept: list[float] = []
        self.outlet = Mock(now=lambda: START, keep=lambda *events: self.kept.append(len(events)))
        camera = watching(folder, ring_seconds)
        told = configuration(micro_stop_seconds=30.0).model_copy(update={"peripherals": (camera,)})
        surroundings = Surroundings(self.outlet, folder, lambda: told)
        self.pictures = KeptPictures(folder)
        self.stops = StopPictures(camera, surroundings, self.pictures, self._keep)

    def _keep(self, jpeg: bytes, at: datetime, reason: PictureReason, machine_id: UUID) -> PictureKept:
        sha256 = self.pictures.keep(jpeg)
        camera = uuid5(SPACE, "camera")
        return PictureKept(
            at=at,
            id=uuid4(),
            station_id=STATION,
            peripheral_id=camera,
            sha256=sha256,
            bytes=1,
            reason=reason,
            machine_id=machine_id,
            retention_days=1,
        )

    def goes(self, *states: tuple[MachineState, float]) -> bool:
        """Whether pictures of a stop were kept after the press was in these states, so many seconds ago each."""
        self.stops.note([changed(state, START - timedelta(seconds=ago)) for state, ago in states])
        self.stops.add(JPEG, time.monotonic() - states[0][1])
        self.stops._keep_due()
        return bool(self.kept)


def changed(state: MachineState, started_at: datetime) -> StateChanged:
    opened = OpenedInterval(id=uuid4(), state=state, started_at=started_at)
    return StateChanged(at=started_at, machine_id=MACHINE, opened=opened)


@pytest.mark.parametrize(
    ("states", "is_kept"),
    [
        ([(MachineState.STOPPED, 20)], False),
        ([(MachineState.STOPPED, 90)], True),
        ([(MachineState.STOPPED, 90), (MachineState.RUNNING, 70)], False),
        ([(MachineState.STOPPED, 90), (MachineState.RUNNING, 50)], True),
        ([(MachineState.STOPPED, 90), (MachineState.FAULT, 80), (MachineState.RUNNING, 50)], True),
        ([(MachineState.STOPPED, 90), (MachineState.MANUAL, 80), (MachineState.RUNNING, 50)], True),
        ([(MachineState.STOPPED, 90), (MachineState.UNKNOWN, 85)], True),
        ([(MachineState.STOPPED, 90), (MachineState.UNKNOWN, 85), (MachineState.RUNNING, 80)], False),
        ([(MachineState.EMERGENCY_STOP, 20), (MachineState.RUNNING, 15)], True),
        ([(MachineState.STOPPED, 20), (MachineState.EMERGENCY_STOP, 18), (MachineState.RUNNING, 15)], True),
        ([(MachineState.SETUP, 90)], False),
    ],
)
def test_pictures_are_kept_of_what_is_longer_than_a_micro_stop(
    tmp_path: Path, states: list[tuple[MachineState, float]], is_kept: bool
) -> None:
    assert Floor(tmp_path).goes(*states) is is_kept


def test_pictures_of_a_stop_that_can_not_be_told_are_taken_back(tmp_path: Path) -> None:
    floor = Floor(tmp_path)
    floor.outlet.keep = Mock(side_effect=NotKept("the disk is full"))
    floor.goes((MachineState.STOPPED, 90))
    assert floor.outlet.refuse.call_count == 1
    assert floor.pictures.waiting() == []


def left_in(folder: Path) -> list[Path]:
    return sorted((folder / "undecided").rglob("*.jpg"))


@pytest.mark.parametrize("is_started_anew", [False, True])
def test_pictures_that_the_buffer_refused_stay_on_disk_and_are_kept_later(
    tmp_path: Path, is_started_anew: bool
) -> None:
    floor = Floor(tmp_path)
    takes, floor.outlet.keep = floor.outlet.keep, Mock(side_effect=NotKept("the disk is full"))
    floor.goes((MachineState.STOPPED, 90))
    floor.stops._keep_due()
    assert len(left_in(tmp_path)) == 1
    if is_started_anew:
        floor = Floor(tmp_path)
        with floor.stops:
            until(lambda: floor.kept == [1])
    else:
        floor.stops._keep_left()
        assert len(left_in(tmp_path)) == 1, "refused once more"
        floor.outlet.keep = takes
        floor.stops._keep_left()
    assert floor.kept == [1]
    assert left_in(tmp_path) == []


def test_pictures_of_a_micro_stop_are_on_disk_while_it_lasts_and_gone_after(tmp_path: Path) -> None:
    floor = Floor(tmp_path)
    assert not floor.goes((MachineState.STOPPED, 20))
    assert [path.read_bytes() for path in left_in(tmp_path)] == [JPEG]
    assert not floor.goes((MachineState.RUNNING, 15))
    assert left_in(tmp_path) == []


def test_pictures_that_are_too_many_stay_in_memory_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unison_station.cameras.undecided_pictures.MOST_BYTES", 2)
    there = UndecidedPictures(tmp_path, ONE)
    there.hold([(OTHER, shot(0.0)), (OTHER, shot(1.0)), (OTHER, shot(2.0))])
    assert len(left_in(tmp_path)) == 2
    there.hold([(OTHER, shot(2.0))])
    assert len(left_in(tmp_path)) == 1


def test_what_a_power_cut_left_in_pieces_is_none_and_goes(tmp_path: Path) -> None:
    whole = Shot(b"\xff\xd8 whole \xff\xd9", START, 0.0)
    UndecidedPictures(tmp_path, ONE).hold([(OTHER, whole), (OTHER, shot(1.0))])
    UndecidedPictures(tmp_path, OTHER).hold([(OTHER, whole)])
    (left_in(tmp_path)[0].parent / "half.new").write_bytes(b"\xff")
    again = UndecidedPictures(tmp_path, ONE)
    assert again.found() == [(OTHER, whole)]
    again.hold(())
    again.forget_others([ONE])
    assert [path for path in (tmp_path / "undecided").rglob("*") if path.is_file()] == []


def test_a_kill_within_a_micro_stop_keeps_its_pictures_once(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "table.png"), on_table(size=(120, 160)))
    press, folder = Press(), tmp_path / "data"
    with connected(press) as slave:
        told = configuration(device("press", slave.port, *machine_tags("press")), micro_stop_seconds=600.0)
        told = told.model_copy(update={"peripherals": (watching(tmp_path / "table.png", ring_seconds=30),)})
        with Program(folder, told) as program:
            until(lambda: (folder / "local.json").exists())
            program.has_made(3)
            press.registers[0] = 0
            until(lambda: len(left_in(folder)) >= 2)
            program.end(signal.SIGKILL)
        killed = {moment_of(path): path for path in left_in(folder)}
        for _ in range(2):
            with Agent(folder, configuration=told) as agent:
                until(lambda: {moment(one["at"]) for one in kept_of_stops(agent)} >= killed.keys())
                until(lambda: not any(path.exists() for path in killed.values()))
                kept = [one for one in kept_of_stops(agent) if moment(one["at"]) in killed]
            assert {one["machine_id"] for one in kept} == {str(MACHINE)}
            assert len({one["id"] for one in kept}) == len(killed)
            # and as a kill between the events and the end of the files here leaves them
            jpeg = next((folder / "pictures").glob("*.jpg")).read_bytes()
            UndecidedPictures(folder, uuid5(SPACE, "camera")).hold((MACHINE, Shot(jpeg, at, 0.0)) for at in killed)


def moment_of(path: Path) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(path.stem.rpartition("_")[2]))


def kept_of_stops(agent: Agent) -> list[dict[str, Any]]:
    return [one for one in taken(agent, "picture_kept") if one["reason"] == "stop"]
