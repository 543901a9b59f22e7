"""Files of pictures that nobody is told of do not stay, whoever kept them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any
from unittest.mock import Mock

import pytest
from unison_domain.stations.picture_events import PictureReason
from unison_station.cameras.kept_pictures import KeptPictures
from unison_station.peripherals.outlet import NotKept
from unison_station.vision.booking import Booking

from tests.station_agent.cameras.test_camera import camera

AT = datetime(2026, 11, 21, tzinfo=UTC)


def full(*_: Any, **__: Any) -> None:
    raise NotKept("the disk is full")


def refused(kept: KeptPictures, *contents: bytes) -> None:
    with suppress(NotKept), kept.announcing():
        for content in contents:
            kept.keep(content)
        full()


def left(folder: Path) -> Sequence[bytes]:
    return sorted(path.read_bytes() for path in KeptPictures(folder).waiting())


def test_what_is_not_told_is_taken_back_and_what_was_there_before_stays(tmp_path: Path) -> None:
    kept = KeptPictures(tmp_path)
    kept.keep(b"early")
    with kept.announcing():
        kept.keep(b"told")
    refused(kept, b"early", b"told", b"late", b"late")
    assert left(tmp_path) == [b"early", b"told"]
    assert kept.lost == 0


def test_one_that_somebody_else_tells_of_meanwhile_stays(tmp_path: Path) -> None:
    for is_told_first in (True, False):
        folder = tmp_path / str(is_told_first)
        first, second = KeptPictures(folder), KeptPictures(folder)
        with suppress(NotKept), first.announcing():
            first.keep(b"same")
            if is_told_first:
                with_other(second)
            else:
                other = Thread(target=refused, args=(second, b"same"))
                other.start()
                other.join()
                assert left(folder) == [b"same"], "the first of them still tells of it"
            full()
        assert left(folder) == ([b"same"] if is_told_first else [])


def with_other(kept: KeptPictures) -> None:
    def tell() -> None:
        with kept.announcing():
            kept.keep(b"same")

    thread = Thread(target=tell)
    thread.start()
    thread.join()


def test_a_picture_that_is_asked_for_and_not_told_is_taken_back(tmp_path: Path) -> None:
    kept = KeptPictures(tmp_path)
    booking = Booking(Mock(keep=full), kept, Mock(), Mock())
    with pytest.raises(NotKept):
        booking.keep_picture(camera(tmp_path), b"png", AT, PictureReason.ASKED)
    with pytest.raises(NotKept):
        booking.keep_glance(camera(tmp_path), b"jpeg", AT)
    assert left(tmp_path) == []
