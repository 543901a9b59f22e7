"""What a tool found: a value with its uncertainty, and what is drawn to show it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from math import floor, log10

from unison_station.vision.picture import Points

COVERAGE = 2.0
"""Expanded uncertainty is so many standard uncertainties: 95 % (JCGM 100:2008, 6.3)."""

_FINEST = 9


@dataclass(frozen=True)
class Measured:
    """A result.

    Attributes:
        value: as many digits as the uncertainty leaves a meaning.
        unit: mm, deg, px, or nothing.
        uncertainty: expanded, 95 %, two digits; None where there is none to tell.
        seen: what was found, in words.
        points, paths: to be drawn on the picture, in its pixels; a path has the shape (n, 2).
    """

    value: Decimal
    unit: str
    uncertainty: Decimal | None
    seen: str
    points: Points
    paths: tuple[Points, ...] = ()


def rounded(value: float, standard_uncertainty: float) -> tuple[Decimal, Decimal]:
    """Value and expanded uncertainty, both ending at the second digit of the latter (JCGM 100:2008, 7.2.6)."""
    expanded = COVERAGE * standard_uncertainty
    places = _FINEST if expanded <= 0 else min(_FINEST, 1 - floor(log10(expanded)))
    grain = Decimal(1).scaleb(-max(places, 0))
    return _at(value, grain), _at(expanded, grain)


def _at(value: float, grain: Decimal) -> Decimal:
    return Decimal(value).quantize(grain, rounding=ROUND_HALF_EVEN)
