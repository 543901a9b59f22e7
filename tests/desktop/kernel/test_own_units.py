"""Measured values beside which they stand in the units a person prefers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from PySide6.QtCore import QLocale
from unison_desktop.kernel.own_units import are_units_chosen, beside, beside_difference, choose_units, measured_text
from unison_domain.kernel.units import UnitSystem


@pytest.fixture
def german() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale("de_DE"))
    yield
    QLocale.setDefault(before)


def test_nothing_stands_beside_until_units_are_chosen() -> None:
    assert measured_text(Decimal("0.120"), "mm") == "0.120 mm"
    assert not are_units_chosen()
    assert choose_units(UnitSystem.US_CUSTOMARY)
    assert not choose_units(UnitSystem.US_CUSTOMARY), "they are chosen already"
    assert are_units_chosen()
    assert measured_text(Decimal("0.120"), "mm") == "0.120 mm (0.00472 in)"


def test_a_value_with_its_uncertainty_stands_in_both() -> None:
    choose_units(UnitSystem.US_CUSTOMARY)
    text = measured_text(Decimal("21.5"), "°C", uncertainty=Decimal("0.2"))
    assert text == "21.5 ± 0.2 °C (70.7 ± 0.4 °F)", "an uncertainty has no freezing point"
    assert beside_difference(Decimal("0.2"), "°C") == " (0.4 °F)"


def test_what_is_in_these_units_or_in_none_stands_alone() -> None:
    choose_units(UnitSystem.SI)
    assert measured_text(Decimal("0.120"), "mm") == "0.120 mm"
    assert measured_text(Decimal("62"), "HRC") == "62 HRC"
    assert measured_text(Decimal("62"), "") == "62"
    assert measured_text(Decimal("0.0047"), "in") == "0.0047 in (0.119 mm)"
    assert beside(Decimal("NaN"), "in") == ""


def test_units_of_a_newer_server_are_none(german: None) -> None:
    choose_units(UnitSystem.UNKNOWN)
    assert not are_units_chosen()
    assert measured_text(Decimal("0.120"), "mm") == "0,120 mm"
    choose_units(UnitSystem.US_CUSTOMARY)
    assert measured_text(Decimal("0.120"), "mm") == "0,120 mm (0,00472 in)"
