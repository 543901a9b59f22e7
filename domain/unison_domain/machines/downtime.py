"""From states, people's words and alarms to downtime events: stretches of time a machine stood for one cause.

The order of the steps is that of United Manufacturing Hub's factoryinsight (dataprocessing.go): short runs, merge,
short stops, merge, an unspecified stop takes the reason that follows it at once, merge, and last the micro-stops, only
of what is unspecified. Before that an unspecified stop keeps the cause of an alarm it comes right after. Thresholds
belong to reports alone (`smoothed`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from uuid import UUID

from unison_domain.kernel.contracts import LATEST
from unison_domain.machines.contracts import CauseSource, MachineState, StateSource, StopClass
from unison_domain.machines.reasons import ReasonClass
from unison_domain.machines.stops import class_of_stop, is_long, leaves_open

PRODUCING = frozenset({MachineState.RUNNING, MachineState.NO_OUTPUT})
NO_STOP = PRODUCING | {MachineState.UNKNOWN}
"""What is unknown is neither running nor down."""

ReasonOfAlarm = Callable[[str, datetime], UUID | None]
"""What an alarm of the machine is mapped to in a state that began at that moment."""
ClassOfReason = Callable[[UUID], ReasonClass]
Uncut = tuple[datetime, datetime | None]

_INFERRED = {
    MachineState.STARVED: ReasonClass.MATERIAL,
    MachineState.BLOCKED: ReasonClass.MATERIAL,
    MachineState.SETUP: ReasonClass.SETUP,
    MachineState.MANUAL: ReasonClass.SETUP,
    MachineState.CLEANING: ReasonClass.PLANNED,
    MachineState.MAINTENANCE: ReasonClass.PLANNED,
    MachineState.FAULT: ReasonClass.FAILURE,
    MachineState.EMERGENCY_STOP: ReasonClass.OTHER,
}
"""Class of a stop by its state. An emergency stop tells that somebody pressed it, not why."""


@dataclass(frozen=True, slots=True)
class Stood:
    """One state interval; the open one has no end. `reason` is the first-out alarm, or what a person said in words."""

    id: UUID
    state: MachineState
    started_at: datetime
    ended_at: datetime | None
    source: StateSource = StateSource.SIGNAL
    reason: str | None = None
    alarms: tuple[str, ...] = ()

    @property
    def is_stop(self) -> bool:
        """Whether the machine stood, as far as known."""
        return self.state not in NO_STOP


@dataclass(frozen=True, slots=True)
class Word:
    """What a person said of a stretch of time; without end: of the stop it began in; without reason: only a cut."""

    id: UUID
    started_at: datetime
    ended_at: datetime | None
    reason_id: UUID | None

    def covers(self, moment: datetime) -> bool:
        """Whether it speaks of that moment."""
        return self.started_at <= moment and (self.ended_at is None or moment < self.ended_at)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a machine stood. `reason_id` is None while only the class is known."""

    source: CauseSource
    reason_class: ReasonClass
    reason_id: UUID | None = None

    @property
    def is_failure(self) -> bool:
        """Whether it counts as a failure: by a reason of that class alone, for a bare fault may have any cause."""
        return self.reason_id is not None and self.reason_class is ReasonClass.FAILURE


