"""What lies on a scale that is asked on a beat: each load is one measurement, however long it lies there."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

EMPTY_STEPS = 20
"""Steps of the last digit below which nothing is weighed: the least a scale may weigh with (OIML R 76-1, table 3, class
III)."""

FAINT_STEPS = 5
"""Steps of the last digit below which nothing lies there: an empty scale drifts."""


class Weighed(Enum):
    """What a value at rest comes to."""

    NEW = "new"
    """A load that was not taken yet."""
    KNOWN = "known"
    """What was there before, or nothing."""
    LIGHT = "light"
    """Something that was not there before, and less than may be weighed."""


@dataclass(frozen=True, slots=True)
class Load:
    """What was seen at rest and may still lie there.

    Attributes:
        value: its value; None: nothing lies there.
        is_light: it was less than may be weighed, and was not taken.
    """

    value: Decimal | None = None
    is_light: bool = False

    def moves(self, value: Decimal) -> Load:
        """After a value of any kind: a load of which less than half is left is gone; one that was bumped is not."""
        if self.value is not None and self.value > 0 and 2 * value >= self.value:
            return self
        return Load()

    def rests(self, value: Decimal) -> tuple[Load, Weighed]:
        """After a value at rest, with the digits the scale shows.

        A value that differs by less than `EMPTY_STEPS` from what lies there is the same load, which drifts.
        """
        step = Decimal((0, (1,), int(value.as_tuple().exponent)))
        least, there = EMPTY_STEPS * step, self.moves(value)
        is_taken_late = there.is_light and value >= least
        if there.value is not None and abs(value - there.value) < least and not is_taken_late:
            return there, Weighed.KNOWN
        if value >= least:
            return Load(value), Weighed.NEW
        return (Load(value, is_light=True), Weighed.LIGHT) if value >= FAINT_STEPS * step else (Load(), Weighed.KNOWN)
