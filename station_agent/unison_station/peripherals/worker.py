"""A peripheral in a thread of its own: opened, worked with, and opened again when it was lost."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from threading import Event as Flag
from threading import Thread
from typing import Protocol

from unison_domain.stations.events import Event
from unison_domain.stations.peripherals import PeripheralState

from unison_station.peripherals.peripheral import STARTING, CanNotBe, Standing

log = logging.getLogger(__name__)

FIRST_RETRY_SECONDS = 0.5
LONGEST_RETRY_SECONDS = 4.0
"""One that is not there is looked for at these intervals, which double."""

Tell = Callable[[Standing], None]


class Work(Protocol):
    """What is done with an open port."""

    def run(self, ending: Flag, tell: Tell) -> None:
        """Open the port, tell how it stands, and work until `ending`.

        Raises:
            ConnectionError: it can't be opened or is gone, with the reason in words; it is tried again.
            CanNotBe: what is open can't do what is asked of it; it is let go until the settings change.
        """

    def ask(self) -> bool:
        """See `Peripheral`."""


class Worker:
    """Keeps one piece of work going, as a `Peripheral`."""

    def __init__(self, name: str, work: Work) -> None:
        self.standing = STARTING
        self._name = name
        self._work = work
        self._ending = Flag()
        self._thread = Thread(target=self._live, name=f"peripheral {name}", daemon=True)

    def start(self) -> None:
        """See `Peripheral`."""
        self._thread.start()

    def stop(self) -> None:
        """See `Peripheral`."""
        self._ending.set()

    def join(self, seconds: float) -> bool:
        """See `Peripheral`."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def follow(self, events: Sequence[Event]) -> None:
        """Scanners and gauges need to know nothing of the rest."""

    def ask(self) -> bool:
        """See `Peripheral`."""
        return self._work.ask()

    def _live(self) -> None:
        pause = FIRST_RETRY_SECONDS
        while not self._ending.is_set():
            try:
                self._work.run(self._ending, self._tell)
                return
            except CanNotBe as error:
                self._tell(Standing(PeripheralState.REFUSED, str(error)))
                return
            except ConnectionError as error:
                words = str(error)
            except Exception as error:
                log.exception("%s met a fault of the program; it is tried again", self._name)
                words = f"fault of the program: {error!r}"
            was_online = self.standing.state is PeripheralState.ONLINE
            pause = FIRST_RETRY_SECONDS if was_online else min(pause * 2, LONGEST_RETRY_SECONDS)
            self._tell(Standing(PeripheralState.OFFLINE, words))
            self._ending.wait(pause)

    def _tell(self, standing: Standing) -> None:
        if standing.state is not self.standing.state and standing.state is PeripheralState.ONLINE:
            log.info("%s is there", self._name)
        elif standing != self.standing:
            log.warning("%s is %s: %s", self._name, standing.state, standing.message or "all is well")
        self.standing = standing