@dataclass(frozen=True, slots=True)
class Downtime:
    """A stretch of time a machine stood for one cause; `cause` None: nobody and nothing says why.

    Attributes:
        machine_reason_id: what the first-out alarm is mapped to, also where a person says otherwise.
        silent_since: of one without end, when its machine fell silent: nobody knows whether it goes on.
        uncut: start and end of the longer event it would be a part of had nobody said anything; else None.
    """

    id: UUID
    started_at: datetime
    ended_at: datetime | None
    cause: Cause | None
    word: Word | None
    states: tuple[MachineState, ...]
    first_out: str | None
    alarms: tuple[str, ...]
    machine_reason_id: UUID | None
    silent_since: datetime | None = None
    uncut: Uncut | None = None

    @property
    def known_until(self) -> datetime | None:
        """Its end as far as known; None while it goes on."""
        return self.ended_at or self.silent_since

    def seconds(self, now: datetime) -> float:
        """Its length, up to `now` while it goes on."""
        return max(0.0, ((self.known_until or now) - self.started_at).total_seconds())

    @property
    def asks(self) -> bool:
        """Whether it waits for a person's reason: nobody gave one, and its state, even if it tells a class, is none."""
        if self.cause is None:
            return True
        return self.cause.source is CauseSource.INFERRED and leaves_open(self.states[-1], self.first_out)

    def asking_seconds(self, now: datetime) -> float:
        """The length by which it asks: a part that people's words cut off a stop is no micro-stop of its own."""
        if self.uncut is None:
            return self.seconds(now)
        started_at, ended_at = self.uncut
        return max(self.seconds(now), ((ended_at or now) - started_at).total_seconds())

    def is_unassigned(self, now: datetime, limit_seconds: float) -> bool:
        """Whether it asks and the stop it is part of is longer than `limit_seconds`, also while that goes on."""
        return self.asks and is_long(self.asking_seconds(now), limit_seconds)

    def may_wait(self, limit_seconds: float) -> bool:
        """Whether it is unassigned at its end, or may be as long as it, or what it was cut off, goes on."""
        lasts = self.ended_at is None or (self.uncut is not None and self.uncut[1] is None)
        return self.asks and (lasts or self.is_unassigned(self.ended_at or LATEST, limit_seconds))

    def stop_class(self, micro_stop_seconds: float) -> StopClass | None:
        """How reporting reads it; None while it, or what it was cut off, goes on: that may yet be longer."""
        if self.known_until is None:
            return None
        long = is_long(self.asking_seconds(self.known_until), micro_stop_seconds)
        if self.asks and not long and self.uncut is not None and self.uncut[1] is None:
            return None
        return class_of_stop(is_open=self.asks, has_class=self.cause is not None, is_long=long)


def rest_id(word_id: UUID) -> UUID:
    """Id of what is left of a stop after a word that ends in it: the word's, its last bit turned. Its own inverse."""
    return UUID(int=word_id.int ^ 1)


def stops(stretches: Iterable[Stood]) -> Iterator[list[Stood]]:
    """The stops among a machine's intervals in order of time: unbroken runs of states in which it stood."""
    for is_stop, together in groupby(stretches, key=_is_stop):
        if is_stop:
            yield from _unbroken(together)


def with_own_words(
    found: Iterable[Sequence[Stood]], words: Sequence[Word]
) -> Iterator[tuple[Sequence[Stood], Sequence[Word]]]:
    """Each stop with the words that may speak of it, so that not every stop looks through all of them.

    Args:
        found: stops in order of time, none overlapping another.
        words: in order of time, none overlapping another.
    """
    first = beyond = 0
    for stop in found:
        begun, ended = stop[0].started_at, stop[-1].ended_at
        while first < len(words) and (until := words[first].ended_at) is not None and until < begun:
            first += 1
        beyond = max(beyond, first)
        while beyond < len(words) and (ended is None or words[beyond].started_at < ended):
            beyond += 1
        yield stop, words[first:beyond]


def downtimes(
    stop: Sequence[Stood], words: Iterable[Word], reason_of: ReasonOfAlarm, class_of: ClassOfReason
) -> list[Downtime]:
    """The events of one stop, which tile it.

    Args:
        stop: as `stops` gives it.
        words: in any order, none overlapping another; those of other times are passed over.
    """
    begun, ended = stop[0].started_at, stop[-1].ended_at
    own = sorted(
        (
            word
            for word in words
            if (ended is None or word.started_at < ended) and (word.ended_at or word.started_at) >= begun
        ),
        key=lambda word: word.started_at,
    )
    events = _events(stop, own, reason_of, class_of)
    if not own or not any(event.asks for event in events):
        return events
    whole = _events(stop, (), reason_of, class_of)
    return [_part_of(whole, event) if event.asks else event for event in events]


