"""`unison-station check`: what does each device say?"""

from __future__ import annotations

import argparse
import asyncio
import re
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError
from unison_domain.stations.configuration import (
    BIT_TABLES,
    DeviceConfiguration,
    RegisterTable,
    TagConfiguration,
    ValueType,
)
from unison_domain.stations.device_settings import Driver, Parity

from unison_station.check import CheckedDevice, CheckedTag, bare_device, check_devices
from unison_station.cli import check_ports
from unison_station.cli.arguments import CommandError, add_configuration, add_data, configuration_of
from unison_station.wording import count_words, problems_in, reading_words

_DEVICE = re.compile(r"(?P<host>\[[0-9a-fA-F:]+\]|[^:/]+)(?::(?P<port>\d+))?(?:/(?P<unit>\d+))?")
_SERIAL_DEVICE = re.compile(r"(?P<serial_port>.+?)(?:/(?P<unit>\d+))?")
_LINE = re.compile(r"(?P<baud_rate>\d+) ?8(?P<parity>[NEO])(?P<stop_bits>[12])")
_PARITIES = {parity[0].upper(): parity for parity in Parity}
_READ = re.compile(r"(?P<table>coil|discrete|holding|input):(?P<address>\d+)(?::(?P<count>\d+))?")
_TABLES = {
    "coil": RegisterTable.COIL,
    "discrete": RegisterTable.DISCRETE_INPUT,
    "holding": RegisterTable.HOLDING_REGISTER,
    "input": RegisterTable.INPUT_REGISTER,
}
_MANUAL_FIRST = {"discrete": 10_001, "input": 30_001, "holding": 40_001}
"""What manuals print for address 0 of a table."""
_HEADINGS = ("tag", "where", "type", "value", "quality", "registers", "time", "problem")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `check`."""
    parser.description = (
        "Reads every device of the configuration once and prints for each tag its value, quality, raw registers, "
        "response time, and the Modbus exception in words. Exits 1 when something gives no good value. "
        "Some devices take one connection only: then stop the agent first. "
        "With --listen it shows what scanners and gauges send instead; a serial port has room for one program too."
    )
    add_data(parser)
    add_configuration(parser)
    parser.add_argument(
        "--device",
        metavar="PLACE[/UNIT]",
        help="try this device instead, configured or not; PLACE is HOST[:PORT], or with --line a serial port "
        "(`unison-station ports` lists them)",
    )
    parser.add_argument(
        "--line",
        metavar="SETTINGS",
        help='with --device: it is on a serial port set so, e.g. "19200 8E1" for 19,200 baud, even parity (N, E or O) '
        'and 1 stop bit; or "rtu": it is on a serial line behind a serial server at HOST:PORT',
    )
    parser.add_argument(
        "--read",
        action="append",
        metavar="TABLE:ADDRESS[:COUNT]",
        help="with --device: what to read; TABLE is coil, discrete, holding or input, ADDRESS counts from 0 "
        "(what manuals print as 40001 is holding:0). Default: address 0 of each table, of which "
        "one must answer",
    )
    check_ports.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Try the devices; 0 when all is good."""
    if (arguments.port or arguments.ask) and not arguments.listen:
        raise CommandError("--port and --ask need --listen SECONDS: how long is listened to the port")
    if arguments.listen:
        return check_ports.run(arguments)
    if arguments.line and not arguments.device:
        raise CommandError("--line needs --device: lines of configured devices are set as configured")
    if arguments.read and not arguments.device:
        raise CommandError("--read needs --device: configured devices are read as configured")
    devices = [_device(arguments)] if arguments.device else configuration_of(arguments).devices
    if not devices:
        print("The configuration names no devices.")
        return 0
    checked = asyncio.run(check_devices(devices))
    for result in checked:
        print("\n".join(_told(result, fold=arguments.device is not None)))
    bad = sum(
        not _is_as_it_should_be(result, is_survey=bool(arguments.device and not arguments.read)) for result in checked
    )
    all_of_them = count_words(len(checked), "device as it should be", "devices as they should be")
    print(f"{len(checked) - bad} of {all_of_them}.")
    return 1 if bad else 0


def _is_as_it_should_be(result: CheckedDevice, *, is_survey: bool) -> bool:
    """Of a survey of all tables one must answer: hardly a device serves them all."""
    return any(tag.reading.is_good for tag in result.tags) if is_survey else result.is_good


def _device(arguments: argparse.Namespace) -> DeviceConfiguration:
    reads = arguments.read or [f"{table}:0" for table in _TABLES]
    addresses = [address for text in reads for address in _addresses(text)]
    try:
        return bare_device(arguments.device, _place(arguments.device, arguments.line), addresses)
    except ValidationError as error:
        raise CommandError(f"--device {arguments.device}: {'; '.join(problems_in(error))}") from None


