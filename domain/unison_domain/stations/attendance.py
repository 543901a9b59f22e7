"""When it is told that a scanner, gauge or camera went away or came back: soon, and yet a loose plug floods nobody.

What has held for a while is told. The while doubles with each telling and is the first one again after an hour of calm,
so the first fault is told within seconds and the hundredth costs nothing. What never holds is told as coming and going.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from unison_domain.stations.peripherals import PeripheralState

FIRST_HOLD_SECONDS = 10.0
LONGEST_HOLD_SECONDS = 900.0
CALM_SECONDS = 3600.0
RESTLESS = 3
"""What went away so often since it was told of last is told as coming and going, held or not."""


class Telling(NamedTuple):
    """What is to be told: how it fares, for how many seconds, and how often it went since it was told of last."""

    state: PeripheralState
    seconds: float
    times: int


@dataclass(frozen=True, slots=True)
class Attendance:
    """How one fares, and what people know of it. Times are seconds of a clock that never steps.

    Attributes:
        told: as people know it; who was told nothing takes it for there.
        state, since: as it is, and from when on. went: how often it went away since it was told of last, at `told_at`.
        hold: how long something must last to be told.
    """

    told: PeripheralState
    state: PeripheralState
    since: float
    told_at: float
    hold: float
    went: int = 0

    @classmethod
    def begun(cls, now: float, told: PeripheralState = PeripheralState.ONLINE) -> Attendance:
        """Of one that is as it was told before."""
        return cls(told, told, now, now, hold=FIRST_HOLD_SECONDS)

    def seen(self, state: PeripheralState, now: float) -> tuple[Attendance, Telling | None]:
        """Take a look at it; tells something now and then."""
        after = self
        if state is not self.state:
            went = self.went + (self.state is PeripheralState.ONLINE)
            after = replace(self, state=state, since=now, went=went)
        held = now - after.since
        if held >= CALM_SECONDS and after.hold > FIRST_HOLD_SECONDS and state is after.told:
            after = replace(after, hold=FIRST_HOLD_SECONDS)
        has_settled = state is not after.told and held >= after.hold
        is_restless = after.went >= RESTLESS and now - after.told_at >= after.hold
        if not has_settled and not is_restless:
            return after, None
        hold = min(after.hold * 2, LONGEST_HOLD_SECONDS)
        return replace(after, told=state, told_at=now, went=0, hold=hold), Telling(state, held, after.went)
