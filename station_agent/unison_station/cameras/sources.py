"""Where pictures come from: a device, a file or folder of pictures, a video, or an address that sends them.

Every source gives the newest picture there is, and waits for one that nobody has seen.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Protocol

import numpy as np
from unison_domain.stations.camera_address import without_password
from unison_domain.stations.camera_settings import CameraSettings

from unison_station.cameras.code import most_reads
from unison_station.cameras.mjpeg import open_mjpeg
from unison_station.cameras.patience import MOST_SECONDS, SILENCE_SECONDS, Patience
from unison_station.cameras.source import NoPictures, Shown, Source, Taken
from unison_station.cameras.stills import STILL_ENDINGS, Stills
from unison_station.cameras.unreached import why_unreached
from unison_station.platform.video_device import known_cameras, path_of

STREAM_OPTIONS = f"rtsp_transport;tcp|fflags;nobuffer|flags;low_delay|max_delay;0|timeout;{MOST_SECONDS * 1e6:.0f}"
"""ffmpeg's: no picture is kept back. Which silence is too long, `Patience` says; these are only limits of waiting."""

os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", STREAM_OPTIONS)
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", f"{MOST_SECONDS:.0f}")
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
import cv2  # noqa: E402 - reads these variables once, when it is loaded


def open_source(settings: CameraSettings, shown: Shown | None = None, asked: Event | None = None) -> Source:
    """Open what the settings name.

    Args:
        shown: what was looked at of a folder before.
        asked: set where somebody wants a picture at once, however slow the pictures of a folder are to be.

    Raises:
        NoPictures: it is not there, or can't be read.
    """
    name = settings.source
    if name.lower().startswith("http://") and (mjpeg := open_mjpeg(name, Patience(settings))) is not None:
        return mjpeg
    if "://" in name:
        return _Live(settings, name, cv2.CAP_FFMPEG)
    path = Path(name)
    if path.is_dir():
        return Stills(path, settings.rate, shown, most_reads(settings.confirmations), asked)
    if path.is_file():
        return Stills(path, settings.rate, shown, asked=asked) if path.suffix.lower() in STILL_ENDINGS else _Film(path)
    return _Live(settings, str(_device(name)), cv2.CAP_V4L2 if sys.platform == "linux" else cv2.CAP_ANY)


def unheeded(settings: CameraSettings) -> tuple[str, ...]:
    """Settings that only a camera at this PC takes, where the source is none, in words."""
    asked = {"exposure": settings.exposure_milliseconds, "focus": settings.focus}
    fixed = " and ".join(word for word, value in asked.items() if value is not None)
    if not fixed:
        return ()
    if "://" in settings.source:
        return (f"{fixed} can't be set over the network: the camera's own pages do",)
    path = Path(settings.source)
    return (f"{fixed} can't be set: the source is no camera",) if path.is_file() or path.is_dir() else ()


def _device(name: str) -> Path:
    """The device behind a stable name or path."""
    path = path_of(name)
    if not path.exists():
        there = ", ".join(camera.name for camera in known_cameras())
        raise NoPictures(f"{path} is not there; cameras of this PC: {there or 'none'}")
    return path.resolve()


class _Film:
    """A video, at its own pace, again and again."""

    keeps_rate = False

    def __init__(self, path: Path) -> None:
        self.remarks: tuple[str, ...] = ()
        self._path = path
        self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        if not self._capture.isOpened():
            raise NoPictures(f"{path} is no picture and no video that can be read")
        self.patience = SILENCE_SECONDS
        self._pause = 1.0 / (self._capture.get(cv2.CAP_PROP_FPS) or 15.0)
        self._next_at = time.monotonic()

    def newest(self) -> Taken:
        """The picture whose time it is; those whose time is over are passed over."""
        while self._next_at + self._pause < time.monotonic():
            if not self._capture.grab():
                break
            self._next_at += self._pause
        time.sleep(max(0.0, self._next_at - time.monotonic()))
        self._next_at += self._pause
        there, picture = self._capture.read()
        if not there:
            self._capture.set(cv2.CAP_PROP_POS_FRAMES, 0)
            there, picture = self._capture.read()
            self._next_at = time.monotonic() + self._pause
        if not there:
            raise NoPictures(f"{self._path} holds no picture that can be read")
        return Taken(np.asarray(picture, dtype=np.uint8), time.monotonic())

    def close(self) -> None:
        """Close the file."""
        self._capture.release()