def _events(
    stop: Sequence[Stood], words: Sequence[Word], reason_of: ReasonOfAlarm, class_of: ClassOfReason
) -> list[Downtime]:
    pieces = list(_carried(piece for stretch in stop for piece in _cut(stretch, words, reason_of, class_of)))
    merged: list[Downtime] = []
    for piece in reversed(pieces):
        later = merged[-1] if merged else None
        if later is not None and _belong_together(piece, later):
            merged[-1] = _joined(piece, later)
        else:
            merged.append(piece)
    return merged[::-1]


def _part_of(whole: Sequence[Downtime], event: Downtime) -> Downtime:
    """The event with the longest of those it meets, where that is longer."""
    now = whole[-1].ended_at or LATEST
    met = (
        one
        for one in whole
        if (one.ended_at is None or event.started_at < one.ended_at)
        and (event.ended_at is None or one.started_at < event.ended_at)
    )
    longest = max(met, key=lambda one: one.seconds(now))
    is_part = longest.seconds(now) > event.seconds(now)
    return replace(event, uncut=(longest.started_at, longest.ended_at)) if is_part else event


def as_far_as_known(events: Sequence[Downtime], silent_since: datetime | None) -> list[Downtime]:
    """The events of a stop without end whose machine fell silent at that moment: the rule of every list and sum.

    Of the time since, nobody knows anything but what people said of just that time.
    """
    if silent_since is None:
        return list(events)
    return [known for event in events if (known := _known_of(event, silent_since)) is not None]


def _known_of(event: Downtime, silent_since: datetime) -> Downtime | None:
    if event.uncut is not None and event.uncut[1] is None:
        event = replace(event, uncut=(event.uncut[0], silent_since))
    if event.ended_at is None:
        if event.started_at <= silent_since:
            return replace(event, silent_since=silent_since)
        return event if event.word is not None and event.word.started_at > silent_since else None
    if event.word is not None or event.ended_at <= silent_since:
        return event
    return replace(event, ended_at=silent_since) if event.started_at < silent_since else None


def smoothed(stretches: Sequence[Stood], minimum_run_seconds: float, ignore_under_seconds: float) -> list[Stood]:
    """Intervals as a report with thresholds reads them: short runs join the stops on both sides, then short stops go.

    A run is short under `minimum_run_seconds`, a stop under `ignore_under_seconds`; 0 changes nothing. What is open,
    or beside unknown time, is left as it is.
    """
    without_runs = _absorbed(stretches, _is_run, minimum_run_seconds, _is_stop)
    return _absorbed(without_runs, _is_stop, ignore_under_seconds, _is_run)


def _absorbed(
    stretches: Sequence[Stood], is_one: Callable[[Stood], bool], under: float, around: Callable[[Stood], bool]
) -> list[Stood]:
    """Groups of one kind that are shorter than `under` and lie between two of the other take the state before them."""
    groups = [list(group) for _, group in groupby(stretches, key=lambda s: (is_one(s), around(s)))]
    result: list[Stood] = []
    for place, group in enumerate(groups):
        following = groups[place + 1][0] if place + 1 < len(groups) else None
        is_short = is_one(group[0]) and _is_under(group, under)
        if is_short and result and around(result[-1]) and following is not None and around(following):
            before = result[-1]
            result += [replace(before, id=s.id, started_at=s.started_at, ended_at=s.ended_at) for s in group]
        else:
            result += group

    return result


def _is_under(group: Sequence[Stood], seconds: float) -> bool:
    ended = group[-1].ended_at
    return ended is not None and (ended - group[0].started_at).total_seconds() < seconds


def _is_run(stretch: Stood) -> bool:
    return stretch.state in PRODUCING


def _is_stop(stretch: Stood) -> bool:
    return stretch.is_stop


