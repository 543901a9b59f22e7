"""No text of a badge is kept or told, and no picture that shows one."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
from unison_domain.machines.contracts import MachineState
from unison_domain.stations.camera_commands import Measure, TakePicture, TryTool
from unison_domain.stations.camera_settings import CodeFormat, Region
from unison_domain.stations.peripherals import CameraConfiguration
from unison_domain.stations.picture_tools import Caliper, Strip
from unison_station.agent import Agent
from unison_station.cameras.code import Grey
from unison_station.cameras.wire import Message
from unison_station.commands.camera_setup import CameraDesk
from unison_station.operator.actions import SayState
from unison_station.operator.roster import FILE
from unison_station.peripherals.outlet import Outlet
from unison_station.peripherals.unscanned import Unscanned
from unison_station.peripherals.worker import Tell
from unison_station.store import Store
from unison_station.uplink import Identity
from unison_station.uplink.commands import CommandFailed

from tests.station_agent.cameras.printing import on_table, printed
from tests.station_agent.cameras.test_camera import CAMERA, EMPTY, camera, seeing, show, table
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
from tests.station_agent.operator.shop import BENCH, shop
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


BESIDE = Region(x=0.0, y=0.0, width=0.3, height=0.2)
READS_NO_BADGE: dict[str, dict[str, Any]] = {
    "reads no codes": {"formats": ()},
    "reads others": {"formats": (CodeFormat.CODE_128,)},
    "reads beside it": {"region": BESIDE, "whole_picture_every": 0},
    "sees it unsharp": {"sharpness": 100_000.0},
}
"""Cameras that may be set so that their codes never are a badge."""


@pytest.mark.parametrize("settings", READS_NO_BADGE.values(), ids=READS_NO_BADGE)
def test_no_picture_around_a_stop_shows_a_badge_whatever_the_camera_reads(
    tmp_path: Path, server: FakeServer, identity: Identity, settings: dict[str, Any]
) -> None:
    place = tmp_path / "seen"
    place.mkdir()
    show(place, table(tmp_path, "PART-1", "ADA-BADGE"))
    without = table(tmp_path, "PART-2")
    watching = camera(place, ring_seconds=5, **settings)
    server.configuration = shop(agent_id=AGENT, organization_id=ORGANIZATION, version=2, peripherals=(watching,))
    with Agent(tmp_path, identity=identity) as agent:
        until(lambda: agent.signing_on.is_known and states(agent) == ["online"])
        eye, shown = seeing(agent), list[bool]()
        take = eye._take

        def noting(message: Message, tell: Tell) -> None:
            take(message, tell)
            if "ring" in message.said:
                shown.append("ADA-BADGE" in message.said["texts"])

        eye._take = noting  # type: ignore[method-assign]  # nothing else tells of a picture that is not kept
        until(lambda: len(shown) >= 2)
        said = SayState(do="state", id=uuid4(), machine_id=BENCH, state=MachineState.STOPPED)
        agent.desk.act(said, agent.engine)
        show(place, without)
        until(lambda: bool(taken(agent, "picture_kept")))
        assert shown[:2] == [True, True]
        assert len(taken(agent, "picture_kept")) < len(shown)
        (hashed,) = {one["sha256"] for one in taken(agent, "picture_kept")}
        until(lambda: any(hashed in path for path in sent_files(server)))
    assert len(sent_files(server)) == 1


@pytest.mark.parametrize("settings", list(READS_NO_BADGE.values())[1:3], ids=list(READS_NO_BADGE)[1:3])
def test_no_picture_of_a_scan_shows_a_badge_whatever_the_camera_reads(
    tmp_path: Path, server: FakeServer, identity: Identity, settings: dict[str, Any]
) -> None:
    place = tmp_path / "seen"
    place.mkdir()
    show(place, EMPTY)
    watching = camera(place, keep_scans=True, **{"formats": (CodeFormat.QR,), **settings})
    server.configuration = shop(agent_id=AGENT, organization_id=ORGANIZATION, version=2, peripherals=(watching,))
    kind = "CODE128" if "formats" in settings else "QRCODE"
    with Agent(tmp_path, identity=identity) as agent:
        until(lambda: agent.signing_on.is_known and states(agent) == ["online"])
        show(
            place,
            _with_part(
                tmp_path,
                "PART-1",
                kind,
                on_table((printed(tmp_path, "ADA-BADGE", "-b", "QRCODE"), 240, 150), size=(480, 640)),
            ),
        )
        until(lambda: len(told_of(server, "scan_taken")) == 1)
        show(place, _with_part(tmp_path, "PART-2", kind, EMPTY))
        until(lambda: len(told_of(server, "scan_taken")) == 2)
        first, second = told_of(server, "scan_taken")
        assert [(one["text"], one.get("picture") is None) for one in (first, second)] == [
            ("PART-1", True),
            ("PART-2", False),
        ]
        assert len(told_of(server, "picture_kept")) == 1


def _with_part(folder: Path, text: str, kind: str, seen: Grey) -> Grey:
    """A part's code at the upper left, where the region is."""
    code, shown = printed(folder, text, "-b", kind, scale=1), seen.copy()
    shown[2 : 2 + code.shape[0], 2 : 2 + code.shape[1]] = code
    return shown


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
