"""Measured values in the other system of units: metric beside inch-pound, and the other way round.

Sources: NIST SP 811 (2008), appendix B, whose factors follow from the international yard and pound (1 in = 25.4 mm,
1 lb = 0.453 592 37 kg, both exact), the US gallon of 231 in³ and the standard acceleration of free fall, 9.806 65 m/s².
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from unison_domain.kernel.contracts import OpenEnum


class UnitSystem(OpenEnum):
    """In which units a person reads measured values beside those they were measured in."""

    AS_MEASURED = "as_measured"
    SI = "si"
    """With the units in use beside it: litre, bar, degree Celsius."""
    US_CUSTOMARY = "us_customary"
    """Inch-pound; gallons and fluid ounces are those of the US."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Conversion:
    """Values of one unit in another: value * factor + shift.

    Attributes:
        unit: symbol of the other one.
        factor, shift: exact.
    """

    unit: str
    factor: Fraction
    shift: Fraction

    def value(self, measured: Decimal, resolution: Decimal | None = None) -> Decimal:
        """A value in the other unit, no finer and hardly coarser than it was measured.

        Its last digit is the greatest power of ten that is no more than the converted resolution, so the measured
        value is the one step of its resolution that is nearest to what is told.

        Args:
            resolution: smallest step of `measured`, in its unit; where none is known, or the value is finer, that is
                one of its last digit.
        """
        return _rounded(Fraction(measured) * self.factor + self.shift, self._step(measured, resolution))

    def difference(self, measured: Decimal, resolution: Decimal | None = None) -> Decimal:
        """As `value`, of how far two values are apart: an uncertainty, a range."""
        return _rounded(Fraction(measured) * self.factor, self._step(measured, resolution))

    def _step(self, measured: Decimal, resolution: Decimal | None) -> int:
        """Exponent of the last digit."""
        exponent = measured.as_tuple().exponent
        last = Fraction(10) ** (min(0, exponent) if isinstance(exponent, int) else 0)
        told = Fraction(resolution) if resolution is not None else last
        return _decade((told if Fraction(measured) % told == 0 else last) * self.factor)


def conversion(unit: str, system: UnitSystem) -> Conversion | None:
    """From a unit to that of the system which is used for the same; None where it is of the system or not known."""
    begin = _of(unit)
    if begin is None or system not in _TABLES or _TABLES[system].get(begin.symbol) is begin:
        return None
    end = _TABLES[system][begin.other]
    return Conversion(end.symbol, begin.size / end.size, (begin.zero - end.zero) / end.size)


def symbol_of(unit: str) -> str | None:
    """The symbol of a unit however it is spelled; None where it is not known here."""
    known = _of(unit)
    return None if known is None else known.symbol


def plain_unit(unit: str) -> str:
    """As units are compared: two signs look like µ, and both mean it."""
    return unicodedata.normalize("NFKC", unit).strip()


@dataclass(frozen=True, slots=True)
class _Unit:
    """A unit and what else it is called.

    Attributes:
        size: in SI base units. zero: where its scale begins, in kelvin for temperatures.
        other: symbol of the one used for the same in the other system.
    """

    symbol: str
    size: Fraction
    other: str
    spellings: tuple[str, ...] = ()
    zero: Fraction = Fraction(0)


_MILLI, _MICRO = Fraction("1e-3"), Fraction("1e-6")
_MINUTE, _HOUR = 60, 3600
_INCH = Fraction("0.0254")
_FOOT = 12 * _INCH
_POUND = Fraction("0.45359237")
_POUND_FORCE = _POUND * Fraction("9.80665")
_PSI = _POUND_FORCE / _INCH**2
_GALLON = 231 * _INCH**3
_LITRE = _MILLI
_FAHRENHEIT = Fraction(5, 9)

