"""Downtime of a period by cause: the figures of a Pareto chart.

What a stop is called never hangs on the borders of a period: stops are read whole, only their time is cut to the
period, and an event is counted in the period it begins in. So the figures of adjacent periods add up to the whole's.
What silence parts is one failure (`failures` in the domain), of the period in which it began.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Row, Select, and_, or_, select, text
from unison_domain.machines.contracts import CauseSource, MachineState, StateSource, StopClass
from unison_domain.machines.downtime import (
    PRODUCING,
    Cause,
    Downtime,
    Stood,
    as_far_as_known,
    downtimes,
    smoothed,
    stops,
    with_own_words,
)
from unison_domain.machines.downtime_contracts import DowntimeSummary, DowntimeTotal
from unison_domain.machines.failures import first_of_failures
from unison_domain.machines.reasons import category_of

from unison_server.kernel.database import TenantSession
from unison_server.machines.downtime.causes import words_between
from unison_server.machines.downtime.finding import Asked, find_entered
from unison_server.machines.downtime.meanings import Meanings, meanings
from unison_server.machines.downtime.reading import as_stood, as_word, silent_since
from unison_server.machines.queries import touching
from unison_server.machines.tables import Machine, StateStretch
from unison_server.machines.voices import voices_of

_AROUND = timedelta(days=31)
"""So far beyond a period stops are followed, however little the machine ran between them."""
_INSTANT = timedelta(microseconds=1)
_MADE_PARTS = text(
    """
    select exists (
        select from machine_counts
        where organization_id = :organization and machine_id = :machine and at > :start and at < :known
            and started_at < :until and delta > 0
    )
    """
)
"""What is put right of a count changes how many parts it was, by a scale above 0, and never that there were some."""
_COUNTED_WITHIN = timedelta(minutes=5)
"""Of a silence: what was made in it is told soon after."""
_Key = tuple[Cause | None, StopClass | None]


@dataclass(frozen=True, slots=True)
class Limits:
    """The thresholds of one report, in seconds; nothing that is stored knows them.

    Attributes:
        ignore_under, minimum_run: as in `downtime.smoothed`.
        micro_stop: in place of each machine's own; None leaves that.
    """

    ignore_under: float = 0.0
    minimum_run: float = 0.0
    micro_stop: float | None = None


def summarize(session: TenantSession, asked: Asked, start: datetime, end: datetime, limits: Limits) -> DowntimeSummary:
    """Time lost between `start` and `end`, or now where that comes first."""
    known, until = meanings(session), min(end, datetime.now(UTC))
    statement = select(Machine).order_by(Machine.id)
    if asked.machine_id is not None:
        statement = statement.where(Machine.id == asked.machine_id)
    if asked.plant_id is not None:
        statement = statement.where(Machine.plant_id == asked.plant_id)
    seconds: dict[_Key, float] = {}
    events: dict[_Key, int] = {}
    failures = 0
    for machine in session.scalars(statement):
        for event, begins_failure in _events(session, machine, (start, until), limits, known):
            inside = (min(event.known_until or until, until) - max(event.started_at, start)).total_seconds()
            if inside <= 0:
                continue
            micro_stop = machine.micro_stop_seconds if limits.micro_stop is None else limits.micro_stop
            key = _key(event, micro_stop)
            seconds[key] = seconds.get(key, 0.0) + inside
            events[key] = events.get(key, 0) + (event.started_at >= start)
            failures += begins_failure and event.started_at >= start
    return DowntimeSummary.model_validate(
        {
            "from": start,
            "to": until,
            "ignored_under_seconds": limits.ignore_under,
            "minimum_run_seconds": limits.minimum_run,
            "micro_stop_seconds": limits.micro_stop,
            "events": sum(events.values()),
            "failures": failures,
            "micro_stops": sum(n for (_, stop), n in events.items() if stop is StopClass.MICRO_STOP),
            "seconds": sum(seconds.values()),
            "by_category": _pareto(_by_class(seconds), _by_class(events), known),
            "by_reason": _pareto(seconds, events, known),
        }
    )


def _events(
    session: TenantSession,
    machine: Machine,
    span: tuple[datetime, datetime],
    limits: Limits,
    known: Meanings,
) -> Iterator[tuple[Downtime, bool]]:
    """The machine's events that touch the span, whole, and some beside it; also those where no state is known.

    Each with whether a failure begins with it.
    """
    start, end = _around(session, machine.id, span, limits.minimum_run)
    columns = (
        StateStretch.id,
        StateStretch.state,
        StateStretch.started_at,
        StateStretch.ended_at,
        StateStretch.source,
        StateStretch.reason,
        StateStretch.alarms,
    )
    statement = touching(session, machine.id, start, end).with_only_columns(*columns)
    rows = session.execute(statement.order_by(StateStretch.started_at))
    voice = voices_of(session, [machine.id])[machine.id]
    stretches = [as_stood(row) for row in rows]
    words = [as_word(row) for row in words_between(session, machine.id, start, end)]
    found: list[Sequence[Stood]] = list(stops(smoothed(stretches, limits.minimum_run, limits.ignore_under)))
    if words:
        found += [
            [Stood(one.word_id, MachineState.UNKNOWN, one.started_at, one.ended_at, StateSource.PERSON)]
            for one in find_entered(session, machine.id, start, span[1])
            if one.word_id is not None
        ]
    ordered = sorted(found, key=lambda one: one[0].started_at)
    events = (
        event
        for stop, own in with_own_words(ordered, words)
        for event in as_far_as_known(
            downtimes(stop, own, lambda alarm, at: known.reason_of(alarm, at, machine), known.class_of),
            silent_since(stop, voice),
        )
    )

    def made_parts(begun: datetime, until: datetime) -> bool:
        given = {"organization": session.organization_id, "machine": machine.id, "start": begun, "until": until}
        return bool(session.scalar(_MADE_PARTS, {**given, "known": until + _COUNTED_WITHIN}))

    yield from first_of_failures(events, stretches, made_parts)


def _around(
    session: TenantSession, machine_id: UUID, span: tuple[datetime, datetime], minimum_run: float
) -> tuple[datetime, datetime]:
    """The span with all of the stops it cuts: out to time that parts stops, a run that is not short or unknown time.

    Back over unknown time to the stop before it too, for a failure may go on after a silence; to no other.
    """
    own = select(StateStretch.started_at, StateStretch.state).where(
        StateStretch.organization_id == session.organization_id, StateStretch.machine_id == machine_id
    )
    is_unknown = StateStretch.state == str(MachineState.UNKNOWN)
    is_long = or_(
        StateStretch.ended_at.is_(None),
        StateStretch.ended_at >= StateStretch.started_at + timedelta(seconds=minimum_run),
    )
    parting = own.where(or_(is_unknown, and_(StateStretch.state.in_([str(state) for state in PRODUCING]), is_long)))
    start, end = span[0] - _AROUND, span[1] + _AROUND

    def last(stretches: Select[datetime, str], until: datetime) -> Row[datetime, str] | None:
        begun = stretches.where(StateStretch.started_at.between(start, until))
        return session.execute(begun.order_by(StateStretch.started_at.desc()).limit(1)).first()

    before = last(parting, span[0])
    if before is not None and before[1] == MachineState.UNKNOWN:
        known = last(own.where(~is_unknown), before[0])
        before = before if known is None else last(parting, known[0])
    after = parting.where(StateStretch.started_at.between(span[1], end)).order_by(StateStretch.started_at)
    found = session.scalar(after.limit(1))
    return before[0] if before else start, (found or end) + _INSTANT


def _key(event: Downtime, micro_stop_seconds: float) -> _Key:
    """What an event is summed under: its reason, else its class, else how long it was; whoever said so."""
    if event.cause is not None:
        return Cause(CauseSource.UNKNOWN, event.cause.reason_class, event.cause.reason_id), None
    return None, event.stop_class(micro_stop_seconds) or StopClass.UNSPECIFIED


def _by_class(figures: dict[_Key, float] | dict[_Key, int]) -> dict[_Key, float]:
    summed: dict[_Key, float] = {}
    for (cause, stop), figure in figures.items():
        key = (cause and Cause(CauseSource.UNKNOWN, cause.reason_class), stop)
        summed[key] = summed.get(key, 0) + figure
    return summed


def _pareto(
    seconds: dict[_Key, float], events: dict[_Key, int] | dict[_Key, float], known: Meanings
) -> list[DowntimeTotal]:
    """The greatest first."""
    all_, so_far, totals = sum(seconds.values()), 0.0, []
    for key, spent in sorted(seconds.items(), key=lambda one: -one[1]):
        cause, stop = key
        reason = known.reasons[cause.reason_id] if cause and cause.reason_id else None
        so_far += spent
        totals.append(
            DowntimeTotal(
                downtime_category=category_of(cause.reason_class) if cause else None,
                downtime_reason_id=reason.id if reason else None,
                downtime_reason_code=str(reason.number) if reason else None,
                downtime_reason_name=reason.name if reason else None,
                stop_class=stop,
                events=int(events[key]),
                seconds=spent,
                share=spent / all_,
                cumulative_share=so_far / all_,
            )
        )
    return totals


def period_of(machine_id: UUID | None) -> int:
    """Days a summary may reach over: of one machine a year, of many a month."""
    return 366 if machine_id else 31
