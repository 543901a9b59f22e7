"""What stations tell of refused values: a row each, whose count only grows, in whatever order it is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from unison_domain.stations.peripherals import PeripheralKind
from unison_domain.stations.refused_values import RefusedValueAnswer, ValueRefused

from unison_server.kernel.database import Databases, TenantSession
from unison_server.kernel.outbox import Recorded, record_all
from unison_server.kernel.settings import Settings
from unison_server.sites.queries import demand_writable
from unison_server.stations.arrival import Arrival, Arrived, EventRoom, Refused
from unison_server.stations.peripheral_tables import Peripheral
from unison_server.stations.queries import plants_of_stations
from unison_server.stations.refused_tables import RefusedRow
from unison_server.stations.tables import Station

TOLD = "stations.refused_value.told"
_AS_SENT = {"id", "station_id", "peripheral_id", "raw", "reason", "remedy", "times", "others"}
_GROWS = ("times", "last_at")
_IS_REPLACED = ("raw", "reason", "remedy")


def _take(session: TenantSession, arrival: Arrival, events: Sequence[Arrived]) -> list[Refused]:
    """Keep them. Of one that is told several times in a batch the greatest count holds."""
    plants = plants_of_stations(session, {event.station_id for _, event in events})
    refused, rows = list[Refused](), dict[UUID, dict[str, Any]]()
    for seq, event in events:
        if event.station_id not in plants:
            message = f"There is no station {event.station_id}"
            refused.append(Refused(seq, "unknown_station", message, permanent=True))
        elif (stranger := arrival.stranger(seq, event.station_id, event)) is not None:
            refused.append(stranger)
        elif event.id not in rows or rows[event.id]["times"] < event.times:
            rows[event.id] = _row(session, arrival, event, plants[event.station_id])
    if rows:
        changed = session.connection().scalars(_UPSERT, list(rows.values()))
        record_all(session, [Recorded(TOLD, id_, rows[id_]["plant_id"]) for id_ in sorted(changed)])
    return refused


def _row(session: TenantSession, arrival: Arrival, event: ValueRefused, plant_id: UUID) -> dict[str, Any]:
    at = arrival.moment_of(event.at)
    return {
        **event.model_dump(include=_AS_SENT),
        "organization_id": session.organization_id,
        "plant_id": plant_id,
        "agent_id": arrival.agent_id,
        "first_at": at,
        "last_at": arrival.moment_of(at + timedelta(seconds=event.lasted_seconds)),
    }


def _upsert() -> Any:
    new = insert(RefusedRow)
    told = new.excluded
    grown = {name: func.greatest(getattr(RefusedRow, name), told[name]) for name in _GROWS}
    return new.on_conflict_do_update(
        index_elements=["organization_id", "id"],
        set_={**grown, **{name: told[name] for name in _IS_REPLACED}},
        where=(RefusedRow.agent_id == told.agent_id) & (RefusedRow.times < told.times),
    ).returning(RefusedRow.id)


_UPSERT = _upsert()


def _demand_writable(session: TenantSession, event: ValueRefused) -> None:
    station = session.find(Station, event.station_id)
    if station is not None:
        demand_writable(session, station.plant_id)


REFUSAL_EVENTS = EventRoom({"value_refused": ValueRefused}, _take, demand_writable=_demand_writable)


def has_text(part: str) -> ColumnElement[bool]:
    """Whether what came, or why it was refused, holds this, in whatever case."""
    places = (func.strpos(func.lower(column), func.lower(part)) > 0 for column in (RefusedRow.raw, RefusedRow.reason))
    return or_(*places)


def is_of_kind(kind: PeripheralKind) -> ColumnElement[bool]:
    """Whether a peripheral of this kind brought it."""
    return RefusedRow.peripheral_id.in_(select(Peripheral.id).where(Peripheral.kind == kind))


def refused_answers(session: TenantSession, rows: Sequence[RefusedRow]) -> list[RefusedValueAnswer]:
    """Rows with the names of where they come from."""
    stations = {one.id: one for one in _found(session, Station, {row.station_id for row in rows})}
    peripherals = {one.id: one for one in _found(session, Peripheral, {row.peripheral_id for row in rows})}
    answers = []
    for row in rows:
        station, peripheral = stations.get(row.station_id), peripherals.get(row.peripheral_id)
        names = {
            "station_code": station and station.code,
            "station_name": station and station.name,
            "peripheral_name": peripheral and peripheral.name,
            "kind": peripheral and PeripheralKind(peripheral.kind),
        }
        answers.append(RefusedValueAnswer.model_validate(row).model_copy(update=names))
    return answers


def _found(session: TenantSession, table: type[Any], ids: set[UUID]) -> Sequence[Any]:
    return session.scalars(select(table).where(table.id.in_(ids))).all()


def forget_old_refusals(settings: Settings, system: Databases, now: datetime) -> None:
    """Forget after `incidents_kept_days` what was refused."""
    before = now - timedelta(days=settings.incidents_kept_days)
    with system.operations.begin() as connection:
        connection.execute(delete(RefusedRow).where(RefusedRow.received_at < before))
