"""What people say at a station about a stop, perhaps hours later and without the server. Nothing said is lost.

A word counts once by its id. Where another cause was given that was not on the page of the person at the station, or a
newer one, the word goes into the history alone, with a remark: whose it was tells nothing, for names are optional and
not only one person's, while the page shows everybody what was said there. What others noted, and where they cut
a stop, stays under the reason it gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text
from unison_domain.identity.overrides import Override, OverrideKind, Who, is_anothers
from unison_domain.machines.downtime import NO_STOP, PRODUCING
from unison_domain.machines.downtime_contracts import DowntimeChangeKind
from unison_domain.stations.events import StateSet, StopReasoned

from unison_server.kernel.database import TenantSession
from unison_server.machines.downtime.causes import (
    Entry,
    Said,
    end_of_stop,
    replace_words,
    settle,
    together,
    words_between,
    write_change,
)
from unison_server.machines.downtime.lasting_parts import Part, lasting_parts
from unison_server.machines.downtime.silences import silence_at
from unison_server.machines.downtime_tables import DowntimeCause, DowntimeChange, DowntimeReason
from unison_server.machines.speakers import Speaker
from unison_server.machines.tables import Machine
from unison_server.stations.arrival import Arrival, Arrived, Refused
from unison_server.stations.overriding import refusal_of

_INSTANT = timedelta(microseconds=1)

KNOWN_WITHIN = timedelta(seconds=60)
"""A word may begin so long before anything was known of its machine; what is earlier is of a clock that was wrong."""

TAKEN_BACK_WITHIN = timedelta(seconds=60)
"""The page offers it for some seconds; that it was a moment after is told by the stamps of one agent."""

_STOOD = text(
    """
    with own as not materialized (
        select state, started_at from machine_states where organization_id = :organization and machine_id = :machine
    )
    select exists (select from own where started_at <= :known) and exists (
        select from own where started_at < :until and state <> all(:no_stop)
            and started_at >= (select coalesce(max(started_at), :start) from own where started_at <= :start)
    )
    """
)
_STOP_BEGAN = text(
    """
    with own as not materialized (
        select state, started_at from machine_states where organization_id = :organization and machine_id = :machine
    )
    select case when (select state from own where started_at <= :start order by started_at desc limit 1)
            = any(:producing)
        then (select min(started_at) from own where started_at > :start and state <> all(:no_stop))
        else :start end
    """
)


def take_words(
    session: TenantSession, arrival: Arrival, words: Sequence[Arrived], too_late: Sequence[StateSet]
) -> list[Refused]:
    """Take causes said at stations in their order; their machines are held.

    Args:
        arrival: the batch they came in.
        words: `stop_reasoned`, and `state_set` that name a reason.
        too_late: states said of a time before the present one, which changed nothing.

    Returns:
        Words whose reason there is not, that are of no time, or of no stop, or that put another person's reason away
        and nobody confirmed it.
    """
    if not words and not too_late:
        return []
    known = _known(session, [*(event for _, event in words), *too_late])
    machines = {
        row.id: row for row in session.scalars(select(Machine).where(Machine.id.in_(_machine_ids(words, too_late))))
    }
    asked = {event.reason_id for _, event in words}
    reasons = set(session.scalars(select(DowntimeReason.id).where(DowntimeReason.id.in_(asked))))
    refused: list[Refused] = []
    for event in too_late:
        if event.id not in known:
            _note_too_late(session, machines[event.machine_id], event)
            known.add(event.id)
    for one in words:
        seq, event = one
        if event.id in known:
            continue
        unfit: list[Refused] = []
        if event.reason_id is not None and event.reason_id not in reasons:
            # One for machines of other types is taken: nobody is at the station any more to choose another.
            unfit = [Refused(seq, "unknown_reason", f"There is no downtime reason {event.reason_id}")]
        elif isinstance(event, StopReasoned):
            unfit = _reasoned(session, arrival, machines[event.machine_id], one)
        elif event.state not in NO_STOP:
            end = end_of_stop(session, event.machine_id, event.started_at)
            _state(session, machines[event.machine_id], [Part(event.started_at, end)], event, None)
        refused += unfit
        if not unfit:
            known.add(event.id)
    return refused


def _reasoned(session: TenantSession, arrival: Arrival, machine: Machine, one: Arrived) -> list[Refused]:
    seq, event = one
    if event.ended_at is not None and event.ended_at <= event.started_at:
        return [Refused(seq, "span_invalid", f"The stop ended at {event.ended_at.isoformat()}, not after its start")]
    until = event.ended_at or max(event.at, event.started_at + _INSTANT)
    is_silence = silence_at(session, machine.id, event.started_at) is not None
    if not is_silence and not _stood(session, machine.id, event.started_at, until):
        span = f"{event.started_at:%Y-%m-%d %H:%M:%S} to {until:%Y-%m-%d %H:%M:%S} UTC"
        words = f"It gives a reason for {span}, when {machine.name} is not known to have stood"
        return [Refused(seq, "no_such_stop", f"{words}: give it to the stop that is meant, and discard this")]
    begun = _stop_began(session, machine.id, event.started_at)
    parts = [Part(begun, event.ended_at)]
    if event.ended_at is None:
        parts = lasting_parts(session, arrival.agent_id, machine.id, begun, event.at)
    unsigned = _unsigned(session, arrival, machine, one, parts)
    if unsigned is not None:
        return [unsigned]
    _state(session, machine, parts, event, event.seen_reason_id)
    return []


def _unsigned(
    session: TenantSession,
    arrival: Arrival,
    machine: Machine,
    one: Arrived,
    parts: Sequence[Part],
) -> Refused | None:
    """Why the word is set aside where it puts another person's reason away; what stands against it stands anyway."""
    event = one.event
    settle(session, machine.id)
    there = [word for word in _words_over(session, machine, parts) if _is_of(word, parts)]
    stands = any(_stands_against(word, event, event.seen_reason_id) for word in there)
    is_override = not stands and any(_is_anothers(word, event) for word in there)
    if event.backing is None and (not is_override or _is_moment_after(session, event)):
        return None
    override = Override(OverrideKind.STOP_REASON, machine.id, event.id)
    return refusal_of(session, arrival, one, override, machine.plant_id)


