"""Devices and tags of a station as a CSV file, and back: all of a file or nothing of it.

A preview is the import itself, taken back: what it says is what will happen. Things are found again by their names;
what the file does not name, or has no column for, stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from unison_domain.kernel.contracts import FieldError
from unison_domain.kernel.csv_dialect import CsvDialect
from unison_domain.kernel.csv_file import CsvError
from unison_domain.stations.configuration import TagSettings
from unison_domain.stations.device_settings import DeviceSettings
from unison_domain.stations.tag_csv import (
    DEVICE,
    MACHINE,
    TAG,
    UNCHANGED,
    CsvChange,
    CsvDevice,
    CsvImport,
    CsvPreview,
    CsvTag,
    There,
    cell_of,
    read,
    write,
)

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash, Invalid, Refusal
from unison_server.kernel.problems import refusal_of
from unison_server.kernel.resource import Resource, assign
from unison_server.sites.queries import demand_in_use_above
from unison_server.stations.lines import demand_agreement
from unison_server.stations.second_signals import second_signals
from unison_server.stations.tables import Device, Station, Tag

HIDDEN = "?"
"""Stands for a machine the person may not see."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """What an import writes with.

    Attributes:
        devices, tags: as over HTTP, with all their checks but one: that lines agree is judged after all rows.
        codes: of the machines that may be read, by id. Of others a file only says that they stay.
    """

    devices: Resource[Device]
    tags: Resource[Tag]
    codes: Mapping[UUID, str]


@dataclass
class _Import:
    session: TenantSession
    station: Station
    rooms: Rooms
    forced_reason: str | None
    errors: list[CsvError] = field(default_factory=list)
    changes: list[CsvChange] = field(default_factory=list)
    written: list[tuple[int, Device]] = field(default_factory=list)
    meant: dict[UUID, int] = field(default_factory=dict)
    """The rows of tags that mean something else for their machine from now on, by the tag."""


def export_csv(
    session: TenantSession, station: Station, codes: Mapping[UUID, str], dialect: CsvDialect = CsvDialect.POINT
) -> str:
    """The file of a station's active devices and tags."""
    devices = _rows_of(session, Device, Device.station_id == station.id)
    tags = _rows_of(session, Tag, Tag.device_id.in_([device.id for device in devices]))
    rows = (
        CsvDevice(0, _device_settings(device), [_csv_tag(tag, codes) for tag in tags if tag.device_id == device.id])
        for device in devices
    )
    return write(rows, dialect)


def preview(session: TenantSession, station: Station, wanted: CsvImport, rooms: Rooms) -> CsvPreview:
    """What `apply` would do, and everything that is wrong."""
    taken_back = session.begin_nested()
    try:
        return _imported(session, station, wanted, rooms)
    finally:
        taken_back.rollback()


def apply(session: TenantSession, station: Station, wanted: CsvImport, rooms: Rooms) -> CsvPreview:
    """Create and change what the file says, all of it.

    Raises:
        Invalid: something is wrong with it; says everything that is.
        Clash: devices or tags changed since the preview that was agreed to.
    """
    done = _imported(session, station, wanted, rooms)
    if wanted.seen is not None and wanted.seen != done.seen:
        raise Clash("Devices or tags changed since the preview; look at a new one", code="changed_since_preview")
    if done.errors:
        errors = [FieldError(field=f"{e.row}.{e.column or ''}", code="csv", message=e.message) for e in done.errors]
        first = done.errors[0]
        raise Invalid(
            f"{len(errors)} mistakes, the first in row {first.row}, {first.column or 'whole row'}: {first.message}",
            code="csv_invalid",
            errors=errors,
        )
    return done


def _imported(session: TenantSession, station: Station, wanted: CsvImport, rooms: Rooms) -> CsvPreview:
    demand_in_use_above(station, "station", f"{station.code} ({station.name})", "import into it")
    # Whoever imports into the same station waits here.
    session.execute(select(Station.id).where(Station.id == station.id).with_for_update())
    seen = blake2b(export_csv(session, station, rooms.codes).encode(), digest_size=8).hexdigest()
    existing = _by_name(_rows_of(session, Device, Device.station_id == station.id))
    there = {name: _there(session, found[0]) for name, found in existing.items()}
    devices, errors = read(wanted.csv, there, frozenset(rooms.codes.values()))
    work = _Import(session, station, rooms, wanted.forced_reason, errors)
    rows = sum(max(1, len(device.tags)) for device in devices)
    for device in devices:
        _import_device(work, device, existing.get(device.settings.name, []))
    _judge_lines(work)
    work.errors.sort(key=lambda error: error.row)
    warnings = second_signals(session, work.meant, rooms.codes)
    return CsvPreview(rows=rows, errors=work.errors, warnings=warnings, changes=work.changes, seen=seen)


def _judge_lines(work: _Import) -> None:
    """After all rows: so one file changes a line of several devices."""
    for row, device in work.written:
        try:
            demand_agreement(work.session, device)
        except Refusal as refusal:
            work.errors.append(CsvError(row=row, message=refusal.detail))


