"""Which type, byte order and scale make a known value of raw registers: for whoever reads it on the device's display.

Every way to read the registers is tried; those that give the value, as exactly as it was typed, are told, the most
likely first. What is typed letter by letter is searched in the same registers, so these are decoded once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
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
from unison_domain.stations.registers import Decoder, decoder

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

_EXACT_SCALES = tuple(Decimal(repr(scale)) for scale in SCALES)
_BITS = 16

MOST_REGISTERS = 125
MOST_NEAR = 8
_NEAR = Decimal("0.05")
_SURE_TEXT = 3
"""Characters that stand in registers by chance less often than some number does."""
_WITHOUT_PLACE = Moment(datetime(1970, 1, 1, tzinfo=UTC), 0.0)
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to read the known value.

    Attributes:
        start: registers before it, 0 where it begins with the first.
        registers: how many it takes.
        raw: before scaling. value: raw * scale + offset.
        bit: which of a register, 0 the least significant, where one is the value.
    """

    start: int
    registers: int
    type: ValueType
    byte_order: ByteOrder
    scale: float
    raw: int | float | str
    value: Value
    string_bytes: StringBytes = StringBytes.BOTH
    offset: float = 0.0
    bit: int | None = None


@dataclass(frozen=True, slots=True)
class _Stored:
    """One number that registers hold, and what it is by each of `SCALES`."""

    start: int
    registers: int
    type: ValueType
    byte_order: ByteOrder
    raw: int | float
    scaled: tuple[Decimal, ...]

    def candidate(self, place: int, offset: float) -> Candidate:
        """This number by the scale at that place."""
        scale = SCALES[place]
        value = self.raw * scale + offset if offset else self.raw * scale
        return Candidate(self.start, self.registers, self.type, self.byte_order, scale, self.raw, value, offset=offset)


def candidates(
    registers: Sequence[int], known: str, *, offset: float = 0.0, is_on_off: bool = False
) -> tuple[Candidate, ...]:
    """Every way in which `registers` (0 to 65,535 each) hold `known`, the most likely first.

    A number fits when it rounds to what was typed, or begins with it, so type what the display shows (`21.5` and not
    `21.50`); text fits where it begins, that of digits too. 1 is each bit that is set as well, before numbers that only
    round to it; where the tag `is_on_off` the bits come before all numbers. `offset` is what the tag adds to scaled
    numbers: ways with it come first, then those without any.

    Raises:
        ValueError: `known` is empty or zero, which fits nearly everything; or there are too many registers, or none.
    """
    if not 1 <= len(registers) <= MOST_REGISTERS:
        raise ValueError(f"{len(registers)} registers: give 1 to {MOST_REGISTERS}")
    text = known.strip()
    if not text:
        raise ValueError("type the value that the device shows")
    words, number = tuple(registers), _number(text)
    texts = tuple(_texts(words, text))
    if number is None:
        return texts
    sure, rest = (texts, ()) if len(text) >= _SURE_TEXT else ((), texts)
    if number == 0:
        if sure:
            return sure
        raise ValueError("0 fits nearly every register: wait until the device shows another value")
    numbers = _likeliest_first(tuple(_numbers(words, number, offset)), offset)
    if text != "1":
        return (*sure, *numbers, *rest)
    whole = () if is_on_off else tuple(one for one in numbers if one.scale == one.value == 1)
    return (*whole, *_bits_set(words), *(one for one in numbers if one not in whole), *rest)


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


def _bits_set(registers: Sequence[int]) -> list[Candidate]:
    """Every bit that is 1; one that is alone in its register is likelier than one of a number's many."""
    found = [
        Candidate(at, 1, ValueType.BOOL, ByteOrder.ABCD, 1.0, 1, True, bit=bit)
        for at, word in enumerate(registers)
        for bit in range(_BITS)
        if word >> bit & 1
    ]
    return sorted(found, key=lambda one: registers[one.start].bit_count())


def _likeliest_first(found: Sequence[Candidate], offset: float) -> tuple[Candidate, ...]:
    """Wide numbers whose upper registers only fill up (0, or the sign) come after the narrow ones they hold.

    Small values stand in both ways wherever the register before is 0, and most devices use one register for them. Ways
    with the offset that is there come before those with none.
    """
    there = {(one.raw, one.scale, one.offset, one.start, one.registers) for one in found}

    def filled_up(one: Candidate) -> int:
        widths = range(1, one.registers)
        inner = ((one.start + at, width) for width in widths for at in range(one.registers - width + 1))
        return one.registers if any((one.raw, one.scale, one.offset, *place) in there for place in inner) else 0

    return tuple(sorted(found, key=lambda one: (one.offset != offset, filled_up(one))))


