"""Which of an agent's events hold: a tag is leased to one agent, and its fencing numbers only ever grow.

A number is the millisecond (Unix) the lease was given in, so none comes again with another meaning after a restore; 0
is the lease of a tag that was never handed over, which agents that know no leases have too.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple


class Lease(NamedTuple):
    """The lease of a tag by the agent its station has.

    Attributes:
        number: what the agent is given now.
        held_since: the first number of this agent's uninterrupted hold: values and states of it are its word.
        counted_since: the first number whose counts are added. Counts under an earlier one are part of what the
            holder counts from the baseline on.
        read_since: the first number under which the tag read what it reads now: no earlier value is a baseline.
    """

    number: int
    held_since: int
    counted_since: int
    read_since: int

    def admits(self, number: int) -> bool:
        """Whether a value or state the agent stamped with this number is the holder's."""
        return number >= self.held_since

    def counts(self, number: int) -> bool:
        """Whether what a counter counted under this number is to be added.

        A number above the present one was given by a server whose last days a restore undid.
        """
        return self.counted_since <= number <= self.number

    def is_counted_on(self, number: int, reached: int) -> bool:
        """Whether the counter went on under a later number than one that doesn't count: its next count is here.

        `reached` is the number under which it was counted last.
        """
        if self.counts(number):
            return False
        return reached >= self.counted_since if number < self.counted_since else reached > number

    @property
    def held_from(self) -> datetime | None:
        """When the holder got it; None where it was never handed over."""
        return datetime.fromtimestamp(self.held_since / 1000, UTC) if self.held_since else None
