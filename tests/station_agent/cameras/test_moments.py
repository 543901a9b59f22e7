"""When something was seen is told by the camera's process: nothing changes it, however long the agent is held up."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from queue import Queue
from threading import Event as Flag
from uuid import uuid4

import pytest
from unison_domain.machines.contracts import MachineState
from unison_domain.stations.camera_settings import CodeFormat
from unison_domain.stations.events import Event, StateSet
from unison_domain.stations.peripherals import CameraConfiguration
from unison_domain.stations.picture_events import PictureKept
from unison_station.cameras.wire import Message

from tests.station_agent.cameras.stand_in import follow, sight, stand_in
from tests.station_agent.configurations import SPACE, STATION
from tests.station_agent.operator.shop import BENCH, shop
from tests.station_agent.waiting import until

SETTINGS = CameraConfiguration(
    id=SPACE, station_id=STATION, name="camera", source="x", formats=(CodeFormat.QR,), absent_seconds=0.5
)
RING = SETTINGS.model_copy(update={"ring_seconds": 1})


def stopped(at: float) -> StateSet:
    """A person says that the bench stands since then."""
    began = datetime.fromtimestamp(at, UTC)
    return StateSet(
        at=began,
        id=uuid4(),
        machine_id=BENCH,
        station_id=STATION,
        state=MachineState.STOPPED,
        started_at=began,
        interval_id=uuid4(),
    )


def test_what_waited_to_be_heard_was_seen_when_it_was_seen(tmp_path: Path) -> None:
    camera, disk = stand_in(tmp_path, SETTINGS, shop())
    heard, ending = Queue[Message | None](), Flag()
    began = time.monotonic() - 100
    for message in (sight(began, "A"), sight(began + 1), sight(began + 2), sight(began + 3, "A")):
        heard.put(message)
    thread = follow(camera, heard, ending)
    until(lambda: len(disk.scans) == 2)
    ending.set()
    thread.join(60)
    assert [text for text, _ in disk.scans] == ["A", "A"]
    assert [at for _, at in disk.scans] == [pytest.approx(began, abs=0.05), pytest.approx(began + 3, abs=0.05)]


def test_what_a_camera_sees_does_not_wait_for_the_pictures_of_a_stop(tmp_path: Path) -> None:
    camera, disk = stand_in(tmp_path, RING, shop())
    heard, ending, is_held_up, goes_on = Queue[Message | None](), Flag(), Flag(), Flag()

    def slow(events: tuple[Event, ...]) -> None:
        if any(isinstance(one, PictureKept) for one in events):
            is_held_up.set()
            goes_on.wait(60)

    disk.before = slow
    began = time.monotonic()
    with camera.stops:
        thread = follow(camera, heard, ending)
        camera.stops.note([stopped(began + 1.1)])
        for place in range(8):
            heard.put(Message({"ring": began + place / 2, "texts": []}, b"picture %d" % place))
        assert is_held_up.wait(60)
        for message in (sight(began + 3, "A"), sight(began + 4), sight(began + 5, "A")):
            heard.put(message)
        until(lambda: len(disk.scans) == 2)
        goes_on.set()
        ending.set()
        thread.join(60)
    kept = [one for one in disk.kept if isinstance(one, PictureKept)]
    moments = [one.at.timestamp() - began for one in kept]
    assert moments == [pytest.approx(at, abs=0.05) for at in (0.5, 1, 1.5, 2)]


def test_a_stop_that_is_told_while_those_of_another_are_written_has_what_came_before_it(tmp_path: Path) -> None:
    camera, disk = stand_in(tmp_path, RING, shop())
    is_held_up, goes_on = Flag(), Flag()

    def slow(_events: tuple[Event, ...]) -> None:
        is_held_up.set()
        goes_on.wait(60)

    disk.before = slow
    began = time.monotonic()
    with camera.stops:
        camera.stops.note([stopped(began + 1.1)])
        for place in range(6):
            camera.stops.add(b"picture %d" % place, began + place / 2)
        assert is_held_up.wait(60)
        camera.stops.note([stopped(began + 4.1)])
        for place in range(6, 40):
            camera.stops.add(b"picture %d" % place, began + place / 2)
        goes_on.set()
    moments = [one.at.timestamp() - began for one in disk.kept]
    assert moments == [pytest.approx(at / 2, abs=0.05) for at in (1, 2, 3, 4, 7, 8, 9, 10)]


def test_no_picture_around_a_stop_shows_a_badge_whatever_the_camera_reads(tmp_path: Path) -> None:
    camera, disk = stand_in(tmp_path, RING, shop())
    heard, ending = Queue[Message | None](), Flag()
    began = time.monotonic()
    with camera.stops:
        thread = follow(camera, heard, ending)
        camera.stops.note([stopped(began)])
        heard.put(Message({"ring": began, "texts": ["PART", "ADA-BADGE"]}, b"badge"))
        heard.put(Message({"ring": began + 0.5, "texts": ["PART"]}, b"part"))
        heard.put(Message({"ring": began + 2, "texts": []}, b"later"))
        until(lambda: bool(disk.kept))
        ending.set()
        thread.join(60)
    (kept,) = disk.kept
    assert isinstance(kept, PictureKept)
    assert kept.bytes == len(b"part")
