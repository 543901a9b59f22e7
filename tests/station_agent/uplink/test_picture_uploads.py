"""Kept pictures on their way, against a server that takes them or not."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import pytest
from unison_domain.stations.picture_events import MOST_LOST, PictureLoss
from unison_station.cameras import kept_pictures, lost_pictures
from unison_station.cameras.kept_pictures import KeptPictures
from unison_station.cameras.lost_pictures import LostPictures
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


@dataclass
class Told:
    """What the server is told to be lost, while that can be kept."""

    lost: list[tuple[PictureLoss, tuple[str, ...]]] = field(default_factory=list)
    is_kept: bool = True

    def tell(self, reason: PictureLoss, pictures: tuple[str, ...]) -> bool:
        self.lost.append((reason, pictures))
        return self.is_kept


@contextmanager
def sending(
    server: FakeServer, folder: Path, events: Events | None = None, told: Told | None = None
) -> Iterator[PictureUploads]:
    trust = Trust(None, None, wall=time.time, monotonic=time.monotonic)
    identity = Identity(server=server.url, agent_id=AGENT, organization_id=ORGANIZATION, device_token=TOKEN)

    def connected(known: Identity) -> Transport:
        return Transport(known.server, version="1.2.3", monotonic=time.monotonic, trust=trust)

    uploads = PictureUploads(
        folder,
        events=events or Events(),
        identity=lambda: identity,
        transport=connected,
        tell_lost=(told or Told()).tell,
    )
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
    os.utime(next((tmp_path / "pictures").glob(f"{second}*")), (time.time() - 100,) * 2)
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


def test_what_was_lost_under_a_dead_clock_is_told_for_a_week_once_it_is_right(tmp_path: Path) -> None:
    kept = KeptPictures(tmp_path)
    kept.keep(b"one")
    kept.lose(kept.waiting()[0], PictureLoss.REFUSED)
    mark = tmp_path / "pictures" / "lost"
    os.utime(mark, (60, 60))
    assert (kept.lost, kept.lost) == (1, 1)
    os.utime(mark, (time.time() - 8 * 86_400,) * 2)
    assert kept.lost == 0


def test_each_lost_picture_is_told_with_its_reason_until_that_is_on_disk(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_uploads, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(kept_pictures, "MOST_BYTES", 5)
    kept = KeptPictures(tmp_path)
    names = [kept.keep(b"abc%d" % number) for number in range(3)]
    server.picture_statuses = [422]
    told = Told(is_kept=False)
    room = (PictureLoss.ROOM, (names[0], names[1]))
    with sending(server, tmp_path, told=told):
        until(lambda: len(told.lost) > 1 and waiting(tmp_path) == 0)
        assert set(told.lost) == {room}, "what could not be kept is told again, before what was lost later"
        told.is_kept = True
        until(lambda: told.lost[-1] == (PictureLoss.REFUSED, (names[2],)))
        until(lambda: LostPictures(tmp_path).first() is None)
    assert not (tmp_path / "lost_pictures").exists()


def test_a_disk_without_room_for_the_mark_has_no_loss_told_twice_and_holds_up_no_picture(
    tmp_path: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_uploads, "AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(picture_uploads, "LOOK_SECONDS", 0.01)
    tries: list[tuple[str, ...]] = []

    def no_room(_losses: LostPictures, sha256s: tuple[str, ...]) -> None:
        tries.append(sha256s)
        raise OSError(errno.ENOSPC, "no room")

    pictures, told = KeptPictures(tmp_path), Told()
    pictures.losses.add("a" * 64, PictureLoss.ROOM)
    pictures.keep(PICTURE, "image/png")
    with monkeypatch.context() as full, sending(server, tmp_path, told=told):
        full.setattr(LostPictures, "told", no_room)
        until(lambda: len(tries) > 3 and waiting(tmp_path) == 0)
        full.undo()
        until(lambda: KeptPictures(tmp_path).losses.first() is None)
    assert told.lost == [(PictureLoss.ROOM, ("a" * 64,))]


def test_a_file_that_is_gone_or_unreadable_is_lost_and_one_that_made_room_is_so_once(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_uploads, "LOOK_SECONDS", 0.02)
    kept = KeptPictures(tmp_path)
    name = kept.keep(b"one")
    (path,) = kept.waiting()
    path.unlink()
    told = Told()
    with sending(server, tmp_path, told=told):
        until(lambda: told.lost == [(PictureLoss.MISSING, (name,))])
    assert KeptPictures(tmp_path).lost == 1


def test_many_are_told_in_parts_and_a_line_a_power_cut_spoilt_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = LostPictures(tmp_path)
    names = [f"{number:064x}" for number in range(MOST_LOST + 5)]
    for name in names:
        losses.add(name, PictureLoss.ROOM)
    with (tmp_path / "lost_pictures").open("a") as file:
        file.write("room 00ab")
    parts = []
    while (lost := losses.first()) is not None:
        parts.append(lost[1])
        losses.told(lost[1])
    assert [len(part) for part in parts] == [MOST_LOST, 5]
    assert [one for part in parts for one in part] == names
    monkeypatch.setattr(lost_pictures, "MOST_BYTES", 100)
    for name in names:
        losses.add(name, PictureLoss.WAITED)
    assert losses.first() == (PictureLoss.WAITED, tuple(names[:2])), "what is told one by one is bounded"


def test_one_that_waited_too_long_is_told_so(tmp_path: Path) -> None:
    kept = KeptPictures(tmp_path)
    name = kept.keep(b"old")
    os.utime(kept.waiting()[0], (time.time() - 91 * 86_400,) * 2)
    del kept
    again = KeptPictures(tmp_path)
    again.keep(b"new")
    assert again.losses.first() == (PictureLoss.WAITED, (name,))


@pytest.mark.parametrize("is_started_anew", [False, True])
def test_pictures_of_a_pc_whose_clock_was_dead_wait_on_when_it_is_put_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_started_anew: bool
) -> None:
    right = time.time()
    kept = KeptPictures(tmp_path)
    monkeypatch.setattr(time, "time", lambda: 60.0)
    first = kept.keep(b"first")
    os.utime(kept.waiting()[0], (60, 60))
    monkeypatch.setattr(time, "time", lambda: right)
    if is_started_anew:
        del kept
        kept = KeptPictures(tmp_path)
    second = kept.keep(b"second")
    assert {path.stem for path in kept.waiting()} == {first, second}
    assert kept.waited_seconds(kept.waiting()[0]) < 60
    assert kept.losses.first() is None
