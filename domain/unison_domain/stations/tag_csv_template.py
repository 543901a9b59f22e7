"""A file of tags to begin with: a device on the network and one on a serial line, each with tags of its kind."""

from __future__ import annotations

from unison_domain.kernel.csv_dialect import CsvDialect
from unison_domain.machines.contracts import MachineState
from unison_domain.stations.configuration import RegisterTable, SignalRole, TagSettings, ValueType
from unison_domain.stations.device_settings import DeviceSettings, Driver
from unison_domain.stations.tag_csv import CsvDevice, CsvTag, write

_HOLDING, _INPUT = RegisterTable.HOLDING_REGISTER, RegisterTable.INPUT_REGISTER
_PRESS = (
    TagSettings(name="Running", role=SignalRole.RUN, table=_HOLDING, address=0, type=ValueType.BOOL),
    TagSettings(name="Good parts", role=SignalRole.COUNT_GOOD, table=_HOLDING, address=1, type=ValueType.UINT32),
    TagSettings(
        name="Alarms",
        role=SignalRole.ALARM,
        table=_HOLDING,
        address=3,
        type=ValueType.UINT16,
        alarms={0: "Guard open", 1: "Oil low"},
    ),
    TagSettings(
        name="Mode",
        role=SignalRole.MODE,
        table=_HOLDING,
        address=4,
        type=ValueType.UINT16,
        states={1: MachineState.SETUP, 2: MachineState.MAINTENANCE},
    ),
    TagSettings(name="Oil", table=_HOLDING, address=5, type=ValueType.INT16, scale=0.1, unit="°C", sentinels=(32767,)),
)
_METER = TagSettings(name="Power", table=_INPUT, address=12, type=ValueType.FLOAT32, unit="W", poll_seconds=5.0)


def template(dialect: CsvDialect) -> str:
    """The file. Its devices belong to nobody, and its tags to no machine: they are to be written over."""
    press = DeviceSettings(name="Example press", host="192.168.1.20")
    meter = DeviceSettings(name="Example meter", driver=Driver.MODBUS_RTU, serial_port="usb-EXAMPLE-port0", unit_id=3)
    rows = (
        CsvDevice(0, press, [CsvTag(0, one) for one in _PRESS]),
        CsvDevice(0, meter, [CsvTag(0, _METER)]),
    )
    return write(rows, dialect)
