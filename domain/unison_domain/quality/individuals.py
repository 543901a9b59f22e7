"""Individuals and moving range chart (NIST/SEMATECH e-Handbook 6.3.2.2; AIAG SPC, 2nd ed., chapter II)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import pairwise

D2 = 1.128
"""Mean range of two values in standard deviations, as the tables print it (exact: 1.128379)."""
D4 = 3.267
"""Upper limit of ranges of two values in mean ranges."""
SIGMAS = 3.0
FEWEST = 2
"""Values needed for a moving range, without which there are no limits."""
SETTLED = 20
"""With fewer values the limits are preliminary (Montgomery, SQC 7th ed., 6.2.1: 20 to 25 samples for trial limits)."""
_ZERO, _SIGMAS, _D2, _D4 = Decimal(0), *(Decimal(str(factor)) for factor in (SIGMAS, D2, D4))
_DIGITS = 60
"""More than the sum of any number of read values has, which are below 10^18 and have 12 decimals at most."""


@dataclass(frozen=True, slots=True)
class IndividualsChart:
    """Centre and limits of single values and of their moving ranges, in the unit of the values.

    The spread is that of neighbours (mean moving range / 1.128), never the standard deviation of all values: that one
    contains the very shifts the chart is to show.

    Attributes:
        ranges: absolute difference of each value and the one before; one fewer than values.
        outside: places of values beyond a limit, from 0.
        ranges_outside: places of ranges above their limit, from 0.
    """

    mean: float
    mean_range: float
    upper: float
    lower: float
    range_upper: float
    ranges: tuple[float, ...]
    outside: tuple[int, ...]
    ranges_outside: tuple[int, ...]

    @property
    def sigma(self) -> float:
        """Estimated standard deviation of the process at short term."""
        return self.mean_range / D2


def individuals_chart(values: Sequence[Decimal]) -> IndividualsChart | None:
    """The chart of values in order of time; None with fewer than two.

    It is reckoned in decimals and only told in floats: the mean of equal values, rounded as a float, lies beside them,
    and their limits, which have no width, would put all of them outside.
    """
    if len(values) < FEWEST:
        return None
    with localcontext(prec=_DIGITS):
        ranges = [abs(later - earlier) for earlier, later in pairwise(values)]
        mean, mean_range = sum(values, _ZERO) / len(values), sum(ranges, _ZERO) / len(ranges)
        reach, range_upper = _SIGMAS * mean_range / _D2, _D4 * mean_range
        return IndividualsChart(
            float(mean),
            float(mean_range),
            float(mean + reach),
            float(mean - reach),
            float(range_upper),
            tuple(map(float, ranges)),
            outside=tuple(place for place, value in enumerate(values) if abs(value - mean) > reach),
            ranges_outside=tuple(place for place, span in enumerate(ranges) if span > range_upper),
        )
