"""Measured values in the other system of units: published factors, and digits that promise what was measured."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unison_domain.kernel.units import Conversion, UnitSystem, conversion, symbol_of

from tests.cases.load import cases

SI, US = UnitSystem.SI, UnitSystem.US_CUSTOMARY
METRIC = (
    *("µm", "mm", "cm", "m", "mm²", "cm²", "m²", "cm³", "ml", "l", "m³", "g", "kg", "N", "kN", "N·m", "N·cm", "N/mm"),
    *("mbar", "bar", "kPa", "MPa", "°C", "l/min", "l/h", "m³/h", "mm/s", "mm/min", "m/s", "m/min"),
)
INCH_POUND = (
    *("µin", "mil", "in", "ft", "in²", "ft²", "in³", "fl oz", "gal", "ft³", "oz", "lb", "lbf", "lbf·ft", "lbf·in"),
    *("lbf/in", "psi", "ksi", "°F", "gal/min", "gal/h", "ft³/min", "in/s", "in/min", "ft/s", "ft/min"),
)
WAYS = [*((unit, US) for unit in METRIC), *((unit, SI) for unit in INCH_POUND)]


def way(unit: str, system: UnitSystem) -> Conversion:
    found = conversion(unit, system)
    assert found is not None, unit
    return found


@pytest.mark.parametrize(("inputs", "expected"), cases("unit_factors", "factor"))
def test_published_factors(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    found, published = way(inputs["unit"], SI), Decimal(expected["factor"])
    assert found.unit == inputs["to"]
    exact = found.factor / int(expected.get("of", "1"))
    digits = Context(prec=len(published.as_tuple().digits))
    assert digits.divide(Decimal(exact.numerator), Decimal(exact.denominator)) == published


@pytest.mark.parametrize(("inputs", "expected"), cases("unit_factors", "temperature"))
def test_published_temperatures(inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    fahrenheit, celsius = Decimal(inputs["fahrenheit"]), Decimal(expected["celsius"])
    finely = Decimal("0.01")
    assert way("°F", SI).value(fahrenheit, finely) == celsius
    assert way("°C", US).value(celsius, finely) == fahrenheit


@pytest.mark.parametrize(
    ("measured", "unit", "resolution", "told"),
    [
        ("0.120", "mm", None, "0.00472 in"),
        ("0.12", "mm", "0.001", "0.00472 in"),
        ("0.12", "mm", None, "0.0047 in"),
        ("0.125", "mm", "0.005", "0.0049 in"),
        ("0.1234", "mm", "0.01", "0.004858 in"),
        ("12.000", "mm", "0.001", "0.47244 in"),
        ("25.400", "mm", None, "1.00000 in"),
        ("0.8", "µm", None, "31 µin"),
        ("21.5", "°C", "0.1", "70.7 °F"),
        ("5", "MPa", None, "700 psi"),
        ("1E+3", "mm", None, "39.37 in"),
        ("123456789012345678.123456789012", "mm", None, "4860503504423058.19383688145717 in"),
    ],
)
def test_told_as_finely_as_measured(measured: str, unit: str, resolution: str | None, told: str) -> None:
    found = way(unit, US)
    value = found.value(Decimal(measured), None if resolution is None else Decimal(resolution))
    assert f"{value:f} {found.unit}" == told


@given(
    st.sampled_from(WAYS),
    st.integers(-(10**18), 10**18),
    st.integers(1, 50),
    st.integers(-12, 0),
)
def test_back_again_it_is_the_measured_value(way_: tuple[str, UnitSystem], count: int, least: int, power: int) -> None:
    found, resolution = way(*way_), Decimal(f"{least}E{power}")
    measured = Decimal(f"{count * least}E{power}")
    told = found.value(measured, resolution)
    back = (Fraction(told) - found.shift) / found.factor / Fraction(resolution)
    assert round(back) * Fraction(resolution) == Fraction(measured)
    exponent = told.as_tuple().exponent
    assert isinstance(exponent, int)
    step, converted = Fraction(10) ** exponent, Fraction(resolution) * found.factor
    assert step <= converted < 10 * step, "neither finer nor a whole digit coarser"


@given(st.sampled_from(WAYS), st.integers(-(10**9), 10**9), st.integers(0, 10**9))
def test_a_difference_is_of_two_values(way_: tuple[str, UnitSystem], least: int, more: int) -> None:
    found, finely = way(*way_), Decimal("1E-9")
    values = [found.value(Decimal(one), finely) for one in (least, least + more)]
    step = found.difference(finely, finely)
    apart = found.difference(Decimal(more), finely)
    assert abs(Fraction(apart) - (Fraction(values[1]) - Fraction(values[0]))) <= 2 * Fraction(step)


def test_what_is_of_the_system_or_not_known_stays_alone() -> None:
    assert conversion("mm", SI) is None
    assert conversion("psi", US) is None
    assert conversion("HRC", US) is None
    assert conversion("", SI) is None
    assert all(conversion(unit, UnitSystem.AS_MEASURED) is None for unit in (*METRIC, *INCH_POUND))
    assert conversion("mm", UnitSystem.UNKNOWN) is None


@pytest.mark.parametrize(
    ("spelled", "symbol"),
    [
        ("μm", "µm"),
        ("Nm", "N·m"),
        ("mm2", "mm²"),
        ("IN", "in"),
        ("″", "in"),
        ("PSI", "psi"),
        ("℃", "°C"),
        ("L", "l"),
        ("Mm", "mm"),
        ("Millimetre", "mm"),
        ("MILLIMETER", "mm"),
        ("Liter", "l"),
    ],
)
def test_a_unit_is_known_however_it_is_spelled(spelled: str, symbol: str) -> None:
    assert symbol_of(spelled) == symbol


@pytest.mark.parametrize("unit", ["mPa", "M", "G", "'", "t", "mpa"])
def test_what_means_something_else_is_not_taken_for_a_unit(unit: str) -> None:
    assert symbol_of(unit) is None
