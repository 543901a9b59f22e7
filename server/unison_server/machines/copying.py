"""A machine like another one: with its settings, its tags read elsewhere, and what its alarms mean."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import func, select
from unison_domain.kernel.contracts import FieldError
from unison_domain.machines.contracts import MachineCreate
from unison_domain.machines.copying import DeviceOfCopy, MachineCopied, MachineCopy, renamed
from unison_domain.machines.sources import PLACE
from unison_domain.stations.configuration import COUNT_ROLES, TagSettings, ValueType

from unison_server.kernel.database import TenantSession
from unison_server.kernel.errors import Invalid
from unison_server.kernel.resource import Resource, assign
from unison_server.machines.downtime.reasons import rules
from unison_server.machines.downtime_tables import AlarmReason
from unison_server.machines.tables import Machine
from unison_server.stations.tables import Device, Station, Tag

_OF_ONE_ALONE = frozenset({"serial_number", "installation_date", "purchase_cost", "location"})
"""What is known of one machine and not of another that is built alike."""
_LONGEST_NAME = 200


def copy_machine(
    session: TenantSession,
    machine: Machine,
    wanted: MachineCopy,
    machines: Resource[Machine],
    devices: Resource[Device],
    tags: Resource[Tag],
) -> MachineCopied:
    """Make it; what is written passes the checks of `machines`, `devices` and `tags`.

    Raises:
        NotFound, NotAllowed: a device or the station is not there, or its plant is not writable.
        Invalid: the machine has no tags in a device named, a device's copy would be called as another of its station, a
            copied tag would read what its original reads or another counter counts, or lie outside the addresses there
            are.
    """
    copy = _machine_like(session, machine, wanted)
    session.add(copy)
    machines.write(session, copy, "created")
    made_devices: list[UUID] = []
    made_tags: list[UUID] = []
    for number, place in enumerate(wanted.devices):
        device = session.need(Device, place.device_id, "device")
        originals = _tags_of(session, machine, device)
        target = device
        if place.copy_as is not None:
            target = Device(station_id=wanted.station_id or device.station_id)
            assign(target, place.copy_as.model_dump())
            _demand_own_name(session, target, f"devices.{number}.copy_as.name")
            session.add(target)
            devices.write(session, target, "created")
            made_devices.append(target.id)
        if place.address_shift == 0:
            _demand_another_place(session, device, target, machine, copy)
        copied = [_settings(original, machine, copy, place) for original in originals]
        _demand_own_counters(session, target, copy, copied)
        for settings in copied:
            tag = Tag(device_id=target.id)
            assign(tag, {**settings.model_dump(), "machine_id": copy.id})
            session.add(tag)
            tags.write(session, tag, "created")
            made_tags.append(tag.id)
    told, left = _copy_rules(session, machine, copy)
    return MachineCopied(
        machine_id=copy.id, device_ids=made_devices, tag_ids=made_tags, alarm_rules=told, alarm_rules_left=left
    )


def _copy_rules(session: TenantSession, machine: Machine, copy: Machine) -> tuple[int, int]:
    """Rules that name the machine name the copy too; answers how many do, and how many can not."""
    of_machine = (AlarmReason.machine_id == machine.id, AlarmReason.is_active)
    originals = session.scalars(select(AlarmReason).where(*of_machine).order_by(AlarmReason.id)).all()
    if not session.scope.may_act_in(copy.plant_id, "machines.alarm_reason.create"):
        return 0, len(originals)
    for original in originals:
        same = {"alarm": original.alarm, "downtime_reason_id": original.downtime_reason_id, "machine_type": None}
        rule = AlarmReason()
        assign(rule, {**same, "machine_id": copy.id})
        session.add(rule)
        rules.write(session, rule, "created")
    return len(originals), 0


def _demand_own_name(session: TenantSession, target: Device, field: str) -> None:
    """Files of tags go by devices' names: where two of a station are called so, none can be read again."""
    at_station = select(Device.id).where(Device.station_id == target.station_id)
    if session.scalars(at_station.where(func.trim(Device.name) == target.name).limit(1)).one_or_none() is None:
        return
    station = session.need(Station, target.station_id, "station")
    message = (
        f"A device of {station.code} is called {target.name} already: give the copy's another name, by which files of "
        "tags know it"
    )
    raise Invalid(message, code="device_name_taken", errors=[FieldError(field=field, code="taken", message=message)])


