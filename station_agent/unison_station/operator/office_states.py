"""Which states people set elsewhere, at machines without signals: asked for with heartbeats; the page shows them.

Elsewhere is in the office, or at the PC that stood here before.
"""

from __future__ import annotations

from unison_domain.kernel.contracts import Page
from unison_domain.machines.set_states import SetState

from unison_station.operator.office_question import Asker, answer_of
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
        if (page := answer_of(transport, PATH, (), Page[SetState])) is None:
            return
        states = [told.model_copy(update={"started_at": line.stamp(told.started_at)}) for told in page.items]
        if states:
            self._desk.learn_states(states, asked, self._engine)
