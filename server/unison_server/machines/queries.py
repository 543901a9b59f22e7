"""Reading machines, what they do now, and their history."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, or_, select, text
from sqlalchemy.orm import aliased
from unison_domain.kernel.contracts import EARLIEST
from unison_domain.machines.contracts import (
    CountPoint,
    CountSeries,
    LifeCycle,
    Live,
    MachineAnswer,
    MachineState,
    StateSource,
    Utilization,
)
from unison_domain.machines.silence import Voice, station_silent_since
from unison_domain.machines.status import derived_status
from unison_domain.machines.utilization import Stretch, utilization
from unison_domain.stations.configuration import MachineConfiguration

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.machines.counting import PARTS_MADE
from unison_server.machines.speakers import NOBODY, Speaker, speakers_of
from unison_server.machines.tables import Machine, StateStretch, WorkCenter
from unison_server.machines.voices import stated_by_tags, voices_of
from unison_server.sites.tables import Plant

QUARTER = timedelta(minutes=15)
MOST_POINTS = 5000
_DERIVED = (
    "live",
    "status",
    "plant_name",
    "work_center_name",
    "current_work_order_id",
    "last_maintenance_date",
    "next_maintenance_due",
)


_LIVE = text(
    """
    select m.id, open.id as state_id, open.state, open.source, open.agent_id, open.started_at, open.reason, open.alarms,
        day.counted_from, coalesce(made.good, 0) as good, coalesce(made.scrap, 0) as scrap,
        coalesce(made.total, 0) as total,
        signal.reported_state, signal.reported_since, station.last_seen_at as station_heard_at
    from machines as m
    join plants as p on p.organization_id = m.organization_id and p.id = m.plant_id
    cross join lateral (
        select date_trunc('day', now() at time zone p.time_zone) at time zone p.time_zone as counted_from
    ) as day
    left join lateral (
        select s.id, s.state, s.source, s.agent_id, s.started_at, s.reason, s.alarms from machine_states as s
        where s.organization_id = m.organization_id and s.machine_id = m.id and s.ended_at is null
        order by s.started_at desc limit 1
    ) as open on true
    left join lateral (
        select trim_scale(sum(q.good)) as good, trim_scale(sum(q.scrap)) as scrap, trim_scale(sum(q.total)) as total
        from machine_count_quarters as q
        where q.organization_id = m.organization_id and q.machine_id = m.id and q.started_at >= day.counted_from
    ) as made on true
    left join machine_signals as signal on signal.organization_id = m.organization_id and signal.id = m.id
    left join lateral (
        select r.last_seen_at from stations as s
        join agent_reports as r on r.organization_id = s.organization_id and r.id = s.agent_id
        where s.organization_id = m.organization_id and s.id = coalesce(m.station_id, (
            select d.station_id from tags as t
            join devices as d on d.organization_id = t.organization_id and d.id = t.device_id
            where t.organization_id = m.organization_id and t.machine_id = m.id and t.is_active
            order by t.id limit 1
        ))
    ) as station on open.source = 'person'
    where m.organization_id = :organization and (m.id = any(cast(:ids as uuid[])) or cast(:ids as uuid[]) is null and
        m.is_active)
    order by m.machine_code
    """
)
_BUCKETS_OF_QUARTERS = text(
    """
    select floor(extract(epoch from started_at - :begun) / :bucket)::int as bucket,
        trim_scale(sum(good)) as good, trim_scale(sum(scrap)) as scrap, trim_scale(sum(total)) as total
    from machine_count_quarters
    where organization_id = :organization and machine_id = :machine and started_at >= :begun and started_at < :until
    group by 1
    """
)
_BUCKETS_OF_COUNTS = text(
    f"""
    select floor(extract(epoch from at - :begun) / :bucket)::int as bucket,
        trim_scale(coalesce(sum(quantity) filter (where kind = 'good'), 0)) as good,
        trim_scale(coalesce(sum(quantity) filter (where kind = 'scrap'), 0)) as scrap,
        trim_scale(coalesce(sum(quantity) filter (where kind = 'total'), 0)) as total
    from {PARTS_MADE} as made
    group by 1
    """  # noqa: S608 - constants
)


_WORDS = frozenset((StateSource.PERSON, state) for state in MachineState if state is not MachineState.UNKNOWN)
"""What a person says of a state: that a machine was put away (`putting_away`) is no such word."""


def live_of(session: TenantSession, ids: Collection[UUID] | None) -> list[Live]:
    """What machines do now, by their code; None: all active ones. Counts are since midnight in the plant's zone."""
    asked = {"organization": session.organization_id, "ids": None if ids is None else list(ids)}
    rows = session.execute(_LIVE, asked).all()
    ids = [row.id for row in rows]
    voices, stated, now = voices_of(session, ids), stated_by_tags(session, ids), datetime.now(UTC)
    said = speakers_of(session, [row.state_id for row in rows if _is_word(row)])
    live = (_live(row, said.get(row.state_id, NOBODY), voices[row.id], now) for row in rows)
    believed = [(row, _believed(one, voices[row.id], now)) for row, one in zip(rows, live, strict=True)]
    return [_heard(row, live, voices[row.id], now) if row.id in stated else live for row, live in believed]


