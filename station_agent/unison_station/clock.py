"""The agent's time: one line per boot that never steps, and what is known of the server's time along it.

Stamps come from `SteadyClock`: anchored once per boot to the wall clock, then carried by the boot clock. Whoever sets
the PC's clock (or NTP, or a dead battery: 1970) cannot make stamps jump or go back; a jump is only reported. Each
answer of the server tells its time; the first one of a boot settles that boot's *correction*: nothing when the PC is
within two seconds, else the difference. Events leave with their times moved by it and the first stamp kept beside
(`uplink/composing.py`), so what was stamped before the first answer comes out right too. The correction of a boot never
changes, hence intervals still tile; the slow drift that remains is steered away, at most half a millisecond a second.
Where the server's own clock was behind at first and is put right, the stamps leap forward once its answers agree for a
while; what was stamped before stays. They never leap back: a server that was ahead is only steered to, and told.

A PC whose clock a time service keeps (NTP, PTP) goes by that instead, so a server with a wrong clock moves none of its
stamps; how far both are apart is told all the same.

Each boot is wrong in its own way, so a stamp is worth something only with its boot. What is remembered over a boot is
moved to the server's time when the next one loads it, and that one's own stamps begin after all of it: a stamp before
`Line.begun` is right already, one after it gets the correction. Both is in `Line`, and nowhere else.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import NamedTuple, Protocol

from unison_station.platform.boot import boot_id, boot_seconds
from unison_station.platform.time_service import is_synchronised

STEP_SECONDS = 2.0
"""A wall clock that moves by more than this against the boot clock has stepped; less is NTP at work."""

ANSWERS_KEPT = 8
"""The server's offset is that of the fastest of so many answers."""

STEERING_RATE = 0.0005
"""Greatest rate at which stamps are slewed, seconds per second (what kernels allow NTP)."""

SHORTEST_OUTAGE_SECONDS = 0.001
"""No PC is off for less; and a float of seconds since 1970 is never so far off."""

LONGEST_START_SECONDS = 60.0
"""So much at most of the time since boot is taken as time away: the agent itself may have been installed long after."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SystemTime(Protocol):
    """The clocks of the PC as they are."""

    def wall(self) -> float:
        """Seconds since 1970 by the clock that people and NTP set."""

    def monotonic(self) -> float:
        """Seconds since boot by the clock nobody sets."""

    def boot_id(self) -> str:
        """Name of this boot."""

    def is_synchronised(self) -> bool:
        """Whether a time service keeps the wall clock right, so that it is believed before any server's."""


class PcTime:
    """The real clocks."""

    def wall(self) -> float:
        """See `SystemTime`."""
        return time.time()

    def monotonic(self) -> float:
        """See `SystemTime`."""
        return boot_seconds()

    def boot_id(self) -> str:
        """See `SystemTime`."""
        return boot_id()

    def is_synchronised(self) -> bool:
        """See `SystemTime`."""
        return is_synchronised()


class Clock(Protocol):
    """What the rest of the agent asks for the time."""

    def now(self) -> datetime:
        """Steady UTC: never goes back, never jumps within a boot."""

    def monotonic(self) -> float:
        """Seconds since boot; every duration and schedule is taken from it."""


_BEFORE = timedelta(microseconds=1)


class Line(NamedTuple):
    """The stamps of one boot, and what is known of the server's time along them.

    Attributes:
        begun: when the agent first ran in this boot; stamps before it are of former boots, and right already.
        correction: seconds to add to its own; None until the server's time is known.
    """

    begun: datetime = EPOCH
    correction: float | None = None

    def settled(self, stamp: datetime) -> datetime:
        """The server's time at a stamp, as far as it is known. Never turns the order of two stamps around."""
        by = timedelta(seconds=self.correction or 0.0)
        return stamp + by if stamp >= self.begun else min(stamp, self.begun + by)

    def remembered(self, moment: datetime) -> datetime:
        """A moment before this boot, which is not moved any more; a clock that ran ahead unnoticed may put it later."""
        return min(moment, self.begun - _BEFORE)

    def stamp(self, moment: datetime) -> datetime:
        """What to write for a moment by the server's time, so that `settled` gives it back.

        Where nothing does (before this boot, whose clock is behind) it is the last moment before.
        """
        own = moment - timedelta(seconds=self.correction or 0.0)
        return own if own >= self.begun else self.remembered(moment)


