"""What stations send about scans: each counts once by its id, and may be taken back before it came."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import InstrumentedAttribute
from unison_domain.codes.events import ScanTaken, ScanUndone
from unison_domain.codes.scanned_text import read_text
from unison_domain.identity.overrides import Override, OverrideKind, Who, is_anothers

from unison_server.codes.queries import hold_sets, is_undone
from unison_server.codes.tables import CodeScan, UndoneScan
from unison_server.codes.understanding import Resolvers, patterns_of, understand
from unison_server.kernel.database import TenantSession
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import Recorded, record_all
from unison_server.sites.queries import demand_writable
from unison_server.stations.arrival import BADGE_TEXT, Arrival, Arrived, EventRoom, Refused
from unison_server.stations.overriding import refusal_of
from unison_server.stations.queries import plants_of_stations
from unison_server.stations.tables import Station

Row = dict[str, Any]


class _Known(NamedTuple):
    """What is kept of a scan that says who may speak of it."""

    station_id: UUID | None
    agent_id: UUID | None
    plant_id: UUID
    person_id: UUID | None
    person: str | None


def scan_events(resolvers: Resolvers) -> EventRoom:
    """The room's say in what stations send; `resolvers` find what own codes name."""
    return EventRoom(
        {"scan_taken": ScanTaken, "scan_undone": ScanUndone},
        partial(_take, resolvers),
        demand_writable=_demand_writable,
    )


def _take(resolvers: Resolvers, session: TenantSession, arrival: Arrival, events: Sequence[Arrived]) -> list[Refused]:
    """Scans before undos: the same whatever order they came in."""
    taken = [one for one in events if isinstance(one.event, ScanTaken)]
    undone = [one for one in events if isinstance(one.event, ScanUndone)]
    return _take_scans(session, arrival, taken, resolvers) + _take_undos(session, arrival, undone)


def _take_scans(
    session: TenantSession, arrival: Arrival, scans: Sequence[Arrived], resolvers: Resolvers
) -> list[Refused]:
    if not scans:
        return []
    plants = plants_of_stations(session, {event.station_id for _, event in scans})
    shown = arrival.badges_among(session.scope, {event.text for _, event in scans})
    refused = [
        refusal
        for scan in scans
        if (refusal := _badge(scan) if scan.event.text in shown else _stranger(arrival, scan, plants)) is not None
    ]
    strange = {one.seq for one in refused}
    patterns = patterns_of(session)
    rows: dict[UUID, Row] = {}
    for seq, event in scans:
        if seq in strange or event.id in rows:
            continue
        at = arrival.moment_of(event.at)
        found = understand(session, read_text(event.text, event.symbology, patterns), at.date(), resolvers)
        rows[event.id] = {
            **event.model_dump(include=_AS_SENT),
            "person_is_verified": event.is_verified_person,
            "qr_code_data": event.text,
            "organization_id": session.organization_id,
            "plant_id": plants[event.station_id],
            "agent_id": arrival.agent_id,
            "scanned_at": at,
            **found.columns(),
        }
    added = _add(session, CodeScan.id, list(rows.values()))
    record_all(session, [Recorded("codes.scan.taken", id_, rows[id_]["plant_id"]) for id_ in rows if id_ in added])
    _undo_with_set(session, [row for id_, row in rows.items() if id_ in added])
    known = _known(session, {event.id for seq, event in scans if seq not in strange})
    return refused + [
        Refused(seq, "other_station", f"Scan {event.id} is of another station already")
        for seq, event in scans
        if seq not in strange and known[event.id].station_id != event.station_id
    ]


_AS_SENT = {
    "id",
    "station_id",
    "peripheral_id",
    "source",
    "symbology",
    "picture",
    "group_id",
    "part",
    "person",
    "person_id",
}


