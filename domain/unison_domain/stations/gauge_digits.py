"""Whether a value without a unit can be in the unit it shall be read in: its digits are the only witness.

Source: Mitutoyo, QM-Height user's manual 99MAF600B 6.2.2: eight characters hold three decimals in millimetres and five
in inches; gauges to 0.0005 inch send four.
"""

from __future__ import annotations

from decimal import Decimal

from unison_domain.kernel.units import symbol_of
from unison_domain.quality.resolution import is_multiple

_MOST_OF_MILLIMETRES, _FEWEST_OF_INCHES = 3, 4


def demand_digits(value: Decimal, unit: str, resolution: Decimal | None) -> None:
    """Hold the digits of a value against the unit and the smallest step of what it shall measure.

    Args:
        resolution: in `unit`; what it says of gauges that are finer or coarser than usual counts. None: not known.

    Raises:
        ValueError: it is no value of this unit, with the reason in words that follow "the gauge sent {value}, ".
    """
    if resolution is not None and not is_multiple(value, resolution):
        raise ValueError(f"which is finer than steps of {resolution:f} {unit}".rstrip())
    if _is_other_unit(_decimals(value), symbol_of(unit), resolution):
        raise ValueError(f"whose {_decimals(value)} decimals are not those of a gauge set to {unit}")


def _is_other_unit(decimals: int, symbol: str | None, resolution: Decimal | None) -> bool:
    known = None if resolution is None else _decimals(resolution.normalize())
    if symbol == "mm":
        return decimals > max(_MOST_OF_MILLIMETRES, known or 0)
    return symbol == "in" and decimals < min(_FEWEST_OF_INCHES, _FEWEST_OF_INCHES if known is None else known)


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
