"""Parts from a counter register: rollover, reset, implausible jumps.

A step from one register value to the next is believed when it could have been made in the time between:
`max_rate * seconds * 1.5`, and one part more because parts are whole. A smaller value is a rollover when the way over
the modulus is believable, else a reset. A reset or a leap shows the same picture as a torn 32-bit read or a late
reply of another request, so it is held until the next read goes on from there; when that read goes on from the old
value instead, the odd one was a misread and is forgotten. The same holds for the first read after a time-out (quality
uncertain). A leap since before the PC was started is confirmed so too, and then counted for a person to decide: nobody
measured how long that was.

Without a configured `max_rate`, 100 parts per second are believed, and a rollover over at most an eighth of the
modulus: with a 16-bit counter and minutes without contact, a counter that was reset must not pass for one that rolled
over.

What can't be known is not invented: parts made between the last read and a reset are lost, and a counter that runs
through its whole modulus between two reads is counted once too few.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from math import isfinite
from typing import NamedTuple, Self
from uuid import UUID

from unison_domain.machines.contracts import CountKind
from unison_domain.machines.gaps import GapRun, doubt_of_gap
from unison_domain.stations.configuration import CounterBaseline, SignalRole, TagConfiguration, ValueType
from unison_domain.stations.events import Counted, CounterJumped, CounterReset, Quality
from unison_domain.stations.readings import Moment, Reading

Outcome = Counted | CounterReset | CounterJumped

COUNT_KINDS = {
    SignalRole.COUNT_GOOD: CountKind.GOOD,
    SignalRole.COUNT_SCRAP: CountKind.SCRAP,
    SignalRole.COUNT_TOTAL: CountKind.TOTAL,
}
DEFAULT_MAX_RATE = 100.0
"""Parts per second believed of a counter nobody gave a greatest rate."""

_LONGEST_LEAP = 2**53
"""Steps that every JSON reader takes for what they are; no machine makes so many."""
_MARGIN = 1.5
_MODULI = {
    ValueType.INT8: 2**8,
    ValueType.UINT8: 2**8,
    ValueType.INT16: 2**16,
    ValueType.UINT16: 2**16,
    ValueType.INT32: 2**32,
    ValueType.UINT32: 2**32,
    ValueType.INT64: 2**64,
    ValueType.UINT64: 2**64,
    ValueType.BCD16: 10**4,
    ValueType.BCD32: 10**8,
}


def modulus_of(kind: ValueType, rollover: int | None, bit_count: int) -> int | None:
    """Where a counter register of this type begins anew, unless its tag says another `rollover`; None: nowhere."""
    return rollover or (2**bit_count if kind is ValueType.BITS else _MODULI.get(kind))


def scale_of(scale: float) -> Decimal:
    """Parts that one step of a register stands for by a tag's scale, as it was typed; a counter has no sign."""
    exact = abs(Decimal(repr(scale)))
    whole = exact.to_integral_value()
    return whole if whole == exact else exact


