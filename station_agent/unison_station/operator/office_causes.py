"""Why the office says machines stood: asked for with heartbeats, so that the page shows it and asks for no more."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from unison_domain.kernel.contracts import Page
from unison_domain.machines.stop_causes import MOST_STOPS, AskedStop, StopCause

from unison_station.clock import Line
from unison_station.engine.engine import Engine
from unison_station.operator.desk import Desk
from unison_station.operator.floor import Floor
from unison_station.operator.office_question import Asker, answer_of
from unison_station.operator.stops import Stop, waiting
from unison_station.store import Store
from unison_station.uplink.transport import Transport

PATH = "/api/v1/stations/me/stop-causes"
ASKED_EVERY_SECONDS = 15.0
_WORDS = ("stop_reasoned", "state_set")


class OfficeCauses(Asker):
    """Has the desk learn what it was told."""

    def __init__(
        self, desk: Desk, engine: Engine, store: Store, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(desk, engine, store, monotonic)
        self._turn = 0
        self._asked: dict[tuple[UUID, datetime], int] = {}

    def ask(self, transport: Transport) -> None:
        """Ask once, if it is time and the server knows all that was said here about stops."""
        line = self._store.timeline.line
        if self._monotonic() < self._due or line.correction is None:
            return
        chosen = asked_of(self._desk.floor, self._asked)
        if not chosen or self._store.outgoing.waits(_WORDS):
            return
        self._due = self._monotonic() + ASKED_EVERY_SECONDS
        self._note(chosen)
        asked = {_as_told(stop, machine, line): stop for machine, stop in chosen}
        seen = {(told.machine_id, told.started_at): stop for told, stop in asked.items()}
        query = [("stops", told.text()) for told in asked]
        page = answer_of(transport, PATH, query, Page[StopCause])
        causes = page.items if page else []
        heard = [(cause, seen[key]) for cause in causes if (key := (cause.machine_id, cause.started_at)) in seen]
        if heard:
            self._desk.learn_causes(heard, self._engine)

    def _note(self, chosen: Sequence[tuple[UUID, Stop]]) -> None:
        """In which turn they were asked about; of stops that are no longer kept nothing."""
        self._turn += 1
        kept = {
            (machine, stop.started_at) for machine, notes in self._desk.floor.machines.items() for stop in notes.stops
        }
        now = {(machine, stop.started_at): self._turn for machine, stop in chosen}
        self._asked = {key: turn for key, turn in {**self._asked, **now}.items() if key in kept}


def asked_of(floor: Floor, asked: Mapping[tuple[UUID, datetime], int] | None = None) -> list[tuple[UUID, Stop]]:
    """Stops and their machines: what lasts, for the office may say anything of it, what waits, and what is somebody's.

    Those that are over and were never anybody's have their states as causes. Where they are more than `MOST_STOPS`,
    each of the three kinds has half of what room is left, and those of a kind take turns.

    Args:
        asked: the turn in which each was asked about last, by machine and start.
    """
    turns = asked or {}
    lasting, waits, said = list[tuple[UUID, Stop]](), list[tuple[UUID, Stop]](), list[tuple[UUID, Stop]]()
    for machine, notes in floor.machines.items():
        asking = waiting(notes.stops, micro_stop=0.0)
        for stop in notes.stops:
            if stop.ended_at is None:
                lasting.append((machine, stop))
            elif stop.started_at in asking:
                waits.append((machine, stop))
            elif stop.reason_id is not None or stop.office_asks is not None:
                said.append((machine, stop))

    def turn(one: tuple[UUID, Stop]) -> tuple[int, float]:
        machine, stop = one
        return turns.get((machine, stop.started_at), 0), -stop.started_at.timestamp()

    chosen = list[tuple[UUID, Stop]]()
    for kind, others in ((lasting, len(waits) + len(said)), (waits, len(said)), (said, 0)):
        room = MOST_STOPS - len(chosen)
        chosen += sorted(kind, key=turn)[: max(room // 2, room - others)]
    return chosen


def _as_told(stop: Stop, machine_id: UUID, line: Line) -> AskedStop:
    """By the server's time, as its events were told."""
    ended_at = None if stop.ended_at is None else line.settled(stop.ended_at)
    return AskedStop(machine_id, line.settled(stop.started_at), ended_at)
