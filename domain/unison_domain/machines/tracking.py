"""One machine followed through its readings: the state machine and its counters together, as a pure step.

    rules = MachineRules.of(machine, tags)              # once per configuration
    state = Tracking()                                  # or resumed(load_tracking(stored), now) after a restart
    state, events = track(state, rules, readings, now)  # for every batch of readings, and at least once a second
    stored = dump_tracking(state)                       # JSON-able; commit it together with the events

The same readings and moments give the same events, down to the ids of the intervals. Intervals of a machine tile
time: one event closes an interval and opens the next, and `started_at` grows with every interval whatever the wall
clock does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Self
from uuid import UUID

from pydantic import TypeAdapter

from unison_domain.machines.alarms import Alarm, alarms_after, alarms_lost, alarms_of_stop, alarms_without, first_out
from unison_domain.machines.contracts import MachineState
from unison_domain.machines.counter import CounterRule, CounterState, advance
from unison_domain.machines.counter import resumed as counter_resumed
from unison_domain.machines.gaps import GapRun
from unison_domain.machines.interval_ids import interval_id
from unison_domain.machines.open_gaps import DECIDED_SECONDS, OpenGap, Run, opens
from unison_domain.machines.signals import Meaning, Signal
from unison_domain.machines.state import COUNTING, STATING, Derived, Pulses, StateRules, derive, stale_after
from unison_domain.stations.configuration import MachineConfiguration, SignalRole, TagConfiguration
from unison_domain.stations.events import (
    ClosedInterval,
    Counted,
    CounterJumped,
    CounterReset,
    OpenedInterval,
    StateChanged,
    StateDetailed,
)
from unison_domain.stations.readings import Moment, Reading

TrackedEvent = StateChanged | StateDetailed | Counted | CounterReset | CounterJumped

_STOPS_WITH_REASON = (MachineState.STOPPED, MachineState.FAULT, MachineState.EMERGENCY_STOP)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class MachineRules:
    """What `track` needs of a machine's configuration, worked out once."""

    machine: MachineConfiguration
    tags: Mapping[UUID, TagConfiguration]
    state: StateRules
    counters: Mapping[UUID, CounterRule]
    stale_seconds: Mapping[UUID, float]
    """Per tag that says anything about the state, also the counters that only prove output."""
    lease: int = 0
    """The newest fencing number among its tags: what its states are stamped with."""

    @classmethod
    def of(cls, machine: MachineConfiguration, tags: Sequence[TagConfiguration]) -> Self:
        """The rules of `machine`; of `tags` only those with its id are used."""
        own = [tag for tag in tags if tag.machine_id == machine.id]
        rules = StateRules.of(machine, own)
        followed = [tag for tag in own if tag.role in STATING or tag.id in rules.pulsing]
        return cls(
            machine=machine,
            tags={tag.id: tag for tag in own},
            state=rules,
            counters={tag.id: CounterRule.of(tag) for tag in own if tag.role in COUNTING},
            stale_seconds={tag.id: stale_after(machine, tag) for tag in followed},
            lease=max((tag.lease for tag in own), default=0),
        )


@dataclass(frozen=True, slots=True)
class Interval:
    """The open state interval; `began.at` is its `started_at`, `broken_off` the reason of the stop before a silence."""

    id: UUID
    state: MachineState
    began: Moment
    reason: str | None = None
    alarms: tuple[str, ...] = ()
    broken_off: str | None = None

    @property
    def started_at(self) -> datetime:
        """When it began, in wall time."""
        return self.began.at


@dataclass(frozen=True, slots=True)
class Tracking:
    """Everything remembered of one machine between two steps.

    Attributes:
        interval: the open state interval; None until the first state is known, and for a machine without signals.
        last_signal: newest good reading of any of its tags.
        run: since when it produces, whatever the silence in between.
        gaps: by counter, what waits to be told until it is known whether that run covers a gap.
    """

    interval: Interval | None = None
    last_signal: Moment | None = None
    signals: Mapping[UUID, Signal] = field(default_factory=dict)
    counters: Mapping[UUID, CounterState] = field(default_factory=dict)
    pulses: Pulses | None = None
    alarms: tuple[Alarm, ...] = ()
    run: Run = field(default_factory=Run)
    gaps: Mapping[UUID, OpenGap] = field(default_factory=dict)

    @property
    def state(self) -> MachineState:
        """What the machine does now."""
        return self.interval.state if self.interval else MachineState.UNKNOWN

    @property
    def is_in_run(self) -> bool:
        """Whether it produces as far as is known: a machine that nobody hears of may well go on."""
        return self.run.began is not None


