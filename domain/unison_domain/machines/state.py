"""What a machine does, from what its signals say.

The states are asked in order of priority: unknown, emergency stop, fault (an alarm while nothing is produced), the mode
(setup, cleaning, maintenance, manual), blocked, starved, then running, no output or stopped. Every fact carries since
when it holds, so the answer does too: a state begins when the last fact it needs began to hold.

Production is told by the run signals; without them by a mode word that knows running and stopped; without that by the
counters: producing while parts come, stopped one cycle after the last part. With a run signal and a counter, a silent
counter makes it `no_output`. A speed is recorded but takes no part.

A stop and its alarm change together but may be believed one after the other. So a change waits while another signal
that changed with it (up to one poll later) is still in doubt; else every fault would begin with a sliver of plain stop.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self
from uuid import UUID

from unison_domain.machines.contracts import MachineState
from unison_domain.machines.signals import Signal
from unison_domain.stations.configuration import MachineConfiguration, SignalRole, TagConfiguration
from unison_domain.stations.readings import Moment

COUNTING = frozenset({SignalRole.COUNT_GOOD, SignalRole.COUNT_SCRAP, SignalRole.COUNT_TOTAL})
PULSING = COUNTING | {SignalRole.CYCLE}
"""Roles whose change proves that the machine produces. A cycle pulse counts nothing: polls miss some."""

STATING = frozenset(
    {
        SignalRole.RUN,
        SignalRole.MODE,
        SignalRole.ALARM,
        SignalRole.EMERGENCY_STOP,
        SignalRole.STARVED,
        SignalRole.BLOCKED,
    }
)
"""Roles without which the state is not known."""

_PRODUCTION_MODES = (MachineState.RUNNING, MachineState.NO_OUTPUT, MachineState.STOPPED)
_LEAST_STALE_SECONDS = 3.0
_LEAST_IDLE_SECONDS = 10.0
_POLLS, _LEAST_POLLS = 3, 2


@dataclass(frozen=True, slots=True)
class Pulses:
    """An unbroken row of parts or cycles."""

    first: Moment
    last: Moment


@dataclass(frozen=True, slots=True)
class StateRules:
    """The state machine's thresholds and signals, worked out of the configuration once.

    Attributes:
        stale_seconds: per needed tag, the age of its last good sample from which the state is unknown.
        idle_seconds: without a run signal, how long no part may come before the machine counts as stopped.
        silence_seconds: with a run signal, how long no part may come before it is `no_output`.
        poll_seconds: the longest poll interval of the needed tags.
        cycle_seconds: how long after a part the next one was due: the ideal cycle, else the counter's poll interval.
    """

    by_role: Mapping[SignalRole, tuple[UUID, ...]]
    stale_seconds: Mapping[UUID, float]
    poll_seconds: float
    pulsing: tuple[UUID, ...]
    idle_seconds: float
    silence_seconds: float
    cycle_seconds: float

    @classmethod
    def of(cls, machine: MachineConfiguration, tags: Sequence[TagConfiguration]) -> Self:
        """The rules of a machine and its own tags."""
        by_role = {role: tuple(tag.id for tag in tags if tag.role is role) for role in SignalRole}
        pulsing = [tag for tag in tags if tag.role in PULSING]
        needed = [tag for tag in tags if tag.role in STATING]
        if not by_role[SignalRole.RUN]:
            needed += pulsing
        cycle = machine.ideal_cycle_seconds or 0.0
        slowest = max((tag.poll_seconds for tag in pulsing), default=0.0)
        idle = patience(machine.idle_after_seconds, slowest, otherwise=max(2 * cycle, _LEAST_IDLE_SECONDS))
        return cls(
            by_role=by_role,
            stale_seconds={tag.id: stale_after(machine, tag) for tag in needed},
            poll_seconds=max((tag.poll_seconds for tag in needed), default=0.0),
            pulsing=tuple(tag.id for tag in pulsing),
            idle_seconds=idle,
            silence_seconds=max(3 * cycle, idle),
            cycle_seconds=cycle or slowest,
        )


def stale_after(machine: MachineConfiguration, tag: TagConfiguration) -> float:
    """Seconds without a good sample after which a signal is lost: as configured, else 3 polls and at least 3 s."""
    return patience(machine.stale_seconds, tag.poll_seconds, otherwise=_LEAST_STALE_SECONDS)


def patience(configured: float | None, poll_seconds: float, *, otherwise: float = 0.0) -> float:
    """Seconds to wait for what is read every `poll_seconds`: as configured, else `otherwise` and at least 3 polls.

    What is configured is raised to 2 polls: less would run out between two reads of which none is missing.
    """
    return max(configured, _LEAST_POLLS * poll_seconds) if configured else max(otherwise, _POLLS * poll_seconds)


class Fact(NamedTuple):
    """Something that is so, or not so, and since when."""

    holds: bool
    since: Moment

    def denied(self) -> Fact:
        """The opposite, since the same moment."""
        return Fact(not self.holds, self.since)


class Derived(NamedTuple):
    """The state that follows from the signals, since when, and a reason when it is unknown.

    `inferred`: a counter's silence alone says that nothing is produced.
    """

    state: MachineState
    since: Moment
    reason: str | None = None
    inferred: bool = False


def derive(
    rules: StateRules, signals: Mapping[UUID, Signal], pulses: Pulses | None, current: MachineState | None, now: Moment
) -> Derived | None:
    """The state at `now`, or None while there is too little to tell: the machine then stays in the state it is in."""
    unknown = _unknown(rules, signals, now)
    if unknown is not None:
        return unknown
    needed = [signals[tag_id] for tag_id in rules.stale_seconds]
    if any(signal.known_since is None for signal in needed):
        return None
    known_since = latest(signal.known_since for signal in needed if signal.known_since)
    derived = _selected(_Facts(rules, signals, pulses, current, now, known_since))
    if derived is None or derived.state is current:
        return derived
    doubtful = derived.since.monotonic + rules.poll_seconds
    in_doubt = any(signal.candidate and signal.candidate.since.monotonic <= doubtful for signal in needed)
    return None if in_doubt else derived


def latest(moments: Iterable[Moment]) -> Moment:
    """The latest of some moments by the clock that does not step."""
    return max(moments, key=lambda moment: moment.monotonic)


def earliest(moments: Iterable[Moment]) -> Moment:
    """The earliest of some moments by the clock that does not step."""
    return min(moments, key=lambda moment: moment.monotonic)


def _selected(facts: _Facts) -> Derived | None:
    """The first state in order of priority whose fact holds and all before it do not; None while that is open."""
    began = facts.known_since
    for state, fact in facts.in_order_of_priority():
        if fact is None:
            return None
        began = latest((began, fact.since))
        if fact.holds:
            return Derived(state, began, inferred=state is MachineState.NO_OUTPUT)
    if facts.production_is_told():
        return Derived(MachineState.STOPPED, began, inferred=not facts.production_is_signalled())
    return Derived(MachineState.UNKNOWN, began, "no signal tells whether it produces")


def _unknown(rules: StateRules, signals: Mapping[UUID, Signal], now: Moment) -> Derived | None:
    lost = [
        signal
        for tag_id, stale in rules.stale_seconds.items()
        if (signal := signals[tag_id]).known_since is None and signal.is_overdue(now, stale)
    ]
    if not lost:
        return None
    reason = next((signal.trouble for signal in lost if signal.trouble), None)
    return Derived(MachineState.UNKNOWN, earliest(signal.seen for signal in lost), reason)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What holds at one moment; all needed signals are known, since `known_since`."""

    rules: StateRules
    signals: Mapping[UUID, Signal]
    pulses: Pulses | None
    current: MachineState | None
    now: Moment
    known_since: Moment

    def in_order_of_priority(self) -> Iterable[tuple[MachineState, Fact | None]]:
        """Every state but stopped with the fact that makes it; None where that can't be told yet."""
        yield MachineState.EMERGENCY_STOP, self._any(SignalRole.EMERGENCY_STOP)
        alarm, producing = self._any(SignalRole.ALARM), self._producing()
        yield MachineState.FAULT, self._fault(alarm, producing)
        mode = self._mode()
        if isinstance(mode, Derived):
            yield mode.state, Fact(True, mode.since)
        elif mode is not None:
            yield MachineState.MANUAL, Fact(False, mode)
        yield MachineState.BLOCKED, self._any(SignalRole.BLOCKED)
        yield MachineState.STARVED, self._any(SignalRole.STARVED)
        if not self.production_is_told():
            return
        silent = self._silent(producing)
        yield MachineState.NO_OUTPUT, silent
        yield MachineState.RUNNING, producing

    def production_is_told(self) -> bool:
        """Whether any signal says if the machine produces."""
        return bool(self.production_is_signalled() or self.rules.pulsing)

    def production_is_signalled(self) -> bool:
        """Whether one does in so many words, and not a counter by moving."""
        return bool(self.rules.by_role[SignalRole.RUN] or self._mode_production())

    def _any(self, role: SignalRole) -> Fact:
        return any_of([self._fact(tag_id) for tag_id in self.rules.by_role[role]], self.known_since)

    def _fact(self, tag_id: UUID) -> Fact:
        signal = self.signals[tag_id]
        return Fact(bool(signal.meaning), signal.since or signal.seen)

    def _fault(self, alarm: Fact, producing: Fact | None) -> Fact | None:
        if producing is not None:
            return all_of([alarm, producing.denied()])
        return None if alarm.holds and self.production_is_told() else alarm

    def _mode(self) -> Derived | Moment | None:
        """The mode where it overrides production; else since when it does not; None without a mode word."""
        signals = [self.signals[tag_id] for tag_id in self.rules.by_role[SignalRole.MODE]]
        for signal in signals:
            if isinstance(signal.meaning, MachineState) and signal.meaning not in _PRODUCTION_MODES:
                return Derived(signal.meaning, signal.since or signal.seen)
        return latest(signal.since or signal.seen for signal in signals) if signals else None

    def _mode_production(self) -> Fact | None:
        for tag_id in self.rules.by_role[SignalRole.MODE]:
            signal = self.signals[tag_id]
            if signal.meaning in _PRODUCTION_MODES:
                return Fact(signal.meaning is not MachineState.STOPPED, signal.since or signal.seen)
        return None

    def _producing(self) -> Fact | None:
        if self.rules.by_role[SignalRole.RUN]:
            return self._any(SignalRole.RUN)
        return self._mode_production() or self._counting()

    def _counting(self) -> Fact | None:
        """Production inferred from parts; None while none came and it is too early to call that a stop."""
        known = self._counters_known_since()
        if known is None:
            return None
        if self.pulses is None:
            return Fact(False, known) if self.now.seconds_since(known) > self.rules.idle_seconds else None
        if self.now.seconds_since(self.pulses.last) <= self.rules.idle_seconds:
            return Fact(True, self.pulses.first)
        return Fact(False, self.pulses.last.later(self.rules.cycle_seconds))

    def _silent(self, producing: Fact | None) -> Fact | None:
        """Whether a machine that says it runs gives no parts. A counter that is itself not known proves nothing."""
        known = self._counters_known_since()
        if producing is None or not producing.holds or known is None:
            return producing and Fact(False, producing.since)
        last = latest([producing.since, known, *([self.pulses.last] if self.pulses else [])])
        if self.now.seconds_since(last) > self.rules.silence_seconds:
            return Fact(True, last.later(self.rules.cycle_seconds))
        came_back = self.current is MachineState.NO_OUTPUT and self.pulses is not None
        return Fact(False, self.pulses.first if came_back and self.pulses else producing.since)

    def _counters_known_since(self) -> Moment | None:
        moments = [self.signals[tag_id].known_since for tag_id in self.rules.pulsing]
        known = [moment for moment in moments if moment is not None]
        return latest(known) if known and len(known) == len(moments) else None


def any_of(facts: Sequence[Fact], otherwise_since: Moment) -> Fact:
    """True since the first that holds; false since the last stopped holding, or `otherwise_since` if none is given."""
    holding = [fact.since for fact in facts if fact.holds]
    if holding:
        return Fact(True, earliest(holding))
    return Fact(False, latest([otherwise_since, *(fact.since for fact in facts)]))


def all_of(facts: Sequence[Fact]) -> Fact:
    """True since the last of them began to hold; false since the first that fails failed."""
    failing = [fact.since for fact in facts if not fact.holds]
    if failing:
        return Fact(False, earliest(failing))
    return Fact(True, latest(fact.since for fact in facts))
