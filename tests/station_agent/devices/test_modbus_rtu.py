"""RTU frames: what can be asked, and that nothing but the exact answer becomes a value."""

from __future__ import annotations

import struct

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pymodbus.framer.rtu import FramerRTU
from unison_domain.stations.configuration import RegisterTable
from unison_station.devices.modbus_adapter import BadReply, Refused
from unison_station.devices.modbus_rtu import checksum, is_whole, missing, reply_size, request_frame, values_of

HOLDING, COIL = RegisterTable.HOLDING_REGISTER, RegisterTable.COIL


def closed(frame: bytes) -> bytes:
    return frame + checksum(frame)


def reply(unit: int, *registers: int) -> bytes:
    return closed(bytes((unit, 3, 2 * len(registers))) + struct.pack(f">{len(registers)}H", *registers))


def take(received: bytes, count: int, unit: int = 1, table: RegisterTable = HOLDING) -> tuple[int, ...]:
    """Byte by byte as they come from a line; raises `EOFError` when the last of them makes nothing whole."""
    for end in range(1, len(received) + 1):
        if missing(received[:end], table, count, unit) == 0:
            missing(received, table, count, unit)
            return values_of(received, table, count)
    raise EOFError


def test_a_request_is_as_the_standard_draws_it() -> None:
    """MODBUS over Serial Line 1.02 and Application Protocol 1.1b3, 6.3: registers 108 to 110 of unit 17."""
    assert request_frame(HOLDING, 107, 3, 17).hex() == "1103006b00037687"


@given(st.binary(min_size=1, max_size=253))
def test_checksums_are_those_of_another_program(frame: bytes) -> None:
    assert int.from_bytes(checksum(frame), "big") == FramerRTU.compute_CRC(frame)


@given(st.sampled_from(RegisterTable), st.integers(-5, 65_600), st.integers(-5, 2100), st.integers(-1, 256))
def test_only_reading_requests_of_slaves_can_be_built(
    table: RegisterTable, address: int, count: int, unit: int
) -> None:
    try:
        frame = request_frame(table, address, count, unit)
    except ValueError:
        return
    assert len(frame) == 8
    assert frame[1] in (1, 2, 3, 4)
    assert 1 <= frame[0] <= 247
    assert is_whole(frame)


def test_the_broadcast_can_not_be_asked() -> None:
    with pytest.raises(ValueError, match="unit 0 is no slave"):
        request_frame(HOLDING, 0, 1, 0)


@given(st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=125), st.integers(1, 247))
def test_the_answer_is_taken(registers: list[int], unit: int) -> None:
    assert take(reply(unit, *registers), len(registers), unit) == tuple(registers)


def test_bits_are_cut_to_the_number_asked() -> None:
    assert take(closed(bytes((1, 1, 2, 0b101, 0b1))), 9, table=COIL) == (True, False, True, *[False] * 5, True)


def test_a_refusal_is_told_with_its_code() -> None:
    with pytest.raises(Refused) as refused:
        take(closed(bytes((1, 0x83, 2))), 4)
    assert refused.value.code == 2


@given(st.data())
def test_nothing_but_the_answer_becomes_a_value(data: st.DataObject) -> None:
    """Any damage that leaves other bytes: another unit, function or length, flipped, lost or added bytes."""
    registers = data.draw(st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=20))
    right = reply(1, *registers)
    came = data.draw(
        st.one_of(
            st.binary(max_size=60),
            st.integers(0, len(right) - 1).map(lambda end: right[:end]),
            st.binary(min_size=1, max_size=3).map(lambda noise: right + noise),
            st.binary(min_size=1, max_size=3).map(lambda noise: noise + right),
            st.integers(0, 8 * len(right) - 1).map(
                lambda bit: bytes(byte ^ (1 << bit % 8 if at == bit // 8 else 0) for at, byte in enumerate(right))
            ),
            st.integers(2, 247).map(lambda unit: reply(unit, *registers)),
            st.just(reply(1, *registers, 7)),
            st.just(reply(1, *registers[:-1])),
        )
    )
    assume(came != right)
    with pytest.raises((BadReply, Refused, EOFError)) as told:
        take(came, len(registers))
    if told.type is Refused:
        assert is_whole(came)
        assert len(came) == 5


def test_a_reply_of_another_length_is_known_at_its_third_byte() -> None:
    with pytest.raises(BadReply, match="a reply of 10 data bytes while 8 were asked"):
        missing(reply(1, 1, 2, 3, 4, 5)[:3], HOLDING, 4, 1)
    assert missing(reply(1, 1, 2, 3, 4)[:3], HOLDING, 4, 1) == reply_size(HOLDING, 4) - 3
