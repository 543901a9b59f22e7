"""Stops as the person in front of a machine sees them: what they are made of, and which are worth keeping."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from unison_domain.machines.contracts import MachineState, StateSource
from unison_domain.machines.downtime import NO_STOP
from unison_domain.machines.stop_causes import StopCause
from unison_domain.machines.stop_ends import AGAINST_THE_PLAN, ends_stop
from unison_domain.machines.stop_parts import Part, Piece, ask, with_piece

STOPS_KEPT = 20
"""Of one machine. Micro-stops go first, then what was said, and what asks for a reason last: the oldest of each."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop as the person in front of the machine sees it.

    Attributes:
        state: the first in it that says more than stopped, else stopped; unknown for what followed a stop at once.
        signals: what the signals say about it: alarm or reason of the first that gave one.
        reason_id: a person's word, kept apart from that; person, person_id, person_is_verified: whose it is.
        confirmed_by: who confirmed that it stands in place of another person's.
        is_elsewhere: the word was said in the office, or at another station, and heard from the server.
        office_asks: whether the office still waits for a reason, which knows what alarms mean; None: not heard yet.
        pieces: the states in it, as far as they matter for what it asks; none in what an older agent kept.
        after: the state it ended in, where the machine stood on.
    """

    started_at: datetime
    state: MachineState
    ended_at: datetime | None = None
    signals: str | None = None
    reason_id: UUID | None = None
    person: str | None = None
    person_id: UUID | None = None
    person_is_verified: bool | None = None
    confirmed_by: str | None = None
    is_elsewhere: bool = False
    office_asks: bool | None = None
    pieces: tuple[Piece, ...] = ()
    after: MachineState | None = None

    @property
    def known_by(self) -> str:
        """By which a page names it: its begin as this PC stamped it, whatever the clock on the wall said."""
        return self.started_at.isoformat()

    @property
    def is_silent(self) -> bool:
        """Whether nothing is known of it but that it followed a stop: a word about it is of this time alone."""
        return self.state is MachineState.UNKNOWN

    @property
    def part(self) -> Part:
        """It as the rule reads it by which the office asks too."""
        pieces = self.pieces or (Piece(self.state, self.started_at, has_alarm=self.signals is not None),)
        return Part(pieces, self.ended_at, self.after, has_reason=self.reason_id is not None)


def waiting(stops: tuple[Stop, ...], micro_stop: float) -> frozenset[datetime]:
    """Starts of the stops of one machine that wait for a person's reason: by the office, else by its rule.

    Args:
        stops: in order of time.
        micro_stop: seconds up to which one that is over asks nobody.
    """
    asked = zip(stops, ask([stop.part for stop in stops], micro_stop), strict=True)
    return frozenset(stop.started_at for stop, asks in asked if _waits(stop, asks=asks))


def _waits(stop: Stop, *, asks: bool) -> bool:
    """The office may wait for a reason of some of a stop that has one: its states went on where the word did not."""
    return stop.reason_id is None and asks if stop.office_asks is None else stop.office_asks


def kept(stops: tuple[Stop, ...], micro_stop: float) -> tuple[Stop, ...]:
    """What is kept of the stops: the one that lasts always, of the others those most worth a word."""
    while len(stops) > STOPS_KEPT:
        asking = waiting(stops, micro_stop)
        over = [stop for stop in stops if stop.ended_at is not None]
        least = min(over, key=lambda stop: (_worth(stop, asking), stop.started_at))
        stops = tuple(stop for stop in stops if stop is not least)
    return stops


def _worth(stop: Stop, asking: frozenset[datetime]) -> int:
    if stop.started_at in asking:
        return 2
    return 0 if stop.reason_id is None else 1


def unsaid(stop: Stop) -> Stop:
    """Without what a person said; what the office waits for is asked anew."""
    return replace(
        stop,
        reason_id=None,
        person=None,
        person_id=None,
        person_is_verified=None,
        confirmed_by=None,
        is_elsewhere=False,
        office_asks=None,
    )


def caused(stop: Stop, cause: StopCause) -> Stop:
    """As the office has it; a word that was said here stays as it was said."""
    if stop.reason_id != cause.reason_id:
        stop = replace(
            unsaid(stop),
            reason_id=cause.reason_id,
            person=cause.person,
            person_id=cause.person_id,
            person_is_verified=cause.person_is_verified,
            is_elsewhere=cause.reason_id is not None,
        )
    return replace(stop, office_asks=cause.asks)


def ended(stop: Stop, moment: datetime, after: MachineState | None = None) -> tuple[Stop, ...]:
    """The stop with its end; one that ended as it began was none.

    That the office asked while it lasted says nothing of its length: it is heard anew. That an alarm means something
    stays known.

    Args:
        after: the state that follows, where the machine stands on.
    """
    if moment <= stop.started_at:
        return ()
    return (replace(stop, ended_at=moment, after=after, office_asks=False if stop.office_asks is False else None),)


def reopened(stops: tuple[Stop, ...], moment: datetime) -> tuple[Stop, ...]:
    """The stops as if nothing had begun at that moment; the last goes on if it ended then."""
    before = tuple(stop for stop in stops if stop.started_at < moment)
    if before and before[-1].ended_at == moment:
        return (*before[:-1], replace(before[-1], ended_at=None, after=None, office_asks=None))
    return before


def followed(
    stops: tuple[Stop, ...],
    before: MachineState | None,
    state: MachineState,
    source: StateSource,
    started_at: datetime,
    signals: str | None,
) -> tuple[Stop, ...]:
    """The stops when this state follows: neighbours are one to the person in front, by the law of the office's words.

    Args:
        before: the state that ends; None where nothing is known of it.
        signals: what they say of the new state.
    """
    lasting = stops[-1] if stops and stops[-1].ended_at is None else None
    piece = Piece(state, started_at, has_alarm=signals is not None)
    if lasting is not None and not ends_stop(before, state, source):
        said = state if lasting.state is MachineState.STOPPED and state in AGAINST_THE_PLAN else lasting.state
        pieces = with_piece(lasting.part.pieces, piece)
        on = replace(lasting, state=said, signals=lasting.signals or signals, office_asks=None, pieces=pieces)
        return (*stops[:-1], on)
    after = None if state in NO_STOP else state
    over = stops if lasting is None else (*stops[:-1], *ended(lasting, started_at, after))
    begun = Stop(started_at, state, signals=signals, pieces=(piece,))
    return (*over, begun) if state in AGAINST_THE_PLAN else over
