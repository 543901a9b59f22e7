"""Pictures of a folder are shown once each, in the order they came, and the last one stays."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import cv2
import numpy as np
import pytest
from unison_station.cameras import stills
from unison_station.cameras.source import Mark, Shown, Taken, Waiting
from unison_station.cameras.stills import Stills

RATE = 1_000.0


def put(folder: Path, name: str, shade: int) -> Path:
    """A picture of one shade of grey, there at once; each comes later than the last, also by a slow clock's ticks."""
    passing = folder / ".new.png"
    cv2.imwrite(str(passing), np.full((120, 160), shade, dtype=np.uint8))
    others = [one.stat().st_ctime_ns for one in folder.glob("[a-z0-9]*")]
    while passing.replace(folder / name).stat().st_ctime_ns <= max(others, default=0):
        (folder / name).rename(passing)
    return folder / name


def shades(stills: Stills, count: int = 4) -> list[int]:
    """What the next pictures show; 0 where there is none."""
    taken = [stills.newest() for _ in range(count)]
    return [int(one.picture[0, 0, 0]) if isinstance(one, Taken) else 0 for one in taken]


def remembered(stills: Stills, before: Shown | None = None, count: int = 4) -> Shown:
    """What an agent remembers after so many more pictures."""
    before = before or Shown()
    for one in (stills.newest() for _ in range(count)):
        if isinstance(one, Taken):
            seen = (*before.seen, *one.done) if one.known is None else one.known
            before = Shown(seen, one.last)
    return before


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "seen"
    place.mkdir()
    return place


def test_what_came_first_is_shown_first_and_the_last_stays(folder: Path) -> None:
    put(folder, "b.png", 10)
    put(folder, "a.png", 20)
    seen = Stills(folder, RATE)
    assert "pictures that were there before: 2" in seen.remarks[0]
    assert shades(seen) == [10, 20, 20, 20]


def test_another_start_goes_on_after_the_last(folder: Path) -> None:
    put(folder, "a.png", 10)
    put(folder, "b.png", 20)
    before = remembered(Stills(folder, RATE))
    put(folder, "c.png", 30)
    before = remembered(Stills(folder, RATE, before), before, 0)
    after = Stills(folder, RATE, before)
    assert after.remarks == ()
    assert shades(after) == [30, 30, 30, 30]


def test_the_last_one_is_in_sight_after_another_start_though_nothing_came(folder: Path) -> None:
    put(folder, "a.png", 10)
    put(folder, "b.png", 20)
    before = remembered(Stills(folder, RATE))
    assert shades(Stills(folder, RATE, before)) == [20, 20, 20, 20]


def test_what_was_remembered_by_the_last_picture_alone_goes_on_after_it(folder: Path) -> None:
    put(folder, "a.png", 10)
    last = put(folder, "b.png", 20)
    put(folder, "c.png", 30)
    before = Shown(before=Mark(last.stat().st_ctime_ns, "b.png"))
    assert shades(Stills(folder, RATE, before)) == [30, 30, 30, 30]
    assert len(remembered(Stills(folder, RATE, before)).seen) == 3


def test_each_is_looked_at_as_often_as_a_code_may_want_and_only_then_done_with(folder: Path) -> None:
    put(folder, "a.png", 10)
    put(folder, "b.png", 20)
    seen = Stills(folder, RATE, looks=3)
    half = remembered(seen, count=2)
    assert half == Shown()
    before = remembered(seen, half, 1)
    assert len(before.seen) == 1
    assert shades(Stills(folder, RATE, before, looks=3), 4) == [20, 20, 20, 20]
    assert shades(seen) == [20, 20, 20, 20]


def again(folder: Path) -> None:
    """A restored copy: other files, the same names and times of writing."""
    for one in sorted(folder.iterdir()):
        content, status = one.read_bytes(), one.stat()
        one.unlink()
        one.write_bytes(content)
        os.utime(one, ns=(status.st_atime_ns, status.st_mtime_ns))


def owned(folder: Path) -> None:
    for one in folder.iterdir():
        one.chmod(0o600)


@pytest.mark.parametrize("touch", [again, owned])
def test_a_folder_that_was_restored_or_given_other_rights_is_not_new(
    folder: Path, touch: Callable[[Path], None]
) -> None:
    put(folder, "a.png", 10)
    put(folder, "b.png", 20)
    before = remembered(Stills(folder, RATE))
    touch(folder)
    assert shades(Stills(folder, RATE, before)) == [20, 20, 20, 20]


