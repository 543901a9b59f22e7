"""All peripherals of an agent: started, kept and stopped as the configuration says."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from threading import Condition, Thread
from typing import NamedTuple
from uuid import UUID

from unison_domain.stations.configuration import AgentConfiguration
from unison_domain.stations.events import Event
from unison_domain.stations.peripheral_reports import PeripheralReport
from unison_domain.stations.peripherals import PeripheralConfiguration, PeripheralState

from unison_station.peripherals.attendance_book import AttendanceBook
from unison_station.peripherals.peripheral import CanNotBe, Maker, Peripheral, Standing, Surroundings

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often is looked who went away and who came back."""

PATIENCE_SECONDS = 5.0
"""How long one that ends may take to let go of its port."""


class _Unable:
    """In place of one that could not be made; it only says why."""

    def __init__(self, words: str) -> None:
        self.standing = Standing(PeripheralState.REFUSED, words)

    def start(self) -> None:
        """See `Peripheral`."""

    def stop(self) -> None:
        """See `Peripheral`."""

    def join(self, seconds: float) -> bool:
        """See `Peripheral`."""
        return seconds >= 0

    def follow(self, events: Sequence[Event]) -> None:
        """See `Peripheral`."""

    def ask(self) -> bool:
        """See `Peripheral`."""
        return False


class _Member(NamedTuple):
    configuration: PeripheralConfiguration
    peripheral: Peripheral


class Life:
    """Follows the engine: with every event of it comes the configuration that runs. One thread starts and stops.

    life = Life(make, lambda: surroundings)
    life.begin(configuration)
    """

    def __init__(self, make: Maker, surroundings: Callable[[], Surroundings]) -> None:
        """Nothing runs before `begin`."""
        self._make = make
        self._surroundings = surroundings
        self._members: dict[UUID, _Member] = {}
        self._wanted: AgentConfiguration | None = None
        self._applied: AgentConfiguration | None = None
        self._ending = False
        self._changed = Condition()
        self._thread = Thread(target=self._run, name="peripherals", daemon=True)

    def begin(self, configuration: AgentConfiguration) -> None:
        """Have these from now on."""
        self.want(configuration)
        self._thread.start()

    def close(self) -> None:
        """End all of them; also where they never began."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    def want(self, configuration: AgentConfiguration) -> None:
        """Have these and no others; from any thread, at once."""
        with self._changed:
            self._wanted = configuration
            self._changed.notify_all()

    def follow(self, events: Sequence[Event], configuration: AgentConfiguration) -> dict[str, bytes]:
        """Take the engine's events and its configuration; nothing is to be committed with them."""
        if configuration is not self._wanted:
            self.want(configuration)
        self.note(events)
        return {}

    def note(self, events: Sequence[Event]) -> None:
        """Tell each what happened; on the engine's loop."""
        for member in tuple(self._members.values()):
            member.peripheral.follow(events)

    @property
    def reports(self) -> tuple[PeripheralReport, ...]:
        """How all of them fare; from any thread."""
        standings = [(id_, member.peripheral.standing) for id_, member in tuple(self._members.items())]
        return tuple(
            PeripheralReport(peripheral_id=id_, state=one.state, message=one.message) for id_, one in standings
        )

    def find(self, peripheral_id: UUID) -> Peripheral | None:
        """The one of this id; None where none is configured."""
        member = self._members.get(peripheral_id)
        return None if member is None else member.peripheral

    def _run(self) -> None:
        book = AttendanceBook(self._surroundings())
        while True:
            with self._changed:
                is_changed = self._changed.wait_for(self._is_changed, LOOK_SECONDS)
                wanted = None if self._ending else self._wanted
                self._applied = self._wanted
            if is_changed:
                self._apply(wanted.peripherals if wanted is not None else ())
            if wanted is None:
                return
            book.look(self.reports)

    def _is_changed(self) -> bool:
        return self._ending or self._wanted is not self._applied

    def _apply(self, wanted: Sequence[PeripheralConfiguration]) -> None:
        """One that is the same goes on undisturbed; ports are free before others want them."""
        by_id = {one.id: one for one in wanted}
        leaving = {id_: one for id_, one in self._members.items() if by_id.get(id_) != one.configuration}
        self._members = {id_: one for id_, one in self._members.items() if id_ not in leaving}
        for member in leaving.values():
            member.peripheral.stop()
        for member in leaving.values():
            if not member.peripheral.join(PATIENCE_SECONDS):
                log.warning("%s did not end within %g s", member.configuration.name, PATIENCE_SECONDS)
        for id_, configuration in by_id.items():
            if id_ not in self._members:
                self._members = {**self._members, id_: _Member(configuration, self._begun(configuration))}

    def _begun(self, configuration: PeripheralConfiguration) -> Peripheral:
        try:
            peripheral = self._make(configuration, self._surroundings())
            peripheral.start()
        except CanNotBe as error:
            log.error("%s can not run: %s", configuration.name, error)
            return _Unable(str(error))
        except Exception as error:
            log.exception("%s met a fault of the program when it was started", configuration.name)
            return _Unable(f"fault of the program: {error!r}")
        return peripheral