@dataclass(frozen=True, slots=True)
class CounterRule:
    """How one counter register is believed; made from its tag.

    Attributes:
        modulus: register values run from 0 to modulus - 1; None for a counter that never rolls over (a float).
        max_rate: greatest parts per second; None for the default rule.
        parts_per_step: parts one step of the register stands for (the tag's scale, exactly).
        gap_seconds: a count over a longer time is marked `across_gap`.
        lease: fencing number under which it counts.
    """

    tag_id: UUID
    machine_id: UUID | None
    kind: CountKind
    modulus: int | None
    max_rate: float | None
    parts_per_step: Fraction
    gap_seconds: float
    lease: int = 0

    @classmethod
    def of(cls, tag: TagConfiguration) -> Self:
        """The rule of a tag whose role is a count."""
        return cls(
            tag_id=tag.id,
            machine_id=tag.machine_id,
            kind=COUNT_KINDS[tag.role],
            modulus=modulus_of(tag.type, tag.rollover, tag.bit_count),
            max_rate=tag.max_rate,
            parts_per_step=Fraction(scale_of(tag.scale)),
            gap_seconds=max(3 * tag.poll_seconds, 3.0),
            lease=tag.lease,
        )

    def believable_steps(self, seconds: float) -> int:
        """The most steps of the register that are believed in so many seconds."""
        parts = (self.max_rate or DEFAULT_MAX_RATE) * seconds * _MARGIN
        return int(parts / self.parts_per_step) + 1

    def believable_rollover(self, seconds: float) -> int:
        """The most steps over the modulus that are believed in so many seconds."""
        steps = self.believable_steps(seconds)
        return steps if self.max_rate or self.modulus is None else min(steps, self.modulus // 8)


class Held(NamedTuple):
    """A register value nobody believes yet."""

    raw: int
    moment: Moment


@dataclass(frozen=True, slots=True)
class CounterState:
    """Where a counter stands; JSON-able with `pydantic.TypeAdapter`.

    Attributes:
        raw, moment: the last register value believed, and when it was read.
        held: a value waiting to be confirmed by the next read.
        remainder: steps already seen that do not make a whole part yet, in `1 / parts_per_step.denominator`.
        untold: steps seen since parts were told last.
        resumed: the agent was restarted since `moment`.
        unmeasured: so was its PC, or another one counted; only a wall clock tells how long ago, and it may be wrong.
    """

    raw: int
    moment: Moment
    held: Held | None = None
    remainder: int = 0
    untold: int = 0
    resumed: bool = False
    unmeasured: bool = False


class _Parts(NamedTuple):
    """Whole parts of so many steps, and what is over in `1 / parts_per_step.denominator`."""

    whole: int
    remainder: int
    steps: int


class _Move(Enum):
    STEP = "step"
    ROLLOVER = "rollover"
    RESET = "reset"
    JUMP = "jump"
    LEAP = "leap"
    """A jump over a time nobody measured: it may have been longer."""


_BELIEVED = (_Move.STEP, _Move.ROLLOVER)


def advance(
    state: CounterState | None, reading: Reading, rule: CounterRule
) -> tuple[CounterState | None, tuple[Outcome, ...]]:
    """The counter after one more reading, and what happened. Pure; bad and stale readings change nothing.

    The first reading ever is only the baseline; a machine's counter tells it by a count of 0, so that whoever takes the
    counter over begins there. Parts made are the sum of all `Counted.delta`: those made since a reset come as a count
    beside it.
    """
    raw = _register(reading)
    if raw is None:
        return state, ()
    seen = Held(raw, reading.moment)
    if state is None:
        return CounterState(*seen), (_beginning(seen, rule),) if rule.machine_id else ()
    baseline = Held(state.raw, state.moment)
    if reading.quality is Quality.GOOD and _move(baseline, seen, rule)[0] in _BELIEVED:
        return _moved(state, (seen,), rule)
    if state.held is not None and _move(state.held, seen, rule)[0] in _BELIEVED:
        return _moved(state, (state.held, seen), rule)
    return replace(state, held=seen), ()


def resumed(state: CounterState, now: Moment, begun: datetime | None = None) -> CounterState:
    """The persisted counter on the clock of a new run; the next advance is marked `across_gap`.

    Args:
        begun: since when the PC's clock is one; None where that is no matter.
    """
    held = state.held and Held(state.held.raw, state.held.moment.rebased(now))
    unmeasured = begun is not None and state.moment.at < begun
    return replace(state, moment=state.moment.rebased(now), held=held, resumed=True, unmeasured=unmeasured)


def handed_over(baseline: CounterBaseline, now: Moment) -> CounterState:
    """The counter as the agent before left it: what was made since is counted with the first reading.

    Args:
        now: with the wall time by which `baseline.at` was stamped.
    """
    moment = Moment(baseline.at, now.monotonic).rebased(now)
    return CounterState(baseline.raw, moment, remainder=baseline.remainder, resumed=True)


def needs_review(counted: Counted) -> str | None:
    """Why a person is to decide if these parts count, in words (`machines.gaps`); None where they are booked."""
    if not counted.across_gap:
        return None
    return doubt_of_gap(counted.at - counted.started_at, counted.after_reset, counted.gap_run)


def _register(reading: Reading) -> int | None:
    if reading.quality not in (Quality.GOOD, Quality.UNCERTAIN) or not isinstance(reading.raw, int | float):
        return None
    return int(reading.raw) if isfinite(reading.raw) else None


def _move(before: Held, after: Held, rule: CounterRule) -> tuple[_Move, int]:
    """What kind of move leads from one value to the other, and how many steps it is."""
    seconds = after.moment.seconds_since(before.moment)
    steps = after.raw - before.raw
    if steps > rule.believable_steps(seconds):
        return _Move.JUMP, 0
    if steps >= 0:
        return _Move.STEP, steps
    if rule.modulus is not None and steps + rule.modulus <= rule.believable_rollover(seconds):
        return _Move.ROLLOVER, steps + rule.modulus
    return _Move.RESET, after.raw if 0 <= after.raw <= rule.believable_steps(seconds) else 0


def _moved(
    state: CounterState, values: tuple[Held, ...], rule: CounterRule
) -> tuple[CounterState, tuple[Outcome, ...]]:
    """The counter taken through values that are now believed."""
    outcomes: list[Outcome] = []
    for value in values:
        move, steps = _move(Held(state.raw, state.moment), value, rule)
        if move is _Move.JUMP and state.unmeasured and value.raw - state.raw < _LONGEST_LEAP:
            move, steps = _Move.LEAP, value.raw - state.raw
        units = steps * rule.parts_per_step.numerator + state.remainder
        parts, remainder = divmod(units, rule.parts_per_step.denominator)
        made = _Parts(parts, remainder, state.untold + steps)
        outcomes += _outcomes(state, value, move, made, rule)
        state = CounterState(value.raw, value.moment, remainder=remainder, untold=0 if parts else made.steps)
    return state, tuple(outcomes)


def _beginning(seen: Held, rule: CounterRule) -> Counted:
    return Counted(
        at=seen.moment.at,
        machine_id=rule.machine_id,
        tag_id=rule.tag_id,
        lease=rule.lease,
        count=rule.kind,
        delta=0,
        started_at=seen.moment.at,
        raw_from=seen.raw,
        raw_to=seen.raw,
    )


def _outcomes(state: CounterState, value: Held, move: _Move, made: _Parts, rule: CounterRule) -> Iterator[Outcome]:
    at, begin = value.moment.at, state.raw
    tag = {"machine_id": rule.machine_id, "tag_id": rule.tag_id, "lease": rule.lease}
    where = {"at": at, **tag, "raw_to": value.raw}
    if move is _Move.JUMP:
        yield CounterJumped(raw_from=begin, **where)
    if move is _Move.RESET:
        yield CounterReset(raw_from=begin, added=made.whole, **where)
        begin = 0
    if made.whole == 0:
        return
    yield Counted(
        count=rule.kind,
        delta=made.whole,
        started_at=min(state.moment.at, at),
        raw_from=begin,
        across_gap=state.resumed or value.moment.seconds_since(state.moment) > rule.gap_seconds,
        remainder=made.remainder,
        steps=made.steps,
        rolled_over=move is _Move.ROLLOVER,
        after_reset=move is _Move.RESET,
        gap_run=GapRun.TOO_FAST if move is _Move.LEAP else None,
        **where,
    )
