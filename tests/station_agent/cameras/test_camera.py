"""Cameras of a real agent: folders, videos and MJPEG over HTTP become scans, whatever their process does."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any, ClassVar
from uuid import uuid5

import cv2
import numpy as np
import pytest
from unison_domain.stations.camera_settings import CodeFormat, StoredCode
from unison_domain.stations.events import Event
from unison_domain.stations.peripherals import CameraConfiguration
from unison_station.agent import Agent
from unison_station.cameras.camera import Camera, CameraWorker
from unison_station.cameras.code import Grey
from unison_station.operator.doer import Doer
from unison_station.peripherals.outlet import NotKept, Outlet

from tests.station_agent.cameras.printing import on_table, printed
from tests.station_agent.cameras.rtsp import rtsp_h264_camera, rtsp_jpeg_camera
from tests.station_agent.configurations import SPACE, STATION
from tests.station_agent.peripherals.station import refusals, scans, states, station, taken
from tests.station_agent.waiting import until

CAMERA = uuid5(SPACE, "camera")
EMPTY = on_table(size=(480, 640))


def camera(source: Path | str, **more: Any) -> CameraConfiguration:
    settings = {"rate": 30.0, "absent_seconds": 0.3, "formats": (CodeFormat.QR,), **more}
    return CameraConfiguration(id=CAMERA, station_id=STATION, name="camera", source=str(source), **settings)


Showing = Callable[..., AbstractContextManager[tuple[str, int]]]


def table(folder: Path, *texts: str) -> Grey:
    codes = [(printed(folder, text, "-b", "QRCODE"), 40 + 200 * place, 150) for place, text in enumerate(texts)]
    return on_table(*codes, size=(480, 640))


def show(place: Path, picture: Grey) -> None:
    """A new picture in the folder, whole at once."""
    passing = place / ".new.png"
    cv2.imwrite(str(passing), picture)
    passing.replace(place / f"{time.monotonic_ns()}.png")


@contextmanager
def at_work(folder: Path, **more: Any) -> Iterator[tuple[Agent, Path]]:
    place = folder / "seen"
    place.mkdir()
    show(place, EMPTY)
    with Agent(folder / "data", configuration=station(camera(place, **more))) as agent:
        until(lambda: states(agent) == ["online"])
        yield agent, place


def seeing(agent: Agent) -> Camera:
    worker = agent.peripherals.find(CAMERA)
    assert isinstance(worker, CameraWorker)
    return worker.camera


def message(agent: Agent) -> str:
    return "".join(one.message or "" for one in agent.peripherals.reports)


def looked(agent: Agent, former: int = 0) -> None:
    """Until another process than the former one has looked at some pictures."""
    until(lambda: states(agent) == ["online"] and pid(agent) not in (0, former))
    before, looks = seeing(agent)._counting, []
    see = before.see
    before.see = lambda *shown: looks.append(1) or see(*shown)  # type: ignore[method-assign, func-returns-value]
    until(lambda: len(looks) > 8)


def pid(agent: Agent) -> int:
    worker = agent.peripherals.find(CAMERA)
    process = worker.camera._process if isinstance(worker, CameraWorker) else None
    return process.pid if process is not None else 0


def test_a_part_that_lies_there_counts_once_and_the_next_equal_one_again(tmp_path: Path) -> None:
    with at_work(tmp_path) as (agent, place):
        show(place, table(tmp_path, "PART-1"))
        until(lambda: scans(agent) == ["PART-1"])
        show(place, EMPTY)
        time.sleep(0.5)  # longer than a code must be away, which no condition tells
        show(place, table(tmp_path, "PART-1"))
        until(lambda: scans(agent) == ["PART-1", "PART-1"])
        (event, _) = taken(agent, "scan_taken")
    assert (event["source"], event["symbology"], event["peripheral_id"]) == ("camera", "Q1", str(CAMERA))


def test_expected_codes_count_together_and_strange_ones_are_told(tmp_path: Path) -> None:
    expected = (StoredCode(name="part", pattern="P.*"), StoredCode(name="serial", pattern="S.*"))
    with at_work(tmp_path, expected=expected, keep_scans=True) as (agent, place):
        show(place, table(tmp_path, "S1", "odd", "P1"))
        until(lambda: len(scans(agent)) == 2)
        first, second = taken(agent, "scan_taken")
        (picture,) = taken(agent, "picture_kept")
        content = (tmp_path / "data" / "pictures" / f"{picture['sha256']}.jpg").read_bytes()
        assert any("'odd' is none of the expected codes" in words for words in refusals(agent))
    assert [(one["part"], one["text"]) for one in (first, second)] == [("part", "P1"), ("serial", "S1")]
    assert first["group_id"] == second["group_id"]
    assert first["picture"] == second["picture"] == picture["sha256"] == hashlib.sha256(content).hexdigest()
    assert (picture["bytes"], picture["reason"]) == (len(content), "scan")


def test_a_code_that_wants_two_reads_has_its_picture_too(tmp_path: Path) -> None:
    picture = on_table((printed(tmp_path, "PART-39", "-b", "CODE39"), 40, 150), size=(480, 640))
    with at_work(tmp_path, formats=(CodeFormat.CODE_39,), keep_scans=True, motion=1.0) as (agent, place):
        show(place, picture)
        until(lambda: scans(agent) == ["PART-39"])
        (event,), (kept,) = taken(agent, "scan_taken"), taken(agent, "picture_kept")
    assert event["picture"] == kept["sha256"]


def test_a_set_whose_labels_are_read_one_after_the_other_counts_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("unison_station.cameras.counting.PATIENCE_SECONDS", 0.2)
    expected = (StoredCode(name="part", pattern="P.*"), StoredCode(name="serial", pattern="S.*"))
    with at_work(tmp_path, expected=expected) as (agent, place):
        show(place, table(tmp_path, "P1"))
        until(lambda: any("'P1' not counted yet: serial not read" in words for words in refusals(agent)))
        show(place, EMPTY)
        until(lambda: any("'P1' not counted, then taken away" in words for words in refusals(agent)))
        show(place, table(tmp_path, "P2"))
        show(place, table(tmp_path, "P2", "S2"))
        until(lambda: scans(agent) == ["P2", "S2"])


def test_a_set_is_whole_again_when_the_disk_takes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = (StoredCode(name="part", pattern="P.*"), StoredCode(name="serial", pattern="S.*"))
    with at_work(tmp_path, expected=expected, keep_scans=True) as (agent, place):
        outlet, refused = seeing(agent)._outlet, list(range(10))

        def keep(*events: Event, state: Mapping[str, bytes], doer: Doer) -> None:
            if refused:
                refused.pop()
                raise NotKept("the disk is full")
            Outlet.keep(outlet, *events, state=state, doer=doer)

        monkeypatch.setattr(outlet, "keep", keep)
        show(place, table(tmp_path, "P1"))
        show(place, table(tmp_path, "P1", "S1"))
        until(lambda: scans(agent) == ["P1", "S1"])
        assert "'P1', 'S1' not kept: the disk is full" in refusals(agent)
        (kept,) = taken(agent, "picture_kept")
        assert {one["picture"] for one in taken(agent, "scan_taken")} == {kept["sha256"]}
        assert [path.stem for path in seeing(agent)._pictures.waiting()] == [kept["sha256"]], "no other is told as lost"


def test_a_code_that_can_be_no_scan_takes_nothing_from_the_others(tmp_path: Path) -> None:
    huge = printed(tmp_path, "7" * 4_200, "-b", "QRCODE")
    small = printed(tmp_path, "GOOD", "-b", "QRCODE"), printed(tmp_path, "ALSO", "-b", "QRCODE")
    places = (huge, 20, 20), (small[0], 900, 100), (small[1], 900, 400)
    with at_work(tmp_path, keep_scans=True) as (agent, place):
        show(place, on_table(*places))
        until(lambda: len(scans(agent)) == 2)
        first, second = taken(agent, "scan_taken")
        assert any("is no scan: it has 4200 characters, 1 to 4096 count" in words for words in refusals(agent))
    assert [first["text"], second["text"]] == ["GOOD", "ALSO"]
    assert first["at"] < second["at"]


def test_what_lies_there_counts_once_through_changed_settings_and_a_new_start(tmp_path: Path) -> None:
    source = tmp_path / "still.png"
    cv2.imwrite(str(source), table(tmp_path, "LIES"))
    with Agent(tmp_path / "data", configuration=station(camera(source))) as agent:
        until(lambda: scans(agent) == ["LIES"])
        before = pid(agent)
        agent.engine.configure(station(camera(source, retention_days=30), version=2))
        looked(agent, before)
        assert scans(agent) == ["LIES"]
    with Agent(tmp_path / "data", configuration=station(camera(source))) as agent:
        looked(agent)
        assert scans(agent) == ["LIES"]
        elsewhere = tmp_path / "other.png"
        cv2.imwrite(str(elsewhere), table(tmp_path, "LIES"))
        agent.engine.configure(station(camera(elsewhere), version=3))
        until(lambda: scans(agent) == ["LIES", "LIES"])


def test_each_picture_of_a_folder_counts_once_whatever_is_started_anew(tmp_path: Path) -> None:
    place = tmp_path / "seen"
    place.mkdir()
    for text in ("A", "B", "C"):
        show(place, table(tmp_path, text))
    configuration = station(camera(place, rate=10.0))
    with Agent(tmp_path / "data", configuration=configuration) as agent:
        until(lambda: scans(agent) == ["A", "B", "C"])
        assert "pictures that were there before: 3" in message(agent)
        before = pid(agent)
        os.kill(before, signal.SIGKILL)
        looked(agent, before)
    for one in place.iterdir():
        one.chmod(0o640)
    with Agent(tmp_path / "data", configuration=configuration) as agent:
        looked(agent)
        show(place, EMPTY)
        moved = tmp_path / "moved.png"
        cv2.imwrite(str(moved), table(tmp_path, "OLD"))
        os.utime(moved, (0, 0))
        moved.rename(place / "moved.png")
        until(lambda: scans(agent) == ["A", "B", "C", "OLD"])


def test_codes_that_want_two_reads_count_though_the_next_picture_is_there(tmp_path: Path) -> None:
    place = tmp_path / "seen"
    place.mkdir()
    for text in ("PART-1", "PART-2", "PART-3"):
        show(place, on_table((printed(tmp_path, text, "-b", "CODE39"), 40, 150), size=(480, 640)))
    with Agent(tmp_path / "data", configuration=station(camera(place, formats=(CodeFormat.CODE_39,)))) as agent:
        until(lambda: scans(agent) == ["PART-1", "PART-2", "PART-3"])


def test_an_empty_folder_and_a_damaged_file_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unison_station.cameras.camera.OPENING_SECONDS", 4.0)
    place = tmp_path / "seen"
    place.mkdir()
    with Agent(tmp_path / "data", configuration=station(camera(place))) as agent:
        until(lambda: message(agent) == f"no picture in {place} yet")
        (place / "bad.png").write_bytes(b"no picture")
        until(lambda: message(agent) == "bad.png can't be read as a picture")
        assert states(agent) == ["online"]
        show(place, table(tmp_path, "X"))
        until(lambda: scans(agent) == ["X"] and not message(agent))
        assert refusals(agent) == ["bad.png can't be read as a picture"]


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGSTOP])
def test_a_process_that_dies_or_hangs_is_begun_again_and_nothing_counts_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sign: signal.Signals
) -> None:
    monkeypatch.setattr("unison_station.cameras.camera.HUNG_SECONDS", 1.0)
    with at_work(tmp_path, absent_seconds=60) as (agent, place):
        show(place, table(tmp_path, "PART-1"))
        until(lambda: scans(agent) == ["PART-1"])
        before = pid(agent)
        os.kill(before, sign)
        until(lambda: states(agent) == ["online"] and pid(agent) not in (0, before))
        show(place, table(tmp_path, "PART-1", "PART-2"))
        until(lambda: scans(agent) == ["PART-1", "PART-2"])


def test_a_picture_that_was_asked_for_is_whole(tmp_path: Path) -> None:
    with at_work(tmp_path) as (agent, place):
        wanted = table(tmp_path, "X")
        show(place, wanted)
        until(lambda: scans(agent) == ["X"])
        taken_ = seeing(agent).take_picture(10.0)
        assert taken_ is not None
        seen = cv2.imdecode(np.frombuffer(taken_[0], np.uint8), cv2.IMREAD_GRAYSCALE)
    assert seen is not None
    assert np.array_equal(seen, wanted)


def test_a_late_picture_answers_no_later_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with at_work(tmp_path) as (agent, _):
        eye = seeing(agent)
        come, late = eye._take_asked, list[Any]()
        monkeypatch.setattr(eye, "_take_asked", lambda *answer: late.append(answer))
        assert eye.take_picture(0.0) is None
        until(lambda: bool(late))
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(eye, "_request", lambda *_: come(*late[0]) is None)
            assert eye.take_picture(0.0) is None
        monkeypatch.undo()
        assert eye.take_picture(10.0) is not None


def test_a_video_is_read_and_nothing_counts_that_is_not_there(tmp_path: Path) -> None:
    film = cv2.VideoWriter(str(tmp_path / "film.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 15, (640, 480))
    for picture, times in ((EMPTY, 6), (table(tmp_path, "FILM"), 6), (EMPTY, 12)):
        for _ in range(times):
            film.write(np.repeat(picture[:, :, None], 3, axis=2))
    film.release()
    configuration = station(camera(tmp_path / "film.avi"))
    with Agent(tmp_path / "data", configuration=configuration) as agent:
        until(lambda: len(scans(agent)) >= 2)  # it begins again
        assert set(scans(agent)) == {"FILM"}


class Mjpeg(BaseHTTPRequestHandler):
    """Sends what is shown, fifteen times a second, until it is cut off."""

    shown: ClassVar[bytes] = b""
    cut: ClassVar[Flag] = Flag()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        try:
            while not self.cut.wait(1 / 15):
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(self.shown)}\r\n\r\n"
                self.wfile.write(head.encode() + self.shown + b"\r\n")
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def jpeg(picture: Grey) -> bytes:
    return cv2.imencode(".jpg", picture)[1].tobytes()


def test_an_address_is_read_and_read_again_after_it_was_cut_off(tmp_path: Path) -> None:
    Mjpeg.shown, Mjpeg.cut = jpeg(table(tmp_path, "NET-1")), Flag()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mjpeg)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{server.server_port}/video"
        with Agent(tmp_path / "data", configuration=station(camera(address, rate=15.0))) as agent:
            until(lambda: scans(agent) == ["NET-1"])
            Mjpeg.cut.set()
            until(lambda: states(agent) == ["offline"])
            Mjpeg.shown, Mjpeg.cut = jpeg(table(tmp_path, "NET-2")), Flag()
            until(lambda: "NET-2" in scans(agent))
    finally:
        Mjpeg.cut.set()
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("showing", [rtsp_jpeg_camera, rtsp_h264_camera])
def test_rtsp_is_read_again_after_its_server_died(tmp_path: Path, showing: Showing) -> None:
    with ExitStack() as first:
        address, port = first.enter_context(showing(table(tmp_path, "NET-1")))
        with Agent(tmp_path / "data", configuration=station(camera(address, rate=15.0))) as agent:
            until(lambda: scans(agent) == ["NET-1"])
            first.close()
            until(lambda: states(agent) == ["offline"])
            (report,) = agent.peripheral_reports()
            assert "secret" not in (report.message or "")
            with showing(table(tmp_path, "NET-2"), port):
                until(lambda: "NET-2" in scans(agent))
                assert states(agent) == ["online"]


def test_settings_a_source_does_not_take_are_told_to_the_server(tmp_path: Path) -> None:
    picture = tmp_path / "table.png"
    cv2.imwrite(str(picture), on_table(size=(120, 160)))
    asked = camera(str(picture), exposure_milliseconds=2.0, focus=30.0)
    with Agent(tmp_path / "data", configuration=station(asked)) as agent:
        until(lambda: states(agent) == ["online"])
        (report,) = agent.peripheral_reports()
    assert report.message == "exposure and focus can't be set: the source is no camera"


def test_a_camera_that_is_not_there_says_what_is(tmp_path: Path) -> None:
    with Agent(tmp_path / "data", configuration=station(camera("usb-None_there-video-index0"))) as agent:
        until(lambda: any("cameras of this PC: " in (one.message or "") for one in agent.peripherals.reports))
        assert states(agent) == ["offline"]
