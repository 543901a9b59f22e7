"""What people do with scans."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from unison_domain.codes.contracts import ScanCreate, ScanLookup
from unison_domain.codes.scanned_text import Scanned, read_scan, read_text
from unison_domain.kernel.contracts import FieldError

from unison_server.codes.queries import hold_sets, set_of, undos_of
from unison_server.codes.tables import CodeScan, UndoneScan
from unison_server.codes.understanding import Resolvers, patterns_of, understand, unknown_words
from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid, NotFound
from unison_server.kernel.keys import new_id
from unison_server.kernel.outbox import record
from unison_server.sites.queries import demand_writable
from unison_server.stations.arrival import BADGE_TEXT, CLOCK_TOLERANCE, BadgesAmong
from unison_server.stations.tables import Station


def take(session: TenantSession, wanted: ScanCreate, resolvers: Resolvers, badges_among: BadgesAmong) -> CodeScan:
    """Keep a scan that a person sent.

    Raises:
        NotFound, NotAllowed: its station or plant is not readable, or not writable.
        Invalid: it is a badge, the station is of another plant, the time is ahead, or there is nothing but an AIM
        identifier.
    """
    _demand_no_badge(session, wanted.qr_code_data, "qr_code_data", badges_among)
    plant_id = _plant(session, wanted)
    demand_writable(session, plant_id)
    session.look_up_by("codes.scan.read")
    now = datetime.now(UTC)
    at = wanted.scanned_at or now
    if at > now + CLOCK_TOLERANCE:
        raise Invalid(f"{at.isoformat()} is in the future: set the clock of this device", code="ahead_of_time")
    found = understand(session, _read(session, wanted), at.date(), resolvers)
    if not found.reading.text:
        raise Invalid(f"{wanted.qr_code_data!r} is an AIM identifier without any text behind it", code="empty_code")
    row = CodeScan(
        id=new_id(),
        plant_id=plant_id,
        station_id=wanted.station_id,
        source=wanted.source,
        qr_code_data=found.reading.text,
        symbology=found.reading.symbology,
        scanned_by=session.scope.user_id,
        scanned_at=at,
        notes=wanted.notes,
        **found.columns(),
    )
    session.add(row)
    session.flush()
    record(session, "codes.scan.taken", row.id, plant_id=plant_id)
    return row


def undo(session: TenantSession, scan_id: UUID, reason: str) -> CodeScan:
    """Say that a scan does not count, nor what counted together with it; of what was undone, the first word holds.

    Raises:
        NotFound, NotAllowed: there is no such scan, or its plant is not writable.
    """
    scan = session.need(CodeScan, scan_id, "scan")
    demand_writable(session, scan.plant_id)
    if scan.group_id is not None:
        hold_sets(session, [scan.group_id])
    together = set_of(session, scan)
    undone = undos_of(session, together)
    now = datetime.now(UTC)
    for one in together:
        if one.id in undone:
            continue
        statement = insert(UndoneScan).values(
            organization_id=session.organization_id,
            id=new_id(),
            scan_id=one.id,
            undone_at=now,
            undone_by=session.scope.user_id,
            reason=reason,
        )
        if session.scalar(statement.on_conflict_do_nothing().returning(UndoneScan.id)) is not None:
            record(session, "codes.scan.undone", one.id, plant_id=one.plant_id)
    return scan


def look_up(session: TenantSession, code: str, resolvers: Resolvers, badges_among: BadgesAmong) -> ScanLookup:
    """The thing a code names.

    Raises:
        Invalid: it is a badge.
        NotFound: it names none here; says what was understood, which is the parameter `reading` too.
    """
    _demand_no_badge(session, code, "code", badges_among)
    scanned = read_scan(code, patterns_of(session))
    reading, reference = understand(session, scanned, datetime.now(UTC).date(), resolvers)
    if reference is None:
        raise NotFound(unknown_words(reading), code="code_unknown", reading=reading.model_dump(mode="json"))
    return ScanLookup(reading=reading, reference=reference)


def _demand_no_badge(session: TenantSession, text: str, field: str, badges_among: BadgesAmong) -> None:
    """Nothing tells the text again, nor whose badge it is."""
    if badges_among(session.scope, [text]):
        words = "This is a badge, whose text is kept nowhere: use it where people sign on"
        raise Invalid(words, code=BADGE_TEXT, errors=[FieldError(field=field, code=BADGE_TEXT, message=words)])


def _read(session: TenantSession, wanted: ScanCreate) -> Scanned:
    patterns, text = patterns_of(session), wanted.qr_code_data
    return read_text(text, wanted.symbology, patterns) if wanted.symbology else read_scan(text, patterns)


def _plant(session: TenantSession, wanted: ScanCreate) -> UUID:
    if wanted.station_id is None:
        if wanted.plant_id is None:
            raise Invalid("Say where it was scanned: plant_id or station_id", code="place_missing")
        return wanted.plant_id
    session.look_up_by("stations.station.read")
    station = session.need(Station, wanted.station_id, "station")
    if wanted.plant_id not in (None, station.plant_id):
        raise Invalid(f"The station {station.code} is of another plant; leave plant_id out", code="other_plant")
    return station.plant_id
