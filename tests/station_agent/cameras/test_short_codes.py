"""Short linear codes without a check character: read where they are printed or known, told where not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from unison_domain.codes.aim import Symbol
from unison_domain.stations.camera_settings import CameraSettings
from unison_station.cameras.bars import are_as_printed
from unison_station.cameras.code import Code, Grey
from unison_station.cameras.counting import Counting
from unison_station.cameras.decoder import Decoder
from unison_station.cameras.presence import Presence
from unison_station.cameras.zxing import Zxing

from tests.station_agent.cameras.printing import on_table, printed

PRINTED = [
    ("CODE39", "A1"),
    ("CODE39", "X"),
    ("CODE39", "B-17"),
    ("C25INTER", "2468"),
    ("C25INTER", "0815"),
    ("C25INTER", "9007"),
    ("CODABAR", "A12B"),
    ("CODABAR", "C78D"),
    ("CODABAR", "A1-2A"),
]
RULES = CameraSettings(name="camera", source="x")


def shown(folder: Path, symbology: str, text: str, noise: float = 3, blur: float = 0.8, degrees: float = 0.0) -> Grey:
    """The label as a camera sees it."""
    picture = on_table((printed(folder, text, "-b", symbology), 250, 120), size=(480, 800))
    turn = cv2.getRotationMatrix2D((400, 240), degrees, 1.0)
    turned = cv2.warpAffine(picture, turn, (800, 480), borderValue=(128.0,))
    grain = np.random.default_rng(1).normal(0, noise, turned.shape)
    return np.asarray(np.clip(cv2.GaussianBlur(turned, (0, 0), blur) + grain, 0, 255), dtype=np.uint8)


def counted(picture: Grey, looks: int = 4) -> list[str]:
    """What counts of a still picture."""
    decoder, presence = Decoder(), Presence(RULES.absent_seconds, RULES.confirmations, RULES.least_length)
    return [code.text for n in range(looks) for code in presence.see(decoder.read(picture, 0.0), n / 15)]


@pytest.mark.parametrize(("symbology", "text"), PRINTED)
def test_clean_short_codes_count(tmp_path: Path, symbology: str, text: str) -> None:
    assert counted(shown(tmp_path, symbology, text)) == [text]
    assert counted(shown(tmp_path, symbology, text, degrees=4)) == [text]


@pytest.mark.parametrize(("symbology", "text"), PRINTED[::3])
def test_bars_without_their_quiet_zone_are_none_that_are_printed(tmp_path: Path, symbology: str, text: str) -> None:
    picture = shown(tmp_path, symbology, text, noise=0)
    (code,) = Zxing(None).read(picture)
    assert code.is_printed
    left = int(min(x for x, _ in code.corners))
    picture[:, left - 9 : left - 6] = 20
    assert not are_as_printed(picture, code)


def test_bars_that_differ_along_their_height_are_none_that_are_printed(tmp_path: Path) -> None:
    picture = shown(tmp_path, "CODE39", "B-17", noise=0)
    (code,) = Zxing(None).read(picture)
    middle = int(code.middle[1])
    picture[middle:] = picture[middle:, ::-1]
    assert not are_as_printed(picture, code)


def short(text: str, *, is_again: bool = False) -> Code:
    place = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))
    return Code(text, Symbol("I0"), place, is_again=is_again)


def test_one_that_is_not_believed_is_told_once_with_what_to_do() -> None:
    counting = Counting(RULES)
    told = [counting.see([short("85")], n / 15) for n in range(30)]
    assert all(not one.members for one in told)
    ((told_now,),) = [one.others for one in told if one.others]
    assert told_now.words.startswith("'85' not counted: so short a code without a checksum may be stripes")
    assert "item pattern" in (told_now.remedy or "")
    counting.see([], 5.0)
    again = [counting.see([short("85")], 9 + n / 15).others for n in range(20)]
    assert sum(map(len, again)) == 1, "shown anew, it is told anew"


def test_what_is_read_now_and_then_in_clutter_is_not_told() -> None:
    counting = Counting(RULES)
    for n in range(60):
        assert counting.see([short("85")] if n % 20 == 0 else [], n / 15) == ([], [])


def test_a_code_that_only_one_way_reads_is_told_once() -> None:
    counting = Counting(RULES)
    place = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))
    code = Code("5901234123457", Symbol("E0"), place)
    told = [counting.see([replace(code, is_again=n > 0)], n / 15) for n in range(30)]
    assert all(not one.members for one in told)
    ((told_now,),) = [one.others for one in told if one.others]
    assert told_now.words == "'5901234123457' not counted: it is read in one way only, and nothing else confirms it"
    confirmed = Counting(RULES)
    assert [one.others for one in (confirmed.see([code], n / 15) for n in range(30)) if one.others] == []


def test_a_pattern_of_the_station_knows_it() -> None:
    counting = Counting(RULES, knows=lambda code: code.text == "85")
    told = [len(counting.see([short("85"), short("86")], n / 15).members) for n in range(4)]
    assert told == [0, 1, 0, 0]
