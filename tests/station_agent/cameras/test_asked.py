"""Who asks a camera for a picture hears at once that it is away, and why; one that is being opened is waited for."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest
from unison_domain.sentences import in_language
from unison_domain.stations.camera_commands import TakePicture
from unison_domain.stations.peripherals import PeripheralState
from unison_station.agent import Agent
from unison_station.cameras.camera import Camera
from unison_station.cameras.camera_away import CameraAway
from unison_station.peripherals.peripheral import Standing
from unison_station.uplink.commands import CommandFailed

from tests.station_agent.cameras.stand_in import stand_in
from tests.station_agent.cameras.test_camera import CAMERA, camera
from tests.station_agent.operator.shop import shop
from tests.station_agent.peripherals.station import station
from tests.station_agent.waiting import until

LONG = 3_600.0
AWAY = Standing(PeripheralState.OFFLINE, "its process ended; it is begun again")


def asking(seen: Camera, refused: list[str]) -> Thread:
    def ask() -> None:
        try:
            seen.take_picture(LONG)
        except CameraAway as away:
            refused.append(str(away))

    thread = Thread(target=ask, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("is_open", [False, True])
def test_one_that_goes_away_is_waited_for_no_longer(tmp_path: Path, is_open: bool) -> None:
    seen, _ = stand_in(tmp_path, camera("x"), shop())
    if is_open:
        seen._request = lambda number: number > 0  # type: ignore[method-assign]  # no process hears it
        seen._asking = object()  # type: ignore[assignment]  # there is one
    refused: list[str] = []
    thread = asking(seen, refused)
    assert refused == []
    seen.note(AWAY)
    thread.join(60)
    assert refused == [AWAY.message]


def test_the_words_of_a_command_and_of_the_station_say_why(tmp_path: Path) -> None:
    with Agent(tmp_path, configuration=station(camera(tmp_path / "none" / "there"))) as agent:
        until(lambda: "is not there" in "".join(one.message or "" for one in agent.peripherals.reports))
        with pytest.raises(CommandFailed, match=r"camera is not there: .*/there is not there; cameras of this") as said:
            agent._camera_desk().take_picture(TakePicture(peripheral_id=CAMERA), LONG)
    assert in_language(str(said.value), "de").startswith("Kamera ist nicht da: ")
