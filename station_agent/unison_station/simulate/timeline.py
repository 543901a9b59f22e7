"""What happens to one simulated machine and when: pure, and the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import Random

from unison_domain.machines.contracts import CountKind, MachineState

from unison_station.simulate.scenario import ClockStep, Fault, MachinePlan, Pause, ResetCounter, Run, Trouble

LATER_ALARM_SECONDS = 0.5

_PAUSES = {
    "stop": MachineState.STOPPED,
    "micro_stop": MachineState.STOPPED,
    "no_output": MachineState.NO_OUTPUT,
    "starve": MachineState.STARVED,
    "block": MachineState.BLOCKED,
    "setup": MachineState.SETUP,
    "cleaning": MachineState.CLEANING,
    "maintenance": MachineState.MAINTENANCE,
    "emergency_stop": MachineState.EMERGENCY_STOP,
}


@dataclass(frozen=True, slots=True)
class Turned:
    """The machine is in this state now, with these alarms (the first is the cause)."""

    state: MachineState
    alarms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """A part was made."""

    count: CountKind


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing more will happen."""


Happening = Turned | Made | ResetCounter | Trouble | ClockStep | Finished


def happenings(plan: MachinePlan, seed: int) -> Iterator[tuple[float, Happening]]:
    """All that happens to the machine, each with its time in simulated seconds after the beginning, in order."""
    chance = Random(f"{seed}/{plan.code}")
    parts = count(1)
    clock = 0.0
    while True:
        for step in plan.steps:
            if isinstance(step, Run):
                length = _varied(step.seconds, plan, chance)
                yield from _production(step, plan, clock, length, chance, parts)
                clock += length
            elif isinstance(step, Pause):
                yield clock, Turned(_PAUSES[step.do])
                clock += _varied(step.seconds, plan, chance)
            elif isinstance(step, Fault):
                length = _varied(step.seconds, plan, chance)
                yield from _fault(step, clock, length)
                clock += length
            else:
                yield clock, step
        if not plan.loop:
            yield clock, Finished()
            return


def _production(
    step: Run, plan: MachinePlan, begin: float, length: float, chance: Random, parts: Iterator[int]
) -> Iterator[tuple[float, Happening]]:
    yield begin, Turned(MachineState.RUNNING)
    cycle = step.cycle or plan.ideal_cycle_seconds
    at = begin + _varied(cycle, plan, chance)
    while at < begin + length:
        scrap = step.scrap_every and next(parts) % step.scrap_every == 0
        yield at, Made(CountKind.SCRAP if scrap else CountKind.GOOD)
        at += _varied(cycle, plan, chance)


def _fault(step: Fault, begin: float, length: float) -> Iterator[tuple[float, Happening]]:
    for number in range(len(step.alarms)):
        at = begin + number * LATER_ALARM_SECONDS
        if at < begin + length:
            yield at, Turned(MachineState.FAULT, tuple(step.alarms[: number + 1]))


def _varied(seconds: float, plan: MachinePlan, chance: Random) -> float:
    return seconds * (1 + chance.uniform(-plan.spread, plan.spread))
