"""Registers to values: every type, every order, and what a device may send instead of a value."""

from __future__ import annotations

import math
import struct
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.stations.configuration import ByteOrder, StringBytes, ValueType
from unison_domain.stations.events import Quality
from unison_domain.stations.registers import decode, encode

from tests.domain.shop import moment, tag

NOW = moment(0)
ORDERS = st.sampled_from(ByteOrder)
INTEGERS = {
    ValueType.INT8: (-(2**7), 2**7 - 1),
    ValueType.UINT8: (0, 2**8 - 1),
    ValueType.INT16: (-(2**15), 2**15 - 1),
    ValueType.UINT16: (0, 2**16 - 1),
    ValueType.INT32: (-(2**31), 2**31 - 1),
    ValueType.UINT32: (0, 2**32 - 1),
    ValueType.INT64: (-(2**63), 2**63 - 1),
    ValueType.UINT64: (0, 2**64 - 1),
    ValueType.BCD16: (0, 9_999),
    ValueType.BCD32: (0, 99_999_999),
}
FLOATS: dict[ValueType, Literal[16, 32, 64]] = {ValueType.FLOAT16: 16, ValueType.FLOAT32: 32, ValueType.FLOAT64: 64}


@st.composite
def numbers(draw: st.DrawFn) -> tuple[ValueType, int | float]:
    kind = draw(st.sampled_from([*INTEGERS, *FLOATS]))
    if kind in INTEGERS:
        return kind, draw(st.integers(*INTEGERS[kind]))
    return kind, draw(st.floats(width=FLOATS[kind], allow_nan=False, allow_infinity=False))


@given(numbers(), ORDERS)
def test_a_number_comes_back_as_it_was_written(number: tuple[ValueType, int | float], order: ByteOrder) -> None:
    kind, value = number
    of = tag(type=kind, byte_order=order)
    reading = decode(of, encode(of, value), NOW)
    assert (reading.quality, reading.value, reading.raw) == (Quality.GOOD, value, value)


@given(st.integers(0, 15), st.booleans(), st.booleans(), ORDERS, st.integers(0, 0xFFFF))
def test_a_bit_comes_back_and_leaves_the_others_alone(
    bit: int, value: bool, invert: bool, order: ByteOrder, before: int
) -> None:
    of = tag(type="bool", bit=bit, invert=invert, byte_order=order)
    words = encode(of, value, [before])
    assert decode(of, words, NOW).value is value
    assert (words[0] ^ before).bit_count() <= 1


@given(st.data(), ORDERS, st.integers(0, 0xFFFF))
def test_a_bit_range_comes_back_and_leaves_the_others_alone(data: st.DataObject, order: ByteOrder, before: int) -> None:
    bit = data.draw(st.integers(0, 15))
    count = data.draw(st.integers(1, 16 - bit))
    value = data.draw(st.integers(0, 2**count - 1))
    of = tag(type="bits", bit=bit, bit_count=count, byte_order=order)
    words = encode(of, value, [before])
    assert decode(of, words, NOW).value == value
    assert (words[0] ^ before).bit_count() <= count


PLAIN = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)


@given(PLAIN, ORDERS, st.sampled_from(StringBytes))
def test_a_string_comes_back_without_spaces_around(text: str, order: ByteOrder, used: StringBytes) -> None:
    of = tag(type="string", length=48, byte_order=order, string_bytes=used)
    assert decode(of, encode(of, text), NOW).value == text.strip(" ")


@given(st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=4), st.sampled_from(ValueType), ORDERS)
def test_whatever_a_device_sends_is_a_value_or_bad_with_a_reason(
    words: list[int], kind: ValueType, order: ByteOrder
) -> None:
    reading = decode(tag(type=kind, byte_order=order, length=2), words, NOW)
    assert (reading.value is None) == (reading.quality is Quality.BAD) == (reading.reason is not None)
    if isinstance(reading.value, float):
        assert math.isfinite(reading.value)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ("abcd", (0x0102, 0x0304)),
        ("dcba", (0x0403, 0x0201)),
        ("badc", (0x0201, 0x0403)),
        ("cdab", (0x0304, 0x0102)),
    ],
)
def test_the_letters_of_an_order_are_the_bytes_on_the_wire(order: str, words: tuple[int, int]) -> None:
    assert decode(tag(type="uint32", byte_order=order), words, NOW).value == 0x01020304


