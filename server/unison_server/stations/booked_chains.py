"""Chains of booked counts: parts that another PC tells of their time are in them, though in no single one of them.

A register that one PC read all the time went from where each of its counts began to where the next one ended. As long
as that is less than one whole turn, and nobody tells that it went back or leapt meanwhile, it passed each value once:
what another PC read at such a moment, of values that it passed about then, are the same parts.

Their clocks differ. What was read within `CLOCKS_APART` of an end of the chain may have been read outside of it, where
the register may have passed the same values before it was set back; so much of it proves nothing. The end of the last
count that was booked is none, as whatever is made from there on is in the next one: unless the register may have come
round by then.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import NamedTuple, Self
from uuid import UUID

from unison_domain.stations.events import Counted
from unison_domain.stations.quarantine_contracts import Decision

from unison_server.stations.arrival import BookedStep, CountWindow
from unison_server.stations.gap_counts import Gap, Step

CLOCKS_APART = timedelta(seconds=5)
"""What two clocks may differ by: each may be 2 s off the server's before it is put right, which is known by a message
that takes its time."""
_MOST_STEPS = 200
"""Of one time that is asked for; what is not known whole proves nothing."""
_MOMENT = timedelta(microseconds=1)
_LONGEST = timedelta(seconds=30)
"""Of times that are asked for as one; some counts a second fit in it."""


class Break(NamedTuple):
    """A time in which no chain goes on: the counter went back or leapt, or by what a person is to decide about."""

    begun: datetime
    ended: datetime

    @classmethod
    def told(cls, at: datetime) -> Self:
        """At this moment by a clock that may be another."""
        return cls(at - CLOCKS_APART, at + CLOCKS_APART)


EVER = Break(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
"""Of what nobody knows when it was."""


class Chain(NamedTuple):
    """Counts of one PC, each of which begins where the one before ended.

    Attributes:
        way: of the register, within the time that the clocks of others are sure to mean.
        counts: in their order.
        reached: how many steps of the register had been made by the end of each.
    """

    way: Gap
    counts: Sequence[BookedStep]
    reached: Sequence[int]

    @property
    def begun(self) -> datetime:
        """When it began, by the PC's own clock."""
        return _begun(self.counts[0])

    @property
    def ended(self) -> datetime:
        """When it ended, by the PC's own clock."""
        return self.counts[-1].at

    @property
    def told_between(self) -> tuple[datetime, datetime]:
        """What it holds was told from the first moment on to before the second."""
        return self.way.started_at, self.way.at + _MOMENT

    def agrees_with(self, told: Iterable[Step]) -> bool:
        """Whether all that one PC tells of its time can be of its values.

        A counter that was set back unseen and came by the same value again is known by that alone.
        """
        until = self.ended - CLOCKS_APART
        counts = [one for one in told if isinstance(one, Counted) and one.delta and one.at <= until]
        return all(self.may_hold(one) for one in counts if self.way.is_of_its_time(one))

    def may_hold(self, step: Step) -> bool:
        """Whether its parts were made where the register stood at that time, as far as the clocks can tell."""
        if is_untimed(step) or not isinstance(step, Counted) or step.raw_from is None:
            return False
        begun, ended = self._place(step.raw_from), self._place(step.raw_to)
        before = bisect_right(self.counts, step.started_at - CLOCKS_APART, key=lambda one: one.at)
        after = bisect_left(self.counts, step.at + CLOCKS_APART, key=_begun)
        least, most = (self.reached[place - 1] if place else 0 for place in (before, after))
        return least <= begun <= ended <= most and (step.steps or 0) <= ended

    def _place(self, raw: int) -> int:
        """How many steps of it led to this value, which is on its way."""
        begun = self.way.raw_from or 0
        return raw - begun if raw >= begun else self.reached[-1] - (self.way.raw_to - raw)


def is_untimed(step: Step) -> bool:
    """Whether the clock it was stamped by had never heard the server's time."""
    return bool((step.model_extra or {}).get("clock_unsynced"))


def spans_of(windows: Iterable[CountWindow]) -> list[CountWindow]:
    """The times to be asked for about these, which lie close together where many are told at once."""
    spans: list[CountWindow] = []
    for window in sorted(windows):
        span = CountWindow(window.tag_id, window.started_at - CLOCKS_APART, window.at + CLOCKS_APART, most=_MOST_STEPS)
        last = spans[-1] if spans else None
        if last is not None and last.tag_id == span.tag_id and span.started_at <= last.at:
            ended = max(last.at, span.at)
            if ended - last.started_at <= _LONGEST:
                spans[-1] = last._replace(at=ended)
                continue
        spans.append(span)
    return spans


