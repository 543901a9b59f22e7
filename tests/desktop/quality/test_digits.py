"""Values as people type and read them, in their locale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale
from unison_desktop.kernel.numbers import digits_text
from unison_desktop.quality.digits import decimals_of, plain, read_value
from unison_desktop.quality.plot import apart
from unison_desktop.quality.value_axis import ValueAxis

from tests.desktop.quality.samples import BORE, MASS


@pytest.fixture(params=["en_US", "de_DE"])
def locale(request: pytest.FixtureRequest) -> Iterator[str]:
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield request.param
    QLocale.setDefault(before)


@given(value=st.decimals(-(10**12), 10**12, allow_nan=False, allow_infinity=False, places=6))
def test_what_is_shown_reads_as_the_same_digits(value: Decimal) -> None:
    before = QLocale()
    for name in ("en_US", "de_DE"):
        QLocale.setDefault(QLocale(name))
        assert str(read_value(digits_text(value), MASS)) == str(value)
    QLocale.setDefault(before)


def test_point_and_comma_are_decimal_signs_everywhere(locale: str) -> None:
    assert str(read_value("12,010", BORE)) == "12.010"
    assert str(read_value(",5", MASS)) == "0.5"
    assert str(read_value(" 12.010 ", BORE)) == "12.010"
    assert str(read_value("12.010 mm", BORE)) == "12.010"
    assert str(read_value("\N{MINUS SIGN}0.120", MASS)) == "-0.120"
    comma = digits_text(Decimal("0.120"))
    assert comma == ("0,120" if locale == "de_DE" else "0.120")
    assert plain(comma) == "0.120"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("twelve", "“twelve” is no number"),
        ("1,200.5", "“1,200.5” is no number. Type e.g. 12.50."),
        ("1,200,5", "is no number"),
        ("1 2", "is no number"),
        ("1_2", "is no number"),
        ("1e3", "is no number"),
        ("nan", "is no number"),
        ("12.010 in", "is in another unit; Bore Ø 12 H7 is measured in mm."),
        ("12.0105", "12.0105 is finer than 0.001 mm, in which Bore Ø 12 H7 is measured."),
        ("1234567890123456789", "has too many digits"),
        ("0.0000000000001", "has too many digits"),
    ],
)
def test_what_can_be_no_value_is_refused_in_words(typed: str, why: str) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale("en_US"))
    with pytest.raises(ValueError, match=re.escape(why)):
        read_value(typed, BORE)
    QLocale.setDefault(before)


def test_limits_have_a_decimal_more_than_values() -> None:
    assert decimals_of(Decimal("0.001"), []) == 4
    assert decimals_of(None, [Decimal("1.50"), Decimal("2")]) == 3
    assert decimals_of(Decimal(50), []) == 1


@given(st.floats(-1e9, 1e9), st.floats(0, 1e6), st.integers(20, 2000))
def test_an_axis_has_round_lines_and_shows_what_it_is_around(low: float, span: float, pixels: int) -> None:
    axis = ValueAxis.around(low, low + span, 0.0, float(pixels))
    assert axis.shows(low)
    assert axis.shows(low + span)
    assert 0 <= axis.y(low + span) <= axis.y(low) <= pixels
    ticks, decimals = axis.ticks(20.0)
    assert len(ticks) <= pixels / 20 + 1
    assert decimals >= 0


@given(st.lists(st.floats(0, 300), max_size=8))
def test_labels_never_lie_over_one_another(wanted: list[float]) -> None:
    placed = apart(sorted(wanted), 15.0, 0.0, 285.0)
    assert all(later - earlier >= 15.0 - 1e-6 for earlier, later in pairwise(placed))
    assert all(y <= 285.0 for y in placed)
