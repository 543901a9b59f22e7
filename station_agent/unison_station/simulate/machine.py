"""One simulated machine: its state, its counters, and the registers that show them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from unison_domain.machines.contracts import CountKind, MachineState
from unison_domain.machines.counter import CounterRule
from unison_domain.stations.configuration import BIT_TABLES, RegisterTable, TagConfiguration
from unison_domain.stations.readings import Value
from unison_domain.stations.registers import encode

from unison_station.simulate.makers import MAKERS, MODES, Maker
from unison_station.simulate.scenario import MachinePlan

NAMESPACE = UUID("6f1e5f0a-7c52-5d0b-9d53-0a3b6b6f6b21")
"""Ids of everything simulated derive from this and its code, so they are the same in every run."""

_RATE_MARGIN = 4.0
_SLOWEST_SAMPLE_SECONDS = 1.0
_PRODUCING = (MachineState.RUNNING, MachineState.NO_OUTPUT)
_MODE_VALUES = {state: value for value, state in MODES.items()}
_COUNTERS = {"good parts": CountKind.GOOD, "scrap parts": CountKind.SCRAP}


def simulated_id(kind: str, code: str) -> UUID:
    """The id of a simulated station, device, machine or tag."""
    return uuid5(NAMESPACE, f"{kind}/{code}")


def tags_of(plan: MachinePlan, speed: float = 1.0) -> tuple[TagConfiguration, ...]:
    """The tags of a machine as an agent is to read them; `speed` is how much faster than life the shop runs."""
    rate = _RATE_MARGIN * speed / plan.ideal_cycle_seconds
    return tuple(
        TagConfiguration(
            id=simulated_id("tag", f"{plan.code}/{name}"),
            device_id=simulated_id("device", plan.code),
            machine_id=simulated_id("machine", plan.code),
            name=name,
            poll_seconds=plan.poll_seconds if "role" in fields else max(plan.poll_seconds, _SLOWEST_SAMPLE_SECONDS),
            max_rate=rate if name in _COUNTERS else None,
            **fields,
        )
        for name, fields in MAKERS[plan.maker].tags.items()
    )


@dataclass(slots=True)
class Machine:
    """What a machine truly does, shown in registers.

    Attributes:
        counted: what its counter registers show.
        made: parts since the beginning, whatever the counters were set to.
        registers: values of all readable addresses by table.
    """

    plan: MachinePlan
    state: MachineState = MachineState.STOPPED
    alarms: tuple[int, ...] = ()
    counted: dict[CountKind, int] = field(default_factory=dict)
    made: dict[CountKind, int] = field(default_factory=lambda: {CountKind.GOOD: 0, CountKind.SCRAP: 0})
    registers: dict[RegisterTable, dict[int, int]] = field(default_factory=dict)
    _tags: dict[str, TagConfiguration] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._tags = {tag.name: tag for tag in tags_of(self.plan)}
        starts = {CountKind.GOOD: self.plan.first_good, CountKind.SCRAP: self.plan.first_scrap}
        self.counted = {kind: self.counted.get(kind, first) for kind, first in starts.items()}
        for table, ranges in self.maker.readable.items():
            self.registers[table] = {address: 0 for addresses in ranges for address in addresses}
        self._show({"order": f"WO-{self.plan.code}"[:16], "serial number": self.plan.code[:8], "program": 4711})
        self._show_signals()
        self.wander(0.0)

    @property
    def maker(self) -> Maker:
        """Whose register map it has."""
        return MAKERS[self.plan.maker]

    @property
    def alarm_texts(self) -> tuple[str, ...]:
        """The alarms it shows, the cause first; maker B has room for one."""
        shown = self.alarms[:1] if self.plan.maker == "b" else self.alarms
        return tuple(self.maker.alarm_texts[alarm] for alarm in shown)

    def turn(self, state: MachineState, alarms: tuple[int, ...] = ()) -> None:
        """Be in another state from now on."""
        self.state, self.alarms = state, alarms
        self._show_signals()

    def make(self, kind: CountKind) -> None:
        """Count one part; the register rolls over at its modulus."""
        name = next(name for name, of in _COUNTERS.items() if of is kind)
        modulus = CounterRule.of(self._tags[name]).modulus or 0
        self.counted[kind] = (self.counted[kind] + 1) % modulus
        self.made[kind] += 1
        self._show({name: self.counted[kind]})

    def reset(self) -> None:
        """Set the counters to zero, as an operator does."""
        self.counted = dict.fromkeys(self.counted, 0)
        self._show_signals()

    def wander(self, seconds: float) -> None:
        """Let temperatures and energy be what they are so many seconds after the beginning."""
        self._show(
            {
                "temperature": round(41 + 6 * math.sin(seconds / 47), 1),
                "oil temperature": round(52 + 4 * math.sin(seconds / 61), 1),
                "energy": 1000 + seconds / 90,
            }
        )

    def _show_signals(self) -> None:
        running = self.state in _PRODUCING
        shown: dict[str, Value] = {
            "run": running,
            "emergency stop": self.state is MachineState.EMERGENCY_STOP,
            "starved": self.state is MachineState.STARVED,
            "blocked": self.state is MachineState.BLOCKED,
            "mode": _MODE_VALUES.get(self.state, 0),
            "alarms": sum(1 << alarm for alarm in self.alarms),
            "alarm code": self.alarms[0] if self.alarms else 0,
            "good parts": self.counted[CountKind.GOOD],
            "scrap parts": self.counted[CountKind.SCRAP],
            "speed": round(60 / self.plan.ideal_cycle_seconds, 1) if running else 0.0,
        }
        self._show(shown)

    def _show(self, values: dict[str, Value]) -> None:
        """Write values into the registers, those the maker has no signal for left out."""
        for tag in (self._tags[name] for name in values if name in self._tags):
            table = self.registers[tag.table]
            before = None if tag.table in BIT_TABLES else [table[tag.address]]
            for offset, word in enumerate(encode(tag, values[tag.name], before)):
                table[tag.address + offset] = word