def _place(device: str, line: str | None) -> dict[str, Any]:
    if line not in (None, "rtu"):
        settings, where = _LINE.fullmatch(line), _SERIAL_DEVICE.fullmatch(device)
        if settings is None or where is None:
            raise CommandError(f'--line {line}: give it as BAUD 8PARITYSTOP, e.g. "19200 8E1", or as rtu')
        place = {"driver": Driver.MODBUS_RTU, "serial_port": where["serial_port"], "unit_id": int(where["unit"] or 1)}
        numbers = {"baud_rate": int(settings["baud_rate"]), "stop_bits": int(settings["stop_bits"])}
        return {**place, **numbers, "parity": _PARITIES[settings["parity"]]}
    match = _DEVICE.fullmatch(device)
    if match is None:
        raise CommandError(f"--device {device}: give it as HOST:PORT/UNIT, e.g. 192.168.1.20:502/1")
    driver = Driver.MODBUS_RTU_TCP if line else Driver.MODBUS_TCP
    place = {"driver": driver, "host": match["host"].strip("[]"), "port": int(match["port"] or 502)}
    return {**place, "unit_id": int(match["unit"] or 1)}


def _addresses(text: str) -> list[tuple[RegisterTable, int]]:
    match = _READ.fullmatch(text)
    if match is None:
        raise CommandError(f"--read {text}: give it as TABLE:ADDRESS or TABLE:ADDRESS:COUNT, e.g. holding:100:4")
    first, count = int(match["address"]), int(match["count"] or 1)
    if not 1 <= count <= 2000:
        raise CommandError(f"--read {text}: from 1 to 2000 at a time")
    if first + count > 65_536:
        raise CommandError(f"--read {text}: the last address is 65535")
    return [(_TABLES[match["table"]], first + n) for n in range(count)]


def _told(result: CheckedDevice, *, fold: bool) -> list[str]:
    device = result.device
    lines = [f"{device.name}  {device.line_words} unit {device.unit_id}"]
    if result.silence is not None:
        return [*lines, f"  nothing is read: {result.silence}", ""]
    if not result.tags:
        return [*lines, "  answers, but has no tags: nothing of it is read", ""]
    rows = [_HEADINGS, *(_folded(result.tags) if fold else (_row(tag) for tag in result.tags))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS) - 1)]
    lines += ["  " + _aligned(row, widths) for row in rows]
    good = sum(tag.reading.is_good for tag in result.tags)
    hints = _manual_hints(result.tags) if fold else []
    return [*lines, f"  {good} of {count_words(len(result.tags), 'tag')} with a good value", *hints, ""]


def _folded(tags: Sequence[CheckedTag]) -> list[tuple[str, ...]]:
    """One row for neighbours of which the same came."""
    runs: list[list[CheckedTag]] = []
    for checked in tags:
        if runs and _goes_on(runs[-1][-1], checked):
            runs[-1].append(checked)
        else:
            runs.append([checked])
    return [_run_row(run) for run in runs]


def _goes_on(last: CheckedTag, checked: CheckedTag) -> bool:
    is_next = (checked.tag.table, checked.tag.address) == (last.tag.table, last.tag.address + 1)
    return is_next and _what_came(checked) == _what_came(last)


def _what_came(checked: CheckedTag) -> tuple[str, ...]:
    _name, _place, *what, _time, problem = _row(checked)
    return *what, problem


def _run_row(run: Sequence[CheckedTag]) -> tuple[str, ...]:
    row = _row(max(run, key=lambda checked: checked.seconds or 0.0))
    to = "" if len(run) == 1 else f" to {run[-1].tag.address}"
    return run[0].tag.name + to, _where(run[0].tag) + to, *row[2:]


def _manual_hints(tags: Sequence[CheckedTag]) -> list[str]:
    """Manuals put the number of the table before addresses that count from 1; such an address is rarely there."""
    hints = []
    for short, first in _MANUAL_FIRST.items():
        missed = [one for one in tags if one.tag.table is _TABLES[short] and one.tag.address >= first]
        if missed and not any(one.reading.is_good for one in missed):
            address = missed[0].tag.address
            more = f", and {address} is {short}:{address - first}" if address > first else ""
            hints.append(f"  Addresses count from 0: what manuals print as {first} is {short}:0{more}.")
    return hints


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
    return "  ".join([*cells, row[-1]]).rstrip()


def _row(checked: CheckedTag) -> tuple[str, ...]:
    tag, reading = checked.tag, checked.reading
    value = "-" if reading.value is None else reading_words(tag, reading) or '""'
    time = "-" if checked.seconds is None else f"{checked.seconds * 1000:.1f} ms"
    return tag.name, _where(tag), tag.type, value, reading.quality, checked.raw or "-", time, reading.reason or ""


def _where(tag: TagConfiguration) -> str:
    place = f"{tag.table.replace('_', ' ')} {tag.address}"
    if tag.type is ValueType.BITS:
        return f"{place} bits {tag.bit} to {tag.bit + tag.bit_count - 1}"
    if tag.type is ValueType.BOOL and tag.table not in BIT_TABLES:
        return f"{place} bit {tag.bit}"
    return place
