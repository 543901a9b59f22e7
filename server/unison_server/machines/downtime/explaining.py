"""What downtime events say of the stretches on a page of a machine's history.

The work is that of the page and of the stops at its two ends, which are read whole: a cause is carried on, and events
join, over all of a stop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any
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
from unison_domain.machines.stops import is_long
from unison_domain.machines.stretch_reading import NOTHING, Told, told_alone, told_of_stop

from unison_server.kernel.database import TenantSession
from unison_server.machines.downtime.causes import listed, words_between
from unison_server.machines.downtime.meanings import Meanings, rules_of
from unison_server.machines.downtime.reading import as_word, silent_since
from unison_server.machines.tables import Machine

_Stretch = Row[*tuple[Any, ...]]
"""The columns of `_STRETCH` first. By place, not by name: of a day there are more than a thousand."""
_ID, _STATE, _SOURCE, _STARTED_AT, _ENDED_AT, _REASON = range(6)
_STRETCH = "select id, state, source, started_at, ended_at, reason from machine_states"
_OWN = "organization_id = :organization and machine_id = :machine"
_RUNS = f"state in ({listed(NO_STOP)})"
_BEFORE = text(
    f"""
    {_STRETCH} where {_OWN} and started_at < :moment and started_at > (
        select coalesce(max(started_at), '-infinity') from machine_states
        where {_OWN} and started_at < :moment and {_RUNS}
    ) order by started_at
    """  # noqa: S608 - constants
)
_AFTER = text(
    f"""
    {_STRETCH} where {_OWN} and started_at >= :moment and started_at < (
        select coalesce(min(started_at), 'infinity') from machine_states
        where {_OWN} and started_at >= :moment and {_RUNS}
    ) order by started_at
    """  # noqa: S608 - constants
)
"""What of a stop lies before or after a page."""

_ANY_CLASS = ReasonClass.OTHER
"""Which class a reason has changes nothing of what is told here, so the reasons are not read."""


def explain(
    session: TenantSession, machine: Machine, stretches: Sequence[_Stretch], voice: Callable[[], Voice]
) -> list[Told]:
    """What is told of each of these stretches; of one in which the machine did not stand, nothing.

    Args:
        stretches: rows that begin with id, state, source, start, end and reason; in order of time, none left out
            between.
        voice: of the machine, asked where a stop has no end.
    """
    told = [NOTHING] * len(stretches)
    places = list(_stops(stretches))
    if not places:
        return told
    before, after = _beyond(session, machine, stretches)
    first, last = (before or stretches[places[0].start :])[0], (after or stretches[: places[-1].stop])[-1]
    words = [as_word(row) for row in words_between(session, machine.id, first[_STARTED_AT], last[_ENDED_AT])]
    mapped = _mapped(session, machine, [*before, *stretches, *after])
    spoken, micro_stop_seconds = _Spoken(words), machine.micro_stop_seconds
    by_hand: list[list[_Stretch]] = []
    theirs: list[int] = []
    for place in places:
        row = stretches[place.start]
        started_at, ended_at = row[_STARTED_AT], row[_ENDED_AT]
        earlier = before if place.start == 0 else ()
        later = after if place.stop == len(stretches) else ()
        is_alone = len(place) == 1 and not earlier and not later
        if not is_alone or ended_at is None or spoken.touches(started_at, ended_at):
            by_hand.append([*earlier, *stretches[place.start : place.stop], *later])
            theirs += place
            continue
        reason = row[_REASON]
        told[place.start] = told_alone(
            row[_STATE],
            row[_SOURCE],
            reason,
            is_mapped=reason is not None and mapped(reason, started_at) is not None,
            is_long=is_long((ended_at - started_at).total_seconds(), micro_stop_seconds),
        )
    if not by_hand:
        return told
    said: dict[UUID, Told] = {}
    for whole, own in with_own_words([[_stood(one) for one in stop] for stop in by_hand], words):
        silent = silent_since(whole, voice()) if whole[-1].ended_at is None else None
        events = as_far_as_known(downtimes(whole, own, mapped, lambda _reason: _ANY_CLASS), silent)
        said |= {stood.id: its for stood, its in told_of_stop(whole, events, micro_stop_seconds)}
    for one in theirs:
        told[one] = said.get(stretches[one][_ID], NOTHING)
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


def _stops(stretches: Sequence[_Stretch]) -> Iterator[range]:
    """Where on the page the stops are, in order of time."""
    borders = [place for place, row in enumerate(stretches) if row[_STATE] in NO_STOP]
    for border, next_border in pairwise([-1, *borders, len(stretches)]):
        if next_border - border > 1:
            yield range(border + 1, next_border)


def _beyond(
    session: TenantSession, machine: Machine, stretches: Sequence[_Stretch]
) -> tuple[list[_Stretch], list[_Stretch]]:
    """What lies before and after the page of the stops at its two ends."""
    given = {"organization": session.organization_id, "machine": machine.id}
    first, last = stretches[0], stretches[-1]
    before: list[_Stretch] = []
    after: list[_Stretch] = []
    if first[_STATE] not in NO_STOP:
        before += session.execute(_BEFORE, {**given, "moment": first[_STARTED_AT]})
    if last[_STATE] not in NO_STOP and last[_ENDED_AT] is not None:
        after += session.execute(_AFTER, {**given, "moment": last[_ENDED_AT]})
    return before, after


def _mapped(session: TenantSession, machine: Machine, stretches: Sequence[_Stretch]) -> ReasonOfAlarm:
    """What alarms of the machine mean in these stretches."""
    alarms = {row[_REASON] for row in stretches if row[_REASON] and row[_SOURCE] != StateSource.PERSON}
    known = Meanings({}, rules_of(session, alarms) if alarms else {})
    return lambda alarm, at: known.reason_of(alarm, at, machine) if alarm in known.rules else None


def _stood(row: _Stretch) -> Stood:
    """As the rules read it, but for what they pass on alone."""
    id_, state, source, started_at, ended_at, reason = row[:6]
    return Stood(id_, MachineState(state), started_at, ended_at, StateSource(source), reason, alarms=())
