"""Measuring by camera is set up from afar and measures; the camera is a function that gives rendered pictures."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import cast
from uuid import UUID, uuid4, uuid5

import cv2
import numpy as np
import pytest
from unison_domain.sentences import in_language
from unison_domain.stations.camera_commands import CalibratePlane, Cut, FindBoard, Measure, TakePicture, TryTool
from unison_domain.stations.peripherals import CameraConfiguration
from unison_domain.stations.picture_tools import Caliper, CircleDiameter, PictureTool, Presence, Strip
from unison_station.agent import Agent
from unison_station.commands.camera_setup import CameraDesk
from unison_station.operator.actions import SayName
from unison_station.peripherals.outlet import Outlet
from unison_station.uplink.commands import CommandFailed, TooLate
from unison_station.uplink.transport import Answer, Transport, Unreachable
from unison_station.vision import work_pictures
from unison_station.vision.booking import Booking
from unison_station.vision.templates import fetched
from unison_station.vision.work_pictures import WorkPictures

from tests.station_agent.configurations import SPACE, STATION
from tests.station_agent.peripherals.station import DIAMETER, refusals, station, taken
from tests.station_agent.vision import test_calibration as boards
from tests.station_agent.vision.rendering import Light, View, bar, disk, render, straight

CAMERA = uuid5(SPACE, "camera")
VIEW = straight(160, 120)
AT = datetime(2026, 3, 2, tzinfo=UTC)


class Files:
    """Where pictures wait for the server."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def keep(self, content: bytes, media_type: str) -> str:
        assert content.startswith(b"\x89PNG" if media_type == "image/png" else b"\xff\xd8")
        sha256 = hashlib.sha256(content).hexdigest()
        self.kept[sha256] = content
        return sha256

    def announcing(self) -> AbstractContextManager[None]:
        return nullcontext()


class Shop:
    """An agent with one camera, and what lies under it."""

    def __init__(self, agent: Agent, folder: Path, view: View) -> None:
        self.agent, self.view = agent, view
        self.files = Files()
        self.shown: bytes | None = png(render(view, bar(80, 60, 30), Light(), np.random.default_rng(1)))
        self.work = WorkPictures(folder, lambda: ())
        self.outlet = Outlet(agent.desk, agent.engine)
        booking = Booking(self.outlet, self.files, self.work.load, lambda: agent.engine.configuration)
        self.at_server: dict[str, bytes] = {}
        configured, now = (lambda: agent.engine.configuration), self.outlet.now
        self.desk = CameraDesk(configured, self._snapshot, booking, self.work, now, self.at_server.get)

    def _snapshot(self, camera: UUID, seconds: float) -> tuple[bytes, datetime] | None:
        assert camera == CAMERA
        assert 0 < seconds <= 10
        return None if self.shown is None else (self.shown, self.outlet.now())


def png(picture: np.ndarray) -> bytes:
    return bytes(cv2.imencode(".png", picture)[1])


def caliper(characteristic: UUID = DIAMETER, **more: object) -> Caliper:
    strip = Strip(from_x=20, from_y=60, to_x=140, to_y=60)
    return Caliper(id=uuid4(), name="slot", characteristic_id=characteristic, strip=strip).model_copy(update=more)


def camera(*tools: PictureTool, **more: object) -> CameraConfiguration:
    return CameraConfiguration(id=CAMERA, station_id=STATION, name="Top", source="x", tools=tools).model_copy(
        update=more
    )


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Callable[..., Shop]]:
    agents: list[Agent] = []

    def begin(configured: CameraConfiguration, view: View = VIEW) -> Shop:
        agent = Agent(tmp_path, configuration=station(configured))
        agents.append(agent)
        agent.__enter__()
        return Shop(agent, tmp_path, view)

    yield begin
    for agent in agents:
        agent.__exit__(None, None, None)


def test_a_picture_is_kept_told_and_can_be_worked_with(shop: Callable[..., Shop]) -> None:
    floor = shop(camera())
    answer = floor.desk.take_picture(TakePicture(peripheral_id=CAMERA), 30.0)
    assert (answer.width, answer.height) == (160, 120)
    assert floor.files.kept[answer.sha256] == floor.shown == floor.work.load(answer.sha256)
    (kept,) = taken(floor.agent, "picture_kept")
    assert (kept["sha256"], kept["reason"], kept["media_type"]) == (answer.sha256, "asked", "image/png")


