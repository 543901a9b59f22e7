"""How long to wait before the next try."""

from __future__ import annotations

from random import Random

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 60.0


class Backoff:
    """Exponential with full jitter: uniform up to 1, 2, 4 … 60 s, so a fleet does not come back all at once."""

    def __init__(self, random: Random | None = None) -> None:
        """Begin at the shortest; `random` is injected by tests."""
        self._random = random or Random()
        self._failures = 0

    def next(self) -> float:
        """Seconds to wait after one more failure."""
        longest = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** min(self._failures, 6))
        self._failures += 1
        return self._random.uniform(0.0, longest)

    def reset(self) -> None:
        """It worked."""
        self._failures = 0
