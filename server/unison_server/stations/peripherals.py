"""Scanners, gauges and cameras of stations: what is held before one is written, and how they fare."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import inspect, or_, select, text
from unison_domain.kernel.contracts import FieldError
from unison_domain.kernel.units import plain_unit
from unison_domain.kernel.written_pattern import STORED
from unison_domain.quality.contracts import CharacteristicConfiguration
from unison_domain.stations.camera_address import with_password_of, without_password
from unison_domain.stations.camera_settings import CameraSettings
from unison_domain.stations.gauge_formats import may_name_unit, poll_command
from unison_domain.stations.gauge_settings import GaugeChannel, GaugeSettings
from unison_domain.stations.one_characteristic import on_one_characteristic
from unison_domain.stations.peripheral_contracts import (
    PeripheralAnswer,
    PeripheralCreate,
    PeripheralReplace,
    place_of,
    port_words,
)
from unison_domain.stations.peripheral_reports import PeripheralReport
from unison_domain.stations.peripherals import PeripheralSettings
from unison_domain.stations.picture_tools import PictureTool

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Clash, Invalid
from unison_server.kernel.paging import Equals, Order, Search
from unison_server.kernel.resource import Resource
from unison_server.sites.queries import demand_writable
from unison_server.stations.arrival import Characteristics
from unison_server.stations.in_use import demand_device_endable, demand_station, is_new
from unison_server.stations.peripheral_tables import Peripheral
from unison_server.stations.tables import AgentReport, Device, Station
from unison_server.stations.telling import plant_of_device
from unison_server.stations.tool_units import demand_unit_of_tool, tools_anew

_SETTINGS: TypeAdapter[PeripheralSettings] = TypeAdapter(PeripheralSettings)
_REPORTS = TypeAdapter(list[PeripheralReport])
_PLACE_FIELDS = {"camera": "settings.source", "keyboard": "settings.keyboard", "serial": "settings.serial.port"}
_OCCUPANTS = text(
    """
    select p.id, p.name, 'peripheral' as thing, s.id as station_id, s.code as station, p.place as place
    from stations as s join peripherals as p on p.organization_id = s.organization_id and p.station_id = s.id
    where s.organization_id = :organization and s.is_active and p.is_active and p.place is not null
        and (s.id = :station or s.agent_id = :agent)
    union all
    select d.id, d.name, 'device', s.id, s.code, d.serial_port
    from stations as s join devices as d on d.organization_id = s.organization_id and d.station_id = s.id
    where s.organization_id = :organization and s.is_active and d.is_active and d.serial_port is not null
        and (s.id = :station or s.agent_id = :agent)
    order by station, name, id
    """
)


class _Occupant(NamedTuple):
    """What has a place at a PC; devices may share theirs with devices."""

    id: UUID
    name: str
    is_device: bool
    station_id: UUID
    station: str
    place: str

    def is_in_the_way_of(self, other: _Occupant) -> bool:
        """Whether both can't be at one PC."""
        return self.id != other.id and self.place == other.place and not (self.is_device and other.is_device)


def demand_free_port(session: TenantSession, device: Device) -> None:
    """Whether no scanner or gauge has the serial port of a device.

    Raises:
        Invalid: one of its agent has; names it.
    """
    if device.is_active is False or device.serial_port is None:
        return
    with session.no_autoflush:
        station = session.need(Station, device.station_id, "station")
        own = _Occupant(device.id, device.name, True, station.id, station.code, port_words(device.serial_port))
        _demand_free(session, station, own, "serial_port")


def demand_places_apart(session: TenantSession, station: Station) -> None:
    """Whether what stands at the station fits the other stations of its agent.

    Raises:
        Invalid: something of the one and of the others would use the same port, keyboard or camera; names both.
    """
    with session.no_autoflush:
        occupants = _occupants(session, station)
    own = [one for one in occupants if one.station_id == station.id]
    for one in own:
        if other := next((other for other in occupants if one.is_in_the_way_of(other)), None):
            raise _taken(one, other, "agent_id")


