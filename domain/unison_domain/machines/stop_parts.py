"""Which parts of stops wait for a person's reason: the office's events, laid on stops as the operator page parts them.

A part ends by `stop_ends`. An event of the office (`downtime`) may reach over that end, as a bare stop that the setup
after it explains: it is asked about in the part it ends in; in a part that lasts, if it ended there or lasts too. An
alarm is taken for one that is mapped to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from unison_domain.machines.contracts import MachineState
from unison_domain.machines.downtime import Downtime, Stood, Word, downtimes
from unison_domain.machines.reasons import ReasonClass

PIECES_KEPT = 24
"""Of one part; of the older ones of a machine that goes to and fro, only the longest that asks counts."""

_ANY = UUID(int=0)
_ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a part; `has_alarm`: signals told a first-out alarm in it."""

    state: MachineState
    started_at: datetime
    has_alarm: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A stop to the person in front of the machine.

    Attributes:
        pieces: in order of time, the first begins the part. One of unknown time is that alone.
        ended_at: None while it lasts.
        after: the state that ended it, where the machine stood on; None where it did not, or that is not known.
        has_reason: whether a person said why, of all of it.
    """

    pieces: tuple[Piece, ...]
    ended_at: datetime | None
    after: MachineState | None = None
    has_reason: bool = False

    @property
    def started_at(self) -> datetime:
        """When its first piece began."""
        return self.pieces[0].started_at

    def goes_on_in(self, later: Part) -> bool:
        """Whether both are of one time the machine is known to have stood."""
        is_silent = MachineState.UNKNOWN in (self.pieces[0].state, later.pieces[0].state)
        return not is_silent and self.ended_at == later.started_at


def ask(parts: Sequence[Part], micro_stop_seconds: float) -> list[bool]:
    """Whether each waits for a reason: an event that ends in it asks, and lasts or is longer than a micro-stop.

    Args:
        parts: of one machine, in order of time.
    """
    asked: list[bool] = []
    for together in _together(parts):
        asking = [event for event in _events(together) if event.may_wait(micro_stop_seconds)]
        asked += [not part.has_reason and any(_ends_in(event, part) for event in asking) for part in together]
    return asked


def with_piece(pieces: Sequence[Piece], piece: Piece) -> tuple[Piece, ...]:
    """The pieces of a part when this one follows: neighbours that are one event are one piece."""
    before = [one for one in pieces if one.started_at < piece.started_at]
    events = downtimes(list(_stood((*before, piece), None)), (), lambda _alarm, _at: None, _class_of)
    merged = tuple(Piece(one.states[-1], one.started_at, one.first_out is not None) for one in events)
    return merged if len(merged) <= PIECES_KEPT else _fewer(merged)


def with_alarm(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """The pieces when an alarm is told of the last."""
    return (*pieces[:-1], replace(pieces[-1], has_alarm=True)) if pieces else pieces


def _fewer(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Half of them, and before these the longest that asks; what lay around that asks nobody."""
    newest = pieces[len(pieces) // 2 :]
    older = _events([Part(pieces[: len(pieces) // 2], newest[0].started_at)])
    longest = max((one for one in older if one.asks), key=lambda one: one.seconds(newest[0].started_at), default=None)
    rest = Piece(MachineState.MANUAL, pieces[0].started_at)
    if longest is None:
        return (rest, *newest)
    kept = Piece(longest.states[-1], longest.started_at, longest.first_out is not None)
    head = (rest, kept) if rest.started_at < kept.started_at else (kept,)
    ended = longest.ended_at or newest[0].started_at
    between = (replace(rest, started_at=ended),) if ended < newest[0].started_at else ()
    return (*head, *between, *newest)


def _together(parts: Iterable[Part]) -> Iterator[list[Part]]:
    together: list[Part] = []
    for part in parts:
        if together and not together[-1].goes_on_in(part):
            yield together
            together = []
        together.append(part)
    if together:
        yield together


def _events(parts: Sequence[Part]) -> list[Downtime]:
    """The office's events of parts that follow one another at once."""
    stretches = [one for part in parts for one in _stood(part.pieces, part.ended_at)]
    last = parts[-1]
    if last.ended_at is not None and last.after is not None:
        stretches.append(Stood(_ANY, last.after, last.ended_at, None))
    words = [Word(_ANY, part.started_at, part.ended_at, _ANY) for part in parts if part.has_reason]
    return downtimes(stretches, words, lambda _alarm, _at: None, _class_of)


def _stood(pieces: Sequence[Piece], ended_at: datetime | None) -> Iterator[Stood]:
    ends = [*(one.started_at for one in pieces[1:]), ended_at]
    for piece, end in zip(pieces, ends, strict=True):
        yield Stood(_ANY, piece.state, piece.started_at, end, reason=_ALARM if piece.has_alarm else None)


def _class_of(_reason: UUID) -> ReasonClass:
    return ReasonClass.OTHER


def _ends_in(event: Downtime, part: Part) -> bool:
    """Also one that ended before another it goes on with: that a repair lasts says nothing of the fault."""
    if part.ended_at is None:
        return event.ended_at is None or event.ended_at > part.started_at
    return event.ended_at is not None and part.started_at < event.ended_at <= part.ended_at
