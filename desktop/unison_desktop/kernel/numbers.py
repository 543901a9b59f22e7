"""Numbers as people write them: every digit kept, with the decimal sign they prefer, and no signs between digits."""

from __future__ import annotations

import re
from decimal import Decimal

from PySide6.QtCore import QLocale

_NUMBER = re.compile(r"[+-]?\d+\.\d+(e[+-]?\d+)?", re.ASCII)


def digits_text(value: Decimal) -> str:
    """The value with all its digits, also zeros at the end: 0.120 is not 0.12."""
    return f"{value:f}".replace(".", QLocale().decimalPoint())


def as_written(value: str) -> str:
    """A value of a sentence, a cell or a field: where it is a number with a point, with the person's decimal sign."""
    return value.replace(".", QLocale().decimalPoint()) if _NUMBER.fullmatch(value) else value


def as_programs_write(typed: str) -> str:
    """A number typed as the person's locale has it, `1.250,5`, as programs write it, `1250.5`, to the last digit.

    What programs can read stays as it is, and so does what is no number.
    """
    locale = QLocale()
    if _is_number(typed) or not locale.toDouble(typed)[1]:
        return typed
    plain = typed.strip().replace(locale.groupSeparator(), "").replace(locale.decimalPoint(), ".")
    return plain if _is_number(plain) else typed


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
