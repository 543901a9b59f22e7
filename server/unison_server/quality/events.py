"""Readings that stations send, and those they take back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute
from unison_domain.identity.overrides import NOBODY, Override, OverrideKind, Who, is_anothers
from unison_domain.quality.events import ReadingSource, ReadingTaken, ReadingUndone
from unison_domain.quality.plausible import is_far

from unison_server.kernel.database import TenantSession
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import Recorded, record_all
from unison_server.quality.limits import Moment, former_limits
from unison_server.quality.queries import taken_back
from unison_server.quality.tables import Characteristic, Measurement, MeasurementUndo
from unison_server.sites.queries import demand_writable
from unison_server.stations.arrival import Arrival, Arrived, EventRoom, Refused
from unison_server.stations.commands import who_asked_to_measure
from unison_server.stations.overriding import refusal_of
from unison_server.stations.peripheral_tables import Peripheral
from unison_server.stations.queries import plants_of_stations

TAKEN, UNDONE = "quality.measurement.taken", "quality.measurement.undone"
Row = dict[str, Any]


class _Place(NamedTuple):
    """A characteristic or measurement as far as it decides who may speak of it, and by which limits it is judged."""

    plant_id: UUID
    station_id: UUID | None = None
    agent_id: UUID | None = None
    unit: str = ""
    name: str = ""
    lsl: Decimal | None = None
    usl: Decimal | None = None
    updated_at: datetime | None = None
    who: Who = NOBODY


def take(session: TenantSession, arrival: Arrival, events: Sequence[Arrived]) -> list[Refused]:
    """Write readings and what was taken back, and tell of each once."""
    readings = [(seq, event) for seq, event in events if isinstance(event, ReadingTaken)]
    undone = [(seq, event) for seq, event in events if isinstance(event, ReadingUndone)]
    refused, told = _take_readings(session, arrival, readings)
    unfit, told_back = _take_back(session, arrival, undone)
    record_all(session, [*told, *told_back])
    return refused + unfit


def _demand_event_writable(session: TenantSession, event: Any) -> None:
    """Raises NotAllowed where what the event is about is of a plant that may not be changed."""
    if isinstance(event, ReadingTaken):
        about: Characteristic | Measurement | None = session.find(Characteristic, event.characteristic_id)
    else:
        about = session.find(Measurement, event.reading_id)
    if about is not None:
        demand_writable(session, about.plant_id)


MEASUREMENT_EVENTS = EventRoom(
    {"reading_taken": ReadingTaken, "reading_undone": ReadingUndone}, take, demand_writable=_demand_event_writable
)


def _take_readings(
    session: TenantSession, arrival: Arrival, events: Sequence[tuple[int, ReadingTaken]]
) -> tuple[list[Refused], list[Recorded]]:
    if not events:
        return [], []
    characteristics = _characteristics(session, {event.characteristic_id for _, event in events})
    plants = plants_of_stations(session, {event.station_id for _, event in events})
    gauges = _peripherals(session, {event.peripheral_id for _, event in events if event.peripheral_id is not None})
    known = _measurements(session, {event.id for _, event in events})
    commands = {event.command_id for _, event in events if event.command_id is not None}
    askers = who_asked_to_measure(session, arrival.agent_id, commands)
    moments = {(event.characteristic_id, arrival.moment_of(event.at)) for _, event in events}
    then = _as_then(session, characteristics, moments)
    refused: list[Refused] = []
    rows: dict[UUID, tuple[int, Row]] = {}
    for seq, event in events:
        refusal = _stranger(seq, event, arrival, characteristics, plants) or _unknown_gauge(seq, event, gauges)
        moment = event.characteristic_id, arrival.moment_of(event.at)
        if refusal is None and event.id not in known:
            refusal = _unsigned(session, arrival, Arrived(seq, event), then[moment])
        if refusal is not None:
            refused.append(refusal)
            continue
        row = _row(session, arrival, event, then[moment])
        row["measured_by"] = None
        if event.command_id is not None and event.peripheral_id is not None:
            row["measured_by"] = askers.get((event.command_id, event.peripheral_id))
        if event.id not in rows:
            rows[event.id] = seq, row
        elif _differ(rows[event.id][1], row):
            refused.append(_other_reading(seq, event.id))
    written = _write(session, Measurement.id, (row for _, row in rows.values()))
    refused += _changed(session, {id_: kept for id_, kept in rows.items() if id_ not in written})
    return refused, [Recorded(TAKEN, id_, row["plant_id"]) for id_, (_, row) in rows.items() if id_ in written]


def _take_back(
    session: TenantSession, arrival: Arrival, events: Sequence[tuple[int, ReadingUndone]]
) -> tuple[list[Refused], list[Recorded]]:
    """What is not there yet is remembered, so that it is undone when it comes from the same agent."""
    if not events:
        return [], []
    known = _measurements(session, {event.reading_id for _, event in events})
    undone = taken_back(session, known)
    refused: list[Refused] = []
    rows: dict[UUID, Row] = {}
    for seq, event in events:
        place = known.get(event.reading_id)
        if place is not None and not arrival.may_take_back(place.agent_id, place.station_id, event):
            refused.append(
                Refused(
                    seq, "not_assigned", f"The measurement {event.reading_id} was not taken at a station of this agent"
                )
            )
            continue
        if place is not None and event.reading_id not in undone:
            unsigned = _unsigned_undo(session, arrival, Arrived(seq, event), place)
            if unsigned is not None:
                refused.append(unsigned)
                continue
        row = {
            "organization_id": session.organization_id,
            "id": new_id(),
            "measurement_id": event.reading_id,
            "agent_id": arrival.agent_id if place is None else None,
            "undone_at": arrival.moment_of(event.at),
            "person": event.person,
            "person_id": event.person_id,
            "person_is_verified": event.is_verified_person,
        }
        rows.setdefault(event.reading_id, row)
    written = _write(session, MeasurementUndo.measurement_id, rows.values())
    news = written & known.keys() - undone
    return refused, [Recorded(UNDONE, id_, known[id_].plant_id) for id_ in rows if id_ in news]


def _stranger(
    seq: int,
    event: ReadingTaken,
    arrival: Arrival,
    characteristics: Mapping[UUID, _Place],
    plants: Mapping[UUID, UUID],
) -> Refused | None:
    """Why a reading can't be used."""
    characteristic = characteristics.get(event.characteristic_id)
    if characteristic is None:
        return Refused(
            seq, "unknown_characteristic", f"There is no characteristic {event.characteristic_id}", permanent=True
        )
    plant_id = plants.get(event.station_id)
    if plant_id is None:
        return Refused(seq, "not_assigned", f"The station {event.station_id} is not assigned to this agent")
    if (stranger := arrival.stranger(seq, event.station_id, event)) is not None:
        return stranger
    if plant_id != characteristic.plant_id:
        return Refused(
            seq, "other_plant", f"{characteristic.name} is measured in another plant than that of the station"
        )
    if event.unit != characteristic.unit:
        return Refused(
            seq,
            "unit_differs",
            f"{characteristic.name} is measured in {_named(characteristic.unit)}, the measured value {event.value:f} "
            f"is in {_named(event.unit)}",
        )
    return None