@pytest.mark.parametrize("year", [2000, 2026, 2090])
def test_no_wrong_clock_makes_an_old_picture_new_or_hides_a_new_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, year: int
) -> None:
    """The last picture came by a clock that was wrong; the next comes while nobody looks."""
    put(folder, "a.png", 10)
    last = put(folder, "b.png", 20)
    looked, file = int(datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1e9), stills._file

    def dated(status: os.stat_result) -> stills._File:
        return file(status)._replace(came=looked) if status.st_ino == last.stat().st_ino else file(status)

    monkeypatch.setattr(stills, "_file", dated)
    before = remembered(Stills(folder, RATE))
    put(folder, "c.png", 30)
    after = remembered(Stills(folder, RATE, before), before)
    assert (len(before.seen), len(after.seen), after.last) == (2, 3, "c.png")


def test_a_share_that_is_away_and_comes_back_brings_nothing_new(folder: Path, tmp_path: Path) -> None:
    put(folder, "a.png", 10)
    put(folder, "b.png", 20)
    before = remembered(Stills(folder, RATE))
    folder.rename(tmp_path / "away")
    folder.mkdir()
    watching = Stills(folder, RATE, before)
    assert shades(watching) == [0, 0, 0, 0]
    folder.rmdir()
    (tmp_path / "away").rename(folder)
    assert remembered(watching, before).seen == before.seen
    put(folder, "c.png", 30)
    assert shades(watching) == [30, 30, 30, 30]


def test_what_is_gone_for_long_is_forgotten(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stills, "MOST_GONE", 4)
    watching, before = Stills(folder, RATE), Shown()
    for shade in range(1, 21):
        put(folder, f"{shade}.png", shade)
        before = remembered(watching, before, 1)
        (folder / f"{shade}.png").unlink()
        assert len(before.seen) <= 4 + 2 + 1
    put(folder, "a.png", 200)
    assert shades(Stills(folder, RATE, before)) == [200, 200, 200, 200]


def test_what_is_moved_in_is_new_however_old_it_is(folder: Path, tmp_path: Path) -> None:
    put(folder, "b.png", 10)
    seen = Stills(folder, RATE)
    shades(seen)
    old = put(tmp_path, "a.png", 20)
    os.utime(old, (0, 0))
    old.rename(folder / "a.png")
    assert shades(seen) == [20, 20, 20, 20]
    put(folder, "a.png", 30)
    assert shades(seen) == [30, 30, 30, 30]


def test_what_only_got_other_rights_is_not_new(folder: Path) -> None:
    first = put(folder, "a.png", 10)
    put(folder, "b.png", 20)
    seen = Stills(folder, RATE)
    shades(seen)
    first.chmod(0o600)
    assert shades(seen) == [20, 20, 20, 20]


def test_a_damaged_one_is_passed_over_in_words(folder: Path) -> None:
    seen = Stills(folder, RATE)
    assert seen.newest() == Waiting(f"no picture in {folder} yet")
    (folder / "a.png").write_bytes(b"no picture")
    assert shades(seen) == [0, 0, 0, 0]
    put(folder, "b.png", 20)
    taken = next(one for one in iter(seen.newest, None) if isinstance(one, Taken))
    assert taken.passed == ("a.png can't be read as a picture",)
    put(folder, "a.png", 30)
    assert shades(seen) == [30, 30, 30, 30]


def test_a_damaged_file_alone_is_told_when_it_had_time_to_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unison_station.cameras.stills.SETTLING_SECONDS", 0.0)
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    assert Stills(bad, RATE).newest() == Waiting("bad.png can't be read as a picture")


def test_a_link_that_leads_nowhere_keeps_no_other_picture_from_sight(folder: Path) -> None:
    put(folder, "a.png", 10)
    (folder / "B.png").symlink_to(folder / "gone.png")
    seen = Stills(folder, RATE)
    assert shades(seen) == [10, 10, 10, 10]
    put(folder, "c.png", 20)
    assert shades(seen) == [20, 20, 20, 20]


def test_who_asks_for_a_picture_waits_for_no_slow_folder(folder: Path) -> None:
    put(folder, "a.png", 10)
    asked = Event()
    seen = Stills(folder, 0.001, asked=asked)
    assert shades(seen, 1) == [10]
    put(folder, "b.png", 20)
    asked.set()
    before = seen._next_at
    assert shades(seen, 1) == [20]
    assert not asked.is_set()
    assert seen._next_at == before, "the beat goes on: a longer silence would look like a hung process"
