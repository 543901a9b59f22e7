"""Which states the server has of machines here: asked for with heartbeats, so that the page shows what stands there.

Of machines without signals they were set in the office, or at the PC that stood here before; where another PC reads the
machine, what it tells takes such a word away, and is shown while the server is heard. Of machines with signals it is
what the office set since the last state they told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from uuid import UUID

from unison_domain.kernel.contracts import Page
from unison_domain.machines.open_states import OpenState

from unison_station.engine.engine import Engine
from unison_station.operator.desk import Desk
from unison_station.operator.office_question import Asker, answer_of, by_this_clock
from unison_station.store import Store
from unison_station.uplink.transport import Transport

PATH = "/api/v1/stations/me/set-states"
ASKED_EVERY_SECONDS = 15.0


class OfficeStates(Asker):
    """Has the desk learn what it was told."""

    def __init__(
        self, desk: Desk, engine: Engine, store: Store, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(desk, engine, store, monotonic)
        self._told_again: set[UUID] = set()

    def ask(self, transport: Transport) -> None:
        """Ask once, if it is time and the server knows all states that were set here, or told by signals."""
        line = self._store.timeline.line
        if self._monotonic() < self._due or line.correction is None or not self._desk.places.station_of:
            return
        asked = self._desk.floor.machines
        if self._store.outgoing.waits(("state_set", "state_changed")):
            return
        self._due = self._monotonic() + ASKED_EVERY_SECONDS
        if (page := answer_of(transport, PATH, (), Page[OpenState])) is None:
            return
        if page.items:
            states = [by_this_clock(told, line, "started_at") for told in page.items]
            self._desk.learn_states(states, asked, self._engine)
        self._tell_again([told.machine_id for told in page.items if told.started_at is None])

    def _tell_again(self, unknown: Sequence[UUID]) -> None:
        """Tell the states anew that the server lost though it has all: a machine was put away and brought back.

        Once until it knows one, for what the server set aside waits for a person.
        """
        self._told_again.intersection_update(unknown)
        anew = {report.machine_id for report in self._engine.live.machines}.intersection(unknown) - self._told_again
        self._told_again |= anew
        self._engine.derivation.to_tell_again.update(anew)
