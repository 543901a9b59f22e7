"""What events that were set aside are about: machine and station, by what they name and how that is assigned now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from unison_server.kernel.database import TenantSession
from unison_server.stations.arrival import MachineRoom
from unison_server.stations.quarantine_tables import QuarantinedEvent
from unison_server.stations.tables import Device, Station, Tag

_NAMED = ("tag_id", "machine_id", "station_id")


class Subject(NamedTuple):
    """What an event is about, as far as that is known; codes and names of what the reader may see."""

    machine_id: UUID | None = None
    machine_code: str | None = None
    station_id: UUID | None = None
    station_code: str | None = None
    station_name: str | None = None


def named_in(raw: Mapping[str, Any]) -> dict[str, UUID | None]:
    """The ids an event names, as columns of the quarantine; what is no id is left out."""
    return {name: _id(raw.get(name)) for name in _NAMED}


def subjects(session: TenantSession, machines: MachineRoom, events: Sequence[QuarantinedEvent]) -> dict[UUID, Subject]:
    """What each of these events is about."""
    tags = _tags(session, Tag.id.in_({event.tag_id for event in events if event.tag_id}))
    of_tag = {row.id: row for row in tags}
    machine_of = {event.id: _machine(event, of_tag) for event in events}
    stands = _standing(session, machines, machine_of.values())
    codes = machines.codes(session)
    found: dict[UUID, tuple[UUID | None, UUID | None]] = {}
    for event in events:
        machine_id, tag = machine_of[event.id], of_tag.get(event.tag_id) if event.tag_id else None
        station_id = event.station_id or (tag.station_id if tag else stands.get(machine_id) if machine_id else None)
        found[event.id] = machine_id, station_id
    stations = _stations(session, (station_id for _, station_id in found.values() if station_id))
    return {
        id_: Subject(
            machine_id,
            codes.get(machine_id) if machine_id else None,
            station_id,
            *(stations.get(station_id, (None, None)) if station_id else (None, None)),
        )
        for id_, (machine_id, station_id) in found.items()
    }


def of_machine(machine_id: UUID) -> ColumnElement[bool]:
    """The condition on `quarantine`."""
    tags = select(Tag.id).where(Tag.machine_id == machine_id)
    by_tag = and_(QuarantinedEvent.machine_id.is_(None), QuarantinedEvent.tag_id.in_(tags))
    return or_(QuarantinedEvent.machine_id == machine_id, by_tag)


def of_station(session: TenantSession, machines: MachineRoom, station_id: UUID) -> ColumnElement[bool]:
    """The condition on `quarantine`."""
    tags = _tags(session, Device.station_id == station_id)
    standing = {row.machine_id for row in tags if row.machine_id}
    standing |= {machine.id for machine in machines.configurations(session, (), [station_id])}
    names_none, names_no_tag = QuarantinedEvent.station_id.is_(None), QuarantinedEvent.tag_id.is_(None)
    return or_(
        QuarantinedEvent.station_id == station_id,
        and_(names_none, QuarantinedEvent.tag_id.in_([row.id for row in tags])),
        and_(names_none, names_no_tag, QuarantinedEvent.machine_id.in_(standing)),
    )


def _tags(session: TenantSession, condition: ColumnElement[bool]) -> Sequence[Any]:
    statement = select(Tag.id, Tag.machine_id, Device.station_id).join(
        Device, (Device.organization_id == Tag.organization_id) & (Device.id == Tag.device_id)
    )
    return session.execute(statement.where(condition).order_by(Tag.id)).all()


def _machine(event: QuarantinedEvent, of_tag: Mapping[UUID, Any]) -> UUID | None:
    tag = of_tag.get(event.tag_id) if event.tag_id else None
    return event.machine_id or (tag.machine_id if tag else None)


def _standing(session: TenantSession, machines: MachineRoom, ids: Iterable[UUID | None]) -> dict[UUID, UUID]:
    """The station of each machine: where it is said to stand, else that of its first tag."""
    asked = {id_ for id_ in ids if id_}
    by_tags = {row.machine_id: row.station_id for row in reversed(_tags(session, Tag.machine_id.in_(asked)))}
    said = {one.id: one.station_id for one in machines.configurations(session, asked, ()) if one.station_id}
    return by_tags | said


def _stations(session: TenantSession, ids: Iterable[UUID]) -> dict[UUID, tuple[str, str]]:
    """Code and name of each."""
    rows = session.execute(select(Station.id, Station.code, Station.name).where(Station.id.in_(set(ids))))
    return {row.id: (row.code, row.name) for row in rows}


def _id(said: object) -> UUID | None:
    try:
        return UUID(said) if isinstance(said, str) else None
    except ValueError:
        return None
