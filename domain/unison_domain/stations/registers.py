"""Registers and bits to typed values, and back.

One rule covers every type: the registers of a tag are put in the order its `byte_order` names, then read as one
big-endian field. So `badc` and `dcba` swap the bytes of a single register too (an 8-bit value, a bit, a character),
and `cdab` and `dcba` reverse the registers of a string. What the types leave open:

- int8 and uint8 are the low byte of the register (`badc` reaches the high one); the other byte is ignored.
- bool in a register is its bit `bit`, 0 the least significant; `bits` is `bit_count` bits from there upwards.
- BCD has four digits per register; a nibble above 9 is a bad value, never a number.
- A string ends at its first NUL and loses spaces at both ends. It is UTF-8, or else Latin-1, which reads any byte.
- NaN and infinity are bad values, as raw and after scaling.
- Sentinels are compared with the raw value; for a signed type the maker's unsigned notation (0xFFFF) is understood too.
- `invert` turns a bool round and concerns no other type.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence

from unison_domain.stations.configuration import BIT_TABLES, ByteOrder, StringBytes, TagConfiguration, ValueType
from unison_domain.stations.events import Quality
from unison_domain.stations.readings import Moment, Reading, Value

Decoder = Callable[[Sequence[int], Moment], Reading]

_NUMBERS = {
    ValueType.INT16: ">h",
    ValueType.UINT16: ">H",
    ValueType.INT32: ">i",
    ValueType.UINT32: ">I",
    ValueType.INT64: ">q",
    ValueType.UINT64: ">Q",
    ValueType.FLOAT16: ">e",
    ValueType.FLOAT32: ">f",
    ValueType.FLOAT64: ">d",
}
_SIGNED_BITS = {ValueType.INT8: 8, ValueType.INT16: 16, ValueType.INT32: 32, ValueType.INT64: 64}
_BCD_DIGITS = {ValueType.BCD16: 4, ValueType.BCD32: 8}
_BYTES_SWAPPED = (ByteOrder.BADC, ByteOrder.DCBA)
_WORDS_REVERSED = (ByteOrder.CDAB, ByteOrder.DCBA)


class _Unreadable(ValueError):
    """What the device sent is no value of the type; the text is the reading's reason."""


Raw = int | float | str
_Parse = Callable[[Sequence[int]], Raw]


def decoder(tag: TagConfiguration) -> Decoder:
    """What turns the registers of `tag` (exactly `tag.registers`, or one bit) into a reading; build it once per tag."""
    parse, judge = _parser(tag), _judge(tag)
    tag_id, expected = tag.id, tag.registers

    def read(words: Sequence[int], moment: Moment) -> Reading:
        if len(words) != expected:
            short = f"the reply holds {len(words)} registers of this tag, not {expected}"
            return Reading(tag_id, None, None, Quality.BAD, short, *moment)
        try:
            raw = parse(words)
        except _Unreadable as problem:
            return Reading(tag_id, None, None, Quality.BAD, str(problem), *moment)
        value, reason = judge(raw)
        if reason is not None:
            return Reading(tag_id, None, _finite(raw), Quality.BAD, reason, *moment)
        return Reading(tag_id, value, raw, Quality.GOOD, None, *moment)

    return read


def decode(tag: TagConfiguration, words: Sequence[int], moment: Moment) -> Reading:
    """One read of `tag`; never raises for what a device sent: that is a bad reading with its reason."""
    return decoder(tag)(words, moment)


def revalued(tag: TagConfiguration) -> Callable[[Raw], Value | None]:
    """What turns raw values of `tag` that were recorded into values by its present scale; None where they are bad."""
    judge = _judge(tag)
    return lambda raw: judge(raw)[0]


