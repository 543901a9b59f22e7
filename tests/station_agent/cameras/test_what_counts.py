"""Presence, expected sets and the ring: pure, with times from outside."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.codes.aim import Symbol
from unison_domain.stations.camera_settings import ExpectedCode
from unison_station.cameras.code import Code
from unison_station.cameras.expected_set import FORGET_SECONDS, ExpectedSet
from unison_station.cameras.presence import Presence
from unison_station.cameras.ring import Ring, Shot

PLACE = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))
START = datetime(2026, 11, 21, tzinfo=UTC)
MACHINE = UUID(int=5)


def code(text: str, symbol: str = "Q1", *, was_changed: bool = False) -> Code:
    return Code(text, Symbol(symbol), PLACE, was_changed)


def texts(codes: list[Code]) -> list[str]:
    return [one.text for one in codes]


def test_a_code_in_sight_counts_once_and_again_after_it_was_away() -> None:
    presence = Presence(absent_seconds=1.2, confirmations=2, least_length=4)
    told = [texts(presence.see([code("A")], at / 15)) for at in range(30)]
    assert told == [["A"], *[[]] * 29]
    assert [texts(presence.see([], at)) for at in (2.0, 2.5)] == [[], []]
    assert texts(presence.see([code("A")], 3.1)) == []
    assert texts(presence.see([], 3.2)) == []
    assert texts(presence.see([code("A")], 4.4)) == ["A"]


@given(gaps=st.lists(st.integers(1, 6), max_size=40))
def test_equal_codes_count_as_often_as_they_were_away(gaps: list[int]) -> None:
    presence, at = Presence(2.0, 2, 4), 0
    told = len(presence.see([code("A")], at))
    for gap in gaps:
        for empty in range(at + 1, at + gap):
            presence.see([], empty)
        at += gap
        told += len(presence.see([code("A")], at))
    assert told == 1 + sum(gap - 1 >= 2 for gap in gaps)


def test_a_time_without_pictures_is_no_absence_unless_it_is_long() -> None:
    presence = Presence(1.2, 2, 4)
    times = [0.0, 5.0, 14.0, 24.0]
    assert [texts(presence.see([code("A")], at)) for at in times] == [["A"], [], [], ["A"]]


def test_a_code_whose_place_looks_the_same_is_still_there() -> None:
    presence = Presence(1.2, 2, 4)
    presence.see([code("A")], 0.0)
    for at in range(1, 50):
        assert presence.see([], float(at), held={code("A").key}) == []
    assert presence.see([code("A")], 50.0) == []
    presence.see([code("B", "A0")], 51.0)
    assert presence.see([code("BBBB", "A0")], 51.1) == []
    assert presence.see([], 51.2, held={("A0", "BBBB")}) == []
    assert texts(presence.see([code("BBBB", "A0")], 51.3)) == ["BBBB"]


def test_a_code_without_checksum_wants_equal_reads_in_a_row() -> None:
    presence = Presence(1.2, 2, 4)
    readings = ["1234", "1284", "1234", "1234"]
    assert [texts(presence.see([code(text, "I0")], n / 15)) for n, text in enumerate(readings)] == [
        [],
        [],
        [],
        ["1234"],
    ]


def test_a_doubtful_read_wants_a_second_one_even_with_one_confirmation() -> None:
    presence = Presence(1.2, 1, 4)
    doubtful = code("5901234123457", "E0", was_changed=True)
    assert [texts(presence.see([doubtful], n / 15)) for n in range(2)] == [[], ["5901234123457"]]


def test_what_looks_like_a_short_code_without_checksum_never_counts() -> None:
    presence = Presence(1.2, 2, 4)
    shown = [code("851", "I0"), code("8514", "I0"), code("A", "A0"), code("85", "C0"), code("851", "")]
    assert [texts(presence.see(shown, n / 15)) for n in range(4)] == [["85"], ["8514"], [], []]


@pytest.mark.parametrize(("letters", "is_checked"), [("AFHIMRS", False), ("BCEGLPQUdez", True)])
def test_symbologies_that_may_leave_their_check_out_are_not_trusted(letters: str, *, is_checked: bool) -> None:
    assert {code("1", letter + "0").has_checksum for letter in letters} == {is_checked}
    assert not code("1", "").has_checksum


def test_what_was_not_kept_counts_again() -> None:
    presence = Presence(1.2, 2, 4)
    told = presence.see([code("A")], 0.0)
    presence.take_back(told)
    assert texts(presence.see([code("A")], 0.1)) == ["A"]


SET = (
    ExpectedCode(name="part", pattern=r"P\d+"),
    ExpectedCode(name="serial", pattern=r"S\d+"),
    ExpectedCode(name="quantity", pattern=r"\d+"),
)


def test_a_set_counts_when_all_are_there_in_the_order_it_was_set_up() -> None:
    expected = ExpectedSet(SET)
    assert expected.take([code("S1"), code("5")], 0.0) == ([], [])
    assert expected.missing == ["part"]
    whole, strange = expected.take([code("P7"), code("odd")], 0.5)
    assert [(one.part, one.code.text) for one in whole] == [("part", "P7"), ("serial", "S1"), ("quantity", "5")]
    assert texts(strange) == ["odd"]
    assert expected.missing == []


def test_the_next_part_does_not_mix_with_what_was_left_of_the_last() -> None:
    expected = ExpectedSet(SET)
    expected.take([code("P1"), code("S1")], 0.0)
    expected.take([code("P2"), code("S2")], FORGET_SECONDS + 1)
    whole, _ = expected.take([code("9")], FORGET_SECONDS + 2)
    assert [one.code.text for one in whole] == ["P2", "S2", "9"]


def shot(at: float, size: int = 10) -> Shot:
    return Shot(bytes(size), START + timedelta(seconds=at), at)


def test_the_seconds_around_a_stop_are_kept_once() -> None:
    ring = Ring(5)
    for at in range(30):
        if at == 12:
            ring.stopped(MACHINE, 12.0)
        if at == 14:
            ring.stopped(MACHINE, 14.0)
        ring.add(shot(float(at)))
        if at == 16:
            assert ring.due(16.0) is None
    first, second = ring.due(29.0), ring.due(29.0)
    assert first is not None
    assert [one.at for one in first[1]] == [float(n) for n in range(7, 18)]
    assert second is not None
    assert [one.at for one in second[1]] == [18.0, 19.0]
    assert ring.due(29.0) is None


def test_memory_is_bounded_whatever_is_asked() -> None:
    ring = Ring(120)
    ring.stopped(MACHINE, 100.0)
    for at in range(200):
        ring.add(shot(float(at), 1_000_000))
    due = ring.due(1e9)
    assert due is not None
    assert sum(len(one.jpeg) for one in due[1]) <= 48 * 1024 * 1024
