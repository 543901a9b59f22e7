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
from unison_domain.machines.gaps import GapRun, is_short
from unison_domain.machines.signals import Signal
from unison_domain.stations.events import Counted
from unison_domain.stations.readings import Moment

DECIDED_SECONDS = 60.0
"""How long at most the machine's state is waited for, beyond the time in which a missing part counts as a stop."""


class Run(NamedTuple):
    """The run of a machine as far as it is known; silence alone does not end it.

    Attributes:
        began: since when the machine produces; None while it does not.
        stood: when it last began to do anything else.
        rests: since when signals say so; None while it produces, and while only a silent counter says otherwise.
    """

    began: Moment | None = None
    stood: Moment | None = None
    rests: Moment | None = None

    def after(self, state: MachineState, began: Moment, inferred: bool = False) -> Run:
        """The run when the machine goes over to another state.

        Args:
            inferred: that it produces nothing follows from a silent counter alone.
        """
        if state is MachineState.UNKNOWN:
            return self
        if state is MachineState.RUNNING:
            return Run(self.began or began, self.stood)
        return Run(None, began, None if inferred else self.rests or began)

    def around(self, start: Moment, state: MachineState) -> GapRun | None:
        """Whether it covers a gap from `start` on, of a machine that is in `state` after it.

        None where nothing is known of before the gap, as on a PC that took the counter over.
        """
        if self.rests_since(start):
            return GapRun.STOOD
        if state is not MachineState.RUNNING:
            return GapRun.STOOD_AFTER
        if self.began is not None and self.began.monotonic <= start.monotonic:
            return GapRun.COVERED
        if self.stood is None:
            return None
        return GapRun.STOOD_WITHIN if self.stood.monotonic > start.monotonic else GapRun.STOOD_BEFORE

    def rests_since(self, start: Moment) -> bool:
        """Whether signals said at `start` that the machine does not produce, and none said otherwise since."""
        return self.rests is not None and self.rests.monotonic <= start.monotonic

    def rebased(self, now: Moment) -> Run:
        """The run on the clocks of the present run of the agent."""
        return Run(*(moment and moment.rebased(now) for moment in self))


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
            if isinstance(outcome, Counted) and _asks(outcome):
                is_too_fast = run is GapRun.COVERED and rule is not None and _is_too_fast(outcome, rule)
                yield outcome.model_copy(update={"gap_run": GapRun.TOO_FAST if is_too_fast else run})
            else:
                yield outcome


def opens(outcome: Outcome, start: Moment, run: Run) -> bool:
    """Whether it waits for the machine's state: after a long gap, and after a short one of a machine that rested."""
    if not isinstance(outcome, Counted) or not _asks(outcome):
        return False
    return run.rests_since(start) or not is_short(outcome.at - outcome.started_at)


def _asks(counted: Counted) -> bool:
    """Whether the machine's run may decide about it.

    Of a clock that is ahead after a PC started anew the gap looks longer than it was, so none is too long here.
    """
    return counted.across_gap and counted.gap_run is None and not counted.after_reset


def _is_too_fast(counted: Counted, rule: CounterRule) -> bool:
    """Of a long time the greatest rate is taken by its word; of a short one `advance` believes some more."""
    length = counted.at - counted.started_at
    if is_short(length) or rule.max_rate is None:
        return False
    return counted.delta > rule.max_rate * length.total_seconds() + 1
