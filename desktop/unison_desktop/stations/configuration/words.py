"""What the terms of devices and tags are called where people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unison_domain.machines.contracts import MachineState
from unison_domain.stations.configuration import ByteOrder, RegisterTable, SignalRole, StringBytes, ValueType
from unison_domain.stations.device_settings import Driver, Parity
from unison_domain.stations.events import Quality

from unison_desktop.kernel.texts import _

DRIVERS = {
    Driver.MODBUS_TCP: _("Modbus TCP"),
    Driver.MODBUS_RTU: _("Modbus RTU, serial port"),
    Driver.MODBUS_RTU_TCP: _("Modbus RTU through a serial server"),
}
PARITIES = {Parity.EVEN: _("even"), Parity.NONE: _("none"), Parity.ODD: _("odd")}
TABLES = {
    RegisterTable.HOLDING_REGISTER: _("Holding registers (4x)"),
    RegisterTable.INPUT_REGISTER: _("Input registers (3x)"),
    RegisterTable.COIL: _("Coils (0x)"),
    RegisterTable.DISCRETE_INPUT: _("Discrete inputs (1x)"),
}
TYPES = {
    ValueType.BOOL: _("bit (on or off)"),
    ValueType.UINT16: _("uint16: 0 to 65,535"),
    ValueType.INT16: _("int16: with sign"),
    ValueType.UINT32: _("uint32: two registers"),
    ValueType.INT32: _("int32: two registers, with sign"),
    ValueType.FLOAT32: _("float32: two registers"),
    ValueType.UINT64: _("uint64: four registers"),
    ValueType.INT64: _("int64: four registers, with sign"),
    ValueType.FLOAT64: _("float64: four registers"),
    ValueType.FLOAT16: _("float16: one register"),
    ValueType.UINT8: _("uint8: low byte"),
    ValueType.INT8: _("int8: low byte, with sign"),
    ValueType.BCD16: _("BCD: 4 digits"),
    ValueType.BCD32: _("BCD: 8 digits"),
    ValueType.BITS: _("some bits of a register"),
    ValueType.STRING: _("text"),
}
ORDERS = {
    ByteOrder.ABCD: _("ABCD: as the standard has it"),
    ByteOrder.CDAB: _("CDAB: words swapped"),
    ByteOrder.BADC: _("BADC: bytes swapped"),
    ByteOrder.DCBA: _("DCBA: both swapped"),
}
STRING_BYTES = {
    StringBytes.BOTH: _("two characters in a register"),
    StringBytes.LOW: _("one, in the low byte"),
    StringBytes.HIGH: _("one, in the high byte"),
}
ROLES = {
    SignalRole.SAMPLE: _("Only recorded"),
    SignalRole.RUN: _("Machine runs"),
    SignalRole.COUNT_GOOD: _("Counts good parts"),
    SignalRole.COUNT_SCRAP: _("Counts scrap"),
    SignalRole.COUNT_TOTAL: _("Counts all parts"),
    SignalRole.MODE: _("Mode of the machine"),
    SignalRole.ALARM: _("Alarms"),
    SignalRole.EMERGENCY_STOP: _("Emergency stop"),
    SignalRole.STARVED: _("Waits for material"),
    SignalRole.BLOCKED: _("Can't hand on"),
    SignalRole.SPEED: _("Speed"),
    SignalRole.CYCLE: _("Beat: changes with each cycle"),
}
QUALITIES = {
    Quality.GOOD: _("good"),
    Quality.UNCERTAIN: _("uncertain"),
    Quality.BAD: _("bad"),
    Quality.STALE: _("no answer"),
}
STATES = ", ".join(state for state in MachineState if state is not MachineState.UNKNOWN)


def resting_words(machine: str) -> str:
    """Of a tag whose machine, of this code, was put away."""
    return _("not read: {machine} is put away").format(machine=machine)


def choices(words: Mapping[Any, str]) -> dict[str, str]:
    """The same with plain strings for keys, as JSON has them."""
    return {str(key): text for key, text in words.items()}
