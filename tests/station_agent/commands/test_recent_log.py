"""The agent's own log from afar."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from unison_domain.stations.commands import SendLog
from unison_station.commands import kept_lines
from unison_station.commands.recent_log import (
    KEPT,
    LOG_FILE,
    LONGEST_LINE,
    MOST_CHARACTERS,
    RecentLog,
    without_secrets,
)

log = logging.getLogger("unison_station.tests")


@pytest.fixture(autouse=True)
def _everything_is_logged() -> None:
    logging.getLogger("unison_station").setLevel(logging.INFO)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / LOG_FILE


def told(path: Path, lines: int = 1000) -> list[str]:
    """What the next run would send before it says anything itself."""
    with RecentLog(path) as recent:
        return [line.rpartition(": ")[2] for line in recent.send(SendLog(lines=lines), None).lines]


def test_what_was_said_before_a_restart_is_told_after_it(path: Path) -> None:
    for run in (1, 2):
        with RecentLog(path):
            log.info("run %s", run)
    assert told(path) == ["run 1", "run 2"]
    assert path.stat().st_mode & 0o077 == 0
    assert "sesame" not in path.read_text()


def test_what_a_killed_run_said_is_there_without_an_orderly_end(path: Path) -> None:
    killed = RecentLog(path).__enter__()
    log.error("token=sesame failed")
    try:
        assert told(path) == ["token=… failed"]
        assert b"sesame" not in path.read_bytes()
    finally:
        killed.__exit__(None, None, None)


def test_what_is_kept_is_bounded_and_the_newest(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_lines, "MOST_BYTES", 10_000)
    with RecentLog(path):
        for number in range(2_000):
            log.info("line %s", number)
    assert sum(one.stat().st_size for one in path.parent.iterdir()) < 2 * 10_200
    lines = told(path)
    assert lines == [f"line {number}" for number in range(2_000 - len(lines), 2_000)]
    assert len(lines) > 50


def test_a_line_torn_by_a_power_cut_spoils_no_other(path: Path) -> None:
    path.write_bytes(b"a whole: line\nhalf a l\xff\x00\x00")
    with RecentLog(path):
        log.info("started")
    assert told(path) == ["line", "half a l\N{REPLACEMENT CHARACTER}", "started"]


def test_a_disk_that_takes_nothing_stops_no_log(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with RecentLog(path.parent / "missing" / LOG_FILE) as recent:
        log.info("started")
        lines = recent.send(SendLog(lines=5), None).lines
    assert [line.rpartition(": ")[2] for line in lines] == ["started"]
    assert "Traceback" not in capsys.readouterr().err


def test_the_newest_lines_oldest_first(path: Path) -> None:
    with RecentLog(path) as recent:
        for number in range(KEPT + 5):
            log.info("line %s", number)
        lines = recent.send(SendLog(lines=3), None).lines
    assert [line.rpartition(" ")[2] for line in lines] == [str(KEPT + 2), str(KEPT + 3), str(KEPT + 4)]
    log.info("later")
    assert "later" not in recent.send(SendLog(lines=1), None).lines[0]


def test_an_answer_fits_a_batch(path: Path) -> None:
    with RecentLog(path) as recent:
        for _ in range(KEPT):
            log.error("x" * 5000)
        lines = recent.send(SendLog(lines=1000), None).lines
    assert max(map(len, lines)) == LONGEST_LINE
    assert sum(map(len, lines)) <= MOST_CHARACTERS


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("token device_018f6f4e00007000_aB-_9 refused", "token … refused"),
        ("GET http://anna:pass@proxy:3128/ failed", "GET http://…@proxy:3128/ failed"),
        ("Authorization: Bearer abc.def.ghi", "Authorization: Bearer …"),
        ("enrol?code=ORG-ABCD-EFGH&x=1", "enrol?code=…&x=1"),
        ("reading 10.0.0.1:502 failed", "reading 10.0.0.1:502 failed"),
    ],
)
def test_secrets_are_left_out(line: str, told: str) -> None:
    assert without_secrets(line) == told


def test_a_traceback_is_lines_too(path: Path) -> None:
    with RecentLog(path) as recent:
        try:
            raise ValueError("token=sesame")
        except ValueError:
            log.exception("it failed")
        lines = recent.send(SendLog(lines=50), None).lines
    assert len(lines) > 2
    assert not any("sesame" in line for line in lines)