def track(
    state: Tracking, rules: MachineRules, readings: Sequence[Reading], now: Moment
) -> tuple[Tracking, tuple[TrackedEvent, ...]]:
    """The machine after `readings` (of its tags; others are ignored) and the time up to `now`; what happened."""
    events: list[TrackedEvent] = []
    own = sorted((reading for reading in readings if reading.tag_id in rules.tags), key=lambda read: read.monotonic)
    for monotonic, together in groupby(own, key=lambda reading: reading.monotonic):
        sampled = list(together)
        moment = Moment(sampled[0].at, monotonic)
        aged = _aged(state, rules, moment)
        if aged is not state or _is_silent(aged, rules, moment):
            state = _settled(aged, rules, moment, events)
        for reading in sampled:
            state = _read(state, rules, reading, events)
        state = _closed(_settled(state, rules, moment, events), rules, moment, events)
    state = _closed(_settled(_aged(state, rules, now), rules, now, events), rules, now, events)
    return state, tuple(events)


def resumed(state: Tracking, now: Moment, begun: datetime | None = None) -> Tracking:
    """A persisted state on the clocks of a new run of the agent; call once after loading, before the first `track`.

    Args:
        begun: since when the PC's clock is one: what is older is of another boot (`counter.resumed`).
    """
    return Tracking(
        interval=state.interval and replace(state.interval, began=state.interval.began.rebased(now)),
        last_signal=state.last_signal and state.last_signal.rebased(now),
        signals={tag_id: signal.rebased(now) for tag_id, signal in state.signals.items()},
        counters={tag_id: counter_resumed(counter, now, begun) for tag_id, counter in state.counters.items()},
        pulses=state.pulses and Pulses(state.pulses.first.rebased(now), state.pulses.last.rebased(now)),
        alarms=tuple(replace(alarm, rose=alarm.rose.rebased(now)) for alarm in state.alarms),
        run=state.run.rebased(now),
        gaps={tag_id: gap.rebased(now) for tag_id, gap in state.gaps.items()},
    )


def forgetting(state: Tracking, rules: MachineRules, moved: Collection[UUID]) -> Tracking:
    """The state under other rules, without what is remembered of tags that now read something else (`moved`).

    Such a tag is like a new one: its first reading is only the baseline, and its signal gets time to be read. Baselines
    of counters that are no longer the machine's go too: if they come back, others counted meanwhile.
    """
    alarms = state.alarms
    for tag_id in moved:
        alarms = alarms_without(alarms, tag_id)
    return replace(
        state,
        signals={tag_id: signal for tag_id, signal in state.signals.items() if tag_id not in moved},
        counters={
            tag_id: counter
            for tag_id, counter in state.counters.items()
            if tag_id in rules.counters and tag_id not in moved
        },
        pulses=None if any(tag_id in rules.state.pulsing for tag_id in moved) else state.pulses,
        alarms=alarms,
    )


_STORED = TypeAdapter(Tracking)


def dump_tracking(state: Tracking) -> dict[str, Any]:
    """The state as JSON-able values."""
    stored: dict[str, Any] = _STORED.dump_python(state, mode="json")
    return stored


def load_tracking(stored: dict[str, Any]) -> Tracking:
    """The state from `dump_tracking`. Raises ValueError when it is no such thing."""
    return _STORED.validate_python(stored)


def _aged(state: Tracking, rules: MachineRules, now: Moment) -> Tracking:
    """The state with signals that are too old lost, new ones expected and those of removed tags forgotten."""
    stale_seconds, known = rules.stale_seconds, state.signals
    if known.keys() == stale_seconds.keys() and not any(
        signal.known_since and signal.is_overdue(now, stale_seconds[tag_id]) for tag_id, signal in known.items()
    ):
        return state
    signals = {
        tag_id: state.signals.get(tag_id, Signal(seen=now)).aged(now, stale)
        for tag_id, stale in rules.stale_seconds.items()
    }
    lost = [tag_id for tag_id, signal in signals.items() if signal.known_since is None]
    alarms = state.alarms
    for tag_id in lost:
        alarms = alarms_lost(alarms, tag_id)
    pulses = None if any(tag_id in rules.state.pulsing for tag_id in lost) else state.pulses
    return replace(state, signals=signals, alarms=alarms, pulses=pulses)


