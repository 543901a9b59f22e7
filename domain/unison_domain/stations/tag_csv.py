"""Devices and tags as a CSV file, one line per tag, and back: exactly, or with everything that is wrong with it.

Columns are the fields of `DeviceSettings` and `TagSettings`, beside `device`, `tag` and `machine` (its code). An empty
cell is the default; a column the file does not have leaves what is there as it is. What holds several values is JSON. A
text that a spreadsheet would take for a formula, or for nothing, has an apostrophe before it. Separators and decimal
signs are those of a `CsvDialect`, and the words of spreadsheets for yes and no are known. Where the person who exports
may not see the machine of a tag, its cell is `UNCHANGED`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, Field, StringConstraints, TypeAdapter, ValidationError

from unison_domain.kernel.contracts import Answer, Request
from unison_domain.kernel.csv_dialect import CsvDialect, read_truth
from unison_domain.kernel.csv_file import CsvError, guarded, table_of, unguarded
from unison_domain.stations.configuration import TagSettings
from unison_domain.stations.contracts import ForcedReason
from unison_domain.stations.device_settings import DeviceSettings

MOST_ROWS = 20_000
DEVICE, TAG, MACHINE = "device", "tag", "machine"
UNCHANGED = "(unchanged)"
"""In the machine's cell: the tag keeps the one it has."""
_DEVICE_FIELDS = tuple(name for name in DeviceSettings.model_fields if name != "name")
_TAG_FIELDS = tuple(name for name in TagSettings.model_fields if name not in ("name", "machine_id"))
COLUMNS = (DEVICE, *_DEVICE_FIELDS, TAG, MACHINE, *_TAG_FIELDS)
_TRIMMED = TypeAdapter(Annotated[str, StringConstraints(strip_whitespace=True)])
"""Names without the blanks around them, as contracts have them: Python takes some control characters for blanks too."""
_SEVERAL = frozenset({"sentinels", "alarms", "states"})
_TRUTHS = frozenset({"invert", "alarm_bits"})
_NUMBERS = frozenset(COLUMNS) - {
    *(DEVICE, TAG, MACHINE, "driver", "host", "serial_port", "parity"),
    *("role", "table", "type", "byte_order", "string_bytes", "unit"),
    *_SEVERAL,
    *_TRUTHS,
}


class CsvImport(Request):
    """The text of a file, as somebody chose it.

    Attributes:
        seen: `CsvPreview.seen` of the preview that was agreed to; None imports whatever changed since.
        forced_reason: as in the PUT of a tag, for every counter that changes.
    """

    csv: Annotated[str, Field(max_length=8_000_000)]
    seen: str | None = None
    forced_reason: ForcedReason = None


class CsvChange(Answer):
    """What a row would change.

    Attributes:
        thing: device or tag, called `name`; device: the one a tag is of.
        action: create or update.
        fields: what differs; `before` and `after` say how, in their order, as cells of a file with decimal points.
    """

    row: int
    thing: str
    name: str
    device: str = ""
    action: str
    fields: list[str] = Field(default_factory=list)
    before: list[str] = Field(default_factory=list)
    after: list[str] = Field(default_factory=list)


class CsvPreview(Answer):
    """What an import would do, or did. Nothing is done while there are errors.

    `seen` stands for how devices and tags were before; `warnings` may be meant, so they hinder nothing.
    """

    rows: int
    errors: list[CsvError]
    warnings: list[CsvError] = Field(default_factory=list)
    changes: list[CsvChange]
    seen: str


class There(NamedTuple):
    """A device that is there already, and its tags by name."""

    settings: DeviceSettings
    tags: Mapping[str, TagSettings]


@dataclass(frozen=True, slots=True)
class CsvTag:
    """A tag of the file; its settings name no machine, `machine` is the code of it unless it keeps the one it has.

    `columns` are those of the file: what has none there is not said.
    """

    row: int
    settings: TagSettings
    machine: str | None = None
    keeps_machine: bool = False
    columns: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CsvDevice:
    """A device of the file with its tags; `row` is its first."""

    row: int
    settings: DeviceSettings
    tags: list[CsvTag] = field(default_factory=list)


