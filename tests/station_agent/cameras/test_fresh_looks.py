"""The very same pixels confirm nothing; what is read otherwise of them does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from unison_domain.codes.aim import Symbol
from unison_station.cameras.code import Code, Grey
from unison_station.cameras.decoder import Decoder
from unison_station.cameras.fresh_looks import FreshLooks
from unison_station.cameras.presence import Presence
from unison_station.cameras.second_opinion import SecondOpinion

from tests.station_agent.cameras.printing import on_table, printed

CODE = Code("5901234123457", Symbol("E0"), ((20.0, 20.0), (80.0, 20.0), (80.0, 40.0), (20.0, 40.0)))
PICTURE = np.full((60, 100), 128, dtype=np.uint8)


def looks(read: Callable[[Grey], list[Code]], count: int, code: Code = CODE) -> list[list[Code]]:
    """What so many looks at one picture give, in the first of which a code is read."""
    fresh = FreshLooks(2)
    given = []
    for number in range(count):
        assert fresh.begin(PICTURE.copy()) is (number > 0)
        if number == 0:
            fresh.note(code, code, PICTURE, read)
        given.append(fresh.judged([code]))
    return given


def test_what_nothing_else_reads_is_in_sight_and_never_confirmed() -> None:
    given = looks(lambda _: [], 9)
    assert given == [[CODE], *[[replace(CODE, is_again=True)]] * 8]
    presence = Presence(1.2, 2, 4)
    assert [presence.see(codes, n / 15) for n, codes in enumerate(given)] == [[]] * 9


def test_what_is_read_alike_otherwise_is_confirmed_by_as_many_looks_as_it_wants() -> None:
    given = looks(lambda _: [CODE], 5)
    assert [codes[0].is_again for codes in given] == [False, False, False, True, True]
    presence = Presence(1.2, 2, 4)
    assert [len(presence.see(codes, n / 15)) for n, codes in enumerate(given)] == [0, 0, 1, 0, 0]


def test_what_another_way_contradicts_is_not_confirmed_in_this_picture() -> None:
    other = replace(CODE, text="4006381333931")
    said = iter([[CODE], [other], *[[CODE]] * 9])
    given = looks(lambda _: next(said), 6)
    assert [codes[0].is_again for codes in given] == [False, False, True, True, True, True]


def test_each_other_way_looks_at_other_pixels() -> None:
    seen: list[tuple[int, ...]] = []

    def read(patch: Grey) -> list[Code]:
        seen.append(patch.shape)
        return []

    looks(read, 9)
    assert len(seen) == len(set(seen)) == 6


def test_a_new_picture_is_a_look_of_its_own() -> None:
    fresh = FreshLooks(2)
    for number in range(4):
        picture = PICTURE.copy()
        picture[0, 0] = number
        fresh.begin(picture)
        fresh.note(CODE, CODE, picture, lambda _: [])
        assert fresh.judged([CODE]) == [CODE]


@pytest.mark.parametrize(
    ("symbology", "text"), [("EANX", "590123412345"), ("CODE39", "PART-17"), ("UPCA", "03600029145")]
)
def test_a_still_picture_of_a_real_code_counts(tmp_path: Path, symbology: str, text: str) -> None:
    picture = on_table((printed(tmp_path, text, "-b", symbology), 400, 300))
    decoder, presence = Decoder(), Presence(1.2, 2, 6)
    told = [presence.see(decoder.read(picture, 0.0), n / 15) for n in range(4)]
    assert sum(map(len, told)) == 1


@pytest.mark.skipif(not SecondOpinion().is_there, reason="pyzbar is not installed")
def test_one_scan_line_is_no_second_opinion(tmp_path: Path) -> None:
    label = printed(tmp_path, "PART-17", "-b", "CODE39")
    opinion = SecondOpinion()
    given = []
    for rows in (1, 8):
        strip = np.full((60, label.shape[1] + 80), 255, dtype=np.uint8)
        strip[30 : 30 + rows, 40:-40] = label[20 : 20 + rows]
        given.append([(one.text, one.is_again) for one in opinion.read(strip)])
    opinion.close()
    assert given == [[("PART-17", True)], [("PART-17", False)]], "it is in sight, and confirms nothing"


@pytest.mark.skipif(not SecondOpinion().is_there, reason="pyzbar is not installed")
def test_a_second_opinion_is_never_asked_for_data_bar_expanded(tmp_path: Path) -> None:
    label = printed(tmp_path, "[01]09501101530003[10]ABC", "-b", "DBAR_EXP", "--gs1")
    opinion = SecondOpinion()
    assert opinion.read(on_table((label, 300, 300))) == []
    opinion.close()