def _is_silent(state: Tracking, rules: MachineRules, now: Moment) -> bool:
    """Whether parts may have failed to come for so long that this is to be told before the next one counts."""
    if not rules.state.pulsing:
        return False
    return state.pulses is None or now.seconds_since(state.pulses.last) > _longest_silence(rules)


def _read(state: Tracking, rules: MachineRules, reading: Reading, events: list[TrackedEvent]) -> Tracking:
    """The state after one reading; an uncertain one changes nothing but may confirm what is believed."""
    tag = rules.tags[reading.tag_id]
    if tag.id in rules.counters:
        state = _counted(state, rules.counters[tag.id], rules, reading, events)
    signal = state.signals.get(tag.id)
    if signal is None:
        return replace(state, last_signal=reading.moment) if reading.is_good else state
    if reading.value is None:
        return replace(state, signals={**state.signals, tag.id: signal.missed(reading.reason)})
    alarms = alarms_after(state.alarms, tag, reading) if tag.role is SignalRole.ALARM else state.alarms
    meaning = _meaning(tag, reading, alarms)
    if not reading.is_good:
        agrees = meaning == signal.meaning and alarms == state.alarms
        doubted = signal.confirmed(reading.moment) if agrees else signal.missed(reading.reason)
        return replace(state, signals={**state.signals, tag.id: doubted})
    sampled = signal.sampled(meaning, reading.moment, _hold_seconds(tag, meaning, rules.machine))
    rises = tag.role is SignalRole.CYCLE and signal.known_since is not None and meaning and not signal.meaning
    return replace(
        state,
        last_signal=reading.moment,
        alarms=alarms,
        signals={**state.signals, tag.id: sampled},
        pulses=_pulsed(state.pulses, rules, reading.moment) if rises else state.pulses,
    )


def _counted(
    state: Tracking, rule: CounterRule, rules: MachineRules, reading: Reading, events: list[TrackedEvent]
) -> Tracking:
    before = state.counters.get(reading.tag_id)
    counter, outcomes = advance(before, reading, rule)
    if counter is None:
        return state
    gap = state.gaps.get(reading.tag_id)
    if gap is None and before is not None and any(opens(one, before.moment, state.run) for one in outcomes):
        gap = OpenGap(before.moment, reading.moment)
    if gap is None:
        events += outcomes
    elif outcomes:
        state = replace(state, gaps={**state.gaps, reading.tag_id: gap.with_more(outcomes)})
    # Parts made while nobody looked prove nothing about now.
    proves = any(isinstance(one, Counted) and one.delta > 0 and not one.across_gap for one in outcomes)
    pulses = _pulsed(state.pulses, rules, reading.moment) if proves else state.pulses
    return replace(state, counters={**state.counters, reading.tag_id: counter}, pulses=pulses)


def _closed(state: Tracking, rules: MachineRules, now: Moment, events: list[TrackedEvent]) -> Tracking:
    """The state without the gaps of which it is known by now whether one run covers them, or waited for in vain."""
    still_open = {}
    for tag_id, gap in state.gaps.items():
        if _is_known_since(gap, state, rules):
            run = state.run.around(gap.start, state.state)
        elif now.seconds_since(gap.end) > rules.state.idle_seconds + DECIDED_SECONDS:
            run = GapRun.UNKNOWN
        else:
            still_open[tag_id] = gap
            continue
        events += gap.told(run, rules.counters.get(tag_id))
    return replace(state, gaps=still_open) if len(still_open) < len(state.gaps) else state


def _is_known_since(gap: OpenGap, state: Tracking, rules: MachineRules) -> bool:
    """Whether what the machine does is known after the gap."""
    signals = [state.signals[tag_id] for tag_id in rules.state.stale_seconds if tag_id in state.signals]
    return state.state is not MachineState.UNKNOWN and gap.is_seen_after(signals)