def _import_device(work: _Import, wanted: CsvDevice, found: Sequence[Device]) -> None:
    if len(found) > 1:
        message = f"{len(found)} devices of {work.station.code} are called so; give them different names first"
        work.errors.append(CsvError(row=wanted.row, column=DEVICE, message=message))
        return
    device = found[0] if found else None
    if not _written(work, wanted.row, "", wanted.settings, device, lambda: Device(station_id=work.station.id)):
        return
    device = device or next(
        row
        for row in _rows_of(work.session, Device, Device.station_id == work.station.id)
        if row.name == wanted.settings.name
    )
    existing = _by_name(_rows_of(work.session, Tag, Tag.device_id == device.id))
    for tag in wanted.tags:
        _import_tag(work, device, tag, existing.get(tag.settings.name, []))


def _import_tag(work: _Import, device: Device, wanted: CsvTag, found: Sequence[Tag]) -> None:
    if len(found) > 1:
        message = f"{len(found)} tags of {device.name} are called so; give them different names first"
        work.errors.append(CsvError(row=wanted.row, column=TAG, message=message))
        return
    existing = found[0] if found else None
    try:
        settings = wanted.settings.model_copy(update={"machine_id": _machine_of(work, wanted, existing)})
    except LookupError as error:
        work.errors.append(CsvError(row=wanted.row, column=MACHINE, message=str(error)))
        return
    _written(work, wanted.row, device.name, settings, existing, lambda: Tag(device_id=device.id))


def _there(session: TenantSession, device: Device) -> There:
    """What the rows of a file are laid over; of several of one name the import tells later."""
    tags = _by_name(_rows_of(session, Tag, Tag.device_id == device.id))
    return There(_device_settings(device), {name: _tag_settings(found[0]) for name, found in tags.items()})


def _machine_of(work: _Import, wanted: CsvTag, existing: Tag | None) -> UUID | None:
    if MACHINE not in wanted.columns:
        return existing.machine_id if existing else None
    if wanted.keeps_machine:
        if existing is None:
            raise LookupError(f"{UNCHANGED} is for tags that are there already: name a machine, or none")
        return existing.machine_id
    if wanted.machine is None:
        return None
    return next(id_ for id_, code in work.rooms.codes.items() if code == wanted.machine)


def _written(
    work: _Import,
    row: int,
    device: str,
    settings: DeviceSettings | TagSettings,
    existing: Device | Tag | None,
    make: Callable[[], Device | Tag],
) -> bool:
    """Whether the row is as the file says now; unchanged ones are left alone, and what is refused is noted."""
    wanted = settings.model_dump()
    before = _before(existing)
    differing = [name for name in wanted if existing is None or wanted[name] != before[name]]
    if not differing:
        return True
    resource: Resource[Any] = work.rooms.devices if isinstance(settings, DeviceSettings) else work.rooms.tags
    try:
        with work.session.begin_nested():
            target = existing or make()
            assign(target, {**wanted, "forced_reason": work.forced_reason if existing else None})
            work.session.add(target)
            resource.write(work.session, target, "updated" if existing else "created")
            if isinstance(target, Device):
                work.written.append((row, target))
            elif not {"role", "machine_id"}.isdisjoint(differing):
                work.meant[target.id] = row
    except (Refusal, DBAPIError) as error:
        refusal = error if isinstance(error, Refusal) else refusal_of(error)
        if refusal is None:
            raise
        work.errors.append(CsvError(row=row, message=refusal.detail))
        return False
    work.changes.append(_change(work, row, device, settings, differing, before))
    return True


def _change(
    work: _Import,
    row: int,
    device: str,
    settings: DeviceSettings | TagSettings,
    differing: Sequence[str],
    before: Mapping[str, Any],
) -> CsvChange:
    fields = differing if before else []
    after = settings.model_dump()
    return CsvChange(
        row=row,
        thing="device" if isinstance(settings, DeviceSettings) else "tag",
        name=settings.name,
        device=device,
        action="update" if before else "create",
        fields=[MACHINE if field == "machine_id" else field for field in fields],
        before=[_cell(work, field, before[field]) for field in fields],
        after=[_cell(work, field, after[field]) for field in fields],
    )


def _cell(work: _Import, field: str, value: Any) -> str:
    """As in the file; of a machine the person may not see only that there is one."""
    if field != "machine_id" or value is None:
        return cell_of(field, value)
    return work.rooms.codes.get(value, HIDDEN)


def _rows_of(session: TenantSession, table: type[Any], condition: Any) -> Sequence[Any]:
    return session.scalars(select(table).where(condition, table.is_active).order_by(table.name, table.id)).all()


def _by_name(rows: Sequence[Any]) -> dict[str, list[Any]]:
    """Rows by name as files and forms have it; some were written before blanks around names were taken off."""
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.name.strip(), []).append(row)
    return found


def _before(existing: Device | Tag | None) -> dict[str, Any]:
    if existing is None:
        return {}
    settings = _device_settings(existing) if isinstance(existing, Device) else _tag_settings(existing)
    return settings.model_dump()


def _device_settings(row: Device) -> DeviceSettings:
    return DeviceSettings.model_validate({name: getattr(row, name) for name in DeviceSettings.model_fields})


def _tag_settings(row: Tag) -> TagSettings:
    return TagSettings.model_validate({name: getattr(row, name) for name in TagSettings.model_fields})


def _csv_tag(tag: Tag, codes: Mapping[UUID, str]) -> CsvTag:
    settings = _tag_settings(tag).model_copy(update={"machine_id": None})
    if tag.machine_id is None:
        return CsvTag(0, settings)
    code = codes.get(tag.machine_id)
    return CsvTag(0, settings, code, keeps_machine=code is None)