def write(devices: Iterable[CsvDevice], dialect: CsvDialect = CsvDialect.POINT) -> str:
    """The file (RFC 4180); rows of the arguments are not used."""
    file = io.StringIO(newline="")
    writer = dialect.writer(file)
    writer.writerow(COLUMNS)
    for device in devices:
        settings = device.settings.model_dump()
        own = [settings["name"], *(settings[name] for name in _DEVICE_FIELDS)]
        for tag in device.tags or (None,):
            values = zip(COLUMNS, (*own, *_tag_values(tag)), strict=True)
            writer.writerow([cell_of(column, value, dialect) for column, value in values])
    return file.getvalue()


def read(
    text: str, there: Mapping[str, There] | None = None, machines: Collection[str] | None = None
) -> tuple[list[CsvDevice], list[CsvError]]:
    """The devices of a file that can be read, and all that is wrong with it, by row and column.

    Args:
        text: of the file.
        there: what is there already, by name; the rows are laid over it before they are judged.
        machines: codes of those that may be named; None: any.
    """
    table = table_of(text, COLUMNS, (DEVICE,), MOST_ROWS)
    columns, errors = table.columns, table.errors
    there = there or {}
    devices: dict[str, CsvDevice | None] = {}
    cells_of: dict[str, Mapping[str, str]] = {}
    names: set[tuple[str, str]] = set()
    for number, as_read in table.rows:
        keeps_machine = as_read.get(MACHINE) == UNCHANGED
        cells, wrong_numbers = _plain_cells(number, as_read, table.dialect)
        errors += wrong_numbers
        name = _TRIMMED.validate_python(cells.get(DEVICE, ""))
        if name:
            errors += _disagreements(number, cells, cells_of.setdefault(name, cells))
        else:
            errors.append(CsvError(row=number, column=DEVICE, message="names no device"))
        code = None if keeps_machine else cells.get(MACHINE)
        if code is not None and machines is not None and code not in machines:
            errors.append(CsvError(row=number, column=MACHINE, message=f"there is no machine {code} that you may see"))
            del cells[MACHINE]
        if name and name not in devices:
            kept = _kept(there[name].settings, _DEVICE_FIELDS, columns) if name in there else {}
            settings, wrong = _device(number, name, cells, kept)
            errors += wrong
            devices[name] = None if settings is None else CsvDevice(number, settings)
        tag_name = _TRIMMED.validate_python(cells.get(TAG, ""))
        if name and tag_name and (name, tag_name) in names:
            errors.append(CsvError(row=number, column=TAG, message=f"{name} has a tag {tag_name} already"))
        names.add((name, tag_name))
        before = there[name].tags.get(tag_name) if name in there else None
        tag, wrong = _tag(number, cells, columns, before, keeps_machine=keeps_machine)
        errors += wrong
        if tag is not None and (device := devices.get(name)) is not None:
            device.tags.append(tag)
    return [device for device in devices.values() if device], sorted(
        errors, key=lambda error: (error.row, error.column or "")
    )


def _disagreements(row: int, cells: Mapping[str, str], first: Mapping[str, str]) -> Iterator[CsvError]:
    """A later row of a device leaves its settings empty, or repeats them."""
    for name in _DEVICE_FIELDS:
        if name in cells and cells[name] != first.get(name):
            said = first.get(name, "nothing")
            yield CsvError(row=row, column=name, message=f"says {cells[name]}, the first row of this device {said}")


def _kept(settings: BaseModel, fields: Iterable[str], columns: frozenset[str]) -> dict[str, Any]:
    """What the file has no column for."""
    return {field: getattr(settings, field) for field in fields if field not in columns}