SETTLED = Line(correction=0.0)
"""Of stamps that are right as they stand."""


class Anchor(NamedTuple):
    """Ties the boot clock to steady UTC: at `monotonic` seconds since boot it was `utc` seconds since 1970."""

    boot_id: str
    utc: float
    monotonic: float


def anchor(system: SystemTime, *, same_boot: Anchor | None, newest: datetime | None) -> Anchor:
    """Find the line of stamps to go on with.

    Args:
        same_boot: the line an earlier run of this boot used; it is continued whatever the wall clock says by now.
        newest: the last moment known of former boots, by the server's time. It lies before this boot, so no new stamp
            lies before it and the time a start takes, even when the clock lost its battery.
    """
    if same_boot is not None:
        return same_boot
    wall, since_boot = system.wall(), system.monotonic()
    if newest is not None:
        outage = SHORTEST_OUTAGE_SECONDS + min(since_boot, LONGEST_START_SECONDS)
        wall = max(wall, newest.timestamp() + outage)
    return Anchor(system.boot_id(), wall, since_boot)


@dataclass
class SteadyClock:
    """Steady UTC on an anchor. Safe to use from several threads."""

    system: SystemTime
    anchor: Anchor
    _steered: float = 0.0
    _leapt: float = 0.0
    _steered_at: float = field(init=False)
    _wall_ahead: float = field(init=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def __post_init__(self) -> None:
        self._steered_at = self.system.monotonic()
        self._wall_ahead = self.system.wall() - self._steered_at

    def now(self) -> datetime:
        """See `Clock`."""
        return EPOCH + timedelta(seconds=self.utc(self.system.monotonic()))

    def monotonic(self) -> float:
        """See `Clock`."""
        return self.system.monotonic()

    @property
    def line(self) -> Anchor:
        """The anchor that goes on from here, with all steering in it."""
        now = self.system.monotonic()
        return Anchor(self.anchor.boot_id, self.utc(now), now)

    def utc(self, monotonic: float) -> float:
        """Steady UTC, seconds since 1970, at a moment of the boot clock."""
        return self.anchor.utc + (monotonic - self.anchor.monotonic) + self._steered

    def step(self) -> float | None:
        """Seconds the wall clock jumped, or the stamps leapt, since the last call, or None; ask about once a second."""
        leapt, self._leapt = self._leapt, 0.0
        if leapt:
            return leapt  # a jump of the wall clock is told by the next call
        ahead = self.system.wall() - self.system.monotonic()
        delta = ahead - self._wall_ahead
        self._wall_ahead = ahead
        return delta if abs(delta) > STEP_SECONDS else None

    def steer(self, error_seconds: float) -> None:
        """Slew towards the server: `error_seconds` is how much the stamps should still advance."""
        with self._lock:
            now = self.system.monotonic()
            most = STEERING_RATE * (now - self._steered_at)
            self._steered += max(-most, min(most, error_seconds))
            self._steered_at = now

    def leap(self, seconds: float) -> None:
        """Go on with later stamps, at once; what was stamped before stays before."""
        with self._lock:
            self._steered += max(0.0, seconds)
            self._leapt += max(0.0, seconds)


class _Answer(NamedTuple):
    round_trip: float
    ahead: float


class ServerTime:
    """What is known of the server's clock: seconds since 1970 by the server, minus seconds since boot here.

    Attributes:
        answered: when the last answer came, seconds since boot; None before the first.
    """

    def __init__(self) -> None:
        """Nothing is known before the first answer."""
        self.answered: float | None = None
        self._answers: deque[_Answer] = deque(maxlen=ANSWERS_KEPT)
        self._lock = Lock()

    def observe(self, sent: float, received: float, server_time: datetime) -> None:
        """Take one answer: boot-clock seconds when the request left and the answer came, and the time it names."""
        middle = (sent + received) / 2
        with self._lock:
            self._answers.append(_Answer(received - sent, server_time.timestamp() - middle))
            self.answered = received

    @property
    def ahead(self) -> float | None:
        """Server's seconds since 1970 minus seconds since boot, by the answer that took the least time."""
        with self._lock:
            return min(self._answers).ahead if self._answers else None


def correction(line: Anchor, ahead: float) -> float:
    """Seconds to add to stamps of `line`, given the server's offset to the boot clock; 0 within `STEP_SECONDS`."""
    offset = ahead - (line.utc - line.monotonic)
    return offset if abs(offset) > STEP_SECONDS else 0.0
