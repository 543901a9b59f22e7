"""Pictures that stations keep: announced by an event, then sent as a file, deleted when their time is over, or lost
at the station, which says so.

A file is named by its hash, and several rows may speak of one. Storing and deleting it hold the same lock, so that
nobody deletes what was just announced anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import ColumnElement, Connection, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from unison_domain.stations.picture_events import PictureKept, PictureReason, PicturesLost

from unison_server.kernel.database import Databases, TenantSession
from unison_server.kernel.errors import Invalid, NotFound
from unison_server.kernel.files import Files
from unison_server.kernel.settings import Settings
from unison_server.sites.queries import demand_writable
from unison_server.stations.arrival import Arrival, Arrived, EventRoom, Refused
from unison_server.stations.peripheral_tables import Peripheral
from unison_server.stations.picture_tables import StationPicture
from unison_server.stations.picture_words import why_not_here
from unison_server.stations.tables import Station

KIND = "station_picture"
_BEGINNINGS = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}
_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:name, 20))")
_AT_ONCE = 500
_SHOWN = 12
"""Of a hash: enough to be found by, for a person who reads it."""


def _take(session: TenantSession, arrival: Arrival, events: Sequence[Arrived]) -> list[Refused]:
    """Note what is announced, then what is lost of it; a picture that is here already needs not be sent again."""
    refused = _take_kept(session, arrival, [one for one in events if isinstance(one.event, PictureKept)])
    for _seq, event in events:
        if isinstance(event, PicturesLost):
            _note_lost(session, arrival, event)
    return refused


def _take_kept(session: TenantSession, arrival: Arrival, events: Sequence[Arrived]) -> list[Refused]:
    rows, refused = [], []
    for seq, event in sorted(events, key=lambda one: one.event.sha256):  # locks are taken in one order
        station = session.find(Station, event.station_id)
        if station is None:
            refused.append(Refused(seq, "unknown_station", f"There is no station {event.station_id}", permanent=True))
        elif (stranger := arrival.stranger(seq, station.id, event)) is not None:
            refused.append(stranger)
        else:
            _lock(session, session.organization_id, event.sha256)
            rows.append(_row(session, arrival, event, station.plant_id))
    if rows:
        session.connection().execute(insert(StationPicture).on_conflict_do_nothing(), rows)
    return refused


def _row(session: TenantSession, arrival: Arrival, event: PictureKept, plant_id: UUID) -> dict[str, object]:
    at = arrival.moment_of(event.at)
    is_here = StationPicture.sha256 == event.sha256, StationPicture.deleted_at.is_(None)
    stored_at = session.scalar(select(func.min(StationPicture.stored_at)).where(*is_here))
    return {
        **event.model_dump(include=_AS_SENT),
        "person_is_verified": event.is_verified_person,
        "organization_id": session.organization_id,
        "plant_id": plant_id,
        "agent_id": arrival.agent_id,
        "taken_at": at,
        "ends_at": at + timedelta(days=event.retention_days),
        "stored_at": stored_at,
    }


_AS_SENT = {
    "id",
    "station_id",
    "peripheral_id",
    "sha256",
    "bytes",
    "media_type",
    "reason",
    "machine_id",
    "person",
    "person_id",
}


def _note_lost(session: TenantSession, arrival: Arrival, event: PicturesLost) -> None:
    """By the agent that told of them; what is here, or unknown, stays as it is, and the first word holds."""
    session.execute(
        update(StationPicture)
        .where(
            StationPicture.sha256.in_(event.sha256),
            StationPicture.agent_id == arrival.agent_id,
            StationPicture.stored_at.is_(None),
            StationPicture.lost_at.is_(None),
        )
        .values(lost_at=arrival.moment_of(event.at), lost_reason=event.reason)
    )


def _demand_writable(session: TenantSession, event: PictureKept | PicturesLost) -> None:
    station = session.find(Station, event.station_id) if isinstance(event, PictureKept) else None
    if station is not None:
        demand_writable(session, station.plant_id)


PICTURE_EVENTS = EventRoom(
    {"picture_kept": PictureKept, "pictures_lost": PicturesLost}, _take, demand_writable=_demand_writable
)


def store(session: TenantSession, files: Files, agent_id: UUID, sha256: str, content: bytes) -> None:
    """Take a file that its agent announced; the same again changes nothing.

    Raises:
        NotFound: the agent announced no such picture, or not yet: the event comes first.
        Invalid: it is another file than was announced. Unavailable: the storage takes nothing.
    """
    announced = session.scalars(
        select(StationPicture).where(
            StationPicture.sha256 == sha256, StationPicture.agent_id == agent_id, StationPicture.deleted_at.is_(None)
        )
    ).first()
    if announced is None:
        raise NotFound(f"This agent announced no picture {sha256}; send its event first", code="not_announced")
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Invalid(f"The SHA-256 of the {len(content)} bytes is not {sha256}; send the file whole", code="hash")
    if not content.startswith(_BEGINNINGS[announced.media_type]):
        raise Invalid(f"The file is no {announced.media_type}, as was announced", code="media_type")
    _lock(session, session.organization_id, sha256)
    session.refresh(announced)
    if announced.stored_at is not None:
        return
    files.put(session.organization_id, KIND, _file_id(sha256), content)
    session.execute(
        update(StationPicture)
        .where(StationPicture.sha256 == sha256, StationPicture.stored_at.is_(None), StationPicture.deleted_at.is_(None))
        .values(stored_at=datetime.now(UTC), lost_at=None, lost_reason=None)
    )


def load(session: TenantSession, files: Files, sha256: str) -> tuple[str, Iterator[bytes]]:
    """Media type and content of a picture of a plant that may be read.

    Raises:
        NotFound: there is none that may be seen, or its file is still at the station.
    """
    found = session.scalars(
        select(StationPicture)
        .where(StationPicture.sha256 == sha256)
        .order_by(
            StationPicture.deleted_at.desc().nulls_first(),
            StationPicture.stored_at.is_(None),
            StationPicture.lost_at.is_not(None),
            StationPicture.id,
        )
    ).first()
    named = f"Picture {sha256[:_SHOWN]}…"
    if found is None:
        raise NotFound(f"{named} is not here: pictures are deleted when the days their camera keeps them are over")
    if (words := why_not_here(session, found, named)) is not None:
        raise NotFound(words, code="not_here")
    return found.media_type, files.read(session.organization_id, KIND, _file_id(sha256))


def load_own(session: TenantSession, files: Files, agent_id: UUID, sha256: str) -> tuple[str, Iterator[bytes]]:
    """The same of a picture that a camera at a station of the agent took, or compares with as its template.

    Raises:
        NotFound: none of them does, or as `load` does.
    """
    took = select(StationPicture.peripheral_id).where(StationPicture.sha256 == sha256)
    cameras = (
        select(Peripheral.id)
        .join(Station, (Station.organization_id == Peripheral.organization_id) & (Station.id == Peripheral.station_id))
        .where(Station.agent_id == agent_id, Peripheral.settings.contains(_comparing(sha256)) | Peripheral.id.in_(took))
    )
    if session.scalars(cameras).first() is None:
        raise NotFound(f"No camera of this agent took picture {sha256} or compares with it", code="no_template")
    return load(session, files, sha256)


def _comparing(sha256: str) -> dict[str, list[dict[str, str]]]:
    """What is in the settings of a camera with such a template."""
    return {"tools": [{"template": sha256}]}


_IS_TEMPLATE = (
    select(Peripheral.id)
    .where(
        Peripheral.organization_id == StationPicture.organization_id,
        Peripheral.settings.contains(
            func.jsonb_build_object(
                "tools", func.jsonb_build_array(func.jsonb_build_object("template", StationPicture.sha256))
            )
        ),
    )
    .exists()
)
"""A camera compares with it, in use or put away: its PC may be replaced by one that has no picture of it."""


_IS_REMEMBERED = StationPicture.reason.in_((PictureReason.SCAN, PictureReason.READING))
"""Its scan or measurement stays for good, and who wants to see its picture is told what became of it."""


def _over(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return StationPicture.ends_at < now, StationPicture.deleted_at.is_(None), ~_IS_TEMPLATE


def forget_old_pictures(settings: Settings, system: Databases, now: datetime) -> None:
    """Delete pictures whose time is over, and files nobody speaks of any more; templates stay while they are ones.

    Of a scan's or measurement's it is remembered for `incidents_kept_days` that it was deleted, and when. What was cut
    off is done next time.
    """
    with system.operations.begin() as connection:
        before = now - timedelta(days=settings.incidents_kept_days)
        connection.execute(delete(StationPicture).where(StationPicture.deleted_at < before))
    files: Files | None = None
    while True:
        with system.operations.begin() as connection:
            over = connection.execute(
                select(StationPicture.organization_id, StationPicture.sha256)
                .where(*_over(now))
                .distinct()
                .order_by(StationPicture.organization_id, StationPicture.sha256)
                .limit(_AT_ONCE)
            ).all()
            if over and files is None:
                files = Files.open(settings)
            for organization_id, sha256 in over:
                if files is not None:
                    _forget(connection, files, organization_id, sha256, now)
        if len(over) < _AT_ONCE:
            return


def forget_pictures_of(settings: Settings, system: Databases, organization_id: UUID) -> None:
    """Delete all pictures of an organization that is no more, with their files."""
    theirs = StationPicture.organization_id == organization_id
    with system.operations.begin() as connection:
        kept = connection.scalars(select(StationPicture.sha256).where(theirs).distinct()).all()
        if not kept:
            return
        files = Files.open(settings)
        for sha256 in kept:
            _lock(connection, organization_id, sha256)
            files.delete(organization_id, KIND, _file_id(sha256))
        connection.execute(delete(StationPicture).where(theirs))


def _forget(connection: Connection, files: Files, organization_id: UUID, sha256: str, now: datetime) -> None:
    _lock(connection, organization_id, sha256)
    its = (StationPicture.organization_id == organization_id, StationPicture.sha256 == sha256)
    connection.execute(delete(StationPicture).where(*its, *_over(now), ~_IS_REMEMBERED))
    connection.execute(update(StationPicture).where(*its, *_over(now)).values(deleted_at=now))
    is_kept = StationPicture.deleted_at.is_(None)
    if connection.scalar(select(func.count()).select_from(StationPicture).where(*its, is_kept)) == 0:
        files.delete(organization_id, KIND, _file_id(sha256))


def _lock(session: Session | Connection, organization_id: UUID, sha256: str) -> None:
    """Held until the transaction ends."""
    session.execute(_LOCK, {"name": f"{organization_id} {sha256}"})


def _file_id(sha256: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"sha256:{sha256}")
