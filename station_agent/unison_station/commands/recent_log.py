"""The newest lines of the agent's own log, also those from before it was started, told without secrets."""

from __future__ import annotations

import logging
import re
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Self

from unison_domain.stations.commands import LogAnswer, SendLog

from unison_station.commands.kept_lines import KeptLines

LOG_FILE = "recent.log"
"""In the agent's folder."""
KEPT = 1_000
LONGEST_LINE = 1_000
MOST_CHARACTERS = 150_000
"""What is told at once, so that the answer fits a batch."""

_SECRETS = re.compile(
    r"device_[0-9a-zA-Z]+_[\w-]+"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
    r"|(?i:(?<=bearer )|(?<=token=)|(?<=code=)|(?<=password=))[^\s,;&'\")]+"
)
"""Device tokens, names and passwords in addresses, and what follows a word that announces a secret."""


class RecentLog(logging.Handler):
    """Keeps what the logger `unison_station` says while the block runs."""

    def __init__(self, path: Path) -> None:
        """Lines are kept at `path` too."""
        super().__init__()
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        self._lines: deque[str] = deque(maxlen=KEPT)
        self._kept = KeptLines(path)

    def __enter__(self) -> Self:
        """Begin to keep, after what was kept by the runs before."""
        self._lines.extend(line[:LONGEST_LINE] for line in self._kept.read())
        logging.getLogger("unison_station").addHandler(self)
        return self

    def __exit__(self, _type: type[BaseException] | None, _value: object, _trace: TracebackType | None) -> None:
        """Keep no more."""
        logging.getLogger("unison_station").removeHandler(self)
        self.acquire()
        try:
            self._kept.close()
        finally:
            self.release()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line; a message of several becomes several."""
        try:
            lines = [without_secrets(line)[:LONGEST_LINE] for line in self.format(record).splitlines()]
            self._lines.extend(lines)
            self._kept.add(lines)
        except Exception:
            self.handleError(record)

    def send(self, wanted: SendLog, _seconds: float | None) -> LogAnswer:
        """The newest lines, as many as were asked for and fit."""
        room, told = MOST_CHARACTERS, deque[str]()
        for line in list(self._lines)[: -wanted.lines - 1 : -1]:
            room -= len(line)
            if room < 0:
                break
            told.appendleft(line)
        return LogAnswer(lines=list(told))


def without_secrets(line: str) -> str:
    """The line with whatever opens a door replaced."""
    return _SECRETS.sub("…", line)