def _unsigned(session: TenantSession, arrival: Arrival, one: Arrived, place: _Place) -> Refused | None:
    """Why a typed value that nobody would believe is set aside."""
    event: ReadingTaken = one.event
    is_override = event.source is ReadingSource.TYPED and is_far(event.value, place.lsl, place.usl)
    if event.backing is None and not is_override:
        return None
    override = Override(OverrideKind.FAR_VALUE, event.characteristic_id, event.id)
    return refusal_of(session, arrival, one, override, place.plant_id)


def _unsigned_undo(session: TenantSession, arrival: Arrival, one: Arrived, place: _Place) -> Refused | None:
    """Why the word that takes back another person's reading is set aside."""
    event: ReadingUndone = one.event
    if event.backing is None and not is_anothers(place.who, event.who):
        return None
    override = Override(OverrideKind.READING_UNDONE, event.reading_id, event.reading_id)
    return refusal_of(session, arrival, one, override, place.plant_id)


def _unknown_gauge(seq: int, event: ReadingTaken, gauges: Collection[UUID]) -> Refused | None:
    if event.peripheral_id is None or event.peripheral_id in gauges:
        return None
    return Refused(seq, "unknown_peripheral", f"There is no gauge or camera {event.peripheral_id}", permanent=True)


def _row(session: TenantSession, arrival: Arrival, event: ReadingTaken, characteristic: _Place) -> Row:
    return {
        "organization_id": session.organization_id,
        "id": event.id,
        "characteristic_id": event.characteristic_id,
        "plant_id": characteristic.plant_id,
        "measured_value": event.value,
        "measurement_unit": event.unit,
        "lsl": characteristic.lsl,
        "usl": characteristic.usl,
        "uncertainty": event.uncertainty,
        "source": event.source,
        "peripheral_id": event.peripheral_id,
        "station_id": event.station_id,
        "agent_id": arrival.agent_id,
        "person": event.person,
        "person_id": event.person_id,
        "person_is_verified": event.is_verified_person,
        "raw": event.raw,
        "picture": event.picture,
        "measured_at": arrival.moment_of(event.at),
    }


