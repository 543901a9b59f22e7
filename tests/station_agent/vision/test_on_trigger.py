"""A camera of a real agent that measures when it is asked at its station, and on the command of the server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import uuid4, uuid5

import cv2
import numpy as np
import pytest
from unison_domain.stations.camera_commands import Measure, MeasuredPicture
from unison_domain.stations.commands import CommandKind
from unison_domain.stations.peripherals import CameraConfiguration
from unison_domain.stations.picture_tools import Caliper, Strip
from unison_station.agent import Agent
from unison_station.cameras.kept_pictures import KeptPictures
from unison_station.operator.actions import SayName
from unison_station.vision.booking import Booking
from unison_station.vision.on_trigger import OnTrigger

from tests.station_agent.configurations import SPACE, STATION
from tests.station_agent.peripherals.station import DIAMETER, refusals, states, station, taken, values
from tests.station_agent.vision import test_calibration as boards
from tests.station_agent.vision.rendering import Light, bar, render
from tests.station_agent.waiting import until

CAMERA = uuid5(SPACE, "camera")
VIEW = boards.VIEWS[0]


def tool() -> Caliper:
    (left, up), (right, down) = VIEW.picture(18, 20), VIEW.picture(42, 20)
    strip = Strip(from_x=left, from_y=up, to_x=right, to_y=down, width=10)
    return Caliper(id=uuid4(), name="slot", characteristic_id=DIAMETER, strip=strip)


def show(folder: Path, name: str, width: float | None) -> None:
    chance = np.random.default_rng(1)
    picture = render(VIEW, bar(30, 20, width), Light(noise=1), chance) if width else np.full((240, 320), 120, np.uint8)
    passing = folder / f".{name}"
    assert cv2.imwrite(str(passing.with_suffix(".png")), picture)
    passing.with_suffix(".png").replace(folder / f"{name}.png")


@pytest.fixture
def seen(tmp_path: Path) -> Path:
    """What the camera sees."""
    seen = tmp_path / "seen"
    seen.mkdir()
    show(seen, "1", 12.5)
    return seen


@pytest.fixture
def camera(seen: Path) -> CameraConfiguration:
    return CameraConfiguration(
        id=CAMERA,
        station_id=STATION,
        name="Top",
        source=str(seen),
        width=320,
        height=240,
        tools=(tool(),),
        calibration=boards.calibration(),
    )


@pytest.fixture
def agent(tmp_path: Path, camera: CameraConfiguration) -> Iterator[Agent]:
    with Agent(tmp_path / "data", configuration=station(camera)) as agent:
        until(lambda: states(agent) == ["online"])
        yield agent


def sign_on(agent: Agent, name: str) -> None:
    agent.desk.act(SayName(do="name", id=uuid4(), station_id=STATION, name=name), agent.engine)


@pytest.mark.parametrize("asker", ["Ida", None])
def test_a_value_is_of_who_asked_though_another_signs_on_before_it_is_there(
    agent: Agent, camera: CameraConfiguration, seen: Path, asker: str | None
) -> None:
    outlet, pictures = agent._outlet(), KeptPictures(seen)

    def take(_seconds: float) -> tuple[bytes, datetime]:
        sign_on(agent, "Eve")
        return (seen / "1.png").read_bytes(), outlet.now()

    booking = Booking(outlet, pictures, lambda _sha256: None, lambda: agent.engine.configuration)
    if asker:
        sign_on(agent, asker)
    assert OnTrigger(camera, take, booking, outlet, lambda _picture: None).ask()
    until(lambda: len(values(agent)) == 1)
    told = [*taken(agent, "reading_taken"), *taken(agent, "picture_kept")]
    assert [one.get("person") for one in told] == [asker, asker]


def test_the_operator_asks_and_the_server_commands(agent: Agent, seen: Path, tmp_path: Path) -> None:
    sign_on(agent, "Ida")
    peripheral = agent.peripherals.find(CAMERA)
    assert peripheral is not None
    assert peripheral.ask()
    until(lambda: len(values(agent)) == 1)
    measured = agent._handlers()[CommandKind.MEASURE](Measure(peripheral_id=CAMERA), 30.0)
    assert isinstance(measured, MeasuredPicture)
    assert [float(value) for value in values(agent)] == pytest.approx([12.5, 12.5], abs=0.03)
    pictures = [one["sha256"] for one in taken(agent, "picture_kept")]
    assert [one["picture"] for one in taken(agent, "reading_taken")] == pictures
    assert [one.get("person") for one in taken(agent, "reading_taken")] == ["Ida", None], "who is there asked once"
    assert (tmp_path / "data" / "pictures" / f"{pictures[0]}.png").exists()
    show(seen, "2", None)
    until(lambda: peripheral.ask() and "no first edge" in " ".join(refusals(agent)))
