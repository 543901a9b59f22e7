"""Numbers stand with the person's decimal sign wherever they are shown, and come back to the last digit."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from unison_desktop.frame.form.editors import NumberEditor, NumbersEditor
from unison_desktop.frame.form.rules import rule_of
from unison_desktop.kernel.numbers import as_programs_write, as_written, digits_text


@pytest.fixture(scope="module", autouse=True)
def _german() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale("de_DE"))
    yield
    QLocale.setDefault(before)


def test_a_form_shows_the_persons_decimal_sign_and_gives_back_what_came(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    number, exact, several = NumberEditor(parent), NumberEditor(parent, as_text=True), NumbersEditor(parent)
    for value, shown in ((0.5, "0,5"), (2.0, "2"), (1e-7, "1e-07"), (1.5e-7, "1,5e-07"), (7, "7"), (None, "")):
        number.set_value(value)
        assert (number.line.text(), number.value()) == (shown, value)
    exact.set_value("123456789012345678.125")
    assert (exact.line.text(), exact.value()) == ("123456789012345678,125", "123456789012345678.125")
    several.set_value([0.5, 3])
    assert (several.line.text(), several.value()) == ("0,5 3", [0.5, 3])


@pytest.mark.parametrize(
    ("typed", "read"),
    [("0,5", "0.5"), ("0.5", "0.5"), ("1.250,5", "1250.5"), ("12", "12"), ("x,5", "x,5"), ("1,2,3", "1,2,3"), ("", "")],
)
def test_what_is_typed_is_read(typed: str, read: str) -> None:
    assert as_programs_write(typed) == read


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_every_digit_comes_back(value: Decimal) -> None:
    assert Decimal(as_programs_write(digits_text(value))) == value


@pytest.mark.parametrize("text", ["10.0.0.1", "01A+0.5", "v1.2.3", "S1"])
def test_what_is_no_number_stays(text: str) -> None:
    assert as_written(text) == text


def test_limits_in_a_refusal_are_written_so_too() -> None:
    words = rule_of("Value error, the lower limit 12.5 must be below the upper limit 12")
    assert words == "the lower limit 12,5 must be below the upper limit 12"