def encode(tag: TagConfiguration, value: Value, before: Sequence[int] | None = None) -> tuple[int, ...]:
    """The registers (or one bit) that `decode` reads as `value`; of `before`, bits the tag does not cover are kept.

    Raises:
        ValueError: the value does not fit the type.
    """
    if tag.type is ValueType.BOOL:
        return _encode_bits(tag, int(bool(value) != tag.invert), 1, before)
    if tag.type is ValueType.STRING:
        return _encode_string(tag, str(value))
    if isinstance(value, str):
        raise ValueError(f"tag {tag.name}: {value!r} is no number")
    raw = value if tag.scale == 1 and tag.offset == 0 else (value - tag.offset) / tag.scale
    if tag.type in (ValueType.FLOAT16, ValueType.FLOAT32, ValueType.FLOAT64):
        return _ordered(_pack(tag, _NUMBERS[tag.type], float(raw)), tag.byte_order)
    whole = round(raw)
    if tag.type is ValueType.BITS:
        return _encode_bits(tag, whole, tag.bit_count, before)
    if tag.type in (ValueType.INT8, ValueType.UINT8):
        low = _pack(tag, ">b" if tag.type is ValueType.INT8 else ">B", whole)
        return _ordered(b"\x00" + low, tag.byte_order)
    digits = _BCD_DIGITS.get(tag.type)
    if digits is None:
        return _ordered(_pack(tag, _NUMBERS[tag.type], whole), tag.byte_order)
    if not 0 <= whole < 10**digits:
        raise ValueError(f"tag {tag.name}: {whole} does not fit {digits} BCD digits")
    return _ordered(bytes.fromhex(f"{whole:0{digits}d}"), tag.byte_order)


def _parser(tag: TagConfiguration) -> _Parse:
    if tag.type is ValueType.STRING:
        return _string_parser(tag)
    if tag.table in BIT_TABLES:
        return lambda bits: int(bool(bits[0]))
    if tag.type in (ValueType.BOOL, ValueType.BITS):
        shift, mask = tag.bit, (1 << (tag.bit_count if tag.type is ValueType.BITS else 1)) - 1
        word = _word_parser(tag.byte_order)
        return lambda words: (word(words) >> shift) & mask
    if tag.type in (ValueType.INT8, ValueType.UINT8):
        word, fold = _word_parser(tag.byte_order), 0x80 if tag.type is ValueType.INT8 else 0
        return lambda words: ((word(words) & 0xFF) ^ fold) - fold
    digits = _BCD_DIGITS.get(tag.type)
    return _number_parser(tag) if digits is None else _bcd_parser(tag)


def _word_parser(order: ByteOrder) -> Callable[[Sequence[int]], int]:
    if order in _BYTES_SWAPPED:
        return lambda words: (words[0] & 0xFF) << 8 | words[0] >> 8
    return lambda words: words[0]


def _number_parser(tag: TagConfiguration) -> _Parse:
    to_bytes, number = _field_reader(tag.registers, tag.byte_order), struct.Struct(_NUMBERS[tag.type])
    unpack = number.unpack

    def parse(words: Sequence[int]) -> Raw:
        raw: int | float = unpack(to_bytes(words))[0]
        return raw

    if tag.type is ValueType.UINT16 and tag.byte_order not in _BYTES_SWAPPED:
        return lambda words: words[0]
    return parse


def _bcd_parser(tag: TagConfiguration) -> _Parse:
    to_bytes = _field_reader(tag.registers, tag.byte_order)

    def parse(words: Sequence[int]) -> Raw:
        text = to_bytes(words).hex()
        if not text.isdecimal():
            raise _Unreadable(f"0x{text.upper()} is no BCD number: a digit is above 9")
        return int(text)

    return parse


def _string_parser(tag: TagConfiguration) -> _Parse:
    to_bytes = _field_reader(tag.registers, tag.byte_order)
    step = {StringBytes.BOTH: slice(None), StringBytes.HIGH: slice(0, None, 2), StringBytes.LOW: slice(1, None, 2)}
    used = step[tag.string_bytes]

    def parse(words: Sequence[int]) -> Raw:
        data = to_bytes(words)[used].split(b"\x00", 1)[0]
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = data.decode("latin-1")
        return text.strip(" ")

    return parse


def _field_reader(registers: int, order: ByteOrder) -> Callable[[Sequence[int]], bytes]:
    """From registers as they came to the bytes of the field, most significant first."""
    pack = struct.Struct(f"{'<' if order in _BYTES_SWAPPED else '>'}{registers}H").pack
    if order in _WORDS_REVERSED and registers > 1:
        return lambda words: pack(*reversed(words))
    return lambda words: pack(*words)


