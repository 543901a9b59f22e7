"""When people are told that something fell silent: once, at most once in an hour, and then if it is silent still.

A plug that is loose is one fault; what flickers and then dies is silent for good, and must be told too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

TOLD_AGAIN_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Silence:
    """The last silence of a device, scanner, gauge or camera; moments by one clock.

    Attributes:
        since: since when it is silent; None while it answers.
        is_told: whether people were told of this silence.
        told_at: when they were last told of any; None for never.
    """

    since: datetime | None = None
    is_told: bool = False
    told_at: datetime | None = None

    def heard(self, now: datetime, *, is_silent: bool) -> Silence:
        """What is known after it was heard of once more."""
        return replace(self, since=self.since or now) if is_silent else Silence(told_at=self.told_at)

    def is_due(self, now: datetime, after: timedelta = timedelta(0)) -> bool:
        """Whether people are to be told now; `after`: how long it must have lasted."""
        if self.since is None or self.is_told:
            return False
        return not _lately(self.since, after, now) and not _lately(self.told_at, TOLD_AGAIN_AFTER, now)

    def told(self, now: datetime) -> Silence:
        """The same, told now."""
        return replace(self, is_told=True, told_at=now)


def _lately(moment: datetime | None, length: timedelta, now: datetime) -> bool:
    """What was noted later than now was noted by a clock that was wrong, and is long ago."""
    return moment is not None and now - length < moment <= now