def _pulsed(pulses: Pulses | None, rules: MachineRules, moment: Moment) -> Pulses:
    if pulses is None or moment.seconds_since(pulses.last) > _longest_silence(rules):
        return Pulses(moment, moment)
    return Pulses(pulses.first, moment)


def _longest_silence(rules: MachineRules) -> float:
    """How long parts may fail to come within one unbroken row."""
    has_run = bool(rules.state.by_role[SignalRole.RUN])
    return rules.state.silence_seconds if has_run else rules.state.idle_seconds


def _meaning(tag: TagConfiguration, reading: Reading, alarms: Sequence[Alarm]) -> Meaning:
    if tag.role is SignalRole.MODE:
        return tag.states.get(int(reading.value)) if isinstance(reading.value, int | float) else None
    if tag.role is SignalRole.ALARM:
        return any(alarm.active and alarm.tag_id == tag.id for alarm in alarms)
    if tag.role in COUNTING:
        return True
    return bool(reading.value)


def _hold_seconds(tag: TagConfiguration, meaning: Meaning, machine: MachineConfiguration) -> float:
    """How long a changed signal must hold; cycle pulses are too short to wait for."""
    if tag.role is SignalRole.CYCLE:
        return 0.0
    appears = meaning is True or tag.role is SignalRole.MODE
    return machine.on_delay_seconds if appears else machine.off_delay_seconds


def _settled(state: Tracking, rules: MachineRules, now: Moment, events: list[TrackedEvent]) -> Tracking:
    """The state after deciding what the machine does at `now`."""
    if not rules.state.stale_seconds:
        return state
    current = state.interval.state if state.interval else None
    derived = derive(rules.state, state.signals, state.pulses, current, now)
    if derived is not None and derived.state is not current:
        return _changed(state, rules, derived, now, events)
    return _detailed(state, rules, now, events)


def _changed(
    state: Tracking, rules: MachineRules, derived: Derived, now: Moment, events: list[TrackedEvent]
) -> Tracking:
    before = state.interval
    began = derived.since
    if before is not None:
        at = max(began.at, before.began.at + _TICK)
        began = Moment(at, max(began.monotonic, before.began.monotonic))
    interval = Interval(interval_id(rules.machine.id, began.at), derived.state, began, derived.reason)
    if before is not None:
        interval = replace(interval, broken_off=_broken_off(before, derived.state))
    if derived.state in _STOPS_WITH_REASON:
        interval = _explained(interval, state.alarms)
    opened = OpenedInterval(started_at=began.at, **dict(_told(interval)))
    closed = before and ClosedInterval(started_at=before.began.at, **dict(_told(before)))
    events.append(StateChanged(at=now.at, machine_id=rules.machine.id, lease=rules.lease, opened=opened, closed=closed))
    return replace(state, interval=interval, run=state.run.after(interval.state, began, derived.inferred))


def _broken_off(before: Interval, state: MachineState) -> str | None:
    """What is remembered of the stop before a silence: in the silence, and in the stop after it."""
    if state is MachineState.UNKNOWN:
        return before.reason if before.state in _STOPS_WITH_REASON else None
    return before.broken_off if before.state is MachineState.UNKNOWN and state in _STOPS_WITH_REASON else None


def _detailed(state: Tracking, rules: MachineRules, now: Moment, events: list[TrackedEvent]) -> Tracking:
    """The open stop with alarms that rose since."""
    interval = state.interval
    if interval is None or interval.state not in _STOPS_WITH_REASON:
        return state
    explained = _explained(interval, state.alarms)
    if explained == interval:
        return state
    events.append(
        StateDetailed(
            at=now.at,
            machine_id=rules.machine.id,
            lease=rules.lease,
            interval_id=interval.id,
            reason=explained.reason,
            alarms=explained.alarms,
        )
    )
    return replace(state, interval=explained)


def _explained(interval: Interval, alarms: Sequence[Alarm]) -> Interval:
    reason = interval.reason or first_out(alarms, interval.began, interval.broken_off)
    return replace(interval, reason=reason, alarms=alarms_of_stop(alarms, interval.began, interval.alarms))


def _told(interval: Interval) -> Iterator[tuple[str, Any]]:
    yield "id", interval.id
    yield "state", interval.state
    yield "reason", interval.reason
    yield "alarms", interval.alarms