def answers_of(session: TenantSession, machines: Sequence[Machine]) -> list[MachineAnswer]:
    """Machines with the names of their places and what they do now."""
    live = {one.machine_id: one for one in live_of(session, [machine.id for machine in machines])}
    plants = _names(session, Plant, {machine.plant_id for machine in machines})
    centers = _names(session, WorkCenter, {machine.work_center_id for machine in machines})
    return [_answer(machine, live[machine.id], plants, centers) for machine in machines]


_EARLIER = aliased(StateStretch)


def touching(
    session: TenantSession, machine_id: UUID, start: datetime | None, end: datetime | None
) -> Select[StateStretch]:
    """The machine's stretches that touch the time from `start` to `end`."""
    statement = select(StateStretch).where(
        StateStretch.organization_id == session.organization_id,
        StateStretch.machine_id == machine_id,
    )
    if start is not None:
        # Stretches tile: none that began before the one at `start` reaches past it. The index knows starts only.
        begun = select(func.coalesce(func.max(_EARLIER.started_at), EARLIEST)).where(
            _EARLIER.organization_id == session.organization_id,
            _EARLIER.machine_id == machine_id,
            _EARLIER.started_at <= start,
        )
        statement = statement.where(
            StateStretch.started_at >= begun.scalar_subquery(),
            or_(StateStretch.ended_at.is_(None), StateStretch.ended_at > start),
        )
    return statement if end is None else statement.where(StateStretch.started_at < end)


def utilization_of(session: TenantSession, machine: Machine, start: datetime, end: datetime) -> Utilization:
    """Share of clock time in production."""
    columns = (StateStretch.state, StateStretch.source, StateStretch.started_at, StateStretch.ended_at)
    rows = session.execute(touching(session, machine.id, start, end).with_only_columns(*columns)).all()
    voice, now = voices_of(session, [machine.id])[machine.id], datetime.now(UTC)
    return utilization(machine.id, [_known(row, voice, now) for row in rows], start, end, now)