class _Live:
    """A camera or an address. A thread takes every picture at once, since drivers keep old ones back."""

    keeps_rate = False

    def __init__(self, settings: CameraSettings, name: str, through: int) -> None:
        self._name = name
        self._patience = Patience(settings)
        opening, reading = round(SILENCE_SECONDS * 1000), round(MOST_SECONDS * 1000)
        limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, opening, cv2.CAP_PROP_READ_TIMEOUT_MSEC, reading]
        self._capture = (
            cv2.VideoCapture(name, through, limits) if through == cv2.CAP_FFMPEG else cv2.VideoCapture(name, through)
        )
        if not self._capture.isOpened():
            if why := why_unreached(name):
                raise NoPictures(f"{without_password(name)} does not answer: {why}")
            raise NoPictures(f"{without_password(name)} can't be opened as a camera, or gives no picture")
        self.remarks = () if through == cv2.CAP_FFMPEG else set_up(self._capture, settings)
        self._changed = Condition()
        self._newest: Taken | None = None
        self._is_over = False
        self._thread = Thread(target=self._take, name="grab", daemon=True)
        self._thread.start()

    def newest(self) -> Taken:
        """The newest picture nobody had."""
        with self._changed:
            self._changed.wait_for(lambda: self._newest is not None or self._is_over, self.patience)
            taken, self._newest = self._newest, None
        if taken is None:
            raise NoPictures(f"{without_password(self._name)} gives no pictures any more")
        self._patience.came(taken.at)
        return taken

    @property
    def patience(self) -> float:
        """See `Source`."""
        return self._patience.seconds

    def close(self) -> None:
        """Let go; a read that hangs is left to the end of the process."""
        self._is_over = True
        self._thread.join(1.0)

    def _take(self) -> None:
        while not self._is_over:
            there, picture = self._capture.read()
            with self._changed:
                if there:
                    self._newest = Taken(np.asarray(picture, dtype=np.uint8), time.monotonic())
                else:
                    self._is_over = True
                self._changed.notify_all()
        self._capture.release()


class Driver(Protocol):
    """What is asked of OpenCV's capture."""

    def get(self, propId: int) -> float:  # noqa: N803 - OpenCV's name
        """A property."""

    def set(self, propId: int, value: float) -> bool:  # noqa: N803 - OpenCV's name
        """Change one; whether the driver took it."""


def set_up(driver: Driver, settings: CameraSettings) -> tuple[str, ...]:
    """Ask for size, rate, exposure and focus, compressed pictures and the shortest queue; what was refused."""
    for wanted, value in ((cv2.CAP_PROP_FOURCC, _MJPG), (cv2.CAP_PROP_BUFFERSIZE, 1)):
        driver.set(wanted, value)
    refused = []
    asked: list[tuple[str, int, float, str]] = [
        ("width", cv2.CAP_PROP_FRAME_WIDTH, settings.width, "pixels"),
        ("height", cv2.CAP_PROP_FRAME_HEIGHT, settings.height, "pixels"),
        ("rate", cv2.CAP_PROP_FPS, settings.rate, "pictures a second"),
    ]
    if settings.exposure_milliseconds is not None:
        refused += _left_automatic(driver, "exposure", cv2.CAP_PROP_AUTO_EXPOSURE, 1, automatic=(0, 2, 3))
        asked.append(("exposure", cv2.CAP_PROP_EXPOSURE, settings.exposure_milliseconds * 10, "x 0.1 ms"))
    else:
        refused += _given_back(driver, "exposure", cv2.CAP_PROP_AUTO_EXPOSURE, 1, automatic=(3, 0))
    if settings.focus is not None:
        refused += _left_automatic(driver, "focus", cv2.CAP_PROP_AUTOFOCUS, 0, automatic=(1,))
        asked.append(("focus", cv2.CAP_PROP_FOCUS, settings.focus, ""))
    else:
        refused += _given_back(driver, "focus", cv2.CAP_PROP_AUTOFOCUS, 0, automatic=(1,))
    for word, what, value, unit in asked:
        taken = driver.set(what, value)
        holds = driver.get(what)
        is_more = word == "rate" and holds > value  # pictures nobody asked for are passed over
        if not is_more and (not taken or abs(holds - value) > 0.02 * value + 0.5):
            refused.append(
                f"{word} {value:g} {unit} was refused, it is {holds:g}"
                if unit
                else f"{word} {value:g} was refused, it is {holds:g}"
            )
    return tuple(refused)


def _left_automatic(driver: Driver, word: str, what: int, by_hand: int, automatic: tuple[int, ...]) -> list[str]:
    """What is said where a camera goes on choosing a value by itself (`v4l2_exposure_auto_type` of V4L2)."""
    if driver.set(what, by_hand) or driver.get(what) not in automatic:
        return []
    return [f"{word} stays automatic: the camera refuses to have it set by hand"]


def _given_back(driver: Driver, word: str, what: int, by_hand: int, automatic: tuple[int, ...]) -> list[str]:
    """Have a camera choose a value by itself again: what was set by hand outlives whoever set it."""
    if driver.get(what) != by_hand or any(driver.set(what, one) and driver.get(what) == one for one in automatic):
        return []
    return [f"{word} stays as it was last set by hand: the camera does not choose it by itself"]


_MJPG = float(cv2.VideoWriter.fourcc(*"MJPG"))
