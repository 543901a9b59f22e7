"""Fingerprints of pictures come back in their order, whatever is saved when, in pieces that are small to write."""

from hypothesis import given
from hypothesis import strategies as st
from unison_station.cameras import seen_pictures
from unison_station.cameras.seen_pictures import SeenPictures

COUNTS = st.lists(st.tuples(st.integers(0, 1_300), st.booleans(), st.booleans()), max_size=6)


@given(COUNTS)
def test_what_was_added_and_what_is_worth_keeping_comes_back_in_order(steps: list[tuple[int, bool, bool]]) -> None:
    seen, disk, numbers, expected, named = SeenPictures(), dict[str, bytes](), tuple[int, ...](), list[str](), 0
    for count, is_shortened, is_saved in steps:
        if is_shortened:
            expected = expected[len(expected) // 2 :]
            seen.replace(expected)
        new = [f"{named + place:016x}" for place in range(count)]
        named += count
        seen.add(new)
        expected = [*expected, *new]
        if is_saved:  # else the disk took nothing
            disk |= seen.unsaved("camera")
            numbers = seen.numbers
            seen.saved()
            assert SeenPictures.load("camera", numbers, disk.get).all == expected
    assert seen.all == expected


def test_one_picture_more_is_a_small_write_however_many_there_were() -> None:
    seen = SeenPictures()
    seen.add(f"{number:016x}" for number in range(100_000))
    seen.saved()
    seen.add(["f" * 16])
    (piece,) = seen.unsaved("camera").values()
    assert len(piece) <= 8 * seen_pictures.PIECE