def near_misses(registers: Sequence[int], known: str, *, offset: float = 0.0) -> tuple[Candidate, ...]:
    """Ways to a number within 5 % of `known`, nearest first: of a value that moved on since the display was read.

    Of several types that make the same number of the same registers, the most usual; none for text.
    """
    number = _number(known.strip())
    if not number or not 1 <= len(registers) <= MOST_REGISTERS:
        return ()
    found: dict[tuple[int, Value], tuple[Decimal, int, Candidate]] = {}
    for miss, one in _near(tuple(registers), number, offset):
        found.setdefault((one.start, one.value), (miss, one.registers, one))
    return tuple(one for _miss, _width, one in sorted(found.values(), key=lambda rated: rated[:2])[:MOST_NEAR])


def _near(registers: tuple[int, ...], known: Decimal, offset: float) -> Iterator[tuple[Decimal, Candidate]]:
    most = abs(known) * _NEAR
    for added in _offsets(offset):
        more = Decimal(repr(added))
        for stored in _stored(registers):
            for place, scaled in enumerate(stored.scaled):
                if (miss := abs(scaled + more - known)) <= most:
                    yield miss, replace(stored.candidate(place, added), value=float(scaled + more))


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.replace(",", ".")) if text.count(",") + text.count(".") <= 1 else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _numbers(registers: tuple[int, ...], known: Decimal, offset: float) -> Iterator[Candidate]:
    exponent = known.as_tuple().exponent
    unit = Decimal(1).scaleb(exponent if isinstance(exponent, int) and exponent < 0 else 0)
    for added in _offsets(offset):
        more = Decimal(repr(added))
        least, most = known - more - unit, known - more + unit
        for stored in _stored(registers):
            for place, scaled in enumerate(stored.scaled):
                if least <= scaled <= most and _shows(scaled + more, known, unit):
                    yield stored.candidate(place, added)
                    break


def _offsets(offset: float) -> tuple[float, ...]:
    return (offset, 0.0) if offset else (0.0,)


def _shows(value: Decimal, known: Decimal, unit: Decimal) -> bool:
    """Whether a display with digits down to `unit` shows the value as `known`, rounding it or cutting it off."""
    more = (value - known).copy_sign(1) if (value < 0) == (known < 0) and abs(value) >= abs(known) else None
    return more < unit if more is not None else abs(value - known) <= unit / 2


@lru_cache(maxsize=2)
def _stored(registers: tuple[int, ...]) -> tuple[_Stored, ...]:
    """Every number the registers hold, by where it begins, its type and its byte order."""
    return tuple(
        _Stored(start, _width(type_), type_, order, raw, tuple(Decimal(raw) * scale for scale in _EXACT_SCALES))
        for start in range(len(registers))
        for type_ in NUMBERS
        for order, raw in _readings(registers[start:], type_)
    )


def _readings(registers: Sequence[int], type_: ValueType) -> Iterator[tuple[ByteOrder, int | float]]:
    """Every finite number of this type at the beginning, by byte order; where two orders agree, the plainer."""
    width = _width(type_)
    if len(registers) < width:
        return
    orders = tuple(ByteOrder) if width > 1 else (ByteOrder.ABCD, ByteOrder.BADC)
    seen: set[int | float] = set()
    for order in orders:
        raw = _read(registers[:width], type_, order, StringBytes.BOTH).raw
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


def _read(registers: Sequence[int], type_: ValueType, order: ByteOrder, used: StringBytes) -> Reading:
    return _decoder(type_, order, len(registers), used)(registers, _WITHOUT_PLACE)


def _width(type_: ValueType) -> int:
    return _tag(type_, ByteOrder.ABCD, 1, StringBytes.BOTH).registers


@lru_cache(maxsize=1024)
def _decoder(type_: ValueType, order: ByteOrder, length: int, used: StringBytes) -> Decoder:
    return decoder(_tag(type_, order, length, used))


@lru_cache(maxsize=1024)
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