def _unbroken(stretches: Iterable[Stood]) -> Iterator[list[Stood]]:
    """A run of stops where time has no hole."""
    together: list[Stood] = []
    for stretch in stretches:
        if together and together[-1].ended_at != stretch.started_at:
            yield together
            together = []
        together.append(stretch)
    if together:
        yield together


def _cut(
    stretch: Stood, words: Sequence[Word], reason_of: ReasonOfAlarm, class_of: ClassOfReason
) -> Iterator[Downtime]:
    """The stretch in pieces that each have one word or none."""
    edges = {word.started_at for word in words} | {word.ended_at for word in words if word.ended_at}
    ended = stretch.ended_at
    inside = sorted(edge for edge in edges if stretch.started_at < edge and (ended is None or edge < ended))
    starts: list[datetime] = [stretch.started_at, *inside]
    ends: list[datetime | None] = [*inside, ended]
    first_out = stretch.reason if stretch.source is not StateSource.PERSON else None
    mapped = reason_of(first_out, stretch.started_at) if first_out else None
    for start, end in zip(starts, ends, strict=True):
        word = next((word for word in words if word.covers(start)), None)
        yield Downtime(
            id=_id_at(start, stretch, word, words),
            started_at=start,
            ended_at=end,
            cause=_cause(stretch, word, mapped, class_of),
            word=word,
            states=(stretch.state,),
            first_out=first_out,
            alarms=stretch.alarms,
            machine_reason_id=mapped,
        )


def _carried(pieces: Iterable[Downtime]) -> Iterator[Downtime]:
    """A bare stop right after one that an alarm explains has that cause too, until something else is said.

    The first-out is the stop's: whoever resets the panel ends the alarm, and not what it was about.
    """
    before: Downtime | None = None
    for piece in pieces:
        told = piece
        is_bare = piece.cause is None and piece.first_out is None
        if is_bare and before is not None and before.cause is not None and before.cause.source is CauseSource.ALARM:
            told = replace(piece, cause=before.cause, machine_reason_id=before.machine_reason_id)
        yield told
        before = told


def _id_at(start: datetime, stretch: Stood, word: Word | None, words: Sequence[Word]) -> UUID:
    if start == stretch.started_at:
        return stretch.id
    if word is not None and start == word.started_at:
        return word.id
    return rest_id(next(word.id for word in words if word.ended_at == start))


def _cause(stretch: Stood, word: Word | None, mapped: UUID | None, class_of: ClassOfReason) -> Cause | None:
    """Person before alarm before state; what a person put in words alone is of the class its state says."""
    if word is not None and word.reason_id is not None:
        return Cause(CauseSource.PERSON, class_of(word.reason_id), word.reason_id)
    if mapped is not None:
        return Cause(CauseSource.ALARM, class_of(mapped), mapped)
    inferred = _INFERRED.get(stretch.state)
    if stretch.source is StateSource.PERSON and stretch.reason:
        return Cause(CauseSource.PERSON, inferred or ReasonClass.OTHER)
    return None if inferred is None else Cause(CauseSource.INFERRED, inferred)


def _belong_together(piece: Downtime, later: Downtime) -> bool:
    """Neighbours are one event under one word that gives a reason; else by one cause, or when the later explains it.

    What a person says explains the time that was named, and none before it. A word without reason, a note or a cut,
    says nothing of the cause, so it makes no two causes one.
    """
    if piece.word != later.word:
        return False
    if piece.word is not None and piece.word.reason_id is not None:
        return True
    return piece.cause is None or piece.cause == later.cause


def _joined(piece: Downtime, later: Downtime) -> Downtime:
    """The later, begun with the piece before it."""
    repeated = piece.states[-1] == later.states[0]
    return replace(
        later,
        id=piece.id,
        started_at=piece.started_at,
        cause=piece.cause or later.cause,
        states=(*piece.states, *later.states[repeated:]),
        first_out=piece.first_out or later.first_out,
        alarms=tuple(dict.fromkeys((*piece.alarms, *later.alarms))),
        machine_reason_id=piece.machine_reason_id or later.machine_reason_id,
    )