def _demand_fits(characteristics: Characteristics, session: TenantSession, peripheral: Peripheral) -> None:
    """Its plant is writable, it stays of its kind, neither its name nor its place is somebody else's, and what it
    measures is there."""
    with session.no_autoflush:
        station = session.need(Station, peripheral.station_id, "station")
        demand_writable(session, station.plant_id)
        if is_new(peripheral):
            demand_station(session, peripheral)
        settings = _SETTINGS.validate_python(peripheral.settings, context=STORED)
        _demand_kind(peripheral, settings)
        if isinstance(settings, CameraSettings):
            settings = _complete(peripheral, settings)
        if peripheral.is_active is False:
            return
        _demand_name(session, station, peripheral, settings.name)
        _demand_characteristics(session, station, peripheral, settings, characteristics)
        if place := place_of(settings):
            own = _Occupant(peripheral.id, settings.name, False, station.id, station.code, place)
            _demand_free(session, station, own, _PLACE_FIELDS[place.split()[0]])


def _demand_kind(peripheral: Peripheral, settings: PeripheralSettings) -> None:
    before = _before(peripheral)
    if before is not None and before.kind != settings.kind:
        raise _invalid(
            "settings.kind",
            "kind_stays",
            f"{before.name} is a {before.kind} and stays one, because what it said before is kept under it; "
            f"put it away and make a {settings.kind}",
        )


def _complete(peripheral: Peripheral, settings: CameraSettings) -> CameraSettings:
    """With the password that people are not shown, without a calibration the change made void. Raises Invalid."""
    before = _before(peripheral)
    known = before if isinstance(before, CameraSettings) else None
    try:
        source = with_password_of(settings.source, known.source if known is not None else None)
    except ValueError as error:
        raise _invalid("settings.source", "password_missing", str(error)) from None
    whole = settings.model_copy(update={"source": source})
    if known is not None:
        whole = whole.without_void_calibration(known)
    if whole != settings:
        peripheral.settings = whole.model_dump(mode="json")
    return whole


def _before(peripheral: Peripheral) -> PeripheralSettings | None:
    """Its settings before this change; None of a new one, and where they stay."""
    for old in inspect(peripheral).attrs.settings.history.deleted or ():
        return _SETTINGS.validate_python(old, context=STORED)
    return None


def _demand_characteristics(
    session: TenantSession,
    station: Station,
    peripheral: Peripheral,
    settings: PeripheralSettings,
    characteristics: Characteristics,
) -> None:
    """Those it measures anew are in use in its plant, in units that are said; what was named before may have been put
    away since."""
    if isinstance(settings, CameraSettings):
        _demand_tools_apart(settings)
    before = _before(peripheral)
    if isinstance(settings, GaugeSettings) and (before is not None or is_new(peripheral)):
        _demand_channels_apart(settings, before)
        _demand_question(settings, before)
    anew = {id_: field for field, id_ in _measured(settings) if id_ not in {id_ for _, id_ in _measured(before)}}
    in_unit = {id_ for _, id_ in _measured(settings)} if _is_set_otherwise(settings, before) else set(anew)
    tools = tools_anew(settings, before) if before is not None or is_new(peripheral) else []
    known = {one.id: one for one in characteristics(session, {station.plant_id})} if in_unit or tools else {}
    for id_, field in anew.items():
        if id_ not in known:
            raise _invalid(
                field,
                "no_such",
                f"No characteristic {id_} is in use in the plant of station {station.code}; choose one",
            )
        if known[id_].unit and isinstance(settings, GaugeSettings) and not (settings.unit or may_name_unit(settings)):
            raise _invalid(
                "settings.unit",
                "required",
                f"{settings.name} names no unit with its values: say in which unit it is set, as "
                f"{known[id_].name} is measured in {known[id_].unit}",
            )

    for id_ in in_unit & set(known):
        _demand_unit(known[id_], settings)
    for field, tool in tools:
        if tool.characteristic_id in known:
            demand_unit_of_tool(field, tool, known[tool.characteristic_id])


