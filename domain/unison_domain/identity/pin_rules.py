"""What a new PIN must not be: one of the few that are tried first.

Of four-digit PINs that people chose, the twenty most frequent are one in four (N. Berry, "PIN analysis", DataGenetics
2012): nearly all of them have one or two different digits, or count up or down.
"""

from __future__ import annotations

from itertools import pairwise

LEAST_DIFFERENT = 3


def is_tried_first(pin: str) -> bool:
    """Whether digits are of less than three different ones, or each is so much more, or less, than the one before.

    Nine counts on to nought, and nought down to nine.
    """
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    return len(set(pin)) < LEAST_DIFFERENT or len(steps) == 1
