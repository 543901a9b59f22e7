"""Numbers are written and read with the decimal sign of the locale."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale
from unison_desktop.kernel.numbers import fixed_text, number_text, plain_number, short_text


@pytest.fixture(autouse=True, params=["de_DE", "en_GB"])
def locale(request: pytest.FixtureRequest) -> Iterator[str]:
    """The locale numbers are written in while the test runs."""
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield request.param
    QLocale.setDefault(before)


def sign(locale: str) -> str:
    return "," if locale == "de_DE" else "."


def test_every_digit_stays(locale: str) -> None:
    assert number_text(Decimal("0.120")) == f"0{sign(locale)}120"
    assert number_text(0.5) == f"0{sign(locale)}5"
    assert (number_text(12.0), number_text(1250), number_text("plc-7.plant"), number_text("10.0.0.7")) == (
        ("12", "1250", "plc-7.plant", "10.0.0.7")
    )


def test_what_is_rounded_has_the_same_sign(locale: str) -> None:
    assert (short_text(0.25), short_text(3.0), fixed_text(1.234, 2)) == (
        f"0{sign(locale)}25",
        "3",
        f"1{sign(locale)}23",
    )


@pytest.mark.parametrize(
    ("typed", "plain"),
    [("0.5", "0.5"), ("0,5", "0.5"), ("1.125", "1.125"), ("-,5", "-.5"), ("1.250,5", "1.250,5"), ("abc", "abc")],
)
def test_point_and_comma_are_decimal_signs_everywhere(typed: str, plain: str) -> None:
    assert plain_number(typed) == plain


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_what_is_written_is_read_again(number: Decimal) -> None:
    for name in ("de_DE", "en_GB", "de_CH"):
        QLocale.setDefault(QLocale(name))
        assert Decimal(plain_number(number_text(number))) == number
