"""Which recorded samples changed faster than is believed, judged anew by a corrected definition.

The agent judges each reading against the last good one (`readings.within_rate`) and records only what is news. So of
the time between two samples it is known that readings repeated the first one, each `poll_seconds` after the other,
until the second came; and that nothing was read where not even a sign of life was recorded (`heartbeat_seconds`). What
an agent judged good was no faster than was believed then.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from unison_domain.kernel.contracts import EARLIEST
from unison_domain.stations.events import Quality

_ROUNDING = 1 + 1e-9


@dataclass(frozen=True, slots=True)
class RateRule:
    """How a tag is judged.

    Attributes:
        max_rate: greatest change per second that is believed now; None for any.
        formerly: what it was at any time, the present one too.
        poll_seconds, heartbeat_seconds: as in `TagSettings`.
    """

    max_rate: float | None
    formerly: Collection[float | None]
    poll_seconds: float
    heartbeat_seconds: float


@dataclass(frozen=True, slots=True)
class _Change:
    """From the last good reading to this one: by how much, in how many seconds, and since which sample."""

    amount: float
    seconds: float
    since: datetime


@dataclass(frozen=True, slots=True)
class LastReading:
    """The last good reading, as samples of one judgement tell it.

    Attributes:
        value: None where none is known. sampled_at: of the sample that told it. read_at: when it was repeated last.
        last_at, last_was_good: the last sample, whatever it was.
    """

    value: float | None = None
    sampled_at: datetime = EARLIEST
    read_at: datetime = EARLIEST
    last_at: datetime = EARLIEST
    last_was_good: bool = False


@dataclass(frozen=True, slots=True)
class RateMemory:
    """All that a judge knows of the samples before: `then` as they were recorded, `now` as they are judged anew."""

    then: LastReading = LastReading()
    now: LastReading = LastReading()


class _Track:
    """Follows the last good reading."""

    def __init__(self, rule: RateRule, last: LastReading) -> None:
        self._poll, self._silent_after = rule.poll_seconds, rule.heartbeat_seconds + 2 * rule.poll_seconds
        self.last = last

    def change(self, at: datetime, value: float | None) -> _Change | None:
        """None where no good reading is known, or the agent was begun anew since."""
        last = self.last
        if value is None or last.value is None or (at - last.last_at).total_seconds() > self._silent_after:
            return None
        seconds = max(0.0, (at - last.read_at).total_seconds())
        if last.last_was_good:
            seconds = min(seconds, self._poll)
        return _Change(abs(value - last.value), seconds, last.sampled_at)

    def take(self, at: datetime, value: float | None, *, is_good: bool) -> None:
        """After a sample was judged."""
        last = self.last
        if is_good and value is not None:
            self.last = LastReading(value, at, at, at, last_was_good=True)
            return
        read_at = max(last.read_at, at - timedelta(seconds=self._poll)) if last.last_was_good else last.read_at
        self.last = replace(last, read_at=read_at, last_at=at, last_was_good=False)


class RateJudge:
    """Asked for one sample of a tag after the other, in order of time."""

    def __init__(self, rule: RateRule, memory: RateMemory | None = None) -> None:
        """`memory` of the samples before: it goes on as the judge that had it."""
        rates = [rate for rate in rule.formerly if rate is not None]
        memory = memory or RateMemory()
        self._limit = rule.max_rate
        self._strictest = min(rates, default=None)
        self._loosest = max(rates) if rates and len(rates) == len(rule.formerly) else None
        self._then, self._now = _Track(rule, memory.then), _Track(rule, memory.now)

    @property
    def memory(self) -> RateMemory:
        """What is to be known of the samples so far, for a judge that goes on."""
        return RateMemory(self._then.last, self._now.last)

    def judge(
        self, at: datetime, recorded: float | None, was: Quality, value: float | None, quality: Quality
    ) -> Quality:
        """The quality a sample has now.

        Args:
            at: when it was read.
            recorded, was: value and quality as they stand.
            value, quality: what they are by scale, offset and limits of now; an uncertain one may be so for its rate.
        """
        if value is not None and quality in (Quality.GOOD, Quality.UNCERTAIN):
            then, now = self._then.change(at, recorded), self._now.change(at, value)
            quality = self._judged(then, now, was, quality)
        self._then.take(at, recorded, is_good=was is Quality.GOOD)
        self._now.take(at, value, is_good=quality is Quality.GOOD)
        return quality

    def _judged(self, then: _Change | None, now: _Change | None, was: Quality, quality: Quality) -> Quality:
        if (
            quality is Quality.UNCERTAIN
            and was is Quality.UNCERTAIN
            and then is not None
            and self._strictest is not None
            and then.amount > self._strictest * then.seconds * _ROUNDING
        ):
            quality = Quality.GOOD  # it was suspect for its rate, and is judged anew
        if now is None or self._limit is None:
            return quality
        seconds = now.seconds
        if was is Quality.GOOD and then is not None and then.since == now.since and self._loosest is not None:
            seconds = max(seconds, then.amount / self._loosest)
        return Quality.UNCERTAIN if now.amount > self._limit * seconds * _ROUNDING else quality
