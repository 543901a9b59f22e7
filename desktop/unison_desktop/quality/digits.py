"""Measured values as people write them: every digit kept, with the decimal sign of their locale."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from PySide6.QtWidgets import QWidget
from unison_domain.quality.contracts import CharacteristicAnswer
from unison_domain.quality.plausible import is_far
from unison_domain.quality.resolution import is_multiple

from unison_desktop.frame.form.editors import TextEditor
from unison_desktop.kernel.numbers import number_text, plain_number
from unison_desktop.kernel.own_units import with_unit
from unison_desktop.kernel.texts import _

_NO_NUMBER = _("“{typed}” is no number. Type e.g. {example}.")
_OTHER_UNIT = _("“{typed}” is in another unit; {name} is measured in {unit}.")
_TOO_FINE = _("{typed} is finer than {resolution}, in which {name} is measured.")
_TOO_LONG = _("{typed} has too many digits.")
_FAR = _("{value} is far from the limits of {name}, {limits}. Enter again keeps it.")
_BETWEEN, _LEAST, _MOST = _("{lsl} \N{EN DASH} {usl}"), _("at least {limit}"), _("at most {limit}")
_WHOLE, _DECIMALS = 18, 12
"""What a measurement may have before and after the decimal sign."""


def decimals_of(resolution: Decimal | None, values: Iterable[Decimal]) -> int:
    """Decimals that limits and means are written with: one more than the values have."""
    finest = [resolution] if resolution is not None else list(values)
    shown = max((-_exponent(value) for value in finest), default=0)
    return min(_DECIMALS, max(0, shown) + 1)


def read_value(typed: str, characteristic: CharacteristicAnswer) -> Decimal:
    """What was typed, e.g. `12.50` or `12.50 mm`.

    Raises:
        ValueError: why it can be no value of the characteristic, in words for who typed it.
    """
    unit, name = characteristic.measurement_unit, characteristic.characteristic_name
    text = typed.strip()
    bare = text[: -len(unit)].strip() if unit and text.endswith(unit) else text
    value = _number(bare)
    if value is None:
        head = bare.rstrip("µ%°²³/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\"' ")
        if head != bare and _number(head) is not None:
            raise ValueError(_OTHER_UNIT.format(typed=typed, name=name, unit=unit or _("no unit")))
        raise ValueError(_NO_NUMBER.format(typed=typed, example=number_text(Decimal("12.50"))))
    if value.adjusted() >= _WHOLE or -_exponent(value) > _DECIMALS:
        raise ValueError(_TOO_LONG.format(typed=typed))
    resolution = characteristic.resolution
    if resolution is not None and not is_multiple(value, resolution):
        step = with_unit(number_text(resolution), unit)
        raise ValueError(_TOO_FINE.format(typed=typed, resolution=step, name=name))
    return value


def doubt_of(value: Decimal, characteristic: CharacteristicAnswer) -> str:
    """The question before a value is kept that is too far from the limits to be just a bad part; empty without one."""
    lsl, usl, unit = characteristic.lsl, characteristic.usl, characteristic.measurement_unit
    if not is_far(value, lsl, usl):
        return ""
    name = characteristic.characteristic_name
    return _FAR.format(
        value=with_unit(number_text(value), unit), name=name, limits=with_unit(limits_text(lsl, usl), unit)
    )


def limits_text(lsl: Decimal | None, usl: Decimal | None) -> str:
    """Both limits, or the one there is, in words."""
    if lsl is not None and usl is not None:
        return _BETWEEN.format(lsl=number_text(lsl), usl=number_text(usl))
    if lsl is not None:
        return _LEAST.format(limit=number_text(lsl))
    return _MOST.format(limit="" if usl is None else number_text(usl))


class DigitsEditor(TextEditor):
    """A number that keeps the digits it is typed with; travels as a string."""

    def __init__(self, parent: QWidget, *, hint: str = "") -> None:
        super().__init__(parent, hint=hint, longest=40)

    def value(self) -> Any:
        text = super().value()
        return None if text is None else plain_number(text)

    def set_value(self, value: Any) -> None:
        super().set_value(None if value is None else number_text(str(value)))


def _number(text: str) -> Decimal | None:
    written = plain_number(text)
    if not written.isascii() or any(sign in written for sign in "eE_"):
        return None
    try:
        value = Decimal(written)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
