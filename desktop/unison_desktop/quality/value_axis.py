"""Where values stand on a drawing, and at which round values its lines are."""

from __future__ import annotations

import math
from dataclasses import dataclass

_STEPS = (1.0, 2.0, 5.0, 10.0)
_ROOM = 0.08
"""Share of what is seen that stays free above and below."""


@dataclass(frozen=True, slots=True)
class ValueAxis:
    """Values from `low` at the pixel `bottom` up to `high` at `top`."""

    low: float
    high: float
    top: float
    bottom: float

    @classmethod
    def around(cls, low: float, high: float, top: float, bottom: float) -> ValueAxis:
        """One on which both have some room; where they are the same, it is around them."""
        room = (high - low) * _ROOM or max(abs(high) * 1e-3, 1e-12)
        return cls(low - room, high + room, top, bottom)

    def y(self, value: float) -> float:
        """The pixel of a value, held to the drawing."""
        share = (value - self.low) / (self.high - self.low)
        return self.bottom - min(1.0, max(0.0, share)) * (self.bottom - self.top)

    def shows(self, value: float) -> bool:
        """Whether a value is in sight."""
        return self.low <= value <= self.high

    def ticks(self, least_pixels: float) -> tuple[list[float], int]:
        """Round values at least so far apart, and the decimals they need."""
        wanted = (self.high - self.low) * least_pixels / max(1.0, self.bottom - self.top)
        power = 10.0 ** math.floor(math.log10(wanted))
        step = next(one * power for one in _STEPS if one * power >= wanted)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        decimals = max(0, -math.floor(math.log10(step) + 1e-9))
        return [n * step for n in range(first, last + 1)], decimals
