"""What people do to the causes of stops. Each names the event as it was seen; one changed meanwhile is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from unison_domain.machines.contracts import MachineState
from unison_domain.machines.downtime import rest_id
from unison_domain.machines.downtime_contracts import (
    DowntimeAnnotate,
    DowntimeAssign,
    DowntimeChangeKind,
    DowntimeCreate,
    DowntimeMerge,
    DowntimeSplit,
)

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash, Invalid, NotFound
from unison_server.machines.downtime.answers import answer_of
from unison_server.machines.downtime.causes import (
    Entry,
    Said,
    replace_words,
    settle,
    take_back,
    together,
    words_between,
)
from unison_server.machines.downtime.finding import Asked, Stop, find_stops
from unison_server.machines.downtime.meanings import meanings
from unison_server.machines.downtime.merging import reason_of_both
from unison_server.machines.downtime.reading import Found, events_of
from unison_server.machines.downtime.reasons import demand_reason_for, reason_of_code
from unison_server.machines.downtime.silences import silence_at
from unison_server.machines.downtime.spans import as_known_now, demand_past, demand_stood, silences
from unison_server.machines.downtime_tables import DowntimeCause, DowntimeChange
from unison_server.machines.putting_away import demand_in_use
from unison_server.machines.signals import hold_signals
from unison_server.machines.speakers import Speaker
from unison_server.machines.tables import Machine, StateStretch
from unison_server.sites.queries import demand_writable, names_of

_INSTANT = timedelta(microseconds=1)


def find_event(session: TenantSession, id_: UUID) -> Found:
    """The event with this id.

    Raises:
        NotFound: there is none, or none any more: signals or people drew the line elsewhere.
    """
    machine_id, moment = _place_of(session, id_)
    found = event_at(session, machine_id, moment)
    if found is None or found.event.id != id_:
        raise _gone(id_)
    return found


def event_at(session: TenantSession, machine_id: UUID, moment: datetime) -> Found | None:
    """The event a machine was in at that moment."""
    asked = Asked(machine_id=machine_id, start=moment, end=moment + _INSTANT)
    silence = silence_at(session, machine_id, moment)
    silent = [] if silence is None else [Stop(machine_id, *silence)]
    for events in events_of(session, [*find_stops(session, asked, None, 2), *silent]):
        for found in events:
            ended = found.event.ended_at
            if found.event.started_at <= moment and (ended is None or moment < ended):
                return found
    return None


def enter(session: TenantSession, said: DowntimeCreate) -> Found:
    """A person enters a stop where no state is known, or says why a part of a known stop was.

    A word over unknown time counts as far as the next known state; so one that reaches over several such times is put
    as a word for each, and all of them count.

    Raises:
        Invalid: it ends before it begins, lies in the future, or the machine produced meanwhile.
        Clash: somebody gave a cause to some of that time already; or it goes on, and the machine is out of use.
    """
    machine = session.need(Machine, said.machine_id, "machine")
    demand_past(said.started_at, said.ended_at)
    given = said.downtime_reason_id or reason_of_code(session, said.downtime_reason_code)
    demand_reason_for(session, given, machine)
    _hold(session, machine)
    if said.ended_at is None:
        demand_in_use(session, machine)
    demand_stood(session, machine, said.started_at, said.ended_at)
    for row in words_between(session, machine.id, said.started_at, said.ended_at):
        there = event_at(session, machine.id, max(row.started_at, said.started_at))
        if there is not None:
            raise _clash(session, there, "Somebody gave a cause to some of that time already; change that one")
    span = said.started_at, said.ended_at
    resolver = session.scope.user_id if said.resolution_notes else None
    own = replace(_by_user(session, span), reason_id=given, notes=said.notes)
    word = replace(own, resolution_notes=said.resolution_notes, resolved_by=resolver)
    cuts = [said.started_at, *silences(session, machine, span)]
    ends = [*cuts[1:], said.ended_at]
    words = [replace(word, started_at=start, ended_at=end) for start, end in zip(cuts, ends, strict=True)]
    notes = _lines(said.notes, said.resolution_notes)
    _put(session, machine, span, words, _entry(session, DowntimeChangeKind.ENTERED, word, notes))
    return _now_at(session, machine, said.started_at)


def assign(session: TenantSession, id_: UUID, seen: int, given: DowntimeAssign) -> Found:
    """Say why the machine stood; None takes a person's reason back."""
    found = _held(session, id_, seen)
    demand_reason_for(session, given.downtime_reason_id, found.machine)
    word = replace(_word(session, found), reason_id=given.downtime_reason_id)
    if given.notes or word.reason_id is not None:
        notes = given.notes or word.notes
        word = replace(word, notes=notes, said_at=datetime.now(UTC), by=Speaker.acting(session))
    entry = _entry(session, DowntimeChangeKind.ASSIGNED, word, given.notes)
    if _says_something(word) or not _is_left_out(session, found, entry):
        _put(session, found.machine, _span(found), [word], entry)
    return _now_at(session, found.machine, found.event.started_at)


