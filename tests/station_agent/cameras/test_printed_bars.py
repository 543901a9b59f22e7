"""Bars that are as their text is printed make one picture enough; no other bars do, and no other text."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.codes.aim import Symbol
from unison_domain.codes.gs1.check_digit import check_digit
from unison_station.cameras.bars import are_as_printed
from unison_station.cameras.code import Code, Grey
from unison_station.cameras.picture_files import load_grey
from unison_station.cameras.symbol_elements import elements_of
from unison_station.cameras.zxing import Zxing

from tests.station_agent.cameras.printing import on_table, printed, scratched

STRIPES = Path(__file__).parent / "stripes"
CODE_39 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
DIGITS = "0123456789"
LABELS = [("EANX", "400638133393"), ("UPCA", "01234567890"), ("CODE39", "PART-17"), ("C25INTER", "12345678")]


def drawn(text: str, kind: zxingcpp.BarcodeFormat) -> list[int]:
    """Widths in pixels, as another writer draws them."""
    image = zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(text, kind), scale=1, add_quiet_zones=True)
    row = np.asarray(image)[2].ravel() > 127
    return [len(list(run)) for _, run in groupby(row)][1:-1]


@given(text=st.text(CODE_39, min_size=1, max_size=12).filter(lambda text: text.strip() == text))
def test_elements_of_code_39_are_those_another_writer_draws(text: str) -> None:
    widths = drawn(text, zxingcpp.BarcodeFormat.Code39)
    assert elements_of("A", text) == tuple(1 + (width > 1) for width in widths)


@given(text=st.text(DIGITS, min_size=6, max_size=14).filter(lambda text: len(text) % 2 == 0))
def test_elements_of_interleaved_two_of_five_are_those_another_writer_draws(text: str) -> None:
    widths = drawn(text, zxingcpp.BarcodeFormat.ITF)
    assert elements_of("I", text) == tuple(1 + (width > 1) for width in widths)


@given(text=st.text(DIGITS, min_size=12, max_size=12))
def test_elements_of_ean_are_those_another_writer_draws(text: str) -> None:
    thirteen, eight = text + check_digit(text), text[:7] + check_digit(text[:7])
    assert elements_of("E", thirteen) == tuple(drawn(thirteen, zxingcpp.BarcodeFormat.EAN13))
    assert elements_of("E", eight) == tuple(drawn(eight, zxingcpp.BarcodeFormat.EAN8))


@pytest.mark.parametrize(
    ("letter", "text"), [("A", "small"), ("I", "123"), ("E", "12345678901"), ("C", "A"), ("A", "é")]
)
def test_what_is_no_such_symbol_has_none(letter: str, text: str) -> None:
    assert elements_of(letter, text) is None


def read(picture: Grey) -> Code:
    (code,) = Zxing(None).read(picture)
    return code


@pytest.mark.parametrize(("symbology", "text"), LABELS)
@pytest.mark.parametrize("turns", range(4))
def test_a_printed_label_is_known_whichever_way_it_lies(tmp_path: Path, symbology: str, text: str, turns: int) -> None:
    label = np.rot90(printed(tmp_path, text, "-b", symbology), turns)
    code = read(cv2.GaussianBlur(on_table((label, 300, 100)), (0, 0), 0.8).astype(np.uint8))
    assert code.is_printed
    assert code.reads_wanted(2) == 1


@pytest.mark.parametrize(("symbology", "text"), LABELS)
def test_who_asks_for_more_reads_gets_them(tmp_path: Path, symbology: str, text: str) -> None:
    code = read(on_table((printed(tmp_path, text, "-b", symbology), 300, 100)))
    assert [code.reads_wanted(confirmations) for confirmations in (1, 2, 3, 5)] == [1, 1, 2, 4]
    assert replace(code, was_changed=True).reads_wanted(2) > 1, "what was seen in a changed picture alone is doubtful"


@pytest.mark.parametrize(("symbology", "text"), LABELS)
def test_a_label_that_is_torn_is_confirmed_by_other_pictures(tmp_path: Path, symbology: str, text: str) -> None:
    code = read(on_table((scratched(printed(tmp_path, text, "-b", symbology)), 300, 100)))
    assert not code.is_printed
    assert code.reads_wanted(2) == (3 if code.has_checksum else 2)


@pytest.mark.parametrize(("symbology", "text"), LABELS)
def test_printed_bars_are_those_of_their_own_text_alone(tmp_path: Path, symbology: str, text: str) -> None:
    picture = on_table((printed(tmp_path, text, "-b", symbology), 300, 100))
    code = read(picture)
    for place in range(len(code.text)):
        digit = str((int(code.text[place]) + 1) % 10) if code.text[place].isdigit() else "0"
        other = code.text[:place] + digit + code.text[place + 1 :]
        others = {other, other[:-1] + check_digit(other[:-1])} if code.has_checksum else {other}
        assert not any(are_as_printed(picture, replace(code, text=one)) for one in others - {code.text})


def test_stripes_that_are_read_as_a_code_are_not_printed() -> None:
    stripes = load_grey(STRIPES / "ean_13.png")
    (misread,) = zxingcpp.read_barcodes(stripes, zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.EAN13]))
    place = misread.position
    corners = tuple(
        (float(corner.x), float(corner.y))
        for corner in (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    )
    assert not are_as_printed(stripes, Code(misread.text, Symbol("E0"), corners))