def _is_anothers(word: DowntimeCause, event: StopReasoned) -> bool:
    if word.downtime_reason_id in (None, event.reason_id):
        return False
    return is_anothers(Who(word.said_by, word.said_by_name), event.who)


def _is_moment_after(session: TenantSession, event: StopReasoned) -> bool:
    """Whether it takes back what was said at the station just before, so that what stood before stands again."""
    if event.undoes is None:
        return False
    undone = session.find(DowntimeChange, event.undoes)
    return (
        undone is not None
        and undone.machine_id == event.machine_id
        and timedelta() <= event.at - undone.said_at <= TAKEN_BACK_WITHIN
    )


def _stood(session: TenantSession, machine_id: UUID, start: datetime, until: datetime) -> bool:
    """Whether the machine stood at any of that time, and something was known of it when that began."""
    given = {"organization": session.organization_id, "machine": machine_id, "start": start, "until": until}
    return bool(session.scalar(_STOOD, given | {"known": start + KNOWN_WITHIN, "no_stop": list(NO_STOP)}))


def _stop_began(session: TenantSession, machine_id: UUID, start: datetime) -> datetime:
    """Where a word begins: of time in which the machine ran it gives no reason, so with the stop after that."""
    given = {"organization": session.organization_id, "machine": machine_id, "start": start}
    began = session.scalar(_STOP_BEGAN, given | {"producing": list(PRODUCING), "no_stop": list(NO_STOP)})
    return began or start


def _state(
    session: TenantSession,
    machine: Machine,
    parts: Sequence[Part],
    event: StopReasoned | StateSet,
    seen_reason_id: UUID | None,
) -> None:
    """Write the word, or only into the history where another one stands or the same does.

    Without reason it takes back the reasons that were given; what people noted, and where they cut, stays.
    """
    settle(session, machine.id)
    start, end = span = parts[0].started_at, parts[-1].ended_at
    entry = Entry(
        DowntimeChangeKind.STATED,
        event.at,
        Speaker.at_station(event),
        reason_id=event.reason_id,
        notes=event.note,
        id=event.id,
        remark=_clipped(start, event),
    )
    over = _words_over(session, machine, parts)
    there = [word for word in over if _is_of(word, parts)]
    if isinstance(event, StateSet):
        there = [word for word in there if not _is_cut_by(word, start, end)]
    remark = None
    if any(_stands_against(word, event, seen_reason_id) for word in there):
        remark = "Another cause was given meanwhile that was not on the page at the station; that one stands"
    elif _says_nothing_new(there, parts, event):
        remark = "It changed nothing: that is how it stood already"
    if remark is not None:
        write_change(session, machine, span, replace(entry, is_effective=False, remark=remark))
        return
    between = [_as_it_is(word) for word in over if not _is_of(word, parts)]
    replace_words(session, machine, span, [*_said(there, parts, event), *between], entry)


def _words_over(session: TenantSession, machine: Machine, parts: Sequence[Part]) -> list[DowntimeCause]:
    """Words of the time from the first part to the last, also of what is between them."""
    return words_between(session, machine.id, parts[0].started_at, parts[-1].ended_at)


def _is_of(word: DowntimeCause, parts: Sequence[Part]) -> bool:
    """Whether it speaks of a part, not only of setup or a run between two."""
    return any(
        (part.ended_at is None or word.started_at < part.ended_at)
        and (word.ended_at is None or word.ended_at > part.started_at)
        for part in parts
    )


