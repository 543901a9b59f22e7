"""What was scanned and taken back is the same, however often and in whatever order a station tells it."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.codes.scanning import history, scanned, set_aside, undone
from tests.server.stations.floor import Floor, stamp

SCANS = 4


class Word(NamedTuple):
    """One thing a station tells of one of its scans."""

    scan: int
    takes_back: bool


words = st.lists(st.builds(Word, st.integers(0, SCANS - 1), st.booleans()), min_size=1, max_size=12)


@given(told=st.lists(words, min_size=1, max_size=4))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_order_and_replays_change_nothing(floor: Floor, told: list[list[Word]]) -> None:
    """Each inner list is a batch; the same word may be in several, and an undo before its scan."""
    ids = [str(uuid4()) for _ in range(SCANS)]
    group = str(uuid4())

    def event(word: Word) -> dict[str, Any]:
        if word.takes_back:
            return undone(floor, 10 + word.scan, ids[word.scan])
        return scanned(floor, word.scan, f"code {word.scan}", id=ids[word.scan], group_id=group)

    for batch in told:
        floor.sender.send([event(word) for word in batch])
    said = {word for batch in told for word in batch}
    kept = {one["id"]: one["undone_at"] for one in history(floor, limit=500) if one["group_id"] == group}
    assert kept == {
        ids[word.scan]: stamp(10 + word.scan) if Word(word.scan, takes_back=True) in said else None
        for word in said
        if not word.takes_back
    }
    assert set_aside(floor) == []


def test_a_scan_told_several_times_in_one_batch_is_the_first_of_them(floor: Floor) -> None:
    scan = scanned(floor, 0, "first")
    floor.sender.send([scan, {**scan, "seq": 2}, {**scan, "seq": 3, "text": "another"}])
    assert [(one["id"], one["reading"]["text"]) for one in history(floor)] == [(scan["id"], "first")]