def _is_set_otherwise(settings: PeripheralSettings, before: PeripheralSettings | None) -> bool:
    """Whether what says the unit of its values is another than before."""
    return before is not None and any(
        getattr(settings, name, None) != getattr(before, name, None) for name in ("unit", "format", "pattern")
    )


def _demand_unit(measured: CharacteristicConfiguration, settings: PeripheralSettings) -> None:
    """A gauge that names no unit with its values has them in the one it is set to, which no other is made of."""
    if not isinstance(settings, GaugeSettings) or settings.unit is None or may_name_unit(settings):
        return
    if plain_unit(settings.unit) != plain_unit(measured.unit):
        raise _invalid(
            "settings.unit",
            "unit_differs",
            f"{settings.name} is set to {settings.unit}, but {measured.name} is measured in "
            f"{measured.unit or 'a number without unit'}: set the gauge to that unit",
        )


def _demand_question(settings: GaugeSettings, before: PeripheralSettings | None) -> None:
    """One that shall be asked can be; what was saved when this was let through may stay as it is."""
    is_asked = settings.poll_seconds is not None or settings.foot_switch is not None
    if not is_asked or poll_command(settings) is not None:
        return
    asked = ("format", "poll", "poll_seconds", "foot_switch")
    if before is not None and all(getattr(before, name, None) == getattr(settings, name) for name in asked):
        return
    raise _invalid(
        "settings.poll",
        "required",
        f"The format {settings.format} has no command that asks for a value: give it, or have the gauge send by itself",
    )


def _demand_tools_apart(settings: CameraSettings) -> None:
    if pair := on_one_characteristic(settings.tools):
        first, second = pair
        raise _invalid(
            f"settings.tools.{settings.tools.index(second)}.characteristic_id",
            "taken",
            f"{second.name} measures the same characteristic as {first.name}, and its chart would mix the two; "
            "choose another or make one",
        )


def _demand_channels_apart(settings: GaugeSettings, before: PeripheralSettings | None) -> None:
    """Channels that were saved when this was let through may stay as they are."""
    if isinstance(before, GaugeSettings) and before.channels == settings.channels:
        return
    if pair := on_one_characteristic(settings.channels):
        first, second = (f"“{one.channel or ''}”" for one in pair)
        raise _invalid(
            f"settings.channels.{settings.channels.index(pair[1])}.characteristic_id",
            "taken",
            f"Channel {second} measures the same characteristic as channel {first}, and its chart would mix the two; "
            "choose another or make one",
        )


def _measured(settings: PeripheralSettings | None) -> list[tuple[str, UUID]]:
    """The characteristics it measures, each with the field that names it."""
    named: dict[str, Sequence[GaugeChannel | PictureTool]] = {}
    if isinstance(settings, GaugeSettings):
        named = {"channels": settings.channels}
    elif isinstance(settings, CameraSettings):
        named = {"tools": settings.tools}
    return [
        (f"settings.{name}.{place}.characteristic_id", one.characteristic_id)
        for name, parts in named.items()
        for place, one in enumerate(parts)
    ]


def measuring(session: TenantSession, characteristic_id: UUID) -> list[str]:
    """Gauges and cameras in use that measure it, each with its station, as people call them."""
    named = {"characteristic_id": str(characteristic_id)}
    statement = (
        select(Peripheral.name, Station.code)
        .join(Station, (Station.organization_id == Peripheral.organization_id) & (Station.id == Peripheral.station_id))
        .where(
            Peripheral.organization_id == session.organization_id,
            Peripheral.is_active,
            Station.is_active,
            or_(*(Peripheral.settings.contains({parts: [named]}) for parts in ("channels", "tools"))),
        )
        .order_by(Station.code, Peripheral.name)
    )
    return [f"{name} at station {station}" for name, station in session.execute(statement)]