def counts_of(
    session: TenantSession, machine_id: UUID, start: datetime, end: datetime, bucket: timedelta
) -> CountSeries:
    """Parts per bucket from `start` on, zeros included; the last bucket may reach past `end` but counts up to it.

    Raises:
        Invalid: more than `MOST_POINTS` buckets.
    """
    points = max(0, -((start - end) // bucket))
    if points > MOST_POINTS:
        raise Invalid(f"{points} buckets are more than {MOST_POINTS}; ask for a shorter time or longer buckets")
    by_quarter = bucket % QUARTER == timedelta(0) and _on_quarter(start) and _on_quarter(end)
    rows = session.execute(
        _BUCKETS_OF_QUARTERS if by_quarter else _BUCKETS_OF_COUNTS,
        {
            "organization": session.organization_id,
            "machine": machine_id,
            "begun": start,
            "until": end,
            "bucket": bucket.total_seconds(),
        },
    )
    counted = {row.bucket: (Decimal(row.good), Decimal(row.scrap), Decimal(row.total)) for row in rows}
    zeros = (Decimal(0), Decimal(0), Decimal(0))
    return CountSeries(
        machine_id=machine_id,
        bucket_seconds=int(bucket.total_seconds()),
        points=[_point(start + bucket * index, *counted.get(index, zeros)) for index in range(points)],
    )


def configurations(
    session: TenantSession, ids: Collection[UUID], stations: Collection[UUID]
) -> list[MachineConfiguration]:
    """How signals of these machines, and of those at these stations, become their states."""
    machines = session.scalars(
        select(Machine).where(Machine.is_active, or_(Machine.id.in_(ids), Machine.station_id.in_(stations)))
    )
    return [_configuration(machine) for machine in machines]


def codes_of(session: TenantSession) -> dict[UUID, str]:
    """Codes of the machines that may be read, also of those no longer in use, by id."""
    rows = session.execute(select(Machine.id, Machine.machine_code))
    return {row.id: row.machine_code for row in rows}


def _configuration(machine: Machine) -> MachineConfiguration:
    fields = {name: getattr(machine, name) for name in MachineConfiguration.model_fields if name != "code"}
    return MachineConfiguration(**fields, code=machine.machine_code)


def _known(row: Row[str, str, datetime, datetime | None], voice: Voice, now: datetime) -> Stretch:
    """A stretch as far as its state is known."""
    state, ended_at = MachineState(row.state), row.ended_at
    if ended_at is None:
        ended_at = voice.silent_since(state, StateSource(row.source), row.started_at, now)
    return Stretch(state, row.started_at, ended_at)


def _believed(live: Live, voice: Voice, now: datetime) -> Live:
    """What is answered when a machine's signals may have fallen silent."""
    if live.since is None:
        return live
    until = voice.believed_until(live.state, live.source, live.since)
    since = voice.silent_since(live.state, live.source, live.since, now)
    if since is None:
        return live.model_copy(update={"believed_until": until})
    return live.model_copy(update={"state": MachineState.UNKNOWN, "since": since, "reason": None, "alarms": []})


def _is_word(row: Row[Any]) -> bool:
    return (row.source, row.state) in _WORDS


def _live(row: Row[Any], speaker: Speaker, voice: Voice, now: datetime) -> Live:
    live = Live(
        machine_id=row.id,
        good=Decimal(row.good),
        scrap=Decimal(row.scrap),
        total=_all_made(row.good, row.scrap, row.total),
        counted_from=row.counted_from,
        last_signal_at=voice.last_signal_at,
    )
    if row.source != StateSource.PERSON and _is_newer(row.reported_since, row.started_at):
        return live.model_copy(update={"state": MachineState(row.reported_state), "since": row.reported_since})
    if row.started_at is None:
        return live
    return live.model_copy(
        update={
            "state": MachineState(row.state),
            "source": StateSource(row.source),
            "since": row.started_at,
            "reason": row.reason,
            "alarms": row.alarms,
            "person": speaker.name,
            "person_is_verified": speaker.is_verified,
            "word_id": row.state_id if _is_word(row) and row.agent_id is None else None,
            "station_silent_since": station_silent_since(StateSource(row.source), row.station_heard_at, now),
        }
    )


def _heard(row: Row[Any], live: Live, voice: Voice, now: datetime) -> Live:
    """With what its signals tell: beside a person's word, what the agent reports, as long as it is believed."""
    said, live = live.state, live.model_copy(update={"has_signals": True})
    if live.source is StateSource.PERSON:
        said = MachineState(row.reported_state or MachineState.UNKNOWN)
        if voice.last_signal_at is None or voice.last_signal_at + voice.patience < now:
            return live
    return live if said is MachineState.UNKNOWN else live.model_copy(update={"signals_say": said})


def _is_newer(reported: datetime | None, begun: datetime | None) -> bool:
    return reported is not None and (begun is None or reported > begun)


def _answer(machine: Machine, live: Live, plants: dict[UUID, str], centers: dict[UUID, str]) -> MachineAnswer:
    return MachineAnswer(
        **{name: getattr(machine, name) for name in MachineAnswer.model_fields if name not in _DERIVED},
        live=live,
        status=derived_status(LifeCycle(machine.life_cycle), live.state),
        plant_name=plants.get(machine.plant_id),
        work_center_name=centers.get(machine.work_center_id) if machine.work_center_id else None,
    )


def _point(started_at: datetime, good: Decimal, scrap: Decimal, total: Decimal) -> CountPoint:
    return CountPoint(started_at=started_at, good=good, scrap=scrap, total=_all_made(good, scrap, total))


def _all_made(good: Decimal, scrap: Decimal, total: Decimal) -> Decimal:
    """What the counter of all parts says, or good and scrap together where there is none."""
    return Decimal(total or good + scrap)


def _names(
    session: TenantSession, table: type[Plant] | type[WorkCenter], ids: Iterable[UUID | None]
) -> dict[UUID, str]:
    rows = session.execute(select(table.id, table.name).where(table.id.in_([id_ for id_ in ids if id_])))
    return {row.id: row.name for row in rows}


def _on_quarter(moment: datetime) -> bool:
    return moment.minute % 15 == 0 and moment.second == 0 and moment.microsecond == 0
