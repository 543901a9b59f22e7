"""Bytes become the same messages however they are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.stations.framing import Frame, Framer, as_sent
from unison_domain.stations.serial_settings import MAX_FRAME_BYTES, FrameEnd, Framing

GS = b"\x1d"
bodies = st.lists(st.text("ABC0123]\x1d", min_size=1, max_size=20).map(str.encode), max_size=6)
ENDINGS = {
    Framing(): (b"", b"\r\n"),
    Framing(prefix="02"): (b"\x02", b"\r"),
    Framing(end=FrameEnd.STX_ETX): (b"\x02", b"\x03"),
    Framing(end=FrameEnd.SUFFIX, suffix="0d0a2e"): (b"", b"\r\n."),
}


def all_frames(framer: Framer, pieces: list[bytes]) -> list[Frame]:
    frames: list[Frame] = []
    for piece in pieces:
        framer, ended = framer.fed(piece, 0.0)
        frames += ended
    assert framer.pending == b""
    return frames


@given(st.sampled_from(list(ENDINGS)), bodies, st.data())
def test_messages_do_not_depend_on_how_bytes_come(framing: Framing, sent: list[bytes], data: st.DataObject) -> None:
    before, after = ENDINGS[framing]
    stream = b"".join(before + body + after for body in sent)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=8)) | {0, len(stream)})
    pieces = [stream[begin:end] for begin, end in pairwise(cuts)]
    assert [frame.content for frame in all_frames(Framer(framing), pieces)] == sent


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_any_end_of_line_ends_one_message(end: bytes) -> None:
    frames = all_frames(Framer(Framing()), [b"A" + GS + b"B" + end, b"C" + end])
    assert frames == [Frame(b"A" + GS + b"B"), Frame(b"C")]


def test_silence_ends_a_message_where_nothing_else_does() -> None:
    framer, frames = Framer(Framing(end=FrameEnd.IDLE, prefix="02", idle_milliseconds=40)).fed(b"\x02AB", 1.0)
    assert frames == []
    framer, frames = framer.fed(b"C", 1.03)
    assert frames == []
    framer, frames = framer.fed(b"\x02D", 1.08)
    assert frames == [Frame(b"ABC")]
    framer, frames = framer.rested(1.13)
    assert frames == [Frame(b"D")]
    assert framer.rested(9.0)[1] == []


@pytest.mark.parametrize("framing", list(ENDINGS), ids=lambda framing: framing.end)
@pytest.mark.parametrize("pause", [0.06, 0.2, 0.9])
def test_a_pause_inside_a_message_does_not_cut_it(framing: Framing, pause: float) -> None:
    before, after = ENDINGS[framing]
    framer, _ = Framer(framing).fed(before + b"SN-4711-", 1.0)
    assert framer.rested(1.0 + pause)[1] == []
    assert framer.fed(b"0815" + after, 1.0 + pause)[1] == [Frame(b"SN-4711-0815")]


@pytest.mark.parametrize("framing", list(ENDINGS), ids=lambda framing: framing.end)
def test_the_rest_of_a_message_that_was_given_up_is_none(framing: Framing) -> None:
    before, after = ENDINGS[framing]
    framer, _ = Framer(framing).fed(before + b"SN-4711-", 1.0)
    framer, (half,) = framer.rested(2.5)
    assert "given up" in (half.fault or "")
    framer, (rest,) = framer.fed(b"0815" + after, 60.0)
    assert rest.content.startswith(b"0815")
    assert rest.fault is not None
    assert framer.fed(before + b"SN-4712" + after, 61.0)[1] == [Frame(b"SN-4712")]


@pytest.mark.parametrize(("framing", "is_sure"), [(framing, bool(begin)) for framing, (begin, _) in ENDINGS.items()])
def test_after_one_that_was_given_up_the_next_is_sure_where_its_begin_is_marked(
    framing: Framing, is_sure: bool
) -> None:
    before, after = ENDINGS[framing]
    framer, _ = Framer(framing).fed(before + b"half", 1.0)
    _, (told, whole) = framer.fed(before + b"whole" + after, 2.5)
    assert "given up" in (told.fault or "")
    assert (whole.content, whole.fault is None) == (b"whole", is_sure)


def test_noise_is_told_and_takes_nothing_with_it() -> None:
    frames = all_frames(Framer(Framing(end=FrameEnd.STX_ETX)), [b"zz\x02A\x03\r\n\x02B\x03"])
    assert [(frame.content, frame.fault is None) for frame in frames] == [(b"zz", False), (b"A", True), (b"B", True)]
    (wrong, right) = all_frames(Framer(Framing(prefix="ff")), [b"A\r\xffB\r"])
    assert "does not begin with ff" in (wrong.fault or "")
    assert right == Frame(b"B")


def test_an_end_of_line_after_etx_is_no_half_message() -> None:
    framer, frames = Framer(Framing(end=FrameEnd.STX_ETX)).fed(b"\x02A\x03\r\n", 1.0)
    assert frames == [Frame(b"A")]
    framer, told = framer.rested(2.5)
    assert told == []
    assert framer.fed(b"\x02B\x03", 3.0)[1] == [Frame(b"B")]


@pytest.mark.parametrize("end", [FrameEnd.LINE, FrameEnd.IDLE])
def test_an_endless_message_is_cut_off_and_its_rest_is_none(end: FrameEnd) -> None:
    framer, frames = Framer(Framing(end=end)).fed(b"x" * (MAX_FRAME_BYTES + 1), 0.0)
    assert framer.pending == b""
    assert "is the speed right?" in (frames[0].fault or "")
    framer, rest = framer.fed(b"xyz\r", 0.01)
    framer, told = framer.rested(1.5)
    assert ["may be the rest" in (frame.fault or "") for frame in (*rest, *told)] == [True]
    framer, rest = framer.fed(b"A\r", 2.0)
    assert [frame.content.strip() for frame in (*rest, *framer.rested(3.5)[1])] == [b"A"]


@pytest.mark.parametrize("noise", [b"\0", b"\xff", b"\0\0\xff"])
@pytest.mark.parametrize("end", [FrameEnd.LINE, FrameEnd.STX_ETX, FrameEnd.IDLE])
def test_noise_of_plugging_in_is_no_message_and_costs_none(noise: bytes, end: FrameEnd) -> None:
    framer, frames = Framer(Framing(end=end)).fed(noise, 0.0)
    framer, more = framer.rested(5.0)
    assert frames + more == []
    message = b"\x02A1\x03" if end is FrameEnd.STX_ETX else b"A1\r" if end is FrameEnd.LINE else b"A1"
    framer, frames = framer.fed(message, 6.0)
    frames += framer.rested(20.0)[1]
    assert frames == [Frame(b"A1")]


def test_noise_before_a_prefix_is_no_part_of_it() -> None:
    framing = Framing(prefix="23")
    assert Framer(framing).fed(b"\0\xff#A1\r", 0.0)[1] == [Frame(b"A1")]


@pytest.mark.parametrize(
    "framing",
    [
        Framing(),
        Framing(prefix="23"),
        Framing(end=FrameEnd.STX_ETX, prefix="23"),
        Framing(end=FrameEnd.SUFFIX, suffix="0304", prefix="2323"),
        Framing(end=FrameEnd.IDLE),
    ],
)
def test_a_message_as_people_write_it_down_is_framed_as_it_would_come(framing: Framing) -> None:
    assert as_sent(b"A1", framing) == [Frame(b"A1")]


@pytest.mark.parametrize("framing", list(ENDINGS), ids=lambda framing: framing.end)
def test_a_message_that_is_too_long_is_told_however_its_bytes_come(framing: Framing) -> None:
    before, after = ENDINGS[framing]
    longest, longer = (before + b"X" * size + after for size in (MAX_FRAME_BYTES, MAX_FRAME_BYTES + 900))
    kept, told, next_one = all_frames(Framer(framing), [longest + longer + before + b"A" + after])
    assert (kept.fault, next_one) == (None, Frame(b"A"))
    assert f"at most {MAX_FRAME_BYTES} count" in (told.fault or "")
    assert "Set speed" in (told.remedy or "")
