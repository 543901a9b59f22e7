"""Reading scans."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from hashlib import md5
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, text
from unison_domain.codes.aim import Symbol, split_symbol
from unison_domain.codes.contracts import ScanAnswer, ScanMeaning, ScanReading
from unison_domain.codes.reading import words_of
from unison_domain.identity.overrides import OverrideKind

from unison_server.codes.tables import CodeScan, UndoneScan
from unison_server.kernel.database import TenantSession
from unison_server.sites.queries import names_of
from unison_server.sites.tables import UserCopy
from unison_server.stations.overriding import confirmed_by
from unison_server.stations.peripheral_tables import Peripheral
from unison_server.stations.tables import Station

_HOLD = text("select pg_advisory_xact_lock(hashtextextended(name, 0)) from unnest(cast(:names as text[])) as name")
_AS_KEPT = (
    "id",
    "plant_id",
    "station_id",
    "peripheral_id",
    "source",
    "qr_code_data",
    "picture",
    "group_id",
    "part",
    "person",
    "person_id",
    "person_is_verified",
    "scanned_by",
    "scanned_at",
    "received_at",
    "notes",
    "reference_type",
    "reference_id",
)


def answers_of(session: TenantSession, scans: Sequence[CodeScan]) -> list[ScanAnswer]:
    """Scans with what was said of them since, and with the names of what they refer to."""
    stations = _stations(session, scans)
    peripherals = _peripherals(session, scans)
    undone = undos_of(session, scans)
    people = names_of(session, [*(scan.scanned_by for scan in scans), *(undo.undone_by for undo in undone.values())])
    confirmed = confirmed_by(session, OverrideKind.SCAN_UNDONE, list(undone))
    told = ((scan, _answer(scan, stations, peripherals, undone.get(scan.id), people)) for scan in scans)
    return [answer.model_copy(update={"undo_confirmed_by_name": confirmed.get(scan.id)}) for scan, answer in told]


def undos_of(session: TenantSession, scans: Sequence[CodeScan]) -> dict[UUID, UndoneScan]:
    """The earliest word that holds of each scan that does not count."""
    agents = {scan.id: scan.agent_id for scan in scans}
    latest_first = select(UndoneScan).where(UndoneScan.scan_id.in_(agents)).order_by(UndoneScan.undone_at.desc())
    return {
        undo.scan_id: undo
        for undo in session.scalars(latest_first)
        if undo.agent_id is None or undo.agent_id == agents[undo.scan_id]
    }


def set_of(session: TenantSession, scan: CodeScan) -> list[CodeScan]:
    """What counted together with a scan, by the word of its own agent, and it itself."""
    if scan.group_id is None:
        return [scan]
    alike = (CodeScan.group_id == scan.group_id, CodeScan.agent_id == scan.agent_id, CodeScan.plant_id == scan.plant_id)
    return list(session.scalars(select(CodeScan).where(*alike).order_by(CodeScan.id)))


def hold_sets(session: TenantSession, groups: Collection[UUID]) -> None:
    """Until the transaction ends nobody else takes these sets back, or adds codes to them."""
    names = sorted(f"set {session.organization_id} {group}" for group in groups)
    session.execute(_HOLD, {"names": names}).all()


def is_undone() -> ColumnElement[bool]:
    """Whether a scan does not count, as a condition."""
    return exists().where(
        UndoneScan.organization_id == CodeScan.organization_id,
        UndoneScan.scan_id == CodeScan.id,
        or_(UndoneScan.agent_id.is_(None), UndoneScan.agent_id == CodeScan.agent_id),
    )


def has_warnings() -> ColumnElement[bool]:
    """Whether something about a scan is odd."""
    return func.jsonb_array_length(CodeScan.warnings) > 0


def has_text(part: str) -> ColumnElement[bool]:
    """Whether the text holds this, in whatever case."""
    return func.strpos(func.lower(CodeScan.qr_code_data), func.lower(part)) > 0


def is_code(code: str) -> ColumnElement[bool]:
    """Whether this was scanned, as a scanner sends it: its text without the identifier of its symbol, to the letter."""
    _symbol, text = split_symbol(code)
    mark = UUID(md5(text.encode(), usedforsecurity=False).hexdigest())
    return and_(CodeScan.code_mark == mark, CodeScan.qr_code_data == text)


def is_by(person: str) -> ColumnElement[bool]:
    """Whether who scanned has this in his name, in whatever case."""
    accounts = select(UserCopy.id).where(func.strpos(func.lower(UserCopy.full_name), func.lower(person)) > 0)
    return or_(func.strpos(func.lower(CodeScan.person), func.lower(person)) > 0, CodeScan.scanned_by.in_(accounts))


def reading_kept(scan: CodeScan) -> ScanReading:
    """What was understood when it came."""
    meanings = [ScanMeaning.model_validate(meaning) for meaning in scan.meanings]
    return ScanReading(
        text=scan.qr_code_data,
        symbology=scan.symbology,
        symbology_name=Symbol(scan.symbology).name,
        kind=scan.kind,
        meanings=meanings,
        warnings=scan.warnings,
        words=words_of(meanings),
    )


def _answer(
    scan: CodeScan,
    stations: Mapping[UUID, tuple[str, str]],
    peripherals: Mapping[UUID, str],
    undo: UndoneScan | None,
    people: Mapping[UUID, str],
) -> ScanAnswer:
    code, name = stations.get(scan.station_id, (None, None)) if scan.station_id else (None, None)
    undone_by = undo and undo.undone_by
    return ScanAnswer(
        **{column: getattr(scan, column) for column in _AS_KEPT},
        reading=reading_kept(scan),
        station_code=code,
        station_name=name,
        peripheral_name=peripherals.get(scan.peripheral_id) if scan.peripheral_id else None,
        scanned_by_name=people.get(scan.scanned_by) if scan.scanned_by else None,
        undone_at=undo and undo.undone_at,
        undone_person=undo and undo.person,
        undone_person_id=undo and undo.person_id,
        undone_person_is_verified=undo and undo.person_is_verified,
        undone_by=undone_by,
        undone_by_name=people.get(undone_by) if undone_by else None,
        undo_reason=undo and undo.reason,
    )


def _stations(session: TenantSession, scans: Sequence[CodeScan]) -> dict[UUID, tuple[str, str]]:
    ids = {scan.station_id for scan in scans if scan.station_id}
    rows = session.execute(select(Station.id, Station.code, Station.name).where(Station.id.in_(ids)))
    return {row.id: (row.code, row.name) for row in rows}


def _peripherals(session: TenantSession, scans: Sequence[CodeScan]) -> dict[UUID, str]:
    ids = {scan.peripheral_id for scan in scans if scan.peripheral_id}
    rows = session.execute(select(Peripheral.id, Peripheral.name).where(Peripheral.id.in_(ids)))
    return {row.id: row.name for row in rows}
