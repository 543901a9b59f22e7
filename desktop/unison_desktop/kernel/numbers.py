"""Numbers as people write them: every digit kept, with the decimal sign they prefer, and no signs between digits."""

from __future__ import annotations

import re
from decimal import Decimal

from PySide6.QtCore import QLocale

_NUMBER = re.compile(r"[+-]?\d+\.\d+", re.ASCII)


def digits_text(value: Decimal) -> str:
    """The value with all its digits, also zeros at the end: 0.120 is not 0.12."""
    return f"{value:f}".replace(".", QLocale().decimalPoint())


def as_written(value: str) -> str:
    """A value of a sentence: where it is a number with a point, with the decimal sign of the person."""
    return value.replace(".", QLocale().decimalPoint()) if _NUMBER.fullmatch(value) else value
