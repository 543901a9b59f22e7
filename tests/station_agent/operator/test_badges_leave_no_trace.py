"""No text of a badge is kept or told, and no picture that shows one."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from unison_domain.stations.camera_commands import Measure, TakePicture, TryTool
from unison_domain.stations.camera_settings import CodeFormat
from unison_domain.stations.peripherals import CameraConfiguration
from unison_domain.stations.picture_tools import Caliper, Strip
from unison_station.agent import Agent
from unison_station.commands.camera_setup import CameraDesk
from unison_station.operator.roster import FILE
from unison_station.peripherals.outlet import Outlet
from unison_station.peripherals.unscanned import Unscanned
from unison_station.store import Store
from unison_station.uplink import Identity
from unison_station.uplink.commands import CommandFailed

from tests.station_agent.cameras.test_camera import CAMERA, EMPTY, camera, show, table
from tests.station_agent.configurations import STATION
from tests.station_agent.operator.badges import (
    ADA,
    TEXTS,
    agent,
    identity,
    scan,
    sent_files,
    server,
    told_of,
    who,
    words,
)
from tests.station_agent.operator.shop import shop
from tests.station_agent.peripherals.station import CHARACTERISTICS, DIAMETER, states, station, taken
from tests.station_agent.uplink.server import AGENT, ORGANIZATION, FakeServer
from tests.station_agent.waiting import until

__all__ = ["agent", "identity", "server"]


def test_no_text_of_a_badge_is_on_disk(tmp_path: Path, agent: Agent) -> None:
    for text in TEXTS:
        scan(agent, text)
    agent.__exit__()
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file() and "ballast" not in file.name)
    assert [text for text in TEXTS if text.encode() in kept] == ["4711"], "that is no badge, but a code"
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_a_camera_keeps_nothing_of_a_badge_and_the_pictures_of_all_else(
    tmp_path: Path, server: FakeServer, identity: Identity
) -> None:
    place = tmp_path / "seen"
    place.mkdir()
    show(place, EMPTY)
    watching = camera(place, keep_scans=True, ring_seconds=5.0)
    server.configuration = shop(agent_id=AGENT, organization_id=ORGANIZATION, version=2, peripherals=(watching,))
    with Agent(tmp_path, identity=identity) as agent:
        until(lambda: agent.signing_on.is_known and states(agent) == ["online"])
        show(place, table(tmp_path, "ADA-BADGE"))
        until(lambda: who(agent) is not None)
        show(place, table(tmp_path, "ADA-BADGE", "PART-1"))
        until(lambda: len(told_of(server, "scan_taken")) == 1)
        show(place, EMPTY)
        show(place, table(tmp_path, "PART-2"))
        until(lambda: len(told_of(server, "scan_taken")) == 2)
        first, second = told_of(server, "scan_taken")
        assert [(one["text"], one.get("picture") is None) for one in (first, second)] == [
            ("PART-1", True),
            ("PART-2", False),
        ]
        until(lambda: any(second["picture"] in path for path in sent_files(server)))
        assert len(sent_files(server)) == len(told_of(server, "picture_kept")) == 1
        assert b"ADA-BADGE" not in b"".join(file.read_bytes() for file in tmp_path.glob("buffer.sqlite*"))


@pytest.mark.parametrize("formats", [(CodeFormat.QR,), ()], ids=["reads codes", "measures only"])
def test_a_picture_that_is_asked_for_or_measured_is_nobodys_where_it_shows_a_badge(
    tmp_path: Path, server: FakeServer, identity: Identity, formats: tuple[CodeFormat, ...]
) -> None:
    place = tmp_path / "seen"
    place.mkdir()
    show(place, table(tmp_path, "ADA-BADGE", "PART-1"))
    strip = Strip(from_x=20, from_y=60, to_x=140, to_y=60)
    slot = Caliper(id=uuid4(), name="slot", characteristic_id=DIAMETER, strip=strip)
    watching = camera(place, formats=formats, tools=(slot,))
    known: dict[str, Any] = {"peripherals": (watching,), "characteristics": CHARACTERISTICS}
    server.configuration = shop(agent_id=AGENT, organization_id=ORGANIZATION, version=2, **known)
    with Agent(tmp_path, identity=identity) as agent:
        until(lambda: agent.signing_on.is_known and states(agent) == ["online"])
        desk, peripheral = agent._camera_desk(), agent.peripherals.find(CAMERA)
        assert peripheral is not None
        for widest in (None, 320):
            with pytest.raises(CommandFailed, match=r"sees a badge.*take it out of sight, then try again"):
                desk.take_picture(TakePicture(peripheral_id=CAMERA, widest=widest), 10.0)
        with pytest.raises(CommandFailed, match="sees a badge"):
            desk.measure(Measure(peripheral_id=CAMERA), 10.0)
        with pytest.raises(CommandFailed, match="sees a badge"):
            desk.try_tool(TryTool(peripheral_id=CAMERA, tool=slot), 10.0)
        assert peripheral.ask()
        until(lambda: any("nothing was measured: it sees a badge" in one for one in words(agent)))
        assert [*taken(agent, "picture_kept"), *taken(agent, "reading_taken")] == []
        assert not list(tmp_path.rglob("*.picture"))
        show(place, table(tmp_path, "PART-1"))
        until(lambda: _is_given(desk))
    assert len(list(tmp_path.rglob("*.picture"))) == 1


def _is_given(desk: CameraDesk) -> bool:
    try:
        return bool(desk.take_picture(TakePicture(peripheral_id=CAMERA), 10.0))
    except CommandFailed:
        return False


def test_texts_that_were_remembered_of_a_sight_are_forgotten_at_the_next_start(tmp_path: Path) -> None:
    """Also with the camera away, which sees nothing else then."""
    away = tmp_path / "away"
    before = {"source": str(away), "counted": ["Q ADA-BADGE"], "shown": None}
    with Store.open(tmp_path / "data") as store:
        store.commit([], {f"camera:{CAMERA}": orjson.dumps(before)})
    with Agent(tmp_path / "data", configuration=station(camera(away))) as agent:
        until(lambda: b"ADA-BADGE" not in agent.store.load_state()[f"camera:{CAMERA}"])


def test_no_text_of_a_badge_and_no_piece_that_may_be_of_one_is_told_as_refused(agent: Agent) -> None:
    outlet = Outlet(agent.desk, agent.engine, agent.signing_on)
    camera = CameraConfiguration(id=ADA, station_id=STATION, name="camera", source="/dev/video0")
    outlet.refuse_scan(camera, Unscanned("'ADA-BADGE' is none of the expected codes", ("ADA-BADGE",)))
    outlet.refuse_scan(camera, Unscanned("'PART-1' is none of the expected codes", ("PART-1",)))
    outlet.refuse_scan(camera, Unscanned("b'-BAD' came without its end", ("-BAD",), is_whole=False))
    told = agent.desk.refused[camera.id]
    assert [one.raw for one in told] == ["AAA-AAAAA", "PART-1", "-AAA"]
    assert "ADA" not in told[0].reason
    assert "BAD" not in told[2].reason
    assert words(agent)[0] == "'ADA-BADGE' is none of the expected codes", "who stands there sees it"
