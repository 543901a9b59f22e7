"""Measured values with their unit, and beside them in the units this person prefers to read, where they chose some."""

from __future__ import annotations

from decimal import Decimal

from unison_domain.kernel.units import UnitSystem, conversion

from unison_desktop.kernel.numbers import number_text

_chosen = UnitSystem.AS_MEASURED


def choose_units(system: UnitSystem) -> bool:
    """Tell values in these beside those they were measured in from now on; whether that is another than before."""
    global _chosen
    before, _chosen = _chosen, system
    return _chosen != before


def are_units_chosen() -> bool:
    """Whether anything is told beside measured values."""
    return _chosen in (UnitSystem.SI, UnitSystem.US_CUSTOMARY)


def with_unit(text: str, unit: str) -> str:
    """A value's text with its unit beside it, where it has one."""
    return f"{text} {unit}".rstrip()


def beside(value: Decimal, unit: str, resolution: Decimal | None = None, *, uncertainty: Decimal | None = None) -> str:
    """What stands after a value and its unit, e.g. ` (0.00472 in)`; empty where nothing else is preferred.

    Args:
        resolution: smallest step of the value, where it is known; else that of its last digit.
    """
    found = conversion(unit, _chosen)
    if found is None or not value.is_finite():
        return ""
    text = number_text(found.value(value, resolution))
    if uncertainty is not None:
        text += f" ± {number_text(found.difference(uncertainty))}"
    return f" ({text} {found.unit})"


def beside_difference(value: Decimal, unit: str) -> str:
    """As `beside`, of how far two values are apart: two degrees Celsius are 3.6 degrees Fahrenheit."""
    found = conversion(unit, _chosen)
    return "" if found is None or not value.is_finite() else f" ({number_text(found.difference(value))} {found.unit})"


def measured_text(
    value: Decimal, unit: str, resolution: Decimal | None = None, *, uncertainty: Decimal | None = None
) -> str:
    """A value with its digits, its unit, its uncertainty where it is known, and beside it as the person prefers it."""
    text = number_text(value)
    if uncertainty is not None:
        text += f" ± {number_text(uncertainty)}"
    return with_unit(text, unit) + beside(value, unit, resolution, uncertainty=uncertainty)
