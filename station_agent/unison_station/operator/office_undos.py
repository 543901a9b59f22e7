"""What the office took back of the last scans and readings: asked for with heartbeats, so that the page shows it."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

from unison_domain.stations.undone_takings import MOST_TAKINGS, UndoneTakings

from unison_station.engine.engine import Engine
from unison_station.operator.desk import Desk
from unison_station.operator.office_question import answer_of
from unison_station.operator.recent import Recent
from unison_station.uplink.transport import Transport

PATH = "/api/v1/stations/me/undone-takings"
ASKED_EVERY_SECONDS = 15.0


class OfficeUndos:
    """Asks, and has the desk learn. Takes its turns on the heartbeat's thread."""

    def __init__(self, desk: Desk, engine: Engine, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._engine = engine
        self._monotonic = monotonic
        self._due = 0.0

    def ask(self, transport: Transport) -> None:
        """Ask about all that is shown, if it is time. What was taken back stays so, whatever is said here meanwhile."""
        every = counting(self._desk.recent)
        if not every or self._monotonic() < self._due:
            return
        self._due = self._monotonic() + ASKED_EVERY_SECONDS
        undone: set[UUID] = set()
        for begin in range(0, len(every), MOST_TAKINGS):
            asked = every[begin : begin + MOST_TAKINGS]
            told = answer_of(transport, PATH, [("ids", str(id_)) for id_ in asked], UndoneTakings)
            if told is None:
                break
            undone |= set(told.ids).intersection(asked)
        if undone:
            self._desk.learn_undone(undone, self._engine)


def counting(recent: Recent) -> list[UUID]:
    """Scans and readings of all stations that count, the newest first."""
    every = [taken.event for takings in recent.stations.values() for taken in takings if not taken.is_undone]
    return [event.id for event in sorted(every, key=lambda one: one.at, reverse=True)]
