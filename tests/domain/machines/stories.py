"""What a machine did, what people said of it, and which parts of its stops ask: one table for office and operator page.

The agent's page is held to it in `tests/station_agent/operator/test_stories.py`, the server over its database in
`tests/server/machines/test_stories.py`; there random stories show that both say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from unison_domain.machines.contracts import MachineState

MICRO_STOP = 120.0


class Step(NamedTuple):
    """A state and how long it lasts, in seconds."""

    state: MachineState
    seconds: float
    by_hand: bool = False
    has_alarm: bool = False


class Asked(NamedTuple):
    """A part of a stop, from and to in seconds after the beginning."""

    started: float
    ended: float
    asks: bool


@dataclass(frozen=True)
class Story:
    """States in sequence; the machine ran before and runs afterwards.

    Attributes:
        steps: the states. parts: of the stops, in order of time.
        said: starts of parts that a person gives a reason for afterwards.
    """

    steps: tuple[Step, ...]
    parts: tuple[Asked, ...]
    said: frozenset[float] = frozenset()


def steps(told: str) -> tuple[Step, ...]:
    """Of words such as `fault+ 300, setup! 60`: `!` by hand, `+` with an alarm."""
    pairs = (one.split() for one in told.split(","))
    return tuple(
        Step(MachineState(name.rstrip("!+")), float(seconds), "!" in name, "+" in name) for name, seconds in pairs
    )


def _story(told: str, *parts: tuple[float, float, bool], said: Sequence[float] = ()) -> Story:
    return Story(steps(told), tuple(Asked(*part) for part in parts), frozenset(said))


STORIES: dict[str, Story] = {
    "a bare stop": _story("stopped 300", (0, 300, True)),
    "a micro-stop": _story("stopped 120", (0, 120, False)),
    "a fault, then a bare stop, both short": _story("fault 90, stopped 90", (0, 180, False)),
    "a bare stop, then a fault, both short": _story("stopped 90, fault 90", (0, 180, True)),
    "a fault that goes and comes": _story("fault 50, stopped 50, fault 50", (0, 150, True)),
    "fault, cleaning, stopped": _story("fault 300, cleaning 300, stopped 300", (0, 300, True), (600, 900, True)),
    "a bare stop that the setup after it explains": _story("stopped 300, setup 300", (0, 300, False)),
    "a fault that setup follows": _story("fault 300, setup 300", (0, 300, True)),
    "setup, then stopped": _story("setup 300, stopped 300", (300, 600, True)),
    "a bare stop explained by what somebody does": _story("stopped 300, maintenance! 300", (0, 300, False)),
    "a bare stop in which signals tell maintenance": _story("stopped 300, maintenance 300", (0, 600, False)),
    "a repair": _story("fault 60, maintenance 200, manual 200, stopped 300", (0, 760, True)),
    "a repair after a fault too short to be asked about": _story("fault 60, manual 300, fault 60", (0, 420, False)),
    "starved": _story("starved 900", (0, 900, False)),
    "starved with an alarm": _story("starved+ 900", (0, 900, True)),
    "starved, then nobody knows why it stands": _story("starved 300, stopped 900", (0, 1200, True)),
    "starved, then broken": _story("starved 300, fault 900", (0, 1200, True)),
    "a moment's fault, then starved": _story("fault 10, starved 900", (0, 910, False)),
    "stopped, then starved": _story("stopped 300, starved 300", (0, 600, False)),
    "an alarm while stopped, then starved": _story("stopped+ 300, starved 300", (0, 600, True)),
    "blocked and starved in turn": _story("blocked 300, starved 300, blocked+ 10", (0, 610, True)),
    "an emergency stop": _story("emergency_stop 300, manual 300, stopped 10", (0, 610, True)),
    "switched off after a bare stop": _story("stopped 60, unknown 900", (0, 60, False), (60, 960, True)),
    "switched off for a moment": _story("stopped 300, unknown 100", (0, 300, True), (300, 400, False)),
    "switched off while starved": _story("starved 300, unknown 900", (0, 300, False), (300, 1200, True)),
    "switched off in a repair": _story(
        "fault 60, maintenance 200, manual 200, unknown 900", (0, 460, False), (460, 1360, True)
    ),
    "switched off after manual work": _story("manual 300, unknown 900"),
    "switched off after maintenance": _story("maintenance 300, manual 300, unknown 900"),
    "switched off after setup": _story("stopped 300, setup 300, unknown 900", (0, 300, False)),
    "switched off in a repair after setup": _story("fault 300, setup 9, manual 99, unknown 900", (0, 300, True)),
    "switched off after cleaning": _story("cleaning 300, unknown 900"),
    "switched off under maintenance somebody said": _story("fault 300, maintenance! 60, unknown 900", (0, 300, True)),
    "the same, as signals tell it once more": _story(
        "fault 300, maintenance! 60, maintenance 60, unknown 900", (0, 300, True)
    ),
    "a repair that somebody says too": _story(
        "fault 300, maintenance 60, maintenance! 60, unknown 900", (0, 420, True), (420, 1320, True)
    ),
    "switched off under a fault somebody said": _story(
        "fault! 300, manual 60, unknown 900", (0, 360, True), (360, 1260, True)
    ),
    "off, standing, off again": _story(
        "stopped 300, unknown 300, manual 300, unknown 300, stopped 300, unknown 300",
        *[(0, 300, True), (300, 600, True), (1200, 1500, True), (1500, 1800, True)],
    ),
    "unknown from running": _story("unknown 900, running 60, unknown 900"),
    "a fault somebody says of a bare stop": _story("stopped 90, fault! 90", (0, 90, False), (90, 180, True)),
    "the same, with a reason for the fault": _story(
        "stopped 90, fault! 90", (0, 90, True), (90, 180, False), said=[90]
    ),
    "the same, of a long stop": _story("stopped 300, fault! 300", (0, 300, True), (300, 600, False), said=[300]),
    "the same, with a reason for the stop": _story(
        "stopped 300, fault! 90", (0, 300, False), (300, 390, True), said=[0]
    ),
    "somebody says it stopped once more": _story("stopped 300, stopped! 300", (0, 600, True)),
    "the main switch, and a reason for the time it was off": _story(
        "stopped 300, unknown 900, stopped 300", (0, 300, True), (300, 1200, False), (1200, 1500, True), said=[300]
    ),
    "a repair with its reason": _story("fault 60, maintenance 200, stopped 300", (0, 560, False), said=[0]),
    "a reason before the setup": _story(
        "fault 300, setup 300, stopped 300", (0, 300, False), (600, 900, True), said=[0]
    ),
}