def _device(
    row: int, name: str, cells: Mapping[str, str], kept: Mapping[str, Any]
) -> tuple[DeviceSettings | None, list[CsvError]]:
    given = {**kept, "name": name, **{field: cells[field] for field in _DEVICE_FIELDS if field in cells}}
    try:
        return DeviceSettings.model_validate(given), []
    except ValidationError as error:
        return None, list(mistakes(row, error, DEVICE))


def _tag(
    row: int, cells: Mapping[str, str], columns: frozenset[str], before: TagSettings | None, *, keeps_machine: bool
) -> tuple[CsvTag | None, list[CsvError]]:
    given: dict[str, Any] = {field: cells[field] for field in _TAG_FIELDS if field in cells}
    if TAG not in cells:
        stray = [*given, *([MACHINE] if MACHINE in cells else [])]
        return None, [CsvError(row=row, column=column, message="belongs to no tag: name one") for column in stray]
    errors: list[CsvError] = []
    for several in _SEVERAL & given.keys():
        try:
            given[several] = json.loads(given[several])
        except (ValueError, RecursionError) as error:
            errors.append(CsvError(row=row, column=several, message=f"is no JSON: {error}"))
    machine = None if keeps_machine else cells.get(MACHINE)
    try:
        kept = {} if before is None else _kept(before, _TAG_FIELDS, columns)
        settings = TagSettings.model_validate({**kept, "name": cells[TAG], **given})
        return CsvTag(row, settings, machine, keeps_machine, columns), errors
    except ValidationError as error:
        known = {wrong.column for wrong in errors}
        return None, errors + [wrong for wrong in mistakes(row, error, TAG) if wrong.column not in known]


def mistakes(row: int, error: ValidationError, named: str) -> Iterator[CsvError]:
    """What is wrong with the settings of a row, by column; `named` is the column of their name."""
    for entry in error.errors(include_url=False):
        column = str(entry["loc"][0]) if entry["loc"] else None
        message = str(entry["msg"]).removeprefix("Value error, ")
        if column is not None and isinstance(entry["input"], str):
            message = f"{entry['input'][:50]!r}: {message}"
        yield CsvError(row=row, column=named if column == "name" else column, message=message)


_UNCHANGED = object()
_JSON = TypeAdapter(Any)


def _tag_values(tag: CsvTag | None) -> Iterator[Any]:
    if tag is None:
        yield from [None] * (2 + len(_TAG_FIELDS))
        return
    yield tag.settings.name
    yield _UNCHANGED if tag.keeps_machine else tag.machine
    for name in _TAG_FIELDS:
        yield getattr(tag.settings, name)


def cell_of(column: str, value: Any, dialect: CsvDialect = CsvDialect.POINT) -> str:
    """What stands in a column for a value of a device's or a tag's settings."""
    match value:
        case None:
            return ""
        case _ if value is _UNCHANGED:
            return UNCHANGED
        case _ if column in _SEVERAL:
            return _JSON.dump_json(value).decode() if value else ""
        case bool():
            return "true" if value else "false"
        case Enum():
            return str(value.value)
        case str():
            return f"'{value}" if not value or value == UNCHANGED else guarded(value)
        case _:
            return dialect.number(value)


def _plain_cells(row: int, as_read: Mapping[str, str], dialect: CsvDialect) -> tuple[dict[str, str], list[CsvError]]:
    """What cells say, numbers and truths as contracts read them; without those that are empty, or wrong."""
    cells, errors = dict[str, str](), list[CsvError]()
    for name, cell in as_read.items():
        if cell == "":
            continue
        try:
            cells[name] = _plain(name, cell, dialect)
        except ValueError as error:
            errors.append(CsvError(row=row, column=name, message=str(error)))
    return cells, errors


def _plain(name: str, cell: str, dialect: CsvDialect) -> str:
    """Raises ValueError where a number could be two."""
    if cell.startswith("'"):
        return unguarded(cell)
    if name in _TRUTHS:
        return read_truth(cell)
    return dialect.read_number(cell) if name in _NUMBERS else cell