def chains_of(
    spans: Iterable[CountWindow], steps: Iterable[BookedStep], broken: Mapping[UUID, Collection[Break]]
) -> Iterator[Chain]:
    """The chains of these times.

    Args:
        steps: all that was booked in them, and of each time what was booked last before it and first after it.
        broken: by counter, what is known but from the ledger.
    """
    counts: dict[UUID, list[BookedStep]] = defaultdict(list)
    strays: dict[UUID, list[BookedStep]] = defaultdict(list)
    for step in sorted(steps, key=lambda one: one.at):
        (counts if step.started_at is not None else strays)[step.tag_id].append(step)
    for span in spans:
        known = _booked_in(span, counts[span.tag_id])
        if not known:
            continue
        astray = [one for one in strays[span.tag_id] if known[0].at <= one.at]
        if sum(one.at <= known[-1].at for one in astray) < span.most:
            ends = len(known) < span.most and _begun(known[-1]) <= span.at
            yield from _chains(known, astray, broken.get(span.tag_id, ()), is_end=ends)


def _booked_in(span: CountWindow, counts: Sequence[BookedStep]) -> list[BookedStep]:
    """From the last one before to the first one after, as far as they were told."""
    first = max(0, bisect_left(counts, span.started_at, key=lambda one: one.at) - 1)
    found: list[BookedStep] = []
    for one in counts[first : first + span.most]:
        found.append(one)
        if _begun(one) > span.at:
            break
    return found


def _chains(
    counts: Sequence[BookedStep], astray: Sequence[BookedStep], broken: Collection[Break], *, is_end: bool
) -> Iterator[Chain]:
    breaks = [*broken, *(Break(one.at, one.at) for one in astray)]
    others = [Break.told(one.at) for one in astray]
    chain: list[BookedStep] = []
    for one in counts:
        of_others = (gap for gap, stray in zip(others, astray, strict=True) if stray.agent_id != one.agent_id)
        against = [*breaks, *of_others]
        if chain and not _goes_on(chain, one, against):
            yield from _chain(chain, is_last=False)
            chain = []
        if _is_clear(one) and not _is_broken(against, _begun(one), one.at):
            chain.append(one)
    if chain:
        yield from _chain(chain, is_last=is_end and not any(gap.ended > chain[-1].at for gap in breaks))


def _chain(counts: Sequence[BookedStep], *, is_last: bool) -> Iterator[Chain]:
    first, last = counts[0], counts[-1]
    untold = (first.raw_from or 0) - _from(first)  # made before its time
    reached = list(accumulate([(first.steps or 0) - untold, *(one.steps or 0 for one in counts[1:])]))
    goes_on = is_last and 2 * reached[-1] <= _least_turn(counts)  # what comes next is none of the values of before
    since, until = _begun(first) + CLOCKS_APART, last.at + (CLOCKS_APART if goes_on else -CLOCKS_APART)
    delta = sum(one.delta for one in counts)
    way = Gap(first.tag_id, None, delta, since, until, first.raw_from, last.raw_to, Decision.ACCEPTED)
    if since <= until:
        yield Chain(way, counts, reached)


def _goes_on(chain: Sequence[BookedStep], one: BookedStep, breaks: Iterable[Break]) -> bool:
    """Whether the count begins where the chain ended, and comes to less than a whole turn of the register with it."""
    last = chain[-1]
    if not _is_clear(one) or one.agent_id != last.agent_id or last.raw_to != _from(one):
        return False
    if _begun(one) < max(_begun(last), last.at - CLOCKS_APART) or _is_broken(breaks, min(last.at, _begun(one)), one.at):
        return False
    every = [*chain, one]
    moduli = [_modulus(one) for one in every if one.rolled_over]
    if not moduli:
        return True
    return len(moduli) == 1 and max(one.raw_to for one in every) < moduli[0] and one.raw_to < (chain[0].raw_from or 0)


def _is_broken(breaks: Iterable[Break], since: datetime, at: datetime) -> bool:
    return any(gap.begun <= at and since < gap.ended for gap in breaks)


def _is_clear(one: BookedStep) -> bool:
    """Whether it says how its register went, and stands as it was told, at a known time."""
    if not one.is_sure or one.raw_from is None or not one.steps or one.delta <= 0:
        return False
    if one.rolled_over:
        return one.raw_to < one.raw_from < _modulus(one)
    return one.raw_to - one.raw_from <= one.steps <= one.raw_to and one.raw_from <= one.raw_to


def _from(one: BookedStep) -> int:
    """The value its parts were counted from: before that of its first look where that made no whole part."""
    return (one.raw_from or 0) if one.rolled_over else one.raw_to - (one.steps or 0)


def _modulus(one: BookedStep) -> int:
    return (one.steps or 0) + (one.raw_from or 0) - one.raw_to


def _least_turn(counts: Sequence[BookedStep]) -> int:
    """After how many steps the register comes by the same value again, at the least."""
    return max((_modulus(one) for one in counts if one.rolled_over), default=1 + max(one.raw_to for one in counts))


def _begun(one: BookedStep) -> datetime:
    return one.started_at or one.at
