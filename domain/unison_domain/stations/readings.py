"""A value as it was read: with its time on both clocks and how far it may be trusted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from unison_domain.stations.events import Quality

Value = bool | int | float | str


class Moment(NamedTuple):
    """One point in time on two clocks: wall time for people, monotonic seconds for every duration.

    Attributes:
        at: aware UTC time; may step when somebody sets the clock.
        monotonic: seconds of a clock that only moves forward; see `rebased` for a restart.
    """

    at: datetime
    monotonic: float

    def later(self, seconds: float) -> Moment:
        """The moment `seconds` after this one."""
        return Moment(self.at + timedelta(seconds=seconds), self.monotonic + seconds)

    def seconds_since(self, earlier: Moment) -> float:
        """Seconds from `earlier` to this moment, at least 0."""
        return max(0.0, self.monotonic - earlier.monotonic)

    def rebased(self, now: Moment) -> Moment:
        """This moment of an earlier run on the monotonic clock of the present one, by its age in wall time."""
        return Moment(self.at, now.monotonic - max(0.0, (now.at - self.at).total_seconds()))


class Reading(NamedTuple):
    """One read of one tag. A tuple, because thousands are made per second.

    Attributes:
        value: scaled value; None unless the quality is good or uncertain.
        raw: what the registers held before scaling and inversion; None when nothing was read.
        reason: why the quality is not good, in words for people.
        at, monotonic: when the reply arrived, on both clocks.
    """

    tag_id: UUID
    value: Value | None
    raw: int | float | str | None
    quality: Quality
    reason: str | None
    at: datetime
    monotonic: float

    @property
    def moment(self) -> Moment:
        """When it was read."""
        return Moment(self.at, self.monotonic)

    @property
    def is_good(self) -> bool:
        """Whether rules may build on it."""
        return self.quality is Quality.GOOD


class LastRead(NamedTuple):
    """What one tag gave last.

    Attributes:
        newest: its newest reading, good or not: also a try that gave no value.
        good_at: when one was good last; None where none was since the agent was started.
    """

    newest: Reading
    good_at: datetime | None


def unread(tag_id: UUID, quality: Quality, reason: str, moment: Moment) -> Reading:
    """The reading of a tag that gave no value: refused by the device (`bad`) or without answer (`stale`)."""
    return Reading(tag_id, None, None, quality, reason, moment.at, moment.monotonic)


def suspect(reading: Reading, reason: str) -> Reading:
    """The same reading made `uncertain`, e.g. the first after a time-out; a bad one stays bad."""
    return reading._replace(quality=Quality.UNCERTAIN, reason=reason) if reading.is_good else reading


def within_rate(reading: Reading, last_good: Reading | None, max_rate: float | None) -> Reading:
    """The reading, or an uncertain one when it changed faster than `max_rate` (scaled units per second) allows.

    Meant for samples; counters have their own rule (`machines.counter`).
    """
    if max_rate is None or last_good is None or not reading.is_good:
        return reading
    value, before = reading.value, last_good.value
    if isinstance(value, str | None) or isinstance(before, str | None):
        return reading
    seconds = max(reading.monotonic - last_good.monotonic, 0.0)
    change = abs(value - before)
    if change <= max_rate * seconds:
        return reading
    return suspect(reading, f"changed by {change:g} in {seconds:.3g} s; at most {max_rate:g} per second is believed")