def test_a_glance_is_small_kept_for_a_day_and_nothing_to_work_with(shop: Callable[..., Shop]) -> None:
    floor = shop(camera())
    floor.shown = png(np.full((720, 1280), 90, np.uint8))
    answer = floor.desk.take_picture(TakePicture(peripheral_id=CAMERA, widest=320), 30.0)
    assert (answer.width, answer.height) == (1280, 720)
    small = cv2.imdecode(np.frombuffer(floor.files.kept[answer.sha256], np.uint8), cv2.IMREAD_GRAYSCALE)
    assert small is not None
    assert small.shape == (180, 320)
    assert floor.work.load(answer.sha256) is None
    (kept,) = taken(floor.agent, "picture_kept")
    assert (kept["media_type"], kept["retention_days"], kept["reason"]) == ("image/jpeg", 1, "asked")


def test_agents_that_know_no_glance_take_every_other_command() -> None:
    assert "widest" not in TakePicture(peripheral_id=CAMERA).model_dump(mode="json")
    assert TakePicture(peripheral_id=CAMERA, widest=320).model_dump(mode="json")["widest"] == 320
    with pytest.raises(ValueError, match="leave cut or widest out"):
        TakePicture(peripheral_id=CAMERA, widest=320, cut=Cut(x=0, y=0, width=9, height=9))


def test_a_tool_is_tried_on_a_new_and_on_a_stored_picture_and_books_nothing(shop: Callable[..., Shop]) -> None:
    floor = shop(camera())
    fresh = floor.desk.try_tool(TryTool(peripheral_id=CAMERA, tool=caliper()), 30.0)
    assert fresh.finding.value is not None
    assert float(fresh.finding.value) == pytest.approx(30, abs=0.03)
    assert (fresh.finding.unit, len(fresh.finding.points), len(fresh.finding.paths)) == ("px", 2, 3)
    floor.shown = None
    again = floor.desk.try_tool(TryTool(peripheral_id=CAMERA, tool=caliper(), picture=fresh.picture.sha256), 30.0)
    assert again.finding.value == fresh.finding.value
    assert taken(floor.agent, "reading_taken") == []
    nothing = floor.desk.try_tool(
        TryTool(peripheral_id=CAMERA, tool=caliper(contrast=250.0), picture=fresh.picture.sha256), 30.0
    )
    assert nothing.finding.value is None
    assert "no first edge with contrast 250" in nothing.finding.words


def test_a_template_is_cut_and_found(shop: Callable[..., Shop]) -> None:
    floor = shop(camera())
    floor.shown = png(render(VIEW, disk(80, 60, 30), Light(), np.random.default_rng(1)))
    whole = floor.desk.take_picture(TakePicture(peripheral_id=CAMERA), None)
    cut = Cut(x=60, y=40, width=40, height=40)
    part = floor.desk.take_picture(TakePicture(peripheral_id=CAMERA, picture=whole.sha256, cut=cut), None)
    assert (part.width, part.height) == (40, 40)
    tool = Presence(
        id=uuid4(), name="clip", characteristic_id=DIAMETER, template=part.sha256, x=0, y=0, width=160, height=120
    )
    found = floor.desk.try_tool(TryTool(peripheral_id=CAMERA, tool=tool, picture=whole.sha256), None)
    assert found.finding.value == Decimal(1)
    with pytest.raises(CommandFailed, match="reaches past the picture, which is 160 by 120"):
        floor.desk.take_picture(
            TakePicture(peripheral_id=CAMERA, picture=whole.sha256, cut=cut.model_copy(update={"x": 130})), None
        )


