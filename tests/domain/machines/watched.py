"""A machine of a test, polled every half second, and the tags it may have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from unison_domain.machines.contracts import MachineState
from unison_domain.machines.tracking import MachineRules, TrackedEvent, Tracking, track
from unison_domain.stations.configuration import MachineConfiguration, TagConfiguration
from unison_domain.stations.events import StateChanged, StateDetailed
from unison_domain.stations.readings import Reading, Value

from tests.domain.shop import START, machine, missed, moment, read, tag

RUN = tag("run", role="run", type="bool", poll_seconds=0.5)
ALARM = tag("alarm", role="alarm", address=1, poll_seconds=0.5, alarms={0: "Guard open", 3: "Overload"})
ESTOP = tag("estop", role="emergency_stop", address=2, type="bool", poll_seconds=0.5)
MODE = tag(
    "mode", role="mode", address=3, poll_seconds=0.5, states={1: "setup", 2: "cleaning", 3: "running", 4: "stopped"}
)
STARVED = tag("starved", role="starved", address=4, type="bool", poll_seconds=0.5)
BLOCKED = tag("blocked", role="blocked", address=5, type="bool", poll_seconds=0.5)
PARTS = tag("parts", role="count_good", address=6, poll_seconds=0.5, max_rate=10.0)
CYCLE = tag("cycle", role="cycle", address=7, type="bool", poll_seconds=0.5)
POLL = 0.5

S = MachineState


class Watched:
    """A machine polled every half second: hold values for some time, then look at its intervals."""

    def __init__(self, *tags: TagConfiguration, **fields: Any) -> None:
        self.configuration: MachineConfiguration = machine(**fields)
        self.tags = tags
        self.rules = MachineRules.of(self.configuration, tags)
        self.tracking = Tracking()
        self.events: list[TrackedEvent] = []
        self.clock = 0.0
        self.values: dict[str, Value | None] = {}

    def feed(self, readings: Sequence[Reading], clock_ahead: float = 0.0) -> None:
        self.tracking, events = track(self.tracking, self.rules, readings, moment(self.clock, clock_ahead))
        self.events += events

    def hold(self, seconds: float, **values: Value | None) -> None:
        """Poll for so long with these values; None is a read without answer."""
        self.values |= values
        for _ in range(round(seconds / POLL)):
            self.feed([self.sample(of) for of in self.tags])
            self.clock += POLL

    def sample(self, of: TagConfiguration) -> Reading:
        value = self.values[of.name]
        return missed(of, self.clock) if value is None else read(of, value, self.clock)

    def silence(self, seconds: float) -> None:
        """Let time pass without any reading."""
        for _ in range(round(seconds / POLL)):
            self.feed([])
            self.clock += POLL

    def make(self, parts: int, every: float) -> None:
        """Count so many parts, one each so many seconds."""
        for _ in range(parts):
            self.hold(every - POLL)
            self.hold(POLL, parts=int(self.values["parts"] or 0) + 1)

    @property
    def intervals(self) -> list[tuple[MachineState, float]]:
        """States and when they began, in seconds after the start."""
        return [(event.opened.state, seconds(event.opened.started_at)) for event in changes(self.events)]


def changes(events: Iterable[TrackedEvent]) -> list[StateChanged]:
    return [event for event in events if isinstance(event, StateChanged)]


def details(events: Iterable[TrackedEvent]) -> list[StateDetailed]:
    return [event for event in events if isinstance(event, StateDetailed)]


def seconds(at: datetime) -> float:
    return round((at - START).total_seconds(), 3)
