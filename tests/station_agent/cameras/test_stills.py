"""Pictures of a folder are shown once each, in the order they came, and the last one stays."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from unison_station.cameras.source import Mark, Taken, Waiting
from unison_station.cameras.stills import Stills

RATE = 1_000.0


def put(folder: Path, name: str, shade: int) -> Path:
    """A picture of one shade of grey, there at once; each comes later than the last, also by a slow clock's ticks."""
    passing = folder / ".new.png"
    cv2.imwrite(str(passing), np.full((120, 160), shade, dtype=np.uint8))
    others = [one.stat().st_ctime_ns for one in folder.glob("[a-z]*")]
    while passing.replace(folder / name).stat().st_ctime_ns <= max(others, default=0):
        (folder / name).rename(passing)
    return folder / name


def shades(stills: Stills, count: int = 4) -> list[int]:
    """What the next pictures show; 0 where there is none."""
    taken = [stills.newest() for _ in range(count)]
    return [int(one.picture[0, 0, 0]) if isinstance(one, Taken) else 0 for one in taken]


def mark(stills: Stills) -> Mark | None:
    taken = stills.newest()
    assert isinstance(taken, Taken)
    return taken.mark


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "seen"
    place.mkdir()
    return place


def test_what_came_first_is_shown_first_and_the_last_stays(folder: Path) -> None:
    put(folder, "b.png", 10)
    put(folder, "a.png", 20)
    stills = Stills(folder, RATE)
    assert "pictures that were there before: 2" in stills.remarks[0]
    assert shades(stills) == [10, 20, 20, 20]


def test_another_start_goes_on_after_the_last(folder: Path) -> None:
    put(folder, "a.png", 10)
    put(folder, "b.png", 20)
    before = Stills(folder, RATE)
    shades(before)
    put(folder, "c.png", 30)
    after = Stills(folder, RATE, mark(Stills(folder, RATE, mark(before))))
    assert after.remarks == ()
    assert shades(after) == [30, 30, 30, 30]


def test_the_last_one_is_in_sight_after_another_start_though_nothing_came(folder: Path) -> None:
    put(folder, "a.png", 10)
    put(folder, "b.png", 20)
    before = Stills(folder, RATE)
    shades(before)
    assert shades(Stills(folder, RATE, mark(before))) == [20, 20, 20, 20]


def test_each_is_looked_at_as_often_as_a_code_may_want_and_only_then_done_with(folder: Path) -> None:
    put(folder, "a.png", 10)
    put(folder, "b.png", 20)
    stills = Stills(folder, RATE, looks=3)
    assert shades(stills, 2) == [10, 10]
    assert shades(Stills(folder, RATE, stills.newest().mark, looks=3), 4) == [20, 20, 20, 20]  # type: ignore[union-attr]
    assert shades(stills) == [20, 20, 20, 20]
    half = Stills(folder, RATE, looks=3)
    shades(half, 1)
    assert mark(half) is None


def test_what_is_moved_in_is_new_however_old_it_is(folder: Path, tmp_path: Path) -> None:
    put(folder, "b.png", 10)
    stills = Stills(folder, RATE)
    shades(stills)
    old = put(tmp_path, "a.png", 20)
    os.utime(old, (0, 0))
    old.rename(folder / "a.png")
    assert shades(stills) == [20, 20, 20, 20]
    put(folder, "a.png", 30)
    assert shades(stills) == [30, 30, 30, 30]


def test_what_only_got_other_rights_is_not_new(folder: Path) -> None:
    first = put(folder, "a.png", 10)
    put(folder, "b.png", 20)
    stills = Stills(folder, RATE)
    shades(stills)
    first.chmod(0o600)
    assert shades(stills) == [20, 20, 20, 20]


def test_a_damaged_one_is_passed_over_in_words(folder: Path) -> None:
    stills = Stills(folder, RATE)
    assert stills.newest() == Waiting(f"no picture in {folder} yet")
    (folder / "a.png").write_bytes(b"no picture")
    assert shades(stills) == [0, 0, 0, 0]
    put(folder, "b.png", 20)
    taken = next(one for one in iter(stills.newest, None) if isinstance(one, Taken))
    assert taken.passed == ("a.png can't be read as a picture",)
    put(folder, "a.png", 30)
    assert shades(stills) == [30, 30, 30, 30]


def test_a_damaged_file_alone_is_told_when_it_had_time_to_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unison_station.cameras.stills.SETTLING_SECONDS", 0.0)
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    assert Stills(bad, RATE).newest() == Waiting("bad.png can't be read as a picture")


def test_a_link_that_leads_nowhere_keeps_no_other_picture_from_sight(folder: Path) -> None:
    put(folder, "a.png", 10)
    (folder / "B.png").symlink_to(folder / "gone.png")
    stills = Stills(folder, RATE)
    assert shades(stills) == [10, 10, 10, 10]
    put(folder, "c.png", 20)
    assert shades(stills) == [20, 20, 20, 20]
