"""Parts of a gap that wait for the machine's state: only that tells whether one run covers the gap (`machines.gaps`).

The counter stands beyond them already; they and whatever it counts meanwhile are told together, in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated, NamedTuple, Self

from pydantic import Field

from unison_domain.machines.contracts import MachineState
from unison_domain.machines.counter import CounterRule, Outcome
from unison_domain.machines.gaps import GapRun, may_be_open
from unison_domain.machines.signals import Signal
from unison_domain.stations.events import Counted
from unison_domain.stations.readings import Moment

DECIDED_SECONDS = 60.0
"""How long at most the machine's state is waited for, beyond the time in which a missing part counts as a stop."""

_TOLD_ANYWAY = (MachineState.RUNNING, MachineState.UNKNOWN)


class Run(NamedTuple):
    """The run of a machine as far as it is known; silence alone does not end it.

    Attributes:
        began: since when the machine produces; None while it does not.
        stood: when it last began to do anything else.
    """

    began: Moment | None = None
    stood: Moment | None = None

    def after(self, state: MachineState, began: Moment) -> Run:
        """The run when the machine goes over to another state."""
        if state not in _TOLD_ANYWAY:
            return Run(None, began)
        if state is MachineState.RUNNING and self.began is None:
            return self._replace(began=began)
        return self

    def around(self, start: Moment) -> GapRun | None:
        """Whether it covers a gap from `start` on, of a machine that produces after it.

        None where nothing is known of before the gap, as on a PC that took the counter over.
        """
        if self.began is not None and self.began.monotonic <= start.monotonic:
            return GapRun.COVERED
        if self.stood is None:
            return None
        return GapRun.STOOD_WITHIN if self.stood.monotonic > start.monotonic else GapRun.STOOD_BEFORE

    def rebased(self, now: Moment) -> Run:
        """The run on the clocks of the present run of the agent."""
        return Run(self.began and self.began.rebased(now), self.stood and self.stood.rebased(now))


@dataclass(frozen=True, slots=True)
class OpenGap:
    """What one counter told since nobody looked.

    Attributes:
        start, end: the last look before the gap, and the first after it that is believed.
        outcomes: the count across the gap, and all that followed.
    """

    start: Moment
    end: Moment
    outcomes: tuple[Annotated[Outcome, Field(discriminator="kind")], ...] = ()

    def with_more(self, outcomes: Iterable[Outcome]) -> Self:
        """With what the counter told since."""
        return replace(self, outcomes=(*self.outcomes, *outcomes))

    def rebased(self, now: Moment) -> Self:
        """The gap on the clocks of the present run of the agent."""
        return replace(self, start=self.start.rebased(now), end=self.end.rebased(now))

    def is_seen_after(self, signals: Iterable[Signal]) -> bool:
        """Whether all these signals were seen since the gap, and none is in doubt."""
        return all(
            signal.known_since is not None and signal.candidate is None and signal.seen.monotonic >= self.end.monotonic
            for signal in signals
        )

    def told(self, run: GapRun | None, rule: CounterRule | None) -> Iterator[Outcome]:
        """The outcomes, with what is known of the run beside those that ask for it."""
        for outcome in self.outcomes:
            if isinstance(outcome, Counted) and asks(outcome):
                is_too_fast = run is GapRun.COVERED and rule is not None and _is_too_fast(outcome, rule)
                yield outcome.model_copy(update={"gap_run": GapRun.TOO_FAST if is_too_fast else run})
            else:
                yield outcome


def asks(outcome: Outcome) -> bool:
    """Whether the machine's run may decide about it."""
    if not isinstance(outcome, Counted) or not outcome.across_gap or outcome.gap_run is not None:
        return False
    return may_be_open(outcome.at - outcome.started_at, outcome.after_reset)


def _is_too_fast(counted: Counted, rule: CounterRule) -> bool:
    """Of a long time the greatest rate is taken by its word; of a short one `advance` believes some more."""
    seconds = (counted.at - counted.started_at).total_seconds()
    return rule.max_rate is not None and counted.delta > rule.max_rate * seconds + 1
