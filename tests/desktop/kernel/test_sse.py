from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from unison_desktop.kernel.sse import SentEvent, SseParser

STREAM = (
    ": heartbeat\n\n"
    'id: e1.1\nevent: happening\ndata: {"a":\r\ndata:1}\r\n\r\n'
    "event: reset\r\r"
    "id: e1.2\n\n"
    "data: Größe\nunknown: x\nretry\n\n"
).encode()
EVENTS = [
    SentEvent("happening", '{"a":\n1}', "e1.1"),
    SentEvent("reset", "", "e1.1"),
    SentEvent("message", "Größe", "e1.2"),
]


def test_reads_names_data_ids_comments_and_all_line_ends() -> None:
    assert SseParser().feed(STREAM) == EVENTS


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_cutting_the_stream_anywhere_changes_nothing(cuts: list[int]) -> None:
    parser = SseParser()
    edges = [0, *sorted(cuts), len(STREAM)]
    read = [event for a, b in pairwise(edges) for event in parser.feed(STREAM[a:b])]
    assert read == EVENTS


def test_an_id_with_nul_is_ignored() -> None:
    assert SseParser().feed(b"id: a\x00b\ndata: x\n\n") == [SentEvent("message", "x", "")]