def _undo_with_set(session: TenantSession, scans: Sequence[Row]) -> None:
    """Codes whose set the office took back before they came with a later batch: they only count together.

    Whoever takes back in the office gives a reason, also one without account; nobody does at a station.
    """
    groups = {row["group_id"] for row in scans} - {None}
    if not groups:
        return
    hold_sets(session, groups)
    undos = (
        select(CodeScan.group_id, CodeScan.agent_id, UndoneScan)
        .join(UndoneScan, UndoneScan.scan_id == CodeScan.id)
        .where(CodeScan.group_id.in_(groups), UndoneScan.reason.is_not(None))
        .order_by(UndoneScan.undone_at.desc())
    )
    said = {(group, agent): undo for group, agent, undo in session.execute(undos)}
    rows = [
        {
            "organization_id": session.organization_id,
            "id": new_id(),
            "scan_id": scan["id"],
            "undone_at": undo.undone_at,
            "undone_by": undo.undone_by,
            "reason": undo.reason,
        }
        for scan in scans
        if (undo := said.get((scan["group_id"], scan["agent_id"]))) is not None
    ]
    undone = _add(session, UndoneScan.scan_id, rows)
    plants = {scan["id"]: scan["plant_id"] for scan in scans}
    record_all(session, [Recorded("codes.scan.undone", id_, plants[id_]) for id_ in undone])


def _take_undos(session: TenantSession, arrival: Arrival, undos: Sequence[Arrived]) -> list[Refused]:
    if not undos:
        return []
    known = _known(session, {event.scan_id for _, event in undos})
    undone_already = set(session.scalars(select(CodeScan.id).where(CodeScan.id.in_(known), is_undone())))
    refused: list[Refused] = []
    rows: list[Row] = []
    for one in undos:
        seq, event = one
        scan = known.get(event.scan_id)
        if scan is not None and not arrival.may_take_back(scan.agent_id, scan.station_id, event):
            refused.append(Refused(seq, "not_assigned", f"Scan {event.scan_id} is of a station of another agent"))
            continue
        if scan is not None and event.scan_id not in undone_already:
            unsigned = _unsigned(session, arrival, one, scan)
            if unsigned is not None:
                refused.append(unsigned)
                continue
        rows.append(
            {
                "organization_id": session.organization_id,
                "id": new_id(),
                "scan_id": event.scan_id,
                "agent_id": arrival.agent_id if scan is None else None,
                "undone_at": arrival.moment_of(event.at),
                "person": event.person,
                "person_id": event.person_id,
                "person_is_verified": event.is_verified_person,
            }
        )
    added = _add(session, UndoneScan.scan_id, rows)
    record_all(
        session, [Recorded("codes.scan.undone", id_, scan.plant_id) for id_, scan in known.items() if id_ in added]
    )
    return refused


def _unsigned(session: TenantSession, arrival: Arrival, one: Arrived, scan: _Known) -> Refused | None:
    """Why the undo is set aside where another person made the scan."""
    if one.event.backing is None and not is_anothers(Who(scan.person_id, scan.person), one.event.who):
        return None
    scan_id = one.event.scan_id
    return refusal_of(session, arrival, one, Override(OverrideKind.SCAN_UNDONE, scan_id, scan_id), scan.plant_id)


def _add(session: TenantSession, key: InstrumentedAttribute[UUID], rows: Sequence[Row]) -> set[UUID]:
    """Insert what is not there yet into the table of `key`; returns the keys of what was not."""
    if not rows:
        return set()
    return set(session.connection().scalars(insert(key.class_).on_conflict_do_nothing().returning(key), rows))


def _known(session: TenantSession, ids: Collection[UUID]) -> dict[UUID, _Known]:
    columns = (CodeScan.id, *(getattr(CodeScan, name) for name in _Known._fields))
    return {row[0]: _Known(*row[1:]) for row in session.execute(select(*columns).where(CodeScan.id.in_(ids)))}


def _badge(scan: Arrived) -> Refused:
    words = "What was scanned is a badge, whose text is kept nowhere: show it where people sign on"
    return Refused(scan.seq, BADGE_TEXT, words, hidden=("text",))


def _stranger(arrival: Arrival, scan: Arrived, plants: Mapping[UUID, UUID]) -> Refused | None:
    """Why the agent has no say about this station."""
    station_id = scan.event.station_id
    if station_id not in plants:
        return Refused(scan.seq, "unknown_station", f"There is no station {station_id}", permanent=True)
    return arrival.stranger(scan.seq, station_id, scan.event)


def _demand_writable(session: TenantSession, event: ScanTaken | ScanUndone) -> None:
    """Whether a person may decide about the event. What is not seen is refused later.

    Raises:
        NotAllowed: its station is of a plant that is not writable.
    """
    told = (Station, event.station_id) if isinstance(event, ScanTaken) else (CodeScan, event.scan_id)
    row = session.find(*told)
    if row is not None:
        demand_writable(session, row.plant_id)
