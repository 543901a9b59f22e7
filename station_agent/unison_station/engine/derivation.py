"""Observations to events: the rules of all devices, tags and machines of one agent, stepped together.

No clock, no disk, no network: the same observations at the same moments give the same events, live or replayed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson
from pydantic import TypeAdapter
from unison_domain.machines.counter import CounterRule, CounterState, advance, handed_over
from unison_domain.machines.counter import resumed as counter_resumed
from unison_domain.machines.sources import source_of
from unison_domain.machines.telling_again import told_again
from unison_domain.machines.tracking import MachineRules, Tracking, dump_tracking, forgetting, load_tracking, track
from unison_domain.machines.tracking import resumed as tracking_resumed
from unison_domain.stations.configuration import (
    SAMPLED_ROLES,
    AgentConfiguration,
    DeviceConfiguration,
    SignalRole,
    TagConfiguration,
)
from unison_domain.stations.contracts import DeviceReport, MachineReport, TagProblem
from unison_domain.stations.events import DeviceChanged, DeviceState, Event
from unison_domain.stations.readings import LastRead, Moment, Reading

from unison_station.clock import EPOCH, Line
from unison_station.devices.observation import Interpreter, Observation, Problem, problems_of
from unison_station.engine.sampling import Sampler
from unison_station.wording import count_words

COUNTS = frozenset({SignalRole.COUNT_GOOD, SignalRole.COUNT_SCRAP, SignalRole.COUNT_TOTAL})
LOST_SECONDS = 60.0
"""A device that did not answer for so long is not where it was: a restart or a pulled plug is over by then."""
STEADY = Line(EPOCH, 0.0)
"""A PC whose clock is right, and was never started anew."""

_COUNTER = TypeAdapter(CounterState)
_SOURCES = TypeAdapter(dict[UUID, str])
_SOURCES_KEY = "sources"
_LEASES = TypeAdapter(dict[UUID, int])
_LEASES_KEY = "leases"

Stored = Mapping[str, bytes]
"""What is remembered, by key: `machine:<id>`, `counter:<tag id>` of counters without a machine, `sources`: what each
tag read when the others were remembered, and `leases`: the newest lease of each counter, also of those that others hold
now, so that no baseline is gone on from twice."""


@dataclass(slots=True)
class _Device:
    """How a device answers now; `lost`: since when it does not."""

    configuration: DeviceConfiguration
    interpreter: Interpreter
    state: DeviceState | None = None
    lost: Moment | None = None
    message: str | None = None
    problems: dict[UUID, Problem] = field(default_factory=dict)


class Step(NamedTuple):
    """Events, and the state of what they are about, as `Derivation.dump` tells it, to be committed with them."""

    events: list[Event]
    state: dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Live:
    """What is so at this moment, for heartbeats and the local page; without devices that were not read yet.

    `refusal`: why the buffer takes nothing; None while it does.
    """

    machines: tuple[MachineReport, ...] = ()
    devices: tuple[DeviceReport, ...] = ()
    refusal: str | None = None


class Derivation:
    """Everything derived so far, and how the next observation changes it.

    Attributes:
        configuration: what the rules are made from.
        readings: last reading of every tag.
        to_tell_again: machines whose state a next step is asked to tell anew, for the server lost it; any thread adds.
        unreadable: what of `stored` could not be read, in words; it begins anew, the rest goes on.
    """

    def __init__(self, configuration: AgentConfiguration, stored: Stored, now: Moment, line: Line = STEADY) -> None:
        """Go on from `stored` (of an earlier run, possibly on another boot) under `configuration`.

        Args:
            line: what `now` and all stamps mean by the server's time.
        """
        self.readings: dict[UUID, Reading] = {}
        self._good_at: dict[UUID, datetime] = {}
        self._machines: dict[UUID, Tracking] = {}
        self._counters: dict[UUID, CounterState | None] = {}
        self._devices: dict[UUID, _Device] = {}
        self._samplers: dict[UUID, Sampler] = {}
        self._sources: dict[UUID, str] = {}
        self._leases: dict[UUID, int] = {}
        self.to_tell_again: set[UUID] = set()
        self.unreadable: list[str] = []
        for key, value in stored.items():
            try:
                self._restore(key, value, now, line)
            except ValueError as error:
                self.unreadable.append(f"what was remembered of {key} can not be read: {error}")
                if key == _LEASES_KEY:
                    self._restore(key, used_leases(configuration)[key], now, line)
        self.apply(configuration, now, line)

    def apply(self, configuration: AgentConfiguration, now: Moment, line: Line = STEADY) -> None:
        """Follow another version: machines and counters that stay keep state and baselines, whatever else changes.

        Of a tag that now reads something else nothing is kept; a counter under a new lease goes on from its baseline.
        """
        self.configuration = configuration
        self._tags = {tag.id: tag for device in configuration.devices for tag in device.tags}
        self._names = {tag.id: tag.name for tag in self._tags.values()}
        self._machine_of = {tag.id: tag.machine_id for tag in self._tags.values() if tag.machine_id is not None}
        signals: defaultdict[UUID, list[TagConfiguration]] = defaultdict(list)
        for tag_id, machine_id in self._machine_of.items():
            signals[machine_id].append(self._tags[tag_id])
        self._rules = {machine.id: MachineRules.of(machine, signals[machine.id]) for machine in configuration.machines}
        self._loose = {
            tag.id: CounterRule.of(tag) for tag in self._tags.values() if tag.machine_id is None and tag.role in COUNTS
        }
        moved = self._moved(configuration)
        self._machines = {
            machine: forgetting(self._machines.get(machine, Tracking()), rules, moved)
            for machine, rules in self._rules.items()
        }
        self._counters = {tag: None if tag in moved else self._counters.get(tag) for tag in self._loose}
        self._take_over(now, line)
        for device in configuration.devices:
            known = self._devices.get(device.id)
            if known is None or known.configuration != device:
                self._devices[device.id] = _Device(device, Interpreter(device))
                self._samplers.update(
                    (tag.id, Sampler(device, tag)) for tag in device.tags if tag.role in SAMPLED_ROLES
                )
        wanted = {device.id for device in configuration.devices}
        self._devices = {id_: device for id_, device in self._devices.items() if id_ in wanted}
        self._samplers = {tag: sampler for tag, sampler in self._samplers.items() if tag in self._tags}
        stays = self._tags.keys() - moved
        self.readings = {tag: reading for tag, reading in self.readings.items() if tag in stays}
        self._good_at = {tag: at for tag, at in self._good_at.items() if tag in stays}

    def step(self, observations: Sequence[Observation], now: Moment, again: Collection[UUID] = ()) -> Step:
        """What follows from these observations and the time up to `now`.

        Without observations the machines are only told the time; that is needed at least once a second.

        Args:
            again: machines whose state is told anew.
        """
        step = Step([], {})
        signals: defaultdict[UUID, list[Reading]] = defaultdict(list)
        for observation in observations:
            device = self._devices.get(observation.device_id)
            if device is None:
                continue
            readings = device.interpreter.readings(observation)
            step.events.extend(self._device_events(device, observation, readings))
            for reading in readings:
                self.readings[reading.tag_id] = reading
                if reading.is_good:
                    self._good_at[reading.tag_id] = reading.at
                machine = self._machine_of.get(reading.tag_id)
                if machine is not None:
                    signals[machine].append(reading)
            self._sample(readings, step)
            self._count(readings, step)
        for machine in signals if observations else self._machines:
            if machine in self._rules:
                self._track(machine, signals[machine], now, step)
        for machine in again:
            if machine in self._machines and (told := told_again(self._machines[machine], self._rules[machine], now)):
                self._go_on(machine, told[0], [told[1]], step)
        return step

    def asked_again(self) -> tuple[UUID, ...]:
        """What is `to_tell_again`, which holds it no more."""
        asked = tuple(self.to_tell_again)
        self.to_tell_again.difference_update(asked)
        return asked

    def last_read(self) -> dict[UUID, LastRead]:
        """What each tag gave last; from any thread."""
        readings, good_at = dict(self.readings), dict(self._good_at)
        return {tag: LastRead(reading, good_at.get(tag)) for tag, reading in readings.items()}

    def dump(self) -> dict[str, bytes]:
        """All that the next run must know, by key."""
        machines = {_machine_key(id_): orjson.dumps(dump_tracking(state)) for id_, state in self._machines.items()}
        counters = {_counter_key(id_): _COUNTER.dump_json(state) for id_, state in self._counters.items() if state}
        about = {_SOURCES_KEY: _SOURCES.dump_json(self._sources), _LEASES_KEY: _LEASES.dump_json(self._leases)}
        return machines | counters | about

    @property
    def producing(self) -> frozenset[UUID]:
        """Machines in a run; silence ends none."""
        return frozenset(id_ for id_, state in self._machines.items() if state.is_in_run)

    def lost(self, now: Moment) -> frozenset[UUID]:
        """Devices that nobody reaches, and not for a moment only."""
        since = now.monotonic - LOST_SECONDS
        return frozenset(id_ for id_, one in self._devices.items() if one.lost and one.lost.monotonic <= since)

    def live(self, refusal: str | None = None) -> Live:
        """How machines and devices stand, beside what the buffer refuses."""
        return Live(
            refusal=refusal,
            machines=tuple(
                MachineReport(
                    machine_id=machine,
                    state=state.state,
                    since=state.interval.started_at,
                    last_signal_at=state.last_signal.at if state.last_signal else None,
                )
                for machine, state in self._machines.items()
                if state.interval is not None
            ),
            devices=tuple(
                self._device_report(id_, device, device.state)
                for id_, device in self._devices.items()
                if device.state is not None
            ),
        )

    def _moved(self, configuration: AgentConfiguration) -> set[UUID]:
        """Tags that read something else than before; from now on what they read now counts."""
        sources = {
            tag.id: source_of(device, tag)
            for device in configuration.devices
            for tag in device.tags
            if tag.role not in SAMPLED_ROLES
        }
        moved = {tag for tag, source in sources.items() if self._sources.get(tag, source) != source}
        self._sources = sources
        return moved

    def _take_over(self, now: Moment, line: Line) -> None:
        """Counters with a new lease begin where its baseline says; what was counted beyond it under another lease is
        fenced off by the server, and counted again from there. Baselines bear the server's time.
        """
        servers_now = Moment(line.settled(now.at), now.monotonic)
        for tag in self._tags.values():
            if tag.role not in COUNTS or self._leases.get(tag.id) == tag.lease:
                continue
            self._leases[tag.id] = tag.lease
            if tag.baseline is None:
                continue
            counter = handed_over(tag.baseline, servers_now)
            stamped = counter.moment._replace(at=line.stamp(tag.baseline.at))
            counter = replace(counter, moment=stamped, unmeasured=line.correction is None)
            tracking = self._machines.get(tag.machine_id) if tag.machine_id is not None else None
            if tag.machine_id is not None and tracking is not None:
                counters = {**tracking.counters, tag.id: counter}
                gaps = {id_: gap for id_, gap in tracking.gaps.items() if id_ != tag.id}
                self._machines[tag.machine_id] = replace(tracking, counters=counters, gaps=gaps)
            elif tag.id in self._counters:
                self._counters[tag.id] = counter

    def _device_report(self, id_: UUID, device: _Device, state: DeviceState) -> DeviceReport:
        return DeviceReport(
            device_id=id_,
            state=state,
            message=device.message,
            tags=tuple(
                TagProblem(tag_id=tag, name=self._names[tag], message=problem.message, exception=problem.exception)
                for tag, problem in device.problems.items()
            ),
        )

    def _device_events(
        self, device: _Device, observation: Observation, readings: Sequence[Reading]
    ) -> Iterator[DeviceChanged]:
        """Note how the device answers; an event when that changed. Back on line, only what was asked since counts."""
        if device.state is DeviceState.OFFLINE and observation.silence is None:
            device.problems.clear()
        for tag, problem in problems_of(observation, readings).items():
            if problem is None:
                device.problems.pop(tag, None)
            else:
                device.problems[tag] = problem
        if observation.silence is not None and not observation.is_offline:
            return
        before = device.state
        device.state, device.message = self._standing(device, observation)
        if device.state is not before:
            device.lost = observation.moment if device.state is DeviceState.OFFLINE else None
            yield DeviceChanged(
                at=observation.moment.at,
                device_id=observation.device_id,
                state=device.state,
                message=device.message,
            )

    def _standing(self, device: _Device, observation: Observation) -> tuple[DeviceState, str | None]:
        if observation.is_offline:
            return DeviceState.OFFLINE, observation.silence
        if not device.problems:
            return DeviceState.ONLINE, None
        tag, problem = next(iter(device.problems.items()))
        more = len(device.problems) - 1
        others = f" (and {count_words(more, 'more tag')})" if more else ""
        return DeviceState.DEGRADED, f"{self._names[tag]}: {problem.message}{others}"

    def _track(self, machine: UUID, readings: Sequence[Reading], now: Moment, step: Step) -> None:
        state, events = track(self._machines[machine], self._rules[machine], readings, now)
        self._go_on(machine, state, events, step)

    def _go_on(self, machine: UUID, state: Tracking, events: Sequence[Event], step: Step) -> None:
        self._machines[machine] = state
        if events:
            step.events.extend(events)
            step.state[_machine_key(machine)] = orjson.dumps(dump_tracking(state))

    def _sample(self, readings: Iterable[Reading], step: Step) -> None:
        for reading in readings:
            sampler = self._samplers.get(reading.tag_id)
            if sampler is not None and (sample := sampler.take(reading)) is not None:
                step.events.append(sample)

    def _count(self, readings: Iterable[Reading], step: Step) -> None:
        """Counters that belong to no machine; those of machines are part of `track`."""
        for reading in readings if self._loose else ():
            rule = self._loose.get(reading.tag_id)
            if rule is None:
                continue
            counter, counted = advance(self._counters[rule.tag_id], reading, rule)
            self._counters[rule.tag_id] = counter
            if counted and counter is not None:
                step.events.extend(counted)
                step.state[_counter_key(rule.tag_id)] = _COUNTER.dump_json(counter)

    def _restore(self, key: str, value: bytes, now: Moment, line: Line) -> None:
        kind, _, id_ = key.partition(":")
        if kind == "machine":
            self._machines[UUID(id_)] = tracking_resumed(load_tracking(orjson.loads(value)), now, line.begun)
        elif kind == "counter":
            self._counters[UUID(id_)] = counter_resumed(_COUNTER.validate_json(value), now, line.begun)
        elif kind == _SOURCES_KEY:
            self._sources = _SOURCES.validate_json(value)
        elif kind == _LEASES_KEY:
            self._leases = _LEASES.validate_json(value)


def used_leases(configuration: AgentConfiguration) -> dict[str, bytes]:
    """What to go on from where nothing is remembered but that this configuration ran before: its baselines are old."""
    tags = (tag for device in configuration.devices for tag in device.tags if tag.role in COUNTS)
    return {_LEASES_KEY: _LEASES.dump_json({tag.id: tag.lease for tag in tags})}


def _machine_key(machine: UUID) -> str:
    return f"machine:{machine}"


def _counter_key(tag: UUID) -> str:
    return f"counter:{tag}"
