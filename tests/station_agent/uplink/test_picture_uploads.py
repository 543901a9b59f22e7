"""Kept pictures on their way, against a server that takes them or not."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


@contextmanager
def sending(server: FakeServer, folder: Path) -> Iterator[PictureUploads]:
    trust = Trust(None, None, wall=time.time, monotonic=time.monotonic)
    identity = Identity(server=server.url, agent_id=AGENT, organization_id=ORGANIZATION, device_token=TOKEN)

    def connected(known: Identity) -> Transport:
        return Transport(known.server, version="1.2.3", monotonic=time.monotonic, trust=trust)

    uploads = PictureUploads(folder, identity=lambda: identity, transport=connected)
    try:
        yield uploads
    finally:
        uploads.close()


def waiting(folder: Path) -> int:
    return len(list(KeptPictures(folder).waiting()))


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
