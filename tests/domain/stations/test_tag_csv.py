"""Devices and tags as CSV: exactly there and back, and every mistake told at once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from unison_domain.kernel.csv_dialect import CsvDialect
from unison_domain.machines.contracts import MachineState
from unison_domain.stations.configuration import (
    ByteOrder,
    RegisterTable,
    SignalRole,
    StringBytes,
    TagSettings,
    ValueType,
)
from unison_domain.stations.device_settings import DeviceSettings, Driver, Parity
from unison_domain.stations.tag_csv import COLUMNS, UNCHANGED, CsvDevice, CsvTag, There, read, write

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=20)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


def valid(model: type[Any], fields: dict[str, Any]) -> Any:
    try:
        return model(**fields)
    except ValidationError:
        return None


DEVICES = st.fixed_dictionaries(
    {"name": NAMES, "driver": st.sampled_from(Driver)},
    optional={
        "host": NAMES,
        "port": st.integers(1, 65_535),
        "serial_port": NAMES,
        "baud_rate": st.sampled_from([9600, 19_200]),
        "parity": st.sampled_from(Parity),
        "unit_id": st.integers(1, 247),
        "timeout_seconds": st.floats(0.02, 30),
        "max_gap": st.integers(0, 124),
    },
).map(lambda fields: valid(DeviceSettings, fields))
TAGS = st.fixed_dictionaries(
    {
        "name": NAMES,
        "table": st.sampled_from(RegisterTable),
        "address": st.integers(0, 65_535),
        "type": st.sampled_from(ValueType),
    },
    optional={
        "role": st.sampled_from(SignalRole),
        "byte_order": st.sampled_from(ByteOrder),
        "length": st.integers(1, 123),
        "string_bytes": st.sampled_from(StringBytes),
        "bit": st.integers(0, 15),
        "scale": NUMBERS,
        "offset": NUMBERS,
        "unit": st.text("°%/'=-+@ \t;,\"\nkWh", max_size=20),
        "minimum": NUMBERS,
        "max_rate": st.floats(0.001, 1e9),
        "sentinels": st.lists(NUMBERS, max_size=3).map(tuple),
        "rollover": st.integers(2, 2**63 - 1),
        "poll_seconds": st.floats(0.05, 3600),
        "invert": st.booleans(),
        "alarm_bits": st.booleans(),
        "alarms": st.dictionaries(st.integers(-5, 70_000), NAMES, max_size=3),
        "states": st.dictionaries(st.integers(0, 9), st.sampled_from(MachineState), max_size=3),
    },
).map(lambda fields: valid(TagSettings, fields))


@st.composite
def floors(draw: st.DrawFn) -> list[CsvDevice]:
    found = draw(st.lists(DEVICES.filter(bool), max_size=4, unique_by=lambda device: device.name))
    tags = st.lists(TAGS.filter(bool), max_size=4, unique_by=lambda tag: tag.name)
    machines = st.sampled_from([(None, True), (UNCHANGED, False)]) | st.tuples(st.none() | NAMES, st.just(False))
    return [CsvDevice(0, device, [CsvTag(0, tag, *draw(machines)) for tag in draw(tags)]) for device in found]


def bare(devices: list[CsvDevice]) -> list[Any]:
    return [(one.settings, [(tag.settings, tag.machine, tag.keeps_machine) for tag in one.tags]) for one in devices]


@settings(max_examples=150, deadline=None)
@given(floors(), st.sampled_from(CsvDialect))
def test_what_is_written_is_read_again_exactly(devices: list[CsvDevice], dialect: CsvDialect) -> None:
    found, errors = read("\ufeff" + write(devices, dialect))
    assert errors == []
    assert bare(found) == bare(devices)
    assert write(found) == write(devices)


def test_a_file_that_went_through_a_german_spreadsheet_says_the_same() -> None:
    tag = TagSettings(name="heat", table=RegisterTable.HOLDING_REGISTER, address=1, type=ValueType.INT16, scale=0.1)
    devices = [CsvDevice(0, DeviceSettings(name="PLC", host="plc"), [CsvTag(0, tag)])]
    file = write(devices, CsvDialect.COMMA).replace("false", "FALSCH").replace("true", "WAHR")
    assert ";0,1;" in file
    found, errors = read(f"\ufeff{file}")
    assert errors == []
    assert bare(found) == bare(devices)


def test_a_factor_with_a_comma_in_a_file_of_commas_is_refused() -> None:
    _, errors = read('device,host,tag,table,address,type,scale\nPLC,plc,heat,coil,0,bool,"0,1"\n')
    assert [(error.row, error.column) for error in errors] == [(2, "scale")]
    assert "this file separates by commas: write 0.1" in errors[0].message


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200) | st.lists(st.text("ab,;\"\n'=-", max_size=8)).map(",".join))
def test_no_file_breaks_it(text: str) -> None:
    for whole in (text, f"device,tag,table,address,type\n{text}"):
        devices, errors = read(whole)
        assert all(error.message for error in errors)
        assert write(devices)


def test_every_mistake_is_told_with_its_row_and_column() -> None:
    file = (
        "device,host,port,tag,table,address,type,scale,alarms\n"
        "PLC,plc,502,good,holding_register,0,uint16,1,\n"
        "PLC,other,,bad,holding_register,-1,uint17,x,{\n"
        ",,,lost,coil,0,bool,,\n"
        "PLC,,,good,coil,1,bool,,\n"
        "Box,box,99999,,,,,,\n"
        "PLC,,,wide,coil,1,uint16,,\n"
        "PLC,,,,coil,,,,\n"
    )
    _, errors = read(file)
    assert [(error.row, error.column) for error in errors] == [
        (3, "address"),
        (3, "alarms"),
        (3, "host"),
        (3, "scale"),
        (3, "type"),
        (4, "device"),
        (5, "tag"),
        (6, "port"),
        (7, None),
        (8, "table"),
    ]
    assert "a coil holds one bit" in next(error.message for error in errors if error.row == 7)


def test_no_mistake_waits_until_another_is_mended() -> None:
    file = (
        "device,host,tag,machine,table,address,type,colour\n"
        "PLC,plc,run,X99,holding_register,x,uint16,red\n"
        "PLC,,twice,M1,holding_register,1,uint17,\n"
        "PLC,,twice,M1,holding_register,y,uint16,\n"
        ",,far,M1,holding_register,70000,uint16,\n"
    )
    _, errors = read(file, machines=["M1"])
    assert [(error.row, error.column) for error in errors] == [
        (1, "colour"),
        (2, "address"),
        (2, "machine"),
        (3, "type"),
        (4, "address"),
        (4, "tag"),
        (5, "address"),
        (5, "device"),
    ]


@pytest.mark.parametrize(
    ("header", "column"), [("tag,table", "device"), ("device,device", "device"), ("device,colour", "colour")]
)
def test_a_header_that_can_not_be_understood_is_told(header: str, column: str) -> None:
    assert [(error.row, error.column) for error in read(header)[1]] == [(1, column)]


def test_a_spreadsheet_with_semicolons_and_decimal_commas_is_read() -> None:
    file = "Device;Host;tag;table;address;type;scale;invert\r\nPLC;plc;heat;holding_register;3;int16;0,1;TRUE\r\n"
    devices, errors = read(file)
    assert errors == []
    assert (devices[0].tags[0].settings.scale, devices[0].tags[0].settings.invert) == (0.1, True)


def test_blanks_around_a_name_make_no_second_device() -> None:
    devices, errors = read("device,host,tag,table,address,type\nPLC,plc,a,coil,0,bool\n PLC ,,b ,coil,1,bool\n")
    assert errors == []
    assert [(one.settings.name, [tag.settings.name for tag in one.tags]) for one in devices] == [("PLC", ["a", "b"])]


def test_no_cell_is_a_formula() -> None:
    device = DeviceSettings(name="=1+1", host="+host")
    cells = write([CsvDevice(0, device)]).splitlines()[1].split(",")
    assert (cells[COLUMNS.index("device")], cells[COLUMNS.index("host")]) == ("'=1+1", "'+host")


def test_a_row_is_laid_over_what_is_there_before_it_is_judged() -> None:
    device = DeviceSettings(name="PLC", host="10.0.0.1", port=1502)
    tag = TagSettings(name="heat", table="holding_register", address=10, type="float32", scale=0.5, unit="°C")
    there = {"PLC": There(device, {"heat": tag})}
    found, errors = read("device,tag,scale\nPLC,heat,0.1\n", there)
    assert errors == []
    assert (found[0].settings, found[0].tags[0].settings) == (device, tag.model_copy(update={"scale": 0.1}))
    found, errors = read("device,port,tag,type,scale\nPLC,,heat,uint16,\n", there)
    assert (errors, found[0].settings.port) == ([], DeviceSettings(name="PLC", host="x").port), "empty is the default"
    assert found[0].tags[0].settings == tag.model_copy(update={"type": ValueType.UINT16, "scale": 1.0})
    _, errors = read("device,tag,scale\nPLC,new,0.1\nOTHER,heat,1\n", there)
    assert {(one.row, one.column) for one in errors} >= {(2, "table"), (3, "table")}