def _demand_another_place(
    session: TenantSession, device: Device, target: Device, machine: Machine, copy: Machine
) -> None:
    """At the same addresses of the same place both machines would count each part."""
    if target is device:
        raise Invalid(
            f"In {device.name} the tags of {copy.machine_code} would read what those of {machine.machine_code} "
            "read: say by how much their addresses are shifted, or copy the device",
            code="copy_reads_the_same",
        )
    if any(getattr(target, name) != getattr(device, name) for name in PLACE):
        return
    of_one_pc = [session.need(Station, one.station_id, "station").agent_id for one in (target, device)]
    if device.serial_port is None or of_one_pc[0] == of_one_pc[1]:
        raise Invalid(
            f"{target.name} would be read where {device.name} is: give it another address, port or unit number, or say "
            "by how much the addresses of its tags are shifted",
            code="copy_reads_the_same",
        )


def _demand_own_counters(session: TenantSession, target: Device, copy: Machine, copied: Sequence[TagSettings]) -> None:
    """A shift by less than the machine is wide would count another machine's parts once more."""
    same_place = [getattr(Device, name).is_not_distinct_from(getattr(target, name)) for name in PLACE]
    if target.serial_port is not None:  # a port is one PC's
        station = session.need(Station, target.station_id, "station")
        of_pc = select(Station.id).where(Station.agent_id.is_not_distinct_from(station.agent_id))
        same_place.append(Device.station_id.in_(of_pc))
    is_others_counter = (Tag.is_active, Tag.role.in_(COUNT_ROLES), Tag.machine_id.is_distinct_from(copy.id))
    counters = session.scalars(select(Tag).join(Device).where(*same_place, *is_others_counter)).all()
    for settings in copied:
        for counter in counters if settings.role in COUNT_ROLES else ():
            if _reads_of(settings, counter):
                raise Invalid(
                    f"{settings.name} would be read at address {settings.address}, where {counter.name} counts already "
                    f"(address {counter.address}): shift the addresses further",
                    code="copy_reads_the_same",
                )


def _reads_of(settings: TagSettings, counter: Tag) -> bool:
    """Whether a tag reads some of the registers, or of the bits of one, that a counter is read from."""
    own = TagSettings.model_validate({name: getattr(counter, name) for name in TagSettings.model_fields})
    if settings.table is not own.table:
        return False
    if settings.type is own.type is ValueType.BITS and settings.address == own.address:
        return settings.bit < own.bit + own.bit_count and own.bit < settings.bit + settings.bit_count
    return settings.address < own.address + own.registers and own.address < settings.address + settings.registers


def _machine_like(session: TenantSession, machine: Machine, wanted: MachineCopy) -> Machine:
    same = {name: getattr(machine, name) for name in MachineCreate.model_fields if name not in _OF_ONE_ALONE}
    copy = Machine()
    assign(copy, {**same, "machine_code": wanted.machine_code, "name": wanted.name})
    if wanted.station_id is not None:
        station = session.need(Station, wanted.station_id, "station")
        copy.station_id = station.id
        if station.plant_id != copy.plant_id:
            copy.plant_id, copy.work_center_id = station.plant_id, None
    return copy


def _tags_of(session: TenantSession, machine: Machine, device: Device) -> Sequence[Tag]:
    found = session.scalars(
        select(Tag).where(Tag.device_id == device.id, Tag.machine_id == machine.id, Tag.is_active).order_by(Tag.id)
    ).all()
    if not found:
        raise Invalid(f"Machine {machine.machine_code} has no tags in {device.name}", code="nothing_to_copy")
    return found


def _settings(original: Tag, machine: Machine, copy: Machine, place: DeviceOfCopy) -> TagSettings:
    fields = {name: getattr(original, name) for name in TagSettings.model_fields}
    name = renamed(original.name, machine.machine_code, copy.machine_code)
    if place.copy_as is None and name == original.name:
        name = f"{name[: _LONGEST_NAME - len(copy.machine_code) - 1]} {copy.machine_code}"
    address = original.address + place.address_shift
    try:
        return TagSettings.model_validate({**fields, "name": name[:_LONGEST_NAME], "address": address})
    except ValidationError as error:
        message = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise Invalid(f"Tag {original.name} can't be at address {address}: {message}", code="copy_address") from None
