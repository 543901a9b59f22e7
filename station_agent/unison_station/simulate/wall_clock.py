"""A wall clock that the simulated shop sets: the shop writes how far it was set, an agent under test adds that.

The file holds one number, seconds. It is for tests on one machine only; an agent that takes its time from it says so.
"""

from __future__ import annotations

import logging
import os
from math import isfinite
from pathlib import Path

from unison_station.clock import PcTime

VARIABLE = "UNISON_CLOCK_OFFSET_FILE"
"""Environment variable of `unison-station run` that names the file."""

log = logging.getLogger(__name__)


class ClockOffsetUnreadable(Exception):
    """The file is missing or holds no number."""


def write_offset(path: Path, seconds: float) -> None:
    """Set the clock: replaces the file in one step.

    Raises:
        OSError: it can't be written.
    """
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(f"{seconds!r}\n", "utf-8")
    fresh.replace(path)


def read_offset(path: Path) -> float:
    """Seconds the clock was set by.

    Raises:
        ClockOffsetUnreadable: the message says what to do.
    """
    try:
        seconds = float(path.read_text("utf-8"))
    except OSError as error:
        reason = error.strerror
    except ValueError:
        reason = "it holds no number"
    else:
        if isfinite(seconds):
            return seconds
        reason = f"{seconds} is no time"
    raise ClockOffsetUnreadable(
        f"{path}, named by {VARIABLE}, can not be read ({reason}): start `simulate --clock-file` first, or unset it"
    )


class ShopTime(PcTime):
    """The PC's clocks, the wall clock set by the simulated shop."""

    def __init__(self, path: Path) -> None:
        """Take the offset from `path`, now and ever again.

        Raises:
            ClockOffsetUnreadable: it can't be read now; later the last offset stays.
        """
        self._path = path
        self._offset = read_offset(path)

    def wall(self) -> float:
        """See `SystemTime`."""
        try:
            self._offset = read_offset(self._path)
        except ClockOffsetUnreadable as error:
            log.warning("the wall clock stays where it was set: %s", error)
        return super().wall() + self._offset

    def is_synchronised(self) -> bool:
        """See `SystemTime`: this clock is set as the shop likes."""
        return False


def shop_time() -> ShopTime | None:
    """The clocks of an agent under test; None for every other.

    Raises:
        ClockOffsetUnreadable: the variable names a file that can't be read.
    """
    named = os.environ.get(VARIABLE)
    if not named:
        return None
    log.warning("the wall clock is that of a simulated shop (%s=%s): for tests only", VARIABLE, named)
    return ShopTime(Path(named))
