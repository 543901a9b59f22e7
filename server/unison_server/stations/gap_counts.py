"""Counts over gaps: what they hold, so that parts that are told late of that time are in one count only.

Who takes over goes on from where its counter was counted up to, so its first count holds what was counted before under
earlier leases and had not arrived. Where that count is discarded, what is told of the time is nobody else's word.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Self
from uuid import UUID

import orjson
from pydantic import ValidationError
from sqlalchemy import select
from unison_domain.stations.events import Counted, CounterJumped, CounterReset
from unison_domain.stations.quarantine_contracts import Decision

from unison_server.kernel.database import TenantSession
from unison_server.stations.arrival import COUNT_ACROSS_GAP, BookedStep
from unison_server.stations.quarantine_tables import QuarantineDecision, QuarantinedEvent

Step = Counted | CounterReset | CounterJumped
"""What a counter is told to have done between two values of its register."""
_Place = tuple[int, int]
"""Where on the way of a gap a register stood: before it rolled over (0) or after that, and its value."""


class Gap(NamedTuple):
    """A count over a gap: the way of its register from one value to another, over its modulus where the second is less.

    Attributes:
        lease: None where that is not known any more.
        raw_from: None where it is not clear which way that was: it is not known to hold anything.
        decision: None while it waits.
    """

    tag_id: UUID
    lease: int | None
    delta: int
    started_at: datetime
    at: datetime
    raw_from: int | None
    raw_to: int
    decision: Decision | None

    @classmethod
    def of(cls, said: Counted, decision: Decision | None) -> Self:
        """A count over a gap as its agent told it."""
        raw_from = said.raw_from if is_clear(said) and not (said.after_reset and said.raw_from) else None
        return cls(said.tag_id, said.lease, said.delta, said.started_at, said.at, raw_from, said.raw_to, decision)

    @classmethod
    def of_booked(cls, step: BookedStep) -> Self | None:
        """A count as it was booked; None of what is no count."""
        if step.started_at is None:
            return None
        raw_from = step.raw_from if is_clear(step) else None
        return cls(step.tag_id, None, step.delta, step.started_at, step.at, raw_from, step.raw_to, Decision.ACCEPTED)

    def holds(self, step: Step) -> bool:
        """Whether the parts, which were counted under an earlier lease, are part of it."""
        return bool(self.held([step]))

    def held(self, steps: Iterable[Step]) -> list[Step]:
        """Which of these, which one agent told in this order under one earlier lease, are part of it.

        They are as far as they follow each other on its way, and are of no more parts than it. What comes after one
        that left that way is not known to be: the register may have been set back, or gone round once more. What was
        before one that set it back is not either: the values it passed were passed again.
        """
        found: list[Step] = []
        reached: _Place | None = None
        parts = 0
        for step in self._since_reset([one for one in steps if self.is_of_its_time(one)]):
            if any(_is_same(step, one) for one in found):
                found.append(step)
                continue
            ended, begun = self._place(_ended(step)), self._begun(step, reached)
            parts += step.delta if isinstance(step, Counted) else 0
            if ended is None or begun is None or not (reached or begun) <= begun <= ended or parts > self.delta:
                break
            found.append(step)
            reached = ended
        return found

    def overlaps(self, counted: Counted) -> bool:
        """Whether parts may be in both, so that only one of them may count."""
        is_apart = counted.at < self.started_at or self.at < counted.started_at
        if counted.tag_id != self.tag_id or is_apart:
            return False
        if counted.raw_from is None or self.raw_from is None:
            return True
        ways = _straight(counted.raw_from, counted.raw_to), _straight(self.raw_from, self.raw_to)
        return any(max(one[0], other[0]) < min(one[1], other[1]) for one in ways[0] for other in ways[1])

    def is_of_its_time(self, step: Step) -> bool:
        """Whether it happened under an earlier lease while this was counted."""
        begun = step.started_at if isinstance(step, Counted) else step.at
        is_earlier = self.lease is None or step.lease < self.lease
        return step.tag_id == self.tag_id and is_earlier and self.started_at <= begun <= step.at <= self.at

    def _since_reset(self, steps: list[Step]) -> list[Step]:
        """What was before the last reset is no part of it; what came after that only where it counts from 0 on."""
        resets = [place for place, step in enumerate(steps) if isinstance(step, CounterReset)]
        if not resets:
            return steps
        last = next(place for place in resets if _is_same(steps[place], steps[resets[-1]]))
        return steps[last:] if self.raw_from == 0 else []

    def _begun(self, step: Step, reached: _Place | None) -> _Place | None:
        if isinstance(step, Counted) and step.raw_from is None:
            return reached or self._place(self.raw_to if self.raw_from is None else self.raw_from)
        if isinstance(step, CounterReset) and self.raw_from == 0 and reached is None:
            return self._place(0)
        begun = self._place(step.raw_from or 0)
        if isinstance(step, Counted) and not step.rolled_over and (step.raw_from or 0) > step.raw_to:
            return None
        return begun

    def _place(self, raw: int) -> _Place | None:
        if self.raw_from is None:
            return None
        if self.raw_from > self.raw_to:
            return (0, raw) if raw >= self.raw_from else (1, raw) if raw <= self.raw_to else None
        return (0, raw) if self.raw_from <= raw <= self.raw_to else None


def gaps_of(session: TenantSession, tags: Collection[UUID]) -> Sequence[Gap]:
    """The counts over gaps of these tags that wait or waited for a person."""
    rows = session.execute(
        select(QuarantinedEvent.raw, QuarantineDecision.decision)
        .outerjoin(
            QuarantineDecision,
            (QuarantineDecision.organization_id == QuarantinedEvent.organization_id)
            & (QuarantineDecision.id == QuarantinedEvent.id),
        )
        .where(QuarantinedEvent.tag_id.in_(tags), QuarantinedEvent.code == COUNT_ACROSS_GAP)
    )
    return [gap for raw, decision in rows if (gap := _gap(raw, decision)) is not None]


def _gap(raw: str, decision: str | None) -> Gap | None:
    try:
        said = Counted.model_validate(orjson.loads(raw))
    except ValidationError:
        return None
    return Gap.of(said, None if decision is None else Decision(decision))


def is_clear(step: Counted | BookedStep) -> bool:
    """Whether a register went one way from the one value to the other."""
    return step.raw_from is not None and (step.raw_from > step.raw_to) == step.rolled_over


def _is_same(one: Step, other: Step) -> bool:
    """Whether it is one event that came twice, out of a buffer that was brought back."""
    return (one.kind, one.at, one.raw_from, one.raw_to) == (other.kind, other.at, other.raw_from, other.raw_to)


def _ended(step: Step) -> int:
    """The value it went on from; what was made since a reset is told by a count from 0 on."""
    return 0 if isinstance(step, CounterReset) and step.added else step.raw_to


def _straight(begun: int, ended: int) -> tuple[tuple[float, float], ...]:
    """The stretches of values from one to the other; two where the register rolled over between them."""
    endless = float("inf")
    return ((begun, ended),) if begun <= ended else ((begun, endless), (-endless, ended))