def annotate(session: TenantSession, id_: UUID, seen: int, given: DowntimeAnnotate) -> Found:
    """Change what was noted of an event; its cause stays."""
    found = _held(session, id_, seen)
    before = _word(session, found)
    noted = {name: note for name, note in given.model_dump(exclude_unset=True).items() if note != getattr(before, name)}
    word = replace(before, **noted)
    if "resolution_notes" in noted:
        word = replace(word, resolved_by=session.scope.user_id if given.resolution_notes else None)
    entry = _entry(session, DowntimeChangeKind.ANNOTATED, word, _lines(*noted.values()))
    _put(session, found.machine, _span(found), [word], entry)
    return _now_at(session, found.machine, found.event.started_at)


def split(session: TenantSession, id_: UUID, seen: int, given: DowntimeSplit) -> Found:
    """Two events from one. Answers the earlier.

    Raises:
        Invalid: the moment is not inside the event, as far as its time is known.
    """
    found = _held(session, id_, seen)
    demand_reason_for(session, given.later_reason_id, found.machine)
    start, end = _span(found)
    if not start < given.at < (found.event.known_until or datetime.now(UTC)):
        raise Invalid(f"{given.at.isoformat()} is not inside the event", code="outside")
    kept = _word(session, found)
    later = replace(kept, started_at=given.at, id=None, notes=None, resolution_notes=None, resolved_by=None)
    if given.later_reason_id not in (None, kept.reason_id):
        own = _by_user(session, (given.at, end))
        later = replace(own, reason_id=given.later_reason_id, is_of_stop=kept.is_of_stop)
    said = [replace(kept, ended_at=given.at, is_of_stop=False), later]
    _put(session, found.machine, (start, end), said, _entry(session, DowntimeChangeKind.SPLIT, later))
    return _now_at(session, found.machine, start)


def merge(session: TenantSession, id_: UUID, seen: int, given: DowntimeMerge) -> Found:
    """One event from two neighbours of one stop.

    Raises:
        Invalid: they are no neighbours.
        Clash: they have two causes and nobody says which is that of both.
    """
    found = _held(session, id_, seen)
    other = _seen(session, given.other_id, given.other_version)
    first, last = sorted((found, other), key=lambda one: one.event.started_at)
    if first.machine is not last.machine or first.event.ended_at != last.event.started_at:
        raise Invalid("Only neighbours of one stop can become one event", code="no_neighbours")
    if _is_entered(first) is not _is_entered(last):
        raise Invalid(
            "Nothing is known of the machine in one of them, so they are no neighbours: give both the same reason",
            code="no_neighbours",
        )
    reason_id = reason_of_both(session, found, other, given.downtime_reason_id)
    words = [_word(session, first), _word(session, last)]
    span = first.event.started_at, last.event.ended_at
    word = replace(
        _by_user(session, span),
        reason_id=reason_id,
        notes=together(words[0].notes, words[1].notes),
        resolution_notes=together(words[0].resolution_notes, words[1].resolution_notes),
        resolved_by=words[0].resolved_by or words[1].resolved_by,
        is_of_stop=words[1].is_of_stop,
    )
    _put(session, found.machine, span, [word], _entry(session, DowntimeChangeKind.MERGED, word))
    return _now_at(session, found.machine, span[0])


