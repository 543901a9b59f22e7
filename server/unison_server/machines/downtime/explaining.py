"""What downtime events say of the stretches on a page of a machine's history.

The work is that of the page and of the stops at its two ends, which are read whole: a cause is carried on, and events
join, over all of a stop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, text
from unison_domain.machines.contracts import MachineState, StateSource
from unison_domain.machines.downtime import (
    NO_STOP,
    ReasonOfAlarm,
    Stood,
    Word,
    as_far_as_known,
    downtimes,
    with_own_words,
)
from unison_domain.machines.reasons import ReasonClass
from unison_domain.machines.silence import Voice
from unison_domain.machines.stretch_reading import NOTHING, Told, told_alone, told_of_stop

from unison_server.kernel.database import TenantSession
from unison_server.machines.downtime.causes import words_between
from unison_server.machines.downtime.reading import as_word, silent_since
from unison_server.machines.downtime.reasons import Meanings, rules_of
from unison_server.machines.tables import Machine

_STRETCH = "select id, state, source, started_at, ended_at, reason from machine_states"
_OWN = "organization_id = :organization and machine_id = :machine"
_RUNS = "state in ('running', 'no_output', 'unknown')"
_BEFORE = text(
    f"""
    {_STRETCH} where {_OWN} and started_at < :moment and started_at > coalesce((
        select started_at from machine_states where {_OWN} and started_at < :moment and {_RUNS}
        order by started_at desc limit 1
    ), '-infinity') order by started_at
    """  # noqa: S608 - constants
)
_AFTER = text(
    f"""
    {_STRETCH} where {_OWN} and started_at >= :moment and started_at < coalesce((
        select started_at from machine_states where {_OWN} and started_at >= :moment and {_RUNS}
        order by started_at limit 1
    ), 'infinity') order by started_at
    """  # noqa: S608 - constants
)
"""What of a stop lies before or after a page."""

_ANY_CLASS = ReasonClass.OTHER
"""Which class a reason has changes nothing of what is told here, so the reasons are not read."""


class _Stop(NamedTuple):
    """Which rows of the page are of a stop, and all its stretches, also those before and after the page."""

    places: range
    stretches: list[Row[*tuple[Any, ...]]]


def explain(
    session: TenantSession,
    machine: Machine,
    stretches: Sequence[Row[*tuple[Any, ...]]],
    voice: Callable[[], Voice],
) -> list[Told]:
    """What is told of each of these stretches; of one in which the machine did not stand, nothing.

    Args:
        stretches: rows with the columns of `Stood`, in order of time, none left out between.
        voice: of the machine, asked where a stop has no end.
    """
    told = [NOTHING] * len(stretches)
    found = list(_stops(session, machine, stretches))
    if not found:
        return told
    first, last = found[0].stretches[0], found[-1].stretches[-1]
    words = [as_word(row) for row in words_between(session, machine.id, first.started_at, last.ended_at)]
    mapped = _mapped(session, machine, found)
    by_hand: list[_Stop] = []
    spoken = _Spoken(words)
    for stop in found:
        row = stop.stretches[0]
        if len(stop.stretches) > 1 or row.ended_at is None or spoken.touches(row.started_at, row.ended_at):
            by_hand.append(stop)
            continue
        told[stop.places.start] = told_alone(
            row.state,
            row.source,
            row.reason,
            is_mapped=row.reason is not None and mapped(row.reason, row.started_at) is not None,
            seconds=(row.ended_at - row.started_at).total_seconds(),
            micro_stop_seconds=machine.micro_stop_seconds,
        )
    said: dict[UUID, Told] = {}
    for whole, own in with_own_words([[_stood(one) for one in stop.stretches] for stop in by_hand], words):
        silent = silent_since(whole, voice()) if whole[-1].ended_at is None else None
        events = as_far_as_known(downtimes(whole, own, mapped, lambda _reason: _ANY_CLASS), silent)
        said |= {one.id: told for one, told in told_of_stop(whole, events, machine.micro_stop_seconds)}
    for place in chain.from_iterable(stop.places for stop in by_hand):
        told[place] = said[stretches[place].id]
    return told


class _Spoken:
    """Whether any word may speak of a stop; asked in order of time."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._words = words
        self._place = 0

    def touches(self, start: datetime, end: datetime) -> bool:
        while self._place < len(self._words):
            word = self._words[self._place]
            if word.ended_at is None or word.ended_at >= start:
                return word.started_at < end
            self._place += 1
        return False


def _stops(session: TenantSession, machine: Machine, rows: Sequence[Row[*tuple[Any, ...]]]) -> Iterator[_Stop]:
    """The stops on the page in order of time, those at its ends with what of them lies outside."""
    given = {"organization": session.organization_id, "machine": machine.id}
    together: list[Row[*tuple[Any, ...]]] = []
    begun = 0
    for place, row in enumerate(rows):
        if row.state in NO_STOP:
            if together:
                yield _Stop(range(begun, place), together)
                together = []
            continue
        if not together:
            begun = place
            if place == 0:
                together += session.execute(_BEFORE, {**given, "moment": row.started_at})
        together.append(row)
    if together:
        end = together[-1].ended_at
        if end is not None:
            together += session.execute(_AFTER, {**given, "moment": end})
        yield _Stop(range(begun, len(rows)), together)


def _mapped(session: TenantSession, machine: Machine, found: Sequence[_Stop]) -> ReasonOfAlarm:
    """What alarms of the machine mean in these stops."""
    alarms = {row.reason for stop in found for row in stop.stretches if row.reason and row.source != StateSource.PERSON}
    known = Meanings({}, rules_of(session, alarms) if alarms else {})
    return lambda alarm, at: known.reason_of(alarm, at, machine) if alarm in known.rules else None


def _stood(row: Row[*tuple[Any, ...]]) -> Stood:
    """As the rules read it, but for what they pass on alone."""
    return Stood(
        row.id, MachineState(row.state), row.started_at, row.ended_at, StateSource(row.source), row.reason, alarms=()
    )
