"""Which states the server has of machines without signals here: asked for with heartbeats, so that the page shows them.

They were set in the office, or at the PC that stood here before; where another PC reads the machine, what it tells
takes such a word away.
"""

from __future__ import annotations

from unison_domain.kernel.contracts import Page
from unison_domain.machines.open_states import OpenState

from unison_station.operator.office_question import Asker, answer_of, by_this_clock
from unison_station.uplink.transport import Transport

PATH = "/api/v1/stations/me/set-states"
ASKED_EVERY_SECONDS = 15.0


class OfficeStates(Asker):
    """Has the desk learn what it was told."""

    def ask(self, transport: Transport) -> None:
        """Ask once, if it is time, a machine is without signals and the server knows all states that were set here."""
        line = self._store.timeline.line
        if self._monotonic() < self._due or line.correction is None or not self._desk.places.by_hand:
            return
        asked = self._desk.floor.machines
        if self._store.outgoing.waits(("state_set",)):
            return
        self._due = self._monotonic() + ASKED_EVERY_SECONDS
        if (page := answer_of(transport, PATH, (), Page[OpenState])) is None:
            return
        if page.items:
            states = [by_this_clock(told, line, "started_at") for told in page.items]
            self._desk.learn_states(states, asked, self._engine)
