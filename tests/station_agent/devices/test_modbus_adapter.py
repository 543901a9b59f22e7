"""What the adapter takes for the answer to a request, and what not."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.stations.configuration import RegisterTable
from unison_station.devices import modbus_adapter
from unison_station.devices.modbus_adapter import BadReply, Frame, Refused, next_frame, request_frame, values_of

HOLDING = RegisterTable.HOLDING_REGISTER


def reply(transaction: int, unit: int, body: bytes) -> bytes:
    return struct.pack(">HHHB", transaction, 0, len(body) + 1, unit) + body


def test_requests_are_the_bytes_of_the_standard() -> None:
    assert request_frame(HOLDING, 107, 3, 17, 1) == bytes.fromhex("0001 0000 0006 11 03 006b 0003")
    functions = [request_frame(table, 0, 1, 1, 1)[7] for table in RegisterTable]
    assert sorted(functions) == [1, 2, 3, 4]


def test_only_reads_can_be_built() -> None:
    names = {name for name in vars(modbus_adapter) if "Request" in name}
    assert all(name.startswith("Read") for name in names)


@pytest.mark.parametrize(("table", "count"), [(HOLDING, 126), (HOLDING, 0), (RegisterTable.COIL, 2001)])
def test_a_request_beyond_the_protocol_is_refused(table: RegisterTable, count: int) -> None:
    with pytest.raises(ValueError, match="count"):
        request_frame(table, 0, count, 1, 1)


def test_registers_and_bits_are_read() -> None:
    assert values_of(Frame(5, 1, b"\x03\x04\x00\x01\xff\xff"), HOLDING, 2, 1, 5) == (1, 65535)
    bits = values_of(Frame(5, 1, b"\x01\x02\x05\x01"), RegisterTable.COIL, 9, 1, 5)
    assert bits == (True, False, True, False, False, False, False, False, True)


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (Frame(4, 1, b"\x03\x04\x00\x01\x00\x02"), "request 4 while 5"),
        (Frame(5, 2, b"\x03\x04\x00\x01\x00\x02"), "unit 2 while unit 1"),
        (Frame(5, 1, b"\x04\x04\x00\x01\x00\x02"), "function 4 while function 3"),
        (Frame(5, 1, b"\x03\x02\x00\x01"), "2 data bytes"),
        (Frame(5, 1, b"\x03\x06\x00\x01\x00\x02\x00\x03"), "6 data bytes"),
        (Frame(5, 1, b"\x03\x04\x00\x01"), "4 announced"),
        (Frame(5, 1, b"\x83\x02\x00"), "function 131"),
    ],
)
def test_any_other_reply_is_bad(frame: Frame, says: str) -> None:
    with pytest.raises(BadReply, match=says):
        values_of(frame, HOLDING, 2, 1, 5)


@pytest.mark.parametrize(
    ("code", "words"), [(2, "illegal data address"), (4, "server device failure"), (6, "busy"), (11, "gateway target")]
)
def test_an_exception_is_told_in_words(code: int, words: str) -> None:
    with pytest.raises(Refused, match=f"exception {code}, .*{words}") as refused:
        values_of(Frame(5, 1, bytes((0x83, code))), HOLDING, 2, 1, 5)
    assert refused.value.code == code


@given(st.lists(st.binary(min_size=2, max_size=252), min_size=1, max_size=4), st.data())
def test_frames_come_out_whole_however_they_are_cut(bodies: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(reply(n, 1, body) for n, body in enumerate(bodies))
    received, frames = bytearray(), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        received += stream[:cut]
        stream = stream[cut:]
        while frame := next_frame(received):
            frames.append(frame)
    assert [(frame.transaction, frame.body) for frame in frames] == list(enumerate(bodies))


@given(st.binary(max_size=300))
def test_arbitrary_bytes_never_pass_for_an_answer(noise: bytes) -> None:
    received = bytearray(noise)
    try:
        frame = next_frame(received)
        if frame is not None:
            values_of(frame, HOLDING, 100, 0xEE, 0xBEEF)
            assert noise[:9] == bytes.fromhex("beef 0000 00cb ee 03 c8")
    except (BadReply, Refused):
        pass
