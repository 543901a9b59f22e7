"""Reading characteristics and measurements."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from unison_domain.identity.overrides import OverrideKind
from unison_domain.quality.contracts import (
    CharacteristicAnswer,
    CharacteristicConfiguration,
    IndividualsAnswer,
    IndividualsLimits,
    MeasurementAnswer,
    is_within,
)
from unison_domain.quality.events import ReadingSource
from unison_domain.quality.individuals import SETTLED, individuals_chart

from unison_server.kernel.database import TenantSession
from unison_server.kernel.orm import Tenant
from unison_server.quality.tables import Characteristic, Measurement, MeasurementUndo
from unison_server.sites.queries import names_of
from unison_server.stations.overriding import confirmed_by
from unison_server.stations.peripheral_tables import Peripheral
from unison_server.stations.tables import Station

_IS_WITHIN = and_(
    or_(Measurement.lsl.is_(None), Measurement.measured_value >= Measurement.lsl),
    or_(Measurement.usl.is_(None), Measurement.measured_value <= Measurement.usl),
)
_HAS_LIMITS = or_(Measurement.lsl.is_not(None), Measurement.usl.is_not(None))


class Wanted(NamedTuple):
    """Which measurements; None leaves a condition out, `to` is exclusive."""

    plant_id: UUID | None = None
    characteristic_id: UUID | None = None
    ids: Collection[UUID] | None = None
    station_id: UUID | None = None
    peripheral_id: UUID | None = None
    source: str | None = None
    within_tolerance: bool | None = None
    undone: bool | None = None
    from_: datetime | None = None
    to: datetime | None = None


def is_taken_back() -> ColumnElement[bool]:
    """Whether a measurement does not count, as a condition."""
    return exists().where(
        MeasurementUndo.organization_id == Measurement.organization_id,
        MeasurementUndo.measurement_id == Measurement.id,
        or_(MeasurementUndo.agent_id.is_(None), MeasurementUndo.agent_id == Measurement.agent_id),
    )


def measurements(session: TenantSession, wanted: Wanted) -> Select[Measurement]:
    """The measurements of plants that may be seen, not yet in order."""
    statement: Select[Measurement] = select(Measurement).where(Measurement.organization_id == session.organization_id)
    for name in ("plant_id", "characteristic_id", "station_id", "peripheral_id", "source"):
        if (value := getattr(wanted, name)) is not None:
            statement = statement.where(getattr(Measurement, name) == value)
    if wanted.ids is not None:
        statement = statement.where(Measurement.id.in_(wanted.ids))
    if wanted.within_tolerance is not None:
        statement = statement.where(_HAS_LIMITS, _IS_WITHIN if wanted.within_tolerance else ~_IS_WITHIN)
    if wanted.undone is not None:
        statement = statement.where(is_taken_back() if wanted.undone else ~is_taken_back())
    if wanted.from_ is not None:
        statement = statement.where(Measurement.measured_at >= wanted.from_)
    return statement if wanted.to is None else statement.where(Measurement.measured_at < wanted.to)


def answers_of(session: TenantSession, rows: Sequence[Measurement]) -> list[MeasurementAnswer]:
    """Measurements with what they belong to, in the same order."""
    characteristics = _by_id(session, Characteristic, (row.characteristic_id for row in rows))
    stations = _by_id(session, Station, (row.station_id for row in rows))
    peripherals = _by_id(session, Peripheral, (row.peripheral_id for row in rows))
    undone = undos_of(session, rows)
    people = names_of(session, [*(row.measured_by for row in rows), *(undo.undone_by for undo in undone.values())])
    typed = [row.id for row in rows if row.source == ReadingSource.TYPED and row.station_id is not None]
    confirmed = confirmed_by(session, OverrideKind.FAR_VALUE, typed)
    undo_confirmed = confirmed_by(session, OverrideKind.READING_UNDONE, [row.id for row in rows if row.id in undone])

    def answer(row: Measurement) -> MeasurementAnswer:
        undo = undone.get(row.id)
        characteristic = characteristics[row.characteristic_id]
        station, peripheral = stations.get(row.station_id), peripherals.get(row.peripheral_id)
        said = {name: getattr(row, name) for name in _OWN}
        return MeasurementAnswer(
            **said,
            characteristic_name=characteristic.characteristic_name,
            within_tolerance=is_within(row.measured_value, row.lsl, row.usl),
            limits_changed=(row.lsl, row.usl) != (characteristic.lsl, characteristic.usl),
            resolution=characteristic.resolution,
            station_name=station and station.name,
            peripheral_name=peripheral and peripheral.name,
            person=row.person if row.measured_by is None else people.get(row.measured_by),
            confirmed_by_name=confirmed.get(row.id),
            undo_confirmed_by_name=undo_confirmed.get(row.id),
            **_undone(undo, people),
        )

    return [answer(row) for row in rows]


def undos_of(session: TenantSession, rows: Sequence[Measurement]) -> dict[UUID, MeasurementUndo]:
    """The earliest word that holds of each measurement that was taken back."""
    agents = {row.id: row.agent_id for row in rows}
    said_of = select(MeasurementUndo).where(MeasurementUndo.measurement_id.in_(agents))
    return {
        undo.measurement_id: undo
        for undo in session.scalars(said_of.order_by(MeasurementUndo.undone_at.desc()))
        if undo.agent_id is None or undo.agent_id == agents[undo.measurement_id]
    }


def taken_back(session: TenantSession, ids: Collection[UUID]) -> set[UUID]:
    """Which of these measurements do not count."""
    return set(session.scalars(select(Measurement.id).where(Measurement.id.in_(ids), is_taken_back())))


def _undone(undo: MeasurementUndo | None, people: Mapping[UUID, str]) -> dict[str, Any]:
    if undo is None:
        return {}
    if undo.undone_by is None:
        who = undo.person, undo.person_id, undo.person_is_verified
    else:
        who = people.get(undo.undone_by), undo.undone_by, True
    named = zip(("undone_by", "undone_by_id", "undone_by_is_verified"), who, strict=True)
    return {"undone_at": undo.undone_at, **dict(named)}


def individuals_of(
    session: TenantSession, characteristic: Characteristic, last: int, wanted: Wanted
) -> IndividualsAnswer:
    """The chart of the newest `last` of its values that are wanted."""
    wanted = wanted._replace(characteristic_id=characteristic.id, undone=False)
    newest_first = (Measurement.measured_at.desc(), Measurement.id.desc())
    found = session.scalars(measurements(session, wanted).order_by(*newest_first).limit(last + 1)).all()
    rows = found[:last][::-1]
    since = rows[0].measured_at if len(found) > last else wanted.from_
    taken_back = measurements(session, wanted._replace(undone=True, from_=since)).order_by(*newest_first)
    chart = individuals_chart([row.measured_value for row in rows])
    return IndividualsAnswer(
        characteristic=CharacteristicAnswer.model_validate(characteristic),
        items=answers_of(session, rows),
        ranges=[] if chart is None else list(chart.ranges),
        limits=None if chart is None else IndividualsLimits.model_validate(chart),
        is_preliminary=len(rows) < SETTLED,
        outside=[] if chart is None else list(chart.outside),
        ranges_outside=[] if chart is None else list(chart.ranges_outside),
        undone=answers_of(session, session.scalars(taken_back.limit(last)).all()),
        is_cut=len(found) > last,
    )


def configured_characteristics(session: TenantSession, plants: Collection[UUID]) -> list[CharacteristicConfiguration]:
    """What the stations of these plants offer to measure, by name."""
    statement = (
        select(Characteristic)
        .where(Characteristic.plant_id.in_(plants), Characteristic.is_active)
        .order_by(Characteristic.characteristic_name, Characteristic.id)
    )
    return [
        CharacteristicConfiguration(
            id=row.id,
            plant_id=row.plant_id,
            name=row.characteristic_name,
            unit=row.measurement_unit,
            target=row.target,
            lsl=row.lsl,
            usl=row.usl,
            resolution=row.resolution,
        )
        for row in session.scalars(statement)
    ]


_OWN = (
    "id",
    "characteristic_id",
    "plant_id",
    "measured_value",
    "measurement_unit",
    "lsl",
    "usl",
    "uncertainty",
    "source",
    "peripheral_id",
    "station_id",
    "person_id",
    "person_is_verified",
    "raw",
    "picture",
    "measured_at",
    "recorded_at",
)


def _by_id(session: TenantSession, table: type[Tenant], ids: Iterable[UUID | None]) -> dict[UUID | None, Any]:
    wanted = {id_ for id_ in ids if id_ is not None}
    return {row.id: row for row in session.scalars(select(table).where(table.id.in_(wanted)))} if wanted else {}