@pytest.mark.parametrize(
    ("fields", "words", "value"),
    [
        ({"type": "uint8"}, [0x12FF], 255),
        ({"type": "int8"}, [0x12FF], -1),
        ({"type": "uint8", "byte_order": "badc"}, [0x12FF], 0x12),
        ({"type": "bcd16"}, [0x1234], 1234),
        ({"type": "bcd32", "byte_order": "cdab"}, [0x5678, 0x1234], 12345678),
        ({"type": "bits", "bit": 4, "bit_count": 4}, [0x0A70], 7),
        ({"type": "bool", "bit": 15}, [0x8000], True),
        ({"type": "bool", "table": "coil"}, [True], True),
        ({"type": "bool", "table": "discrete_input", "invert": True}, [1], False),
        ({"type": "float32"}, [0x4365, 0x028F], struct.unpack(">f", b"\x43\x65\x02\x8f")[0]),
        ({"type": "uint16", "scale": 0.1, "offset": -40.0}, [650], 25.0),
        ({"type": "string", "length": 3}, [0x4142, 0x4300, 0x5858], "ABC"),
        ({"type": "string", "length": 2, "string_bytes": "low"}, [0x0041, 0x0042], "AB"),
        ({"type": "string", "length": 2, "string_bytes": "high"}, [0x4100, 0x4200], "AB"),
        ({"type": "string", "length": 2, "byte_order": "badc"}, [0x4241, 0x4443], "ABCD"),
        ({"type": "string", "length": 2}, [0x4DFC, 0x6C6C], "Müll"),
        ({"type": "string", "length": 2}, [0x2041, 0x2020], "A"),
    ],
)
def test_published_pictures_of_values(fields: dict[str, Any], words: list[int], value: object) -> None:
    reading = decode(tag(**fields), words, NOW)
    assert (reading.quality, reading.value) == (Quality.GOOD, value)


@pytest.mark.parametrize(
    ("fields", "words", "reason"),
    [
        ({"type": "bcd16"}, [0x12A4], "0x12A4 is no BCD number"),
        ({"type": "float32"}, [0x7FC0, 0], "nan"),
        ({"type": "float32"}, [0x7F80, 0], "inf"),
        ({"type": "float64", "scale": 1e10}, [0x7FE0, 0, 0, 0], "inf"),
        ({"type": "uint16", "sentinels": (65535,)}, [0xFFFF], "says it has no value"),
        ({"type": "int16", "sentinels": (65535,)}, [0xFFFF], "says it has no value"),
        ({"type": "int16", "sentinels": (-1,)}, [0xFFFF], "says it has no value"),
        ({"type": "float32", "sentinels": (-999.9,)}, [0xC479, 0xF99A], "says it has no value"),
        (
            {"type": "uint16", "scale": 0.5, "maximum": 100, "unit": "bar"},
            [202],
            "101 bar is above the maximum 100 bar",
        ),
        ({"type": "int16", "minimum": -5}, [0xFFF0], "-16 is below the minimum -5"),
        ({"type": "uint32"}, [1], "holds 1 registers of this tag, not 2"),
        ({"type": "uint32"}, [], "holds 0 registers of this tag, not 2"),
    ],
)
def test_what_is_no_value_is_bad_and_says_why(fields: dict[str, Any], words: list[int], reason: str) -> None:
    reading = decode(tag(**fields), words, NOW)
    assert (reading.quality, reading.value) == (Quality.BAD, None)
    assert reason in str(reading.reason)


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"type": "uint16"}, 65536),
        ({"type": "int8"}, 200),
        ({"type": "bcd16"}, 10_000),
        ({"type": "bits", "bit_count": 2}, 4),
        ({"type": "float32"}, 1e300),
        ({"type": "string", "length": 1}, "ABC"),
        ({"type": "uint16"}, "five"),
    ],
)
def test_what_does_not_fit_is_refused_when_written(fields: dict[str, Any], value: Any) -> None:
    with pytest.raises(ValueError, match="tag tag"):
        encode(tag(**fields), value)