def undo(session: TenantSession, id_: UUID, seen: int) -> Found:
    """Take back the last change that touched the event and is not taken back yet.

    Where nothing but that change spoke of the time, there is no event any more, and the answer is how it was.

    Raises:
        Invalid: there is none. Clash: a later change of other time reaches into it.
    """
    found = _held(session, id_, seen)
    if found.to_undo is None:
        raise Invalid("Nothing was said of this event that could be taken back", code="nothing_to_undo")
    change = session.scalars(_changes(session, found, [found.to_undo])).one()
    entry = Entry(
        DowntimeChangeKind.UNDONE,
        datetime.now(UTC),
        Speaker.acting(session),
        reason_id=change.downtime_reason_id,
        undoes=change.id,
    )
    taken_back = take_back(session, found.machine, change, entry)
    gone = replace(found, changes=(*found.changes, taken_back.number), to_undo=None)
    return event_at(session, found.machine.id, found.event.started_at) or gone


def changes_of(session: TenantSession, id_: UUID) -> Sequence[DowntimeChange]:
    """The history of the time of an event, newest first."""
    found = find_event(session, id_)
    return session.scalars(_changes(session, found, found.changes).order_by(DowntimeChange.number.desc())).all()


def _changes(session: TenantSession, found: Found, numbers: Sequence[int]) -> Select[DowntimeChange]:
    return select(DowntimeChange).where(
        DowntimeChange.organization_id == session.organization_id,
        DowntimeChange.machine_id == found.machine.id,
        DowntimeChange.number.in_(numbers),
    )


def _place_of(session: TenantSession, id_: UUID) -> tuple[UUID, datetime]:
    """Machine and moment an event's id stands for."""
    stretch = session.find(StateStretch, id_)
    if stretch is not None:
        return stretch.machine_id, stretch.started_at
    word = session.find(DowntimeCause, id_)
    if word is not None:
        return word.machine_id, word.started_at
    before = session.find(DowntimeCause, rest_id(id_))
    if before is not None and before.ended_at is not None:
        return before.machine_id, before.ended_at
    raise _gone(id_)


def _held(session: TenantSession, id_: UUID, seen: int) -> Found:
    """The event to change, its machine held, at the version that was seen.

    Raises:
        NotFound, NotAllowed: no such event, or its plant is not writable. Clash: it was changed meanwhile.
    """
    machine_id, _ = _place_of(session, id_)
    _hold(session, session.need(Machine, machine_id, "machine"))
    session.expire_all()
    return _seen(session, id_, seen)


def _hold(session: TenantSession, machine: Machine) -> None:
    demand_writable(session, machine.plant_id)
    hold_signals(session, {machine.id: None})
    settle(session, machine.id)


def _seen(session: TenantSession, id_: UUID, seen: int) -> Found:
    machine_id, moment = _place_of(session, id_)
    found = event_at(session, machine_id, moment)
    if found is None:
        raise _gone(id_)
    if found.event.id != id_ or found.version != seen:
        raise _old_view(session, found, id_, seen)
    return found