def _as_then(
    session: TenantSession, characteristics: Mapping[UUID, _Place], moments: Collection[Moment]
) -> dict[Moment, _Place]:
    """Characteristics with the limits of when they were measured: a PC that was away sends what it measured under
    limits that may be others meanwhile.
    """
    known = {(of, at): characteristics[of] for of, at in moments if of in characteristics}
    late = [(of, at) for (of, at), now in known.items() if now.updated_at is not None and now.updated_at > at]
    former = former_limits(session, late)
    return {
        moment: now._replace(**former[moment]._asdict()) if moment in former else now for moment, now in known.items()
    }


def _changed(session: TenantSession, again: Mapping[UUID, tuple[int, Row]]) -> Iterable[Refused]:
    """Those that were there already and say something else now."""
    if not again:
        return []
    kept = {row.id: row for row in session.scalars(select(Measurement).where(Measurement.id.in_(again)))}
    return [
        _other_reading(seq, id_)
        for id_, (seq, row) in again.items()
        if id_ not in kept or _differ({name: getattr(kept[id_], name) for name in _SAID}, row)
    ]


_SAID = ("characteristic_id", "station_id", "measured_value", "source")


def _differ(one: Row, other: Row) -> bool:
    """Whether the same id names two readings; when it was is no part of it, for a clock may be set meanwhile."""
    return any(one[name] != other[name] for name in _SAID)


def _other_reading(seq: int, id_: UUID) -> Refused:
    return Refused(seq, "other_reading", f"The measurement {id_} is there already and says something else")


def _write(session: TenantSession, key: InstrumentedAttribute[UUID], rows: Iterable[Row]) -> set[UUID]:
    """Insert what is not there yet into the table of `key`, in its order so that two at once never wait for each other;
    the keys of what was new."""
    if not (listed := sorted(rows, key=lambda row: str(row[key.key]))):
        return set()
    return set(session.scalars(insert(key.class_).on_conflict_do_nothing().returning(key), listed))


def _characteristics(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, _Place]:
    rows = session.scalars(select(Characteristic).where(Characteristic.id.in_(ids)))
    return {
        row.id: _Place(
            row.plant_id,
            unit=row.measurement_unit,
            name=row.characteristic_name,
            lsl=row.lsl,
            usl=row.usl,
            updated_at=row.updated_at,
        )
        for row in rows
    }


def _measurements(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, _Place]:
    told = (
        Measurement.plant_id,
        Measurement.station_id,
        Measurement.agent_id,
        Measurement.person_id,
        Measurement.person,
    )
    rows = session.execute(select(Measurement.id, *told).where(Measurement.id.in_(ids)))
    return {
        row.id: _Place(row.plant_id, row.station_id, row.agent_id, who=Who(row.person_id, row.person)) for row in rows
    }


def _peripherals(session: TenantSession, ids: Collection[UUID]) -> set[UUID]:
    return set(session.scalars(select(Peripheral.id).where(Peripheral.id.in_(ids)))) if ids else set()


def _named(unit: str) -> str:
    return unit or "no unit"
