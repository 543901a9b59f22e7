"""Presence, expected sets and the ring: pure, with times from outside."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.codes.aim import Symbol
from unison_domain.stations.camera_settings import CameraSettings, ExpectedCode
from unison_station.cameras.code import Code, fingerprint
from unison_station.cameras.counting import Counted, Counting
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


def test_a_time_without_pictures_is_no_absence() -> None:
    presence = Presence(1.2, 2, 4)
    times = [0.0, 5.0, 14.0, 300.0]
    assert [texts(presence.see([code("A")], at)) for at in times] == [["A"], [], [], []]


def test_what_had_counted_before_nobody_looked_does_not_count_again() -> None:
    before = Presence(1.2, 2, 4)
    before.see([code("A"), code("B")], 0.0)
    assert before.counted == {fingerprint(("Q", "A")), fingerprint(("Q", "B"))}
    presence = Presence(1.2, 2, 4, counted=before.counted)
    assert [texts(presence.see([code("A")], at)) for at in (90.0, 91.0, 92.0)] == [[], [], []]
    assert presence.counted == {fingerprint(("Q", "A"))}
    assert texts(presence.see([code("A"), code("B")], 93.0)) == ["B"]


def test_a_code_whose_place_looks_the_same_is_still_there() -> None:
    presence = Presence(1.2, 2, 4)
    presence.see([code("A")], 0.0)
    for at in range(1, 50):
        assert presence.see([], float(at), held={code("A").key}) == []
    assert presence.see([code("A")], 50.0) == []
    presence.see([code("B", "A0")], 51.0)
    assert presence.see([code("BBBB", "A0")], 51.1) == []
    assert presence.see([], 51.2, held={("A", "BBBB")}) == []
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


@pytest.mark.parametrize(
    ("doubtful", "confirmations", "reads"),
    [
        (code("LOT-17", "C0", was_changed=True), 1, 2),
        (code("5901234123457", "E0"), 1, 3),
        (code("5901234123457", "E0", was_changed=True), 3, 4),
        (code("0109501101530003", "e0"), 2, 3),
    ],
)
def test_a_doubtful_read_wants_more_even_with_one_confirmation(doubtful: Code, confirmations: int, reads: int) -> None:
    presence = Presence(1.2, confirmations, 4)
    told = [texts(presence.see([doubtful], n / 15)) for n in range(reads)]
    assert told == [*[[]] * (reads - 1), [doubtful.text]]


def test_what_looks_like_a_short_code_without_checksum_never_counts() -> None:
    presence = Presence(1.2, 2, 4)
    shown = [code("851", "I0"), code("8514", "I0"), code("A", "A0"), code("85", "C0"), code("851", "")]
    assert [texts(presence.see(shown, n / 15)) for n in range(4)] == [["85"], ["8514"], [], []]


@pytest.mark.parametrize(("letters", "is_checked"), [("AFHIMNRSXYZacos", False), ("BCDEGJKLOPQTUdeghz", True)])
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


def counting(**more: object) -> Counting:
    return Counting(CameraSettings(name="camera", source="x", least_length=1, expected=SET, **more))


def shows(watching: Counting, at: float, *shown: str) -> Counted:
    return watching.see([code(text) for text in shown], at)


def said(counted: Counted) -> list[str]:
    return [one.words for one in counted.others]


def members(counted: Counted) -> list[tuple[str, str]]:
    return [(one.part, one.code.text) for one in counted.members]


def test_a_set_counts_once_when_all_are_in_sight_in_the_order_it_was_set_up() -> None:
    watching = counting()
    assert shows(watching, 0.0, "S1", "5") == ([], [])
    whole = shows(watching, 0.5, "S1", "5", "P7", "odd")
    assert members(whole) == [("part", "P7"), ("serial", "S1"), ("quantity", "5")]
    assert said(whole) == ["'odd' is none of the expected codes"]
    assert shows(watching, 0.6, "S1", "5", "P7", "odd") == ([], [])


def test_the_next_box_does_not_mix_with_what_was_left_of_the_last() -> None:
    watching = counting()
    shows(watching, 0.0, "P1", "5")
    assert shows(watching, 3.0) == ([], [])
    assert shows(watching, 5.0, "P2", "S2").members == []
    assert members(shows(watching, 5.2, "P2", "S2", "50")) == [("part", "P2"), ("serial", "S2"), ("quantity", "50")]
    shows(watching, 8.0)
    assert shows(watching, 10.0, "P3", "S3", "50").members != []


def test_a_fast_hand_does_not_mix_boxes_either() -> None:
    watching = counting()
    shows(watching, 0.0, "P1", "5")
    assert shows(watching, 0.1, "P2", "S2").members == []
    assert members(shows(watching, 0.2, "P2", "S2", "50")) == [("part", "P2"), ("serial", "S2"), ("quantity", "50")]


def test_a_label_that_wants_two_reads_comes_a_picture_later() -> None:
    watching = counting()
    shown = [code("P1"), code("S1"), code("50", "A0")]
    assert watching.see(shown, 0.0).members == []
    assert len(watching.see(shown[:1], 0.1, held={shown[1].key, shown[2].key}).members) == 0
    assert len(watching.see(shown[2:], 0.2, held={shown[0].key, shown[1].key}).members) == 3


def test_a_half_set_says_what_it_waits_for_and_that_it_was_taken_away() -> None:
    watching = counting()
    assert said(shows(watching, 0.0, "P1", "5")) == []
    assert said(shows(watching, 2.5, "P1", "5")) == ["'P1', '5' not counted yet: serial not read"]
    assert said(shows(watching, 3.0, "P1", "5")) == []
    assert said(shows(watching, 3.1, "5")) == []
    assert said(shows(watching, 3.2)) == []
    assert said(shows(watching, 4.35)) == []
    assert said(shows(watching, 4.5)) == [
        "'P1', '5' not counted, then taken away: serial not read; show all of it again"
    ]


def test_two_boxes_in_sight_are_nobodys_guess() -> None:
    watching = counting()
    both = ("P1", "S1", "5", "P2", "S2", "9")
    assert shows(watching, 0.0, *both).members == []
    (words,) = said(shows(watching, 3.0, *both))
    assert "'5' and '9' both fit quantity" in words
    assert members(shows(watching, 3.1, "P1", "S1", "5")) == [("part", "P1"), ("serial", "S1"), ("quantity", "5")]
    shows(watching, 9.0, "P1", "S1", "5")
    beside = shows(watching, 9.1, *both)
    assert members(beside) == [("part", "P2"), ("serial", "S2"), ("quantity", "9")]


def test_a_hand_over_a_label_of_a_set_that_counted_makes_no_half_one() -> None:
    watching = counting()
    shows(watching, 0.0, "P1", "S1", "5")
    shows(watching, 1.0, "P1", "5")
    shows(watching, 9.0, "P1", "5")
    assert shows(watching, 10.0, "P1", "S1", "5") == ([], [])
    assert shows(watching, 20.0, "P1", "S1", "5") == ([], [])
    shows(watching, 21.0)
    assert len(shows(watching, 23.0, "P1", "S1", "5").members) == 3


def test_the_next_box_of_the_same_part_and_quantity_counts_when_the_last_one_is_gone() -> None:
    watching = counting()
    for number in (1, 2, 3):
        whole = shows(watching, float(number), "P1", f"S{number}", "5")
        assert members(whole) == [("part", "P1"), ("serial", f"S{number}"), ("quantity", "5")]
        assert shows(watching, number + 0.3, "P1", f"S{number}", "5") == ([], [])
        assert shows(watching, number + 0.5, "P1", "5") == ([], [])
    assert len(shows(watching, 3.6, "P1", "S1", "5").members) == 3
    assert shows(watching, 5.0, "P1", "S1", "5") == ([], [])


def test_a_label_of_the_last_box_that_is_still_there_keeps_the_next_one_waiting() -> None:
    watching = counting()
    last, box = [code("P1"), code("S1"), code("5")], [code("P1"), code("S2"), code("5")]
    watching.see(last, 0.0)
    for at in (0.1, 1.0, 2.0):
        assert watching.see(box, at, held={last[1].key}) == ([], [])
    (told,) = watching.see([*last, *box], 2.2).others
    assert told.words == "'S2' not counted yet: 'P1', '5' counted with 'S1' and did not leave the sight"
    assert set(told.texts) == {"S2", "P1", "5", "S1"}
    assert told.remedy == "Take away what was shown before, then show this set alone and whole"
    for read in ([box[1]], box[:2], box[1:]):
        assert watching.see(read, 2.4, held={one.key for one in box}) == ([], [])
    assert len(watching.see(box, 2.5).members) == 3


def test_a_next_box_that_was_taken_away_uncounted_is_told_as_it_was() -> None:
    watching = counting()
    shows(watching, 0.0, "P1", "S1", "5")
    shows(watching, 0.5, "P1", "S1", "S2", "5")
    shows(watching, 0.7)
    (words,) = said(shows(watching, 2.0))
    begin, _, reason = words.partition(": ")
    assert begin == "'S2' not counted, then taken away"
    assert reason == "'P1', '5' counted with 'S1' and did not leave the sight; show all of it again"


def test_the_next_box_counts_after_a_start_as_well() -> None:
    before = counting()
    shows(before, 0.0, "P1", "S1", "5")
    watching = Counting(CameraSettings(name="camera", source="x", least_length=1, expected=SET), before.counted)
    assert shows(watching, 9.0, "P1", "S1", "5") == ([], [])
    assert said(shows(watching, 9.5, "P1", "S1", "S2", "5")) == []
    assert said(shows(watching, 11.6, "P1", "S1", "S2", "5")) == [
        "'S2' not counted yet: 'P1', '5' counted before and did not leave the sight"
    ]
    assert len(shows(watching, 11.7, "P1", "S2", "5").members) == 3


def test_a_set_the_disk_refused_counts_at_the_next_sight_though_nothing_new_came() -> None:
    watching = counting()
    shows(watching, 0.0, "P1", "5")
    whole = shows(watching, 0.1, "P1", "5", "S1")
    watching.take_back(whole.members)
    assert shows(watching, 0.2, "P1", "5", "S1").members == whole.members


def test_what_was_never_kept_is_told_when_it_is_taken_away() -> None:
    watching = Counting(CameraSettings(name="camera", source="x"))
    for at in (0.0, 0.1):
        watching.take_back(watching.see([code("A")], at).members)
    watching.see([], 0.2)
    assert said(watching.see([], 2.0)) == ["'A' not counted, then taken away; show it again"]


@pytest.mark.parametrize("pattern", [r"(?<part>P\d{6})", r"P\pN+", r"\QP12345\E6"])
def test_expected_codes_are_read_as_their_patterns_are_checked(pattern: str) -> None:
    expected = (ExpectedCode(name="part", pattern=pattern),)
    watching = Counting(CameraSettings(name="camera", source="x", expected=expected))
    assert texts([one.code for one in watching.see([code("P123456")], 0.0).members]) == ["P123456"]


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


@pytest.mark.parametrize("size", [120_000, 300_000, 1_000_000])
def test_large_pictures_are_thinned_out_and_every_second_around_a_stop_stays(size: int) -> None:
    ring, stop = Ring(120), 1000.0
    for half in range(int(2 * stop), int(2 * stop) + 240):
        if half == 2 * stop:
            for before in range(half):
                ring.add(shot(before / 2, size), late=5.0)
            ring.stopped(MACHINE, stop)
        ring.add(shot(half / 2, size), late=5.0)
    due = ring.due(stop + 120)
    assert due is not None
    ages = [one.at - stop for one in due[1]]
    fits = 48 * 1024 * 1024 // size
    assert fits * 0.8 <= len(ages) <= fits
    assert sum(len(one.jpeg) for one in due[1]) <= 48 * 1024 * 1024
    farthest = 2 * 250 / fits + 0.5
    assert ages[0] <= -120 + farthest
    assert ages[-1] == 119.5
    assert max(after - before for before, after in pairwise(ages)) <= farthest


def test_a_picture_that_does_not_fit_alone_is_not_kept() -> None:
    ring = Ring(120)
    ring.stopped(MACHINE, 0.0)
    ring.add(shot(0.0, 49 * 1024 * 1024))
    assert ring.due(1e9) == (MACHINE, [])
