"""Which type, byte order and scale make a known value of raw registers: for whoever reads it on the device's display.

Every way to read the registers is tried; those that give the value, as exactly as it was typed, are told, the most
likely first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID

from unison_domain.stations.configuration import (
    ByteOrder,
    RegisterTable,
    StringBytes,
    TagConfiguration,
    ValueType,
)
from unison_domain.stations.events import Value
from unison_domain.stations.readings import Moment, Reading
from unison_domain.stations.registers import decode

NUMBERS = (
    ValueType.FLOAT32,
    ValueType.UINT16,
    ValueType.INT16,
    ValueType.UINT32,
    ValueType.INT32,
    ValueType.FLOAT64,
    ValueType.UINT64,
    ValueType.INT64,
    ValueType.BCD16,
    ValueType.BCD32,
    ValueType.FLOAT16,
    ValueType.UINT8,
    ValueType.INT8,
)
"""In the order in which devices use them."""

SCALES = (1.0, 0.1, 0.01, 0.001, 10.0, 100.0, 1000.0, 0.0001)
"""By which devices bring fractions and large numbers into registers, the usual ones first."""

MOST_REGISTERS = 125
MOST_NEAR = 8
_NEAR = Decimal("0.05")
_WITHOUT_PLACE = Moment(datetime(1970, 1, 1, tzinfo=UTC), 0.0)
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to read the known value.

    Attributes:
        start: registers before it, 0 where it begins with the first.
        registers: how many it takes.
        raw: before scaling. value: raw * scale.
    """

    start: int
    registers: int
    type: ValueType
    byte_order: ByteOrder
    scale: float
    raw: int | float | str
    value: Value
    string_bytes: StringBytes = StringBytes.BOTH


def candidates(registers: Sequence[int], known: str) -> tuple[Candidate, ...]:
    """Every way in which `registers` (0 to 65,535 each) hold `known`, the most likely first.

    A number fits when it rounds to what was typed, or begins with it, so type what the display shows (`21.5` and not
    `21.50`); text fits where it begins.

    Raises:
        ValueError: `known` is empty or zero, which fits nearly everything; or there are too many registers, or none.
    """
    if not 1 <= len(registers) <= MOST_REGISTERS:
        raise ValueError(f"{len(registers)} registers: give 1 to {MOST_REGISTERS}")
    text = known.strip()
    if not text:
        raise ValueError("type the value that the device shows")
    number = _number(text)
    if number is None:
        return tuple(_texts(registers, text))
    if number == 0:
        raise ValueError("0 fits nearly every register: wait until the device shows another value")
    return _likeliest_first(tuple(_numbers(registers, number)))


def bits(read: Sequence[int], known: str) -> tuple[Candidate, ...]:
    """The places at which the bits of a coil or discrete input table are `known`, 0 or 1.

    Raises:
        ValueError: `known` is neither.
    """
    text = known.strip()
    if text not in ("0", "1"):
        raise ValueError("a bit is 0 or 1: type which of them it is now")
    wanted = int(text)
    return tuple(
        Candidate(at, 1, ValueType.BOOL, ByteOrder.ABCD, 1.0, bit, bool(bit))
        for at, bit in enumerate(read)
        if bit == wanted
    )


