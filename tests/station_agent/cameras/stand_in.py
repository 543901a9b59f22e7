"""A camera whose process a test plays: it feeds messages, and decides how long the disk takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from queue import Queue
from threading import Event as Flag
from threading import Thread
from typing import Any, cast

from unison_domain.codes.events import ScanTaken
from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.events import Event
from unison_domain.stations.peripherals import CameraConfiguration
from unison_station.cameras.camera import Camera
from unison_station.cameras.wire import Message
from unison_station.operator.doer import Doer
from unison_station.peripherals.outlet import Outlet
from unison_station.peripherals.peripheral import Surroundings


class Disk:
    """An `Outlet` that keeps what it is given; `before` may hold it up or refuse."""

    def __init__(self) -> None:
        self.kept: list[Event] = []
        self.refused: list[str] = []
        self.before: Callable[[tuple[Event, ...]], None] = lambda _events: None

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.monotonic(), UTC)

    def keep(self, *events: Event, state: Mapping[str, bytes] | None = None, doer: Doer = Doer.PERSON) -> None:
        del state, doer
        self.before(events)
        self.kept += events

    def remember(self, state: Mapping[str, bytes]) -> None:
        """Nothing is remembered."""

    def is_badge(self, text: str) -> bool:
        return "BADGE" in text

    def refuse(self, _camera: object, words: str) -> None:
        self.refused.append(words)

    def refuse_scan(self, _camera: object, came: Any) -> None:
        self.refused.append(came.words)

    @property
    def scans(self) -> list[tuple[str, float]]:
        """Texts, and when they were seen (monotonic seconds)."""
        return [(one.text, one.at.timestamp()) for one in self.kept if isinstance(one, ScanTaken)]


def stand_in(folder: Path, settings: CameraConfiguration, runs: AgentConfiguration) -> tuple[Camera, Disk]:
    """A camera that opens nothing."""
    disk = Disk()
    return Camera(settings, Surroundings(cast(Outlet, disk), folder, lambda: runs)), disk


def sight(at: float, *texts: str) -> Message:
    """What the process says of a picture it took then."""
    corners = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
    codes = [
        {
            "text": text,
            "symbol": ["Q1"],
            "corners": corners,
            "was_changed": False,
            "is_again": False,
            "is_printed": False,
        }
        for text in texts
    ]
    of_no_folder: dict[str, Any] = {"done": [], "known": None, "last": None, "passed": []}
    return Message({"seen": codes, "held": [], "texts": [], "at": at, **of_no_folder})


def follow(camera: Camera, messages: Queue[Message | None], ending: Flag) -> Thread:
    """The camera's thread."""
    thread = Thread(target=lambda: camera._follow_process(messages, ending, lambda _: None), daemon=True)
    thread.start()
    return thread
