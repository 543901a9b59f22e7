"""One machine followed through its readings: the state machine and its counters together, as a pure step.

    rules = MachineRules.of(machine, tags)              # once per configuration
    state = Tracking()                                  # or resumed(load_tracking(stored), now) after a restart
    state, events = track(state, rules, readings, now)  # for every batch of readings, and at least once a second without
    stored = dump_tracking(state)                       # JSON-able; commit it together with the events
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from unison_domain.machines.contracts import MachineState
from unison_domain.stations.configuration import MachineConfiguration, TagConfiguration
from unison_domain.stations.events import Counted, CounterJumped, CounterReset, StateChanged, StateDetailed
from unison_domain.stations.readings import Moment, Reading

TrackedEvent = StateChanged | StateDetailed | Counted | CounterReset | CounterJumped


@dataclass(frozen=True, slots=True)
class MachineRules:
    """What `track` needs of a machine's configuration, worked out once."""

    @classmethod
    def of(cls, machine: MachineConfiguration, tags: Sequence[TagConfiguration]) -> Self:
        """The rules of `machine`; of `tags` only those with its id are used."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Tracking:
    """Everything remembered of one machine between two steps.

    `interval` is None until the first state is known; it has `id`, `state`, `started_at`, `reason`, `alarms`.
    `last_signal` is the newest good reading of any of its tags.
    """

    last_signal: Moment | None = None

    @property
    def state(self) -> MachineState:
        """What the machine does now."""
        raise NotImplementedError


def track(
    state: Tracking, rules: MachineRules, readings: Sequence[Reading], now: Moment
) -> tuple[Tracking, tuple[TrackedEvent, ...]]:
    """The machine after `readings` (of its tags; others are ignored) and the time up to `now`, and the events of that."""
    raise NotImplementedError


def resumed(state: Tracking, now: Moment) -> Tracking:
    """A persisted state on the clocks of a new run of the agent; call once after loading, before the first `track`."""
    raise NotImplementedError


def dump_tracking(state: Tracking) -> dict[str, Any]:
    """The state as JSON-able values."""
    raise NotImplementedError


def load_tracking(stored: dict[str, Any]) -> Tracking:
    """The state from `dump_tracking`. Raises ValueError when it is no such thing."""
    raise NotImplementedError
