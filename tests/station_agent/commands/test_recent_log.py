"""The agent's own log from afar."""

from __future__ import annotations

import logging

import pytest
from unison_domain.stations.commands import SendLog
from unison_station.commands.recent_log import KEPT, LONGEST_LINE, MOST_CHARACTERS, RecentLog, without_secrets

log = logging.getLogger("unison_station.tests")


@pytest.fixture(autouse=True)
def _everything_is_logged() -> None:
    logging.getLogger("unison_station").setLevel(logging.INFO)


def test_the_newest_lines_oldest_first() -> None:
    with RecentLog() as recent:
        for number in range(KEPT + 5):
            log.info("line %s", number)
        lines = recent.send(SendLog(lines=3), None).lines
    assert [line.rpartition(" ")[2] for line in lines] == [str(KEPT + 2), str(KEPT + 3), str(KEPT + 4)]
    log.info("later")
    assert "later" not in recent.send(SendLog(lines=1), None).lines[0]


def test_an_answer_fits_a_batch() -> None:
    with RecentLog() as recent:
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


def test_a_traceback_is_lines_too() -> None:
    with RecentLog() as recent:
        try:
            raise ValueError("token=sesame")
        except ValueError:
            log.exception("it failed")
        lines = recent.send(SendLog(lines=50), None).lines
    assert len(lines) > 2
    assert not any("sesame" in line for line in lines)
