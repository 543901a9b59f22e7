"""What a camera saw around the stops of its station's machines becomes kept pictures."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from queue import Queue
from threading import Event as Flag
from threading import Lock, Thread
from typing import NamedTuple, Self
from uuid import UUID, uuid5

from unison_domain.machines.contracts import MachineState, StateSource
from unison_domain.machines.state import StateRules
from unison_domain.machines.stop_ends import AGAINST_THE_PLAN, ends_stop
from unison_domain.stations.configuration import AgentConfiguration, MachineConfiguration
from unison_domain.stations.events import Event, StateChanged, StateSet
from unison_domain.stations.peripherals import CameraConfiguration
from unison_domain.stations.picture_events import PictureKept, PictureReason

from unison_station.cameras.kept_pictures import KeptPictures
from unison_station.cameras.ring import Ring, Shot
from unison_station.cameras.undecided_pictures import UndecidedPictures
from unison_station.operator.places import machine_stations
from unison_station.peripherals.outlet import NotKept
from unison_station.peripherals.peripheral import Surroundings

log = logging.getLogger(__name__)

AT_ONCE = 50
"""Pictures of a stop that are told in one transaction."""

WAKE_SECONDS = 0.2

LATE_SECONDS = 10.0
"""So long the last pictures around a stop are waited for: the camera may be away, or its thread held up."""

AGAIN_SECONDS = 60.0
"""How often is tried again what the buffer or the disk refused."""

Keep = Callable[[bytes, datetime, PictureReason, UUID], PictureKept]
"""Puts a JPEG on disk. Raises OSError."""


class _Told(NamedTuple):
    """A machine is in a state since `at` (monotonic seconds), by its signals or because a person said so."""

    machine_id: UUID
    state: MachineState
    at: float
    is_said: bool


class _Standing(NamedTuple):
    """The stop a machine is in since `begun`, and its state now."""

    begun: float
    state: MachineState


class StopPictures:
    """A stop no longer than a micro-stop of its machine is dropped: so many pictures, a file each, fill a disk. What a
    person said, and an emergency stop, is kept however short.

    `note` is for the engine's loop, `add` for the camera's thread; what is due goes to disk in a thread of its own,
    as there may be hundreds of pictures, and nothing a camera sees is to wait for them.

    A context manager: the thread lives in it, and keeps what is there around all stops before it ends.
    """

    def __init__(
        self, configuration: CameraConfiguration, surroundings: Surroundings, pictures: KeptPictures, keep: Keep
    ) -> None:
        self._configuration = configuration
        self._surroundings = surroundings
        self._outlet = surroundings.outlet
        self._pictures = pictures
        self._keep = keep
        self._ring = Ring(configuration.ring_seconds)
        self._undecided = UndecidedPictures(surroundings.folder, configuration.id)
        self._lock = Lock()
        self._newest = float("-inf")
        self._told: Queue[_Told] = Queue()
        self._standing: dict[UUID, _Standing] = {}
        self._left: list[tuple[UUID, Shot]] = []
        self._again_at = float("-inf")
        self._ending = Flag()
        self._thread = Thread(target=self._run, name=f"stops of {configuration.name}", daemon=True)

    def __enter__(self) -> Self:
        """Begin; a camera without a ring has nothing to keep but what an agent that was killed left."""
        left = self._undecided.found()
        if self._configuration.ring_seconds or left:
            self._left = left
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Return when all is kept."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join()

    def note(self, events: Sequence[Event]) -> None:
        """States among these, since they began: it takes its time until signals are sure of one; people say others."""
        if not self._configuration.ring_seconds:
            return
        for event in events:
            if isinstance(event, StateChanged | StateSet):
                told = event.opened if isinstance(event, StateChanged) else event
                age = (self._outlet.now() - told.started_at).total_seconds()
                is_said = isinstance(event, StateSet)
                self._told.put(_Told(event.machine_id, told.state, time.monotonic() - age, is_said=is_said))

    def add(self, jpeg: bytes, at: float) -> None:
        """A picture of the ring that was taken at `at` (monotonic seconds)."""
        configuration = self._surroundings.configuration()
        late = max((_late(one, configuration) for one in self._machines(configuration)), default=0.0)
        taken_at = self._outlet.now() - timedelta(seconds=time.monotonic() - at)
        with self._lock:
            self._take_stops()  # first, for the picture may push out what came before one of them
            self._ring.add(Shot(jpeg, taken_at, at, self._surroundings.boot), late)
            self._newest = at

    def _run(self) -> None:
        self._keep_left()
        while not self._ending.wait(WAKE_SECONDS):
            if self._left and time.monotonic() >= self._again_at:
                self._keep_left()
            self._keep_due()
        self._keep_due(is_last=True)

    def _keep_left(self) -> None:
        """Nobody knows how long the stops before a kill were: as where an agent ends in order, they are kept.

        So is what the buffer refused before.
        """
        left, self._left = self._left, []
        self._again_at = time.monotonic() + AGAIN_SECONDS
        with self._telling_faults():
            for machine_id in dict.fromkeys(machine_id for machine_id, _ in left):
                self._keep_all(machine_id, [shot for of_machine, shot in left if of_machine == machine_id])
            self._hold_undecided()
            self._undecided.forget_others([one.id for one in self._surroundings.configuration().peripherals])

    def _keep_due(self, *, is_last: bool = False) -> None:
        """Keep pictures around stops whose seconds are over, or around all where this was the last picture."""
        with self._telling_faults():
            while (due := self._due(is_last=is_last)) is not None:
                self._keep_all(*due)
            self._hold_undecided()

    def _hold_undecided(self) -> None:
        """What was refused stays with what nobody can tell yet; in memory only what lies on disk too."""
        with self._lock:
            undecided = self._ring.around_stops()
        self._undecided.hold([*self._left, *undecided])
        self._left = [one for one in self._left if self._undecided.has(*one)]

    @contextmanager
    def _telling_faults(self) -> Iterator[None]:
        try:
            yield
        except Exception:
            log.exception("%s met a fault of the program at a stop", self._configuration.name)
            words = "the pictures of a stop are not kept: fault of the program; the log tells more"
            self._outlet.refuse(self._configuration, words)

    def _due(self, *, is_last: bool) -> tuple[UUID, Sequence[Shot]] | None:
        with self._lock:
            self._take_stops()
            return self._ring.due(max(self._newest, time.monotonic() - LATE_SECONDS), is_last=is_last)

    def _take_stops(self) -> None:
        while not self._told.empty():
            told, configuration = self._told.get(), self._surroundings.configuration()
            machine = next((one for one in self._machines(configuration) if one.id == told.machine_id), None)
            if machine is not None:
                self._follow(told, machine, _late(machine, configuration))

    def _follow(self, told: _Told, machine: MachineConfiguration, late: float) -> None:
        """What nobody knows ends no stop: with the main switch off, signals go too."""
        stood = self._standing.get(machine.id)
        if told.is_said:
            self._ring.counts(machine.id)
        source = StateSource.PERSON if told.is_said else StateSource.SIGNAL
        if stood is not None and told.state is not MachineState.UNKNOWN and ends_stop(stood.state, told.state, source):
            self._ring.over(machine.id, told.at)
            stood = None
        if told.state in AGAINST_THE_PLAN:
            begun = stood.begun if stood is not None else told.at
            self._ring.stopped(machine.id, told.at, begun + machine.micro_stop_seconds, late)
            self._standing[machine.id] = _Standing(begun, told.state)
            if told.is_said or told.state is MachineState.EMERGENCY_STOP:
                self._ring.counts(machine.id)
        elif stood is not None:
            self._standing[machine.id] = _Standing(stood.begun, told.state)
        else:
            self._standing.pop(machine.id, None)

    def _keep_all(self, machine_id: UUID, shots: Sequence[Shot]) -> None:
        """What is refused is tried again later, and at the next start."""
        for first in range(0, len(shots), AT_ONCE):
            if not self._keep_shots(machine_id, shots[first : first + AT_ONCE]):
                self._left += [(machine_id, shot) for shot in shots[first:]]
                return

    def _keep_shots(self, machine_id: UUID, shots: Sequence[Shot]) -> bool:
        try:
            with self._pictures.announcing():
                self._outlet.keep(*(self._event(machine_id, shot) for shot in shots))
        except (NotKept, OSError) as error:
            self._outlet.refuse(self._configuration, f"the pictures of a stop are not kept yet: {error}")
            return False
        return True

    def _event(self, machine_id: UUID, shot: Shot) -> PictureKept:
        """The same one of the same picture, where an agent was killed after it told of it, and its PC started anew."""
        at = self._surroundings.recalled(shot.taken_at, shot.boot)
        kept = self._keep(shot.jpeg, at, PictureReason.STOP, machine_id)
        same = uuid5(self._configuration.id, f"{machine_id} {shot.boot} {shot.taken_at.isoformat()} {kept.sha256}")
        return kept.model_copy(update={"id": same})

    def _machines(self, configuration: AgentConfiguration) -> Iterator[MachineConfiguration]:
        station_of = machine_stations(configuration)
        return (one for one in configuration.machines if station_of.get(one.id) == self._configuration.station_id)


def _late(machine: MachineConfiguration, configuration: AgentConfiguration) -> float:
    """Seconds after which a stop of a machine is told at the latest, while its signals are read."""
    tags = [tag for device in configuration.devices for tag in device.tags if tag.machine_id == machine.id]
    rules = StateRules.of(machine, tags)
    return rules.idle_seconds + machine.off_delay_seconds + rules.poll_seconds
