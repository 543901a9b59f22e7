"""How finely a characteristic is measured."""

from __future__ import annotations

from decimal import Decimal, localcontext

_DIGITS = 40
"""More than a quotient of two read values has, which are below 10^18 and have 12 decimals at most."""


def is_multiple(value: Decimal, resolution: Decimal) -> bool:
    """Whether a value consists of whole steps of `resolution`, both in the same unit."""
    with localcontext(prec=_DIGITS):
        return value % resolution == 0