def test_a_camera_is_calibrated_and_measures_in_millimetres_with_the_picture_beside_the_value(
    shop: Callable[..., Shop],
) -> None:
    calibration = boards.calibration()
    view = boards.VIEWS[0]
    ends = [view.picture(30 + side * 12, 20) for side in (-1, 1)]
    strip = Strip(from_x=ends[0][0], from_y=ends[0][1], to_x=ends[1][0], to_y=ends[1][1], width=10)
    lost = CircleDiameter(id=uuid4(), name="bore", characteristic_id=DIAMETER, x=40, y=40, inner=5, outer=20)
    floor = shop(camera(caliper(strip=strip), lost, calibration=calibration))
    shas = []
    for picture in boards.pictures():
        floor.shown = png(picture)
        shas.append(floor.desk.take_picture(TakePicture(peripheral_id=CAMERA), None).sha256)
    made = floor.desk.calibrate_plane(
        CalibratePlane(peripheral_id=CAMERA, board=boards.BOARD, pictures=tuple(shas)), None
    )
    assert made.calibration.camera_matrix == pytest.approx(calibration.camera_matrix)
    assert made.calibration.pictures == tuple(shas)
    floor.shown = png(render(view, bar(30, 20, 12.5), Light(noise=1), np.random.default_rng(1)))
    command_id = uuid4()
    measured = floor.desk.measure(Measure(peripheral_id=CAMERA, command_id=command_id), 30.0)
    (reading,) = taken(floor.agent, "reading_taken")
    assert (reading["command_id"], reading.get("person")) == (str(command_id), None), "nobody at the station asked"
    assert float(reading["value"]) == pytest.approx(12.5, abs=0.03)
    assert (reading["unit"], reading["source"], reading["picture"]) == ("mm", "camera", measured.picture.sha256)
    assert 0 < float(reading["uncertainty"]) < 0.1
    assert taken(floor.agent, "picture_kept")[-1]["reason"] == "reading"
    assert measured.findings[1].value is None
    assert "bore: an edge with contrast 20 was found along 0 of" in refusals(floor.agent)[-1]


def test_a_board_is_looked_for_in_a_picture_before_it_is_used(shop: Callable[..., Shop]) -> None:
    floor = shop(camera())
    floor.shown = png(boards.pictures()[0])
    shown = floor.desk.take_picture(TakePicture(peripheral_id=CAMERA), None).sha256
    found = floor.desk.find_board(FindBoard(peripheral_id=CAMERA, board=boards.BOARD, picture=shown), None)
    assert (found.corners, found.of, len(found.points)) == (35, 35, 35)
    assert 0.2 < found.share < 0.8
    turned = boards.BOARD.model_copy(update={"columns": 9})
    with pytest.raises(CommandFailed, match="No chessboard of 9 by 6 squares was found in this picture: all squares"):
        floor.desk.find_board(FindBoard(peripheral_id=CAMERA, board=turned, picture=shown), None)


def test_pixels_are_not_booked_as_millimetres(shop: Callable[..., Shop]) -> None:
    floor = shop(camera(caliper(), caliper(characteristic=uuid4())))
    measured = floor.desk.measure(Measure(peripheral_id=CAMERA), 30.0)
    assert taken(floor.agent, "reading_taken") == []
    assert "px, but Diameter is measured in mm: calibrate the camera" in measured.findings[0].words
    assert "not in use any more" in measured.findings[1].words


def over_a_bar(shop: Callable[..., Shop], *more: PictureTool) -> Shop:
    """A calibrated camera with a caliper across a bar that lies there, and more tools."""
    view = boards.VIEWS[0]
    ends = [view.picture(30 + side * 12, 20) for side in (-1, 1)]
    strip = Strip(from_x=ends[0][0], from_y=ends[0][1], to_x=ends[1][0], to_y=ends[1][1], width=10)
    floor = shop(camera(caliper(strip=strip), *more, calibration=boards.calibration()))
    floor.shown = png(render(view, bar(30, 20, 12.5), Light(noise=1), np.random.default_rng(1)))
    return floor


