"""What lies on a scale that is asked on a beat: each load is one measurement, however long it lies there."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    BELOW = "below"
    """Less than nothing, and not what was told last: what was tared away was taken off."""


@dataclass(frozen=True, slots=True)
class Load:
    """What was seen at rest and may still lie there.

    Attributes:
        value: its value; None: nothing lies there.
        is_light: it was less than may be weighed, and was not taken.
        told_below: the last value below zero that was told: whoever tares a box takes it off again and again.
    """

    value: Decimal | None = None
    is_light: bool = False
    told_below: Decimal | None = None

    def moves(self, value: Decimal) -> Load:
        """After a value of any kind: a load of which less than half is left is gone; one that was bumped is not."""
        if self.value is not None and self.value > 0 and 2 * value >= self.value:
            return self
        return self._with(None)

    def rests(self, value: Decimal) -> tuple[Load, Weighed]:
        """After a value at rest, with the digits the scale shows.

        A value that differs by less than `EMPTY_STEPS` from what lies there is the same load, which drifts.
        """
        step = Decimal((0, (1,), int(value.as_tuple().exponent)))
        least, faint, there = EMPTY_STEPS * step, FAINT_STEPS * step, self.moves(value)
        if value <= -faint:
            is_told = self.told_below is not None and abs(value - self.told_below) < least
            return (there, Weighed.KNOWN) if is_told else (Load(told_below=value), Weighed.BELOW)
        is_taken_late = there.is_light and value >= least
        if there.value is not None and abs(value - there.value) < least and not is_taken_late:
            return there, Weighed.KNOWN
        if value >= least:
            return self._with(value), Weighed.NEW
        if value >= faint:
            return self._with(value, is_light=True), Weighed.LIGHT
        return self._with(None), Weighed.KNOWN

    def _with(self, value: Decimal | None, *, is_light: bool = False) -> Load:
        return replace(self, value=value, is_light=is_light)