def _old_view(session: TenantSession, found: Found, id_: UUID, seen: int) -> Clash:
    """What made the view an old one: what somebody did, who and when; or that its time is of another event now."""
    event, change = found.event, None
    if found.version > seen:
        change = session.scalars(_changes(session, found, [found.version])).one_or_none()
    told: dict[str, Any] = {"is_another": event.id != id_}
    words = f"This was changed meanwhile: you saw version {seen}, now it is {found.version}"
    if change is not None:
        by = Speaker(change.said_by, change.said_by_name).named(names_of(session, [change.said_by]))
        told |= {"change": change.kind, "changed_by": by, "changed_at": change.said_at.isoformat()}
        told |= {"changed_by_id": str(change.said_by)} if change.said_by else {}
        words = f"{by or 'Somebody'} changed this meanwhile ({change.kind}, {change.said_at:%Y-%m-%d %H:%M:%S} UTC)"
    if event.id != id_:
        until = f"to {event.ended_at:%Y-%m-%d %H:%M:%S}" if event.ended_at else "on"
        part = f"what you saw is part of another event now, from {event.started_at:%Y-%m-%d %H:%M:%S} UTC {until}"
        words = f"{words}: {part}" if change is not None else f"The machine's states changed meanwhile: {part}"
    return _clash(session, found, words, **told)


def _clash(session: TenantSession, found: Found, message: str, **told: Any) -> Clash:
    current = answer_of(found, meanings(session)).model_dump(mode="json")
    return Clash(message, code="version_clash", current=current, **told)


def _gone(id_: UUID) -> NotFound:
    return NotFound(
        f"There is no downtime event {id_}, or none any more: read the list again", thing="downtime event", id=str(id_)
    )


def _now_at(session: TenantSession, machine: Machine, moment: datetime) -> Found:
    found = event_at(session, machine.id, moment)
    if found is None:
        raise _gone(machine.id)
    return found


def _span(found: Found) -> tuple[datetime, datetime | None]:
    return found.event.started_at, found.event.ended_at


def _is_entered(found: Found) -> bool:
    """Whether a person alone says that the machine stood: a stop of its own, whatever touches it."""
    return MachineState.UNKNOWN in found.event.states


def _word(session: TenantSession, found: Found) -> Said:
    """What was said of the event, over the whole of it; a word that says nothing yet where nobody spoke.

    Its id stays with the event that begins where the word does: by it that event is found.
    """
    row = found.cause_row
    if row is None:
        return _by_user(session, _span(found))
    return Said(
        *_span(found),
        row.downtime_reason_id,
        row.said_at,
        row.speaker,
        row.notes,
        row.resolution_notes,
        row.resolved_by,
        row.created_at,
        row.id if row.started_at == found.event.started_at else None,
        row.is_of_stop and row.ended_at == found.event.ended_at,
        row.lasted_at,
    )


def _put(
    session: TenantSession,
    machine: Machine,
    span: tuple[datetime, datetime | None],
    said: Sequence[Said],
    entry: Entry,
) -> None:
    replace_words(session, machine, span, as_known_now(session, machine, said), entry)


def _by_user(session: TenantSession, span: tuple[datetime, datetime | None]) -> Said:
    return Said(*span, None, datetime.now(UTC), Speaker.acting(session))


def _says_something(word: Said) -> bool:
    return bool(word.reason_id or word.notes or word.resolution_notes)


def _is_left_out(session: TenantSession, found: Found, entry: Entry) -> bool:
    """Take the words of the event away where it is one without them too; else all stays, for they cut it out."""
    span = _span(found)
    with session.begin_nested() as tried:
        replace_words(session, found.machine, span, [], entry)
        now = event_at(session, found.machine.id, span[0])
        if now is not None and _span(now) == span:
            return True
        tried.rollback()
    return False


def _lines(*notes: str | None) -> str | None:
    return "\n".join(filter(None, notes)) or None


def _entry(session: TenantSession, kind: DowntimeChangeKind, word: Said, notes: str | None = None) -> Entry:
    """`notes` are those that this change wrote."""
    return Entry(kind, datetime.now(UTC), Speaker.acting(session), reason_id=word.reason_id, notes=notes)
