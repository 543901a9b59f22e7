"""All byte orders tried on a known value."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from unison_domain.stations import byte_orders
from unison_domain.stations.byte_orders import NUMBERS, Candidate, candidates, near_misses
from unison_domain.stations.configuration import ByteOrder, RegisterTable, StringBytes, TagConfiguration, ValueType
from unison_domain.stations.registers import encode

NOBODY = UUID(int=0)


def tag(type_: ValueType, order: ByteOrder, length: int | None = None, **more: StringBytes) -> TagConfiguration:
    return TagConfiguration(
        id=NOBODY,
        device_id=NOBODY,
        name="value",
        table=RegisterTable.HOLDING_REGISTER,
        address=0,
        type=type_,
        byte_order=order,
        length=length,
        **more,
    )


@given(
    st.sampled_from([type_ for type_ in NUMBERS if "float" not in type_]),
    st.sampled_from(ByteOrder),
    st.integers(1, 127),
    st.lists(st.integers(0, 65_535), max_size=2),
)
def test_a_whole_number_is_found_however_it_was_written(
    type_: ValueType, order: ByteOrder, number: int, before: list[int]
) -> None:
    registers = (*before, *encode(tag(type_, order), number))
    found = [one for one in candidates(registers, str(number)) if (one.start, one.type) == (len(before), type_)]
    assert any(encode(tag(type_, one.byte_order), number) == registers[len(before) :] for one in found)
    assert all(one.value == number for one in found if one.scale == 1)


@given(st.sampled_from(ByteOrder), st.floats(-1e6, 1e6, width=32))
def test_a_float_is_found_by_what_a_display_shows_of_it(order: ByteOrder, number: float) -> None:
    shown = f"{number:.2f}"
    assume(Decimal(shown) != 0)
    found = candidates(encode(tag(ValueType.FLOAT32, order), number), shown)
    assert any((one.type, one.scale, one.raw) == (ValueType.FLOAT32, 1.0, number) for one in found)


def test_a_temperature_in_tenths_is_the_first_guess() -> None:
    best = candidates([215], "21.5")[0]
    assert (best.type, best.byte_order, best.scale, best.value) == (ValueType.UINT16, ByteOrder.ABCD, 0.1, 21.5)
    assert candidates([215], "21,5")[0] == best


def test_one_register_is_likelier_than_two_of_which_one_is_empty() -> None:
    found = candidates([7, 9, 11, 0, 0x021A, 0], "53.8")
    assert (found[0].start, found[0].type, found[0].scale) == (4, ValueType.UINT16, 0.1)
    assert (3, ValueType.UINT32) in [(one.start, one.type) for one in found]


@given(
    st.sampled_from([ValueType.UINT32, ValueType.INT32, ValueType.UINT64, ValueType.INT64, ValueType.BCD32]),
    st.sampled_from(ByteOrder),
    st.integers(-9_999, 9_999).filter(bool),
    st.lists(st.integers(10_000, 60_000), max_size=2),
)
def test_registers_that_only_fill_up_make_a_number_less_likely(
    type_: ValueType, order: ByteOrder, number: int, before: list[int]
) -> None:
    assume(number > 0 or type_ in (ValueType.INT32, ValueType.INT64))
    registers = (*before, *encode(tag(type_, order), number))
    widths = [one.registers for one in candidates(registers, str(number)) if one.raw == number]
    assert widths[0] == 1
    assert widths == sorted(widths)


def test_words_swapped_are_told_from_words_in_order() -> None:
    voltage = struct.unpack(">2H", struct.pack(">f", 230.25))
    assert candidates(voltage, "230.3")[0].byte_order is ByteOrder.ABCD
    assert candidates(voltage[::-1], "230.3")[0].byte_order is ByteOrder.CDAB


def test_a_map_counted_from_one_shows_as_a_later_start() -> None:
    assert [one.start for one in candidates([7, 1234], "1234") if one.type is ValueType.UINT16] == [1]


def test_what_is_not_there_is_not_found() -> None:
    assert candidates([1, 2, 3], "98765.4321") == ()


@pytest.mark.parametrize(("order", "used"), [(ByteOrder.ABCD, StringBytes.BOTH), (ByteOrder.BADC, StringBytes.BOTH)])
def test_text_is_found_by_its_beginning(order: ByteOrder, used: StringBytes) -> None:
    registers = encode(tag(ValueType.STRING, order, 4, string_bytes=used), "EM340-X")
    best = candidates(registers, "EM340")[0]
    assert (best.type, best.byte_order, best.string_bytes) == (ValueType.STRING, order, used)


@pytest.mark.parametrize("known", ["", "0", "0.00", " "])
def test_a_value_that_fits_everything_is_refused(known: str) -> None:
    with pytest.raises(ValueError, match=r"type the value|wait until"):
        candidates([0, 0], known)


@given(st.lists(st.integers(0, 65_535), min_size=1, max_size=8), st.text(max_size=12))
def test_no_text_and_no_registers_break_it(registers: list[int], known: str) -> None:
    found: tuple[Candidate, ...] = ()
    with suppress(ValueError):
        found = candidates(registers, known)
    assert all(one.start + one.registers <= len(registers) for one in found)


def test_a_value_that_moved_on_is_found_near_by_the_shortest_way_first() -> None:
    first, *_ = near_misses([1, 0, 4711, 0, 550], "54.9")
    assert (first.start, first.type, first.scale, first.value) == (4, ValueType.UINT16, 0.1, 55.0)
    assert near_misses([550], "70") == ()
    assert near_misses([550], "oil") == ()
    assert near_misses([0], "0") == ()


@given(
    st.sampled_from([ValueType.UINT16, ValueType.INT16, ValueType.INT32]),
    st.integers(0, 9_999),
    st.integers(-500, 500).filter(bool),
)
def test_a_number_is_found_with_the_offset_of_its_tag_before_those_without(
    type_: ValueType, number: int, offset: int
) -> None:
    known = number + offset
    assume(known not in (0, 1))
    found = candidates(encode(tag(type_, ByteOrder.ABCD), number), str(known), offset=offset)
    assert any((one.type, one.scale, one.raw, one.offset) == (type_, 1.0, number, offset) for one in found)
    assert [one.offset for one in found] == sorted((one.offset for one in found), key=lambda had: had != offset)
    assert all(one.value == one.raw * one.scale + one.offset for one in found)  # type: ignore[operator]


def test_a_tag_with_an_offset_is_told_the_ways_with_none_too() -> None:
    (best, *_) = candidates([215], "21.5", offset=-40)
    assert (best.scale, best.offset, best.value) == (0.1, 0.0, 21.5)
    (best, *_) = candidates([615], "21.5", offset=-40)
    assert (best.scale, best.offset, best.value) == (0.1, -40, 21.5)
    assert near_misses([617], "21.5", offset=-40)[0].offset == -40


def test_a_bit_that_is_set_is_found_and_one_alone_in_its_register_first() -> None:
    found = [(one.start, one.bit) for one in candidates([0b101, 0, 0b1000], "1") if one.type is ValueType.BOOL]
    assert found == [(2, 3), (0, 0), (0, 2)]
    types = [one.type for one in candidates([9, 1], "1")]
    assert types.index(ValueType.UINT16) < types.index(ValueType.BOOL), "a register that is 1 may be a number"
    assert types.index(ValueType.BOOL) < types.index(ValueType.UINT16, types.index(ValueType.BOOL)), "9 may be 0.9"
    assert all(one.bit is None for one in candidates([215], "21.5"))


@pytest.mark.parametrize("known", ["12345", "21.5", "000"])
def test_digits_in_registers_of_text_are_text(known: str) -> None:
    registers = encode(tag(ValueType.STRING, ByteOrder.ABCD, 4, string_bytes=StringBytes.BOTH), known)
    best = candidates(registers, known)[0]
    assert (best.type, best.value) == (ValueType.STRING, known)


def test_two_digits_are_rather_a_number_than_text() -> None:
    found = [one.type for one in candidates([0x3432, 42], "42")]
    assert found.index(ValueType.UINT16) < found.index(ValueType.STRING)


def test_what_was_read_once_is_decoded_once_however_much_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[ValueType] = []
    readings = byte_orders._readings

    def counting(registers: Sequence[int], type_: ValueType) -> Iterator[tuple[ByteOrder, int | float]]:
        decoded.append(type_)
        return readings(registers, type_)

    monkeypatch.setattr(byte_orders, "_readings", counting)
    read = (4711, 815, 4712)
    for known in ("9", "98", "98.7", "98.76"):
        candidates(read, known)
        near_misses(list(read), known)
    assert len(decoded) == len(read) * len(NUMBERS)
