"""Parts from a counter register: rollover, reset, implausible jumps."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Self
from uuid import UUID

from unison_domain.machines.contracts import CountKind
from unison_domain.stations.configuration import TagConfiguration
from unison_domain.stations.events import Counted, CounterJumped, CounterReset
from unison_domain.stations.readings import Moment, Reading

Outcome = Counted | CounterReset | CounterJumped


@dataclass(frozen=True, slots=True)
class CounterRule:
    """How one counter register is believed; made from its tag."""

    tag_id: UUID
    machine_id: UUID | None
    kind: CountKind
    modulus: int | None
    max_rate: float | None
    scale: Fraction
    gap_seconds: float

    @classmethod
    def of(cls, tag: TagConfiguration) -> Self:
        """The rule of a tag whose role is a count."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class CounterState:
    """Where a counter stands: serialise with `pydantic.TypeAdapter`."""

    raw: int
    moment: Moment


def advance(state: CounterState | None, reading: Reading, rule: CounterRule) -> tuple[CounterState | None, tuple[Outcome, ...]]:
    """The counter after one more reading, and what happened. Pure; bad and stale readings change nothing."""
    raise NotImplementedError


def resumed(state: CounterState, now: Moment) -> CounterState:
    """The persisted counter on the clock of a new run; the next advance is marked `across_gap`."""
    raise NotImplementedError
