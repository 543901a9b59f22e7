"""A camera that is faster than it was asked to be is looked at less often; of a folder, every look counts."""

import io
import struct
from threading import Event
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from unison_domain.stations.camera_settings import CameraSettings, CodeFormat
from unison_station.cameras import second_opinion
from unison_station.cameras.code import Code
from unison_station.cameras.eye import Eye
from unison_station.cameras.source import NoPictures, Picture, Taken
from unison_station.cameras.wire import read

GREY: Picture = np.full((120, 160), 90, dtype=np.uint8)
UNEVEN = (10.0, 10.03, 10.1, 10.13, 10.2)
"""When pictures came that were wanted every 0.1 s: reading a file takes a while, and another one waits no longer."""


class Planned:
    """A source whose pictures come when they are told to."""

    remarks = ()
    patience = 30.0

    def __init__(self, *, keeps_rate: bool) -> None:
        self.keeps_rate = keeps_rate
        self._left = list(UNEVEN)

    def newest(self) -> Taken:
        if not self._left:
            raise NoPictures("that was all")
        return Taken(GREY, self._left.pop(0))

    def close(self) -> None:
        """Nothing is held."""


def looked_at(monkeypatch: pytest.MonkeyPatch, *, keeps_rate: bool) -> int:
    monkeypatch.setattr("unison_station.cameras.eye.open_source", lambda *_: Planned(keeps_rate=keeps_rate))
    out = io.BytesIO()
    with pytest.raises(NoPictures):
        Eye(CameraSettings(name="camera", source="x", rate=10.0), out).run(None)
    out.seek(0)
    said: list[dict[str, Any]] = [message.said for message in iter(lambda: read(out), None)]
    return sum("seen" in words for words in said)


def test_a_folder_is_looked_at_as_often_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert looked_at(monkeypatch, keeps_rate=True) == len(UNEVEN)


def test_a_fast_camera_is_looked_at_at_the_rate_that_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert looked_at(monkeypatch, keeps_rate=False) == 4


class Doubting:
    """A second opinion that ends before the third picture, and is back at the fifth."""

    is_there = True

    def __init__(self, _formats: object) -> None:
        self._asked = 0

    @property
    def remark(self) -> str | None:
        self._asked += 1
        return "no second opinion" if self._asked in (3, 4) else None

    def read(self, _picture: object) -> list[Code]:
        return []


def test_the_line_of_a_camera_says_when_there_is_no_second_opinion(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unison_station.cameras.eye.open_source", lambda *_: Planned(keeps_rate=True))
    monkeypatch.setattr("unison_station.cameras.eye.SecondOpinion", Doubting)
    out = io.BytesIO()
    settings = CameraSettings(name="camera", source="x", formats=(CodeFormat.QR,), second_opinion=True)
    with pytest.raises(NoPictures):
        Eye(settings, out).run(None)
    out.seek(0)
    said = [message.said["opened"] for message in iter(lambda: read(out), None) if "opened" in message.said]
    assert said == [[], ["no second opinion"], []]


def test_the_agent_hears_how_long_a_slow_camera_may_be_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unison_station.cameras.eye.open_source", lambda *_: Planned(keeps_rate=True))
    out = io.BytesIO()
    with pytest.raises(NoPictures):
        Eye(CameraSettings(name="camera", source="x", rate=0.1), out).run(None)
    out.seek(0)
    said = [message.said for message in iter(lambda: read(out), None)]
    assert [one for one in said if "patience" in one] == [{"patience": 30.0}], "before the first picture, and once"
    assert "opened" in said[0]
    assert "patience" in said[1]


def test_zbar_that_hangs_ends_by_itself_though_nobody_waits_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    ended, statuses = Event(), list[int]()

    def end(status: int) -> None:
        statuses.append(status)
        ended.set()

    def hang(*_: object) -> list[Any]:
        ended.wait(30.0)
        return []

    picture = struct.pack("<II", *GREY.shape) + GREY.tobytes()
    monkeypatch.setattr(second_opinion, "START_SECONDS", 0.0)
    monkeypatch.setattr(second_opinion, "importlib", SimpleNamespace(import_module=lambda _: None))
    monkeypatch.setattr(second_opinion, "_scanner", lambda *_: None)
    monkeypatch.setattr(second_opinion, "_read", hang)
    monkeypatch.setattr(second_opinion, "os", SimpleNamespace(_exit=end))
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(picture)))
    second_opinion._serve([])
    assert statuses == [1]