def _as_it_is(word: DowntimeCause) -> Said:
    return Said(
        word.started_at,
        word.ended_at,
        word.downtime_reason_id,
        word.said_at,
        word.speaker,
        word.notes,
        word.resolution_notes,
        word.resolved_by,
        word.created_at,
        word.id,
        word.is_of_stop,
        word.lasted_at,
    )


def _clipped(start: datetime, event: StopReasoned | StateSet) -> str | None:
    if start == event.started_at:
        return None
    return f"Said from {event.started_at:%Y-%m-%d %H:%M:%S} UTC on, when the machine ran; it is of the stop after that"


def _is_cut_by(word: DowntimeCause, start: datetime, end: datetime | None) -> bool:
    """Whether it was said of all that would come of a stop, and now something else begins in it."""
    return word.started_at < start and word.ended_at in (None, end)


def _said(there: Sequence[DowntimeCause], parts: Sequence[Part], event: StopReasoned | StateSet) -> list[Said]:
    """The reason in every word that is there, whose borders and notes stay, and in a new one where there is none."""
    last = parts[-1]
    span = parts[0].started_at, last.ended_at
    said = [_with_reason(word, span, event) for word in there]
    if event.reason_id is None:
        has_cut = len(said) > 1
        return [one for one in said if has_cut or one.notes or one.resolution_notes]
    return said + [
        Said(
            start,
            end,
            event.reason_id,
            event.at,
            Speaker.at_station(event),
            event.note,
            is_of_stop=_is_of_stop(event) and part is last and end == last.ended_at,
            lasted_at=part.lasted_at if part.lasted_at is not None and part.lasted_at > start else None,
        )
        for part in parts
        for start, end in _gaps(there, part)
    ]


def _with_reason(word: DowntimeCause, span: tuple[datetime, datetime | None], event: StopReasoned | StateSet) -> Said:
    start, end = span
    is_inside = start <= word.started_at and (end is None or (word.ended_at is not None and word.ended_at <= end))
    is_same = word.downtime_reason_id == event.reason_id
    return Said(
        max(word.started_at, start),
        min(filter(None, (word.ended_at, end)), default=None),
        event.reason_id,
        word.said_at if is_same else event.at,
        word.speaker if is_same else Speaker.at_station(event),
        together(word.notes, event.note),
        word.resolution_notes,
        word.resolved_by,
        word.created_at,
        word.id if is_inside else None,
        word.is_of_stop and is_inside,
        word.lasted_at if is_inside else None,
    )


def _is_of_stop(event: StopReasoned | StateSet) -> bool:
    """Whether it was said of all that would come of the stop, though that may be over by now."""
    return isinstance(event, StateSet) or event.ended_at is None


def _gaps(there: Sequence[DowntimeCause], part: Part) -> Iterator[tuple[datetime, datetime | None]]:
    """Where in the part no word speaks."""
    free: datetime | None
    free, end, _ = part
    for word in there:
        if end is not None and word.started_at >= end:
            break
        if word.ended_at is not None and word.ended_at <= part.started_at:
            continue
        if free is not None and free < word.started_at:
            yield free, word.started_at
        free = word.ended_at
    if free is not None and (end is None or free < end):
        yield free, end


def _says_nothing_new(there: Sequence[DowntimeCause], parts: Sequence[Part], event: StopReasoned | StateSet) -> bool:
    is_same = all(
        word.downtime_reason_id == event.reason_id and together(word.notes, event.note) == word.notes for word in there
    )
    return is_same and (event.reason_id is None or not any(gap for part in parts for gap in _gaps(there, part)))


def _stands_against(word: DowntimeCause, event: StopReasoned | StateSet, seen_reason_id: UUID | None) -> bool:
    if word.downtime_reason_id is None or word.downtime_reason_id == event.reason_id:
        return False
    return word.said_at > event.at or word.downtime_reason_id != seen_reason_id


def _note_too_late(session: TenantSession, machine: Machine, event: StateSet) -> None:
    """The state somebody said goes into the history: a later state stands."""
    entry = Entry(
        DowntimeChangeKind.STATED,
        event.at,
        Speaker.at_station(event),
        notes=event.note,
        id=event.id,
        is_effective=False,
        remark=f"Said to be {event.state} from then on; the state that began later stands",
    )
    write_change(session, machine, (event.started_at, max(event.at, event.started_at + _INSTANT)), entry)


def _known(session: TenantSession, events: Sequence[StopReasoned | StateSet]) -> set[UUID]:
    """Ids of words that were taken before."""
    ids = [event.id for event in events]
    return set(session.scalars(select(DowntimeChange.id).where(DowntimeChange.id.in_(ids))))


def _machine_ids(words: Sequence[Arrived], too_late: Sequence[StateSet]) -> set[UUID]:
    return {event.machine_id for _, event in words} | {event.machine_id for event in too_late}