_SI = (
    _Unit("µm", _MICRO, "µin", ("um", "micron")),
    _Unit("mm", _MILLI, "in", ("MM", "Mm", "millimetre", "millimeter")),
    _Unit("cm", Fraction("1e-2"), "in"),
    _Unit("m", Fraction(1), "ft"),
    _Unit("mm²", _MILLI**2, "in²"),
    _Unit("cm²", Fraction("1e-4"), "in²"),
    _Unit("m²", Fraction(1), "ft²"),
    _Unit("cm³", _MICRO, "in³", ("ccm",)),
    _Unit("ml", _MICRO, "fl oz", ("mL",)),
    _Unit("l", _LITRE, "gal", ("L", "liter", "litre")),
    _Unit("m³", Fraction(1), "ft³"),
    _Unit("g", _MILLI, "oz"),
    _Unit("kg", Fraction(1), "lb", ("KG", "Kg")),
    _Unit("N", Fraction(1), "lbf"),
    _Unit("kN", Fraction(1000), "lbf"),
    _Unit("N·m", Fraction(1), "lbf·ft", ("Nm", "N m", "N*m", "N⋅m")),
    _Unit("N·cm", Fraction("1e-2"), "lbf·in", ("Ncm", "N cm", "cN·m", "cNm")),
    _Unit("N/mm", Fraction(1000), "lbf/in"),
    _Unit("mbar", Fraction(100), "psi", ("hPa",)),
    _Unit("bar", Fraction(100_000), "psi", ("BAR", "Bar")),
    _Unit("kPa", Fraction(1000), "psi"),
    _Unit("MPa", Fraction(1_000_000), "psi", ("N/mm²",)),
    _Unit("°C", Fraction(1), "°F", ("degC", "deg C"), Fraction("273.15")),
    _Unit("l/min", _LITRE / _MINUTE, "gal/min", ("L/min",)),
    _Unit("l/h", _LITRE / _HOUR, "gal/h", ("L/h",)),
    _Unit("m³/h", Fraction(1, _HOUR), "ft³/min"),
    _Unit("mm/s", _MILLI, "in/s"),
    _Unit("mm/min", _MILLI / _MINUTE, "in/min"),
    _Unit("m/s", Fraction(1), "ft/s"),
    _Unit("m/min", Fraction(1, _MINUTE), "ft/min"),
)
_US_CUSTOMARY = (
    _Unit("µin", _INCH * _MICRO, "µm", ("uin", "microinch")),
    _Unit("mil", _INCH * _MILLI, "µm", ("thou",)),
    _Unit("in", _INCH, "mm", ("inch", "inches", '"', "″", "zoll")),
    _Unit("ft", _FOOT, "m", ("foot", "feet")),
    _Unit("in²", _INCH**2, "mm²", ("sq in",)),
    _Unit("ft²", _FOOT**2, "m²", ("sq ft",)),
    _Unit("in³", _INCH**3, "cm³", ("cu in",)),
    _Unit("fl oz", _GALLON / 128, "ml"),
    _Unit("gal", _GALLON, "l"),
    _Unit("ft³", _FOOT**3, "m³", ("cu ft",)),
    _Unit("oz", _POUND / 16, "g"),
    _Unit("lb", _POUND, "kg", ("lbs",)),
    _Unit("lbf", _POUND_FORCE, "N"),
    _Unit("lbf·ft", _POUND_FORCE * _FOOT, "N·m", ("lbf ft", "ft·lbf", "ft lbf", "ft-lb", "ft-lbs", "lb-ft")),
    _Unit("lbf·in", _POUND_FORCE * _INCH, "N·m", ("lbf in", "in·lbf", "in lbf", "in-lb", "in-lbs", "lb-in")),
    _Unit("lbf/in", _POUND_FORCE / _INCH, "N/mm"),
    _Unit("psi", _PSI, "kPa", ("lbf/in²",)),
    _Unit("ksi", 1000 * _PSI, "MPa"),
    _Unit("°F", _FAHRENHEIT, "°C", ("degf", "deg f"), Fraction("459.67") * _FAHRENHEIT),
    _Unit("gal/min", _GALLON / _MINUTE, "l/min", ("gpm",)),
    _Unit("gal/h", _GALLON / _HOUR, "l/h", ("gph",)),
    _Unit("ft³/min", _FOOT**3 / _MINUTE, "m³/h", ("cfm",)),
    _Unit("in/s", _INCH, "mm/s", ("ips",)),
    _Unit("in/min", _INCH / _MINUTE, "mm/min", ("ipm",)),
    _Unit("ft/s", _FOOT, "m/s"),
    _Unit("ft/min", _FOOT / _MINUTE, "m/min"),
)
_TABLES = {
    UnitSystem.SI: {unit.symbol: unit for unit in _SI},
    UnitSystem.US_CUSTOMARY: {unit.symbol: unit for unit in _US_CUSTOMARY},
}
_SYMBOL = 4
"""Letters that a symbol has at most."""
_SPELLED = {plain_unit(text): unit for unit in _SI for text in (unit.symbol, *unit.spellings)}
"""As written: mPa is not MPa."""
_FOLDED = {plain_unit(text).casefold(): unit for unit in _US_CUSTOMARY for text in (unit.symbol, *unit.spellings)}
_NAMES = {name: unit for name, unit in _SPELLED.items() if name.isalpha() and name.islower() and len(name) > _SYMBOL}
"""Written out, however capitals stand."""


def _of(unit: str) -> _Unit | None:
    plain = plain_unit(unit)
    return _SPELLED.get(plain) or _FOLDED.get(plain.casefold()) or _NAMES.get(plain.casefold())


def _decade(number: Fraction) -> int:
    """Exponent of the greatest power of ten that is no more than a positive number."""
    exponent = len(str(number.numerator)) - len(str(number.denominator))
    return exponent if number >= Fraction(10) ** exponent else exponent - 1


def _rounded(number: Fraction, exponent: int) -> Decimal:
    """To a power of ten, halves to even; written as text because a context would round to its own digits."""
    return Decimal(f"{round(number / Fraction(10) ** exponent)}E{exponent}")