def _judge(tag: TagConfiguration) -> Callable[[Raw], tuple[Value | None, str | None]]:
    """The step from raw to value: sentinels, scale, range; (value, None) or (None, reason)."""
    if tag.type is ValueType.STRING:
        return lambda raw: (raw, None)
    if tag.type is ValueType.BOOL:
        invert = tag.invert
        return lambda raw: (bool(raw) != invert, None)
    plain = tag.scale == 1 and tag.offset == 0
    scale, offset, low, high = tag.scale, tag.offset, tag.minimum, tag.maximum
    sentinels = frozenset(_sentinels(tag))
    unit = f" {tag.unit}" if tag.unit else ""

    def judge(raw: Raw) -> tuple[Value | None, str | None]:
        if isinstance(raw, str):
            return raw, None
        if raw in sentinels:
            return None, f"the device says it has no value (raw {raw:g})"
        value = raw if plain else raw * scale + offset
        if not math.isfinite(value):
            return None, f"the value is {value:g}, not a finite number"
        if low is not None and value < low:
            return None, f"{value:g}{unit} is below the minimum {low:g}{unit}"
        if high is not None and value > high:
            return None, f"{value:g}{unit} is above the maximum {high:g}{unit}"
        return value, None

    return judge


def _sentinels(tag: TagConfiguration) -> list[float]:
    """The sentinels as the type's parser gives them."""
    if tag.type in (ValueType.FLOAT16, ValueType.FLOAT32):
        return [_rounded_to(_NUMBERS[tag.type], sentinel) for sentinel in tag.sentinels]
    bits = _SIGNED_BITS.get(tag.type)
    if bits is None:
        return list(tag.sentinels)
    return [s - 2**bits if 2 ** (bits - 1) <= s < 2**bits else s for s in tag.sentinels]


def _rounded_to(layout: str, number: float) -> float:
    try:
        rounded: float = struct.unpack(layout, struct.pack(layout, number))[0]
    except OverflowError:
        return number
    return rounded


def _finite(raw: Raw) -> Raw | None:
    return None if isinstance(raw, float) and not math.isfinite(raw) else raw


def _pack(tag: TagConfiguration, layout: str, number: int | float) -> bytes:
    try:
        return struct.pack(layout, number)
    except (struct.error, OverflowError) as problem:
        raise ValueError(f"tag {tag.name}: {number} does not fit {tag.type}") from problem


def _ordered(field: bytes, order: ByteOrder) -> tuple[int, ...]:
    """The registers on the wire of a field given most significant byte first."""
    words = struct.unpack(f"{'<' if order in _BYTES_SWAPPED else '>'}{len(field) // 2}H", field)
    return words[::-1] if order in _WORDS_REVERSED else words


def _encode_bits(tag: TagConfiguration, value: int, count: int, before: Sequence[int] | None) -> tuple[int, ...]:
    if not 0 <= value < 1 << count:
        raise ValueError(f"tag {tag.name}: {value} does not fit {count} bits")
    if tag.table in BIT_TABLES:
        return (value,)
    word = _word_parser(tag.byte_order)
    mask = ((1 << count) - 1) << tag.bit
    kept = word(before) & ~mask if before else 0
    return (word([kept | value << tag.bit]),)


def _encode_string(tag: TagConfiguration, text: str) -> tuple[int, ...]:
    data = text.encode("utf-8")
    room = tag.registers * (2 if tag.string_bytes is StringBytes.BOTH else 1)
    if len(data) > room or "\x00" in text:
        raise ValueError(f"tag {tag.name}: {text!r} does not fit {room} characters without NUL")
    padded = data.ljust(room, b"\x00")
    if tag.string_bytes is StringBytes.HIGH:
        padded = b"".join(bytes((byte, 0)) for byte in padded)
    if tag.string_bytes is StringBytes.LOW:
        padded = b"".join(bytes((0, byte)) for byte in padded)
    return _ordered(padded, tag.byte_order)