def _demand_name(session: TenantSession, station: Station, peripheral: Peripheral, name: str) -> None:
    other = select(Peripheral.id).where(
        Peripheral.station_id == station.id,
        Peripheral.name == name,
        Peripheral.is_active,
        Peripheral.id != peripheral.id,
    )
    if session.scalar(other) is not None:
        message = f"{name} is another scanner, gauge or camera of station {station.code}; give this one another name"
        raise Clash(message, code="taken", errors=[FieldError(field="settings.name", code="taken", message=message)])


def _demand_free(session: TenantSession, station: Station, own: _Occupant, field: str) -> None:
    for other in _occupants(session, station):
        if own.is_in_the_way_of(other):
            raise _taken(own, other, field)


def _occupants(session: TenantSession, station: Station) -> list[_Occupant]:
    """Of the station and of its agent's others, as far as they may be seen; a trigger sees them all."""
    said = {"organization": session.organization_id, "station": station.id, "agent": station.agent_id}
    return [
        _Occupant(
            row.id,
            row.name,
            row.thing == "device",
            row.station_id,
            row.station,
            port_words(row.place) if row.thing == "device" else row.place,
        )
        for row in session.execute(_OCCUPANTS, said)
    ]


def _taken(own: _Occupant, other: _Occupant, field: str) -> Invalid:
    return _invalid(
        field,
        "place_taken",
        f"{own.name} and {other.name} at station {other.station} would both use the {own.place} of one PC; "
        "give one of them another, or put it away",
    )


def _invalid(field: str, code: str, message: str) -> Invalid:
    return Invalid(message, code=code, errors=[FieldError(field=field, code=code, message=message)])


def peripheral_answers_of(session: TenantSession, peripherals: Sequence[Peripheral]) -> list[PeripheralAnswer]:
    """Peripherals with how they fare."""
    stations = {peripheral.station_id for peripheral in peripherals}
    reports = session.execute(
        select(AgentReport.peripherals, AgentReport.last_seen_at)
        .join(Station, (Station.organization_id == AgentReport.organization_id) & (Station.agent_id == AgentReport.id))
        .where(Station.id.in_(stations))
    )
    said = {
        one.peripheral_id: (one, told_at) for report, told_at in reports for one in _REPORTS.validate_python(report)
    }
    return [_answer(peripheral, *said.get(peripheral.id, (None, None))) for peripheral in peripherals]


def _answer(peripheral: Peripheral, report: PeripheralReport | None, told_at: datetime | None) -> PeripheralAnswer:
    answer = PeripheralAnswer.model_validate(peripheral)
    if isinstance(answer.settings, CameraSettings):
        shown = {"source": without_password(answer.settings.source)}
        answer = answer.model_copy(update={"settings": answer.settings.model_copy(update=shown)})
    if report is None or not peripheral.is_active:
        return answer
    said = {"state": report.state, "message": report.message, "told_at": told_at, "refused": [*report.refused]}
    return answer.model_copy(update=said)


def peripherals_resource(characteristics: Characteristics) -> Resource[Peripheral]:
    """Scanners, gauges and cameras, held to their PC and to what is measured in their plant."""
    return Resource(
        table=Peripheral,
        name="peripheral",
        plural="peripherals",
        permission="stations.peripheral",
        answer=PeripheralAnswer,
        create=PeripheralCreate,
        replace=PeripheralReplace,
        order=Order({"name": Peripheral.name, "kind": Peripheral.kind, "updated_at": Peripheral.updated_at}, "name"),
        columns=("name", "kind", "state", "message", "is_active"),
        filters=(Equals(Peripheral.station_id), Equals(Peripheral.kind), Equals(Peripheral.is_active)),
        search=Search("peripheral", words=(Peripheral.name,)),
        present=peripheral_answers_of,
        demand_returnable=demand_station,
        demand_endable=demand_device_endable,
        before_write=partial(_demand_fits, characteristics),
        told_in=plant_of_device,
    )
