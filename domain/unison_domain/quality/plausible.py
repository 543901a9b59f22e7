"""Which values of a characteristic nobody doubts: what a slipped decimal sign or the wrong field gives lies far off."""

from __future__ import annotations

from decimal import Decimal

FAR_TOLERANCES = 5
"""So many widths of the tolerance beyond a limit, or so many times a limit that stands alone, a value is doubted."""
SLIP = 10
"""What a value changes by when its decimal sign slips by one place."""
CLEAR_OF_LIMITS = 2
"""A slipped value is told from a bad part where even the nearest one is so many times its limit."""


def plausible_range(lsl: Decimal | None, usl: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
    """Below the first and above the second, both in the unit of the limits, a typed value is asked about once; None
    where nothing says so.
    """
    if lsl is not None and usl is not None:
        return _lowest(lsl, usl), -_lowest(-usl, -lsl)
    return _beyond(lsl), None if usl is None else _negative(_beyond(-usl))


def is_far(value: Decimal, lsl: Decimal | None, usl: Decimal | None) -> bool:
    """Whether a value is beyond what `plausible_range` says.

    Typed, it counts only with somebody behind it who may `OverrideKind.FAR_VALUE`, where the organization demands that:
    with badge and PIN at a station, signed in with their own password in the desktop. A gauge's value is as it is.
    """
    low, high = plausible_range(lsl, usl)
    return (low is not None and value < low) or (high is not None and value > high)


def _lowest(lsl: Decimal, usl: Decimal) -> Decimal:
    """Of both limits: a multiple of the tolerance below, and never as low as the good values are with a slip."""
    far = lsl - FAR_TOLERANCES * (usl - lsl)
    slipped = usl / SLIP if usl > 0 else usl * SLIP
    is_clear = slipped * CLEAR_OF_LIMITS <= lsl if lsl > 0 else usl < 0 and slipped <= lsl * CLEAR_OF_LIMITS
    return max(far, slipped) if is_clear else far


def _beyond(lsl: Decimal | None) -> Decimal | None:
    """Of a lower limit alone: it tells no tolerance, so its own size is the measure. Zero has none."""
    if not lsl:
        return None
    return lsl / FAR_TOLERANCES if lsl > 0 else lsl * FAR_TOLERANCES


def _negative(value: Decimal | None) -> Decimal | None:
    return None if value is None else -value