def _likeliest_first(found: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Wide numbers whose upper registers only fill up (0, or the sign) come after the narrow ones they hold.

    Small values stand in both ways wherever the register before is 0, and most devices use one register for them.
    """
    there = {(one.raw, one.scale, one.start, one.registers) for one in found}

    def filled_up(one: Candidate) -> int:
        widths = range(1, one.registers)
        inner = ((one.start + at, width) for width in widths for at in range(one.registers - width + 1))
        return one.registers if any((one.raw, one.scale, *place) in there for place in inner) else 0

    return tuple(sorted(found, key=filled_up))


def near_misses(registers: Sequence[int], known: str) -> tuple[Candidate, ...]:
    """Ways to a number within 5 % of `known`, nearest first: of a value that moved on since the display was read.

    Of several types that make the same number of the same registers, the most usual; none for text.
    """
    number = _number(known.strip())
    if not number or not 1 <= len(registers) <= MOST_REGISTERS:
        return ()
    found: dict[tuple[int, Value], tuple[Decimal, int, Candidate]] = {}
    for miss, one in _near(registers, number):
        found.setdefault((one.start, one.value), (miss, one.registers, one))
    return tuple(one for _miss, _width, one in sorted(found.values(), key=lambda rated: rated[:2])[:MOST_NEAR])


def _near(registers: Sequence[int], known: Decimal) -> Iterator[tuple[Decimal, Candidate]]:
    for start in range(len(registers)):
        for type_ in NUMBERS:
            for order, raw in _readings(registers[start:], type_):
                for scale in SCALES:
                    value = Decimal(raw) * Decimal(repr(scale))
                    if abs(value - known) <= abs(known) * _NEAR:
                        yield (
                            abs(value - known),
                            Candidate(start, _width(type_), type_, order, scale, raw, float(value)),
                        )


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.replace(",", ".")) if text.count(",") + text.count(".") <= 1 else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _numbers(registers: Sequence[int], known: Decimal) -> Iterator[Candidate]:
    exponent = known.as_tuple().exponent
    unit = Decimal(1).scaleb(exponent if isinstance(exponent, int) and exponent < 0 else 0)
    for start in range(len(registers)):
        for type_ in NUMBERS:
            for order, raw in _readings(registers[start:], type_):
                for scale in SCALES:
                    if _shows(Decimal(raw) * Decimal(repr(scale)), known, unit):
                        yield Candidate(start, _width(type_), type_, order, scale, raw, raw * scale)
                        break


def _shows(value: Decimal, known: Decimal, unit: Decimal) -> bool:
    """Whether a display with digits down to `unit` shows the value as `known`, rounding it or cutting it off."""
    more = (value - known).copy_sign(1) if (value < 0) == (known < 0) and abs(value) >= abs(known) else None
    return more < unit if more is not None else abs(value - known) <= unit / 2


def _readings(registers: Sequence[int], type_: ValueType) -> Iterator[tuple[ByteOrder, int | float]]:
    """Every finite number of this type at the beginning, by byte order; where two orders agree, the plainer."""
    width = _width(type_)
    if len(registers) < width:
        return
    orders = tuple(ByteOrder) if width > 1 else (ByteOrder.ABCD, ByteOrder.BADC)
    seen: set[int | float] = set()
    for order in orders:
        raw = _read(registers[:width], type_, order).raw
        if isinstance(raw, int | float) and raw not in seen:
            seen.add(raw)
            yield order, raw


def _texts(registers: Sequence[int], known: str) -> Iterator[Candidate]:
    size = len(known.encode())
    for start in range(len(registers)):
        for used in StringBytes:
            width = (size + 1) // 2 if used is StringBytes.BOTH else size
            if start + width > len(registers):
                continue
            for order in ByteOrder:
                text = _read(registers[start : start + width], ValueType.STRING, order, used).value
                if isinstance(text, str) and text.startswith(known):
                    yield Candidate(start, width, ValueType.STRING, order, 1.0, text, text, used)
                    break


def _read(
    registers: Sequence[int], type_: ValueType, order: ByteOrder, used: StringBytes = StringBytes.BOTH
) -> Reading:
    return decode(_tag(type_, order, len(registers), used), registers, _WITHOUT_PLACE)


def _width(type_: ValueType) -> int:
    return _tag(type_, ByteOrder.ABCD, 1, StringBytes.BOTH).registers


def _tag(type_: ValueType, order: ByteOrder, length: int, used: StringBytes) -> TagConfiguration:
    return TagConfiguration(
        id=_NOBODY,
        device_id=_NOBODY,
        name="value",
        table=RegisterTable.HOLDING_REGISTER,
        address=0,
        type=type_,
        byte_order=order,
        length=length if type_ is ValueType.STRING else None,
        string_bytes=used,
    )
