"""Cameras at the PC and in the network, as far as they can be had without one."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import ClassVar

import cv2
import numpy as np
import pytest
from unison_domain.stations.camera_settings import CameraSettings
from unison_station.cameras.source import NoPictures, Source, Taken, Waiting
from unison_station.cameras.sources import open_source, set_up, unheeded
from unison_station.cameras.unreached import why_unreached
from unison_station.platform.video_device import KnownCamera, known_cameras

from tests.station_agent.cameras.rtsp import rtsp_camera


def settings(source: str | Path = "/dev/null", **more: object) -> CameraSettings:
    return CameraSettings(name="camera", source=str(source), **more)


class Driver:
    """Takes what is `settable`, as V4L2 does, and holds what it was."""

    def __init__(self, settable: frozenset[int], held: dict[int, float] | None = None) -> None:
        self.asked: list[int] = []
        self.held = {**(held or {})}
        self._settable = settable

    def get(self, propId: int) -> float:  # noqa: N803 - OpenCV's name
        return self.held.get(propId, -1.0 if propId in AUTOMATIC else 0.0)

    def set(self, propId: int, value: float) -> bool:  # noqa: N803 - OpenCV's name
        self.asked.append(propId)
        if propId in self._settable:
            self.held[propId] = value
        return propId in self._settable


SIZE = frozenset((cv2.CAP_PROP_FOURCC, cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT, cv2.CAP_PROP_FPS))
AUTOMATIC = frozenset((cv2.CAP_PROP_AUTO_EXPOSURE, cv2.CAP_PROP_AUTOFOCUS))
BY_HAND = frozenset((cv2.CAP_PROP_AUTO_EXPOSURE, cv2.CAP_PROP_EXPOSURE, cv2.CAP_PROP_AUTOFOCUS, cv2.CAP_PROP_FOCUS))


def test_exposure_and_focus_are_taken_from_the_automatic_and_set() -> None:
    driver = Driver(SIZE | BY_HAND)
    assert set_up(driver, settings(exposure_milliseconds=2.5, focus=30)) == ()
    assert driver.held[cv2.CAP_PROP_AUTO_EXPOSURE] == 1
    assert driver.held[cv2.CAP_PROP_EXPOSURE] == 25
    assert (driver.held[cv2.CAP_PROP_AUTOFOCUS], driver.held[cv2.CAP_PROP_FOCUS]) == (0, 30)
    assert driver.asked.index(cv2.CAP_PROP_FOURCC) < driver.asked.index(cv2.CAP_PROP_FRAME_WIDTH)


def test_what_is_left_to_the_camera_is_not_touched() -> None:
    driver = Driver(SIZE)
    assert set_up(driver, settings()) == ()
    assert not BY_HAND & set(driver.asked)


def test_what_was_set_by_hand_goes_back_to_the_camera_once_nothing_is_asked() -> None:
    driver = Driver(SIZE | BY_HAND, {cv2.CAP_PROP_AUTO_EXPOSURE: 3.0, cv2.CAP_PROP_AUTOFOCUS: 1.0})
    set_up(driver, settings(exposure_milliseconds=2.5, focus=30))
    assert set_up(driver, settings()) == ()
    assert (driver.held[cv2.CAP_PROP_AUTO_EXPOSURE], driver.held[cv2.CAP_PROP_AUTOFOCUS]) == (3, 1)


def test_a_camera_that_does_not_take_a_value_back_is_told() -> None:
    driver = Driver(SIZE, {cv2.CAP_PROP_AUTO_EXPOSURE: 1.0, cv2.CAP_PROP_AUTOFOCUS: 0.0})
    assert set_up(driver, settings()) == (
        "exposure stays as it was last set by hand: the camera does not choose it by itself",
        "focus stays as it was last set by hand: the camera does not choose it by itself",
    )


def test_what_a_driver_refuses_or_rounds_is_told() -> None:
    driver = Driver(SIZE - {cv2.CAP_PROP_FPS}, {cv2.CAP_PROP_FPS: 10.0, cv2.CAP_PROP_FOCUS: 5.0})
    assert set_up(driver, settings(focus=30)) == (
        "rate 15 pictures a second was refused, it is 10",
        "focus 30 was refused, it is 5",
    )


def test_a_camera_that_is_faster_than_asked_is_not_looked_after() -> None:
    driver = Driver(SIZE - {cv2.CAP_PROP_FPS}, {cv2.CAP_PROP_FPS: 30.0})
    assert set_up(driver, settings()) == ()


def test_a_camera_that_goes_on_choosing_by_itself_is_told_even_if_it_takes_the_value() -> None:
    taken = SIZE | {cv2.CAP_PROP_EXPOSURE, cv2.CAP_PROP_FOCUS}
    driver = Driver(taken, {cv2.CAP_PROP_AUTO_EXPOSURE: 3.0, cv2.CAP_PROP_AUTOFOCUS: 1.0})
    assert set_up(driver, settings(exposure_milliseconds=2.5, focus=30)) == (
        "exposure stays automatic: the camera refuses to have it set by hand",
        "focus stays automatic: the camera refuses to have it set by hand",
    )


@pytest.mark.parametrize("held", [-1.0, 1.0])
def test_a_camera_without_an_automatic_refuses_nothing(held: float) -> None:
    driver = Driver(SIZE | {cv2.CAP_PROP_EXPOSURE}, {cv2.CAP_PROP_AUTO_EXPOSURE: held})
    assert set_up(driver, settings(exposure_milliseconds=2.5)) == ()


class Capture(Driver):
    """An open camera that gives so many pictures, each when it is asked for, and then none."""

    shown: ClassVar[int] = 0
    opened: ClassVar[list[Capture]] = []

    def __init__(self, name: str, through: int) -> None:
        super().__init__(SIZE)
        self.name, self.through, self._left, self.is_released = name, through, self.shown, Event()
        self.opened.append(self)

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return self.shown > 0

    def read(self) -> tuple[bool, np.ndarray]:
        self._left -= 1
        return self._left >= 0, np.full((4, 4, 3), self.shown - self._left, dtype=np.uint8)

    def release(self) -> None:
        self.is_released.set()


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    Capture.opened = []
    monkeypatch.setattr("unison_station.cameras.sources.cv2.VideoCapture", Capture)
    monkeypatch.setattr("unison_station.cameras.sources._device", lambda name: Path(name))
    return tmp_path / "video0"


def test_a_device_gives_the_newest_picture_until_it_is_pulled_out(
    device: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Capture, "shown", 9)
    source = open_source(settings(device, focus=30))
    (capture,) = Capture.opened
    assert (capture.name, capture.through) == (str(device), cv2.CAP_V4L2)
    assert source.remarks == ("focus 30 was refused, it is 0",)
    assert capture.is_released.wait(60)
    taken = source.newest()
    assert isinstance(taken, Taken)
    assert taken.picture[0, 0, 0] == 9
    with pytest.raises(NoPictures, match="gives no pictures any more"):
        source.newest()
    source.close()


def test_a_device_that_does_not_open_says_so(device: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Capture, "shown", 0)
    with pytest.raises(NoPictures, match="video0 can't be opened as a camera"):
        open_source(settings(device))


def test_what_no_network_camera_is_told_is_said(tmp_path: Path) -> None:
    asked = {"exposure_milliseconds": 2.0, "focus": 3.0}
    (words,) = unheeded(settings("rtsp://camera/1", **asked))
    assert words == "exposure and focus can't be set over the network: the camera's own pages do"
    assert unheeded(settings(tmp_path, focus=3.0)) == ("focus can't be set: the source is no camera",)
    assert unheeded(settings("usb-A_camera-video-index0", **asked)) == ()
    assert unheeded(settings("rtsp://camera/1")) == ()


def collect(source: Source, shown: list[Taken | Waiting]) -> None:
    """All its pictures, until it has no more."""
    while True:
        shown.append(source.newest())


class Stream(BaseHTTPRequestHandler):
    """A film over HTTP, which no MJPEG is: ffmpeg reads it, as it reads RTSP."""

    film: ClassVar[bytes] = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "video/x-msvideo")
        self.send_header("Content-Length", str(len(self.film)))
        self.end_headers()
        self.wfile.write(self.film)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    film = cv2.VideoWriter(str(tmp_path / "film.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 15, (160, 120))
    for _ in range(5):
        film.write(np.full((120, 160, 3), 90, dtype=np.uint8))
    film.release()
    Stream.film = (tmp_path / "film.avi").read_bytes()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stream)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://user:secret@127.0.0.1:{server.server_port}/film.avi"
    server.shutdown()
    server.server_close()


def test_ffmpeg_reads_an_address_until_it_ends_and_nobody_sees_the_password(address: str) -> None:
    source = open_source(settings(address))
    taken = source.newest()
    assert isinstance(taken, Taken)
    assert taken.picture.shape == (120, 160, 3)
    with pytest.raises(NoPictures, match=r"film\.avi gives no pictures any more") as ended:
        collect(source, [])
    assert "secret" not in str(ended.value)
    source.close()


def test_rtsp_comes_within_its_connection_so_that_no_packet_is_lost(tmp_path: Path) -> None:
    grey = np.full((120, 160), 90, dtype=np.uint8)
    shown: list[Taken | Waiting] = []
    with rtsp_camera(tmp_path, grey, pictures=40) as (address, asked):
        source = open_source(settings(address))
        with pytest.raises(NoPictures, match="gives no pictures any more") as ended:
            collect(source, shown)
        source.close()
    assert asked == ["OPTIONS", "DESCRIBE", "SETUP RTP/AVP/TCP;unicast;interleaved=0-1", "PLAY"]
    assert "secret" not in str(ended.value)
    last = shown[-1]
    assert isinstance(last, Taken)
    assert abs(last.picture.mean() - 90) < 5


def test_why_an_address_is_not_reached_is_told_without_its_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    told = rf"^rtsp://eye:\*\*\*@127\.0\.0\.1:{port}/1 does not answer: nothing listens at that port$"
    with pytest.raises(NoPictures, match=told):
        open_source(settings(f"rtsp://eye:secret@127.0.0.1:{port}/1"))
    assert why_unreached("rtsp://no-such-camera.invalid/1") == "nobody knows that name"
    assert why_unreached("https://camera/1") is None


def test_cameras_are_listed_by_their_lasting_names(tmp_path: Path) -> None:
    links, devices, about = (tmp_path / name for name in ("by-id", "dev", "sys"))
    for path in (links, devices, about / "video0"):
        path.mkdir(parents=True)
    for name in ("video0", "video2"):
        (devices / name).touch()
    (about / "video0" / "name").write_text("HD Webcam\n")
    (links / "usb-046d_HD_Webcam-video-index0").symlink_to(devices / "video0")
    assert known_cameras(links, devices, about) == [
        KnownCamera("usb-046d_HD_Webcam-video-index0", str(devices / "video0"), "HD Webcam"),
        KnownCamera(str(devices / "video2"), str(devices / "video2"), ""),
    ]
    assert known_cameras(links / "none", devices / "none", about) == []
