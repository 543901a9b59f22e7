"""Changed counters wait for the end of a run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from unison_domain.machines.run_boundary import at_boundary, moved_counters
from unison_domain.stations.configuration import (
    AgentConfiguration,
    CounterBaseline,
    DeviceConfiguration,
    MachineConfiguration,
    RegisterTable,
    SignalRole,
    TagConfiguration,
    ValueType,
)
from unison_domain.stations.device_settings import Driver

NOBODY, PLC, METER = UUID(int=0), UUID(int=1), UUID(int=2)
MILL, LATHE = UUID(int=11), UUID(int=12)
GOOD, SCRAP, HEAT = UUID(int=21), UUID(int=22), UUID(int=23)


def tag(id_: UUID, address: int, role: SignalRole, machine: UUID | None = MILL, **more: Any) -> TagConfiguration:
    fields = {"table": RegisterTable.HOLDING_REGISTER, "type": ValueType.UINT16, "device_id": PLC, "name": str(id_)}
    return TagConfiguration(id=id_, address=address, role=role, machine_id=machine, **{**fields, **more})


def plc(*tags: TagConfiguration, **more: Any) -> DeviceConfiguration:
    return DeviceConfiguration(**{"id": PLC, "station_id": NOBODY, "name": "PLC", "host": "plc", "tags": tags, **more})


def configured(*devices: DeviceConfiguration, version: int = 1, machines: tuple[UUID, ...] = (MILL, LATHE)) -> Any:
    return AgentConfiguration(
        agent_id=NOBODY,
        organization_id=NOBODY,
        version=version,
        name="agent",
        devices=devices,
        machines=tuple(MachineConfiguration(id=id_, code=str(id_)[-2:], name="m") for id_ in machines),
    )


TAKEN_OVER = CounterBaseline(raw=5, at=datetime(2026, 11, 20, tzinfo=UTC))
GOOD_TAG, HEAT_TAG = tag(GOOD, 0, SignalRole.COUNT_GOOD), tag(HEAT, 9, SignalRole.SAMPLE)
BEFORE = configured(plc(GOOD_TAG, HEAT_TAG))


@pytest.mark.parametrize(
    "change",
    [
        {"address": 5},
        {"scale": 2.0},
        {"type": ValueType.UINT32},
        {"rollover": 1000},
        {"role": SignalRole.COUNT_SCRAP},
        {"machine_id": LATHE},
    ],
)
def test_a_counter_that_counts_something_else_waits_while_its_machine_runs(change: dict[str, Any]) -> None:
    new_heat = HEAT_TAG.model_copy(update={"address": 99})
    wanted = configured(plc(GOOD_TAG.model_copy(update=change), new_heat), version=2)
    held = at_boundary(BEFORE, wanted, {MILL})
    assert held.configuration.devices == (plc(GOOD_TAG, new_heat),), "what is no counter changes at once"
    assert (held.configuration.version, [one.tag_id for one in held.waiting]) == (2, [GOOD])
    assert at_boundary(BEFORE, wanted, {LATHE}) == (wanted, ())
    assert at_boundary(BEFORE, wanted, ()) == (wanted, ())
    assert [moved.tag.id for moved in moved_counters(BEFORE, wanted)] == [GOOD]


def test_who_forces_it_has_it_at_once() -> None:
    wanted = configured(plc(GOOD_TAG.model_copy(update={"address": 5, "forced": True}), HEAT_TAG))
    assert at_boundary(BEFORE, wanted, {MILL}) == (wanted, ())


@pytest.mark.parametrize(
    "change", [{"name": "x"}, {"max_rate": 3.0}, {"poll_seconds": 0.5}, {"deadband": 1.0}, {"unit": "pcs"}]
)
def test_what_leaves_the_baseline_right_holds_at_once(change: dict[str, Any]) -> None:
    wanted = configured(plc(GOOD_TAG.model_copy(update=change), HEAT_TAG))
    assert at_boundary(BEFORE, wanted, {MILL}) == (wanted, ())


def test_a_device_that_moves_waits_as_a_whole_unless_forced() -> None:
    wanted = configured(plc(GOOD_TAG, HEAT_TAG, host="other"))
    held = at_boundary(BEFORE, wanted, {MILL})
    assert held.configuration.devices == BEFORE.devices
    assert [one.machine_id for one in held.waiting] == [MILL]
    forced = configured(plc(GOOD_TAG, HEAT_TAG, host="other", forced=True))
    assert at_boundary(BEFORE, forced, {MILL}) == (forced, ())


def test_a_device_forced_before_does_not_force_its_counters() -> None:
    before = configured(plc(GOOD_TAG, forced=True))
    wanted = configured(plc(GOOD_TAG.model_copy(update={"address": 5}), forced=True))
    assert [one.tag_id for one in at_boundary(before, wanted, {MILL}).waiting] == [GOOD]


def test_the_number_that_a_change_gives_a_lease_does_not_let_it_through() -> None:
    wanted = configured(plc(GOOD_TAG.model_copy(update={"address": 5, "lease": 7}), HEAT_TAG))
    assert [one.tag_id for one in at_boundary(BEFORE, wanted, {MILL}).waiting] == [GOOD]


def test_what_is_gone_or_taken_over_is_not_held_back() -> None:
    for wanted in (
        configured(plc(HEAT_TAG)),
        configured(),
        configured(plc(GOOD_TAG.model_copy(update={"address": 5, "lease": 7, "baseline": TAKEN_OVER}), HEAT_TAG)),
        configured(plc(GOOD_TAG.model_copy(update={"address": 5}), HEAT_TAG), machines=(LATHE,)),
    ):
        assert at_boundary(BEFORE, wanted, {MILL}) == (wanted, ())


def test_devices_of_one_serial_line_wait_together() -> None:
    serial: dict[str, Any] = {"driver": Driver.MODBUS_RTU, "serial_port": "usb-1", "host": None}
    meter: dict[str, Any] = {"id": METER, "name": "meter", "unit_id": 2, **serial}
    before = configured(plc(GOOD_TAG, baud_rate=9600, **serial), plc(baud_rate=9600, **meter))
    wanted = configured(plc(GOOD_TAG, baud_rate=19_200, **serial), plc(baud_rate=19_200, **meter), version=2)
    if (held := at_boundary(before, wanted, {MILL})).waiting:
        assert held.configuration.devices == before.devices
    moved = plc(GOOD_TAG, **{**serial, "serial_port": "usb-2"}, baud_rate=19_200)
    both = at_boundary(before, configured(moved, plc(baud_rate=19_200, **meter)), {MILL})
    assert both.configuration.devices == before.devices
    AgentConfiguration.model_validate(both.configuration.model_dump())


def test_what_moved_away_from_where_nobody_is_reached_does_not_wait() -> None:
    wanted = configured(plc(GOOD_TAG, HEAT_TAG, host="other"))
    assert [one.moved_device for one in at_boundary(BEFORE, wanted, {MILL}).waiting] == [PLC]
    assert at_boundary(BEFORE, wanted, {MILL}, lost={METER}).waiting != ()
    assert at_boundary(BEFORE, wanted, {MILL}, lost={PLC}) == (wanted, ())
    other_register = configured(plc(GOOD_TAG.model_copy(update={"address": 5})))
    assert at_boundary(BEFORE, other_register, {MILL}, lost={PLC}).waiting != (), "it is still to be read there"


@pytest.mark.parametrize(
    ("device", "tag", "is_forced"),
    [
        ({"host": "other"}, {}, False),
        ({"host": "other", "forced": True}, {}, True),
        ({"host": "other"}, {"forced": True}, False),
        ({}, {"address": 5, "forced": True}, True),
        ({"forced": True}, {"address": 5}, False),
    ],
)
def test_moved_by_force_is_what_a_person_forced(device: dict[str, Any], tag: dict[str, Any], is_forced: bool) -> None:
    """Whatever let it through: what moved away from a dead place did so by itself."""
    wanted = configured(plc(GOOD_TAG.model_copy(update=tag), HEAT_TAG, **device))
    assert [moved.is_forced for moved in moved_counters(BEFORE, wanted)] == [is_forced]


def test_a_line_that_waits_keeps_no_other_device_waiting() -> None:
    serial: dict[str, Any] = {"driver": Driver.MODBUS_RTU, "serial_port": "usb-1", "host": None}
    meter: dict[str, Any] = {"id": METER, "name": "meter", "unit_id": 2, **serial}
    elsewhere = plc(HEAT_TAG, id=UUID(int=3), name="new")
    also_new = plc(id=UUID(int=4), name="new on the line", unit_id=3, baud_rate=19_200, **serial)
    before = configured(plc(GOOD_TAG, baud_rate=9600, **serial), plc(baud_rate=9600, **meter))
    moved = plc(GOOD_TAG, baud_rate=19_200, **{**serial, "unit_id": 9})
    wanted = configured(moved, plc(baud_rate=19_200, **meter), elsewhere, also_new, version=2)
    held = at_boundary(before, wanted, {MILL})
    assert held.configuration.devices == (*before.devices, elsewhere)
    AgentConfiguration.model_validate(held.configuration.model_dump())
