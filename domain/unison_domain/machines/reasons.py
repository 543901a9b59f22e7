"""Reasons why a machine stands: a tree per organization, each leaf in a numeric class.

The classes are ranges of hundreds, so that a reason an organization adds falls into its class by its number alone
(the idea of the state codes of United Manufacturing Hub and Sepasoft). Only the class `failure` counts as failures in
MTBF and MTTR (ISO 22400-2).
"""

from __future__ import annotations

from enum import IntEnum


class ReasonClass(IntEnum):
    """First number of each class; a reason's `number` lies from here to 99 above."""

    FAILURE = 100
    """The machine itself broke: repaired, and counted as a failure."""
    SETUP = 200
    MATERIAL = 300
    QUALITY = 400
    OPERATOR = 500
    """Nobody there, training, a meeting."""
    EXTERNAL = 600
    """Power, air, another machine of the line, weather."""
    ORGANIZATION = 700
    """No order, no drawing, no tool."""
    PLANNED = 800
    """Breaks, cleaning, maintenance as planned, no shift."""
    OTHER = 900

    @classmethod
    def of(cls, number: int) -> ReasonClass:
        """The class a reason's number falls into.

        Raises:
            ValueError: it lies outside 100 to 999.
        """
        if not 100 <= number <= 999:
            raise ValueError(f"a reason's number lies from 100 to 999, not {number}")
        return cls(number - number % 100)
