"""Kept pictures on their way, against a server that takes them or not."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath

import pytest
from unison_station.cameras import kept_pictures
from unison_station.cameras.kept_pictures import KeptPictures
from unison_station.uplink import Identity, picture_uploads
from unison_station.uplink.picture_uploads import PictureUploads
from unison_station.uplink.transport import Transport
from unison_station.uplink.trust import Trust

from tests.station_agent.uplink.server import AGENT, ORGANIZATION, TOKEN, FakeServer
from tests.station_agent.waiting import until

PICTURE = bytes(3 * 2**20)


@dataclass
class Events:
    """How far they came; `asked` counts the questions."""

    newest: int = 0
    sent: int = 0
    asked: int = 0

    def has_sent(self, through: int) -> bool:
        self.asked += 1
        return self.sent >= through


@contextmanager
def sending(server: FakeServer, folder: Path, events: Events | None = None) -> Iterator[PictureUploads]:
    trust = Trust(None, None, wall=time.time, monotonic=time.monotonic)
    identity = Identity(server=server.url, agent_id=AGENT, organization_id=ORGANIZATION, device_token=TOKEN)

    def connected(known: Identity) -> Transport:
        return Transport(known.server, version="1.2.3", monotonic=time.monotonic, trust=trust)

    uploads = PictureUploads(folder, events=events or Events(), identity=lambda: identity, transport=connected)
    try:
        yield uploads
    finally:
        uploads.close()


def waiting(folder: Path) -> int:
    return len(KeptPictures(folder).waiting())


def test_a_picture_that_is_too_large_stays_and_a_person_is_told(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_uploads, "LOOK_SECONDS", 0.02)
    KeptPictures(tmp_path).keep(PICTURE)
    server.picture_statuses = [413]
    with sending(server, tmp_path) as uploads:
        until(lambda: uploads.problem is not None)
        assert "1 picture is larger than the server takes (3.0 MiB)" in (uploads.problem or "")
        KeptPictures(tmp_path).keep(b"small")
        until(lambda: len(server.requests) == 2)
        until(lambda: waiting(tmp_path) == 1)
        assert uploads.problem is not None


def test_a_picture_that_was_too_large_is_sent_when_a_limit_was_raised(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_uploads, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(picture_uploads, "TOO_LARGE_SECONDS", 0.02)
    KeptPictures(tmp_path).keep(PICTURE)
    server.picture_statuses = [413]
    with sending(server, tmp_path) as uploads:
        until(lambda: waiting(tmp_path) == 0)
        until(lambda: uploads.problem is None)


def test_a_picture_whose_event_is_on_its_way_is_soon_tried_again(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_uploads, "LOOK_SECONDS", 0.02)
    KeptPictures(tmp_path).keep(PICTURE)
    server.picture_statuses = [404, 404]
    with sending(server, tmp_path):
        until(lambda: waiting(tmp_path) == 0)
    assert len(server.requests) == 3


def test_a_picture_nobody_announced_for_a_week_is_lost_and_told(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its event may have been set aside at the server, where nobody let it in."""
    monkeypatch.setattr(picture_uploads, "UNTOLD_DAYS", -1)
    KeptPictures(tmp_path).keep(PICTURE)
    server.picture_statuses = [404]
    with sending(server, tmp_path) as uploads:
        until(lambda: uploads.problem is not None)
        assert "1 picture was deleted at this PC before the server had them" in (uploads.problem or "")
    assert waiting(tmp_path) == 0


def test_a_picture_waits_for_the_events_that_were_there_before_it(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_uploads, "LOOK_SECONDS", 0.02)
    KeptPictures(tmp_path).keep(b"early")
    events = Events(newest=7, sent=6)
    with sending(server, tmp_path, events):
        until(lambda: events.asked > 2)
        events.newest = 8
        KeptPictures(tmp_path).keep(b"late")
        until(lambda: events.asked > 6)
        assert server.requests == []
        events.sent = 7
        until(lambda: waiting(tmp_path) == 1)
        assert len(server.requests) == 1
        events.sent = 8
        until(lambda: waiting(tmp_path) == 0)


def test_a_long_queue_is_looked_through_in_the_time_of_its_length(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_uploads, "LOOK_SECONDS", 60.0)
    kept, events = KeptPictures(tmp_path), Events(newest=1)
    compared: list[int] = []
    kept.keep(b"first")
    same = PurePath.__eq__

    def counted(one: PurePath, other: object) -> bool:
        compared.append(1)
        return same(one, other)

    with sending(server, tmp_path, events) as uploads:
        until(lambda: events.asked > 0)
        for number in range(200):
            kept.keep(b"%d" % number)
        uploads._again = dict.fromkeys(kept.waiting(), float("inf"))
        monkeypatch.setattr(PurePath, "__eq__", counted)
        uploads._send_all()
        monkeypatch.undo()
    assert len(compared) < 2_000


def test_a_picture_more_does_not_look_at_all_that_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = KeptPictures(tmp_path)
    kept.keep(b"one")
    monkeypatch.setattr(Path, "iterdir", lambda _: pytest.fail("the folder was listed again"))
    kept.keep(b"other")
    assert len(kept.waiting()) == 2


def test_another_start_finds_what_waits_oldest_first(tmp_path: Path) -> None:
    kept = KeptPictures(tmp_path)
    first, second = kept.keep(b"one"), kept.keep(b"other")
    os.utime(next((tmp_path / "pictures").glob(f"{second}*")), (1, 1))
    del kept
    assert [path.stem for path in KeptPictures(tmp_path).waiting()] == [second, first]


def test_a_picture_that_is_refused_for_good_is_told_as_lost_for_a_week(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_uploads, "LOOK_SECONDS", 0.02)
    kept = KeptPictures(tmp_path)
    kept.keep(b"one")
    kept.keep(b"other")
    server.picture_statuses = [422, 422]
    with sending(server, tmp_path) as uploads:
        until(lambda: "2 pictures were deleted" in (uploads.problem or ""))
        (mark,) = (tmp_path / "pictures").iterdir()
        os.utime(mark, (time.time() - 8 * 86_400,) * 2)
        until(lambda: uploads.problem is None)


def test_pictures_that_made_room_are_told_after_a_new_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_pictures, "MOST_BYTES", 5)
    kept = KeptPictures(tmp_path)
    for number in range(4):
        kept.keep(b"abc%d" % number)
    assert waiting(tmp_path) == 1
    assert KeptPictures(tmp_path).lost == 3