def test_what_is_booked_is_told_as_booked_though_the_disk_keeps_no_picture_to_work_with(
    shop: Callable[..., Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    floor = over_a_bar(shop)

    def full(_content: bytes) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(floor.work, "keep", full)
    command_id = uuid4()
    measured = floor.desk.measure(Measure(peripheral_id=CAMERA, command_id=command_id), 30.0)
    (reading,) = taken(floor.agent, "reading_taken")
    assert (reading["command_id"], reading.get("person")) == (str(command_id), None), "nobody at the station asked"
    assert measured.findings[0].value == Decimal(reading["value"])
    assert measured.picture.sha256 == reading["picture"]


def test_what_is_booked_is_said_beside_what_was_not_found(shop: Callable[..., Shop]) -> None:
    lost = CircleDiameter(id=uuid4(), name="bore", characteristic_id=DIAMETER, x=40, y=40, inner=5, outer=20)
    floor = over_a_bar(shop, lost)
    floor.desk.measure(Measure(peripheral_id=CAMERA), 30.0)
    assert len(taken(floor.agent, "reading_taken")) == 1
    (told,) = floor.agent.desk.refused[CAMERA]
    assert told.reason.endswith("; 1 of 2 values are booked (slot), and reading again books them once more")
    assert "; 1 von 2 Werten sind gebucht (slot), und" in in_language(told.reason, "de")


def test_a_reading_that_is_commanded_from_afar_is_nobodys_of_the_station(shop: Callable[..., Shop]) -> None:
    floor = over_a_bar(shop)
    said = SayName(do="name", id=uuid4(), station_id=STATION, name="Ada")
    floor.agent.desk.act(said, floor.agent.engine)
    floor.desk.measure(Measure(peripheral_id=CAMERA), 30.0)
    assert floor.shown is not None
    asker = floor.outlet.who_is_at(STATION)
    floor.desk._booking.measure(floor.desk._camera(CAMERA), floor.shown, floor.outlet.now(), asker=asker)
    assert [one.get("person") for one in taken(floor.agent, "reading_taken")] == [None, "Ada"]


def test_a_tool_is_tried_on_a_picture_that_is_at_the_server_alone(shop: Callable[..., Shop]) -> None:
    floor = shop(camera())
    taken_there = floor.desk.take_picture(TakePicture(peripheral_id=CAMERA), 30.0).sha256
    tried = TryTool(peripheral_id=CAMERA, tool=caliper(), picture=taken_there)
    here = floor.desk.try_tool(tried, 30.0)
    content = floor.work.load(taken_there)
    assert content is not None
    floor.at_server[taken_there] = content
    shutil.rmtree(floor.work._folder)
    assert floor.desk.try_tool(tried, 30.0).finding == here.finding, "its PC is another now"


class AtServer:
    """A connection that gives one picture."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def get(self, path: str, query: Mapping[str, str]) -> Answer:
        return Answer(200, {}, self.content, 0.0, 0.0)

    def close(self) -> None:
        pass


def test_a_fetched_picture_is_used_though_the_disk_takes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError("No space left on device")

    work = WorkPictures(tmp_path, lambda: ())
    monkeypatch.setattr(work, "keep", full)
    content = b"a picture"
    server = cast("Transport", AtServer(content))
    assert fetched(lambda: server, hashlib.sha256(content).hexdigest(), work) == content
    assert fetched(lambda: server, "a" * 64, work) is None, "it is another"


def test_a_server_that_does_not_answer_is_said(shop: Callable[..., Shop], monkeypatch: pytest.MonkeyPatch) -> None:
    floor = shop(camera())

    def away(_sha256: str) -> bytes | None:
        return fetched(gone, _sha256, floor.work)

    def gone() -> Transport:
        raise Unreachable("connection refused")

    monkeypatch.setattr(floor.desk, "_fetched", away)
    with pytest.raises(CommandFailed, match="is not on this PC, and the server does not answer: try again") as said:
        floor.desk.try_tool(TryTool(peripheral_id=CAMERA, tool=caliper(), picture="a" * 64), 30.0)
    assert "der Server antwortet nicht" in in_language(str(said.value), "de")


def test_what_can_not_be_done_is_said(shop: Callable[..., Shop]) -> None:
    floor = shop(camera())
    with pytest.raises(CommandFailed, match="has no camera"):
        floor.desk.take_picture(TakePicture(peripheral_id=uuid4()), 30.0)
    with pytest.raises(CommandFailed, match="Top measures nothing: give it a tool"):
        floor.desk.measure(Measure(peripheral_id=CAMERA), 30.0)
    with pytest.raises(CommandFailed, match="Picture aaaaaaaaaaaa… is neither on this PC nor at the server: take"):
        floor.desk.try_tool(TryTool(peripheral_id=CAMERA, tool=caliper(), picture="a" * 64), 30.0)
    with pytest.raises(TooLate):
        floor.desk.take_picture(TakePicture(peripheral_id=CAMERA), -1.0)
    floor.shown = None
    with pytest.raises(CommandFailed, match="Top gave no picture within 10 s: is it connected"):
        floor.desk.take_picture(TakePicture(peripheral_id=CAMERA), 30.0)
    floor.shown = b"no picture"
    with pytest.raises(CommandFailed, match="no picture that can be read"):
        floor.desk.take_picture(TakePicture(peripheral_id=CAMERA), 30.0)


def test_templates_in_use_stay_when_room_is_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_pictures, "MOST_BYTES", 25)
    used: list[str] = []
    pictures = WorkPictures(tmp_path, lambda: used)
    used.append(pictures.keep(b"template 1"))
    second = pictures.keep(b"picture  2")
    third = pictures.keep(b"picture  3")
    assert [pictures.load(one) is not None for one in (used[0], second, third)] == [True, False, True]
    (tmp_path / "work_pictures" / f"{third}.picture").write_bytes(b"damaged")
    assert pictures.load(third) is None
