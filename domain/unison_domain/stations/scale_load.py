"""What lies on a scale that is asked on a beat: each load is one measurement, however long it lies there."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

EMPTY_STEPS = 20
"""Steps of the last digit below which nothing lies on a scale: the least a scale may weigh with (OIML R 76-1, table 3,
class III)."""


@dataclass(frozen=True, slots=True)
class Load:
    """What was taken and may still lie there.

    Attributes:
        taken: its value; None: the next value at rest is a new load.
    """

    taken: Decimal | None = None

    def rests(self, value: Decimal) -> tuple[Load, bool]:
        """After a value at rest, with the digits the scale shows: whether it is a load that was not taken yet.

        A value that differs by less than `EMPTY_STEPS` from what was taken is the same load, which drifts.
        """
        least = EMPTY_STEPS * Decimal((0, (1,), int(value.as_tuple().exponent)))
        if value < least:
            return Load(), False
        if self.taken is not None and abs(value - self.taken) < least:
            return self, False
        return Load(value), True
