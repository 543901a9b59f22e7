"""The clock of each slave, counted as parts by the agent's own rule: what was counted is the time that passed."""

from __future__ import annotations

from unison_domain.machines.counter import CounterRule, CounterState, advance
from unison_domain.stations.configuration import TagConfiguration
from unison_domain.stations.events import Counted
from unison_domain.stations.readings import Reading

from tests.benchmarks.modbus_slaves import ALLOWANCE_SECONDS, TIMEOUT_SECONDS

MAX_RATE = 1_100.0
"""Parts a second; the clock makes 1,000."""
_AGE_MILLISECONDS = 1000 * (TIMEOUT_SECONDS + ALLOWANCE_SECONDS)
"""How much older a value may be than the moment at which it came; so the first and the last may differ."""


class ClockCounter:
    """Counts one slave's milliseconds through all its faults."""

    def __init__(self, tag: TagConfiguration) -> None:
        self._rule = CounterRule.of(tag)
        self._state: CounterState | None = None
        self._began: float | None = None
        self._counted = 0
        self._others = 0

    def see(self, reading: Reading) -> None:
        """One more reading, good or bad, in order."""
        self._state, outcomes = advance(self._state, reading, self._rule)
        if self._began is None and self._state is not None:
            self._began = self._state.moment.monotonic
        for outcome in outcomes:
            if isinstance(outcome, Counted):
                self._counted += outcome.delta
            else:
                self._others += 1

    @property
    def is_wrong(self) -> bool:
        """Whether anything was told but counts, or their sum is not the time from the first to the last reading."""
        if self._state is None or self._began is None:
            return True
        passed = 1000 * (self._state.moment.monotonic - self._began)
        return self._others > 0 or abs(self._counted + self._state.untold - passed) > _AGE_MILLISECONDS
