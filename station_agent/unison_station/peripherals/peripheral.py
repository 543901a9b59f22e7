"""What the life of any scanner, gauge or camera looks like from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.events import Event
from unison_domain.stations.peripherals import PeripheralConfiguration, PeripheralState

from unison_station.peripherals.outlet import Outlet


class Standing(NamedTuple):
    """How it fares now, and why it is not online, in words."""

    state: PeripheralState
    message: str | None = None


STARTING = Standing(PeripheralState.OFFLINE, "is being opened")


class CanNotBe(Exception):
    """What is configured can't be done on this PC; the words say why. Nothing is tried again before it changes."""


@dataclass(frozen=True)
class Surroundings:
    """What a peripheral finds around it.

    Attributes:
        folder: the agent's data.
        configuration: what runs now: characteristics may change while the peripheral goes on.
        remembered: what was kept under a key by an earlier start; None where nothing was.
        boot: whose stamps the outlet's are.
        recalled: what a stamp kept in some boot is in this one.
    """

    outlet: Outlet
    folder: Path
    configuration: Callable[[], AgentConfiguration]
    remembered: Callable[[str], bytes | None] = lambda _key: None
    boot: int = 0
    recalled: Callable[[datetime, int], datetime] = lambda stamp, _boot: stamp


class Peripheral(Protocol):
    """One scanner, gauge or camera at work in threads or processes of its own. No fault of it reaches anybody else."""

    @property
    def standing(self) -> Standing:
        """How it fares; from any thread."""

    def start(self) -> None:
        """Begin to work, in other threads; returns at once."""

    def stop(self) -> None:
        """Ask it to end; returns at once, `join` waits. Nothing goes through the outlet that comes after this."""

    def join(self, seconds: float) -> bool:
        """Wait until its port is free and its threads have ended, at most so long; whether they have."""

    def follow(self, events: Sequence[Event]) -> None:
        """See what is about to be committed, on the engine's loop: it should only note it."""

    def ask(self) -> bool:
        """A person wants a value or picture now; False: it gives none when asked."""


Maker = Callable[[PeripheralConfiguration, Surroundings], Peripheral]
"""Makes one, not started yet; raises `CanNotBe`."""
